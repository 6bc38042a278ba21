// Numbers as people write them: in a field of a widget, in a link.

const PLAIN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * The number that a text stands for: 0.25, 0,25, 1e-3, 3/4 or 5%, with any minus; NaN for all else. A comma before
 * three digits could part thousands, so 1,000 is no number here, nor is what a computer holds for 0 or infinity.
 * @param {string} text
 * @returns {number}
 */
export function read_number(text) {
  const written = text.trim().replace(/[−–]/g, "-");
  const share = written.endsWith("%") ? 100 : 1;
  const parts = written.replace(/\s*%$/, "").split(/\s*\/\s*/);
  if (parts.length > 2) return NaN;
  const [above, below = 1] = parts.map(plain_number);
  const value = above / below / share;
  return Number.isFinite(value) ? value : NaN;
}

/** @param {string} text */
function plain_number(text) {
  if (/[1-9]\d*,\d{3}$/.test(text)) return NaN;
  const point = text.includes(".") ? text : text.replace(",", ".");
  if (!PLAIN.test(point)) return NaN;
  const value = Number(point);
  const too_small = value === 0 && /^[^e]*[1-9]/i.test(point);
  return Number.isFinite(value) && !too_small ? value : NaN;
}
