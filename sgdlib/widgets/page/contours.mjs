// The lines of equal value of a surface.

import { round } from "./dom.mjs";

/** @import { Chart } from "./chart.mjs" */

/**
 * The lines of equal value, by marching squares on a grid over the chart's range.
 * @param {Chart} view
 * @param {(position: number[]) => number} value the surface
 * @param {number[]} levels the values to trace
 * @param {number} [cells] of the grid, along each axis
 * @returns {string[]} the data of one SVG path for each level
 */
export function contour_paths(view, value, levels, cells = 56) {
  const { x, y } = view.scale;
  const columns = cells + 1;
  const grid = new Float64Array(columns * columns);
  const at = [0, 0];
  for (let j = 0; j <= cells; j++) {
    at[1] = y.low + ((y.high - y.low) * j) / cells;
    for (let i = 0; i <= cells; i++) {
      at[0] = x.low + ((x.high - x.low) * i) / cells;
      grid[j * columns + i] = value(at);
    }
  }
  return levels.map((level) => level_path(view.box, grid, cells, level));
}

/** The path of one level, cell by cell. */
function level_path({ left, right, top, bottom }, grid, cells, level) {
  const columns = cells + 1;
  const [dx, dy] = [(right - left) / cells, (top - bottom) / cells];
  let d = "";
  for (let j = 0; j < cells; j++) {
    for (let i = 0; i < cells; i++) {
      const a = grid[j * columns + i] - level;
      const b = grid[j * columns + i + 1] - level;
      const c = grid[(j + 1) * columns + i + 1] - level;
      const e = grid[(j + 1) * columns + i] - level;
      // the crossings on the four sides, in order round the cell
      const ends = [];
      if (a < 0 !== b < 0) ends.push(i + a / (a - b), j);
      if (b < 0 !== c < 0) ends.push(i + 1, j + b / (b - c));
      if (c < 0 !== e < 0) ends.push(i + 1 - c / (c - e), j + 1);
      if (e < 0 !== a < 0) ends.push(i, j + 1 - e / (e - a));
      for (let k = 0; k + 3 < ends.length; k += 4) {
        d +=
          `M${round(left + ends[k] * dx)} ${round(bottom + ends[k + 1] * dy)}` +
          `L${round(left + ends[k + 2] * dx)} ${round(bottom + ends[k + 3] * dy)}`;
      }
    }
  }
  return d;
}
