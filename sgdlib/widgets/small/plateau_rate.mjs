// Keras' ReduceLROnPlateau on a loss that falls fast, then slowly, then no more.

import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.plateau_rate;
const { EPOCHS, UPDATES, RATE, FACTOR, CURVATURES, START, STILL } = KNOWN;
const COUNT = Array.from({ length: EPOCHS }, (_, k) => k + 1);

/**
 * The twin of Python's `drawn`.
 * @param {{patience: number, min_delta: number}} values
 */
export function drawn({ patience, min_delta }) {
  const { rates, losses, fires } = trained(watch(patience, min_delta));
  const kept = trained(() => false).losses;
  const [first] = fires;
  const said = { first, end: format(losses[EPOCHS - 1]), kept: format(kept[EPOCHS - 1]) };
  const best = losses.map((_, i) => Math.min(...losses.slice(0, i + 1)) - min_delta);
  const layers = [
    [COUNT.slice(1), best.slice(0, -1).map((gain) => (gain > 0 ? gain : Number.NaN))],
    [COUNT, kept],
    [COUNT.flatMap((k) => [k - 1, k]), rates.flatMap((rate) => [rate, rate])],
    [COUNT, losses],
    [fires, fires.map((k) => losses[k - 1])],
    ...["rate", "loss", "kept", "gain"].map((name) => [SAYS[name], EPOCHS, 10]),
  ];
  return { layers, words: fill(SAYS[case_of(first, losses)], said) };
}

function case_of(first, losses) {
  if (first === undefined) return "never";
  return losses[first - 2] - losses[first - 1] > STILL * losses[first - 1] ? "early" : "words";
}

/** A function of the next loss that says whether the rate is lowered; the twin of Python's `_watch`. */
function watch(patience, min_delta) {
  let [best, waited] = [Number.POSITIVE_INFINITY, 0];
  return (loss) => {
    if (loss < best - min_delta) {
      [best, waited] = [loss, 0];
      return false;
    }
    waited += 1;
    if (waited < patience) return false;
    waited = 0;
    return true;
  };
}

function trained(has_fired) {
  const [mean, variance] = [[...START], [0, 0]];
  const [rates, losses, fires] = [[], [], []];
  let rate = RATE;
  for (const epoch of COUNT) {
    rates.push(rate);
    for (let update = 0; update < UPDATES; update += 1) {
      for (const [i, curvature] of CURVATURES.entries()) {
        const shrink = 1 - rate * curvature;
        mean[i] *= shrink;
        variance[i] = variance[i] * shrink * shrink + rate * rate;
      }
    }
    const loss = CURVATURES.reduce((sum, curvature, i) => sum + curvature * (mean[i] * mean[i] + variance[i]), 0);
    losses.push(0.5 * loss);
    if (has_fired(0.5 * loss)) {
      fires.push(epoch);
      rate *= FACTOR;
    }
  }
  return { rates, losses, fires };
}

/** anywidget's render. */
export const render = small_figure(told.plateau_rate, drawn);
