// One cycle of the learning rate up and down, and of the momentum down and up.

import { effective_learning_rate } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.one_cycle;
const { STEPS, PEAK, FIRST, HIGHEST } = KNOWN;
const K = Array.from({ length: STEPS + 1 }, (_, k) => k);

/**
 * The twin of Python's `drawn`.
 * @param {{lowest: number, rise: number}} values
 */
export function drawn({ lowest, rise }) {
  const top = rise * STEPS;
  const down = (k) => (STEPS - k) / (STEPS - top);
  const rates = K.map((k) => PEAK * (k < top ? FIRST + ((1 - FIRST) * k) / top : down(k)));
  const momenta = K.map((k) => HIGHEST - (HIGHEST - lowest) * (k < top ? k / top : down(k)));
  const effective = K.map((k) => effective_learning_rate(rates[k], momenta[k]));
  const said = {
    top: format(top),
    rate: format(1 / FIRST),
    effective: format(effective_learning_rate(PEAK, lowest) / effective[0]),
  };
  const layers = [
    [K, momenta],
    [K, rates],
    [K, effective],
    ...["rate", "momentum", "effective"].map((name) => [SAYS[name], STEPS, 100]),
  ];
  return { layers, words: fill(SAYS.words, said) };
}

/** anywidget's render. */
export const render = small_figure(told.one_cycle, drawn);
