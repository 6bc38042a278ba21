// The setting as a reader would write it for Keras.

/**
 * The setting as a line of Keras code.
 * @param {{learning_rate: number, momentum?: number, nesterov?: boolean}} optimizer
 * @returns {string}
 */
export function keras_code({ learning_rate, momentum = 0, nesterov = false }) {
  let words = `learning_rate=${python_float(learning_rate)}`;
  if (momentum !== 0) words += `, momentum=${python_float(momentum)}`;
  if (nesterov) words += ", nesterov=True";
  return `keras.optimizers.SGD(${words})`;
}

/** A number as Python writes a float, so that Keras does not refuse it as an integer. */
function python_float(value) {
  return Number.isInteger(value) ? value.toFixed(1) : String(+value.toPrecision(6));
}
