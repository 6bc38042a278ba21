// What Keras keeps in its variable, with Nesterov and without: the path of w, and the variable after each step.

import { descend } from "../maths/descent.mjs";
import { quadratic } from "../maths/surfaces.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.stored_lookahead;
const { STEPS, LEARNING_RATE: learning_rate, START, CURVATURES, ANGLE, LEVELS, CORNERS } = KNOWN;
const BOWL = quadratic(CURVATURES, ANGLE);
const TURN = Array.from({ length: CORNERS + 1 }, (_, i) => (2 * Math.PI * i) / CORNERS);
const [COS, SIN] = [Math.cos(ANGLE), Math.sin(ANGLE)];
const ELLIPSES = LEVELS.map((level) => {
  const [a, b] = CURVATURES.map((curvature) => Math.sqrt((2 * level) / curvature));
  return [
    TURN.map((t) => COS * a * Math.cos(t) - SIN * b * Math.sin(t)),
    TURN.map((t) => SIN * a * Math.cos(t) + COS * b * Math.sin(t)),
  ];
});

/**
 * The twin of Python's `drawn`.
 * @param {{momentum: number, nesterov: boolean}} values
 */
export function drawn({ momentum, nesterov }) {
  const { positions, velocities } = descend({ learning_rate, momentum, nesterov }, BOWL.gradient, START, STEPS);
  const ahead = nesterov ? momentum : 0;
  const rows = (of) => [0, 1].map((axis) => Array.from({ length: STEPS + 1 }, (_, k) => of(2 * k + axis)));
  const w = rows((i) => positions[i]);
  const held = rows((i) => positions[i] + ahead * velocities[i]);
  const joins = w.map((row, axis) => row.flatMap((each, k) => [each, held[axis][k], NaN]));
  const none = w.map((row) => row.slice(0, 1)); // the path of the other method has no length
  const paths = nesterov ? [none, w] : [w, none];
  const layers = [...ELLIPSES, joins, ...paths, held, [SAYS.name, held[0][1], held[1][1]]];
  if (momentum === 0) return { layers, words: SAYS.bare };
  if (!nesterov) return { layers, words: SAYS.same };
  const off = Math.max(...held[0].map((x, k) => Math.hypot(x - w[0][k], held[1][k] - w[1][k])));
  return { layers, words: fill(SAYS.ahead, { off: format(off, 2) }) };
}

/** anywidget's render. */
export const render = small_figure(told.stored_lookahead, drawn);
