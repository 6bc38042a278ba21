// What Nesterov leaves of the velocity, by the curvature.

import { effective_momentum, regime, stability_limit } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.brake_or_kick;
const { END } = KNOWN;

/**
 * The twin of Python's `drawn`.
 * @param {{a: number, momentum: number}} values
 */
export function drawn({ a, momentum }) {
  const kept = effective_momentum(a, momentum);
  const limit = stability_limit(momentum, true);
  const word = regime(a, momentum, true);
  const layers = [
    [
      [0, END],
      [0, 0],
    ],
    [
      [0, END],
      [momentum, momentum],
    ],
    [
      [0, END],
      [momentum, effective_momentum(END, momentum)],
    ],
    [
      [limit, limit],
      [-1.1, 1.1],
    ],
    [SAYS.heavy, END, momentum],
    [limit < 1.6 ? SAYS.limit : "", limit, 0.35],
    [
      [a, a],
      [momentum, kept],
    ],
    [[a], [kept]],
  ];
  let key = a < 1 ? "brake" : "kick";
  if (momentum === 0 && a < END) key = "nothing";
  else if (a === 0) key = "flat";
  else if (word === "marginal" || word === "diverges") key = word === "marginal" ? "edge" : "lost";
  else if (a === 1) key = "stop";
  const said = { kept: format(kept), limit: format(limit), a: format(a), momentum: format(momentum) };
  return { layers, words: fill(SAYS[key], said) };
}

/** anywidget's render. */
export const render = small_figure(told.brake_or_kick, drawn);
