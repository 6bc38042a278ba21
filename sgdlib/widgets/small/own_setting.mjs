// Gradient descent and momentum at the learning rate of the reader's choice: their distances to the minimum.

import { descend, steps_to_stay_within } from "../maths/descent.mjs";
import { valley } from "../maths/surfaces.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill } from "../page/words.mjs";

const { SAYS, KNOWN } = told.own_setting;
const { STEPS, EVERY, START, FINISH, LAST, NAMED } = KNOWN;
const K = Array.from({ length: STEPS / EVERY + 1 }, (_, i) => i * EVERY);
const SURFACE = valley();

/**
 * The twin of Python's `drawn`.
 * @param {{learning_rate: number, momentum: number}} values
 */
export function drawn({ learning_rate, momentum }) {
  const runs = [0, momentum].map((mu) => outcome({ learning_rate, momentum: mu }));
  const names = ["gradient descent", "momentum"].map((name, i) => {
    const { away } = runs[i];
    const [low, high] = NAMED[i];
    const outside = away.findIndex((each) => each < low || each > high);
    const at = outside < 0 ? LAST : Math.min(outside, LAST);
    return [name, at, Math.min(away[at], high)];
  });
  const layers = [
    [
      [0, STEPS],
      [FINISH, FINISH],
    ],
    ...runs.map(({ away }) => [K, K.map((k) => away[k])]),
    ...runs.map(({ there }) => [[there], [there < Infinity ? FINISH : NaN]]),
    ...names,
  ];
  const [plain, ball] = runs;
  const end = plain.there === ball.there ? "draw" : ball.there < plain.there ? "momentum" : "gradient descent";
  const nobody = plain.there === Infinity && ball.there === Infinity;
  const words = fill(SAYS.words, { plain: plain.said, ball: ball.said, end: SAYS[nobody ? "nobody" : end] });
  return { layers, words };
}

/** The distances of a run, when it arrives, and what is said of that. */
function outcome(setting) {
  const run = descend(setting, SURFACE.gradient, START, STEPS);
  const away = Array.from({ length: STEPS + 1 }, (_, k) => Math.hypot(run.positions[2 * k], run.positions[2 * k + 1]));
  if (run.diverged_at >= 0) return { away, there: Infinity, said: SAYS["flies off"] };
  const there = steps_to_stay_within(run, FINISH);
  if (there < 0) return { away, there: Infinity, said: fill(SAYS["not yet"], { steps: STEPS }) };
  return { away, there, said: fill(SAYS.arrives, { steps: there }) };
}

/** anywidget's render. */
export const render = small_figure(told.own_setting, drawn);
