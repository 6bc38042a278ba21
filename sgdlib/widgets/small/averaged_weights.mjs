// The mean loss of SGD in a noisy bowl, of the average of its weights, and of SGD with a lower learning rate.

import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.averaged_weights;
const { CURVATURES, STARTS, UPDATES, EVERY, HALVINGS, NAMED } = KNOWN;
const K = Array.from({ length: UPDATES / EVERY + 1 }, (_, i) => EVERY * i);

/**
 * The twin of Python's `drawn`.
 * @param {{learning_rate: number, ema_momentum: number}} values
 */
export function drawn({ learning_rate: eta, ema_momentum: m }) {
  const floor = floor_of(eta, m);
  const lower = rate_with(floor, eta);
  const [run, average] = losses(eta, m);
  const [slow] = losses(lower, m);
  const [of_run, of_average, of_slow] = NAMED;
  const said = {
    eta: format(eta),
    lower: format(lower),
    times: format(floor_of(eta, 0) / floor),
    soon: after(average, floor),
    late: after(slow, floor),
  };
  const layers = [
    [K, K.map((k) => slow[k])],
    [K, K.map((k) => run[k])],
    [K, K.map((k) => average[k])],
    [fill(SAYS.run, said), of_run, run[of_run]],
    [SAYS.average, of_average, average[of_average]],
    [fill(SAYS.lower, said), of_slow, slow[of_slow]],
  ];
  return { layers, words: fill(SAYS.words, said) };
}

/** After how many updates a loss is within twice its floor. */
function after(loss, floor) {
  const count = loss.findIndex((/** @type {number} */ each) => each <= 2 * floor);
  return count < 0 ? fill(SAYS.never, { count: UPDATES }) : fill(SAYS.after, { count });
}

/** The mean loss of the weights and of their average, at the start and after each update. */
function losses(eta, m) {
  const run = new Float64Array(UPDATES + 1);
  const average = new Float64Array(UPDATES + 1);
  CURVATURES.forEach((curvature, i) => {
    const keep = 1 - eta * curvature;
    const kick = eta * eta * curvature;
    let ww = STARTS[i] * STARTS[i];
    let [wa, aa] = [ww, ww];
    for (let k = 0; k <= UPDATES; k++) {
      run[k] += 0.5 * curvature * ww;
      average[k] += 0.5 * curvature * aa;
      const share = k ? m : 0; // the first average is the first weight, as in Keras
      ww = keep * keep * ww + kick;
      aa = share * share * aa + 2 * share * (1 - share) * keep * wa + (1 - share) ** 2 * ww;
      wa = share * keep * wa + (1 - share) * ww;
    }
  });
  return [run, average];
}

/** Where the loss of the average settles; with m = 0 that of the weights. */
function floor_of(eta, m) {
  let floor = 0;
  for (const curvature of CURVATURES) {
    const keep = 1 - eta * curvature;
    const smoothed = (((1 - m) / (1 + m)) * (1 + m * keep)) / (1 - m * keep);
    floor += ((0.5 * curvature * eta) / (2 - eta * curvature)) * smoothed;
  }
  return floor;
}

/** The learning rate that has this floor, without an average. */
function rate_with(floor, most) {
  let [low, high] = [0, most];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = 0.5 * (low + high);
    if (floor_of(middle, 0) < floor) low = middle;
    else high = middle;
  }
  return high;
}

/** anywidget's render. */
export const render = small_figure(told.averaged_weights, drawn);
