// What every widget shares: labelled controls, readouts in words, reset, copying, the link, and one redraw a frame.

import { QUIET, confined, element, fresh_id, put, write } from "./chart.mjs";
import { format } from "./words.mjs";

/** A number as Python writes a float, so that Keras does not refuse it as an integer. */
export function python_float(value) {
  return Number.isInteger(value) ? value.toFixed(1) : String(+value.toPrecision(6));
}

/** The setting as a line of Keras code. */
export function keras_code({ learning_rate, momentum = 0, nesterov = false }) {
  let words = `learning_rate=${python_float(learning_rate)}`;
  if (momentum !== 0) words += `, momentum=${python_float(momentum)}`;
  if (nesterov) words += ", nesterov=True";
  return `keras.optimizers.SGD(${words})`;
}

/** Whether the reader asked the system for less motion. */
export function reduced_motion() {
  return window.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
}

/**
 * Bring a widget to life in `el`.
 *
 * `spec` has
 *   name      the widget's name in links, as in Python's `data-widget`
 *   title     what it is called
 *   controls  a list of {setting, label, step, log, digits} for numbers, {setting, label, options: {value: words}} for
 *             choices, {setting, label} for flags; the limits come from Python (`model.get("_limits")`);
 *             a number's `end` names another setting at which its slider ends
 *   stage     (stage element, api) => draw; draw(values) paints and returns {readouts, words, optimizer}:
 *             readouts a map of label to text, words a sentence for a screen reader, optimizer for the Keras line
 *   actions   a list of {label, run(api)} for further buttons
 *   follow    (wanted, values) => further values that a change from the page brings with it; what is wanted comes first
 *
 * The api given to the stage and the actions has `values`, `change(values)`, `refresh()` and `say(words)`, and `data`: what
 * Python's `data()` gave to the page.
 * Returns a function that takes the widget away again.
 */
export function bring_to_life({ model, el }, spec) {
  const limits = model.get("_limits");
  const names = Object.keys(limits);
  const values = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const initial = { ...values, ...(model.get("_initial") ?? {}) };
  const root = element("div", { class: "sgd-live-widget", role: "group", "aria-label": spec.title });
  const stage = element("div", { class: "sgd-stage" });
  const panel = element("div", { class: "sgd-controls" });
  const readouts = element("dl", { class: "sgd-readouts" });
  const message = element("p", { class: "sgd-message", role: "status" });
  const announcer = element("p", { class: "sgd-announcer", "aria-live": "polite" });
  const code = element("code", { class: "sgd-code" });
  const cells = new Map();
  const cleanups = [];
  let frame = 0;
  let quiet = 0;
  let announced = "";

  /** Force a wanted value into its limits; returns [value, complaint]. */
  function clamp(name, wanted) {
    const limit = limits[name];
    const label = spec.controls.find((control) => control.setting === name)?.label ?? name;
    if (limit.kind === "flag") return [Boolean(wanted), ""];
    if (limit.kind === "choice") {
      if (limit.values.includes(wanted)) return [wanted, ""];
      return [values[name], `${label} must be one of ${limit.values.join(", ")}.`];
    }
    let number = typeof wanted === "string" && wanted.trim() === "" ? NaN : Number(wanted);
    if (Number.isNaN(number))
      return [values[name], `${label} must be a number; it stays at ${format(values[name], 4)}.`];
    if (limit.kind === "integer" && Number.isFinite(number)) number = Math.round(number);
    const inside = Math.min(limit.max, Math.max(limit.min, number));
    if (inside === number) return [inside, ""];
    return [
      inside,
      `${label} goes from ${format(limit.min, 4)} to ${format(limit.max, 4)}; set to ${format(inside, 4)}.`,
    ];
  }

  /** Take new values from the page: clamp, say so, tell the model, redraw. */
  function change(wanted) {
    let complaint = "";
    for (const [name, value] of Object.entries({ ...spec.follow?.(wanted, values), ...wanted })) {
      const [inside, words] = clamp(name, value);
      complaint ||= words;
      if (inside !== values[name]) {
        values[name] = inside;
        model.set(name, inside);
      }
      show(name);
    }
    write(message, complaint);
    model.save_changes();
    refresh();
  }

  /** Show a setting in its control, and in those whose slider ends at it. */
  function show(name) {
    inputs.get(name)?.(values[name]);
    for (const { setting, end } of spec.controls) if (end === name) inputs.get(setting)(values[setting]);
  }

  function refresh() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      paint();
    });
  }

  function paint() {
    const result = draw(values);
    for (const [label, text] of Object.entries(result.readouts)) {
      let cell = cells.get(label);
      if (!cell) {
        cell = element("dd");
        const name = label.replace(/ ([−+]) /g, "\u00a0$1\u00a0"); // a formula stays on one line
        readouts.append(element("div", {}, element("dt", {}, name), cell));
        cells.set(label, cell);
      }
      write(cell, text);
    }
    for (const [label, cell] of cells) cell.parentElement.hidden = !(label in result.readouts);
    const line = keras_code(result.optimizer);
    write(code, line);
    clearTimeout(quiet);
    quiet = setTimeout(() => announce(result.words), QUIET);
  }

  function announce(words) {
    if (words === announced) return;
    announced = words;
    announcer.textContent = words;
  }

  // The controls; `inputs` maps a setting to the function that shows its value.
  const inputs = new Map();
  for (const control of spec.controls) {
    const kind = limits[control.setting].kind;
    const make = kind === "flag" ? flag_control : kind === "choice" ? choice_control : number_control;
    const end = control.end && (() => values[control.end]);
    const changed = (value) => change({ [control.setting]: value });
    const { row, set } = make({ ...control, end }, limits[control.setting], changed);
    set(values[control.setting]);
    inputs.set(control.setting, set);
    panel.append(row);
  }

  const say = (words) => (message.textContent = words);
  const data = model.get("_data") ?? {};
  const api = { values, data, change, refresh, say, root, on_remove: (cleanup) => cleanups.push(cleanup) };
  const buttons = element("div", { class: "sgd-buttons" });
  for (const { label, run } of spec.actions ?? []) buttons.append(button(label, () => run(api)));
  buttons.append(button("Reset", () => change(initial)));
  buttons.append(button("Copy as Keras code", () => copy(code.textContent, "Copied the line of Keras code.")));
  if (model.on_page)
    buttons.append(button("Copy link to this setting", () => copy(link(), "Copied a link to this setting.")));

  // for a projector: the widget alone on the screen, larger; Esc leaves it
  if (document.fullscreenEnabled) {
    const full = button("Full screen", () =>
      document.fullscreenElement === root ? document.exitFullscreen() : root.requestFullscreen(),
    );
    const show_full = () => write(full, document.fullscreenElement === root ? "Leave full screen" : "Full screen");
    root.addEventListener("fullscreenchange", show_full);
    buttons.append(full);
  }

  async function copy(text, done) {
    try {
      await navigator.clipboard.writeText(text);
      message.textContent = done;
    } catch {
      // without the right to write to the clipboard, the text is there to be copied by hand
      message.textContent = `Copy this: ${text}`;
    }
  }

  function link() {
    const query = new URLSearchParams(names.map((name) => [name, String(values[name])]));
    const url = new URL(window.location.href);
    url.hash = `${spec.name}?${query}`;
    window.history.replaceState(null, "", url);
    return url.href;
  }

  /** Restore a setting from the page's hash, if it is one of ours; everything in it is read as a number, flag or choice. */
  function from_link() {
    const [name, query] = window.location.hash.slice(1).split("?");
    if (name !== spec.name || query === undefined) return;
    const wanted = {};
    for (const [key, text] of new URLSearchParams(query)) {
      if (!Object.hasOwn(limits, key)) continue;
      const limit = limits[key];
      if (limit.kind === "flag") wanted[key] = text === "true";
      else if (limit.kind === "choice")
        wanted[key] = limit.values.find((value) => String(value) === text) ?? values[key];
      else wanted[key] = text;
    }
    change(wanted);
    root.scrollIntoView({ block: "nearest" });
  }

  const keras = element("p", { class: "sgd-keras" }, code);
  root.append(stage, panel, buttons, confined(readouts), confined(keras), message, announcer);
  const draw = spec.stage(stage, api);
  paint();
  // JupyterLab would take the arrow keys and Enter for itself
  for (const each of root.querySelectorAll("input, select, button, [tabindex]"))
    each.dataset.lmSuppressShortcuts = "true";
  el.replaceChildren(root);

  const listeners = names.map((name) => {
    const heard = () => {
      const value = model.get(name);
      if (value === values[name]) return;
      values[name] = value;
      show(name);
      refresh();
    };
    model.on(`change:${name}`, heard);
    return () => model.off(`change:${name}`, heard);
  });
  cleanups.push(...listeners);
  if (model.on_page) {
    from_link();
    window.addEventListener("hashchange", from_link);
    cleanups.push(() => window.removeEventListener("hashchange", from_link));
  }
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(quiet);
    for (const cleanup of cleanups) cleanup();
  };
}

/** A button that does one thing. */
export function button(label, run) {
  const made = element("button", { type: "button", class: "sgd-button" }, label);
  made.addEventListener("click", run);
  return made;
}

/** A slider and a field for the same number; a slider over decades moves evenly in the logarithm. */
function number_control({ label, step, log = false, digits = 4, end = null }, { min, max }, changed) {
  const id = fresh_id("control");
  // 2 % apart in the logarithm: wider than the rounding to 3 digits, which would otherwise hold the slider where it is
  const positions = log ? Math.floor(Math.log(max / min) / Math.log(1.02)) : Math.round((max - min) / step);
  const to_value = (position) =>
    log ? +(min * (max / min) ** (position / positions)).toPrecision(3) : +(min + position * step).toPrecision(10);
  const to_position = (value) =>
    Math.round(log ? (positions * Math.log(value / min)) / Math.log(max / min) : (value - min) / step);
  const slider = element("input", { type: "range", id, min: 0, max: positions, step: 1 });
  const field = element("input", { type: "number", min, max, step: "any", "aria-label": `${label}, as a number` });
  slider.addEventListener("input", () => changed(to_value(Number(slider.value))));
  field.addEventListener("change", () => changed(field.value));
  const both = element("div", { class: "sgd-number" }, slider, field);
  const row = element("div", { class: "sgd-control" }, element("label", { for: id }, label), both);
  function set(wanted) {
    const value = end ? Math.min(wanted, end()) : wanted;
    if (end) slider.max = to_position(end());
    const position = String(to_position(value));
    if (slider.value !== position) slider.value = position;
    put(slider, "aria-valuetext", format(value, digits));
    const text = String(+value.toPrecision(digits + 2));
    if (field.value !== text) field.value = text;
  }
  return { row, set };
}

function choice_control({ label, options }, { values }, changed) {
  const id = fresh_id("control");
  const select = element("select", { id });
  for (const value of values)
    select.append(element("option", { value: String(value) }, options?.[value] ?? String(value)));
  select.addEventListener("change", () => changed(values.find((value) => String(value) === select.value)));
  const row = element("div", { class: "sgd-control" }, element("label", { for: id }, label), select);
  return { row, set: (value) => (select.value = String(value)) };
}

function flag_control({ label }, limit, changed) {
  const id = fresh_id("control");
  const box = element("input", { type: "checkbox", id });
  box.addEventListener("change", () => changed(box.checked));
  const row = element("div", { class: "sgd-control sgd-flag" }, box, element("label", { for: id }, label));
  return { row, set: (value) => (box.checked = value) };
}
