// SGD and Adam at the same learning rate on a bowl whose loss is multiplied by a number.

import { adam } from "../maths/adam.mjs";
import { descend } from "../maths/descent.mjs";
import { quadratic } from "../maths/surfaces.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.loss_scale;
const { STEPS, RATE } = KNOWN;
const K = Array.from({ length: STEPS + 1 }, (_, k) => k);

/**
 * The twin of Python's `drawn`.
 * @param {{scale: number}} values
 */
export function drawn({ scale }) {
  const rules = [{ learning_rate: RATE, momentum: 0, nesterov: false }, adam({ learning_rate: RATE })];
  const [sgd, own] = rules.map((rule) => descend(rule, quadratic([scale]).gradient, [1], STEPS).positions);
  const said = {
    sgd: format(1 - sgd[1]),
    adam: format(1 - own[1], 2),
    left: format(sgd[STEPS]),
    steps: STEPS,
  };
  const layers = [
    [
      [0, STEPS],
      [0, 0],
    ],
    [K, sgd],
    [K, sgd],
    [K, own],
    ...["SGD", "Adam"].map((name) => [SAYS[name], STEPS, 1.25]),
  ];
  return { layers, words: fill(SAYS[case_of(scale, Math.abs(sgd[STEPS]))], said) };
}

function case_of(scale, left) {
  const growth = Math.abs(1 - RATE * scale);
  if (growth >= 1) return growth > 1 ? "lost" : "edge";
  return left > 0.1 ? "slow" : "fine";
}

/** anywidget's render. */
export const render = small_figure(told.loss_scale, drawn);
