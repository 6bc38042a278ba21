// Where a network of two weights comes to rest: the curvature along a run of gradient descent, and its limit.

import { descend } from "../maths/descent.mjs";
import { sharpest, stability_limit } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.two_weights;
const { STEPS, START, NEAR } = KNOWN;
const K = Array.from({ length: STEPS + 1 }, (_, k) => k);

function gradient(position, out) {
  const [u, v] = position;
  const wrong = u * v - 1;
  out[0] = wrong * v;
  out[1] = wrong * u;
  return out;
}

/** The largest curvature at (u, v). */
function curvature(u, v) {
  const mixed = 2 * u * v - 1;
  const product = (vector, out) => {
    const [x, y] = vector;
    out[0] = v * v * x + mixed * y;
    out[1] = mixed * x + u * u * y;
    return out;
  };
  return sharpest(product, NEAR, 1e-12, 2).curvature;
}

/**
 * The twin of Python's `drawn`.
 * @param {{learning_rate: number}} values
 */
export function drawn({ learning_rate }) {
  const limit = stability_limit() / learning_rate;
  const { positions, diverged_at } = descend({ learning_rate }, gradient, START, STEPS);
  const lost = diverged_at >= 0;
  const shown = K.map((k) => (lost && k >= diverged_at ? NaN : curvature(positions[2 * k], positions[2 * k + 1])));
  const layers = [
    [
      [0, STEPS],
      [limit, limit],
    ],
    [SAYS.limit, STEPS, limit],
    [K, shown],
    [[STEPS], [shown[STEPS]]],
  ];
  const [first, end, most] = [shown[0], shown[STEPS], Math.max(...shown)];
  const said = { limit: format(limit), first: format(first), end: format(end) };
  if (lost) return { layers, words: fill(SAYS.lost, said) };
  if (most <= limit) return { layers, words: fill(SAYS.below, said) };
  const begins = first > limit ? SAYS.begins : SAYS.climbs;
  said.first = format(first > limit ? first : most);
  return { layers, words: fill(SAYS.above, { ...said, begins }) };
}

/** anywidget's render. */
export const render = small_figure(told.two_weights, drawn);
