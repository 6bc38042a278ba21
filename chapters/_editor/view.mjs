// A cell on the page: its code as an editor, its buttons, what it says, and its outputs.

import { outputs } from "./outputs.mjs";

function element(tag, classes, text = "") {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  made.textContent = text;
  return made;
}

function button(words, label) {
  const made = element("button", "", words);
  made.type = "button";
  made.ariaLabel = label ? `${words}: ${label}` : null;
  return made;
}

/** A box that scrolls needs a tab stop. */
function watch_scrollers(place) {
  for (const pre of place.querySelectorAll("pre, .text_html")) {
    if (pre.scrollWidth > pre.clientWidth || pre.scrollHeight > pre.clientHeight) pre.tabIndex = 0;
  }
}

/** The buttons below a cell, what they say, and how far the loading is. */
function controls({ bar, name, home, announce }) {
  const go = /** @type {HTMLButtonElement} */ (bar.querySelector("button"));
  const reset = button("Reset", name);
  const said = element("span", "sgd-run-said");
  const progress = document.createElement("progress");
  progress.ariaLabel = "Loading Python";
  progress.hidden = true;
  bar.append(reset, progress, said);
  let heard = "";
  let since = null; // when it was pressed, while it runs

  function set_busy(busy) {
    since = busy ? (since ?? performance.now()) : null;
    go.textContent = busy ? "Stop" : "Run";
    go.ariaLabel = `${go.textContent}: ${name}`;
    home.parentElement.setAttribute("aria-busy", String(busy));
    if (!busy) progress.hidden = true;
  }

  /** Show words, and have a screen reader say them, or others. */
  function say(words, aloud = words) {
    said.textContent = words;
    if (aloud !== heard) announce(aloud);
    heard = aloud;
  }

  function says(words, loading) {
    set_busy(true);
    progress.hidden = !loading;
    if (loading) {
      progress.max = loading.total || 1;
      progress.value = loading.loaded;
    }
    // what moves is seen; heard is what begins
    say(words, words.replace(/, (\d+|less than 1) MB of .*|, \d+ of \d+$/, ""));
  }

  function asks(words, yes) {
    set_busy(true);
    say(words);
    const [agree, refuse] = [button(yes, ""), button("Not now", "")];
    bar.append(agree, refuse);
    go.hidden = true;
    agree.focus();
    return new Promise((answered) => {
      for (const each of [agree, refuse]) {
        each.addEventListener("click", () => {
          go.hidden = false;
          go.focus();
          agree.remove();
          refuse.remove();
          answered(each === agree);
        });
      }
    });
  }

  const seconds = () => (performance.now() - since) / 1000;
  return { go, reset, set_busy, say, says, asks, seconds, is_busy: () => since !== null };
}

/**
 * @param {object} wanted
 * @param {number} wanted.place of the cell in the notebook
 * @param {string} wanted.name what the cell is called by a screen reader
 * @param {HTMLElement} wanted.bar where the buttons stand, the first being Run
 * @param {HTMLElement} wanted.home where the editor stands
 * @param {HTMLElement} wanted.results where the outputs stand
 * @param {string} wanted.text what the editor begins with
 * @param {string} wanted.original what Reset brings back
 * @param {(text: string | null) => string} wanted.keep told of every change, null of a reset; a warning, or ""
 * @param {(touched: boolean) => void} wanted.shows whether there is something else than what the book stored
 * @param {(words: string) => void} wanted.announce tells a screen reader
 * @param {{press: (view: any) => void, stop: (view: any) => void}} wanted.session
 * @param {() => string} [wanted.unfinished] after a run that worked: what it lacks, in words, or ""
 */
export function cell_view({
  place,
  name,
  bar,
  home,
  results,
  text,
  original,
  keep,
  shows,
  announce,
  session,
  unfinished = () => "",
}) {
  const { go, reset, set_busy, say, says, asks, seconds, is_busy } = controls({ bar, name, home, announce });
  reset.hidden = text === original;
  let output = null;
  let warned = "";
  let isBrought = false; // what another tab has kept is shown, and not kept again

  const code = globalThis.sgdEditor({
    place: home,
    text,
    label: `Code: ${name}. Shift and Enter run it, Tab leads on.`,
    run: () => session.press(view),
    changed(words) {
      reset.hidden = words === original && !view.touched;
      const warning = isBrought ? "" : keep(words === original ? null : words);
      if (warning && warning !== warned) say(warning);
      warned = warning;
    },
  });

  const view = {
    place,
    touched: false,
    text: code.text,
    says,
    asks,
    focus: code.focus,
    tell: say,

    /** Show what another tab has written. */
    bring(words) {
      if (words === code.text()) return;
      isBrought = true;
      code.set(words);
      isBrought = false;
    },

    begins() {
      view.touched = true;
      reset.hidden = false;
      code.mark();
      results.replaceChildren();
      shows(true);
      output = outputs(results);
      return output;
    },

    ends({ ok, error }) {
      watch_scrollers(results);
      const lacks = ok ? unfinished() : "";
      if (lacks) {
        say(lacks);
      } else if (ok) {
        say(is_busy() ? `Done in ${seconds().toFixed(1)} s` : "Done", output.words());
      } else {
        if (error.line) code.mark(error.line);
        output.fail(error);
        say(error.line ? `Stopped in line ${error.line}` : "Stopped", error.sentence);
      }
      set_busy(false);
    },

    stopped(sentence) {
      set_busy(false);
      view.touched &&= results.childElementCount > 0;
      shows(view.touched);
      say(sentence);
    },
  };

  go.addEventListener("click", () => {
    if (!is_busy()) session.press(view);
    else if (seconds() > 0.5) session.stop(view); // a second click of a double one stops nothing
  });
  reset.addEventListener("click", () => {
    if (is_busy()) session.stop(view);
    code.set(original);
    results.replaceChildren();
    view.touched = false;
    shows(false);
    keep(null);
    say("As it was.");
    reset.hidden = true;
    go.focus();
  });
  return view;
}
