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
