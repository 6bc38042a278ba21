// A velocity that is late when the learning rate changes: the speed on a constant slope.

import { descend } from "../maths/descent.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.late_velocity;
const { STEPS, DROP, TOP, FIRST } = KNOWN;
const K = Array.from({ length: STEPS + 1 }, (_, k) => k);

/**
 * The twin of Python's `drawn`.
 * @param {{schedule: string, momentum: number}} values
 */
export function drawn({ schedule, momentum }) {
  const rates = K.map(schedule === "drop" ? drop : warm_up);
  const gradients = rates.map(constant);
  const rule = { learning_rate: 1, momentum, nesterov: false };
  const { velocities } = descend(rule, null, [0], STEPS + 1, { gradients });
  const speed = K.map((k) => -velocities[k + 1] * (1 - momentum));
  const after = speed.slice(DROP + 1).findIndex((each) => each <= 0.11);
  const said = {
    next: format(speed[DROP + 1] / speed[DROP]),
    late: after < 0 ? STEPS - DROP : after + 1,
    top: TOP,
    peak: speed.indexOf(Math.max(...speed)),
  };
  const layers = [[K, rates], [K, speed], ...["rate", "speed"].map((name) => [SAYS[name], STEPS, 1.4])];
  const words = schedule === "drop" ? SAYS[after < 0 ? "late" : "soon"] : SAYS["warm-up"];
  return { layers, words: fill(words, said) };
}

/** A slope that is the same everywhere. */
function constant(slope) {
  return (_, /** @type {Float64Array} */ out = new Float64Array(1)) => out.fill(slope);
}

function drop(k) {
  return k <= DROP ? 1 : 0.1;
}

function warm_up(k) {
  return k < TOP ? FIRST + ((1 - FIRST) * k) / TOP : (1 + Math.cos((Math.PI * (k - TOP)) / (STEPS - TOP))) / 2;
}

/** anywidget's render. */
export const render = small_figure(told.late_velocity, drawn);
