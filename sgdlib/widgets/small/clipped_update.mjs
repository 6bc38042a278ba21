// How long an update gets if the gradient is clipped before it enters the velocity.

import { effective_learning_rate, speed_on_slope } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.clipped_update;
const { UPDATES, NAMED } = KNOWN;
const K = Array.from({ length: UPDATES }, (_, i) => i + 1);
const ENDS = [1, UPDATES];

/**
 * The twin of Python's `drawn`.
 * @param {{gradient: number, momentum: number}} values
 */
export function drawn({ gradient, momentum }) {
  const bare = K.map((k) => speed_on_slope(k, 1, momentum, gradient));
  const clipped = K.map((k) => speed_on_slope(k, 1, momentum, Math.min(gradient, 1)));
  const most = effective_learning_rate(1, momentum);
  const words = gradient <= 1 ? SAYS.idle : momentum === 0 ? SAYS.plain : SAYS.acts;
  const layers = [
    [ENDS, [1, 1]],
    [ENDS, [most, most]],
    [K, bare],
    [K, clipped],
    [[UPDATES], [clipped[UPDATES - 1]]],
    [SAYS.bound, 1, 1],
    [momentum > 0 ? SAYS.ceiling : "", UPDATES, most],
    [SAYS.clipped, NAMED, clipped[NAMED - 1]],
    [gradient > 1 ? SAYS.bare : "", NAMED, bare[NAMED - 1]],
  ];
  const said = { gradient, length: clipped[UPDATES - 1], bare: bare[UPDATES - 1] };
  return { layers, words: fill(words, Object.fromEntries(Object.entries(said).map(([k, v]) => [k, format(v)]))) };
}

/** anywidget's render. */
export const render = small_figure(told.clipped_update, drawn);
