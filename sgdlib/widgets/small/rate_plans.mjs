// Plans for the learning rate over a run, and the mean loss that comes of them in a noisy well.

import { noise_floor, noisy_losses } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.rate_plans;
const { STEPS, START, WARM, FIRST } = KNOWN;
const UPDATES = Array.from({ length: STEPS }, (_, k) => k);

/** The learning rate of update k of each schedule, for a peak of 1. */
const PLANS = {
  constant: () => 1,
  step: (k) => (k <= STEPS / 2 ? 1 : 1 / 10),
  cosine: (k) => (1 + Math.cos((Math.PI * k) / STEPS)) / 2,
  "warm-up": (k) =>
    k < WARM ? FIRST + ((1 - FIRST) * k) / WARM : (1 + Math.cos((Math.PI * (k - WARM)) / (STEPS - WARM))) / 2,
  "1/t": (k) => 1 / (1 + k / WARM),
};

/**
 * The twin of Python's `drawn`.
 * @param {{schedule: string, peak: number}} values
 */
export function drawn({ schedule, peak }) {
  const rates = UPDATES.map((k) => peak * PLANS[schedule](k));
  const loss = noisy_losses(rates, 0, START);
  const kept = noisy_losses(
    UPDATES.map(() => peak),
    0,
    START,
  )[STEPS];
  const floor = noise_floor(peak, 1);
  const end = loss[STEPS];
  const said = {
    steps: STEPS,
    peak: format(peak),
    floor: format(floor),
    end: format(end),
    kept: format(kept),
    times: format(kept / end),
  };
  const layers = [
    [
      [0, STEPS],
      [floor, floor],
    ],
    [UPDATES, rates],
    [[...UPDATES, STEPS], loss],
    ...["rate", "loss", "floor"].map((name) => [SAYS[name], STEPS, 100]),
  ];
  return { layers, words: fill(SAYS[case_of(schedule, end, kept, floor)], said) };
}

function case_of(schedule, end, kept, floor) {
  if (schedule === "constant") return end < 1.05 * floor ? "there" : "on its way";
  return end < kept ? "better" : "worse";
}

/** anywidget's render. */
export const render = small_figure(told.rate_plans, drawn);
