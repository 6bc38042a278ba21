// The lookahead microscope: one step of momentum and of Nesterov, side by side, with the arrows it is made of.

import { descend, steps_to_stay_within } from "../maths/descent.mjs";
import { valley } from "../maths/surfaces.mjs";
import { effective_momentum, rate, stability_limit } from "../maths/theory.mjs";
import { button } from "../page/buttons.mjs";
import { LOOKS, MUTED, chart } from "../page/chart.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { confined, element, put, round, shape, write } from "../page/dom.mjs";
import { format } from "../page/words.mjs";

// As in lookahead_microscope.py.
const LENS_START = [-4, 1.5];
const LENS_STEPS = 40;
const LENS_COUNTED = 1000;
const LENS_CONDITION = 4; // the curvatures are 1 and 4
const LENS_ANGLES = { valley: 0, rotated: Math.PI / 6 };
const STEEPEST = 4;

/** anywidget's render: draw the widget into `el` for the settings of `model`. */
export function render(context) {
  return bring_to_life(context, {
    name: "lookahead-microscope",
    title: "Lookahead microscope",
    controls: [
      { setting: "step", label: "step under the microscope", step: 1 },
      { setting: "learning_rate", label: "learning rate η", step: 0.005 },
      { setting: "momentum", label: "momentum μ", step: 0.005 },
      {
        setting: "surface",
        label: "surface",
        options: { valley: "valley along the axes", rotated: "the same valley, turned by 30°" },
      },
    ],
    stage: lens_stage,
  });
}

function lens_stage(place, api) {
  const lenses = [
    lens(place, "momentum", "Momentum: the gradient here"),
    lens(place, "Nesterov", "Nesterov: the gradient ahead"),
  ];
  const verdict = element("p", { class: "sgd-verdict" });
  place.append(confined(verdict));
  const go = (direction) => api.change({ step: Math.min(LENS_STEPS, Math.max(0, api.values.step + direction)) });
  place.append(
    element(
      "div",
      { class: "sgd-bar" },
      button("Step back", () => go(-1)),
      button("Step forward", () => go(1)),
      button("First step", () => api.change({ step: 0 })),
    ),
  );

  let held = null; // the windows that the lenses show, and the choice they were made for

  return ({ learning_rate, momentum, surface: name, step }) => {
    const angle = LENS_ANGLES[name];
    const surface = valley(LENS_CONDITION, angle);
    const seen = lenses.map((_, i) =>
      look_closely({ learning_rate, momentum, nesterov: i === 1 }, surface, angle, step),
    );
    const [choice, windows] = [`${step} ${name}`, lens_windows(seen)];
    // the axes stand still under a slider as long as the arrows fill them well
    if (held?.choice !== choice || !windows.every((each, i) => lens_fits(each, held.windows[i])))
      held = { choice, windows };
    lenses.forEach((each, i) => each(seen[i], held.windows[i], angle));

    const a = learning_rate * STEEPEST;
    const left_over = effective_momentum(a, momentum);
    const limits = [stability_limit(momentum), stability_limit(momentum, true)];
    const compared = (limit) =>
      `${format(limit, 4)}; ηλ is ${a < limit ? "below" : a > limit ? "above" : "at the limit"}`;
    const brake =
      momentum === 0
        ? "there is no momentum to brake"
        : a === 0
          ? "it does not brake"
          : a < 1
            ? "it brakes"
            : a === 1
              ? "it brakes to nothing"
              : "it is negative, it pushes back";
    const [hb, nag] = seen;
    const of_start = (overshoot) => overshoot + (overshoot.endsWith("%") ? " of the start" : "");
    const measured =
      step === 0
        ? "Step 0: there is no velocity yet, so both measure the gradient at the start."
        : `Step ${step}: momentum measures the gradient where it is, at ${lens_point(hb.measured)}; ` +
          `Nesterov ahead of where it is, at ${lens_point(nag.measured)}.`;
    const ends = `Momentum ${hb.fate}; Nesterov ${nag.fate}.`;
    const words =
      `${measured} In the steepest direction ηλ is ${format(a)} and Nesterov’s momentum ` +
      `μ(1 − ηλ) is ${format(left_over)}: ${brake}. ${ends}`;
    write(verdict, ends);
    return {
      readouts: {
        "ηλ in the steepest direction, λ = 4": format(a, 4),
        "Nesterov’s effective momentum μ(1 − ηλ)": `${format(left_over)}: ${brake}`,
        "limit of momentum, 2(1 + μ)": compared(limits[0]),
        "limit of Nesterov, (2 + 2μ)/(1 + 2μ)": compared(limits[1]),
        "overshoot of momentum": of_start(hb.overshoot),
        "overshoot of Nesterov": of_start(nag.overshoot),
      },
      words,
      optimizer: { learning_rate, momentum, nesterov: true },
    };
  };
}

/**
 * One step of one method from the state it has reached, and what becomes of the whole run.
 *
 *     push = −η g(w),    carry = μ v,    ahead = w + μ v,    push_ahead = −η g(w + μ v)
 */
function look_closely(optimizer, surface, angle, step) {
  const { learning_rate, momentum, nesterov } = optimizer;
  const run = descend(optimizer, surface.gradient, LENS_START, LENS_COUNTED);
  // a run that has flown off is shown at its last step inside
  const flown = run.diverged_at >= 0 && step >= run.diverged_at;
  const k = flown ? run.diverged_at - 1 : step;
  const at = (values, i) => [values[2 * i], values[2 * i + 1]];
  const [w, v] = [at(run.positions, k), at(run.velocities, k)];
  const add = ([a, b], [c, d]) => [a + c, b + d];
  const carry = [momentum * v[0], momentum * v[1]];
  const ahead = add(w, carry);
  const [push, push_ahead] = [w, ahead].map((place) =>
    Array.from(surface.gradient(place), (slope) => -learning_rate * slope),
  );
  const next = add(ahead, nesterov ? push_ahead : push);

  const steepest = [-Math.sin(angle), Math.cos(angle)];
  const across = (i) => run.positions[2 * i] * steepest[0] + run.positions[2 * i + 1] * steepest[1];
  let beyond = 0;
  for (let i = 1; i <= LENS_COUNTED; i++) beyond = Math.max(beyond, -across(i) / across(0));
  const shrink = Math.max(...[1, STEEPEST].map((c) => rate(learning_rate * c, momentum, nesterov)));
  const settles = shrink < 1 - 1e-12;
  const diverges = shrink > 1 + 1e-12;
  const overshoot = diverges ? "without bound" : beyond < 0.005 ? "none" : `${Math.round(100 * beyond)}\u00a0%`;
  const arrived = steps_to_stay_within(run, 1e-6);
  const fate =
    learning_rate === 0
      ? "never moves"
      : diverges
        ? "diverges" + (flown ? ` and has flown off at step ${run.diverged_at}` : "")
        : !settles
          ? "never settles"
          : `converges${arrived >= 0 ? ` in ${arrived} steps` : ""}, ` +
            (beyond < 0.005 ? "without overshoot" : `overshooting by ${overshoot}`);

  const points = [w, ahead, next, add(w, push), add(ahead, push_ahead)];
  return {
    run,
    k,
    w,
    v,
    carry,
    ahead,
    push,
    push_ahead,
    next,
    measured: nesterov ? ahead : w,
    overshoot,
    fate,
    points,
  };
}

const LENS_RATIO = 0.87; // height of the window over its width

/**
 * The windows through which the lenses look: {points, middle, half}, the half-width and the middle in round steps.
 *
 * They hold the arrows, and the minimum too if that costs little magnification; they have one scale, so that arrows
 * compare, unless one would then be too small to see.
 */
function lens_windows(seen) {
  const close = seen.map(({ points }) => lens_window(points));
  const wide = seen.map(({ points }) => lens_window([...points, [0, 0]]));
  const windows = wide.every(({ half }, i) => half <= 2.5 * close[i].half) ? wide : close;
  const [small, large] = windows.map(({ half }) => half).sort((a, b) => a - b);
  return windows.map(({ points, middle, half: own }) => {
    const half = large <= 3 * small ? large : own;
    return { points, middle: middle.map((value) => Math.round(value / (0.2 * half)) * 0.2 * half), half };
  });
}

/** A window round the points, with room for words. */
function lens_window(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const middle = [(left + right) / 2, (low + high) / 2];
  const far = Math.hypot(...middle);
  const wanted = 0.66 * Math.max(right - left, (high - low) / LENS_RATIO, far / 8, 1e-9);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const half =
    power * [1, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 4, 5, 6, 7.2, 8.5, 10].find((each) => each * power >= wanted * 0.999);
  return { points, middle, half };
}

/** Whether what is seen through a window may as well be seen through one that is held: it is inside and not lost in it. */
function lens_fits({ points, half: needed }, { middle, half }) {
  const inside = ([x, y]) =>
    Math.abs(x - middle[0]) <= 0.87 * half && Math.abs(y - middle[1]) <= 0.87 * LENS_RATIO * half;
  return half <= 2 * needed && points.every(inside);
}

/** One panel: returns a function that draws a step as `look_closely` sees it. */
function lens(place, method, title) {
  const nesterov = method === "Nesterov";
  const { color, marker } = LOOKS[method];
  const view = chart(place, {
    title,
    x: { label: "x", low: -5, high: 1 },
    y: { label: "y", low: -2, high: 2 },
    height: 312,
    left: 62,
    right: 18,
  });
  const level = shape(view.plot, "path", { class: "sgd-contour" });
  const cross = shape(view.plot, "path", { class: "sgd-frame" });
  const past = view.line({ style: `stroke:${color};stroke-width:1.2;stroke-dasharray:2 3` });
  const past_marks = view.markers(marker, { style: `fill:${color};opacity:0.55` });
  const whole = view.line({ style: `stroke:${color};stroke-width:8;opacity:0.25;stroke-linecap:round` });
  const ghost = view.line({ style: `stroke:${color};stroke-width:1.4;stroke-dasharray:1.5 3` });
  const unused = view.arrow({ style: `stroke:${MUTED};stroke-width:1.6` });
  const carried = view.arrow({ style: "stroke:currentColor" });
  const used = view.arrow({ style: `stroke:${color};stroke-width:3` });
  const dots = shape(view.plot, "path", { style: "fill:currentColor" });
  const arrival = view.markers(marker, { style: `fill:${color};stroke:${color};stroke-width:3.5` });
  const ring = shape(view.plot, "circle", { r: 9, style: `fill:none;stroke:${color};stroke-width:2` });
  // spans of one text, which a frame lays out at once
  const texts = shape(view.plot, "text", { class: "sgd-label sgd-halo", "text-anchor": "middle" });
  const text = (style) => shape(texts, "tspan", { style });
  const labels = {
    measured: text(`fill:${color};font-weight:600`),
    carry: text(""),
    used: text(`fill:${color};font-weight:600`),
    next: text(`fill:${color}`),
    unused: text(`fill:${MUTED}`),
    other: text(""),
    minimum: text(`fill:${MUTED}`),
  };

  let turned = null; // the angle for which the ellipses are drawn

  return ({ run, k, w, ahead, push, push_ahead, next, measured }, { middle, half }, angle) => {
    const moved = view.range(
      { low: middle[0] - half, high: middle[0] + half },
      { low: middle[1] - LENS_RATIO * half, high: middle[1] + LENS_RATIO * half },
    );
    const pixel = ([x, y]) => [view.px(x), view.py(y)];
    const [zero_x, zero_y] = pixel([0, 0]);
    if (moved || turned !== angle) {
      turned = angle;
      put(level, "d", lens_ellipses(view, { middle, half }, angle));
      put(cross, "d", `M${round(zero_x) - 6} ${round(zero_y)}h12m-6-6v12`);
    }

    const x_at = (i) => run.positions[2 * i];
    const y_at = (i) => run.positions[2 * i + 1];
    past.set(k + 1, x_at, y_at);
    past_marks.set(k, x_at, y_at);
    const through = (line, ...points) =>
      line.set(
        points.length,
        (i) => points[i][0],
        (i) => points[i][1],
      );
    through(whole, w, next);
    const [here_end, ahead_end] = [
      [w[0] + push[0], w[1] + push[1]],
      [ahead[0] + push_ahead[0], ahead[1] + push_ahead[1]],
    ];
    carried.set(...w, ...ahead);
    // momentum adds the gradient's arrow at the tip of μv, where the ghost of it stands
    if (nesterov) {
      used.set(...ahead, ...ahead_end);
      unused.set(...w, ...here_end);
      through(ghost);
    } else {
      used.set(...w, ...here_end);
      unused.set(...ahead, ...ahead_end);
      through(ghost, here_end, next, ahead);
    }
    arrival.set(
      1,
      () => next[0],
      () => next[1],
    );
    const [ring_x, ring_y] = pixel(measured);
    put(ring, "transform", `translate(${round(ring_x)} ${round(ring_y)})`);
    put(
      dots,
      "d",
      [w, ahead]
        .map(pixel)
        .map(([x, y]) => `M${round(x - 3.5)} ${round(y)}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z`)
        .join(""),
    );

    // Words go where they cover least.
    const [here, there, to_here, to_ahead, to_next] = [w, ahead, here_end, ahead_end, next].map(pixel);
    const long = (from, to) => Math.hypot(to[0] - from[0], to[1] - from[1]) > 9;
    const halfway = (from, to) =>
      [0.5, 0.65, 0.35].map((t) => [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])]);
    const moving = long(here, there);
    const [gradient_here, gradient_ahead] = ["−ηg(w)", "−ηg(w + μv)"];
    const [used_from, used_to, unused_from, unused_to] = nesterov
      ? [there, to_ahead, here, to_here]
      : [here, to_here, there, to_ahead];
    lens_labels(
      view,
      [
        { node: labels.measured, words: "measured here", anchors: [[ring_x, ring_y]], gap: 10 },
        {
          node: labels.used,
          words: long(used_from, used_to) ? (nesterov ? gradient_ahead : gradient_here) : "",
          anchors: halfway(used_from, used_to),
        },
        { node: labels.carry, words: moving ? "μv" : "", anchors: halfway(here, there) },
        { node: labels.next, words: long(here, to_next) ? "next w" : "", anchors: [to_next], gap: 6 },
        { node: labels.other, words: moving ? (nesterov ? "w" : "w + μv") : "", anchors: [nesterov ? here : there] },
        {
          node: labels.unused,
          words: moving && long(unused_from, unused_to) ? (nesterov ? gradient_here : gradient_ahead) : "",
          anchors: halfway(unused_from, unused_to),
        },
        {
          node: labels.minimum,
          words: lens_holds(view, zero_x, zero_y) ? "minimum" : "",
          anchors: [[zero_x, zero_y]],
          gap: 7,
          optional: true,
        },
      ],
      [
        [here, there],
        [used_from, used_to],
        [unused_from, unused_to],
        [here, to_next],
        ...(nesterov ? [] : [[to_here, to_next]]),
      ],
    );
    view.describe(
      `${title}. At step ${k} w is ${lens_point(w)}, the lookahead point w + μv is ${lens_point(ahead)}, the next w is ${lens_point(next)}.`,
    );
  };
}

/** The ellipses of equal loss through the window, as arcs. */
function lens_ellipses(view, { middle, half }, angle) {
  const unit = (view.box.right - view.box.left) / (2 * half); // picture units for one of the valley's
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const spacing = 0.4 * half;
  // √(2f) at the middle; across the window it changes by less than twice the way there
  const height = Math.hypot(
    middle[0] * cos + middle[1] * sin,
    Math.sqrt(STEEPEST) * (middle[1] * cos - middle[0] * sin),
  );
  const first = Math.max(1, Math.floor((height - 2.6 * half) / spacing));
  const last = Math.ceil((height + 2.6 * half) / spacing);
  const [x, y] = [view.px(0), view.py(0)];
  // radii too short for the ends of an arc are drawn in scale (SVG 2, 9.5.4), so that only their ratio counts
  const arc = `A${Math.sqrt(STEEPEST)} 1 ${round((-angle * 180) / Math.PI)} 1 0 `;
  let d = "";
  for (let j = first; j <= last; j++) {
    const long = j * spacing * unit;
    const [dx, dy] = [long * cos, -long * sin];
    const [from, to] = [`${round(x + dx)} ${round(y + dy)}`, `${round(x - dx)} ${round(y - dy)}`];
    d += `M${from}${arc}${to}${arc}${from}`;
  }
  return d;
}

function lens_holds({ box }, x, y) {
  return x > box.left && x < box.right && y > box.top && y < box.bottom;
}

// The eight sides of a point, near and then farther out.
const LENS_SIDES = [0, 14, 28].flatMap((out) =>
  [
    [1, 0],
    [-1, 0],
    [0, -1],
    [0, 1],
    [0.8, -0.8],
    [-0.8, -0.8],
    [0.8, 0.8],
    [-0.8, 0.8],
  ].map((side) => [...side, out]),
);

/** Put each label beside one of its anchors, where it hides no other label and as little as can be of the arrows. */
function lens_labels(view, labels, arrows) {
  const { left, right, top, bottom } = view.box;
  const taken = [];
  for (const { node, words, anchors, gap = 4, optional = false } of labels) {
    if (!words) {
      write(node, "");
      continue;
    }
    const [wide, high] = [3.8 * words.length + 2, 8]; // half the size of the text
    const best = { cost: Infinity };
    anchors.forEach(([x, y], nth) => {
      LENS_SIDES.forEach(([ux, uy, out], turn) => {
        const cx = x + ux * (wide + gap + out);
        const cy = y + uy * (high + gap + out);
        const outside =
          Math.max(0, left + wide - cx, cx + wide - right) + Math.max(0, top + high - cy, cy + high - bottom);
        let clashes = 0;
        for (const [tx, ty, tw] of taken) if (Math.abs(tx - cx) < tw + wide && Math.abs(ty - cy) < 2 * high) clashes++;
        let cost = 30 * clashes + 5 * outside + 0.15 * turn + 0.1 * nth;
        for (let i = 0; i < arrows.length && cost < best.cost; i++)
          cost += lens_covers(cx, cy, wide + 1, high, ...arrows[i]);
        if (cost < best.cost) Object.assign(best, { cost, clashes, cx, cy });
      });
    });
    const shown = optional && best.clashes ? "" : words;
    write(node, shown);
    if (!shown) continue;
    taken.push([best.cx, best.cy, wide]);
    put(node, "x", round(best.cx));
    put(node, "y", round(best.cy + 4));
  }
}

/** How much a box of this middle and half its size covers of an arrow: 0 for nothing, 1 and a sixth of the length inside. */
function lens_covers(cx, cy, wide, high, [x0, y0], [x1, y1]) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  // the arrow is at (x0, y0) + t (dx, dy); it is in the box while it is between two sides and between the other two
  const [left, right] = dx
    ? [(cx - wide - x0) / dx, (cx + wide - x0) / dx]
    : Math.abs(x0 - cx) < wide
      ? [0, 1]
      : [2, 2];
  const [top, bottom] = dy
    ? [(cy - high - y0) / dy, (cy + high - y0) / dy]
    : Math.abs(y0 - cy) < high
      ? [0, 1]
      : [2, 2];
  const from = Math.max(0, Math.min(left, right), Math.min(top, bottom));
  const to = Math.min(1, Math.max(left, right), Math.max(top, bottom));
  return from <= to ? 1 + ((to - from) * Math.hypot(dx, dy)) / 6 : 0;
}

function lens_point([x, y]) {
  return `(${format(x)}, ${format(y)})`;
}
