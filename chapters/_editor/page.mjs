// What the Run buttons of a page do; chapters/_static/run.js loads it at the first press of one.

import "./page.css";
import { keep, recall, when_changed } from "./kept.mjs";
import { session } from "./session.mjs";
import { cell_view } from "./view.mjs";

const { cells } = globalThis.sgdCells;
const BACK = "Write it at the end, or Reset brings it back.";
/** @type {Map<number, any>} */
const views = new Map();
const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href).href;

const heard = document.createElement("p");
heard.className = "sgd-unseen";
heard.role = "status";
document.querySelector(".bd-article").append(heard);

function announce(words) {
  heard.textContent = words;
}

/** The kernel's script, when it is needed. */
function kernel_script() {
  if (globalThis.sgdKernel) return Promise.resolve();
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL("_static/run/kernel.js", root).href;
    script.onload = () => done(null);
    script.onerror = () => {
      script.remove();
      failed(new Error("A part of this page could not be loaded: are you offline? Press Run to try again."));
    };
    document.head.append(script);
  });
}

const python = session({
  cells,
  views,
  async make_kernel(handlers) {
    await kernel_script();
    return globalThis.sgdKernel.create({ root, ...handlers });
  },
});

function div(classes) {
  const made = document.createElement("div");
  made.className = classes;
  return made;
}

/** The editor of a cell that stands on the page: in the place of its code, or, for a twin, below it. */
function open_cell(cell, bar) {
  const at = Number(cell.id.replace("cell-", "")) - 1;
  const is_twin = cell.matches(".sgd-has-twin");
  const place = is_twin ? cells.findIndex((each) => each.at === at) : at;
  const [home, results] = [div("highlight sgd-run-code"), div("cell_output sgd-run-results")];
  bar.before(home);
  cell.classList.add("sgd-cell-box");
  if (is_twin) {
    // The code on the page and the stored output are Keras' and stay.
    const words = document.createElement("p");
    words.textContent = "The same rule with sgdlib:";
    home.before(div("sgd-run"));
    home.previousElementSibling.append(words);
    bar.after(results);
  } else {
    const input = cell.querySelector(".cell_input");
    const stored = cell.querySelector(".cell_output");
    // Before the stored ones: what two pictures call by the same name is the first's.
    const folded = input.parentElement.matches("details") && cell.matches(".tag_hide-input");
    if (stored) stored.before(results);
    else (folded ? input.parentElement : input).after(results);
    cell.classList.add("sgd-edited");
  }
  const { source } = cells[place];
  const view = cell_view({
    place,
    name: bar.dataset.name,
    bar,
    home,
    results,
    text: source,
    original: source,
    keep: (text) => (text === null ? "" : "What you change here is not kept for the next visit."),
    shows: (own) => !is_twin && cell.classList.toggle("sgd-own-results", own),
    announce,
    session: python,
  });
  views.set(place, view);
  return view;
}

/** The editor of an exercise, in its box: what the reader starts from, and the outputs of what the reader writes. */
function open_exercise(box, bar) {
  const name = box.dataset.exercise;
  const place = cells.findIndex((cell) => cell.exercise === name);
  const { starter } = cells[place];
  const [home, results] = [div("highlight sgd-run-code"), div("cell_output sgd-run-results")];
  bar.before(home);
  bar.after(results);
  box.classList.add("sgd-cell-box");
  const line = starter.slice(starter.indexOf("check(")).replace(/\s+/g, " ");
  const kept = recall(name);
  const view = cell_view({
    place,
    name: bar.dataset.name,
    bar,
    home,
    results,
    text: kept ?? starter,
    original: starter,
    keep: (text) => (keep(name, text) ? "" : "This is too long to be kept for the next visit."),
    shows: () => {},
    announce,
    session: python,
    unfinished: () => (results.querySelector(".sgd-check") ? "" : `Nothing was checked: it lacks ${line}. ${BACK}`),
  });
  if (kept === null) view.tell("What was kept of your code could not be read and is gone.");
  when_changed(name, (text) => view.bring(text ?? starter));
  return view;
}

const opened = new WeakMap();

/** Answer the press of a button that run.js made. */
function press(bar) {
  if (opened.has(bar)) return;
  const box = bar.closest(".sgd-exercise");
  const view = box ? open_exercise(box, bar) : open_cell(bar.closest("div.cell"), bar);
  opened.set(bar, view);
  if (!box) return python.press(view);
  view.focus();
}

Object.assign(globalThis, { sgdRun: { press } });
