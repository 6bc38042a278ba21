// The gradient in a valley that is turned: lines of equal loss, the axes, and the way downhill from a point.

import { quadratic } from "../maths/surfaces.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.turned_valley;
const { CURVATURES, LEVELS, CORNERS, ARROW } = KNOWN;
const TURN = Array.from({ length: CORNERS + 1 }, (_, i) => (2 * Math.PI * i) / CORNERS);

/**
 * The twin of Python's `drawn`.
 * @param {{angle: number, x: number, y: number}} values
 */
export function drawn({ angle: degrees, x, y }) {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [gentle, steep] = CURVATURES;
  const layers = LEVELS.map((level) => {
    const [a, b] = [Math.sqrt((2 * level) / gentle), Math.sqrt((2 * level) / steep)];
    return [
      TURN.map((t) => cos * a * Math.cos(t) - sin * b * Math.sin(t)),
      TURN.map((t) => sin * a * Math.cos(t) + cos * b * Math.sin(t)),
    ];
  });
  for (const [i, j] of [
    [cos, sin],
    [-sin, cos],
  ])
    layers.push([
      [-4 * i, 4 * i],
      [-4 * j, 4 * j],
    ]);
  layers.push([
    [x, 0],
    [y, 0],
  ]);
  const gradient = quadratic(CURVATURES, angle).gradient([x, y]);
  const [size, away] = [Math.hypot(gradient[0], gradient[1]), Math.hypot(x, y)];
  const there = size <= 1e-9;
  const reach = there ? 0 : -ARROW / size;
  layers.push([x, y, x + reach * gradient[0], y + reach * gradient[1]], [x, y]);
  if (there) return { layers, words: SAYS.there };
  const share = (gradient[0] * x + gradient[1] * y) / (size * away);
  const off = (Math.acos(Math.min(1, share)) * 180) / Math.PI;
  if (off < 0.5) return { layers, words: SAYS.axis };
  return { layers, words: fill(SAYS.off, { off: format(off, 2), times: format(steep / gentle) }) };
}

/** anywidget's render. */
export const render = small_figure(told.turned_valley, drawn);
