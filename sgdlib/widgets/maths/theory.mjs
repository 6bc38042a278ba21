// What the theory predicts on a quadratic: sgdlib/theory.py in JavaScript, for single numbers.
//
// On a quadratic every direction runs alone, and all that matters of it is a = ηλ, the learning rate times the
// curvature. Nesterov's momentum μ at a is the heavy ball with the smaller momentum μ(1 − a).
// What Python refuses with ValueError throws RangeError here. Sources: in the docstrings of sgdlib/theory.py.

/**
 * The a = ηλ at which a run stops converging; below it, and above 0, every run does (for μ < 1).
 *
 *     gradient descent 2,    momentum 2(1 + μ),    Nesterov (2 + 2μ) / (1 + 2μ)
 */
export function stability_limit(momentum = 0, nesterov = false) {
  const mu = check_momentum(momentum);
  return nesterov ? (2 + 2 * mu) / (1 + 2 * mu) : 2 * (1 + mu);
}

/**
 * The heavy-ball momentum that Nesterov's method amounts to along a direction with a = ηλ.
 *
 *     NAG(μ) on λ  =  HB(μ(1 − ηλ)) on λ
 */
export function effective_momentum(a, momentum) {
  return check_momentum(momentum) * (1 - a);
}

/**
 * The factor by which the distance to the minimum shrinks a step, in the long run; above 1 it grows.
 *
 *     largest |z| with  z² − (1 + μ − a) z + μ = 0        momentum; |1 − a| for μ = 0
 *     √μ                                                  while the roots are complex: it swings
 *     ½ (|1 + μ − a| + √((1 + μ − a)² − 4μ))              otherwise
 *
 * and for Nesterov the same with μ(1 − a) in place of μ.
 */
export function rate(a, momentum = 0, nesterov = false) {
  const mu = nesterov ? effective_momentum(a, momentum) : check_momentum(momentum);
  const middle = 1 + mu - a;
  const under_root = middle * middle - 4 * mu;
  return under_root < 0 ? Math.sqrt(mu) : 0.5 * (Math.abs(middle) + Math.sqrt(under_root));
}

/**
 * The kind of motion along a direction with a = ηλ, in a word.
 *
 *     "diverges"            the rate is above 1
 *     "marginal"            the rate is 1: it neither settles nor runs away
 *     "underdamped"         complex roots: it swings, and the swing fades
 *     "critically damped"   a double root: the border between the two
 *     "overdamped"          real roots, the larger one positive: it creeps in from one side
 *     "zig-zag"             real roots, the larger one negative: it jumps across at every step
 */
export function regime(a, momentum = 0, nesterov = false) {
  const shrink = rate(a, momentum, nesterov);
  if (Math.abs(shrink - 1) <= 1e-12) return "marginal";
  if (shrink > 1) return "diverges";
  const mu = nesterov ? effective_momentum(a, momentum) : momentum;
  const middle = 1 + mu - a;
  const under_root = middle * middle - 4 * mu;
  if (Math.abs(under_root) <= 1e-12) return "critically damped";
  if (under_root < 0) return "underdamped";
  return middle < 0 ? "zig-zag" : "overdamped";
}

/**
 * The momentum of critical damping: the fastest one that does not swing, for 0 < a ≤ 1.
 *
 *     momentum μ = (1 − √a)²,    Nesterov μ = (1 − √a) / (1 + √a);    both reach the rate 1 − √a
 */
export function critical_momentum(a, nesterov = false) {
  if (!(a > 0 && a <= 1)) {
    throw new RangeError("critical damping needs 0 < a <= 1; with a larger a = ηλ, momentum cannot brake in time.");
  }
  const root = Math.sqrt(a);
  return nesterov ? (1 - root) / (1 + root) : (1 - root) ** 2;
}

/**
 * The learning rate and momentum that make the worst direction as fast as can be, for m ≤ λ ≤ L and κ = L/m:
 * {learning_rate, momentum, nesterov, rate}, an optimizer with the rate it promises.
 *
 *     "gradient descent"   η = 2/(L + m)                             rate (κ − 1)/(κ + 1)
 *     "momentum"           η = 4/(√L + √m)², μ = ((√κ − 1)/(√κ + 1))²   rate (√κ − 1)/(√κ + 1)
 *     "nesterov"           η = 4/(3L + m), μ = (√(3κ+1) − 2)/(√(3κ+1) + 2)   rate 1 − 2/√(3κ + 1)
 *     "nesterov standard"  η = 1/L, μ = (√κ − 1)/(√κ + 1)            rate 1 − 1/√κ
 */
export function best_tuning(method, smallest, largest) {
  const m = smallest;
  const L = largest;
  if (!(m > 0 && m <= L && L < Infinity)) {
    throw new RangeError(`the curvatures must satisfy 0 < smallest <= largest, not ${smallest} and ${largest}.`);
  }
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
  throw new RangeError(
    `method must be "gradient descent", "momentum", "nesterov" or "nesterov standard", not "${method}".`,
  );
}

/**
 * How many steps of a rate below 1 shrink a distance by a factor: the slope of the line on a log plot.
 *
 *     k = ln(factor) / ln(rate);    a rate of 1 or more gives Infinity
 */
export function steps_to_shrink(rate, factor = 1e-6) {
  if (!(factor > 0 && factor < 1 && rate >= 0)) {
    throw new RangeError("steps_to_shrink takes a rate of at least 0 and a factor between 0 and 1.");
  }
  return rate < 1 ? Math.log(factor) / Math.log(rate) : Infinity;
}

/**
 * The variance of the position around the minimum once only gradient noise is left, with s = σ²/B.
 *
 *     SGD        ηs / (λ (2 − a))
 *     momentum   ηs (1 + μ) / (λ (1 − μ) (2(1 + μ) − a))
 *     Nesterov   the same with μ(1 − a) in place of μ
 *
 * The noise is drawn anew every step. Infinity where the run does not converge.
 */
export function noise_variance(learning_rate, curvature, momentum = 0, nesterov = false, gradient_variance = 1) {
  if (!(learning_rate > 0 && curvature > 0 && gradient_variance > 0)) {
    throw new RangeError("learning_rate, curvature and gradient_variance must be above 0.");
  }
  const a = learning_rate * curvature;
  const mu = nesterov ? effective_momentum(a, momentum) : check_momentum(momentum);
  const settles = a < stability_limit(momentum, nesterov) && mu < 1;
  if (!settles) return Infinity;
  return (learning_rate * gradient_variance * (1 + mu)) / (curvature * (1 - mu) * (2 * (1 + mu) - a));
}

/**
 * The mean excess loss at which mini-batch noise holds a run, along one direction; add up over directions.
 *
 *     ½ λ Var,    Var from noise_variance
 */
export function noise_floor(learning_rate, curvature, momentum = 0, nesterov = false, gradient_variance = 1) {
  return 0.5 * curvature * noise_variance(learning_rate, curvature, momentum, nesterov, gradient_variance);
}

/**
 * How far one gradient moves the position in the end, all its echoes counted, in units of the gradient.
 *
 *     η (1 + μ + μ² + …) = η / (1 − μ);    Infinity at μ = 1
 */
export function effective_learning_rate(learning_rate, momentum) {
  const mu = check_momentum(momentum);
  if (mu < 1) return learning_rate / (1 - mu);
  return learning_rate > 0 ? Infinity : 0;
}

/**
 * The speed a run approaches on a constant slope, in position units a step.
 *
 *     ηg / (1 − μ)
 */
export function terminal_speed(learning_rate, momentum, slope = 1) {
  return effective_learning_rate(learning_rate * Math.abs(slope), momentum);
}

/**
 * The speed after some steps on a constant slope, from rest.
 *
 *     ηg (1 − μᵏ) / (1 − μ);    ηgk at μ = 1
 */
export function speed_on_slope(steps, learning_rate, momentum, slope = 1) {
  const mu = check_momentum(momentum);
  const gain = mu < 1 ? (1 - mu ** steps) / (1 - mu) : steps;
  return learning_rate * Math.abs(slope) * gain;
}

/**
 * After how many steps a push on the velocity has lost half its strength, for 0 < μ < 1.
 *
 *     ln ½ / ln μ
 */
export function half_life(momentum) {
  return Math.log(0.5) / Math.log(check_fading(momentum));
}

/**
 * The mean age, in steps, of the gradients in the velocity; the newest has age 0. For 0 < μ < 1.
 *
 *     (1 − μ) Σ j μʲ = μ / (1 − μ)
 */
export function mean_age(momentum) {
  const mu = check_fading(momentum);
  return mu / (1 - mu);
}

/**
 * How many equally weighted gradients would average noise as well as the velocity does, for 0 < μ < 1.
 *
 *     (Σ μʲ)² / Σ μ²ʲ = (1 + μ) / (1 − μ)
 */
export function variance_window(momentum) {
  const mu = check_fading(momentum);
  return (1 + mu) / (1 - mu);
}

/**
 * The friction c of the rolling ball ẍ + c ẋ + ∇f(x) = 0 that momentum follows, with one step lasting √η.
 *
 *     c = (1 − μ) / √η;    critical at c = 2√λ
 */
export function friction(learning_rate, momentum) {
  if (!(learning_rate > 0)) throw new RangeError("learning_rate must be above 0 for a step to last any time.");
  return (1 - check_momentum(momentum)) / Math.sqrt(learning_rate);
}

/**
 * Where a ball let go at rest is at a time t ≥ 0, in a quadratic well with friction: the limit of small steps.
 *
 *     ẍ + c ẋ + λ x = 0,  x(0) = x₀,  ẋ(0) = 0,  ω² = λ − c²/4
 *     x₀ e^(−ct/2) (cos ωt + c/(2ω) sin ωt);    with cosh and sinh if ω² < 0, 1 + ct/2 if ω = 0
 *
 * Momentum after k steps is close to it at t = k√η.
 */
export function damped_motion(time, curvature, friction, start = 1) {
  if (!(curvature > 0 && friction >= 0)) {
    throw new RangeError(`curvature must be above 0 and friction at least 0, not ${curvature} and ${friction}.`);
  }
  const half = friction / 2;
  const omega_squared = curvature - half * half;
  if (omega_squared > 0) {
    const omega = Math.sqrt(omega_squared);
    const swing = Math.cos(omega * time) + (half / omega) * Math.sin(omega * time);
    return start * Math.exp(-half * time) * swing;
  }
  if (omega_squared === 0) return start * Math.exp(-half * time) * (1 + half * time);
  // cosh and sinh overflow where their product with e^(−ct/2) is small, so the slow exponential is taken out:
  // e^(−ct/2) e^(st) = e^(−λt / (c/2 + s)),  s = √−ω²
  const s = Math.sqrt(-omega_squared);
  const slow = Math.exp((-curvature * time) / (half + s));
  const cosh = 0.5 * (1 + Math.exp(-2 * s * time));
  const sinh = -0.5 * Math.expm1(-2 * s * time);
  return start * slow * (cosh + (half / s) * sinh);
}

function check_momentum(momentum) {
  if (!(momentum >= 0 && momentum <= 1)) throw new RangeError("momentum must be a number from 0 to 1.");
  return momentum;
}

function check_fading(momentum) {
  if (!(momentum > 0 && momentum < 1)) {
    throw new RangeError("momentum must lie between 0 and 1, both excluded, to have a memory that fades.");
  }
  return momentum;
}
