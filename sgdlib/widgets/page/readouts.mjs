// The readouts of a widget: labels with their values, and a sentence that a screen reader hears once all is quiet.

import { QUIET, element, write } from "./dom.mjs";

/**
 * A list of readouts, and the place from which a screen reader is told.
 * @returns {{list: HTMLElement, announcer: HTMLElement, show(readouts: Record<string, string>, words: string): void,
 *   stop(): void}}
 */
export function readout_list() {
  const list = element("dl", { class: "sgd-readouts" });
  const announcer = element("p", { class: "sgd-announcer", "aria-live": "polite" });
  const cells = new Map();
  let quiet = 0;
  let announced = "";

  function cell_for(label) {
    const cell = element("dd");
    const name = label.replace(/ ([−+]) /g, "\u00a0$1\u00a0"); // a formula stays on one line
    list.append(element("div", {}, element("dt", {}, name), cell));
    cells.set(label, cell);
    return cell;
  }

  function announce(words) {
    if (words === announced) return;
    announced = words;
    announcer.textContent = words;
  }

  return {
    list,
    announcer,
    show(readouts, words) {
      for (const [label, text] of Object.entries(readouts)) write(cells.get(label) ?? cell_for(label), text);
      for (const [label, cell] of cells) cell.parentElement.hidden = !(label in readouts);
      clearTimeout(quiet);
      quiet = setTimeout(announce, QUIET, words);
    },
    stop: () => clearTimeout(quiet),
  };
}
