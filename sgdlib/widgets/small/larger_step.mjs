// With momentum and without at the same effective learning rate.

import { effective_learning_rate, rate, stability_limit, steps_to_shrink } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.larger_step;
const { SMALLEST, STEEPEST, FIRST, POINTS, TOP, NAMED } = KNOWN;

/**
 * The twin of Python's `drawn`.
 * @param {{momentum: number}} values
 */
export function drawn({ momentum }) {
  const both = [0, momentum];
  const ends = both.map((mu) => effective_learning_rate(stability_limit(mu) / STEEPEST, mu));
  const lines = both.map((mu, i) => {
    const wide = (0.999 * ends[i]) / FIRST;
    const effective = Array.from({ length: POINTS }, (_, k) => FIRST * wide ** (k / (POINTS - 1)));
    const steps = effective.map((each) => {
      const eta = each * (1 - mu);
      return steps_to_shrink(Math.max(rate(SMALLEST * eta, mu), rate(STEEPEST * eta, mu)));
    });
    return [effective, steps];
  });
  const layers = [
    ...ends.map((end) => [
      [end, end],
      [1, TOP],
    ]),
    ...lines,
    [SAYS.names[0], ends[0], NAMED],
    [SAYS.names[1], ends[1], Math.min(...lines[1][1])],
  ];
  const [plain, ball] = ends.map((end) => format(end));
  if (momentum === 0) return { layers, words: fill(SAYS.same, { plain }) };
  const said = { plain, momentum: format(momentum), ball, times: format(ends[1] / ends[0]) };
  return { layers, words: fill(SAYS.words, said) };
}

/** anywidget's render. */
export const render = small_figure(told.larger_step, drawn);
