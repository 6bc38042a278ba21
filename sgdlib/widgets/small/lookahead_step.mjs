// One step of momentum and of Nesterov across a valley.

import { sgd } from "../maths/optimizer.mjs";
import { quadratic } from "../maths/surfaces.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.lookahead_step;
const { CURVATURES, POSITION, VELOCITY, LEVELS, CORNERS, SMALL, ALIKE } = KNOWN;
const VALLEY = quadratic(CURVATURES);
const TURN = Array.from({ length: CORNERS + 1 }, (_, i) => (2 * Math.PI * i) / CORNERS);
const ELLIPSES = LEVELS.map((level) => {
  const [a, b] = CURVATURES.map((each) => Math.sqrt((2 * level) / each));
  return [TURN.map((t) => a * Math.cos(t)), TURN.map((t) => b * Math.sin(t))];
});

/**
 * The twin of Python's `drawn`.
 * @param {{momentum: number, learning_rate: number}} values
 */
export function drawn({ momentum, learning_rate }) {
  const known = POSITION.map((each, i) => each + momentum * VELOCITY[i]);
  const [heavy, ahead] = [false, true].map((nesterov) => {
    const { step } = sgd({ learning_rate, momentum, nesterov });
    return step(VALLEY.gradient, Float64Array.from(POSITION), [Float64Array.from(VELOCITY)])[0];
  });
  const one = Math.hypot(heavy[0] - ahead[0], heavy[1] - ahead[1]) < ALIKE;
  const layers = [
    ...ELLIPSES,
    [
      [-6, 6],
      [0, 0],
    ],
    [...POSITION, ...known],
    [...known, ...heavy],
    [...known, ...ahead],
    [[POSITION[0]], [POSITION[1]]],
    [[known[0]], [known[1]]],
    [SAYS.here, ...POSITION],
    [momentum > 0.15 ? SAYS.known : "", ...POSITION.map((each, i) => (each + known[i]) / 2)],
    [SAYS[one ? "both" : "heavy"], ...heavy],
    [one ? "" : SAYS.ahead, ...ahead],
  ];
  if (momentum === 0) return { layers, words: SAYS.same };
  if (learning_rate === 0) return { layers, words: SAYS.none };
  const nearer = Math.abs(heavy[1]) - Math.abs(ahead[1]);
  let which = nearer > 0 ? "nearer" : "farther";
  if (Math.abs(nearer) < ALIKE) which = "alike";
  const at = [heavy, ahead].map(([, y]) => format(Math.abs(y) < SMALL ? 0 : y, 2));
  const said = { heavy: at[0], ahead: at[1], which: SAYS[which] };
  return { layers, words: fill(SAYS.words, said) };
}

/** anywidget's render. */
export const render = small_figure(told.lookahead_step, drawn);
