// The list of hits below a search field, in the dialog and on the page of the search.
import { find, written } from "./engine.mjs";

const EXCERPT = 220; // characters
const FAINT = 0.15; // of the best hit's score; what is fainter only shares a common word
const QUIET = 400; // ms without a key until a screen reader is told how many hits there are
const ANSWERS = new Set(["question", "asked", "term"]); // begin with what matters

/** A regular expression for words as they are written; between two words there may be a line's end. */
function pattern(words) {
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+"));
  const longest = escaped.sort((a, b) => b.length - a.length).join("|");
  return new RegExp(`(?<![\\p{Script=Latin}\\d_])(${longest})(?![\\p{Script=Latin}\\d_])`, "giu");
}

/** The sentence with the most of the found words, or the first of an answer, and what follows as far as there is room. */
function excerpt({ kind, text }, words) {
  const sentences = text.split(/\n|(?<=[.?!:]) (?=[\p{Lu}“(])/u);
  const marks = words.length ? pattern(words) : /$^/;
  const wealth = sentences.map((sentence) => new Set(sentence.toLowerCase().match(marks)).size);
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
  if (words.length === 0) box.textContent = text;
  else {
    text.split(pattern(words)).forEach((part, k) => {
      if (k % 2 === 0) return box.append(part);
      const mark = document.createElement("mark");
      mark.textContent = part;
      box.append(mark);
    });
  }
  return box;
}

/** A line of the list: a link to the place, with the words to mark there, and a sentence of it. */
function line(hit, root) {
  const { address, page, anchor, title } = hit;
  const found = written(hit);
  const item = document.createElement("li");
  const link = document.createElement("a");
  const to = new URL(address, root);
  if (found.length) to.searchParams.set("highlight", found.slice(0, 20).join(","));
  to.hash = anchor;
  link.href = to;
  const place = document.createElement("small");
  place.textContent = page;
  link.append(marked("span", title, found), " ", place);
  item.append(link, marked("p", excerpt(hit, found), found));
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
 * @param {{ root: URL, most: number }} options where the pages are, and how many hits are shown
 */
export function attach(form, box, { root, most }) {
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
    list.replaceChildren(...hits.slice(0, most).map((hit) => line(hit, root)));
    clearTimeout(timer);
    timer = setTimeout(() => {
      status.textContent = query ? count(hits.length, most) : "";
    }, QUIET);
  };
  field.addEventListener("input", show);
  form.parentElement.addEventListener("keydown", (event) => {
    const stops = [field, ...list.querySelectorAll("a")];
    const here = stops.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || here < 0) return;
    event.preventDefault();
    stops[Math.min(Math.max(here + step, 0), stops.length - 1)].focus();
  });
  show();
}

window.courseSearch = { attach, find };
