// The settings in the page's address: #valley-race?momentum=0.9&step=3, with a semicolon between two widgets. A link is
// followed once; from then on the address follows the widgets that it names.

import { QUIET, element, write } from "./dom.mjs";
import { named_in, plain_word } from "./settings.mjs";

/**
 * A widget of the page, as its links and its text know it: its title, its element, its settings and their limits, the
 * settings as a query, and what takes those of a link, with what else is wrong with the link; a change as the reader's
 * own, of some settings, and of those in a query; a message; the label and the input of a setting; what it reads out,
 * and who wants to know when that is drawn.
 * @typedef {object} Linked
 * @property {string} title
 * @property {HTMLElement} root
 * @property {Record<string, import("./settings.mjs").Limit>} limits
 * @property {import("./settings.mjs").Values} values
 * @property {() => string} query
 * @property {(query: string, wrong: string[]) => void} take
 * @property {(wanted: import("./settings.mjs").Values) => void} change
 * @property {(query: string) => void} set
 * @property {(words: string) => void} say
 * @property {(setting: string) => {label: string, input: any} | undefined} control
 * @property {() => Record<string, string>} readouts
 * @property {(hear: () => void) => void} on_drawn
 * @property {() => void} keep the present setting is what Reset brings back, from now on
 *
 * What the model of a widget on the page offers: `link` makes an address with its settings, and those of the widgets
 * that the address holds already, whose titles come with it.
 * @typedef {object} OnPage
 * @property {(widget: Linked) => void} join
 * @property {() => void} moved the reader has changed a setting
 * @property {() => {address: string, others: string[]}} [link]
 * @property {string} [kind] the widget's name, by which its file for other pages is called
 */

/**
 * The page's address and all its widgets.
 * @param {(name: string, widget: Linked) => void} joined told of each widget that comes alive
 * @returns {{on_page: (name: string) => OnPage, follow: () => void}} `follow` does what the address says
 */
export function page_links(joined) {
  /** @type {Map<string, Linked>} */
  const widgets = new Map();
  const note = element("p", { class: "sgd-message", role: "status" });
  const visit = Math.random(); // marks the entries of the history that this visit has followed
  let later = 0;

  const named = () => named_in(window.location.hash).map(([name]) => name.toLowerCase());
  const known = (names) => [...new Set(names)].filter((name) => widgets.has(name));

  /** Put the present settings of some widgets into the address, in place of what it held. */
  function hold(names) {
    clearTimeout(later);
    later = 0;
    const url = new URL(window.location.href);
    if (names.length) url.hash = names.map((name) => `${name}?${widgets.get(name).query()}`).join(";");
    window.history.replaceState({ ...window.history.state, sgd_followed: visit }, "", url);
  }

  function follow() {
    const parts = named_in(window.location.hash);
    if (!parts.length) return;
    // who comes back to a link finds the settings as they are by now
    if (window.history.state?.sgd_followed === visit) return hold(known(named()));
    const strangers = named().filter((name) => !widgets.has(name));
    const wrong = strangers.map((name) => `This page has no widget ${plain_word(name) || "of the name in the link"}.`);
    const names = known(named());
    for (const [name, query] of parts) {
      const first = name.toLowerCase() === names[0];
      widgets.get(name.toLowerCase())?.take(query, first ? wrong : []);
    }
    write(note, names.length ? "" : wrong.join(" "));
    if (!names.length) (document.querySelector(".bd-article h1") ?? document.querySelector("h1"))?.after(note);
    window.history.replaceState({ ...window.history.state, sgd_followed: visit }, "");
    show(widgets.get(names[0])?.root ?? note);
  }

  /** Bring into view; once more when all has loaded, which may move the page, unless the reader has moved it. */
  function show(place) {
    place.scrollIntoView({ block: "start", behavior: "instant" });
    const top = window.scrollY;
    if (document.readyState === "complete") return;
    window.addEventListener("load", async () => {
      await document.fonts.ready;
      if (window.scrollY === top) place.scrollIntoView({ block: "start", behavior: "instant" });
    });
  }

  window.addEventListener("hashchange", follow);
  window.addEventListener("pagehide", () => later && hold(known(named())));
  return {
    follow,
    on_page: (name) => ({
      join(widget) {
        widgets.set(name, widget);
        joined(name, widget);
      },
      moved() {
        if (later || !named().includes(name)) return;
        const { hash } = window.location;
        later = setTimeout(() => {
          later = 0;
          if (window.location.hash === hash) hold(known(named())); // else a new link is about to be followed
        }, QUIET);
      },
      link() {
        const names = known([name, ...named()]);
        hold(names);
        return { address: window.location.href, others: names.slice(1).map((each) => widgets.get(each).title) };
      },
    }),
  };
}
