// The lookahead microscope: one step of momentum and of Nesterov, side by side, with the arrows it is made of.

import { descend, steps_to_stay_within } from "../maths/descent.mjs";
import { sgd } from "../maths/optimizer.mjs";
import { valley } from "../maths/surfaces.mjs";
import { effective_momentum, regime, stability_limit } from "../maths/theory.mjs";
import { button, ENDS } from "../page/buttons.mjs";
import { chart, LOOKS, MUTED } from "../page/chart.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { put, round, shape, verdict_in, write } from "../page/dom.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { ANGLES, COUNTED, CURVATURES, LABELS, NO_OVERSHOOT, SAYS, SHOWN, START, TITLES, TOLERANCE } =
  told.lookahead_microscope;
const STEEPEST = CURVATURES[1];

/**
 * anywidget's render: draw the widget into `el` for the settings of `model`.
 * @param {{model: any, el: HTMLElement}} context
 * @returns {() => void} takes the widget away again
 */
export function render(context) {
  return bring_to_life(context, {
    title: "Lookahead microscope",
    controls: [
      { setting: "step", label: "step under the microscope", step: 1 },
      { setting: "learning_rate", label: "learning rate η", step: 0.005 },
      { setting: "momentum", label: "momentum μ", step: 0.005 },
      {
        setting: "surface",
        label: "surface",
        more: true,
        options: { valley: "valley along the axes", rotated: "the same valley, turned by 30°" },
      },
    ],
    stage: lens_stage,
  });
}

/**
 * What the microscope says of a setting; as `words` of the Python class.
 * @param {any} values a value for every setting
 * @returns {string}
 */
export function words(values) {
  return lens_words(look_closely(values), values);
}

// ---------------------------------------------------------------- what is seen

/** Momentum and Nesterov at a setting: for each its arrows, and what becomes of its run. */
function look_closely({ learning_rate, momentum, surface, step }) {
  const bowl = valley(STEEPEST / CURVATURES[0], ANGLES[surface]);
  return [false, true].map((nesterov) => {
    const rule = sgd({ learning_rate, momentum, nesterov });
    const run = descend(rule, bowl.gradient, START, COUNTED);
    return { run, ...arrows_of(run, rule, bowl, step), ...fate_of(run, rule, ANGLES[surface], step) };
  });
}

/**
 * One step of a method from the state it has reached; of a run that has flown off, its last step inside.
 *
 *     push = −η g(w),    carry = μ v,    ahead = w + μ v,    push_ahead = −η g(w + μ v)
 */
function arrows_of(run, { learning_rate, momentum, nesterov }, bowl, step) {
  const k = has_flown(run, step) ? run.diverged_at - 1 : step;
  const at = (values) => [values[2 * k], values[2 * k + 1]];
  const [w, v] = [at(run.positions), at(run.velocities)];
  const add = (one, other) => [one[0] + other[0], one[1] + other[1]];
  const ahead = add(w, [momentum * v[0], momentum * v[1]]);
  const [push, push_ahead] = [w, ahead].map((place) =>
    Array.from(bowl.gradient(place), (slope) => -learning_rate * slope),
  );
  const next = add(ahead, nesterov ? push_ahead : push);
  const [here_end, ahead_end] = [add(w, push), add(ahead, push_ahead)];
  const points = [w, ahead, next, here_end, ahead_end];
  return { k, w, ahead, next, here_end, ahead_end, points, measured: nesterov ? ahead : w };
}

function has_flown(run, step) {
  return run.diverged_at >= 0 && step >= run.diverged_at;
}

/** What becomes of a run, in words: `fate` for a sentence, `overshoot` for a readout. */
function fate_of(run, { learning_rate, momentum, nesterov }, angle, step) {
  const kinds = CURVATURES.map((curvature) => regime(learning_rate * curvature, momentum, nesterov));
  const beyond = beyond_the_minimum(run, angle);
  const percent = Math.round(100 * beyond);
  const none = beyond < NO_OVERSHOOT;
  const diverges = kinds.includes("diverges");
  const overshoot = diverges ? "without bound" : none ? "none" : `${percent}\u00a0% of the start`;
  if (learning_rate === 0) return { overshoot, fate: SAYS.never_moves };
  if (diverges) {
    const sentence = has_flown(run, step) ? SAYS.has_flown : SAYS.diverges;
    return { overshoot, fate: fill(sentence, { step: run.diverged_at }) };
  }
  if (kinds.includes("marginal")) return { overshoot, fate: SAYS.never_settles };
  const steps = steps_to_stay_within(run, TOLERANCE);
  const so_far = fill(none ? SAYS.no_overshoot : SAYS.overshoots, { percent });
  return { overshoot, fate: fill(steps >= 0 ? SAYS.converges_in : SAYS.converges, { steps, overshoot: so_far }) };
}

/** How far a run gets beyond the minimum in the steepest direction, in distances at the start. */
function beyond_the_minimum({ positions }, angle) {
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const across = (i) => positions[2 * i] * -sin + positions[2 * i + 1] * cos;
  let beyond = 0;
  for (let i = 1; i <= COUNTED; i++) beyond = Math.max(beyond, -across(i) / across(0));
  return beyond;
}

/** What the factor 1 − ηλ does to Nesterov's momentum, in words. */
function brake_words(a, momentum) {
  if (momentum === 0) return SAYS.no_momentum;
  if (a === 0) return SAYS.no_brake;
  if (a === 1) return SAYS.brakes_to_nothing;
  return a < 1 ? SAYS.brakes : SAYS.pushes_back;
}

function lens_ends(seen) {
  const [hb, nag] = seen;
  return fill(SAYS.ends, { momentum: hb.fate, nesterov: nag.fate });
}

function lens_words(seen, { learning_rate, momentum, step }) {
  const a = learning_rate * STEEPEST;
  const [here, ahead] = seen.map(({ measured }) => lens_point(measured));
  return fill(SAYS.words, {
    measured: step === 0 ? SAYS.first_step : fill(SAYS.measured, { step, here, ahead }),
    a: format(a),
    left_over: format(effective_momentum(a, momentum)),
    brake: brake_words(a, momentum),
    ends: lens_ends(seen),
  });
}

/** What a screen reader hears of a setting: what becomes of the runs, then where they measure. */
function lens_heard(seen, { step }) {
  const [here, ahead] = seen.map(({ measured }) => lens_point(measured));
  return `${lens_ends(seen)} ${step === 0 ? SAYS.first_step : fill(SAYS.heard, { step, here, ahead })}`;
}

function lens_point(place) {
  const [x, y] = place;
  return `(${format(x)}, ${format(y)})`;
}

// ---------------------------------------------------------------- what is drawn

function lens_stage(place, api) {
  const lenses = ["momentum", "Nesterov"].map((method) => lens(place, method));
  const verdict = verdict_in(place);
  const go = (step) => {
    if (step < 0) api.say(ENDS.first);
    else if (step > SHOWN) api.say(ENDS.last);
    else api.change({ step });
  };
  api.bar.append(
    button("Step back", () => go(api.values.step - 1)),
    button("Step forward", () => go(api.values.step + 1)),
    button("First step", () => go(api.values.step === 0 ? -1 : 0)),
  );

  let held = null; // the windows that the lenses show, and the choice they were made for

  return (values) => {
    const { learning_rate, momentum, surface, step } = values;
    const seen = look_closely(values);
    const [choice, windows] = [`${step} ${surface}`, lens_windows(seen, lenses[0].ratio)];
    // the axes stand still under a slider as long as the arrows fill them well
    if (held?.choice !== choice || !windows.every((each, i) => lens_fits(each, held.windows[i])))
      held = { choice, windows };
    lenses.forEach(({ draw }, i) => {
      draw(seen[i], held.windows[i], ANGLES[surface]);
    });
    write(verdict, lens_ends(seen));
    return {
      readouts: lens_readouts(seen, values),
      words: lens_heard(seen, values),
      optimizer: { learning_rate, momentum, nesterov: true },
    };
  };
}

function lens_readouts(seen, { learning_rate, momentum }) {
  const [hb, nag] = seen;
  const a = learning_rate * STEEPEST;
  const left_over = effective_momentum(a, momentum);
  const compared = (limit) =>
    `${format(limit, 4)}; ηλ is ${a < limit ? "below" : a > limit ? "above" : "at the limit"}`;
  return {
    "ηλ in the steepest direction, λ = 4": format(a, 4),
    "Nesterov’s effective momentum μ(1 − ηλ)": `${format(left_over)}: ${brake_words(a, momentum)}`,
    "limit of momentum": compared(stability_limit(momentum)),
    "limit of Nesterov": compared(stability_limit(momentum, true)),
    "overshoot of momentum": hb.overshoot,
    "overshoot of Nesterov": nag.overshoot,
  };
}

/**
 * The windows through which the lenses look: {points, middle, half}, the half-width and the middle in round steps.
 *
 * They hold the arrows, and the minimum too if that costs little magnification; they have one scale, so that arrows
 * compare, unless one would then be too small to see. `ratio` is the height of a window over its width.
 */
function lens_windows(seen, ratio) {
  const close = seen.map(({ points }) => lens_window(points, ratio));
  const wide = seen.map(({ points }) => lens_window([...points, [0, 0]], ratio));
  const windows = wide.every(({ half }, i) => half <= 2.5 * close[i].half) ? wide : close;
  const [small, large] = windows.map(({ half }) => half).sort((a, b) => a - b);
  return windows.map(({ points, middle, half: own }) => {
    const half = large <= 3 * small ? large : own;
    return { points, middle: middle.map((value) => Math.round(value / (0.2 * half)) * 0.2 * half), half, ratio };
  });
}

/** A window round the points, with room for words. */
function lens_window(points, ratio) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const middle = [(left + right) / 2, (low + high) / 2];
  const far = Math.hypot(...middle);
  const wanted = 0.66 * Math.max(right - left, (high - low) / ratio, far / 8, 1e-9);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const half =
    power * [1, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 4, 5, 6, 7.2, 8.5, 10].find((each) => each * power >= wanted * 0.999);
  return { points, middle, half, ratio };
}

/** Whether what is seen through a window may as well be seen through one that is held: inside, and not lost in it. */
function lens_fits({ points, half: needed }, { middle, half, ratio }) {
  const inside = ([x, y]) => Math.abs(x - middle[0]) <= 0.87 * half && Math.abs(y - middle[1]) <= 0.87 * ratio * half;
  return half <= 2 * needed && points.every(inside);
}

/** One panel: `draw` draws a step as `look_closely` sees it, through a window of this `ratio`. */
function lens(place, method) {
  const nesterov = method === "Nesterov";
  const view = chart(place, {
    title: TITLES[method],
    x: { label: "x", low: -5, high: 1 },
    y: { label: "y", low: -2, high: 2 },
    height: 312,
    left: 62,
    right: 18,
    phone: { height: 180 },
  });
  const parts = lens_parts(view, LOOKS[method]);
  let turned = null; // the angle for which the ellipses are drawn

  const { left, top, right, bottom } = view.box;
  const ratio = +((bottom - top) / (right - left)).toFixed(2);

  function draw(seen, { middle, half }, angle) {
    const moved = view.range(
      { low: middle[0] - half, high: middle[0] + half },
      { low: middle[1] - ratio * half, high: middle[1] + ratio * half },
    );
    if (moved || turned !== angle) {
      turned = angle;
      put(parts.level, "d", lens_ellipses(view, { middle, half }, angle));
      put(parts.cross, "d", `M${round(view.px(0)) - 6} ${round(view.py(0))}h12m-6-6v12`);
    }
    draw_path(view, parts, seen);
    draw_arrows(parts, seen, nesterov);
    name_arrows(view, parts.labels, seen, nesterov);
    const [w, ahead, next] = [seen.w, seen.ahead, seen.next].map(lens_point);
    view.describe(
      `${TITLES[method]}. At step ${seen.k} w is ${w}, the lookahead point w + μv is ${ahead}, the next w is ${next}.`,
    );
  }

  return { draw, ratio };
}

/** All that a panel shows, from the back to the front. */
function lens_parts(view, { color, marker }) {
  const parts = {
    level: shape(view.plot, "path", { class: "sgd-contour" }),
    cross: shape(view.plot, "path", { class: "sgd-frame" }),
    past: view.line({ style: `stroke:${color};stroke-width:1.2;stroke-dasharray:2 3` }),
    past_marks: view.markers(marker, { style: `fill:${color};opacity:0.55` }),
    whole: view.line({ style: `stroke:${color};stroke-width:8;opacity:0.25;stroke-linecap:round` }),
    ghost: view.line({ style: `stroke:${color};stroke-width:1.4;stroke-dasharray:1.5 3` }),
    unused: view.arrow({ style: `stroke:${MUTED};stroke-width:1.6` }),
    carried: view.arrow({ style: "stroke:currentColor" }),
    used: view.arrow({ style: `stroke:${color};stroke-width:3` }),
    dots: shape(view.plot, "path", { style: "fill:currentColor" }),
    arrival: view.markers(marker, { style: `fill:${color};stroke:${color};stroke-width:3.5` }),
    ring: shape(view.plot, "circle", { r: 9, style: `fill:none;stroke:${color};stroke-width:2` }),
  };
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
  return { ...parts, labels };
}

/** The way to w, the step from it, and the place of the measurement. */
function draw_path(view, { past, past_marks, whole, arrival, ring, dots }, { run, k, w, ahead, next, measured }) {
  const x_at = (i) => run.positions[2 * i];
  const y_at = (i) => run.positions[2 * i + 1];
  past.set(k + 1, x_at, y_at);
  past_marks.set(k, x_at, y_at);
  through(whole, w, next);
  through(arrival, next);
  put(ring, "transform", `translate(${round(view.px(measured[0]))} ${round(view.py(measured[1]))})`);
  const dot = ([x, y]) => `M${round(view.px(x) - 3.5)} ${round(view.py(y))}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z`;
  put(dots, "d", [w, ahead].map(dot).join(""));
}

function draw_arrows({ carried, used, unused, ghost }, { w, ahead, here_end, ahead_end, next }, nesterov) {
  carried.set(...w, ...ahead);
  (nesterov ? unused : used).set(...w, ...here_end);
  (nesterov ? used : unused).set(...ahead, ...ahead_end);
  // momentum adds the gradient's arrow at the tip of μv, where the ghost of it stands
  through(ghost, ...(nesterov ? [] : [here_end, next, ahead]));
}

function through(line, ...points) {
  line.set(
    points.length,
    (i) => points[i][0],
    (i) => points[i][1],
  );
}

/** Name what the panel shows; the words go where they cover least. */
function name_arrows(view, labels, { w, ahead, next, here_end, ahead_end, measured }, nesterov) {
  const pixel = ([x, y]) => [view.px(x), view.py(y)];
  const [here, there, to_here, to_ahead, to_next, ring] = [w, ahead, here_end, ahead_end, next, measured].map(pixel);
  const zero = pixel([0, 0]);
  const long = (from, to) => Math.hypot(to[0] - from[0], to[1] - from[1]) > 9;
  const halfway = (from, to) =>
    [0.5, 0.65, 0.35].map((t) => [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])]);
  const moving = long(here, there);
  const push = { from: here, to: to_here, name: LABELS.here };
  const push_ahead = { from: there, to: to_ahead, name: LABELS.ahead };
  const [used, unused] = nesterov ? [push_ahead, push] : [push, push_ahead];
  const said = (words, whether) => (whether ? words : "");
  lens_labels(
    view,
    [
      { node: labels.measured, words: LABELS.measured, anchors: [ring], gap: 10 },
      { node: labels.used, words: said(used.name, long(used.from, used.to)), anchors: halfway(used.from, used.to) },
      { node: labels.carry, words: said(LABELS.carry, moving), anchors: halfway(here, there) },
      { node: labels.next, words: said(LABELS.next, long(here, to_next)), anchors: [to_next], gap: 6 },
      { node: labels.other, words: said(nesterov ? "w" : "w + μv", moving), anchors: [nesterov ? here : there] },
      {
        node: labels.unused,
        words: said(unused.name, moving && long(unused.from, unused.to)),
        anchors: halfway(unused.from, unused.to),
      },
      {
        node: labels.minimum,
        words: said("minimum", lens_holds(view, ...zero)),
        anchors: [zero],
        gap: 7,
        optional: true,
      },
    ],
    [
      [here, there],
      [used.from, used.to],
      [unused.from, unused.to],
      [here, to_next],
      ...(nesterov ? [] : [[to_here, to_next]]),
    ],
  );
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

/** How much a box of this middle and half its size covers of an arrow: 0, or 1 and a sixth of the length inside. */
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
