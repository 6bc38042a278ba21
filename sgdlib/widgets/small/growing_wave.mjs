// Nesterov's growing momentum in a bowl, its guarantee and its flow.

import { sgd } from "../maths/optimizer.mjs";
import { quadratic } from "../maths/surfaces.mjs";
import { nesterov_bound, nesterov_flow } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.growing_wave;
const { END, GRID, CLOSE } = KNOWN;
const BOWL = quadratic([1]);
const TIMES = Array.from({ length: GRID + 1 }, (_, i) => (i * END) / GRID);
const FLOW = TIMES.map((time) => nesterov_flow(time));

/**
 * The twin of Python's `drawn`.
 * @param {{learning_rate: number}} values
 */
export function drawn({ learning_rate }) {
  const root = Math.sqrt(learning_rate);
  const steps = Math.floor(END / root + 1e-9);
  /** @type {[Float64Array, Float64Array[]]} */
  let [w, state] = [Float64Array.of(1), [new Float64Array(1)]];
  const run = [1];
  for (let k = 1; k <= steps; k++) {
    const rule = sgd({ learning_rate, momentum: Math.max(0, (k - 2) / (k + 1)), nesterov: true });
    [w, state] = rule.step(BOWL.gradient, w, state);
    run.push(w[0]);
  }
  const time = run.map((_, k) => k * root);
  const off = run.reduce((most, each, k) => Math.max(most, Math.abs(each - nesterov_flow(time[k]))), 0);
  const most_at = (t) => Math.sqrt(2 * nesterov_bound(t / root, learning_rate, 1));
  const most = TIMES.map(most_at);
  const layers = [
    [
      [0, END],
      [0, 0],
    ],
    [TIMES, most],
    [TIMES, most.map((each) => -each)],
    [TIMES, FLOW],
    [time, run],
    [SAYS.bound, 5, most_at(5)],
  ];
  return { layers, words: fill(SAYS[off <= CLOSE ? "near" : "far"], { steps, off: format(off, 1) }) };
}

/** anywidget's render. */
export const render = small_figure(told.growing_wave, drawn);
