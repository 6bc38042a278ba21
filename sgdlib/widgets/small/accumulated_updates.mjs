// Which batches make an update under gradient accumulation, and at which rate of a cosine.

import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill } from "../page/words.mjs";

const { SAYS, KNOWN } = told.accumulated_updates;
const { EPOCHS } = KNOWN;

/**
 * The twin of Python's `drawn`.
 * @param {{accumulation: number, batches: number}} values
 */
export function drawn({ accumulation: n, batches }) {
  const total = EPOCHS * batches;
  const k = Array.from({ length: total }, (_, i) => i + 1);
  const at = k.filter((batch) => batch % n === 0);
  const [right, wrong] = [total, at.length].map((steps) => k.map((batch) => cosine(batch - 1, steps)));
  const middle = Math.floor(total / 2);
  const ends = Array.from({ length: EPOCHS }, (_, e) => batches * (e + 1));
  const layers = [
    ...ends.map((end) => [
      [end, end],
      [-0.05, 1.15],
    ]),
    [k, wrong],
    [k, right],
    [at, at.map((batch) => wrong[batch - 1])],
    [at, at.map((batch) => right[batch - 1])],
    [SAYS.epoch, total, 1.15],
    [SAYS.right, middle, right[middle - 1]],
    [n > 1 ? SAYS.wrong : "", middle, wrong[middle - 1]],
  ];
  if (n === 1) return { layers, words: fill(SAYS.one, { batches: total }) };
  const left = batches % n;
  const rest = fill(left === 0 ? SAYS.none : left === 1 ? SAYS.waits : SAYS.wait, { count: left });
  const dead = at.filter((batch) => batch - 1 >= at.length).length;
  const updates = at.length;
  const made = fill(updates === 1 ? SAYS["one update"] : SAYS.updates, { updates });
  return { layers, words: fill(SAYS.acts, { batches: total, made, updates, dead, rest }) };
}

/** Keras' CosineDecay from 1 to 0. */
const cosine = (step, decay_steps) => 0.5 * (1 + Math.cos(Math.PI * Math.min(step / decay_steps, 1)));

/** anywidget's render. */
export const render = small_figure(told.accumulated_updates, drawn);
