// The update rule and the run: sgdlib/optimizer.py and sgdlib/descent.py in JavaScript, one run at a time.
//
// An optimizer is {learning_rate, momentum, nesterov}, with Keras' defaults. A gradient is a function
// (position, out) that writes the slope at the position into out, so that a long run makes no garbage.
// tests/test_widgets_parity.py holds this file to the Python one.

/** A run diverges when a coordinate leaves [−10¹², 10¹²]; every surface of the course is still finite there. */
export const DIVERGED = 1e12;

/**
 * Take one step and return [position, velocity], both new.
 *
 *     v ← μ v − η g(θ)            momentum (heavy ball); μ = 0 is plain gradient descent
 *     v ← μ v − η g(θ + μ v)      nesterov: the gradient is taken at the lookahead point
 *     θ ← θ + v
 *
 * Source: Sutskever et al. (2013), equations 1 to 4; as SGD.step in sgdlib/optimizer.py.
 */
export function step(optimizer, gradient, position, velocity) {
  const next_position = Float64Array.from(position);
  const next_velocity = Float64Array.from(velocity);
  const d = next_position.length;
  step_in_place(optimizer, gradient, next_position, next_velocity, new Float64Array(d), new Float64Array(d));
  return [next_position, next_velocity];
}

// The rule itself. ahead and slope are room to work in, so that a run of many steps allocates nothing.
function step_in_place(optimizer, gradient, position, velocity, ahead, slope) {
  const { learning_rate = 0.01, momentum = 0, nesterov = false } = optimizer;
  const d = position.length;
  if (nesterov) {
    for (let i = 0; i < d; i++) ahead[i] = position[i] + momentum * velocity[i];
    gradient(ahead, slope);
  } else {
    gradient(position, slope);
  }
  for (let i = 0; i < d; i++) {
    velocity[i] = momentum * velocity[i] - learning_rate * slope[i];
    position[i] += velocity[i];
  }
}

/**
 * Take `steps` steps with the optimizer and return {positions, velocities, steps, d, diverged_at}.
 *
 *     (θₖ₊₁, vₖ₊₁) = step(optimizer, g, θₖ, vₖ),    θ₀ = start,    v₀ = 0 unless given
 *
 * positions and velocities are flat: coordinate i after k steps is positions[k * d + i]. diverged_at is the step
 * that left [−10¹², 10¹²], −1 if none did; the run stands still from there on at its last state inside, so no
 * number here is ever infinite or NaN.
 *
 * gradients, if given, is an iterable with one function for each step (mini-batches) and `gradient` is not used.
 * Throws RangeError for what Python's descend refuses. As descend in sgdlib/descent.py.
 */
export function descend(optimizer, gradient, start, steps, { velocity = null, gradients = null } = {}) {
  if (!Number.isInteger(steps) || steps < 0) {
    throw new RangeError(`steps must be a whole number of at least 0, not ${steps}.`);
  }
  const d = start.length;
  const position = inside("start", start, d);
  const speed = velocity === null ? new Float64Array(d) : inside("velocity", velocity, d);
  const positions = new Float64Array((steps + 1) * d);
  const velocities = new Float64Array((steps + 1) * d);
  positions.set(position);
  velocities.set(speed);
  const given = gradients === null ? null : gradients[Symbol.iterator]();
  const ahead = new Float64Array(d);
  const slope = new Float64Array(d);
  let diverged_at = -1;

  for (let k = 1; k <= steps; k++) {
    if (given !== null) {
      const next = given.next();
      if (next.done) throw new RangeError(`there are ${k - 1} gradients for ${steps} steps; give one for each step.`);
      gradient = next.value;
    }
    if (diverged_at < 0) {
      step_in_place(optimizer, gradient, position, speed, ahead, slope);
      if (!all_inside(position)) {
        diverged_at = k;
        for (let i = 0; i < d; i++) {
          position[i] = positions[(k - 1) * d + i];
          speed[i] = velocities[(k - 1) * d + i];
        }
      }
    }
    for (let i = 0; i < d; i++) {
      positions[k * d + i] = position[i];
      velocities[k * d + i] = speed[i];
    }
  }
  return { positions, velocities, steps, d, diverged_at };
}

/**
 * Count the steps until a run stays within a distance of the target for the rest of it.
 *
 *     min { k : ‖θⱼ − w*‖ < tolerance for all j ≥ k },    −1 if the last position is not within
 *
 * run is what descend returns; the target is the origin when left out. As in sgdlib/descent.py.
 */
export function steps_to_stay_within(run, tolerance = 1e-6, target = null) {
  if (!(tolerance > 0)) throw new RangeError(`tolerance must be above 0, not ${tolerance}.`);
  const { positions, steps, d } = run;
  for (let k = steps; k >= 0; k--) {
    let square = 0;
    for (let i = 0; i < d; i++) {
      const away = positions[k * d + i] - (target === null ? 0 : target[i]);
      square += away * away;
    }
    if (!(Math.sqrt(square) < tolerance)) return k === steps ? -1 : k + 1;
  }
  return 0;
}

// NaN compares false, so "not all inside" catches it too.
function all_inside(position) {
  for (let i = 0; i < position.length; i++) {
    if (!(Math.abs(position[i]) <= DIVERGED)) return false;
  }
  return true;
}

function inside(name, values, d) {
  const state = Float64Array.from(values);
  if (state.length !== d) throw new RangeError(`${name} must have ${d} numbers, not ${state.length}.`);
  if (!all_inside(state)) throw new RangeError(`${name} must hold finite numbers from -1e12 to 1e12.`);
  return state;
}
