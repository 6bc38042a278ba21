// The settings of a widget: kept within the limits that Python gave them, put into a link and taken out of one.

import { format } from "./words.mjs";

/**
 * What Python allows a setting to be, as in base.py.
 * @typedef {{kind: "number" | "integer" | "choice" | "flag", min?: number, max?: number, values?: any[]}} Limit
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
  if (limit.kind === "flag") return [Boolean(wanted), ""];
  if (limit.kind === "choice") {
    if (limit.values.includes(wanted)) return [wanted, ""];
    return [now, `${label} must be one of ${limit.values.join(", ")}.`];
  }
  let number = typeof wanted === "string" && wanted.trim() === "" ? NaN : Number(wanted);
  if (Number.isNaN(number)) return [now, `${label} must be a number; it stays at ${format(now, 4)}.`];
  if (limit.kind === "integer" && Number.isFinite(number)) number = Math.round(number);
  const inside = Math.min(limit.max, Math.max(limit.min, number));
  if (inside === number) return [inside, ""];
  const [low, high, set] = [limit.min, limit.max, inside].map((value) => format(value, 4));
  return [inside, `${label} goes from ${low} to ${high}; set to ${set}.`];
}

/**
 * The address of the page with the setting of one widget in its hash; it becomes the page's own.
 * @param {string} widget
 * @param {Values} values
 * @returns {string}
 */
export function link_to(widget, values) {
  const query = new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)]));
  const url = new URL(window.location.href);
  url.hash = `${widget}?${query}`;
  window.history.replaceState(null, "", url);
  return url.href;
}

/**
 * The setting in the page's hash, if it is of this widget; everything in it is read as a number, flag or choice.
 * @param {string} widget
 * @param {Record<string, Limit>} limits
 * @param {Values} values
 * @returns {Values | null} what is wanted; null for another widget's link, or none
 */
export function wanted_by_link(widget, limits, values) {
  const [name, query] = window.location.hash.slice(1).split("?");
  if (name !== widget || query === undefined) return null;
  const wanted = {};
  for (const [key, text] of new URLSearchParams(query)) {
    if (!Object.hasOwn(limits, key)) continue;
    const limit = limits[key];
    if (limit.kind === "flag") wanted[key] = text === "true";
    else if (limit.kind === "choice") wanted[key] = limit.values.find((value) => String(value) === text) ?? values[key];
    else wanted[key] = text;
  }
  return wanted;
}
