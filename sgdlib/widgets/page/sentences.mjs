// Sentences of the page's text that act on a widget, as chapters/_ext/sentences.py wrote them: words to press, words
// that show where to look, numbers to drag and numbers that follow. They come alive when their widget does; what they
// change they change as the reader would, and what they show is what the widget shows.

import { LOOKS } from "./chart.mjs";
import { fresh_id, put, write } from "./dom.mjs";
import { draggable } from "./drag.mjs";

/** @import { Linked } from "./links.mjs" */

/** @type {Record<string, (words: HTMLElement, what: string, widget: Linked) => void>} by class */
const KINDS = { "sgd-act": act, "sgd-look": look, "sgd-scrub": scrub, "sgd-shown": show };

const NUMBER = /[−-]?\d+(?:\.\d+)?(?:e[−-]?\d+)?/g;

/** The opacity of what stands back in a picture. */
const PALE = 0.5;

/** px, about as wide as a phone: a drag so far takes a setting from one end to the other. */
const ACROSS = 320;

/**
 * Bring the sentences to life that act on a widget.
 * @param {string} name what the page calls the widget
 * @param {Linked} widget
 */
export function sentences_come_alive(name, widget) {
  for (const [kind, come_alive] of Object.entries(KINDS)) {
    /** @type {NodeListOf<HTMLElement>} */
    const found = document.querySelectorAll(`.${kind}[data-of="${name}"]`);
    for (const words of found) {
      try {
        come_alive(words, words.dataset.what, widget);
        words.dataset.alive = "true";
      } catch (error) {
        console.error(error); // the words stay as they are
      }
    }
  }
}

/** Words to press: they set the widget, and set it back while it is as they have made it. */
function act(words, query, widget) {
  const named = [...new URLSearchParams(query).keys()];
  let before = null;
  let after = "";
  const hold = (values) => {
    before = values;
    put(words, "aria-pressed", String(before !== null));
  };
  hold(null);
  pressable(words, () => {
    const back = before;
    if (back) {
      hold(null);
      widget.change(back);
    } else {
      hold({ ...widget.values });
      widget.set(query);
      after = widget.query();
    }
    widget.say(`${back ? "Set back" : "Set"}: ${named.map((name) => setting_in_words(widget, name)).join(", ")}.`);
    bring_into_view(widget.root.querySelector(".sgd-stage"));
  });
  widget.on_drawn(() => {
    if (before && widget.query() !== after) hold(null);
  });
}

/** Words that show where to look, while they are hovered or have the focus, or until they are pressed again. */
function look(words, what, widget) {
  const [first] = parts(widget, what);
  if (!first) throw new Error(`The ${lower(widget.title)} has no part ${what}.`);
  const reasons = new Set();
  const because = (reason, whether = true) => {
    if (whether) reasons.add(reason);
    else reasons.delete(reason);
    emphasize(widget.root, reasons.size ? parts(widget, what) : []);
    put(words, "aria-pressed", String(reasons.has("press")));
  };
  const leave = () => {
    reasons.clear();
    because("press", false);
  };
  const told = first.closest("svg") ?? first;
  told.id ||= fresh_id("part");
  words.setAttribute("aria-describedby", told.id);
  pressable(words, () => {
    if (reasons.has("press")) return leave();
    because("press");
    bring_into_view(told);
  });
  put(words, "aria-pressed", "false");
  words.addEventListener("pointerenter", () => because("hover"));
  words.addEventListener("pointerleave", () => because("hover", false));
  words.addEventListener("focus", () => because("focus"));
  words.addEventListener("blur", leave);
  words.addEventListener("keydown", ({ key }) => key === "Escape" && leave());
}

/** A number to drag, by the widget's own input: its places are those of the slider, its limits the setting's. */
function scrub(words, setting, widget) {
  const { label, input } = widget.control(setting) ?? {};
  if (!input) throw new Error(`The ${lower(widget.title)} has no input for ${setting}.`);
  const { values, min = 0, max = values.length - 1 } = widget.limits[setting];
  const place = () => (values ? input.selectedIndex : Number(input.value));
  const last = () => (values ? values.length - 1 : Number(input.max));
  const move = (wanted) => {
    const to = Math.min(last(), Math.max(0, Math.round(wanted)));
    if (to === place()) return;
    if (values) input.selectedIndex = to;
    else input.value = to;
    input.dispatchEvent(new Event(values ? "change" : "input", { bubbles: true }));
    follow();
  };
  const follow = () => {
    const text = in_words(widget, setting);
    write(words, text);
    put(words, "aria-valuenow", values ? place() : widget.values[setting]);
    put(words, "aria-valuetext", text);
  };
  const attributes = { role: "slider", tabindex: 0, "aria-label": name_in_text(label, lower(widget.title)) };
  for (const [name, value] of Object.entries({ ...attributes, "aria-valuemin": min, "aria-valuemax": max }))
    put(words, name, value);
  follow();
  widget.on_drawn(follow);
  keys_move(words, place, last, move);
  drag_moves(words, widget, place, last, move);
}

/** A name that neither the widget's own slider has nor another number in the text. */
function name_in_text(label, title) {
  const taken = [...document.querySelectorAll(".sgd-scrub")].map((each) => each.getAttribute("aria-label"));
  let name = `${label}, in the text (${title})`;
  for (let count = 2; taken.includes(name); count++) name = `${label}, in the text, ${count} (${title})`;
  return name;
}

/** The keys of a slider. */
function keys_move(words, place, last, move) {
  const page = () => Math.max(1, Math.round(last() / 10));
  const keys = {
    ArrowLeft: () => place() - 1,
    ArrowDown: () => place() - 1,
    ArrowRight: () => place() + 1,
    ArrowUp: () => place() + 1,
    PageDown: () => place() - page(),
    PageUp: () => place() + page(),
    Home: () => 0,
    End: last,
  };
  words.addEventListener("keydown", (event) => {
    if (!Object.hasOwn(keys, event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    move(keys[event.key]());
  });
}

/** To the left and to the right, by mouse, pen or finger. */
function drag_moves(words, widget, place, last, move) {
  let from = { x: 0, place: 0, values: {} };
  draggable(words, {
    begin({ clientX }) {
      from = { x: clientX, place: place(), values: { ...widget.values } };
    },
    move: ({ clientX }) => move(from.place + ((clientX - from.x) * last()) / ACROSS),
    lost: () => widget.change(from.values),
    sideways: true,
  });
}

/** A number, or other words, in place of which the widget's own stand: a setting's or a readout's. */
function show(words, what, widget) {
  const [name, place = "1"] = what.split(":");
  const numeric = words.textContent.replace(NUMBER, "") === "";
  const text = () => {
    if (Object.hasOwn(widget.limits, name)) return in_words(widget, name);
    const label = Object.keys(widget.readouts()).find((each) => is_named(each, name));
    return widget.readouts()[label];
  };
  const follow = () => {
    const whole = text() ?? "—"; // what the widget does not say at present
    write(words, (numeric && whole.match(NUMBER)?.[Number(place) - 1]) || whole);
  };
  if (text() === undefined) throw new Error(`The ${lower(widget.title)} reads out no ${name}.`);
  follow();
  widget.on_drawn(follow);
}

// ---------------------------------------------------------------- what they share

/** Make words a button that breaks where the line does, which a button of HTML cannot. */
function pressable(words, press) {
  // a name that is a formula alone is none to some browsers
  const formula = words.querySelector(".katex-mathml mrow");
  if (formula && words.textContent.trim() === words.querySelector(".katex").textContent.trim())
    put(words, "aria-label", formula.textContent);
  put(words, "role", "button");
  put(words, "tabindex", 0);
  words.addEventListener("click", press);
  words.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (!event.repeat) press();
  });
}

/** Scroll to a part of a widget if less than half of it, or of the screen, is seen of it. */
function bring_into_view(part, tries = 3) {
  const { top, bottom, height } = part.getBoundingClientRect();
  const seen = Math.min(bottom, innerHeight) - Math.max(top, 0);
  if (seen < Math.min(height, innerHeight) / 2)
    part.scrollIntoView({ block: height < innerHeight ? "nearest" : "start", behavior: "instant" });
  // what comes near takes its height only then, and may push the part away again
  if (tries > 1) requestAnimationFrame(() => bring_into_view(part, tries - 1));
}

/** Have some parts of a widget stand out, or none. */
function emphasize(root, chosen) {
  for (const each of root.querySelectorAll(".sgd-looked")) each.classList.remove("sgd-looked");
  for (const each of chosen) each.classList.add("sgd-looked");
  root.classList.toggle("sgd-looking", chosen.length > 0);
}

/**
 * The parts of a widget that words lead to.
 * @param {Linked} widget
 * @param {string} what
 * @returns {Element[]}
 */
function parts({ root }, what) {
  const [kind, name] = what.split("=");
  if (kind === "verdict") return [...root.querySelectorAll(".sgd-verdict")];
  if (kind === "control") return [...root.querySelectorAll(`[data-setting="${name}"]`)];
  if (kind === "readout")
    return [...root.querySelectorAll("[data-readout]")].filter((row) =>
      is_named(row.getAttribute("data-readout"), name),
    );
  const method = Object.keys(LOOKS).find((each) => slug(each) === name);
  /** @type {Iterable<SVGElement>} */
  const drawn = method ? root.querySelectorAll(`svg [style*="${LOOKS[method].color}"]`) : [];
  // what is pale stands behind a curve: its ground, its trail
  const plain = [...drawn].filter((each) => Number(each.style.opacity || 1) > PALE);
  return [...plain, ...root.querySelectorAll(`svg [data-part="${name}"]`)];
}

/** The present value of a setting as its input says it. */
function in_words({ control, values }, setting) {
  const { input } = control(setting) ?? {};
  if (!input) return String(values[setting]);
  if (input.type === "range") return input.getAttribute("aria-valuetext");
  return input.selectedOptions ? input.selectedOptions[0].textContent : input.checked ? "on" : "off";
}

function setting_in_words(widget, setting) {
  return `${widget.control(setting)?.label ?? setting} ${in_words(widget, setting)}`;
}

/** Whether a label is meant by a name: as much of it as is needed, in small letters and hyphens. */
function is_named(label, name) {
  return `${slug(label)}-`.startsWith(`${name}-`);
}

function slug(words) {
  return words
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
}

function lower(title) {
  return title[0].toLowerCase() + title.slice(1);
}
