// The axes of a chart: from values to places in the picture and back, ticks, names and the grid.

import { place_text, put, round, shape, write } from "./dom.mjs";
import { format } from "./words.mjs";

/**
 * An axis: its label, its range, whether it is logarithmic; with `names` it has cells around 0, 1, 2, … with these
 * names instead of a grid.
 * @typedef {{label: string, low: number, high: number, log?: boolean, names?: string[]}} Axis
 *
 * Where the picture has its plot.
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box
 *
 * @typedef {object} Axes
 * @property {{x: Axis, y: Axis}} scale the axes as they are now
 * @property {(value: number) => number} px from a value on the x axis to picture units
 * @property {(value: number) => number} py the same on the y axis
 * @property {(pixel: number) => number} inverse_x back from picture units
 * @property {(pixel: number) => number} inverse_y
 * @property {(x?: Partial<Axis> | null, y?: Partial<Axis> | null) => boolean} range
 *   change {low, high} of either axis; they are redrawn only if something changed, which it returns
 */

/**
 * Draw the axes of a plot, and the grid in it.
 * @param {SVGElement} svg
 * @param {Box} box
 * @param {number} height of the whole picture
 * @param {Axis} x
 * @param {Axis} y
 * @param {{x: number, y: number}} about how many ticks each axis has
 * @returns {Axes}
 */
export function draw_axes(svg, box, height, x, y, about) {
  const group = shape(svg, "g", { class: "sgd-axes", "aria-hidden": "true" });
  const grid = shape(group, "path", { class: "sgd-grid" });
  shape(group, "path", { class: "sgd-frame", d: `M${box.left} ${box.top}V${box.bottom}H${box.right}` });
  const middle = (box.top + box.bottom) / 2;
  const [ticks_below, title_below, beside] = height - box.bottom < 40 ? [11, 4, 11] : [15, 8, 12];
  const turned = { "text-anchor": "middle", transform: `rotate(-90 ${beside} ${middle})` };
  const titles = {
    x: shape(group, "text", { x: (box.left + box.right) / 2, y: height - title_below, "text-anchor": "middle" }),
    y: shape(group, "text", { x: beside, y: middle, ...turned }),
  };
  const texts = { x: [], y: [] };
  const scale = { x: { ...x }, y: { ...y } };
  let px = to_picture(scale.x, box.left, box.right);
  let py = to_picture(scale.y, box.bottom, box.top);

  function redraw() {
    px = to_picture(scale.x, box.left, box.right);
    py = to_picture(scale.y, box.bottom, box.top);
    write(titles.x, scale.x.label);
    write(titles.y, scale.y.label);
    const [columns, rows] = [ticks_of(scale.x, about.x), ticks_of(scale.y, about.y)];
    const below = columns.map((value) => ({
      name: tick_name(value, scale.x),
      at: [px(value), box.bottom + ticks_below],
    }));
    const on_the_left = rows.map((value) => ({ name: tick_name(value, scale.y), at: [box.left - 6, py(value) + 4] }));
    name_ticks(group, texts.x, "middle", below);
    name_ticks(group, texts.y, "end", on_the_left);
    const across = scale.y.names ? [] : rows.map((value) => `M${box.left} ${round(py(value))}H${box.right}`);
    const upright = scale.x.names ? [] : columns.map((value) => `M${round(px(value))} ${box.top}V${box.bottom}`);
    put(grid, "d", [...upright, ...across].join(""));
  }

  redraw();
  return {
    scale,
    px: (value) => px(value),
    py: (value) => py(value),
    inverse_x: (pixel) => from_share(scale.x, (pixel - box.left) / (box.right - box.left)),
    inverse_y: (pixel) => from_share(scale.y, (box.bottom - pixel) / (box.bottom - box.top)),
    range(new_x, new_y) {
      const changed = [take_over(scale.x, new_x), take_over(scale.y, new_y)].includes(true);
      if (changed) redraw();
      return changed;
    },
  };
}

/**
 * Give an axis what is wanted of it, and say whether that is something new.
 * @param {Axis} axis
 * @param {Partial<Axis> | null | undefined} wanted
 */
function take_over(axis, wanted) {
  const changed = Object.keys(wanted ?? {}).some((key) => axis[key] !== wanted[key]);
  Object.assign(axis, wanted);
  return changed;
}

/**
 * The function from an axis' values to picture units between `from` and `to`.
 * @param {Axis} axis
 * @param {number} from
 * @param {number} to
 */
function to_picture({ low, high, log }, from, to) {
  const at = log ? Math.log : (value) => value;
  const start = at(low);
  const factor = (to - from) / (at(high) - start);
  return (value) => {
    const pixel = from + (at(log && value <= 0 ? 1e-300 : value) - start) * factor;
    // far outside is as good as just outside, and keeps the numbers of the picture small
    return Math.min(9999, Math.max(-9999, pixel));
  };
}

/**
 * The value at a share of the way from the low end of an axis to the high one.
 * @param {Axis} axis
 * @param {number} share
 */
function from_share({ low, high, log }, share) {
  return log ? low * (high / low) ** share : low + (high - low) * share;
}

/**
 * @param {Axis} axis
 * @param {number} about
 */
function ticks_of({ low, high, log, names }, about) {
  if (names) return names.map((_, i) => i);
  return log ? log_ticks(low, high, about + 1) : linear_ticks(low, high, about);
}

/**
 * @param {number} value
 * @param {Axis} axis
 */
function tick_name(value, { log, names }) {
  return names?.[value] ?? (log ? power_of_ten(value) : format(value, 4));
}

/** Name the ticks of one axis at their places, with the texts that are there as far as they reach. */
function name_ticks(group, texts, anchor, ticks) {
  while (texts.length > ticks.length) texts.pop().remove();
  while (texts.length < ticks.length) texts.push(shape(group, "text", { "text-anchor": anchor }));
  for (const [i, { name, at }] of ticks.entries()) {
    write(texts[i], name);
    place_text(texts[i], at[0], at[1]);
  }
}

/** Round steps of 1, 2 or 5 times a power of ten that cut low..high into about `count` parts. */
function linear_ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough * 0.999);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++)
    ticks.push(+(i * step).toPrecision(12));
  return ticks;
}

/** Powers of ten inside low..high, thinned out to at most about `count`. */
function log_ticks(low, high, count) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / count));
  const ticks = [];
  for (let exponent = first; exponent <= last; exponent += every) ticks.push(10 ** exponent);
  return ticks;
}

function power_of_ten(value) {
  const exponent = Math.round(Math.log10(value));
  if (exponent >= -2 && exponent <= 3) return String(value);
  return `10${String(exponent).replace(/./g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit] ?? "⁻")}`;
}
