// The friction lab: a ball in a well, its phase plane, its speedometer, and the map of (ηλ, μ) that rules them all.

import { descend } from "../maths/descent.mjs";
import { quadratic } from "../maths/surfaces.mjs";
import {
  critical_momentum,
  effective_learning_rate,
  rate,
  regime,
  speed_on_slope,
  stability_limit,
} from "../maths/theory.mjs";
import { chart, LOOKS, MUTED } from "../page/chart.mjs";
import { contour_paths } from "../page/contours.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { put, shape, verdict_in, write } from "../page/dom.mjs";
import { player } from "../page/player.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { STEPS, RATE_LEVELS, PANELS, MOTIONS, REGIMES, SAYS } = told.friction_lab;
const LOOK = LOOKS.momentum;
const STROKE = `stroke:${LOOK.color}`;
const FILL = `fill:${LOOK.color}`;
const WELL = quadratic([1]);

/**
 * anywidget's render: draw the widget into `el` for the settings of `model`.
 * @param {{model: any, el: HTMLElement}} context
 * @returns {() => void} takes the widget away again
 */
export function render(context) {
  return bring_to_life(context, {
    title: "Friction lab",
    controls: [
      { setting: "learning_rate", label: "ηλ, the learning rate where λ = 1", step: 0.005 },
      { setting: "momentum", label: "momentum μ", step: 0.005 },
      { setting: "step", label: "step k", step: 1 },
    ],
    stage,
  });
}

/**
 * The sentences for a setting, the same as Python's.
 * @param {{learning_rate: number, momentum: number, step: number}} values
 * @returns {string}
 */
export function words(values) {
  return sentences(outcome(values)).words;
}

/** What a setting comes to: the ball's 60 steps, where it is, its motion, factor per step and top speed. */
function outcome({ learning_rate, momentum, step }) {
  const { positions, velocities } = descend({ learning_rate, momentum }, WELL.gradient, [1], STEPS);
  return {
    learning_rate,
    momentum,
    step,
    positions,
    velocities,
    x: positions[step],
    v: velocities[step],
    motion: learning_rate === 0 ? MOTIONS.still : MOTIONS[regime(learning_rate, momentum)],
    rate: rate(learning_rate, momentum),
    top: effective_learning_rate(1, momentum),
  };
}

/** An outcome in words: the setting with its motion, the verdict, and all of it. */
function sentences({ learning_rate, momentum, step, x, v, motion, rate, top }) {
  const setting = fill(SAYS.setting, { learning_rate: format(learning_rate), momentum: format(momentum), motion });
  const speed = Number.isFinite(top) ? fill(SAYS.top, { speed: format(top) }) : SAYS["no top"];
  const verdict = fill(SAYS.verdict, { setting, rate: format(rate) });
  return { setting, verdict, words: fill(SAYS.words, { verdict, step, x: format(x), v: format(v), top: speed }) };
}

function readouts({ momentum, step, x, v, motion, rate, top }) {
  return {
    "the motion": motion,
    "factor per step, kept of the swing": format(rate),
    "stability limit of ηλ, 2(1 + μ)": format(stability_limit(momentum)),
    "top speed on a constant slope, 1/(1 − μ)": Number.isFinite(top) ? `${format(top)} × ηg` : SAYS["no top"],
    "where the ball is": `step ${step}: x = ${format(x)}, v = ${format(v)}`,
  };
}

function stage(place, api) {
  const panels = [map_panel(place, api), well_panel(place), phase_panel(place), meter_panel(place)];
  const playing = player(api, { length: () => STEPS, end: STEPS });
  const verdict = verdict_in(place);
  api.bar.append(...playing.buttons);

  return (values) => {
    const seen = outcome(values);
    const said = sentences(seen);
    for (const draw of panels) draw(seen, said);
    write(verdict, said.verdict);
    playing.show();
    const { learning_rate, momentum } = values;
    return { readouts: readouts(seen), words: said.words, optimizer: { learning_rate, momentum } };
  };
}

/** The map with its lines of equal factor, drawn once, and the point on it to move. */
function map_panel(place, api) {
  const map = chart(place, { title: "The map: drag the point", ...PANELS.map, phone: { height: 175 } });
  const [low, high] = [map.px(stability_limit(0)), map.px(stability_limit(1))];
  const outside = `M${low} ${map.py(0)}L${high} ${map.py(1)}V${map.py(0)}Z`;
  shape(map.plot, "path", { d: outside, style: `fill:${MUTED};opacity:0.25` });
  const damped = map.line({ style: `${FILL};stroke:none;opacity:0.12` });
  const root = (i) => Math.max(1e-6, (i / 100) ** 2);
  // under critical damping, and from its end back along the limit
  damped.set(
    203,
    (i) => [2, 0][i - 201] ?? root(i),
    (i) => (i > 200 ? 0 : critical_momentum(root(i))),
  );
  const levels = contour_paths(map, ([a, mu]) => rate(a, mu), RATE_LEVELS, 80);
  for (const d of levels) shape(map.plot, "path", { class: "sgd-contour", d });
  // on the flat part of a line the factor is √μ
  for (const level of RATE_LEVELS)
    map.label({ class: "sgd-label", "text-anchor": "end" }).set(`factor ${level}`, 1.95, level ** 2, 0, -3);
  map.line({ class: "sgd-line", style: "stroke:currentColor" }).set(2, stability_limit, (i) => i);
  map.line({ style: `${STROKE};stroke-dasharray:${LOOK.dash}` }).set(201, root, (i) => critical_momentum(root(i)));
  for (const [name, [a, mu]] of Object.entries(REGIMES)) map.label({ class: "sgd-regime sgd-halo" }).set(name, a, mu);
  const short = (value) => +value.toFixed(4);
  const point = map.handle({
    name: "the setting on the map: ηλ and momentum",
    color: LOOK.color,
    moved: (a, mu) => api.change({ learning_rate: short(a), momentum: short(mu) }),
    step_x: 0.02,
    step_y: 0.01,
  });
  map.describe("Factor per step over ηλ and momentum, with the present setting as a point to move.");
  return ({ learning_rate, momentum }, said) => point.set(learning_rate, momentum, said.setting);
}

/** The ball in its well, with the places where it was. */
function well_panel(place) {
  const { x: position } = PANELS.phase;
  const bowl = chart(place, {
    title: "The ball in the well",
    x: position,
    y: { label: "loss ½x²", low: -0.06, high: 1.15 },
    phone: { half: true, height: 115 },
  });
  const along = (i) => position.low + (i / 60) * (position.high - position.low);
  const loss = (x) => x ** 2 / 2;
  bowl.line({ style: `stroke:${MUTED}` }).set(61, along, (i) => loss(along(i)));
  const trail = bowl.markers(LOOK.marker, { style: `${FILL};opacity:0.35` });
  const ball = shape(bowl.plot, "circle", { r: 9, style: FILL });
  return ({ positions, step, x }, said) => {
    const at = (k) => positions[k];
    trail.set(step, at, (k) => loss(at(k)));
    move(ball, bowl, x, loss(x));
    bowl.describe(`The ball in the well. ${said.words}`);
  };
}

/** Velocity against position. */
function phase_panel(place) {
  const phase = chart(place, { ...PANELS.phase, phone: { half: true, height: 115 } });
  const spiral = phase.line({ style: STROKE, "stroke-width": 1.3 });
  const stops = phase.markers(LOOK.marker, { style: `${FILL};opacity:0.5` });
  const here = shape(phase.plot, "circle", { r: 6.5, style: FILL });
  phase.describe("Velocity against position: a spiral into the origin where the run converges.");
  return ({ positions, velocities, step, x, v }) => {
    const [x_at, v_at] = [(k) => positions[k], (k) => velocities[k]];
    spiral.set(step + 1, x_at, v_at);
    stops.set(step + 1, x_at, v_at);
    move(here, phase, x, v);
  };
}

/** The speed on a constant slope, with its cap where that is in sight. */
function meter_panel(place) {
  const { title, x, y } = PANELS.meter;
  const meter = chart(place, { title, x, y: { ...y, low: 0, high: 11.5 }, phone: { height: 100 } });
  const cap = meter.line({ style: "stroke:currentColor", "stroke-dasharray": "2 3", "stroke-width": 1.3 });
  const cap_label = meter.label({ class: "sgd-label", "text-anchor": "end" });
  const speed = meter.line({ style: `${STROKE};stroke-dasharray:${LOOK.dash}` });
  const needle = shape(meter.plot, "circle", { r: 6.5, style: FILL });
  meter.describe("Speed on a constant slope against the step, rising towards its cap.");
  return ({ momentum, step, top }) => {
    const bounded = top <= 1000;
    // round the scale up, so that it does not change with every small drag
    const reach = bounded ? 1.3 * top : STEPS;
    const nice = [1.5, 2, 3, 4, 6, 8, 12, 16, 25, 40, 60, 120, 250, 500, 1200].find((size) => size >= reach);
    meter.range({}, { high: nice });
    const speed_at = (k) => speed_on_slope(k, 1, momentum);
    const same = (k) => k;
    speed.set(STEPS + 1, same, speed_at);
    const end = (i) => i * STEPS;
    cap.set(bounded ? 2 : 0, end, () => top);
    if (bounded) cap_label.set(`1/(1−μ) = ${format(top)}`, STEPS, top, -4, -5);
    else cap_label.set("no cap in sight", STEPS, nice * 0.93, -4);
    move(needle, meter, step, speed_at(step));
  };
}

/** Put a dot at a place of a chart. */
function move(dot, view, x, y) {
  put(dot, "cx", view.px(x).toFixed(1));
  put(dot, "cy", view.py(y).toFixed(1));
}
