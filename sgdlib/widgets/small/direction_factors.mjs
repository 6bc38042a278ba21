// The factor of each direction: what one learning rate multiplies the distance by, from the gentlest to the steepest.

import { descend, steps_to_stay_within } from "../maths/descent.mjs";
import { valley } from "../maths/surfaces.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.direction_factors;
const { CURVATURES, START, TOLERANCE, COUNTED, RIGHT } = KNOWN;

/**
 * The twin of Python's `drawn`.
 * @param {{learning_rate: number}} values
 */
export function drawn({ learning_rate }) {
  const [gentle, steep] = CURVATURES.map((curvature) => 1 - learning_rate * curvature);
  const across = [0, RIGHT];
  const ends = [CURVATURES, [gentle, steep]];
  const layers = [
    [across, [1, 1]],
    [across, [-1, -1]],
    [SAYS.below, 0, -1],
    [across, [1, 1 - learning_rate * RIGHT]],
    ends,
    ends,
    [fill(SAYS.gentle, { factor: format(gentle) }), CURVATURES[0], gentle],
    [fill(SAYS.steep, { factor: format(steep) }), CURVATURES[1], steep],
  ];
  return { layers, words: words(gentle, steep, learning_rate) };
}

function words(gentle, steep, learning_rate) {
  const [slow, fast] = [format(gentle), format(-steep)];
  if (fast === "1") return SAYS["for ever"];
  if (-steep > 1) return fill(SAYS.explodes, { factor: fast });
  const said = { tolerance: format(TOLERANCE), steps: steps(learning_rate) };
  if (format(gentle, 2) === format(-steep, 2)) return fill(SAYS.both, { factor: slow, ...said });
  if (gentle > -steep) return fill(SAYS.gentlest, { factor: slow, ...said });
  return fill(SAYS.steepest, { factor: fast, ...said });
}

function steps(learning_rate) {
  const { gradient } = valley(CURVATURES[1] / CURVATURES[0]);
  const count = steps_to_stay_within(descend({ learning_rate }, gradient, START, COUNTED), TOLERANCE);
  return count >= 0 ? fill(SAYS.steps, { steps: count }) : fill(SAYS.more, { steps: COUNTED });
}

/** anywidget's render. */
export const render = small_figure(told.direction_factors, drawn);
