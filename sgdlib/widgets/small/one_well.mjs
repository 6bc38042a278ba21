// What one learning rate does in one well.

import { descend } from "../maths/descent.mjs";
import { quadratic } from "../maths/surfaces.mjs";
import { rate, stability_limit } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.one_well;
const { CURVATURE, START, STEPS, EDGE, POINTS } = KNOWN;

/**
 * The twin of Python's `drawn`.
 * @param {{learning_rate: number}} values
 */
export function drawn({ learning_rate }) {
  const well = quadratic([CURVATURE]);
  const height = (/** @type {number} */ w) => well.value([w]);
  const line = Array.from({ length: POINTS }, (_, i) => -EDGE + (2 * EDGE * i) / (POINTS - 1));
  const w = Array.from(descend({ learning_rate }, well.gradient, [START], STEPS).positions);
  const path = [w, w.map(height)];
  const layers = [[line, line.map(height)], path, path, [SAYS.start, START, height(START)]];
  const a = learning_rate * CURVATURE;
  const factor = format(rate(a), 4);
  return { layers, words: fill(SAYS[motion(a, factor)], { factor }) };
}

/** By the factor as it is said: no sentence has a factor of 0 or 1. */
function motion(a, factor) {
  if (factor === "0") return "lands";
  if (factor === "1") return "to and fro";
  if (a < 1) return "creeps";
  return a < stability_limit() ? "swings" : "flies off";
}

/** anywidget's render. */
export const render = small_figure(told.one_well, drawn);
