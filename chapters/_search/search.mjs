// The list of hits below a search field, in the dialog and on the page of the search.
import { find, ready, written } from "./engine.mjs";

const EXCERPT = 220; // characters
const FAINT = 0.05; // of the best hit's score; what is fainter only shares a common word
const QUIET = 400; // ms without a key until a screen reader is told how many hits there are
const ANSWERS = new Set(["question", "asked", "term"]); // begin with what matters

/** The sentence with the most of the found words, or the first of an answer, and what follows while there is room. */
function excerpt({ kind, text }, words) {
  const sentences = text.split(/\n|(?<=[.?!:]) (?=[\p{Lu}“(])/u);
  const wealth = sentences.map((sentence) => new Set(sentence.toLowerCase().match(words)).size);
  const first = ANSWERS.has(kind) ? 0 : wealth.indexOf(Math.max(...wealth));
  let shown = sentences[first];
  for (const next of sentences.slice(first + 1)) {
    if (shown.length + next.length > EXCERPT) break;
    shown += ` ${next}`;
  }
  return shown.length <= EXCERPT * 1.5 ? shown : `${shown.slice(0, shown.lastIndexOf(" ", EXCERPT))} …`;
}

/** A text with its found words in marks. */
function marked(tag, text, words) {
  const box = document.createElement(tag);
  const parts = text.split(words).map((part, k) => {
    if (k % 2 === 0) return part;
    const mark = document.createElement("mark");
    mark.textContent = part;
    return mark;
  });
  box.append(...parts);
  return box;
}

/** A line of the list: a link to the place, with the words to mark there, and a sentence of it. */
function line(hit, { root, pattern }) {
  const { address, page, anchor, title } = hit;
  const found = written(hit);
  const words = pattern(found);
  const item = document.createElement("li");
  const link = document.createElement("a");
  const to = new URL(address, root);
  if (found.length) to.searchParams.set("highlight", found.slice(0, 20).join(","));
  to.hash = anchor;
  link.href = to;
  const place = document.createElement("small");
  place.textContent = page;
  link.append(marked("span", title, words), " ", place);
  item.append(link, marked("p", excerpt(hit, words), words));
  return item;
}

/** What is said of the hits. */
function count(hits, most) {
  if (hits === 0) return "Nothing found. Try another word, or a single one.";
  const places = hits === 1 ? "1 place found" : `${hits} places found`;
  return hits > most ? `${places}, the best ${most} shown.` : `${places}.`;
}

/**
 * Show below a form what its field asks for, while it is typed.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLElement} box where the list goes
 * @param {{ root: URL, most: number, pattern: (words: string[]) => RegExp }} options where the pages are, how many hits
 *   are shown, and what matches words as they are written
 */
function attach(form, box, options) {
  const field = form.querySelector("input");
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  const list = document.createElement("ol");
  list.className = "sgd-hits";
  box.replaceChildren(status, list);
  let timer = 0;
  const show = () => {
    const query = field.value.trim();
    const all = find(query);
    const hits = all.filter(({ score }) => score > all[0].score * FAINT);
    list.replaceChildren(...hits.slice(0, options.most).map((hit) => line(hit, options)));
    clearTimeout(timer);
    timer = setTimeout(() => {
      status.textContent = query ? count(hits.length, options.most) : "";
    }, QUIET);
  };
  ready.then(() => {
    field.addEventListener("input", show);
    show();
  });
  form.parentElement.addEventListener("keydown", (event) => {
    const stops = [field, ...list.querySelectorAll("a")];
    const here = stops.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || here < 0) return;
    event.preventDefault();
    stops[Math.min(Math.max(here + step, 0), stops.length - 1)].focus();
  });
}

window.courseSearch = { attach, find, ready };
