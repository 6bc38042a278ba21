// The steps of the three methods, each at its best, against the condition number.

import { best_tuning, steps_to_shrink } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.condition_race;
const { LOWEST, HIGHEST, POINTS, NAMED, METHODS } = KNOWN;
const KAPPA = Array.from({ length: POINTS }, (_, i) => LOWEST * (HIGHEST / LOWEST) ** (i / (POINTS - 1)));
const LINES = METHODS.map((method) => KAPPA.map((kappa) => steps(method, kappa)));

function steps(method, kappa) {
  return steps_to_shrink(best_tuning(method, 1, kappa).rate);
}

/**
 * The twin of Python's `drawn`.
 * @param {{condition_number: number}} values
 */
export function drawn({ condition_number }) {
  const here = METHODS.map((method) => steps(method, condition_number));
  const layers = [
    [
      [condition_number, condition_number],
      [1, 10_000],
    ],
    ...LINES.map((line) => [KAPPA, line]),
    ...here.map((each) => [[condition_number], [each]]),
    ...LINES.map((line, i) => [SAYS.names[i], KAPPA[NAMED], line[NAMED]]),
  ];
  const [plain, ahead, ball] = here.map(Math.ceil);
  return { layers, words: fill(SAYS.words, { plain, ahead, ball, times: format(here[0] / here[2], 2) }) };
}

/** anywidget's render. */
export const render = small_figure(told.condition_race, drawn);
