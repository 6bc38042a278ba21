// The setting as a reader would write it for Keras.

/**
 * A setting of SGD, or of Adam with its own defaults.
 * @typedef {{learning_rate: number, momentum?: number, nesterov?: boolean, beta_1?: number}} Optimizer
 */

/**
 * The setting as a line of Keras code.
 * @param {Optimizer} optimizer
 * @returns {string}
 */
export function keras_code({ learning_rate, momentum = 0, nesterov = false, beta_1 }) {
  let words = `learning_rate=${python_float(learning_rate)}`;
  if (beta_1 !== undefined) return `keras.optimizers.Adam(${words})`;
  if (momentum !== 0) words += `, momentum=${python_float(momentum)}`;
  if (nesterov) words += ", nesterov=True";
  return `keras.optimizers.SGD(${words})`;
}

/** A number as Python writes a float, so that Keras does not refuse it as an integer. */
function python_float(value) {
  return Number.isInteger(value) ? value.toFixed(1) : String(+value.toPrecision(6));
}
