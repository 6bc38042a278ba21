// What stands in a chart: lines, markers, texts and arrows, at places in the chart's own values. Each is made once and
// set anew for a frame; a line is one path with one `d`, written only if it changed.

import { place_text, put, round, shape, write } from "./dom.mjs";

/** @import { Axes } from "./axes.mjs" */

/** Marker outlines around the origin, about 7 units wide. */
export const MARKERS = {
  o: "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
  s: "m-2.7-2.7h5.4v5.4h-5.4z",
  D: "m0-3.8l3.8 3.8l-3.8 3.8l-3.8-3.8z",
  "^": "m0-3.9l3.7 6.4h-7.4z",
  P: "m-1.2-3.6h2.4v2.4h2.4v2.4h-2.4v2.4h-2.4v-2.4h-2.4v-2.4h2.4z",
};

/** A path that is told its `d` for every frame, and changes only if that does. */
function path_in(layer, attributes) {
  const path = shape(layer, "path", attributes);
  let before = "";
  return {
    path,
    draw(d) {
      if (d !== before) path.setAttribute("d", d);
      before = d;
    },
  };
}

/**
 * A line through points; it breaks where a value is not finite, or has no place on a logarithmic axis.
 * @param {Axes} axes
 * @param {SVGElement} layer
 * @param {Record<string, string | number>} attributes
 * @returns {{path: SVGPathElement, set(count: number, x_at: (i: number) => number, y_at: (i: number) => number): void}}
 *   `set` draws through the points that the two functions give
 */
export function line({ scale, px, py }, layer, attributes) {
  const { path, draw } = path_in(layer, { class: "sgd-line", ...attributes });
  return {
    path,
    set(count, x_at, y_at) {
      let d = "";
      let pen = "M";
      for (let i = 0; i < count; i++) {
        const value = y_at(i);
        if (!Number.isFinite(value) || (scale.y.log && value <= 0)) {
          pen = "M";
          continue;
        }
        d += `${pen}${round(px(x_at(i)))} ${round(py(value))}`;
        pen = "L";
      }
      draw(d);
    },
  };
}

/**
 * Markers at points, all in one path.
 * @param {Axes} axes
 * @param {SVGElement} layer
 * @param {string} kind one of MARKERS
 * @param {Record<string, string | number>} attributes
 * @returns {{path: SVGPathElement, set(count: number, x_at: (i: number) => number, y_at: (i: number) => number): void}}
 */
export function markers({ px, py }, layer, kind, attributes) {
  const { path, draw } = path_in(layer, { class: "sgd-marker", ...attributes });
  return {
    path,
    set(count, x_at, y_at) {
      let d = "";
      for (let i = 0; i < count; i++) {
        const value = y_at(i);
        if (Number.isFinite(value)) d += `M${round(px(x_at(i)))} ${round(py(value))}${MARKERS[kind]}`;
      }
      draw(d);
    },
  };
}

/**
 * A text at a place, moved from there by (dx, dy) picture units.
 * @param {Axes} axes
 * @param {SVGElement} layer
 * @param {Record<string, string | number>} attributes
 * @returns {{text: SVGTextElement, set(words: string, x: number, y: number, dx?: number, dy?: number): void}}
 */
export function label({ px, py }, layer, attributes) {
  const text = shape(layer, "text", attributes);
  return {
    text,
    set(words, x_value, y_value, dx = 0, dy = 0) {
      write(text, words);
      place_text(text, px(x_value) + dx, py(y_value) + dy);
    },
  };
}

/**
 * An arrow from one point to another; it keeps a readable head.
 * @param {Axes} axes
 * @param {SVGElement} layer
 * @param {Record<string, string | number>} attributes
 * @returns {{path: SVGPathElement, set(x0: number, y0: number, x1: number, y1: number): void}}
 */
export function arrow({ px, py }, layer, attributes) {
  const path = shape(layer, "path", { class: "sgd-arrow", ...attributes });
  return {
    path,
    set(x0, y0, x1, y1) {
      const [ax, ay, bx, by] = [px(x0), py(y0), px(x1), py(y1)];
      const length = Math.hypot(bx - ax, by - ay);
      if (length < 0.5) return put(path, "d", "");
      const head = Math.min(9, length);
      const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
      const [cx, cy] = [bx - head * ux, by - head * uy];
      const wing = head * 0.45;
      put(
        path,
        "d",
        `M${round(ax)} ${round(ay)}L${round(bx)} ${round(by)}M${round(cx - wing * uy)} ${round(cy + wing * ux)}` +
          `L${round(bx)} ${round(by)}L${round(cx + wing * uy)} ${round(cy - wing * ux)}`,
      );
    },
  };
}
