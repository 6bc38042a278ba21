// One well, with too much friction, too little, and the right one.

import { descend, steps_to_stay_within } from "../maths/descent.mjs";
import { quadratic } from "../maths/surfaces.mjs";
import { critical_momentum, regime } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.damping;
const { LEARNING_RATE, STEPS, MOST, NEAR, SEEN } = KNOWN;
const WELL = quadratic([1]);
const K = Array.from({ length: STEPS + 1 }, (_, k) => k);
const CRITICAL = critical_momentum(LEARNING_RATE);
const BEST = Array.from(run_with(CRITICAL).positions.subarray(0, STEPS + 1));

function run_with(momentum) {
  return descend({ learning_rate: LEARNING_RATE, momentum }, WELL.gradient, [1], MOST);
}

/**
 * The twin of Python's `drawn`.
 * @param {{momentum: number}} values
 */
export function drawn({ momentum }) {
  const run = run_with(momentum);
  const { positions } = run;
  const lowest = positions.indexOf(Math.min(...positions));
  const swung = positions[lowest] < -SEEN && lowest <= STEPS;
  const steps = steps_to_stay_within(run, NEAR);
  const word = regime(LEARNING_RATE, momentum);
  const said = {
    critical: format(CRITICAL),
    near: format(NEAR),
    past: format(positions[lowest]),
    steps,
    most: MOST,
    when: "",
  };
  said.when = fill(SAYS[steps < 0 ? "not" : "from"], said);
  const layers = [
    [
      [0, STEPS],
      [0, 0],
    ],
    [K, BEST],
    [K, Array.from(positions.subarray(0, STEPS + 1))],
    [fill(SAYS.right, said), STEPS, 0.85],
    swung ? [[lowest], [positions[lowest]]] : [[], []],
  ];
  let key = word === "critically damped" ? "critical" : "over";
  if (momentum === 0) key = "zero";
  else if (momentum === 1) key = "one";
  else if (word === "underdamped") key = positions[lowest] < -SEEN ? "under" : "unseen";
  return { layers, words: fill(SAYS[key], said) };
}

/** anywidget's render. */
export const render = small_figure(told.damping, drawn);
