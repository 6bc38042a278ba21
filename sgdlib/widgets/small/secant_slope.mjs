// The curve w³, the line through two of its points, and the tangent at the first of them.

import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.secant_slope;
const { ENDS, POINTS } = KNOWN;
const CURVE = Array.from({ length: POINTS + 1 }, (_, i) => ENDS[0] + ((ENDS[1] - ENDS[0]) * i) / POINTS);

/**
 * The twin of Python's `drawn`.
 * @param {{w: number, h: number}} values
 */
export function drawn({ w, h }) {
  const height = f(w + h) - f(w);
  const [secant, tangent] = [height / h, 3 * w * w];
  const straight = (slope) => [ENDS, ENDS.map((end) => f(w) + slope * (end - w))];
  const layers = [
    [CURVE, CURVE.map(f)],
    straight(tangent),
    straight(secant),
    [[w + h], [f(w + h)]],
    [w, f(w)],
    ...["secant", "tangent"].map((name) => [SAYS[name], -2.5, 28]),
  ];
  const said = { height: format(height), h: format(h), secant: format(secant), tangent: format(tangent) };
  return { layers, words: fill(SAYS.words, said) };
}

function f(w) {
  return w * w * w;
}

/** anywidget's render. */
export const render = small_figure(told.secant_slope, drawn);
