// What brings a widget to life: its settings wired to the inputs, to the model and to the link, and one redraw a frame.

import { button, copy_button, full_screen_button } from "./buttons.mjs";
import { confined, element, fresh_id, write } from "./dom.mjs";
import { TAKE_BACK } from "./drag.mjs";
import { input_panel } from "./inputs.mjs";
import { keras_code } from "./keras.mjs";
import { on_turn } from "./phone.mjs";
import { readout_list } from "./readouts.mjs";
import { clamp, plain_word, query_of, wanted_by } from "./settings.mjs";
import { embed_button } from "./share.mjs";

/** @import { Control } from "./inputs.mjs" */
/** @import { Optimizer } from "./keras.mjs" */
/** @import { Linked, OnPage } from "./links.mjs" */
/** @import { Values } from "./settings.mjs" */

/**
 * anywidget's model, or that of live.mjs.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {(event: string, heard: () => void) => void} on
 * @property {(event: string, heard: () => void) => void} off
 * @property {() => void} save_changes
 * @property {Partial<OnPage>} [on_page] what a static page, without a kernel, does with settings and links
 *
 * What a stage and an action are given.
 * @typedef {object} Api
 * @property {Values} values the present value of each setting
 * @property {Record<string, any>} data what Python's `data()` gave to the page
 * @property {(wanted: Values) => void} change
 * @property {() => void} refresh draw in the next frame
 * @property {(words: string) => void} say
 * @property {HTMLElement} root
 * @property {HTMLElement} bar buttons right under the stage
 * @property {HTMLElement} below what stands under the controls, if there is something in it
 * @property {HTMLElement} more in the folded part of the controls, for what a stage adds to it
 * @property {(cleanup: () => void) => void} on_remove
 * @property {(hear: (from: "link" | "reset") => void) => void} on_whole all settings have come at once
 *
 * What was drawn: a text for each label, sentences of which a screen reader hears what is new (the most important
 * first), and the optimizer for the line of Keras code, which a small figure has not.
 * @typedef {{readouts: Record<string, string>, words: string, optimizer?: Optimizer}} Drawn
 *
 * @typedef {object} Spec
 * @property {string} title what it is called
 * @property {Control[]} controls
 * @property {(stage: HTMLElement, api: Api) => (values: any) => Drawn} stage makes the pictures, returns what draws
 *   them and their verdict; called again when a phone is turned
 * @property {{label: string, run: (api: Api) => void}[]} [actions] further buttons
 * @property {(wanted: any, values: any) => Values} [follow]
 *   further values that a change from the page brings with it; what is wanted comes first
 * @property {boolean} [small] a small figure: no list of readouts, no line of Keras code, and one button to reset
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
  const parts = parts_of(spec.title);
  const { root, stage, bar, below, message, code } = parts;
  const say = (words) => write(message, words);
  const output = readout_list();
  const inputs = input_panel(spec.controls, limits, values, change);
  const as_a_whole = new Set(); // who wants to know when all settings came at once
  const cleanups = [output.stop];
  const refresh = once_a_frame(paint, cleanups);

  /** Take new values from the reader: with what they bring, told to the model and to the page's address. */
  function change(wanted) {
    take({ ...spec.follow?.(wanted, values), ...wanted }, values, []);
    model.on_page?.moved?.();
  }

  /** Take all values from a link: those it does not name are as at the beginning. */
  function take_link(query, wrong) {
    const { wanted, strange } = wanted_by(query, limits);
    const more = spec.follow?.(wanted, initial);
    take({ ...initial, ...more, ...wanted }, initial, [...wrong, ...strange_words(spec.title, strange)]);
    inputs.reveal(names.filter((name) => String(values[name]) !== String(initial[name])));
    for (const hear of as_a_whole) hear("link");
  }

  function reset() {
    change(initial);
    for (const hear of as_a_whole) hear("reset");
  }

  /** Clamp, say all that is wrong at once, tell the model, redraw. */
  function take(wanted, otherwise, wrong) {
    const said = [...wrong];
    for (const [name, value] of Object.entries(wanted)) {
      const label = spec.controls.find((control) => control.setting === name)?.label ?? name;
      const [inside, words] = clamp(limits[name], label, value, otherwise[name]);
      if (words) said.push(words);
      if (inside !== values[name]) {
        values[name] = inside;
        model.set(name, inside);
      }
      inputs.show(name);
    }
    say(said.join(" "));
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

  function paint() {
    const { readouts, words, optimizer } = pictures.draw(values);
    if (optimizer) write(code, keras_code(optimizer));
    output.show(readouts, words);
  }

  const api = {
    values,
    data: model.get("_data") ?? {},
    change,
    refresh,
    say,
    root,
    more: inputs.more,
    bar,
    below,
    on_remove: (cleanup) => cleanups.push(cleanup),
    on_whole: (hear) => as_a_whole.add(hear),
  };
  const buttons = button_row(spec, api, reset, code, model.on_page);

  const pictures = { draw: spec.stage(stage, api) };
  arrange(parts, inputs.panel, buttons, output, spec);
  paint();
  el.replaceChildren(root);
  cleanups.push(...follow_the_screen(spec, api, stage, pictures, paint));
  listen(model, names, heard, cleanups);
  model.on_page?.join?.(linked(spec.title, { ...api, initial }, limits, take_link, inputs, output));
  return () => {
    for (const cleanup of cleanups) cleanup();
  };
}

/** A drag that the browser ends, to scroll or to zoom, leaves the setting as it was when the finger came down. */
function give_back_what_is_lost({ root, values, change }) {
  let before = values;
  const remember = ({ isPrimary }) => {
    if (isPrimary) before = { ...values };
  };
  root.addEventListener("pointerdown", remember, { capture: true });
  root.addEventListener(TAKE_BACK, () => change(before));
}

/** What every widget is made of, beside its inputs and readouts. */
function parts_of(title) {
  const code = element("code", { class: "sgd-code", translate: "no" });
  return {
    root: element("div", { class: "sgd-live-widget", role: "group", "aria-label": title }),
    stage: element("div", { class: "sgd-stage" }),
    bar: element("div", { class: "sgd-bar" }),
    below: element("div", { class: "sgd-stage" }),
    message: element("p", { class: "sgd-message", role: "status" }),
    code,
    keras: element("p", { class: "sgd-keras" }, code),
  };
}

/** Put the parts in their places: of a small figure the picture, and beside it what is set and said. */
function arrange({ root, stage, bar, below, message, keras }, panel, buttons, output, { small = false }) {
  if (small) root.append(stage, element("div", {}, panel, below, bar, buttons, message));
  else root.append(stage, bar, panel, below, buttons, message, confined(output.list), confined(keras));
  root.classList.toggle("sgd-small", small);
  root.append(output.announcer);
}

/**
 * What the page's links and its text know of a widget.
 * @returns {Linked}
 */
function linked(title, { root, values, initial, change, say }, limits, take, { control }, { readouts, on_drawn }) {
  const keep = () => Object.assign(initial, values);
  const query = () => query_of(values);
  const set = (wanted) => change(wanted_by(wanted, limits).wanted);
  return { title, root, limits, values, query, take, keep, change, set, say, control, readouts, on_drawn };
}

/** The buttons under the controls. */
function button_row(spec, api, reset, code, on_page) {
  const keras_line = () => ({ text: code.textContent, done: "Copied the line of Keras code." });
  const row = element("div", { class: "sgd-buttons" });
  for (const { label, run } of spec.actions ?? []) row.append(button(label, () => run(api)));
  row.append(button("Reset", reset));
  if (spec.small) return row;
  row.append(copy_button("Copy as Keras code", keras_line, api.say));
  if (on_page?.link) row.append(copy_button("Copy link to this setting", () => link_words(on_page), api.say));
  if (on_page?.kind) row.append(...embed_button({ kind: on_page.kind, title: spec.title, ...api }));
  if (document.fullscreenEnabled) row.append(full_screen_button(api.root));
  return row;
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

/** Name the controls, heed the finger on them, make the pictures anew when a phone is turned; returns what ends it. */
function follow_the_screen(spec, api, stage, pictures, paint) {
  give_back_what_is_lost(api);
  const name_in = naming(api.root, spec.title);
  name_in(api.root);
  const turned = on_turn(() => {
    const places = [stage, api.bar, api.below, api.more];
    for (const place of places) place.replaceChildren();
    pictures.draw = spec.stage(stage, api);
    paint();
    for (const place of places) name_in(place);
  });
  return [turned, leave_room_for(stage, api.root)];
}

/** A control that is scrolled to stops below the stage, which stays on a phone's screen. */
function leave_room_for(stage, root) {
  const seen = new ResizeObserver(([{ borderBoxSize }]) => {
    root.style.setProperty("--stage-height", `${Math.ceil(borderBoxSize[0].blockSize)}px`);
  });
  seen.observe(stage);
  return () => seen.disconnect();
}

/** Hear every setting that the model changes. */
function listen(model, names, heard, cleanups) {
  for (const name of names) {
    const tell = () => heard(name, model.get(name));
    model.on(`change:${name}`, tell);
    cleanups.push(() => model.off(`change:${name}`, tell));
  }
}

/** The link to a setting, and what to say of it. */
function link_words(on_page) {
  const { address, others } = on_page.link();
  const also = others.map((title) => ` and to that of the ${lower(title)}`).join("");
  return { text: address, done: `Copied a link to this setting${also}.` };
}

/** What to say of keys in a link that are no settings of a widget. */
function strange_words(title, keys) {
  const words = [...new Set(keys.map((key) => plain_word(key) || "one of the names in the link"))];
  return words.slice(0, 5).map((word) => `The ${lower(title)} has no setting ${word}.`);
}

function lower(title) {
  return title[0].toLowerCase() + title.slice(1);
}

const OF_THE_WIDGET = new Set(["Play", "Reset"]);

/**
 * A function that sees to the controls of a place. In a list of a page's buttons or fields each says which widget it
 * belongs to; what stands on it comes first. And JupyterLab would take the arrow keys and Enter for itself.
 */
function naming(root, title) {
  const [the_widget, in_brackets] = [`the ${lower(title)}`, `(${lower(title)})`].map((words) => {
    return root.appendChild(element("span", { id: fresh_id("context"), hidden: "" }, words));
  });
  return (place) => {
    for (const each of place.querySelectorAll("input, select, button, [tabindex]"))
      each.dataset.lmSuppressShortcuts = "true";
    for (const control of place.querySelectorAll("button, input, select, .sgd-handle")) {
      const name = control.getAttribute("aria-label");
      if (name) {
        control.setAttribute("aria-label", `${name} ${in_brackets.textContent}`);
        continue;
      }
      const shown = control.labels?.[0] ?? control;
      shown.id ||= fresh_id("name");
      const context = OF_THE_WIDGET.has(shown.textContent) ? the_widget : in_brackets;
      control.setAttribute("aria-labelledby", `${shown.id} ${context.id}`);
    }
  };
}
