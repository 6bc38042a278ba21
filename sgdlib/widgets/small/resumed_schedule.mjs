// A run under a cosine that was stopped and goes on with a part of what it had: its mean loss in a noisy well.

import { noisy_losses } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.resumed_schedule;
const { STEPS, PEAK, MOMENTUM, START, AFTER } = KNOWN;
const UPDATES = Array.from({ length: STEPS }, (_, k) => k);
const PLANNED = UPDATES.map((k) => (PEAK * (1 + Math.cos((Math.PI * k) / STEPS))) / 2);

/**
 * The twin of Python's `drawn`.
 * @param {{kept: string, stop: number}} values
 */
export function drawn({ kept, stop }) {
  const [keeps_place, keeps_velocity] = ["place", "velocity"].map((each) => kept === each || kept === "everything");
  const rates = keeps_place ? PLANNED : UPDATES.map((k) => PLANNED[k < stop ? k : k - stop]);
  const loss = noisy_losses(rates, MOMENTUM, START, keeps_velocity ? null : stop);
  const on = noisy_losses(PLANNED, MOMENTUM, START);
  const said = {
    on: format(PLANNED[stop]),
    peak: format(PEAK),
    after: AFTER,
    times: format(loss[stop + AFTER] / on[stop + AFTER]),
  };
  const layers = [
    [
      [stop, stop],
      [1e-9, 1e9],
    ],
    [[...UPDATES, STEPS], on],
    [UPDATES, rates],
    [[...UPDATES, STEPS], loss],
    ...["rate", "loss", "on"].map((name) => [SAYS[name], STEPS, 100]),
  ];
  const words = SAYS[kept === "everything" || kept === "place" ? kept : "lost"];
  return { layers, words: fill(words, said) };
}

/** anywidget's render. */
export const render = small_figure(told.resumed_schedule, drawn);
