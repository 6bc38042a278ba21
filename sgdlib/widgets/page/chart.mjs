// Charts in plain SVG: a title, a legend, axes, and layers to draw into.
// Axes are redrawn only when a range changes, a line is one path with one `d`, and a text is moved by its `transform`,
// which does not set its letters anew: so a frame stays cheap.

import { draw_axes } from "./axes.mjs";
import { element, fresh_id, put, shape } from "./dom.mjs";
import { handle } from "./handle.mjs";
import { MARKERS, arrow, label, line, markers } from "./marks.mjs";
import { on_a_phone } from "./phone.mjs";
import { told } from "./told.mjs";

/** @import { Axes, Axis, Box } from "./axes.mjs" */
/** @import { Grip, Handle } from "./handle.mjs" */

/**
 * The look of each method: its name in a style sheet, a colour, a dash and a marker.
 * @type {Record<string, {name: string, color: string, dash: string, marker: string}>}
 */
export const LOOKS = told.page.LOOKS;

/** @type {string} the colour of what stands back */
export const MUTED = told.page.MUTED;

/**
 * @typedef {Record<string, string | number>} Attributes
 *
 * A chart: its axes, its layers, and what draws into them (into `plot` unless another layer is given).
 * @typedef {Axes & {
 *   svg: SVGSVGElement,
 *   plot: SVGGElement,
 *   front: SVGGElement,
 *   box: Box,
 *   line: (attributes?: Attributes, layer?: SVGElement) => ReturnType<typeof line>,
 *   markers: (kind: string, attributes?: Attributes, layer?: SVGElement) => ReturnType<typeof markers>,
 *   label: (attributes?: Attributes, layer?: SVGElement) => ReturnType<typeof label>,
 *   arrow: (attributes?: Attributes, layer?: SVGElement) => ReturnType<typeof arrow>,
 *   handle: (grip: Grip) => Handle,
 *   describe: (words: string) => void,
 * }} Chart
 */

/**
 * A chart with labelled axes; `legend` names methods for a row under the title. On a phone it is flatter, to share the
 * screen with its controls.
 * @param {Element} parent
 * @param {object} parts
 * @param {string} [parts.title]
 * @param {Axis} parts.x
 * @param {Axis} parts.y
 * @param {string[]} [parts.legend]
 * @param {number} [parts.width] of the picture, in its own units, as all that follow
 * @param {number} [parts.height]
 * @param {number} [parts.left] room for the names of the rows
 * @param {number} [parts.right]
 * @param {{half?: boolean, height?: number}} [parts.phone] on a phone: whether two stand side by side, how high it is
 * @returns {Chart}
 */
export function chart(parent, { title, x, y, legend = [], ...wanted }) {
  const { width, height, box, ticks, half, title_y, legend_y } = layout(title, legend, wanted);
  const svg = panel(parent, title ?? "chart", width, height);
  if (half) svg.parentElement.classList.add("sgd-half");
  const clip = clip_to(svg, box);
  const title_at = half ? { x: width / 2, "text-anchor": "middle" } : { x: box.left };
  if (title) shape(svg, "text", { ...title_at, y: title_y, class: "sgd-title", "aria-hidden": "true" }, title);
  draw_legend(svg, legend, legend_y);
  const axes = draw_axes(svg, box, height, x, y, ticks);
  const plot = shape(svg, "g", { "clip-path": `url(#${clip})`, "aria-hidden": "true" });
  const front = shape(svg, "g");
  return {
    ...axes,
    svg,
    plot,
    front,
    box,
    line: (attributes = {}, layer = plot) => line(axes, layer, attributes),
    markers: (kind, attributes = {}, layer = plot) => markers(axes, layer, kind, attributes),
    label: (attributes = {}, layer = plot) => label(axes, layer, attributes),
    arrow: (attributes = {}, layer = plot) => arrow(axes, layer, attributes),
    handle: (grip) => handle(axes, svg, front, grip),
    describe: (words) => put(svg, "aria-label", words),
  };
}

/**
 * How large a chart is, where its plot is in it, and about how many ticks its axes have.
 * @param {string | undefined} title
 * @param {string[]} legend
 * @param {{width?: number, height?: number, left?: number, right?: number, phone?: {half?: boolean, height?: number}}}
 *   wanted
 */
function layout(title, legend, { width = 360, height = 290, left = 52, right = 10, phone = {} }) {
  if (!on_a_phone()) {
    const top = (title ? 26 : 10) + (legend.length ? 22 : 0);
    const box = { left, top, right: width - right, bottom: height - 42 };
    return { width, height, box, ticks: { x: 5, y: 5 }, half: false, title_y: 15, legend_y: top - 12 };
  }
  const { half = false, height: high = half ? 145 : 165 } = phone;
  const wide = half ? 166 : 340;
  const top = 4 + (title ? 16 : 0) + (legend.length ? 18 : 0);
  const box = { left: 44, top, right: wide - (half ? 12 : 15), bottom: high - 29 };
  const ticks = { x: half ? 3 : 5, y: 3 };
  return { width: wide, height: high, box, ticks, half, title_y: 13, legend_y: top - 5 };
}

/** The picture itself. */
function panel(parent, name, width, height) {
  // A change in an SVG lays out that SVG alone if it stands in a block of its own, but the whole page if it is a flex
  // item.
  const pane = parent.appendChild(element("div", { class: "sgd-pane", translate: "no" }));
  const viewBox = `0 0 ${width} ${height}`;
  return shape(pane, "svg", { class: "sgd-panel", viewBox, role: "group", "aria-label": name });
}

/** Define the box as a clip path and return its name. */
function clip_to(svg, { left, top, right, bottom }) {
  const id = fresh_id("clip");
  const clip_path = shape(shape(svg, "defs"), "clipPath", { id });
  shape(clip_path, "rect", { x: left, y: top, width: right - left, height: bottom - top });
  return id;
}

/** A row with the line, the marker and the name of each method, just above the plot, its words on a line at `y`. */
function draw_legend(svg, methods, y) {
  let at = 8;
  for (const method of methods) {
    const { color, dash, marker } = LOOKS[method];
    const style = `stroke:${color};stroke-dasharray:${dash}`;
    shape(svg, "path", { class: "sgd-line", d: `M${at} ${y - 4}h26`, style });
    shape(svg, "path", { d: `M${at + 13} ${y - 4}${MARKERS[marker]}`, style: `fill:${color}` });
    shape(svg, "text", { x: at + 31, y, class: "sgd-label", "aria-hidden": "true" }, method);
    at += 40 + 6 * method.length + 5 * (method.split("m").length - 1); // an m is wide
  }
}
