// How much every past gradient still counts.

import { half_life, mean_age, variance_window } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.push_weights;
const { AGES } = KNOWN;
const AGE = Array.from({ length: AGES + 1 }, (_, k) => k);

/**
 * The twin of Python's `drawn`.
 * @param {{momentum: number}} values
 */
export function drawn({ momentum }) {
  const left = AGE.map((age) => momentum ** age);
  const half = half_life(momentum);
  const said = {
    half: format(half),
    age: format(mean_age(momentum)),
    window: format(variance_window(momentum)),
  };
  const layers = [
    [AGE.flatMap((age) => [age, age, age]), left.flatMap((each) => [0, each, Number.NaN])],
    [AGE, left],
    [
      [-1, half, half],
      [0.5, 0.5, 0],
    ],
    [fill(SAYS.half, said), Math.min(half, 0.6 * AGES), 0.5],
  ];
  return { layers, words: fill(SAYS.words, said) };
}

/** anywidget's render. */
export const render = small_figure(told.push_weights, drawn);
