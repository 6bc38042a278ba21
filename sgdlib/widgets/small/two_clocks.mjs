// The same two runs against two clocks: updates and epochs.

import { batch_gradients, linear_regression } from "../maths/data.mjs";
import { descend } from "../maths/descent.mjs";
import { scattered_line, shuffled_batches, uniforms } from "../maths/generator.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.two_clocks;
const { SAMPLES, LINE, START, LEARNING_RATE, SEED, LONG, SHORT, DRAWN } = KNOWN;

/**
 * The twin of Python's `drawn`.
 * @param {{batch_size: number}} values
 */
export function drawn({ batch_size }) {
  const updates = Math.ceil(SAMPLES / batch_size);
  const [noisy, exact] = losses(batch_size, updates);
  const k = Array.from({ length: LONG + 1 }, (_, i) => i);
  const every = Math.max(1, Math.floor(noisy.length / DRAWN));
  const thin = Array.from({ length: Math.ceil(noisy.length / every) }, (_, i) => i * every);
  const names = [
    [SAYS.SGD, 1, 2e-4],
    [SAYS["gradient descent"], LONG - 1, 2],
  ];
  const layers = [
    [k, noisy.slice(0, LONG + 1)],
    [k, exact],
    ...names,
    [thin.map((step) => step / updates), thin.map((step) => noisy[step])],
    [k, exact],
    ...names,
  ];
  if (batch_size === SAMPLES) return { layers, words: SAYS.all };
  const said = {
    short: SHORT,
    updates,
    sgd_short: format(noisy[SHORT], 2),
    gd_short: format(exact[SHORT], 2),
    sgd: format(noisy[updates], 2),
    gd: format(exact[1], 2),
  };
  return { layers, words: fill(SAYS.words, said) };
}

/** @type {ReturnType<typeof linear_regression> | null} */
let problem = null;

/** The regression, set up when it is first drawn. */
function the_problem() {
  if (problem) return problem;
  const [x, y] = scattered_line(LINE.seed, SAMPLES, LINE.intercept, LINE.slope, LINE.noise, LINE.reach);
  problem = linear_regression(Float64Array.from(x.flatMap((value) => [1, value])), y);
  return problem;
}

/** The excess losses of SGD and of gradient descent over the epochs. */
function losses(batch_size, updates) {
  const problem = the_problem();
  const rule = { learning_rate: LEARNING_RATE };
  const gradients = batch_gradients(problem, shuffled_batches(uniforms(SEED), SAMPLES, batch_size, LONG));
  const noisy = descend(rule, null, START, LONG * updates, { gradients });
  const exact = descend(rule, problem.gradient, START, LONG);
  return [noisy, exact].map((run) => excess(problem, run));
}

/** ½ ∇f(w)·(w − w*): the loss above the smallest there is, of a quadratic loss. */
function excess({ minimum, gradient }, { positions, steps }) {
  return Array.from({ length: steps + 1 }, (_, k) => {
    const w = positions.subarray(2 * k, 2 * k + 2);
    const g = gradient(w);
    return 0.5 * (g[0] * (w[0] - minimum[0]) + g[1] * (w[1] - minimum[1]));
  });
}

/** anywidget's render. */
export const render = small_figure(told.two_clocks, drawn);
