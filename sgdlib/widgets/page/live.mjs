// Brings the widgets of a static page to life.

import { page_links } from "./links.mjs";
import { local_model } from "./model.mjs";
import { sentences_come_alive } from "./sentences.mjs";

/** While the widget has the focus, the style leaves out what of the chapter is not on the screen. */
function rest_the_page(widget) {
  const chapter = widget.closest(".bd-article");
  if (!chapter) return;
  const rest = (whether) => chapter.classList.toggle("sgd-widget-in-use", whether);
  widget.addEventListener("focusin", () => rest(true));
  widget.addEventListener("focusout", (event) => rest(widget.contains(event.relatedTarget)));
}

const MOVING = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"]);

/**
 * A key that moves one of our sliders is the browser's to handle, and its change is told by an event of its own.
 * Otherwise the theme, whose listeners come after this one, would look all over the page at every key for a menu or a
 * search field.
 */
function spare_the_page(event) {
  const moves = MOVING.has(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey;
  if (moves && event.target.matches?.(".sgd-live-widget input")) event.stopImmediatePropagation();
}

/** Bring a widget to life; one that fails stays the still picture that it was. */
function enliven(renders, widget, on_page = undefined) {
  const still = [...widget.childNodes];
  const model = local_model(JSON.parse(widget.querySelector("script").textContent), on_page);
  try {
    renders[widget.dataset.widget]({ model, el: widget });
    widget.dataset.alive = "true";
    rest_the_page(widget);
  } catch (error) {
    // the still picture is complete: better that than half a widget
    widget.replaceChildren(...still);
    console.error(error);
  }
}

/**
 * Bring every widget of the page to life that stands in it.
 * @param {Record<string, (context: {model: any, el: HTMLElement}) => unknown>} renders how each is drawn, by its name
 */
export async function bring_alive(renders) {
  window.addEventListener("keydown", spare_the_page, { capture: true });
  // those that a cell makes, run on the page: without a name in the address
  const alive = (place) => {
    for (const widget of place.querySelectorAll(".sgd-widget[data-widget]")) enliven(renders, widget);
  };
  Object.assign(globalThis, { sgdWidgets: { alive } });
  /** @type {NodeListOf<HTMLElement>} */
  const widgets = document.querySelectorAll(".sgd-widget[data-widget]");
  const links = page_links(sentences_come_alive);
  const count = new Map();
  for (const widget of widgets) {
    await new Promise((done) => setTimeout(done)); // what the reader does has its turn before each
    const kind = widget.dataset.widget;
    const nth = (count.get(kind) ?? 0) + 1;
    count.set(kind, nth);
    const on_page = { ...links.on_page(nth > 1 ? `${kind}-${nth}` : kind), kind };
    enliven(renders, widget, on_page);
  }
  links.follow();
}
