// The inputs of a widget's settings: a slider with a field, a list of choices, a box to tick.

import { element, fresh_id, put } from "./dom.mjs";
import { direction, take_back } from "./drag.mjs";
import { format } from "./words.mjs";

/** @import { Limit, Values } from "./settings.mjs" */

/**
 * How a setting is shown.
 * @typedef {object} Control
 * @property {string} setting
 * @property {string} label
 * @property {number} [step] of a number: how far apart the slider's places are
 * @property {boolean} [log] of a number: the slider moves evenly in the logarithm, and `step` is not used
 * @property {number} [digits] of a number: how many significant ones
 * @property {string} [end] of a number: another setting, at which the slider ends
 * @property {Record<string, string>} [options] of a choice: the words for each value
 * @property {boolean} [more] whether it stands in the folded part
 */

/**
 * The inputs for the settings of a widget, in a panel.
 * @param {Control[]} controls
 * @param {Record<string, Limit>} limits
 * @param {Values} values the present values, always
 * @param {(wanted: Values) => void} change
 * @returns {{panel: HTMLElement, more: HTMLElement, show(name: string): void, reveal(names: string[]): void,
 *   control(name: string): {label: string, input: any} | undefined}} `more` is for more in the folded part; `show`
 *   brings the inputs of a setting up to date; `reveal` unfolds any of some settings; `control` gives a setting's first
 *   input
 */
export function input_panel(controls, limits, values, change) {
  const panel = element("div", { class: "sgd-controls" });
  const folded = element("div", { class: "sgd-controls" });
  const more = element("div");
  const fold = element("details", { class: "sgd-more" }, element("summary", {}, "More settings"), folded, more);
  const inputs = new Map();
  for (const control of controls) {
    const { setting, end } = control;
    const make = { flag: flag_input, choice: choice_input }[limits[setting].kind] ?? number_input;
    const parts = { ...control, limit: limits[setting], end_at: end && (() => values[end]) };
    const { row, input, set } = make(parts, (value) => change({ [setting]: value }));
    set(values[setting]);
    inputs.set(setting, { label: control.label, input, set });
    row.dataset.setting = setting;
    (control.more ? folded : panel).append(row);
  }
  if (folded.childElementCount) panel.append(fold);
  return {
    panel,
    more,
    reveal(names) {
      const leading = controls.filter((control) => !control.more).map(({ setting }) => setting);
      const folded_ones = names.filter((name) => !leading.includes(name) && (inputs.has(name) || more.hasChildNodes()));
      if (folded_ones.length) fold.open = true;
    },
    show(name) {
      inputs.get(name)?.set(values[name]);
      for (const { setting, end } of controls) if (end === name) inputs.get(setting).set(values[setting]);
    },
    control: (name) => inputs.get(name),
  };
}

/** A slider and a field for the same number; a slider over decades moves evenly in the logarithm. */
function number_input({ label, step, log = false, digits = 4, end_at, limit: { min, max } }, changed) {
  const id = fresh_id("control");
  // 2 % apart in the logarithm: wider than the rounding to 3 digits, which would otherwise hold the slider where it is
  const positions = log ? Math.floor(Math.log(max / min) / Math.log(1.02)) : Math.round((max - min) / step);
  const to_value = (position) =>
    log ? +(min * (max / min) ** (position / positions)).toPrecision(3) : +(min + position * step).toPrecision(10);
  const to_position = (value) =>
    Math.round(log ? (positions * Math.log(value / min)) / Math.log(max / min) : (value - min) / step);
  const slider = element("input", { type: "range", id, min: 0, max: positions, step: 1 });
  // not of type number, which makes 005 of 0,05 before anyone can read it; a phone's pad of digits may have no minus
  const pad = min < 0 ? {} : { inputmode: "decimal" };
  const field = element("input", { type: "text", ...pad, autocomplete: "off", "aria-label": `${label}, as a number` });
  let shown = min;
  sliding(
    slider,
    () => changed(to_value(Number(slider.value))),
    () => set(shown),
  );
  field.addEventListener("change", () => changed(field.value));
  const both = element("div", { class: "sgd-number" }, slider, field);
  const row = element("div", { class: "sgd-control" }, element("label", { for: id }, label), both);
  function set(wanted) {
    shown = wanted;
    const value = end_at ? Math.min(wanted, end_at()) : wanted;
    if (end_at) slider.max = to_position(end_at());
    const position = String(to_position(value));
    if (slider.value !== position) slider.value = position;
    put(slider, "aria-valuetext", format(value, digits));
    const text = String(+value.toPrecision(digits + 2));
    if (field.value !== text) field.value = text;
  }
  return { row, input: slider, set };
}

/**
 * Hear a slider. The browser moves it as soon as a finger comes down; what it is at counts once the finger has gone
 * sideways or has let go, and not at all when it scrolls the page or a second finger comes: two fingers zoom, and
 * where a browser does not zoom on a slider, they do nothing.
 * @param {HTMLInputElement} slider
 * @param {() => void} moved
 * @param {() => void} restore put the slider where it was
 */
function sliding(slider, moved, restore) {
  let finger = null; // whose way is open
  let unheard = false;
  let two = false; // fingers, until the last is up
  const give_back = () => {
    if (finger) restore();
    else take_back(slider);
    finger = null;
    unheard = false;
  };
  const hear = () => {
    if (two) return restore();
    finger = null;
    if (unheard) moved();
    unheard = false;
  };
  slider.addEventListener("pointerdown", (event) => {
    if (event.isPrimary) finger = event.pointerType === "mouse" ? null : direction(event);
  });
  slider.addEventListener("pointermove", (event) => !two && finger?.is_meant(event) && hear());
  slider.addEventListener("pointercancel", (event) => {
    if (event.isPrimary && !two) give_back();
  });
  /** @param {TouchEvent} event */
  const count = ({ touches, targetTouches }) => {
    if (touches.length > 1 && !two) {
      give_back();
      two = true;
    }
    // the browser tells what a slider was moved to after the finger is up
    if (targetTouches.length === 0) setTimeout(() => (two = false));
  };
  for (const kind of /** @type {const} */ (["touchstart", "touchmove", "touchend", "touchcancel"]))
    slider.addEventListener(kind, count, { passive: true });
  slider.addEventListener("input", () => {
    unheard = true;
    if (!finger || two) hear();
  });
  slider.addEventListener("change", hear);
}

function choice_input({ label, options, limit: { values } }, changed) {
  const id = fresh_id("control");
  const select = element("select", { id });
  for (const value of values)
    select.append(element("option", { value: String(value) }, options?.[value] ?? String(value)));
  select.addEventListener("change", () => changed(values.find((value) => String(value) === select.value)));
  const row = element("div", { class: "sgd-control" }, element("label", { for: id }, label), select);
  function set(value) {
    select.value = String(value);
  }
  return { row, input: select, set };
}

function flag_input({ label }, changed) {
  const id = fresh_id("control");
  const box = element("input", { type: "checkbox", id });
  box.addEventListener("change", () => changed(box.checked));
  const row = element("div", { class: "sgd-control sgd-flag" }, box, element("label", { for: id }, label));
  function set(value) {
    box.checked = value;
  }
  return { row, input: box, set };
}
