// The page's Python: loaded when the first cell is run, and one run after another.

import { after, first, is_keras, NOTHING } from "./plan.mjs";

// What the kernel says of itself, and not of a cell.
const OURS = new Set(["CannotLoad", "Disposed", "Interrupted", "NotRun", "Restarted"]);
const NOT_BEGUN = new Set(["CannotLoad", "Interrupted", "NotRun"]);
const STARTS = "starting Python"; // nothing is loaded meanwhile
const LARGE = 10_000_000; // bytes: asked about first where the reader saves data

/** Megabytes as a reader counts them. */
const megabytes = (bytes) => (bytes < 950_000 ? "less than 1 MB" : `${Math.round(bytes / 1e6)} MB`);

/**
 * Where Python comes from, and how much of it.
 * @param {{bytes: number, from: string}} size
 */
function size_words({ bytes, from }) {
  if (from === "cache") return "Python is in this browser already; it starts now.";
  if (bytes === 0) return "Python comes with these pages; it starts now.";
  const place = { site: "this site", cdn: "the public server of Pyodide (cdn.jsdelivr.net)" }[from] ?? from;
  return `Python for the browser, ${megabytes(bytes)} from ${place}, once.`;
}

/**
 * What a cell that runs tells its view.
 * @typedef {object} View
 * @property {number} place
 * @property {() => string} text
 * @property {boolean} touched whether it shows outputs of its own
 * @property {(words: string, progress?: {loaded: number, total: number}) => void} says
 * @property {(words: string, yes: string) => Promise<boolean>} asks
 * @property {() => {add: (output: any) => void}} begins
 * @property {(answer: {ok: boolean, error?: any}) => void} ends
 * @property {(sentence: string) => void} stopped not run, and why
 */

/**
 * The kernel, made and loaded when it is first needed.
 * @param {object} page
 * @param {(handlers: any) => Promise<any>} page.make_kernel
 * @param {(words: string, progress?: any) => void} page.says
 * @param {() => void} page.lost told when all that stood in Python is gone
 */
function loader({ make_kernel, says, lost }) {
  let kernel = null;
  let ready = false;
  let agreed = false;
  const handlers = {
    onProgress({ what, loaded, total }) {
      if (ready) return;
      const starts = loaded >= total || what === STARTS;
      const words = starts ? "Starting Python" : `Loading ${what}, ${megabytes(loaded)} of ${megabytes(total)}`;
      says(words, { loaded, total });
    },
    onState(now) {
      ready = now === "ready" || now === "busy";
      if (now === "dead" || now === "restarted") lost();
    },
  };

  /** Whether Python may be loaded; says what comes, and asks where the reader saves data. */
  async function load(view) {
    kernel ??= await make_kernel(handlers);
    if (ready) return true;
    const size = await kernel.size();
    if (navigator.connection?.saveData && size.bytes > LARGE && !agreed) {
      const words = `${size_words(size)} Your browser is set to save data.`;
      agreed = await view.asks(words, `Load ${megabytes(size.bytes)}`);
      if (!agreed) return false;
    }
    says(size_words(size), { loaded: 0, total: size.bytes });
    return true;
  }

  return {
    load,
    is_ready: () => ready,
    run: (text, cell, onOutput) => kernel.run(text, { cell, onOutput }),
    names: (text) => kernel.names(text),
    interrupt: () => kernel?.interrupt(),
  };
}

/**
 * An error as a page tells it: a name that no cell gives here, because Keras gives it, is said to be one.
 * @param {import("./plan.mjs").Cell[]} cells
 * @param {number} place
 * @param {any} error
 */
function told(cells, place, error) {
  if (!error?.missing || !is_keras(cells, place, error.missing)) return error;
  const sentence =
    `${error.line ? `Line ${error.line}` : "The cell"} uses ${error.missing}, which a cell above gets from Keras or ` +
    "from another package that the page's Python has not: the downloaded notebook runs it.";
  return { ...error, sentence };
}

/**
 * Read what the reader has changed: of each place the names that its text takes; or what went wrong.
 * @param {import("./plan.mjs").Cell[]} cells
 * @param {Iterable<View>} views
 * @param {(text: string) => Promise<any>} names_of
 */
async function read_changed(cells, views, names_of) {
  const read = new Map();
  for (const { place, text } of new Set(views)) {
    if (text() === cells[place].source) continue;
    const { ok, names, error } = await names_of(text());
    if (!ok) return { read, wrong: error };
    read.set(place, names ?? []);
  }
  return { read, wrong: null };
}

/**
 * The runs of a page.
 * @param {object} page
 * @param {import("./plan.mjs").Cell[]} page.cells
 * @param {Map<number, View>} page.views of the cells that the reader has opened
 * @param {(handlers: any) => Promise<any>} page.make_kernel
 */
export function session({ cells, views, make_kernel }) {
  let state = NOTHING;
  let current = null; // the view whose press is being answered
  let waiting = [];
  const python = loader({
    make_kernel,
    says: (words, progress) => current?.says(words, progress),
    lost() {
      state = NOTHING;
    },
  });

  const text_of = (place) => views.get(place)?.text() ?? cells[place].source;

  /** Run the code of a cell; what a view of it shows comes there. */
  async function run(place, text, view) {
    const output = view?.begins();
    const answer = await python.run(text, `cell-${place + 1}`, (each) => output?.add(each));
    if (answer.ok) state = after(cells, place, state);
    else answer.error = told(cells, place, answer.error);
    if (NOT_BEGUN.has(answer.error?.name)) view?.stopped(answer.error.sentence);
    else view?.ends(answer);
    return answer;
  }

  /** Run what a cell needs; return what went wrong. An exercise is needed by no cell. */
  async function run_first(view) {
    const { read, wrong } = await read_changed(cells, [...views.values(), view], python.names);
    if (wrong) return wrong;
    const text = (place) => (place === view.place ? view.text() : text_of(place));
    const places = first(cells, view.place, (place) => read.get(place) ?? null, state);
    const words = places.length === 1 ? "First the cell above that it needs" : "First the cells above that it needs";
    for (const [k, place] of places.entries()) {
      const count = places.length > 1 ? `, ${k + 1} of ${places.length}` : "";
      if (python.is_ready()) view.says(`${words}${count}`);
      const above = views.get(place);
      const is_own = above?.touched || text(place) !== cells[place].source;
      const { ok, error } = await run(place, text(place), is_own ? above : null);
      if (!ok) return error;
    }
    return null;
  }

  async function answer(view) {
    if (!(await python.load(view))) return view.stopped("Nothing was loaded.");
    const wrong = await run_first(view);
    if (wrong) {
      const is_pythons = !OURS.has(wrong.name);
      return view.stopped(is_pythons ? `A cell above that it needs stopped. ${wrong.sentence}` : wrong.sentence);
    }
    if (python.is_ready()) view.says("Running");
    await run(view.place, view.text(), view);
  }

  async function work() {
    while (waiting.length) {
      current = waiting.shift();
      try {
        await answer(current);
      } catch (error) {
        current.stopped(String(error.message ?? error));
      }
      current = null;
    }
  }

  return {
    /** Run the cell of a view when its turn comes. */
    press(view) {
      if (view === current || waiting.includes(view)) return;
      waiting.push(view);
      if (current) view.says("Waiting for the cell that runs");
      else work();
    },

    /** Stop the cell of a view. */
    async stop(view) {
      if (waiting.includes(view)) {
        waiting = waiting.filter((each) => each !== view);
        return view.stopped("It was not run.");
      }
      if (view === current) await python.interrupt();
    },
  };
}
