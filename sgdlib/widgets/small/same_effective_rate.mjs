// Two runs with one effective learning rate: the mean loss with momentum and without, on a noisy bowl.

import { descend } from "../maths/descent.mjs";
import { quadratic } from "../maths/surfaces.mjs";
import { stability_limit } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.same_effective_rate;
const { CURVATURES, VARIANCE, STEPS, ALIKE } = KNOWN;
const D = CURVATURES.length;
const K = Array.from({ length: STEPS + 1 }, (_, k) => k);

/**
 * The twin of Python's `drawn`.
 * @param {{momentum: number, effective: number}} values
 */
export function drawn({ momentum, effective }) {
  const eta = effective * (1 - momentum);
  const plain = mean_loss({ learning_rate: effective, momentum: 0, nesterov: false });
  const heavy = mean_loss({ learning_rate: eta, momentum, nesterov: false });
  const times = heavy[STEPS] / plain[STEPS];
  const said = {
    mu: format(momentum),
    eta: format(eta),
    plain: format(effective),
    steps: STEPS,
    apart: format(100 * Math.abs(times - 1), 2),
    times: format(times),
  };
  const layers = [[K, plain], [K, heavy], ...["plain", "heavy"].map((each) => [fill(SAYS[each], said), 0, 10])];
  return { layers, words: fill(SAYS[case_of(momentum, effective, eta, times)], said) };
}

function case_of(momentum, effective, eta, times) {
  const steep = Math.max(...CURVATURES);
  if (momentum === 0) return "none";
  if (effective * steep >= stability_limit()) return eta * steep >= stability_limit(momentum) ? "both" : "plain lost";
  return Math.abs(times - 1) <= ALIKE ? "alike" : "apart";
}

/** The rule is linear here: its mean runs without noise, and the kicks of the noise fade each on their own. */
function mean_loss(setting) {
  const bowl = quadratic(CURVATURES);
  const mean = descend(setting, bowl.gradient, new Array(D).fill(1), STEPS).positions;
  const kick = (_, out = new Float64Array(D)) => out.fill(1);
  const gradients = K.map((k) => (k ? bowl.gradient : kick));
  const left = descend(setting, null, new Array(D).fill(0), STEPS, { gradients }).positions;
  const kicks = new Float64Array(D);
  return K.map((k) => {
    let sum = 0;
    for (let i = 0; i < D; i++) {
      kicks[i] += left[k * D + i] ** 2;
      sum += CURVATURES[i] * (mean[k * D + i] ** 2 + VARIANCE * kicks[i]);
    }
    return 0.5 * sum;
  });
}

/** anywidget's render. */
export const render = small_figure(told.same_effective_rate, drawn);
