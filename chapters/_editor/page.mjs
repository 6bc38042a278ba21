// What the Run buttons of a page do; chapters/_static/run.js loads it at the first press of one.

import "./page.css";
import { keep, recall, when_changed } from "./kept.mjs";
import { session } from "./session.mjs";
import { cell_view } from "./view.mjs";

const { cells } = globalThis.sgdCells;
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

/** The editor of the twin of a cell, below its code: that and the stored output, which are Keras', stay. */
function open_twin(cell, bar) {
  const at = place_of(cell);
  const place = cells.findIndex((each) => each.at === at);
  const words = document.createElement("p");
  words.textContent = "The same rule with sgdlib:";
  const [head, home, results] = [div("sgd-run"), div("highlight sgd-run-code"), div("cell_output sgd-run-results")];
  head.append(words);
  bar.before(head, home);
  bar.after(results);
  cell.classList.add("sgd-cell-box");
  const { source } = cells[place];
  const view = cell_view({
    place,
    name: bar.dataset.name,
    bar,
    home,
    results,
    text: source,
    original: source,
    keep: () => {},
    shows: () => {},
    announce,
    session: python,
  });
  views.set(place, view);
  return view;
}

const place_of = (cell) => Number(cell.id.replace("cell-", "")) - 1;

/** The editor of a cell that stands on the page, in the place of its code. */
function open_cell(cell, bar) {
  const place = place_of(cell);
  const input = cell.querySelector(".cell_input");
  const stored = cell.querySelector(".cell_output");
  // Before the stored ones: what two pictures call by the same name is the first's.
  const results = div("cell_output sgd-run-results");
  const folded = input.parentElement.matches("details") && cell.matches(".tag_hide-input");
  if (stored) stored.before(results);
  else (folded ? input.parentElement : input).after(results);
  const home = div("highlight sgd-run-code");
  bar.before(home);
  cell.classList.add("sgd-cell-box", "sgd-edited");
  const { source } = cells[place];
  const view = cell_view({
    place,
    name: bar.dataset.name,
    bar,
    home,
    results,
    text: source,
    original: source,
    keep: () => true,
    shows: (own) => cell.classList.toggle("sgd-own-results", own),
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
  const solution = box.nextElementSibling?.querySelector("details");
  const [home, results] = [div("highlight sgd-run-code"), div("cell_output sgd-run-results")];
  bar.before(home);
  bar.after(results);
  box.classList.add("sgd-cell-box");
  const show = document.createElement("button");
  show.type = "button";
  show.textContent = "Show the solution";
  show.ariaLabel = `Show the solution: ${bar.dataset.name}`;
  show.hidden = true;
  show.addEventListener("click", () => {
    solution.open = true;
    solution.querySelector("summary").focus();
  });
  const kept = recall(name);
  const view = cell_view({
    place,
    name: bar.dataset.name,
    bar,
    home,
    results,
    text: kept ?? starter,
    original: starter,
    keep: (text) => keep(name, text),
    shows: () => {},
    announce,
    session: python,
    tried() {
      show.hidden = !solution;
    },
  });
  bar.append(show);
  if (kept === null) view.tell("What was kept of your code could not be read and is gone.");
  when_changed(name, (text) => view.bring(text ?? starter));
  return view;
}

const opened = new WeakMap();

/** Answer the press of a button that run.js made. */
function press(bar) {
  if (opened.has(bar)) return;
  const box = bar.closest(".sgd-exercise");
  const cell = bar.closest("div.cell");
  const open = cell?.matches(".sgd-has-twin") ? open_twin : open_cell;
  const view = box ? open_exercise(box, bar) : open(cell, bar);
  opened.set(bar, view);
  if (!box) return python.press(view);
  view.focus();
}

Object.assign(globalThis, { sgdRun: { press } });
