// Four ways to write momentum down, and what a forgotten translation does.

import { descend } from "../maths/descent.mjs";
import { sgd } from "../maths/optimizer.mjs";
import { quadratic } from "../maths/surfaces.mjs";
import { effective_learning_rate } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.four_conventions;
const { STEPS, LEARNING_RATE: eta, EVERY, KEYS } = KNOWN;
const WELL = quadratic([1]);
const K = Array.from({ length: STEPS + 1 }, (_, k) => k);

/**
 * A rule for `descend` from one line of arithmetic, (w, memory, g) -> [w, memory], and the memory at the start.
 * @returns {import("../maths/optimizer.mjs").Rule}
 */
function written(line, first) {
  return {
    init: (position) => [Float64Array.of(first(position[0]))],
    step(gradient, position, state) {
      const [w, memory] = line(position[0], state[0][0], gradient(position, new Float64Array(1))[0]);
      return [Float64Array.of(w), [Float64Array.of(memory)]];
    },
  };
}

/**
 * The twin of Python's `drawn`.
 * @param {{momentum: number, forgotten: string}} values
 */
export function drawn({ momentum: mu, forgotten }) {
  const averaged = effective_learning_rate(eta, mu);
  const keras = forgotten === "Keras" ? averaged : eta;
  const ema = forgotten === "averaging" ? eta : averaged;
  const rules = [
    sgd({ learning_rate: keras, momentum: mu }),
    written(
      (w, last, g) => [w - eta * g + mu * (w - last), w],
      (w) => w,
    ),
    written(
      (w, b, g) => [w - eta * (mu * b + g), mu * b + g],
      () => 0,
    ),
    written(
      (w, m, g) => [w - ema * (mu * m + (1 - mu) * g), mu * m + (1 - mu) * g],
      () => 0,
    ),
  ];
  const paths = rules.map((rule) => Array.from(descend(rule, WELL.gradient, [-1], STEPS).positions));
  const [at, heights] = KEYS;
  const layers = [
    [
      [0, STEPS],
      [0, 0],
    ],
    [K, paths[0]],
    [K, paths[3]],
    // each marks other steps, so that none hides another; the last dot stands before the name
    ...paths.map((path, i) => {
      const first = ((3 * i) % EVERY) + Math.floor(i / 2);
      const own = K.filter((k) => k >= first && (k - first) % EVERY === 0);
      return [
        [...own, at],
        [...own.map((k) => path[k]), heights[i]],
      ];
    }),
    ...heights.map((height, i) => [SAYS.names[i], at, height]),
  ];
  if (mu === 0) return { layers, words: SAYS.bare };
  const away = (path) => Math.max(...path.map((each, k) => Math.abs(each - paths[2][k])));
  const off = Math.max(away(paths[0]), away(paths[3]));
  const times = format(effective_learning_rate(1, mu));
  return { layers, words: fill(SAYS[forgotten], { times, off: format(off, 2) }) };
}

/** anywidget's render. */
export const render = small_figure(told.four_conventions, drawn);
