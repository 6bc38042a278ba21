// What the theory predicts on a quadratic: sgdlib/theory.py in JavaScript, for single numbers.
//
// On a quadratic every direction runs alone, and all that matters of it is a = ηλ, the learning rate times the
// curvature. Nesterov's momentum μ at a is the heavy ball with the smaller momentum μ(1 − a).
// Whoever calls keeps within the limits that Python gives and checks. Sources: in the docstrings of sgdlib/theory.py.

/**
 * The a = ηλ at which a run stops converging; below it, and above 0, every run does (for μ < 1).
 *
 *     gradient descent 2,    momentum 2(1 + μ),    Nesterov (2 + 2μ) / (1 + 2μ)
 * @param {number} [momentum] μ, from 0 to 1
 * @param {boolean} [nesterov]
 * @returns {number}
 */
export function stability_limit(momentum = 0, nesterov = false) {
  return nesterov ? (2 + 2 * momentum) / (1 + 2 * momentum) : 2 * (1 + momentum);
}

/**
 * The largest curvature L at a position and its direction, by Lanczos' iteration from a start.
 *
 *     q₁ along the start,    βₖ qₖ₊₁ = H qₖ − αₖ qₖ − βₖ₋₁ qₖ₋₁,    αₖ = qₖ·H qₖ,    all q of length 1
 *     L = the largest eigenvalue of T, with α on its diagonal and β beside it; s its eigenvector; u = Σ sₖ qₖ
 *     it ends when the bound of the error, βₖ |sₖ|, is tolerance times the largest |eigenvalue| of T
 *
 * Python raises where it has not converged; here the last value is as good as it gets.
 * @param {(u: Float64Array, out: Float64Array) => Float64Array} hessian_vector_product
 * @param {ArrayLike<number>} start
 * @param {number} tolerance
 * @param {number} [most] how many products may be taken
 * @returns {{curvature: number, direction: Float64Array}}
 */
export function sharpest(hessian_vector_product, start, tolerance, most = 200) {
  const [basis, alpha, beta] = [[], [], []];
  /** @type {Float64Array} */
  let q = Float64Array.from(start);
  let length = Math.sqrt(dot(q, q));
  for (let k = 0; ; k++) {
    basis.push(q.map((each) => (length > 0 ? each / length : each)));
    q = hessian_vector_product(basis[k], new Float64Array(q.length));
    alpha.push(dot(basis[k], q));
    // against all q before, and twice: rounding would let them back in
    for (const each of [...basis, ...basis]) {
      const along = dot(each, q);
      for (let i = 0; i < q.length; i++) q[i] -= along * each[i];
    }
    length = Math.sqrt(dot(q, q));
    const [low, high] = [eigenvalue(alpha, beta, 0), eigenvalue(alpha, beta, k)];
    const shares = eigenvector(alpha, beta, high);
    const settled = length * Math.abs(shares[k]) <= tolerance * Math.max(Math.abs(low), Math.abs(high));
    if (settled || k + 1 === most) return { curvature: high, direction: sum_of(basis, shares) };
    beta.push(length);
  }
}

/** The eigenvalue with so many below it, of the matrix with alpha on its diagonal and beta beside it: by bisection. */
function eigenvalue(alpha, beta, below) {
  const reach = alpha.map((each, i) => Math.abs(each) + (beta[i - 1] ?? 0) + (beta[i] ?? 0));
  let high = Math.max(...reach);
  let low = -high;
  for (let halved = 0; halved < 60; halved++) {
    const middle = (low + high) / 2;
    if (count_below(alpha, beta, middle) > below) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** How many eigenvalues lie below x: the negative pivots of T − xI. Source: Barth, Martin and Wilkinson (1967). */
function count_below(alpha, beta, x) {
  let [pivot, count] = [1, 0];
  for (let i = 0; i < alpha.length; i++) {
    pivot = alpha[i] - x - (i ? beta[i - 1] ** 2 / pivot : 0);
    if (pivot === 0) pivot = 1e-300;
    if (pivot < 0) count += 1;
  }
  return count;
}

/** The eigenvector, of length 1, of the largest eigenvalue: each part from those after it. */
function eigenvector(alpha, beta, largest) {
  const parts = [1];
  for (let i = alpha.length - 1; i > 0; i--) {
    parts.unshift(((largest - alpha[i]) * parts[0] - (beta[i] ?? 0) * (parts[1] ?? 0)) / beta[i - 1]);
  }
  const length = Math.hypot(...parts);
  return parts.map((each) => each / length);
}

function sum_of(vectors, shares) {
  const sum = new Float64Array(vectors[0].length);
  vectors.forEach((vector, k) => {
    for (let i = 0; i < sum.length; i++) sum[i] += shares[k] * vector[i];
  });
  return sum;
}

function dot(u, v) {
  let sum = 0;
  for (let i = 0; i < u.length; i++) sum += u[i] * v[i];
  return sum;
}

/**
 * The heavy-ball momentum that Nesterov's method amounts to along a direction with a = ηλ.
 *
 *     NAG(μ) on λ  =  HB(μ(1 − ηλ)) on λ
 * @param {number} a ηλ
 * @param {number} momentum μ, from 0 to 1
 * @returns {number}
 */
export function effective_momentum(a, momentum) {
  return momentum * (1 - a);
}

/**
 * The factor by which the distance to the minimum shrinks a step, in the long run; above 1 it grows.
 *
 *     largest |z| with  z² − (1 + μ − a) z + μ = 0        momentum; |1 − a| for μ = 0
 *     √μ                                                  while the roots are complex: it swings
 *     ½ (|1 + μ − a| + √((1 + μ − a)² − 4μ))              otherwise
 *
 * and for Nesterov the same with μ(1 − a) in place of μ.
 * @param {number} a ηλ
 * @param {number} [momentum] μ, from 0 to 1
 * @param {boolean} [nesterov]
 * @returns {number}
 */
export function rate(a, momentum = 0, nesterov = false) {
  const mu = nesterov ? effective_momentum(a, momentum) : momentum;
  const middle = 1 + mu - a;
  const under_root = middle * middle - 4 * mu;
  return under_root < 0 ? Math.sqrt(mu) : 0.5 * (Math.abs(middle) + Math.sqrt(under_root));
}

/**
 * The kind of motion along a direction with a = ηλ, in a word.
 *
 *     "diverges"            the rate is above 1; or 1 by a double root, where it grows by the same length every step
 *     "marginal"            the rate is 1 otherwise: it neither settles nor runs away
 *     "underdamped"         complex roots: it swings, and the swing fades
 *     "critically damped"   a double root, not negative: the border between the two
 *     "overdamped"          real roots, the larger one positive: it creeps in from one side
 *     "zig-zag"             real roots, the larger one negative: it jumps across at every step
 * @param {number} a ηλ
 * @param {number} [momentum] μ, from 0 to 1
 * @param {boolean} [nesterov]
 * @returns {string}
 */
export function regime(a, momentum = 0, nesterov = false) {
  const shrink = rate(a, momentum, nesterov);
  const mu = nesterov ? effective_momentum(a, momentum) : momentum;
  const middle = 1 + mu - a;
  const under_root = middle * middle - 4 * mu;
  const double = Math.abs(under_root) <= 1e-12;
  if (Math.abs(shrink - 1) <= 1e-12) return double ? "diverges" : "marginal";
  if (shrink > 1) return "diverges";
  if (double && middle >= 0) return "critically damped";
  if (under_root < 0 && !double) return "underdamped";
  return middle < 0 ? "zig-zag" : "overdamped";
}

/**
 * The momentum of critical damping: the fastest one that does not swing, for 0 < a ≤ 1.
 *
 *     momentum μ = (1 − √a)²,    Nesterov μ = (1 − √a) / (1 + √a);    both reach the rate 1 − √a
 * @param {number} a ηλ, above 0 and at most 1
 * @param {boolean} [nesterov]
 * @returns {number}
 */
export function critical_momentum(a, nesterov = false) {
  const root = Math.sqrt(a);
  return nesterov ? (1 - root) / (1 + root) : (1 - root) ** 2;
}

/**
 * The learning rate and momentum that make the worst direction as fast as can be, for m ≤ λ ≤ L and κ = L/m: an
 * optimizer with the rate it promises.
 *
 *     "gradient descent"   η = 2/(L + m)                             rate (κ − 1)/(κ + 1)
 *     "momentum"           η = 4/(√L + √m)², μ = ((√κ − 1)/(√κ + 1))²   rate (√κ − 1)/(√κ + 1)
 *     "nesterov"           η = 4/(3L + m), μ = (√(3κ+1) − 2)/(√(3κ+1) + 2)   rate 1 − 2/√(3κ + 1)
 *     "nesterov standard"  η = 1/L, μ = (√κ − 1)/(√κ + 1)            rate 1 − 1/√κ
 * @param {string} method
 * @param {number} smallest m, above 0
 * @param {number} largest L
 * @returns {{learning_rate: number, momentum: number, nesterov: boolean, rate: number}}
 */
export function best_tuning(method, smallest, largest) {
  const m = smallest;
  const L = largest;
  const kappa = L / m;
  const root = Math.sqrt(kappa);
  const wide = Math.sqrt(3 * kappa + 1);
  const shrink = (root - 1) / (root + 1);
  switch (method) {
    case "gradient descent":
      return { learning_rate: 2 / (L + m), momentum: 0, nesterov: false, rate: (kappa - 1) / (kappa + 1) };
    case "momentum":
      return {
        learning_rate: 4 / (Math.sqrt(L) + Math.sqrt(m)) ** 2,
        momentum: shrink ** 2,
        nesterov: false,
        rate: shrink,
      };
    case "nesterov":
      return {
        learning_rate: 4 / (3 * L + m),
        momentum: (wide - 2) / (wide + 2),
        nesterov: true,
        rate: 1 - 2 / wide,
      };
    case "nesterov standard":
      return { learning_rate: 1 / L, momentum: shrink, nesterov: true, rate: 1 - 1 / root };
  }
}

/**
 * How far one gradient moves the position in the end, all its echoes counted, in units of the gradient.
 *
 *     η (1 + μ + μ² + …) = η / (1 − μ);    Infinity at μ = 1
 * @param {number} learning_rate η
 * @param {number} momentum μ, from 0 to 1
 * @returns {number}
 */
export function effective_learning_rate(learning_rate, momentum) {
  if (momentum < 1) return learning_rate / (1 - momentum);
  return learning_rate > 0 ? Infinity : 0;
}

/**
 * The speed after some steps on a constant slope, from rest.
 *
 *     ηg (1 − μᵏ) / (1 − μ);    ηgk at μ = 1
 * @param {number} steps k
 * @param {number} learning_rate η
 * @param {number} momentum μ, from 0 to 1
 * @param {number} [slope] g
 * @returns {number}
 */
export function speed_on_slope(steps, learning_rate, momentum, slope = 1) {
  const gain = momentum < 1 ? (1 - momentum ** steps) / (1 - momentum) : steps;
  return learning_rate * Math.abs(slope) * gain;
}

/**
 * How many steps of a rate below 1 shrink a distance by a factor: the slope of the line on a log plot.
 *
 *     k = ln(factor) / ln(rate);    Infinity for a rate of 1 or more
 * @param {number} rate at least 0
 * @param {number} [factor] between 0 and 1
 * @returns {number}
 */
export function steps_to_shrink(rate, factor = 1e-6) {
  return rate < 1 ? Math.log(factor) / Math.log(rate) : Infinity;
}
