// Adam: sgdlib/adam.py in JavaScript, one run at a time.

/** @import { Rule, State } from "./optimizer.mjs" */

/**
 * Adam, by the names, the defaults and the ε of keras.optimizers.Adam; its state is [m, s, [k]], k the steps taken.
 *
 *     m ← m + (1 − β₁)(g(θ) − m)          the average of the gradients
 *     s ← s + (1 − β₂)(g(θ)² − s)         and of their squares, number by number
 *     α = η √(1 − β₂ᵏ) / (1 − β₁ᵏ)        both start from 0: this corrects for it
 *     θ ← θ − α m / (√s + ε)
 *
 * Source: Kingma and Ba (2015), section 2.
 * @param {{learning_rate?: number, beta_1?: number, beta_2?: number, epsilon?: number}} [setting]
 * @returns {Rule & {learning_rate: number, beta_1: number, beta_2: number, epsilon: number}}
 */
export function adam({ learning_rate = 0.001, beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7 } = {}) {
  /** @type {Rule["init"]} */
  function init({ length: d }) {
    return [new Float64Array(d), new Float64Array(d), new Float64Array(1)];
  }

  /** @returns {[Float64Array, State]} */
  const room = (position) => [new Float64Array(position.length), init(position)];

  /** @type {Rule["step"]} */
  function step(gradient, position, [m, s, k], out = room(position)) {
    const [new_position, [new_m, new_s, new_k]] = out;
    new_k[0] = k[0] + 1;
    const alpha = (learning_rate * Math.sqrt(1 - beta_2 ** new_k[0])) / (1 - beta_1 ** new_k[0]);
    gradient(position, new_position); // the slope, in the room of the new position
    for (let i = 0; i < position.length; i++) {
      const slope = new_position[i];
      new_m[i] = m[i] + (1 - beta_1) * (slope - m[i]);
      new_s[i] = s[i] + (1 - beta_2) * (slope * slope - s[i]);
      new_position[i] = position[i] - (alpha * new_m[i]) / (Math.sqrt(new_s[i]) + epsilon);
    }
    return out;
  }

  return { learning_rate, beta_1, beta_2, epsilon, init, step };
}
