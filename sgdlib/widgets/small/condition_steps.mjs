// The condition number against the steps of gradient descent.

import { best_tuning, steps_to_shrink } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.condition_steps;
const { LOWEST, HIGHEST, POINTS, TOLERANCE } = KNOWN;
const KAPPAS = Array.from({ length: POINTS }, (_, i) => LOWEST * (HIGHEST / LOWEST) ** (i / (POINTS - 1)));

/**
 * The twin of Python's `drawn`.
 * @param {{condition_number: number}} values
 */
export function drawn({ condition_number: kappa }) {
  const steps = Math.ceil(steps_at_best(kappa));
  const said = { long: format(Math.sqrt(kappa)), steps, times: format(steps / kappa, 2) };
  const ends = [LOWEST, HIGHEST];
  const layers = [
    [ends, ends],
    [SAYS.kappa, 200, 200],
    [KAPPAS, KAPPAS.map(steps_at_best)],
    [[kappa], [steps]],
    [fill(SAYS.steps, said), kappa, steps],
  ];
  return { layers, words: fill(SAYS.words, said) };
}

/** From (1, 1), at a distance of √2. */
function steps_at_best(kappa) {
  return steps_to_shrink(best_tuning("gradient descent", 1, kappa).rate, TOLERANCE / Math.SQRT2);
}

/** anywidget's render. */
export const render = small_figure(told.condition_steps, drawn);
