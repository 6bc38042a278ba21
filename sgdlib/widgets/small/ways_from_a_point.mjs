// The gradient of a valley at a point, a way from there, and the change of height along it.

import { valley } from "../maths/surfaces.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.ways_from_a_point;
const { CONDITION_NUMBER, LEVELS, CORNERS, ARROW } = KNOWN;
const TURN = Array.from({ length: CORNERS + 1 }, (_, i) => (2 * Math.PI * i) / CORNERS);
const SURFACE = valley(CONDITION_NUMBER);
const CURVATURES = [4 / CONDITION_NUMBER, 4];

/**
 * The twin of Python's `drawn`.
 * @param {{direction: number, x: number, y: number}} values
 */
export function drawn({ direction, x, y }) {
  /** @type {any[]} */
  const layers = LEVELS.map((level) => {
    const [a, b] = CURVATURES.map((curvature) => Math.sqrt((2 * level) / curvature));
    return [TURN.map((t) => a * Math.cos(t)), TURN.map((t) => b * Math.sin(t))];
  });
  const g = SURFACE.gradient([x, y]);
  const angle = (direction * Math.PI) / 180;
  const way = [Math.cos(angle), Math.sin(angle)];
  const tip = [x + ARROW * g[0], y + ARROW * g[1]];
  const there = [x + way[0], y + way[1]];
  layers.push([x, y, ...tip], [x, y, ...there], [SAYS.g, ...tip], [SAYS.u, ...there], [x, y]);
  const size = Math.hypot(g[0], g[1]);
  if (size <= 1e-9) return { layers, words: SAYS.there };
  const change = g[0] * way[0] + g[1] * way[1];
  const which = way_of(change / size);
  const said = {
    x: format(g[0]),
    y: format(g[1]),
    change: format(which === "level" ? 0 : change),
    which: SAYS[which],
  };
  return { layers, words: fill(SAYS.words, said) };
}

function way_of(share) {
  if (Math.abs(share) < 0.01) return "level";
  return (Math.abs(share) > 0.9998 ? "steepest " : "") + (share > 0 ? "up" : "down");
}

/** anywidget's render. */
export const render = small_figure(told.ways_from_a_point, drawn);
