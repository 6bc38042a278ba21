// What momentum remembers of a constant slope: its speed against the step.

import { effective_learning_rate, speed_on_slope } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.slope_memory;
const K = Array.from({ length: KNOWN.STEPS + 1 }, (_, k) => k);

/**
 * The twin of Python's `drawn`.
 * @param {{momentum: number}} values
 */
export function drawn({ momentum }) {
  const speed = K.map((k) => speed_on_slope(k, 1, momentum));
  const limit = effective_learning_rate(1, momentum);
  const half = speed.findIndex((each) => each >= limit / 2);
  const said = { limit: format(limit), half };
  const layers = [
    [
      [0, KNOWN.STEPS],
      [1, 1],
    ],
    [K, speed],
    [
      [0, KNOWN.STEPS],
      [limit, limit],
    ],
    [fill(SAYS.limit, said), KNOWN.STEPS, limit],
    [[half], [speed[half]]],
  ];
  return { layers, words: fill(SAYS.words, said) };
}

/** anywidget's render. */
export const render = small_figure(told.slope_memory, drawn);
