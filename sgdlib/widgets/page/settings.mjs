// The settings of a widget: kept within the limits that Python gave them, put into a link and taken out of one.

import { is_double, meanings, read_number, which } from "./numbers.mjs";
import { format } from "./words.mjs";

/**
 * What Python allows a setting to be, as in base.py.
 * @typedef {{kind: "number" | "integer" | "choice" | "flag" | "rows", min?: number, max?: number, values?: any[],
 *   columns?: [number, number][], least?: number, most?: number}} Limit
 * @typedef {Record<string, any>} Values a value for each setting
 */

/**
 * Force a wanted value into the limits of its setting.
 * @param {Limit} limit
 * @param {string} label what the setting is called
 * @param {any} wanted
 * @param {any} now its present value, which stays if what is wanted is nothing of the kind
 * @returns {[any, string]} the value, and a complaint, empty if all is well
 */
export function clamp(limit, label, wanted, now) {
  if (limit.kind === "flag") {
    if (typeof wanted === "boolean") return [wanted, ""];
    return [now, `${label} must be true or false; it stays ${now}.`];
  }
  if (limit.kind === "choice") {
    if (limit.values.includes(wanted)) return [wanted, ""];
    return [now, `${label} must be one of ${limit.values.join(", ")}; it stays at ${now}.`];
  }
  if (limit.kind === "rows") {
    if (are_rows(limit, wanted)) return [wanted, ""];
    const [least, most, numbers] = [limit.least, limit.most, limit.columns.length];
    return [
      now,
      `${label} must be ${least} to ${most} rows of ${numbers} numbers within their limits; it stays as it is.`,
    ];
  }
  const number = typeof wanted === "string" ? read_number(wanted) : Number(wanted);
  if (Number.isNaN(number)) {
    const { values } = typeof wanted === "string" ? meanings(wanted) : { values: [] };
    const ask = values.length && is_double(wanted, values) ? ` ${which(wanted, values)}` : "";
    return [now, `${label} must be a number; it stays at ${format(now, 4)}.${ask}`];
  }
  const whole = limit.kind === "integer" && Number.isFinite(number) ? Math.round(number) : number;
  const inside = Math.min(limit.max, Math.max(limit.min, whole));
  const [low, high, set] = [limit.min, limit.max, inside].map((value) => format(value, 4));
  if (inside !== whole) return [inside, `${label} goes from ${low} to ${high}; set to ${set}.`];
  return [inside, whole === number ? "" : `${label} must be a whole number; set to ${set}.`];
}

/**
 * Settings as a link holds them.
 * @param {Values} values
 * @returns {string}
 */
export function query_of(values) {
  const text = (value) => (Array.isArray(value) ? value.map(String).join("_") : String(value));
  return String(new URLSearchParams(Object.entries(values).map(([name, value]) => [name, text(value)])));
}

/**
 * Whether a value is rows of numbers within their limits, the first column ascending.
 * @param {Limit} limit
 * @param {any} wanted
 */
function are_rows({ columns, least, most }, wanted) {
  if (!Array.isArray(wanted) || wanted.length < least || wanted.length > most) return false;
  const within = (row) =>
    row.length === columns.length && row.every((each, k) => each >= columns[k][0] && each <= columns[k][1]);
  return wanted.every((row, k) => within(row) && (k === 0 || wanted[k - 1][0] <= row[0]));
}

/** The rows that a text in a link means: numbers parted by commas, rows by underscores. */
function rows_of(text) {
  return text === "" ? [] : text.split("_").map((row) => row.split(",").map(read_number));
}

/**
 * What a link wants of a widget, in any letter case; what is no value of its kind stays a text, of which `clamp`
 * complains.
 * @param {string} query
 * @param {Record<string, Limit>} limits
 * @returns {{wanted: Values, strange: string[]}} and the keys that are no settings
 */
export function wanted_by(query, limits) {
  const wanted = {};
  const strange = [];
  for (const [key, text] of new URLSearchParams(query)) {
    const name = Object.keys(limits).find((each) => each === key.toLowerCase());
    if (name) wanted[name] = meant(limits[name], text);
    else strange.push(key);
  }
  return { wanted, strange };
}

/**
 * The value that a text means, if it means one.
 * @param {Limit} limit
 * @param {string} text
 */
function meant(limit, text) {
  if (limit.kind === "rows") return rows_of(text);
  const values = limit.kind === "flag" ? [true, false] : limit.values;
  const same = (value) => String(value).toLowerCase() === text.trim().toLowerCase() || value === read_number(text);
  return values?.find(same) ?? text;
}

/**
 * The widgets that an address names, in its order, each with its query.
 * @param {string} hash
 * @returns {[string, string][]}
 */
export function named_in(hash) {
  const parts = hash.replace(/^#/, "").split(";");
  return parts.filter((part) => part.includes("?")).map((part) => [part.split("?")[0], part.replace(/^[^?]*\?/, "")]);
}

/**
 * A word from a link that may be repeated to the reader; nothing for what is no word.
 * @param {string} text
 * @returns {string}
 */
export function plain_word(text) {
  return /^[\w-]{1,40}$/.test(text) ? text : "";
}
