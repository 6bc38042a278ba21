// What a cell prints and shows, as the book shows it.

const LONGEST = 200_000; // letters of text under one cell
const CUT = "\n… The rest is not shown.";
const SPOKEN = 300; // letters that a screen reader is told at once

function box(classes) {
  const made = document.createElement("div");
  made.className = `output ${classes}`;
  return made;
}

function text_box(classes) {
  const made = box(`${classes} highlight-myst-ansi notranslate`);
  const frame = document.createElement("div");
  frame.className = "highlight";
  frame.append(document.createElement("pre"));
  made.append(frame);
  return made;
}

/**
 * A place for the outputs of one run.
 * @param {HTMLElement} place
 * @returns {{add: (output: any) => void, fail: (error: any) => void, words: () => string}}
 *   `words` says in a line what came
 */
export function outputs(place) {
  let letters = 0;
  let [figures, widgets] = [0, 0];
  const said = [];

  function write(pre, text) {
    const room = LONGEST - letters;
    letters += text.length;
    if (room > 0) pre.append(text.length > room ? text.slice(0, room) + CUT : text);
  }

  function text(stream, words) {
    const last = place.lastElementChild;
    const goes_on = last?.dataset.stream === stream;
    const made = goes_on ? last : text_box(stream === "stderr" ? "stream stderr" : "stream");
    made.dataset.stream = stream;
    if (!goes_on) place.append(made);
    write(made.querySelector("pre"), words);
    said.push(words);
  }

  function html(source) {
    const made = box("text_html");
    made.innerHTML = source;
    place.append(made);
    const live = made.querySelectorAll(".sgd-widget[data-widget]").length;
    widgets += live;
    if (live) globalThis.sgdWidgets?.alive(made);
    else if (made.querySelector("svg, img")) figures += 1;
    else said.push(made.textContent);
  }

  return {
    add(output) {
      if (output.kind === "text") text(output.stream ?? "stdout", output.text);
      if (output.kind === "html") html(output.html);
      if (output.kind === "result") {
        const made = text_box("text_plain");
        write(made.querySelector("pre"), output.text);
        place.append(made);
        said.push(output.text);
      }
      if (output.kind === "image") {
        const picture = new Image();
        picture.src = output.src;
        picture.alt = "The picture that this cell draws";
        const made = box("image_png");
        made.append(picture);
        place.append(made);
        figures += 1;
      }
    },

    /** One sentence, and what Python says, folded below it. */
    fail(error) {
      const made = box("sgd-run-error");
      const sentence = document.createElement("p");
      sentence.textContent = error.sentence;
      made.append(sentence);
      if (error.traceback) {
        const folded = document.createElement("details");
        const summary = document.createElement("summary");
        summary.textContent = "What Python says";
        const pre = document.createElement("pre");
        pre.textContent = error.traceback;
        folded.append(summary, pre);
        made.append(folded);
      }
      place.append(made);
    },

    words() {
      const count = (number, one) => (number === 0 ? [] : [number === 1 ? `one ${one}` : `${number} ${one}s`]);
      const things = [...count(figures, "figure"), ...count(widgets, "widget")];
      const spoken = said.join(" ").trim().replace(/\s+/g, " ");
      const lines = spoken.length > SPOKEN ? [`${said.join("").trim().split("\n").length} lines of text`] : [];
      const short = spoken && !lines.length ? ` ${spoken}` : "";
      return `Done${[...things, ...lines].map((each) => `, ${each}`).join("")}.${short}`;
    },
  };
}
