// Adam and momentum in a valley that is turned by an angle together with its start.

import { adam } from "../maths/adam.mjs";
import { descend, steps_to_stay_within } from "../maths/descent.mjs";
import { quadratic } from "../maths/surfaces.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.adam_turned;
const { REACHES, CORNERS, START, ADAM, MOMENTUM, STEPS, CLOSE } = KNOWN;
const TURN = Array.from({ length: CORNERS + 1 }, (_, i) => (2 * Math.PI * i) / CORNERS);

/**
 * The twin of Python's `drawn`.
 * @param {{angle: number, condition_number: number}} values
 */
export function drawn({ angle: degrees, condition_number: kappa }) {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  /** @type {any[]} */
  const layers = REACHES.map((reach) => {
    const [a, b] = [reach, reach / Math.sqrt(kappa)];
    return [
      TURN.map((t) => cos * a * Math.cos(t) - sin * b * Math.sin(t)),
      TURN.map((t) => sin * a * Math.cos(t) + cos * b * Math.sin(t)),
    ];
  });
  const heavy = run({ learning_rate: 1 / kappa, momentum: MOMENTUM, nesterov: false }, kappa, angle);
  const own = run(adam({ learning_rate: ADAM }), kappa, angle);
  for (const { path } of [heavy, own]) layers.push(path, path.map(tenth));
  for (const name of ["Adam", "momentum"]) layers.push([SAYS[name], 2.7, -0.6]);
  const said = {
    adam: count(own.steps),
    momentum: count(heavy.steps),
    straight: count(run(adam({ learning_rate: ADAM }), kappa, 0).steps),
  };
  return { layers, words: fill(degrees === 0 || degrees === 90 ? SAYS.along : SAYS.turned, said) };
}

/** A path until it stays close, its x and its y, and the steps that it takes, −1 if they are not enough. */
function run(rule, kappa, angle) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const start = [cos * START[0] - sin * START[1], sin * START[0] + cos * START[1]];
  const { positions, ...rest } = descend(rule, quadratic([1, kappa], angle).gradient, start, STEPS);
  const steps = steps_to_stay_within({ positions, ...rest }, CLOSE);
  const shown = Array.from({ length: (steps < 0 ? STEPS : steps) + 1 }, (_, k) => k);
  return { path: [shown.map((k) => positions[2 * k]), shown.map((k) => positions[2 * k + 1])], steps };
}

function tenth(values) {
  return values.filter((_, k) => k % 10 === 0);
}

function count(steps) {
  return steps < 0 ? `over ${STEPS}` : format(steps);
}

/** anywidget's render. */
export const render = small_figure(told.adam_turned, drawn);
