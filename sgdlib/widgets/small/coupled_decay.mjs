// Weight decay beside the step and through the velocity: what is left of a weight of 1 on level ground.

import { descend } from "../maths/descent.mjs";
import { quadratic } from "../maths/surfaces.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.coupled_decay;
const { STEPS, LEARNING_RATE: learning_rate, NAMED } = KNOWN;
const K = Array.from({ length: STEPS + 1 }, (_, k) => k);

/**
 * The twin of Python's `drawn`.
 * @param {{weight_decay: number, momentum: number}} values
 */
export function drawn({ weight_decay, momentum }) {
  const bowl = quadratic([weight_decay]);
  const weights = [0, momentum].map((mu) =>
    Array.from(descend({ learning_rate, momentum: mu }, bowl.gradient, [1], STEPS).positions),
  );
  const layers = [
    [
      [0, STEPS],
      [0, 0],
    ],
    ...weights.map((each) => [K, each]),
    ...weights.map((each, i) => [SAYS.names[i], NAMED[i], each[NAMED[i]]]),
  ];
  const [kept, coupled] = weights.map((each) => format(each[STEPS]));
  return { layers, words: fill(momentum === 0 ? SAYS.same : SAYS.words, { steps: STEPS, kept, coupled }) };
}

/** anywidget's render. */
export const render = small_figure(told.coupled_decay, drawn);
