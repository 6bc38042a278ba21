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
 * The variance of the position around the minimum once only gradient noise is left, with s = σ²/B.
 *
 *     SGD        ηs / (λ (2 − a))
 *     momentum   ηs (1 + μ) / (λ (1 − μ) (2(1 + μ) − a))
 *     Nesterov   the same with μ(1 − a) in place of μ;    Infinity where the run does not converge
 * @param {number} learning_rate η, above 0
 * @param {number} curvature λ, above 0
 * @param {number} [momentum] μ, from 0 to 1
 * @param {boolean} [nesterov]
 * @param {number} [gradient_variance] s, above 0
 * @returns {number}
 */
export function noise_variance(learning_rate, curvature, momentum = 0, nesterov = false, gradient_variance = 1) {
  const a = learning_rate * curvature;
  const mu = nesterov ? effective_momentum(a, momentum) : momentum;
  if (!(a < stability_limit(momentum, nesterov) && mu < 1)) return Infinity;
  return (learning_rate * gradient_variance * (1 + mu)) / (curvature * (1 - mu) * (2 * (1 + mu) - a));
}

/**
 * The mean excess loss at which mini-batch noise holds a run, along one direction.
 *
 *     ½ λ Var,    Var from noise_variance
 * @param {number} learning_rate η, above 0
 * @param {number} curvature λ, above 0
 * @param {number} [momentum] μ, from 0 to 1
 * @param {boolean} [nesterov]
 * @param {number} [gradient_variance] s, above 0
 * @returns {number}
 */
export function noise_floor(learning_rate, curvature, momentum = 0, nesterov = false, gradient_variance = 1) {
  return 0.5 * curvature * noise_variance(learning_rate, curvature, momentum, nesterov, gradient_variance);
}

/**
 * How many steps of a rate below 1 shrink a distance by a factor; Infinity for a rate of 1 or more.
 *
 *     k = ln(factor) / ln(rate)
 * @param {number} rate at least 0
 * @param {number} [factor] between 0 and 1
 * @returns {number}
 */
export function steps_to_shrink(rate, factor = 1e-6) {
  return rate < 1 ? Math.log(factor) / Math.log(rate) : Infinity;
}

/**
 * What shuffling leaves of the noise floor some steps into an epoch: 1 is the floor of drawing with replacement.
 *
 *     R_k = q²ᵏ R₀ + 1 − q²ᵏ − (1 + q)(1 − qᵏ)² / (na),    q = 1 − a
 *     R₀  = 1 − (1 + q)(1 − qⁿ) / (na (1 + qⁿ))            after a whole epoch
 * @param {number} step k, from 0 to n
 * @param {number} a ηλ, above 0 and below 2
 * @param {number} updates n, at least 1
 * @returns {number}
 */
export function shuffled_share(step, a, updates) {
  const q = 1 - a;
  const whole_epoch = 1 - ((1 + q) * (1 - q ** updates)) / (updates * a * (1 + q ** updates));
  const forgotten = q ** (2 * step);
  return forgotten * whole_epoch + 1 - forgotten - ((1 + q) * (1 - q ** step) ** 2) / (updates * a);
}

/**
 * The learning rate that makes the worst direction as fast as can be with this momentum, for m ≤ λ ≤ L.
 *
 *     η = 2(1 + μ) / (L + m)
 * @param {number} smallest m, above 0
 * @param {number} largest L
 * @param {number} [momentum] μ, from 0 to 1
 * @returns {number}
 */
export function best_learning_rate(smallest, largest, momentum = 0) {
  return (2 * (1 + momentum)) / (largest + smallest);
}

/**
 * The condition number for which a momentum is the best one, with the learning rate that goes with it.
 *
 *     κ* = ((1 + √μ) / (1 − √μ))²
 * @param {number} momentum μ, at least 0 and below 1
 * @returns {number}
 */
export function best_condition_number(momentum) {
  const root = Math.sqrt(momentum);
  return ((1 + root) / (1 - root)) ** 2;
}

/**
 * After how many steps a push on the velocity has lost half its strength.
 *
 *     ln ½ / ln μ
 * @param {number} momentum μ, between 0 and 1, both excluded
 * @returns {number}
 */
export function half_life(momentum) {
  return Math.log(0.5) / Math.log(momentum);
}

/**
 * The mean age, in steps, of the gradients in the velocity; the newest has age 0.
 *
 *     (1 − μ) Σ j μʲ = μ / (1 − μ)
 * @param {number} momentum μ, between 0 and 1, both excluded
 * @returns {number}
 */
export function mean_age(momentum) {
  return momentum / (1 - momentum);
}

/**
 * How many equally weighted gradients would average noise as well as the velocity does.
 *
 *     (Σ μʲ)² / Σ μ²ʲ = (1 + μ) / (1 − μ)
 * @param {number} momentum μ, between 0 and 1, both excluded
 * @returns {number}
 */
export function variance_window(momentum) {
  return (1 + momentum) / (1 - momentum);
}

/**
 * Where Nesterov's method with the growing momentum (k − 1)/(k + 2) is, in the limit of small steps.
 *
 *     ẍ + (3/t) ẋ + λx = 0:    x(t) = 2 x₀ J₁(√λ t) / (√λ t),    J₁ the Bessel function
 * @param {number} time t
 * @param {number} [curvature] λ, above 0
 * @param {number} [start] x₀
 * @returns {number}
 */
export function nesterov_flow(time, curvature = 1, start = 1) {
  const s = Math.sqrt(curvature) * time;
  if (Math.abs(s) < 1e-6) return start;
  // J₁(s) = mean of cos(φ − s sin φ) over [0, π]; the midpoint rule is exact to rounding once it resolves s
  const points = 64 + 2 * Math.trunc(Math.abs(s));
  let bessel = 0;
  for (let i = 0; i < points; i++) {
    const phi = ((i + 0.5) * Math.PI) / points;
    bessel += Math.cos(phi - s * Math.sin(phi));
  }
  return (2 * start * (bessel / points)) / s;
}

/**
 * What Nesterov's method with momentum (k − 1)/(k + 2) promises on any convex loss of curvature at most 1/s.
 *
 *     f(x_k) − f* ≤ 2 ‖x₀ − x*‖² / (s (k + 1)²)
 * @param {number} step k
 * @param {number} learning_rate s, above 0
 * @param {number} distance ‖x₀ − x*‖
 * @returns {number}
 */
export function nesterov_bound(step, learning_rate, distance) {
  return (2 * distance ** 2) / (learning_rate * (step + 1) ** 2);
}

/**
 * The speed on a constant slope some steps after the learning rate was multiplied by a factor, over the full old speed.
 *
 *     μᵏ + f (1 − μᵏ)
 * @param {number} steps k; 0 is the last step before the change
 * @param {number} factor f, the new learning rate over the old one
 * @param {number} momentum μ
 * @returns {number}
 */
export function speed_after_change(steps, factor, momentum) {
  const left = momentum ** steps;
  return left + factor * (1 - left);
}

/**
 * The mean loss of SGD with momentum in a well of curvature 1 with noise of variance 1 on every gradient.
 *
 *     v ← μv − η(w + ξ),    w ← w + v;    ½ (E[w]² + Var w), by the recursions of both moments
 * @param {number[]} learning_rates η of each update
 * @param {number} [momentum] μ
 * @param {number} [start] where the run begins, at rest
 * @param {?number} [at_rest] before which update the velocity is set to 0 again
 * @returns {number[]} before each update, and after the last
 */
export function noisy_losses(learning_rates, momentum = 0, start = 1, at_rest = null) {
  let [w, v, ww, wv, vv] = [start, 0, 0, 0, 0];
  const losses = [0.5 * w ** 2];
  for (const [k, eta] of learning_rates.entries()) {
    if (k === at_rest) [v, wv, vv] = [0, 0, 0];
    v = momentum * v - eta * w;
    w += v;
    vv = momentum ** 2 * vv - 2 * momentum * eta * wv + eta ** 2 * (ww + 1);
    wv = momentum * wv - eta * ww;
    [ww, wv] = [ww + 2 * wv + vv, wv + vv];
    losses.push(0.5 * (w ** 2 + ww));
  }
  return losses;
}
