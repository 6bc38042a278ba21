// Numbers as people write them: in a field of a widget or of an exercise, in a link. The grammar stands in its twin,
// sgdlib/exercises/reading.py; tests/test_reading_numbers.py holds the two together.

const LONGEST = 200;
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const RAISED = /[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+/g;
const VULGAR = /[\u00bc-\u00be\u2150-\u215e]/g;
const OTHER_DIGITS = /[٠-٩۰-۹०-९০-৯๐-๙]/g;
const ZEROS = "๐০०۰٠"; // from high to low
const OF_THOUSANDS = /\b(dozen|hundred|thousand|million|billion|trillion|half|third|quarter|tenth|k|m)s?\b/i;

const GENERAL = "write one such as 0.25, 1e-3 or 3/4";

/** @typedef {{values: number[], why: string}} Reading what a text can mean; if nothing, why, in a sentence */

/** What a factor of an expression is, where the point and the sign between thousands are these. */
function factor_pattern(point, between) {
  const whole = `[1-9]\\d{0,2}(?:\\${between}\\d{3})+|[1-9]\\d{0,2}(?:[ '_]\\d{3})+|\\d+`;
  const decimal = `(?:(?:${whole})(?:\\${point}\\d*)?|\\${point}\\d+)(?:e[+-]?\\d+)?`;
  return new RegExp(`^([+-]?)(√?)(${decimal})(?:\\^([+-]?\\d+(?:\\${point}\\d+)?))?$`, "i");
}

const STYLES = [
  [".", factor_pattern(".", ",")],
  [",", factor_pattern(",", ".")],
];
const MIXED = /^([+-]?)(\d+) ([1-9]\d?)\/([1-9]\d?)$/;

/** The text as it may be repeated: what is invisible dropped. */
function written(text) {
  return text.replace(INVISIBLE, "").replace(/\s+/g, " ").trim();
}

/** The text with one sign for each thing that has many, without a name before it and a unit behind it. */
function plain(text) {
  let line = text.replace(INVISIBLE, "");
  line = line.replace(RAISED, (raised) => `^${raised.normalize("NFKC")}`);
  line = line.replace(VULGAR, (part) => ` ${part.normalize("NFKC")}`).normalize("NFKC");
  line = line.replace(OTHER_DIGITS, (digit) => {
    const code = digit.codePointAt(0);
    return String(code - [...ZEROS].map((zero) => zero.codePointAt(0)).find((zero) => zero <= code));
  });
  line = line
    .replaceAll("٫", ".")
    .replace(/[٬’]/g, "'")
    .replace(/[−–—‐‑‒]/g, "-");
  line = line
    .replaceAll("**", "^")
    .replace(/[×⋅·∙∗]/g, "*")
    .replace(/[÷⁄∕]/g, "/");
  line = line.replace(/\s+/g, " ").trim();
  line = line.replace(/^[\p{L}_][\p{L}\d_]{0,20} ?(?==|≈)/u, "").replace(/^[=≈≃~] ?/, "");
  line = line.replace(/ ?([*/^]) ?/g, "$1").replace(/(\d) ?e ?([+-]?\d)/gi, "$1e$2");
  line = line.replace(/^([+-]) /, "$1").replace(/ ?[;,.]$/, "");
  return line;
}

/** The value of one factor: undefined if it is none. */
function value_of_factor(text, [point, pattern]) {
  const found = pattern.exec(text);
  if (!found) return undefined;
  const [, sign, root, decimal, power] = found;
  const grouped = decimal.replace(/[ '_]/g, "").replaceAll(point === "." ? "," : ".", "");
  let value = Number(grouped.replace(point, "."));
  if (root) value = Math.sqrt(value);
  if (power !== undefined) value **= Number(power.replace(point, "."));
  // a computer's 0 for what is not 0 would be graded as 0
  if (value === 0 && /[1-9]/.test(grouped.split(/e/i)[0])) return Number.POSITIVE_INFINITY;
  return sign === "-" ? -value : value;
}

/** The value of a quotient of products of at most two factors: undefined if it is none, else perhaps not finite. */
function value_of(text, style) {
  const mixed = MIXED.exec(text);
  if (mixed) return (mixed[1] === "-" ? -1 : 1) * (Number(mixed[2]) + Number(mixed[3]) / Number(mixed[4]));
  const parts = text.split("/").map((part) => part.split("*").map((each) => value_of_factor(each, style)));
  if (parts.length > 2 || parts.some((part) => part.length > 2 || part.includes(undefined))) return undefined;
  const [above, below = 1] = parts.map((part) => part.reduce((product, each) => product * each));
  if (!Number.isFinite(above) || !Number.isFinite(below)) return Number.POSITIVE_INFINITY;
  if (below === 0) return NaN;
  return above / below;
}

/**
 * All that a text can mean.
 * @param {string} text
 * @returns {Reading} two values where a comma or a point may part thousands or decimals, the point's first
 */
export function meanings(text) {
  if (text.length > LONGEST) return { values: [], why: `That is too long for a number: ${GENERAL}.` };
  let line = plain(text);
  if (line === "") return { values: [], why: `There is nothing to read: ${GENERAL}.` };
  const letters = [...written(text)];
  const shown = letters.length > 24 ? `${letters.slice(0, 24).join("")}…` : letters.join("");
  const share = / ?(%|percent|per cent)$/i;
  const parts = share.test(line) ? 100 : 1;
  line = line.replace(share, "");
  const unit = /^(.*\d) (\p{L}[\p{L} ]*)$/u.exec(line);
  if (unit && OF_THOUSANDS.test(unit[2])) return { values: [], why: `“${shown}”: write the number in digits.` };
  if (unit) line = unit[1];
  const found = STYLES.map((style) => value_of(line, style)).filter((value) => value !== undefined);
  const values = [...new Set(found.filter(Number.isFinite).map((value) => value / parts))];
  if (values.length) return { values, why: "" };
  if (found.some(Number.isNaN)) return { values, why: `${shown} is no number: nothing can be divided by 0.` };
  if (found.length) return { values, why: `${shown} is too large or too small for a computer's number.` };
  return { values, why: `“${shown}” is no number: ${GENERAL}.` };
}

/**
 * Whether a text is to be asked about: it has two meanings, and a comma, which stands for either in print.
 * @param {string} text
 * @param {number[]} values
 */
export function is_double(text, values) {
  return values.length > 1 && plain(text).includes(",");
}

/**
 * What to ask of whoever wrote a number with two meanings.
 * @param {string} text
 * @param {number[]} values
 */
export function which(text, values) {
  return `${written(text)} can be ${values[0]} or ${values[1]}: write one of the two.`;
}

/**
 * The one number that a text stands for, a point being decimal as on these pages; NaN if there is none, or two.
 * @param {string} text
 * @returns {number}
 */
export function read_number(text) {
  const { values } = meanings(text);
  return values.length === 0 || is_double(text, values) ? NaN : values[0];
}
