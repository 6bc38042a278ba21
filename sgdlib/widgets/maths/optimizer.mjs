// The update rule of optimizer="sgd": sgdlib/optimizer.py in JavaScript, one run at a time.

/**
 * @typedef {Float64Array | number[]} Position
 *
 * A gradient writes the slope at a position into `out` and returns it, so that a long run makes no garbage.
 * @typedef {(position: Position, out: Float64Array) => any} Gradient
 *
 * What a rule remembers between two steps: as many arrays as it needs.
 * @typedef {Float64Array[]} State
 *
 * A rule is an object with two pure functions, as in Python; descend asks nothing else of it. `step` may write what it
 * returns into `out`, a pair of the same lengths, and must leave the old position and state as they are.
 * @typedef {object} Rule
 * @property {(position: Position) => State} init the state before the first step
 * @property {(gradient: Gradient, position: Float64Array, state: State, out?: [Float64Array, State]) =>
 *   [Float64Array, State]} step the new position and the new state
 *
 * @typedef {{learning_rate?: number, momentum?: number, nesterov?: boolean}} Setting
 */

/**
 * Gradient descent with momentum, by the names, the defaults and the sign of keras.optimizers.SGD; its state is [v].
 *
 *     v ← μ v − η g(θ)            momentum (heavy ball); μ = 0 is plain gradient descent
 *     v ← μ v − η g(θ + μ v)      nesterov: the gradient is taken at the lookahead point
 *     θ ← θ + v
 *
 * Source: Sutskever et al. (2013), equations 1 to 4.
 * @param {Setting} [setting]
 * @returns {Rule & Required<Setting>}
 */
export function sgd({ learning_rate = 0.01, momentum = 0, nesterov = false } = {}) {
  /** @type {Rule["init"]} */
  const init = (position) => [new Float64Array(position.length)];

  /** @returns {[Float64Array, State]} */
  const room = (position) => [new Float64Array(position.length), init(position)];

  /** @type {Rule["step"]} */
  function step(gradient, position, [velocity], out = room(position)) {
    const [new_position, [new_velocity]] = out;
    const d = position.length;
    if (nesterov) {
      // the new arrays are room to work in: first for the lookahead point and its slope
      for (let i = 0; i < d; i++) new_position[i] = position[i] + momentum * velocity[i];
      gradient(new_position, new_velocity);
    } else {
      gradient(position, new_velocity);
    }
    for (let i = 0; i < d; i++) {
      new_velocity[i] = momentum * velocity[i] - learning_rate * new_velocity[i];
      new_position[i] = position[i] + new_velocity[i];
    }
    return out;
  }

  return { learning_rate, momentum, nesterov, init, step };
}
