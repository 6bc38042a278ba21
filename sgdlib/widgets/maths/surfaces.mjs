// Loss surfaces: sgdlib/surfaces.py in JavaScript, one position at a time.
//
// The operations are those of the Python file in the same order, so that even long runs stay together.

/** @import { Position } from "./optimizer.mjs" */

/**
 * A surface: how many coordinates a position has, a lowest point w* (null where there is none), f(w), and ∇f(w), which
 * is written into out (made if left out) and returned.
 * @typedef {{d: number, minimum: number[] | null, value(position: Position): number,
 *   gradient(position: Position, out?: Float64Array): Float64Array}} Surface
 */

/**
 * A quadratic bowl with the given curvatures along its axes, turned by an angle (two dimensions only).
 *
 *     f(w) = ½ (w − w*)ᵀ H (w − w*),    H = R diag(λ₁ … λ_d) Rᵀ,    ∇f = H (w − w*)
 * @param {number[]} [curvatures]
 * @param {number} [angle] in radians, counter-clockwise
 * @param {number[] | null} [center] w*; the origin when left out
 * @returns {Surface & {curvatures: number[]}}
 */
export function quadratic(curvatures = [1, 100], angle = 0, center = null) {
  const d = curvatures.length;
  const middle = center ?? new Array(d).fill(0);
  const minimum = Math.min(...curvatures) >= 0 ? [...middle] : null;
  if (angle) return { d, minimum, curvatures, ...turned_bowl(curvatures, angle, middle) };
  return {
    d,
    minimum,
    curvatures,
    value(position) {
      let sum = 0;
      for (let i = 0; i < d; i++) {
        const away = position[i] - middle[i];
        sum += away * (away * curvatures[i]);
      }
      return 0.5 * sum;
    },
    gradient(position, out = new Float64Array(d)) {
      for (let i = 0; i < d; i++) out[i] = (position[i] - middle[i]) * curvatures[i];
      return out;
    },
  };
}

/**
 * The bowl of two curvatures with H = R diag(λ₁, λ₂) Rᵀ; R turns counter-clockwise.
 * @param {number[]} curvatures
 * @param {number} angle
 * @param {number[]} middle
 */
function turned_bowl(curvatures, angle, middle) {
  const [first, second] = curvatures;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const xx = cos * first * cos + sin * second * sin;
  const xy = cos * first * sin - sin * second * cos;
  const yy = sin * first * sin + cos * second * cos;
  return {
    value(position) {
      const x = position[0] - middle[0];
      const y = position[1] - middle[1];
      return 0.5 * (x * (x * xx + y * xy) + y * (x * xy + y * yy));
    },
    gradient(position, out = new Float64Array(2)) {
      const x = position[0] - middle[0];
      const y = position[1] - middle[1];
      out[0] = x * xx + y * xy;
      out[1] = x * xy + y * yy;
      return out;
    },
  };
}

/**
 * The course's long valley: steep across, with curvature 4, and gentle along, with curvature 4/κ.
 *
 *     f(x, y) = ½ (4/κ x² + 4 y²);    κ = 20 gives f = 0.1 x² + 2 y², raced from (−5, 2)
 * @param {number} [condition_number] κ, at least 1
 * @param {number} [angle] in radians, counter-clockwise
 * @returns {Surface & {curvatures: number[]}}
 */
export function valley(condition_number = 20, angle = 0) {
  return quadratic([4 / condition_number, 4], angle);
}

/**
 * Rosenbrock's banana: a curved, flat-bottomed valley.
 *
 *     f(x, y) = (a − x)² + b (y − x²)²,    minimum 0 at (a, a²)
 * @returns {Surface}
 */
function rosenbrock(a = 1, b = 100) {
  return {
    d: 2,
    minimum: [a, a * a],
    value([x, y]) {
      const off = y - x * x;
      return (a - x) * (a - x) + b * (off * off);
    },
    gradient(position, out = new Float64Array(2)) {
      const x = position[0];
      const y = position[1];
      const off = y - x * x;
      out[0] = -2 * (a - x) - 4 * b * x * off;
      out[1] = 2 * b * off;
      return out;
    },
  };
}

const BEALE = [1.5, 2.25, 2.625];

/**
 * Beale's function: a plateau with steep corners and one minimum.
 *
 *     f(x, y) = Σₖ (cₖ − x + x yᵏ)²,    c = 1.5, 2.25, 2.625 for k = 1, 2, 3;    minimum 0 at (3, 0.5)
 * @returns {Surface}
 */
function beale() {
  return {
    d: 2,
    minimum: [3, 0.5],
    value([x, y]) {
      let sum = 0;
      let power = 1;
      for (const c of BEALE) {
        power *= y;
        const off = c - x + x * power;
        sum += off * off;
      }
      return sum;
    },
    gradient(position, out = new Float64Array(2)) {
      const x = position[0];
      const y = position[1];
      let dx = 0;
      let dy = 0;
      let before = 1; // yᵏ⁻¹
      for (let k = 1; k <= 3; k++) {
        const power = before * y;
        const off = 2 * (BEALE[k - 1] - x + x * power);
        dx += off * (power - 1);
        dy += off * k * x * before;
        before = power;
      }
      out[0] = dx;
      out[1] = dy;
      return out;
    },
  };
}

/**
 * Himmelblau's function: four minima of the same depth, so that the start decides.
 *
 *     f(x, y) = (x² + y − 11)² + (x + y² − 7)²,    one of its minima is 0 at (3, 2)
 * @returns {Surface}
 */
function himmelblau() {
  return {
    d: 2,
    minimum: [3, 2],
    value([x, y]) {
      const p = x * x + y - 11;
      const q = x + y * y - 7;
      return p * p + q * q;
    },
    gradient(position, out = new Float64Array(2)) {
      const x = position[0];
      const y = position[1];
      const p = x * x + y - 11;
      const q = x + y * y - 7;
      out[0] = 4 * x * p + 2 * q;
      out[1] = 2 * p + 4 * y * q;
      return out;
    },
  };
}

/**
 * A mountain pass: it rises along x and falls along y, so the origin is flat but no minimum.
 *
 *     f(x, y) = ½ x² − ½ y² + ¼ y⁴,    minima −¼ at (0, 1) and (0, −1)
 * @returns {Surface}
 */
function saddle() {
  return {
    d: 2,
    minimum: [0, 1],
    value: ([x, y]) => 0.5 * x * x - 0.5 * y * y + 0.25 * (y * y * (y * y)),
    gradient(position, out = new Float64Array(2)) {
      const y = position[1];
      out[0] = position[0];
      out[1] = y * y * y - y;
      return out;
    },
  };
}

/**
 * The counter-example on which a well-tuned heavy ball runs in circles for ever.
 *
 *     ∇f(x) = 25x (x < 1),    x + 24 (1 ≤ x < 2),    25x − 24 (x ≥ 2);    minimum 0 at 0
 * @returns {Surface}
 */
function lessard() {
  return {
    d: 1,
    minimum: [0],
    value([x]) {
      if (x < 1) return 12.5 * x * x;
      return x < 2 ? 12.5 + 0.5 * (x * x - 1) + 24 * (x - 1) : 38 + 12.5 * (x * x - 4) - 24 * (x - 2);
    },
    gradient([x], out = new Float64Array(1)) {
      if (x < 1) out[0] = 25 * x;
      else out[0] = x < 2 ? x + 24 : 25 * x - 24;
      return out;
    },
  };
}

/**
 * Every surface by its name: the Python class in snake_case. SURFACES.valley(20) is valley(20).
 * @type {Record<string, (...parameters: any[]) => Surface>}
 */
export const SURFACES = { quadratic, valley, rosenbrock, beale, himmelblau, saddle, lessard };
