// What a change of the learning rate does to the velocity of Keras and of PyTorch: the lengths of their steps.

import { speed_after_change, steps_to_shrink } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.rate_drop;
const { BEFORE, AFTER, NAMED } = KNOWN;
const J = Array.from({ length: BEFORE + AFTER + 1 }, (_, i) => i - BEFORE);

/**
 * The twin of Python's `drawn`.
 * @param {{factor: number, momentum: number}} values
 */
export function drawn({ factor, momentum }) {
  const keras = J.map((j) => speed_after_change(Math.max(j, 0), factor, momentum));
  const torch = J.map((j) => (j > 0 ? factor : 1));
  const first = BEFORE + 1;
  const layers = [
    [
      [0, 0],
      [0, 2],
    ],
    [J, torch],
    [J, keras],
    [[1], [torch[first]]],
    [[1], [keras[first]]],
    [SAYS.names[0], NAMED, keras[BEFORE + NAMED]],
    [SAYS.names[1], AFTER, factor],
  ];
  if (factor === 1) return { layers, words: SAYS.same };
  if (momentum === 0) return { layers, words: SAYS.bare };
  const share = (0.1 * factor) / Math.abs(1 - factor);
  const steps = share < 1 ? Math.max(1, Math.ceil(steps_to_shrink(momentum, share))) : 1;
  const said = { first: format(keras[first]), factor: format(factor) };
  return { layers, words: fill(SAYS.words, { ...said, steps: steps === 1 ? SAYS.one : fill(SAYS.many, { steps }) }) };
}

/** anywidget's render. */
export const render = small_figure(told.rate_drop, drawn);
