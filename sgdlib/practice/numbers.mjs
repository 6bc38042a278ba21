// Numbers as texts, as _numbers.py writes them.

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const SUM = new RegExp(String.raw`^\s*${NUMBER}(?:\s*[*/+-]\s*${NUMBER})*\s*$`);

/**
 * A float for code, as Python writes it: at most so many digits, and a point or an exponent.
 * @param {number} value
 * @param {number} [digits]
 */
export function code(value, digits = 12) {
  const rounded = Number(value.toPrecision(digits));
  if (!Number.isFinite(rounded)) return String(rounded);
  const [mantissa, exponent] = rounded.toExponential().split("e");
  const power = Number(exponent);
  if (rounded !== 0 && (power < -4 || power >= 16)) {
    const sign = power < 0 ? "-" : "+";
    return `${mantissa}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const text =
    power < 0 ? rounded.toFixed(Math.max(0, mantissa.replace(/\D/g, "").length - 1 - power)) : String(rounded);
  return text.includes(".") ? text : `${text}.0`;
}

/**
 * A count for code: whole if it is.
 * @param {number} value
 */
export const count = (value) => (Number.isInteger(value) ? String(value) : code(value));

/**
 * A number for a sentence, of so many digits.
 * @param {number} value
 * @param {number} [digits]
 */
export const said = (value, digits = 2) => code(value, digits).replace(/\.0$/, "");

/**
 * The number that a text means: 5e-4, 1/3, 30 * 45 or 1 - 0.1; null if it means none.
 * @param {string} text
 */
export function meant(text) {
  if (!SUM.test(text)) return null;
  let [total, value] = [0, 0];
  for (const [, sign, part] of text.matchAll(new RegExp(`([*/+-]?)\\s*(${NUMBER})`, "g"))) {
    if (sign === "/" && Number(part) === 0) return null;
    if (sign === "*") value *= Number(part);
    else if (sign === "/") value /= Number(part);
    else [total, value] = [total + value, sign === "-" ? -Number(part) : Number(part)];
  }
  return total + value;
}
