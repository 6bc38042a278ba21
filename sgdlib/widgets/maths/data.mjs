// The regression whose loss the batch explorer descends: sgdlib/data.py in JavaScript, one position at a time.

/** @import { Gradient, Position } from "./optimizer.mjs" */
/** @import { Surface } from "./surfaces.mjs" */

/**
 * A surface that is an average over rows of data; `gradient(w, out, rows)` averages over some of them, over all if they
 * are left out (out must not be w itself), and `hessian` is XᵀX / N, flat.
 * @typedef {Omit<Surface, "gradient"> & {samples: number, hessian: Float64Array,
 *   gradient(position: Position, out?: Float64Array, rows?: number[] | null): Float64Array,
 *   noise_floor(learning_rate: number, batch_size: number): number}} Problem
 */

/**
 * Give one gradient function for each batch, in order, for the gradients of descend.
 *
 *     gₖ(w) = 1/B Σ_{i in batch k} ∇ℓᵢ(w)
 * @param {Problem} problem
 * @param {number[][]} batches
 * @returns {Generator<Gradient>}
 */
export function* batch_gradients(problem, batches) {
  for (const rows of batches) yield (position, out) => problem.gradient(position, out, rows);
}

/**
 * Least squares on given data: predict the target by a weighted sum of the features.
 *
 *     L(w) = 1/(2N) Σᵢ (xᵢ·w − yᵢ)²,    ∇L(w) = 1/N Σᵢ (xᵢ·w − yᵢ) xᵢ,    ∇²L = XᵀX / N
 *
 * `noise_floor(learning_rate, batch_size)` is the mean excess loss in the long run when batches are drawn with
 * replacement, infinite from SGD's own limit on. The minimum is null where the data leave a direction flat.
 * Source: Bottou, Curtis and Nocedal (2018), section 3.
 * @param {ArrayLike<number>} features flat, row after row: N·d numbers
 * @param {ArrayLike<number>} targets N of them
 * @returns {Problem}
 */
export function linear_regression(features, targets) {
  const samples = targets.length;
  const d = features.length / samples;

  function gradient(w, out = new Float64Array(d), rows = null) {
    const count = rows === null ? samples : rows.length;
    for (let i = 0; i < d; i++) out[i] = 0;
    for (let k = 0; k < count; k++) {
      const row = rows === null ? k : rows[k];
      const missed = residual(w, row);
      for (let i = 0; i < d; i++) out[i] += missed * features[row * d + i];
    }
    for (let i = 0; i < d; i++) out[i] /= count;
    return out;
  }

  function residual(w, row) {
    let score = 0;
    for (let i = 0; i < d; i++) score += features[row * d + i] * w[i];
    return score - targets[row];
  }

  function value(w) {
    let sum = 0;
    for (let row = 0; row < samples; row++) sum += residual(w, row) ** 2;
    return (0.5 * sum) / samples;
  }

  const hessian = new Float64Array(d * d);
  for (let row = 0; row < samples; row++) {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) hessian[i * d + j] += (features[row * d + i] * features[row * d + j]) / samples;
    }
  }
  // ∇L(w) = ∇²L w + ∇L(0), so the minimum solves ∇²L w = −∇L(0).
  const downhill = gradient(new Float64Array(d)).map((g) => -g);
  const minimum = solve(hessian, downhill);

  /** @type {{pairs: number[], pulls: number[]} | null} what the rows say of the noise, worked out once */
  let rows = null;

  /** The mean of x xᵀ ⊗ x xᵀ, and of r² x xᵀ at the minimum, flat. */
  function noise_of_rows() {
    const every = Array.from({ length: samples }, (_, row) => ({
      x: Array.from({ length: d }, (_, i) => features[row * d + i]),
      missed: residual(minimum ?? [], row),
    }));
    const mean = (/** @type {(row: {x: number[], missed: number}) => number} */ term) =>
      every.reduce((sum, row) => sum + term(row), 0) / samples;
    const pairs = Array.from({ length: d ** 4 }, (_, place) => {
      const [i, j, k, l] = digits(place);
      return mean(({ x }) => x[i] * x[j] * x[k] * x[l]);
    });
    const pulls = Array.from({ length: d * d }, (_, i) =>
      mean(({ x, missed }) => missed ** 2 * x[Math.floor(i / d)] * x[i % d]),
    );
    return { pairs, pulls };
  }

  /** @param {number} place in a flat array of d⁴ */
  function digits(place) {
    return [3, 2, 1, 0].map((digit) => Math.floor(place / d ** digit) % d);
  }

  /**
   * The equation L M = Q for the second moments M, flat: what a step loses of them, and the kicks it adds.
   * @param {number} learning_rate
   * @param {number} batch_size
   */
  function moments_equation(learning_rate, batch_size) {
    rows ??= noise_of_rows();
    const { pairs, pulls } = rows;
    const same = (/** @type {number} */ i, /** @type {number} */ j) => (i === j ? 1 : 0);
    const lost = pairs.map((pair, place) => {
      const [i, j, k, l] = digits(place);
      const [ik, jl] = [hessian[i * d + k], hessian[j * d + l]];
      const spread = pair / batch_size + (1 - 1 / batch_size) * ik * jl;
      return learning_rate * (ik * same(j, l) + same(i, k) * jl) - learning_rate ** 2 * spread;
    });
    return { lost, kicks: pulls.map((pull) => (learning_rate ** 2 * pull) / batch_size) };
  }

  /**
   * @param {number} learning_rate
   * @param {number} batch_size
   */
  function noise_floor(learning_rate, batch_size) {
    const { lost, kicks } = moments_equation(learning_rate, batch_size);
    const even = solve(
      lost,
      Float64Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? 1 : 0)),
    );
    // there is a solution on either side of the limit; only below it is each one a matrix of second moments
    const own = solve(lost, kicks);
    if (even === null || own === null || !is_positive(even)) return Number.POSITIVE_INFINITY;
    return 0.5 * own.reduce((sum, moment, i) => sum + moment * hessian[i], 0);
  }

  return { d, samples, minimum, hessian, value, gradient, noise_floor };
}

/**
 * Solve a system of linear equations by elimination, the largest pivot first; null if it has no single solution.
 * @param {ArrayLike<number>} matrix flat, row after row
 * @param {ArrayLike<number>} right
 * @returns {number[] | null}
 */
function solve(matrix, right) {
  const n = right.length;
  const rows = Array.from({ length: n }, (_, i) => [...Array.prototype.slice.call(matrix, i * n, i * n + n), right[i]]);
  for (let i = 0; i < n; i++) {
    rows.push(...rows.splice(i).sort((a, b) => Math.abs(b[i]) - Math.abs(a[i])));
    if (rows[i][i] === 0) return null;
    for (let below = i + 1; below < n; below++) {
      const share = rows[below][i] / rows[i][i];
      for (let j = i; j <= n; j++) rows[below][j] -= share * rows[i][j];
    }
  }
  const solution = new Array(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    const known = solution.reduce((sum, value, j) => (j > i ? sum + rows[i][j] * value : sum), 0);
    solution[i] = (rows[i][n] - known) / rows[i][i];
  }
  return solution;
}

/**
 * Whether a symmetric matrix, flat, stretches in every direction: whether all its pivots are positive.
 * @param {number[]} matrix
 */
function is_positive(matrix) {
  const n = Math.sqrt(matrix.length);
  const left = [...matrix];
  for (let i = 0; i < n; i++) {
    if (!(left[i * n + i] > 0)) return false;
    for (let row = i + 1; row < n; row++) {
      const share = left[row * n + i] / left[i * n + i];
      for (let j = i; j < n; j++) left[row * n + j] -= share * left[i * n + j];
    }
  }
  return true;
}
