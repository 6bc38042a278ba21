// What a momentum that stays where it is can win by its learning rate alone.

import { rate, steps_to_shrink } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.fixed_momentum;
const { POINTS, HIGHEST, NAMED } = KNOWN;
const A = Array.from({ length: POINTS }, (_, i) => (HIGHEST * (i + 1)) / POINTS);

/**
 * The twin of Python's `drawn`.
 * @param {{condition_number: number, momentum: number}} values
 */
export function drawn({ condition_number, momentum }) {
  const floor = steps_to_shrink(Math.sqrt(momentum));
  const lines = [0, momentum].map((mu) =>
    A.map((a) => steps_to_shrink(Math.max(rate(a, mu), rate(a / condition_number, mu)))),
  );
  const lowest = lines.map((line) => line.indexOf(line.reduce((low, each) => Math.min(low, each))));
  const layers = [
    [
      [0, HIGHEST],
      [floor, floor],
    ],
    [SAYS.floor, HIGHEST, floor],
    // nothing is drawn where it does not settle
    ...lines.map((line) => [A, line.map((each) => (each < Infinity ? each : NaN))]),
    ...lines.map((line, i) => [[A[lowest[i]]], [line[lowest[i]]]]),
    ...NAMED.map((at, i) => [SAYS.names[i], A[at], lines[i][at]]),
  ];
  const [plain, ball] = lines.map((line, i) => Math.ceil(line[lowest[i]]));
  const end = SAYS[plain === ball ? "draw" : ball < plain ? "momentum" : "gradient descent"];
  return { layers, words: fill(SAYS.words, { plain, ball, momentum: format(momentum), end }) };
}

/** anywidget's render. */
export const render = small_figure(told.fixed_momentum, drawn);
