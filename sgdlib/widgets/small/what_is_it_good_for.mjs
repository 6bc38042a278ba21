// Which condition numbers a momentum is good for.

import { best_condition_number, best_learning_rate, best_tuning, rate, steps_to_shrink } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.what_is_it_good_for;
const { POWERS, POINTS, NAMED } = KNOWN;
const [LOW, HIGH] = POWERS;
const KAPPA = Array.from({ length: POINTS }, (_, i) => 10 ** (LOW + (i * (HIGH - LOW)) / (POINTS - 1)));
const PLAIN = KAPPA.map((kappa) => steps(kappa, 0));
const BEST = KAPPA.map((kappa) => steps_to_shrink(best_tuning("momentum", 1, kappa).rate));

function steps(kappa, momentum) {
  return steps_to_shrink(rate(best_learning_rate(1, kappa, momentum), momentum));
}

/**
 * The twin of Python's `drawn`.
 * @param {{momentum: number}} values
 */
export function drawn({ momentum }) {
  const best = best_condition_number(momentum);
  const said = {
    momentum: format(momentum),
    best: best < 1e5 ? format(best) : `${(best / 1000).toFixed(0)},000`,
    from: format(Math.sqrt(best)),
  };
  const layers = [
    [KAPPA, PLAIN],
    [KAPPA, BEST],
    [KAPPA, KAPPA.map((kappa) => steps(kappa, momentum))],
    [SAYS.plain, KAPPA[NAMED - 20], PLAIN[NAMED - 20]],
    [SAYS.best, KAPPA[NAMED - 40], BEST[NAMED - 40]],
    momentum > 0 ? [[best], [steps(best, momentum)]] : [[], []],
  ];
  return { layers, words: fill(SAYS[momentum > 0 ? "words" : "zero"], said) };
}

/** anywidget's render. */
export const render = small_figure(told.what_is_it_good_for, drawn);
