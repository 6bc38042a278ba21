// The noise floor against the learning rate: exact, and by the formula.

import { linear_regression } from "../maths/data.mjs";
import { scattered_line } from "../maths/generator.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.noise_floor;
const { SAMPLES, LINE, LOWEST, HIGHEST, POINTS, TOP } = KNOWN;
const ENDS = [LOWEST, HIGHEST];
const ETAS = Array.from({ length: POINTS }, (_, i) => LOWEST * (HIGHEST / LOWEST) ** (i / (POINTS - 1)));

/**
 * The twin of Python's `drawn`.
 * @param {{learning_rate: number, batch_size: number}} values
 */
export function drawn({ learning_rate, batch_size }) {
  const problem = the_problem();
  const slope = spread(problem) / (4 * batch_size); // of ησ²/(4B)
  const now = problem.noise_floor(learning_rate, batch_size);
  const seen = (/** @type {number} */ floor) => (floor <= TOP ? floor : NaN);
  const said = { batch_size, floor: format(now), times: format(now / (slope * learning_rate)) };
  const layers = [
    [ENDS, ENDS.map((eta) => slope * eta)],
    [SAYS.formula, 0.02, slope * 0.02],
    [ETAS, ETAS.map((eta) => seen(problem.noise_floor(eta, batch_size)))],
    [[learning_rate], [seen(now)]],
    [fill(SAYS.batch, said), learning_rate, seen(now)],
  ];
  return { layers, words: fill(Number.isFinite(now) ? SAYS.floor : SAYS.none, said) };
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

/** σ² at the minimum: the mean square of a sample's gradient. */
function spread({ minimum, gradient }) {
  let sum = 0;
  for (let row = 0; row < SAMPLES; row++) for (const each of gradient(minimum, undefined, [row])) sum += each * each;
  return sum / SAMPLES;
}

/** anywidget's render. */
export const render = small_figure(told.noise_floor, drawn);
