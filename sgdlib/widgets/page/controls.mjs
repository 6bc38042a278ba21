// What brings a widget to life: its settings wired to the inputs, to the model and to the link, and one redraw a frame.

import { button, copy_button, full_screen_button } from "./buttons.mjs";
import { confined, element, write } from "./dom.mjs";
import { input_panel } from "./inputs.mjs";
import { keras_code } from "./keras.mjs";
import { readout_list } from "./readouts.mjs";
import { clamp, link_to, wanted_by_link } from "./settings.mjs";

/** @import { Control } from "./inputs.mjs" */
/** @import { Optimizer } from "./keras.mjs" */
/** @import { Values } from "./settings.mjs" */

/**
 * anywidget's model, or that of live.mjs.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {(event: string, heard: () => void) => void} on
 * @property {(event: string, heard: () => void) => void} off
 * @property {() => void} save_changes
 * @property {boolean} [on_page] whether it is of the static page, without a kernel
 *
 * What a stage and an action are given.
 * @typedef {object} Api
 * @property {Values} values the present value of each setting
 * @property {Record<string, any>} data what Python's `data()` gave to the page
 * @property {(wanted: Values) => void} change
 * @property {() => void} refresh draw in the next frame
 * @property {(words: string) => void} say
 * @property {HTMLElement} root
 * @property {(cleanup: () => void) => void} on_remove
 *
 * What was drawn: a text for each label, a sentence for a screen reader, and the optimizer for the line of Keras code.
 * @typedef {{readouts: Record<string, string>, words: string, optimizer: Optimizer}} Drawn
 *
 * @typedef {object} Spec
 * @property {string} name the widget's name in links, as in Python's `data-widget`
 * @property {string} title what it is called
 * @property {Control[]} controls
 * @property {(stage: HTMLElement, api: Api) => (values: any) => Drawn} stage makes the pictures, returns what draws
 *   them
 * @property {{label: string, run: (api: Api) => void}[]} [actions] further buttons
 * @property {(wanted: any, values: any) => Values} [follow]
 *   further values that a change from the page brings with it; what is wanted comes first
 */

/**
 * Bring a widget to life in `el`; the limits of its settings come from Python.
 * @param {{model: Model, el: HTMLElement}} context
 * @param {Spec} spec
 * @returns {() => void} takes the widget away again
 */
export function bring_to_life({ model, el }, spec) {
  const limits = model.get("_limits");
  const names = Object.keys(limits);
  const values = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const initial = { ...values, ...(model.get("_initial") ?? {}) };
  const root = element("div", { class: "sgd-live-widget", role: "group", "aria-label": spec.title });
  const stage = element("div", { class: "sgd-stage" });
  const message = element("p", { class: "sgd-message", role: "status" });
  const code = element("code", { class: "sgd-code" });
  const keras = element("p", { class: "sgd-keras" }, code);
  const output = readout_list();
  const inputs = input_panel(spec.controls, limits, values, change);
  const cleanups = [output.stop];
  const refresh = once_a_frame(paint, cleanups);

  /** Take new values from the page: clamp, say so, tell the model, redraw. */
  function change(wanted) {
    let complaint = "";
    for (const [name, value] of Object.entries({ ...spec.follow?.(wanted, values), ...wanted })) {
      const label = spec.controls.find((control) => control.setting === name)?.label ?? name;
      const [inside, words] = clamp(limits[name], label, value, values[name]);
      complaint ||= words;
      if (inside !== values[name]) {
        values[name] = inside;
        model.set(name, inside);
      }
      inputs.show(name);
    }
    write(message, complaint);
    model.save_changes();
    refresh();
  }

  /** Take a new value from the model: from Python, in Jupyter. */
  function heard(name, value) {
    if (value === values[name]) return;
    values[name] = value;
    inputs.show(name);
    refresh();
  }

  function say(words) {
    message.textContent = words;
  }

  function paint() {
    const { readouts, words, optimizer } = draw(values);
    write(code, keras_code(optimizer));
    output.show(readouts, words);
  }

  const on_remove = (cleanup) => cleanups.push(cleanup);
  const api = { values, data: model.get("_data") ?? {}, change, refresh, say, root, on_remove };
  const buttons = element("div", { class: "sgd-buttons" });
  for (const { label, run } of spec.actions ?? []) buttons.append(button(label, () => run(api)));
  buttons.append(button("Reset", () => change(initial)));
  buttons.append(copy_button("Copy as Keras code", () => code.textContent, "Copied the line of Keras code.", say));
  if (model.on_page) {
    const link = () => link_to(spec.name, values);
    buttons.append(copy_button("Copy link to this setting", link, "Copied a link to this setting.", say));
  }
  if (document.fullscreenEnabled) buttons.append(full_screen_button(root));

  root.append(stage, inputs.panel, buttons, confined(output.list), confined(keras), message, output.announcer);
  const draw = spec.stage(stage, api);
  paint();
  leave_keys_to(root);
  el.replaceChildren(root);
  listen(model, names, heard, cleanups);
  if (model.on_page) follow_links(() => wanted_by_link(spec.name, limits, values), change, root, cleanups);
  return () => {
    for (const cleanup of cleanups) cleanup();
  };
}

/** A function that has `paint` run in the next frame, once however often it is called. */
function once_a_frame(paint, cleanups) {
  let frame = 0;
  cleanups.push(() => cancelAnimationFrame(frame));
  return () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      paint();
    });
  };
}

/** JupyterLab would take the arrow keys and Enter for itself. */
function leave_keys_to(root) {
  for (const each of root.querySelectorAll("input, select, button, [tabindex]"))
    each.dataset.lmSuppressShortcuts = "true";
}

/** Hear every setting that the model changes. */
function listen(model, names, heard, cleanups) {
  for (const name of names) {
    const tell = () => heard(name, model.get(name));
    model.on(`change:${name}`, tell);
    cleanups.push(() => model.off(`change:${name}`, tell));
  }
}

/** Change to what the page's link wants, now and whenever it becomes another, and scroll there. */
function follow_links(wanted_now, change, root, cleanups) {
  function follow() {
    const wanted = wanted_now();
    if (wanted === null) return;
    change(wanted);
    root.scrollIntoView({ block: "nearest" });
  }
  follow();
  window.addEventListener("hashchange", follow);
  cleanups.push(() => window.removeEventListener("hashchange", follow));
}
