// Run a rule down a slope and keep what happened: sgdlib/descent.py in JavaScript, one run at a time.

import { told } from "../page/told.mjs";
import { sgd } from "./optimizer.mjs";

/** @import { Gradient, Position, Rule, Setting, State } from "./optimizer.mjs" */

/** @type {{DIVERGED: number}} a run diverges when a coordinate leaves [−10¹², 10¹²] */
const { DIVERGED } = told.page;

/**
 * What a run went through, flat: coordinate i after k steps is positions[k * d + i].
 * @typedef {object} Run
 * @property {Float64Array} positions
 * @property {Float64Array[]} states the arrays of the rule's state, as many as it has, laid out likewise
 * @property {Float64Array} velocities the first of them: for SGD the velocity
 * @property {number} steps
 * @property {number} d
 * @property {number} diverged_at the step that left [−10¹², 10¹²], or overflowed the state; −1 if none did. The run
 *   stands still from there on at its last position inside, so no number here is ever infinite or NaN
 */

/**
 * Take `steps` steps by a rule.
 *
 *     (θₖ₊₁, sₖ₊₁) = rule.step(g, θₖ, sₖ),    θ₀ = start,    s₀ = rule.init(start)
 * @param {Rule | Setting} rule an object with init and step, or a setting of SGD
 * @param {Gradient | null} gradient
 * @param {Position} start
 * @param {number} steps
 * @param {{gradients?: Iterable<Gradient> | null}} [more] a gradient for each step (mini-batches), in place of
 *   `gradient`
 * @returns {Run}
 */
export function descend(rule, gradient, start, steps, { gradients = null } = {}) {
  const { init, step } = "step" in rule ? rule : sgd(rule);
  const d = start.length;
  let now = copied([start, init(Float64Array.from(start))]);
  let spare = copied(now);
  const positions = new Float64Array((steps + 1) * d);
  const states = now[1].map((each) => new Float64Array((steps + 1) * each.length));
  const given = gradients?.[Symbol.iterator]();
  let diverged_at = -1;

  for (let k = 0; k <= steps; k++) {
    if (k > 0 && diverged_at < 0) {
      const next = step(given ? given.next().value : gradient, now[0], now[1], spare);
      if (is_inside(next)) {
        spare = now;
        now = next;
      } else {
        diverged_at = k;
      }
    }
    keep(positions, k, now[0]);
    for (let i = 0; i < states.length; i++) keep(states[i], k, now[1][i]);
  }
  return { positions, states, velocities: states[0], steps, d, diverged_at };
}

/**
 * Count the steps until a run stays within a distance of the target for the rest of it.
 *
 *     min { k : ‖θⱼ − w*‖ < tolerance for all j ≥ k },    −1 if the last position is not within
 * @param {Run} run
 * @param {number} [tolerance] above 0
 * @param {Position | null} [target] the origin when left out
 * @returns {number}
 */
export function steps_to_stay_within({ positions, steps, d }, tolerance = 1e-6, target = null) {
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

/**
 * A position and a state in arrays of their own.
 * @param {[Position, State]} pair
 * @returns {[Float64Array, State]}
 */
function copied([position, state]) {
  return [Float64Array.from(position), state.map((each) => Float64Array.from(each))];
}

/** Write values into row k. */
function keep(rows, k, values) {
  const first = k * values.length;
  for (let i = 0; i < values.length; i++) rows[first + i] = values[i];
}

/** Whether a position is inside [−10¹², 10¹²] and its state finite; NaN compares false, so it is outside, too. */
function is_inside([position, state]) {
  for (let i = 0; i < position.length; i++) if (!(Math.abs(position[i]) <= DIVERGED)) return false;
  for (let j = 0; j < state.length; j++) {
    for (let i = 0; i < state[j].length; i++) if (!Number.isFinite(state[j][i])) return false;
  }
  return true;
}
