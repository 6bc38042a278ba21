// The race that opens the course: gradient descent, momentum and Nesterov in one valley.

import { descend } from "../maths/descent.mjs";
import { valley } from "../maths/surfaces.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.opening_race;
const { STEPS, LEARNING_RATE: learning_rate, START, LEVELS, CORNERS } = KNOWN;
const SURFACE = valley();
const TURN = Array.from({ length: CORNERS + 1 }, (_, i) => (2 * Math.PI * i) / CORNERS);
const ELLIPSES = LEVELS.map((level) => {
  const [a, b] = SURFACE.curvatures.map((curvature) => Math.sqrt((2 * level) / curvature));
  return [TURN.map((t) => a * Math.cos(t)), TURN.map((t) => b * Math.sin(t))];
});

/**
 * The twin of Python's `drawn`.
 * @param {{momentum: number, step: number}} values
 */
export function drawn({ momentum, step }) {
  const rules = [{ learning_rate }, { learning_rate, momentum }, { learning_rate, momentum, nesterov: true }];
  const paths = rules.map((rule) => {
    const { positions } = descend(rule, SURFACE.gradient, START, STEPS);
    return [0, 1].map((axis) => Array.from({ length: step + 1 }, (_, k) => positions[2 * k + axis]));
  });
  const layers = [...ELLIPSES, ...paths, ...paths.map(([x, y]) => [x.slice(-1), y.slice(-1)])];
  const far = (digits) => paths.map(([x, y]) => format(Math.hypot(x[step], y[step]), digits));
  const steps = step === 1 ? SAYS.one : fill(SAYS.many, { step });
  if (momentum === 0) return { layers, words: fill(SAYS.same, { far: far(3)[0], steps }) };
  const [plain, ball, ahead] = far(2);
  return { layers, words: fill(SAYS.race, { steps, plain, ball, ahead }) };
}

/** anywidget's render. */
export const render = small_figure(told.opening_race, drawn);
