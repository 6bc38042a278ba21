// A convex loss on which the tuned heavy ball never arrives.

import { descend, steps_to_stay_within } from "../maths/descent.mjs";
import { SURFACES } from "../maths/surfaces.mjs";
import { best_tuning } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.lessard_cycle;
const { STEPS, MOST, NEAR } = KNOWN;
const LOSS = SURFACES.lessard();
const K = Array.from({ length: STEPS + 1 }, (_, k) => k);

/**
 * The twin of Python's `drawn`.
 * @param {{start: number}} values
 */
export function drawn({ start }) {
  const [heavy, ahead] = ["momentum", "nesterov"].map((method) => {
    const run = descend(best_tuning(method, 1, 25), LOSS.gradient, [start], MOST);
    return { seen: Array.from(run.positions.subarray(0, STEPS + 1)), steps: steps_to_stay_within(run, NEAR) };
  });
  const layers = [
    [
      [0, STEPS],
      [0, 0],
    ],
    [K, heavy.seen],
    [K, heavy.seen],
    [K, ahead.seen],
    [K, ahead.seen],
    [SAYS.heavy, STEPS, 4.2],
    [SAYS.ahead, STEPS, 3.4],
  ];
  const said = { near: format(NEAR), heavy: heavy.steps, ahead: ahead.steps };
  return { layers, words: fill(SAYS[heavy.steps < 0 ? "circles" : "arrives"], said) };
}

/** anywidget's render. */
export const render = small_figure(told.lessard_cycle, drawn);
