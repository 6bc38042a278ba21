// The arrows of batches around that of all samples.

import { linear_regression } from "../maths/data.mjs";
import { random_batches, scattered_line, uniforms } from "../maths/generator.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.batch_arrows;
const { SAMPLES, LINE, START, BATCHES, SEED } = KNOWN;

/** @type {{problem: ReturnType<typeof linear_regression>, rows: number[][]} | null} */
let made = null;

/** The regression and the rows of the batches, set up when they are first drawn. */
function data() {
  if (made) return made;
  const [x, y] = scattered_line(LINE.seed, SAMPLES, LINE.intercept, LINE.slope, LINE.noise, LINE.reach);
  const problem = linear_regression(Float64Array.from(x.flatMap((value) => [1, value])), y);
  // a smaller batch is the first part of a larger one
  made = { problem, rows: random_batches(uniforms(SEED), SAMPLES, SAMPLES, BATCHES) };
  return made;
}

/**
 * The twin of Python's `drawn`.
 * @param {{batch_size: number, remaining: number}} values
 */
export function drawn({ batch_size, remaining }) {
  const { problem, rows } = data();
  const minimum = problem.minimum ?? [];
  const w = minimum.map((best, i) => best + remaining * (START[i] - best));
  const pull = (/** @type {number[]} */ batch) => Array.from(problem.gradient(w, undefined, batch), (each) => -each);
  const exact = remaining ? Array.from(problem.gradient(w), (each) => -each) : [0, 0];
  const tips = rows.map((batch) => pull(batch.slice(0, batch_size)));
  const [x, y] = [0, 1].map((i) => tips.map((tip) => tip[i]));
  const rays = [x, y].map((values) => values.flatMap((each) => [0, each, NaN]));
  const miss = Array.from({ length: SAMPLES }, (_, row) => pull([row])).reduce(
    (sum, [to_x, to_y]) => sum + (to_x - exact[0]) ** 2 + (to_y - exact[1]) ** 2,
    0,
  );
  const said = {
    batch_size,
    batches: BATCHES,
    size: format(Math.hypot(exact[0], exact[1])),
    off: format(Math.sqrt(miss / SAMPLES / batch_size)),
    uphill: tips.filter((tip) => exact[0] * tip[0] + exact[1] * tip[1] < 0).length,
  };
  const layers = [rays, [x, y], [0, 0, ...exact], [remaining ? SAYS.all : "", ...exact]];
  return { layers, words: fill(remaining ? SAYS.off : SAYS.minimum, said) };
}

/** anywidget's render. */
export const render = small_figure(told.batch_arrows, drawn);
