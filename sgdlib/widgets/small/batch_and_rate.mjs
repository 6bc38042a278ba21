// The loss of plain SGD after 20 epochs against the batch size: the learning rate kept, and scaled with the batch.

import { noise_variance, rate, stability_limit } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.batch_and_rate;
const { CURVATURES, STARTS, SAMPLES, EPOCHS, USUAL, POINTS } = KNOWN;
const SIZES = Array.from({ length: POINTS + 1 }, (_, i) => SAMPLES ** (i / POINTS));

/**
 * The twin of Python's `drawn`.
 * @param {{batch_size: number, learning_rate: number}} values
 */
export function drawn({ batch_size: batch, learning_rate: eta }) {
  const limit = (USUAL * stability_limit()) / Math.max(...CURVATURES) / eta;
  const [kept, along] = [loss(batch, eta), loss(batch, (eta * batch) / USUAL)];
  const said = {
    batch,
    usual: USUAL,
    eta: format(eta),
    scaled: format((eta * batch) / USUAL),
    kept: format(kept),
    along: format(along),
    usually: format(loss(USUAL, eta)),
  };
  const layers = [
    [SIZES, SIZES.map((size) => loss(size, eta))],
    [
      [limit, limit],
      [1e-3, 1],
    ],
    [SIZES, SIZES.map((size) => loss(size, (eta * size) / USUAL))],
    [[batch], [kept]],
    [[batch], [along]],
    [fill(SAYS.kept, said), 1, 1],
    [fill(SAYS.scaled, said), 1, 1],
    [limit < SAMPLES ? SAYS.limit : "", Math.min(limit, SAMPLES), 1e-3],
  ];
  const words = batch >= limit ? SAYS.ended : batch === USUAL ? SAYS.same : SAYS.holds;
  return { layers, words: fill(words, said) };
}

/** The mean loss after the epochs; NaN where the learning rate is past the limit. */
function loss(batch, eta) {
  const updates = (EPOCHS * SAMPLES) / batch;
  let sum = 0;
  CURVATURES.forEach((curvature, i) => {
    const left = rate(eta * curvature) ** (2 * updates);
    const variance = noise_variance(eta, curvature, 0, false, 1 / batch);
    const own = Number.isFinite(variance) ? variance : Number.NaN;
    sum += 0.5 * curvature * (STARTS[i] ** 2 * left + own * (1 - left));
  });
  return sum;
}

/** anywidget's render. */
export const render = small_figure(told.batch_and_rate, drawn);
