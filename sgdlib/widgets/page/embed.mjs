// Brings the one widget of a file for other pages to life. Its settings and its theme stand in the file's address; the
// page around it is told how high the widget is, and how it is set.

import { local_model } from "./model.mjs";
import { named_in, plain_word } from "./settings.mjs";

const THEMES = ["light", "dark", "auto"];

/**
 * Dress the page at once, and bring its widget to life when it is read.
 * @param {string} kind the widget's name
 * @param {(context: {model: any, el: HTMLElement}) => unknown} render
 */
export function embed(kind, render) {
  const [theme] = asked(kind).themes.slice(-1);
  dress(THEMES.includes(theme) ? theme : "auto");
  document.addEventListener("DOMContentLoaded", () => {
    come_alive(kind, render);
    const page = document.documentElement;
    const tell_height = () => tell({ type: "sgd-embed:height", name: kind, height: Math.ceil(page.offsetHeight) });
    new ResizeObserver(tell_height).observe(page);
    window.addEventListener("load", tell_height);
  });
}

/** Light or dark, as asked or as the system is; on paper always light. */
function dress(theme) {
  const [dark, paper] = ["(prefers-color-scheme: dark)", "print"].map((query) => window.matchMedia(query));
  const show = () => {
    const wanted = theme === "auto" && dark.matches ? "dark" : theme;
    document.documentElement.dataset.theme = wanted === "dark" && !paper.matches ? "dark" : "light";
  };
  for (const query of [dark, paper]) query.addEventListener("change", show);
  show();
}

/** What the address asks for, ?momentum=0.9&theme=dark or the same behind a #, as in a link to a page of the course. */
function asked(kind) {
  const { search, hash } = window.location;
  const named = named_in(hash);
  const others = named.map(([name]) => name).filter((name) => name.toLowerCase() !== kind);
  const queries = named.filter(([name]) => name.toLowerCase() === kind).map(([, query]) => query);
  if (!named.length) queries.push(hash.slice(1));
  const wanted = new URLSearchParams([search.slice(1), ...queries].join("&"));
  const themes = wanted.getAll("theme");
  wanted.delete("theme");
  return { query: String(wanted), themes, others };
}

function come_alive(kind, render) {
  /** @type {HTMLElement} */
  const place = document.querySelector(".sgd-widget[data-widget]");
  const still = [...place.childNodes];
  let widget = null;
  const moved = () => tell_setting(kind, widget.query());
  const join = (joined) => {
    widget = joined;
  };
  try {
    render({ model: local_model(JSON.parse(place.querySelector("script").textContent), { join, moved }), el: place });
    follow(kind, widget);
    window.addEventListener("hashchange", () => follow(kind, widget));
    place.dataset.alive = "true";
  } catch (error) {
    // the still picture is complete: better that than half a widget
    place.replaceChildren(...still);
    console.error(error);
  }
}

/** Set the widget as the address says; to that Reset comes back. */
function follow(kind, widget) {
  const { query, themes, others } = asked(kind);
  const wrong = others
    .map((name) => `Here is no widget ${plain_word(name) || "of the name in the address"}.`)
    .slice(0, 3);
  if (!themes.every((theme) => THEMES.includes(theme))) wrong.push("theme must be light, dark or auto; it stays auto.");
  if (query || wrong.length) widget.take(query, wrong);
  widget.keep();
  tell_setting(kind, widget.query());
}

/** Tell the page around how the widget is set; the link to the course leads to the same setting there. */
function tell_setting(kind, query) {
  /** @type {HTMLAnchorElement} */
  const link = document.querySelector(".sgd-from a");
  if (link) link.hash = `${kind}?${query}`;
  tell({ type: "sgd-embed:setting", name: kind, query });
}

/** Tell the page around, if there is one. */
function tell(message) {
  if (window.parent !== window) window.parent.postMessage(message, "*");
}
