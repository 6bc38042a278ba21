// The readouts of a widget: labels with their values, and what a screen reader hears of a change once all is quiet.

import { changes } from "./changes.mjs";
import { LOOKS } from "./chart.mjs";
import { QUIET, element, write } from "./dom.mjs";

/**
 * A list of readouts, and the place from which a screen reader is told.
 * @returns {{list: HTMLElement, announcer: HTMLElement, show(readouts: Record<string, string>, words: string): void,
 *   readouts(): Record<string, string>, on_drawn(hear: () => void): void, stop(): void}} `on_drawn` is told after each
 *   `show`, whose readouts `readouts` gives
 */
export function readout_list() {
  const list = element("dl", { class: "sgd-readouts" });
  const announcer = element("p", { class: "sgd-announcer", "aria-live": "polite" });
  const cells = new Map();
  const hearers = new Set();
  let now = {};
  let quiet = 0;
  let known = null; // the words of which a screen reader has heard; those at the beginning stand on the page

  function cell_for(label) {
    const cell = element("dd", { translate: "no" });
    const name = label.replace(/ ([−+]) /g, "\u00a0$1\u00a0"); // a formula stays on one line
    const look = LOOKS[label]; // a method's name has the method's stroke under it
    const shown = look ? element("span", { class: `sgd-stroke-${look.name}` }, name) : name;
    list.append(element("div", { "data-readout": label }, element("dt", {}, shown), cell));
    cells.set(label, cell);
    return cell;
  }

  function announce(words) {
    const said = changes(known, words);
    known = words;
    if (said) announcer.textContent = said;
  }

  return {
    list,
    announcer,
    show(readouts, words) {
      for (const [label, text] of Object.entries(readouts)) write(cells.get(label) ?? cell_for(label), text);
      for (const [label, cell] of cells) cell.parentElement.hidden = !(label in readouts);
      known ??= words;
      clearTimeout(quiet);
      quiet = setTimeout(announce, QUIET, words);
      now = readouts;
      for (const hear of hearers) hear();
    },
    readouts: () => now,
    on_drawn: (hear) => hearers.add(hear),
    stop: () => clearTimeout(quiet),
  };
}
