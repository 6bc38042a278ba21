// Shuffling against drawing with replacement: the mean loss through an epoch.

import { shuffled_share } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS } = told.shuffle_or_draw;

/**
 * The twin of Python's `drawn`.
 * @param {{a: number, updates: number}} values
 */
export function drawn({ a, updates }) {
  const k = Array.from({ length: updates + 1 }, (_, i) => i);
  const share = k.map((step) => shuffled_share(step, a, updates));
  const layers = [
    [
      [0, 1],
      [1, 1],
    ],
    [SAYS.drawn, 1, 1],
    [k.map((step) => step / updates), share],
    [
      [0, 1],
      [share[0], share[updates]],
    ],
    [SAYS.shuffled, 0.5, share[Math.floor(updates / 2)]],
  ];
  const mean = share.slice(1).reduce((sum, each) => sum + each, 0) / updates;
  const said = { memory: format(1 / a), updates, share: format(mean) };
  return { layers, words: fill(SAYS.words, said) };
}

/** anywidget's render. */
export const render = small_figure(told.shuffle_or_draw, drawn);
