// A point of a chart to drag by mouse, touch or arrow keys.

import { put, round, shape } from "./dom.mjs";
import { draggable, take_back } from "./drag.mjs";

/** @import { Axes } from "./axes.mjs" */

/** Where each arrow key moves a point, in steps. */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * What a handle is called, its colour, what is told where it should go, the step of an arrow key along each axis (ten
 * with Shift), and which way it is free to go: "xy" or "x".
 * @typedef {object} Grip
 * @property {string} name
 * @property {string} color
 * @property {(x: number, y: number) => void} moved
 * @property {number} step_x
 * @property {number} [step_y]
 * @property {"xy" | "x"} [axes]
 *
 * @typedef {{group: SVGGElement, set(x: number, y: number, words: string): void}} Handle
 *   `set` puts it at a place and tells a screen reader the words
 */

/**
 * A point to drag.
 * @param {Axes} axes
 * @param {SVGSVGElement} svg
 * @param {SVGElement} layer
 * @param {Grip} grip
 * @returns {Handle}
 */
export function handle(axes, svg, layer, { name, color, moved, step_x, step_y, axes: free = "xy" }) {
  const group = shape(layer, "g", { class: "sgd-handle", tabindex: "0", role: "slider", "aria-label": name });
  shape(group, "circle", { r: 26, class: "sgd-reach" });
  shape(group, "circle", { r: 6.5, class: "sgd-dot", style: `fill:${color}` });
  let [at_x, at_y] = [0, 0];
  let grab = [0, 0];
  draggable(group, {
    begin(event) {
      const [x_value, y_value] = values_at(axes, svg, event);
      grab = [at_x - x_value, at_y - y_value];
      group.focus({ preventScroll: true });
      event.preventDefault();
    },
    move(event) {
      const [x_value, y_value] = values_at(axes, svg, event);
      moved(x_value + grab[0], free === "x" ? at_y : y_value + grab[1]);
    },
    lost: () => take_back(group),
    sideways: free === "x",
  });
  group.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const times = event.shiftKey ? 10 : 1;
    const [right, up] = free === "x" ? [move[0] + move[1], 0] : move;
    const wanted = [at_x + right * step_x * times, up ? at_y + up * step_y * times : at_y];
    moved(wanted[0], wanted[1]);
    // a second key may come before the next frame draws the point: it goes on from here
    at_x = within(axes.scale.x, wanted[0]);
    at_y = within(axes.scale.y, wanted[1]);
  });
  return {
    group,
    set(x_value, y_value, words) {
      [at_x, at_y] = [x_value, y_value];
      put(group, "transform", `translate(${round(axes.px(x_value))} ${round(axes.py(y_value))})`);
      put(group, "aria-valuenow", +x_value.toPrecision(4));
      put(group, "aria-valuemin", axes.scale.x.low);
      put(group, "aria-valuemax", axes.scale.x.high);
      put(group, "aria-valuetext", words);
    },
  };
}

/** The nearest value of an axis. */
function within({ low, high }, value) {
  return Math.min(Math.max(low, high), Math.max(Math.min(low, high), value));
}

/** The values of the chart under a pointer. */
function values_at(axes, svg, event) {
  const to_picture = svg.getScreenCTM().inverse();
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(to_picture);
  return [axes.inverse_x(point.x), axes.inverse_y(point.y)];
}
