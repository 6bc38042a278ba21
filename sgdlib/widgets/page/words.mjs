// Numbers and sentences as the widgets say them, the same as in words.py.

/**
 * A short number for an axis or a readout: a few significant digits, never NaN or Infinity.
 * @param {number} value
 * @param {number} [digits] significant digits
 * @returns {string}
 */
export function format(value, digits = 3) {
  if (Number.isNaN(value)) return "undefined";
  if (!Number.isFinite(value)) return value > 0 ? "without bound" : "without bound below";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const long = size >= 1e5 || size < 1e-3;
  const text = long ? value.toExponential(digits - 1).replace(/\.?0+e/, "e") : String(+value.toPrecision(digits));
  return text.replace("e+", "e").replace(/-/g, "−");
}

/**
 * Fill a sentence that Python wrote: every {name} becomes the value of that name, as `str.format` does it.
 * @param {string} sentence
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function fill(sentence, values = {}) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}
