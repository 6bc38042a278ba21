// Charts in plain SVG: scales, axes, lines, markers, contour lines and points to drag.
// Axes are redrawn only when a range changes, a line is one path with one `d`, and a text is moved by its `transform`, which
// does not set its letters anew: so a frame stays cheap.

import { told } from "./told.mjs";
import { format } from "./words.mjs";

const NAMESPACE = "http://www.w3.org/2000/svg";

/** The look of each method: a colour, a dash and a marker. */
export const LOOKS = told.page.LOOKS;
export const MUTED = told.page.MUTED;

// ms without a change before what may wait is done: to tell a screen reader, to let a box shrink
export const QUIET = 500;

// Marker outlines around the origin, about 7 units wide.
const MARKERS = {
  o: "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
  s: "m-2.7-2.7h5.4v5.4h-5.4z",
  D: "m0-3.8l3.8 3.8l-3.8 3.8l-3.8-3.8z",
  "^": "m0-3.9l3.7 6.4h-7.4z",
};

/** An HTML element with attributes and children; strings become text, never markup. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * Put a text that changes into a box which is as high as the text was last seen to be. A box that has its size from nobody
 * inside is laid out alone: a new text of the same height costs no layout of the page around it. (A flex or grid item is
 * not, hence the second box around it.) It grows at once and shrinks when the text has kept its height for a while, so that
 * the page does not jump up and down under a slider.
 */
export function confined(text) {
  const box = element("div", {}, text);
  let tall = 0;
  let later = 0;
  const fit = (height) => (box.style.height = `${(tall = height)}px`);
  new ResizeObserver(([{ borderBoxSize }]) => {
    const height = borderBoxSize[0].blockSize;
    clearTimeout(later);
    if (height > tall) fit(height);
    else later = setTimeout(fit, QUIET, height);
  }).observe(text);
  return element("div", { class: "sgd-confined" }, box);
}

/** An SVG element with attributes, appended to a parent. */
export function shape(parent, tag, attributes = {}, text = "") {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  parent.append(made);
  return made;
}

/** Set an attribute, or the text of a node that holds nothing else, only if it differs: what stands is not drawn again. */
export function put(node, name, value) {
  const text = String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

export function write(node, words) {
  // a text node that changes is cheaper than another in its place
  if (!node.firstChild) node.append(words);
  else if (node.firstChild.data !== words) node.firstChild.data = words;
}

/** Move a text to a place in the picture. */
export function place_text(text, x, y) {
  put(text, "transform", `translate(${round(x)} ${round(y)})`);
}

/** Round steps of 1, 2 or 5 times a power of ten that cut low..high into about `count` parts. */
export function linear_ticks(low, high, count = 5) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough * 0.999);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++)
    ticks.push(+(i * step).toPrecision(12));
  return ticks;
}

/** Powers of ten inside low..high, thinned out to at most about `count`. */
export function log_ticks(low, high, count = 6) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / count));
  const ticks = [];
  for (let exponent = first; exponent <= last; exponent += every) ticks.push(10 ** exponent);
  return ticks;
}

// In Jupyter each kind of widget brings its own copy of this module, so a count alone would name two things the same.
const module_copy = Math.random().toString(36).slice(2);
let named = 0;

/** A name for an element that no other on the page has. */
export function fresh_id(kind) {
  return `sgd-${kind}-${module_copy}-${++named}`;
}

/**
 * A chart with labelled axes. `x` and `y` are {label, low, high, log}; an axis with `names` has cells around 0, 1, 2, …
 * with these names instead of a grid; `legend` names methods for a row under the title.
 * Returns scales (`px`, `py` to picture units, `inverse` back), `range` to change the axes, and what draws into it.
 */
export function chart(parent, { title, x, y, legend = [], width = 360, height = 290, left = 52, right = 10 }) {
  const box = { left, top: (title ? 26 : 10) + (legend.length ? 22 : 0), right: width - right, bottom: height - 42 };
  // A change in an SVG lays out that SVG alone if it stands in a block of its own, but the whole page if it is a flex item.
  const pane = parent.appendChild(element("div", { class: "sgd-pane" }));
  const svg = shape(pane, "svg", {
    class: "sgd-panel",
    viewBox: `0 0 ${width} ${height}`,
    role: "group",
    "aria-label": title ?? "chart",
  });
  const clip = fresh_id("clip");
  const clip_path = shape(shape(svg, "defs"), "clipPath", { id: clip });
  shape(clip_path, "rect", { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top });
  if (title) shape(svg, "text", { x: box.left, y: 15, class: "sgd-title", "aria-hidden": "true" }, title);
  legend.reduce((at, method) => {
    const { color, dash, marker } = LOOKS[method];
    shape(svg, "path", {
      class: "sgd-line",
      d: `M${at} ${box.top - 16}h26`,
      style: `stroke:${color};stroke-dasharray:${dash}`,
    });
    shape(svg, "path", { d: `M${at + 13} ${box.top - 16}${MARKERS[marker]}`, style: `fill:${color}` });
    shape(svg, "text", { x: at + 31, y: box.top - 12, class: "sgd-label", "aria-hidden": "true" }, method);
    return at + 40 + 6 * method.length + 5 * (method.split("m").length - 1); // an m is wide
  }, 8);
  const axes = shape(svg, "g", { class: "sgd-axes", "aria-hidden": "true" });
  const grid = shape(axes, "path", { class: "sgd-grid" });
  shape(axes, "path", { class: "sgd-frame", d: `M${box.left} ${box.top}V${box.bottom}H${box.right}` });
  const middle = (box.top + box.bottom) / 2;
  const titles = {
    x: shape(axes, "text", { x: (box.left + box.right) / 2, y: height - 8, "text-anchor": "middle" }),
    y: shape(axes, "text", { x: 12, y: middle, "text-anchor": "middle", transform: `rotate(-90 12 ${middle})` }),
  };
  const ticks = { x: [], y: [] };
  const plot = shape(svg, "g", { "clip-path": `url(#${clip})`, "aria-hidden": "true" });
  const front = shape(svg, "g");
  const scale = { x: { ...x }, y: { ...y } };
  let px, py;

  function place(axis, from, to) {
    const { low, high, log } = axis;
    const at = log ? Math.log : (value) => value;
    const start = at(low);
    const factor = (to - from) / (at(high) - start);
    // far outside is as good as just outside, and keeps the numbers of the picture small
    return (value) => {
      const pixel = from + (at(log && value <= 0 ? 1e-300 : value) - start) * factor;
      return pixel > 9999 ? 9999 : pixel < -9999 ? -9999 : pixel;
    };
  }

  /** Name the ticks of one axis at their places, with the texts that are there as far as they reach. */
  function name_ticks(texts, anchor, named) {
    while (texts.length > named.length) texts.pop().remove();
    while (texts.length < named.length) texts.push(shape(axes, "text", { "text-anchor": anchor }));
    named.forEach(([name, at_x, at_y], i) => {
      write(texts[i], name);
      place_text(texts[i], at_x, at_y);
    });
  }

  function draw_axes() {
    px = place(scale.x, box.left, box.right);
    py = place(scale.y, box.bottom, box.top);
    const ticks_of = ({ low, high, log, names }) =>
      names ? names.map((_, i) => i) : log ? log_ticks(low, high) : linear_ticks(low, high);
    const name = (value, { log, names }) => names?.[value] ?? (log ? power_of_ten(value) : format(value, 4));
    write(titles.x, scale.x.label);
    write(titles.y, scale.y.label);
    const [columns, rows] = [ticks_of(scale.x), ticks_of(scale.y)];
    name_ticks(
      ticks.x,
      "middle",
      columns.map((value) => [name(value, scale.x), px(value), box.bottom + 15]),
    );
    name_ticks(
      ticks.y,
      "end",
      rows.map((value) => [name(value, scale.y), box.left - 6, py(value) + 4]),
    );
    const across = scale.y.names ? [] : rows.map((value) => `M${box.left} ${round(py(value))}H${box.right}`);
    const upright = scale.x.names ? [] : columns.map((value) => `M${round(px(value))} ${box.top}V${box.bottom}`);
    put(grid, "d", [...upright, ...across].join(""));
  }

  /** Change the ranges: {low, high} of either axis; the axes are redrawn only if something changed. */
  function range(new_x, new_y) {
    let changed = false;
    for (const [axis, wanted] of [
      [scale.x, new_x],
      [scale.y, new_y],
    ]) {
      for (const key of Object.keys(wanted ?? {})) {
        if (axis[key] !== wanted[key]) {
          axis[key] = wanted[key];
          changed = true;
        }
      }
    }
    if (changed) draw_axes();
    return changed;
  }

  /** A line; `.set(n, x_at, y_at)` draws through the n points that the two functions give. Breaks where a value is not finite. */
  function line(attributes = {}, layer = plot) {
    const path = shape(layer, "path", { class: "sgd-line", ...attributes });
    let before = "";
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
          d += pen + round(px(x_at(i))) + " " + round(py(value));
          pen = "L";
        }
        if (d !== before) path.setAttribute("d", (before = d));
      },
    };
  }

  /** Markers at points, all in one path. */
  function markers(kind, attributes = {}, layer = plot) {
    const path = shape(layer, "path", { class: "sgd-marker", ...attributes });
    let before = "";
    return {
      path,
      set(count, x_at, y_at) {
        let d = "";
        for (let i = 0; i < count; i++) {
          const value = y_at(i);
          if (Number.isFinite(value)) d += "M" + round(px(x_at(i))) + " " + round(py(value)) + MARKERS[kind];
        }
        if (d !== before) path.setAttribute("d", (before = d));
      },
    };
  }

  /** A text whose place is given in the chart's own values. */
  function label(attributes = {}, layer = plot) {
    const text = shape(layer, "text", attributes);
    return {
      text,
      set(words, x_value, y_value, dx = 0, dy = 0) {
        write(text, words);
        place_text(text, px(x_value) + dx, py(y_value) + dy);
      },
    };
  }

  /** An arrow from one point to another, in the chart's own values; it keeps a readable head. */
  function arrow(attributes = {}, layer = plot) {
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

  /**
   * A point to drag by mouse, touch or arrow keys (Shift for larger steps).
   * `moved(x, y)` is told where it should go; `.set(x, y, words)` puts it there. `axes` is "xy" or "x".
   */
  function handle({ name, color, moved, step_x, step_y, axes: free = "xy" }) {
    const group = shape(front, "g", { class: "sgd-handle", tabindex: "0", role: "slider", "aria-label": name });
    shape(group, "circle", { r: 20, class: "sgd-reach" });
    shape(group, "circle", { r: 6.5, class: "sgd-dot", style: `fill:${color}` });
    let [at_x, at_y] = [0, 0];
    let grab = null;
    function from_event(event) {
      const to_picture = svg.getScreenCTM().inverse();
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(to_picture);
      return [inverse_x(point.x), inverse_y(point.y)];
    }
    group.addEventListener("pointerdown", (event) => {
      const [x_value, y_value] = from_event(event);
      grab = [at_x - x_value, at_y - y_value];
      group.setPointerCapture(event.pointerId);
      group.focus({ preventScroll: true });
      event.preventDefault();
    });
    group.addEventListener("pointermove", (event) => {
      if (!grab) return;
      const [x_value, y_value] = from_event(event);
      moved(x_value + grab[0], free === "x" ? at_y : y_value + grab[1]);
    });
    for (const end of ["pointerup", "pointercancel"]) group.addEventListener(end, () => (grab = null));
    group.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!move) return;
      event.preventDefault();
      const times = event.shiftKey ? 10 : 1;
      if (free === "x") moved(at_x + (move[0] + move[1]) * step_x * times, at_y);
      else moved(at_x + move[0] * step_x * times, at_y + move[1] * step_y * times);
    });
    return {
      group,
      set(x_value, y_value, words) {
        [at_x, at_y] = [x_value, y_value];
        put(group, "transform", `translate(${round(px(x_value))} ${round(py(y_value))})`);
        put(group, "aria-valuenow", +x_value.toPrecision(4));
        put(group, "aria-valuemin", scale.x.low);
        put(group, "aria-valuemax", scale.x.high);
        put(group, "aria-valuetext", words);
      },
    };
  }

  function inverse_x(pixel) {
    const share = (pixel - box.left) / (box.right - box.left);
    const { low, high, log } = scale.x;
    return log ? low * (high / low) ** share : low + (high - low) * share;
  }

  function inverse_y(pixel) {
    const share = (box.bottom - pixel) / (box.bottom - box.top);
    const { low, high, log } = scale.y;
    return log ? low * (high / low) ** share : low + (high - low) * share;
  }

  draw_axes();
  return {
    svg,
    plot,
    front,
    box,
    scale,
    range,
    line,
    markers,
    label,
    arrow,
    handle,
    px: (value) => px(value),
    py: (value) => py(value),
    describe: (words) => put(svg, "aria-label", words),
  };
}

/** One decimal is below what a screen shows. */
export function round(value) {
  return Math.round(value * 10) / 10;
}

function power_of_ten(value) {
  const exponent = Math.round(Math.log10(value));
  if (exponent >= -2 && exponent <= 3) return String(value);
  return "10" + String(exponent).replace(/./g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit] ?? "⁻");
}

/**
 * The lines of equal value as one SVG path per level, by marching squares on a grid over the chart's range.
 * `value([x, y])` is the surface; `levels` the values to trace. Returns an array of path data.
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
  const { left, right, top, bottom } = view.box;
  const [dx, dy] = [(right - left) / cells, (top - bottom) / cells];
  return levels.map((level) => {
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
  });
}
