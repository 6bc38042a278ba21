// The friction lab: a ball in a well, its phase plane, its speedometer, and the map of (ηλ, μ) that rules them.

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
import { LOOKS, MUTED, chart } from "../page/chart.mjs";
import { contour_paths } from "../page/contours.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { element, put, shape } from "../page/dom.mjs";
import { player } from "../page/player.mjs";
import { format } from "../page/words.mjs";

const LAB_STEPS = 60;
const LEVELS = [0.3, 0.5, 0.7, 0.8, 0.9, 0.95];

// How the regimes are named to the reader.
const MOTIONS = {
  overdamped: "overdamped: it creeps in from one side",
  "critically damped": "critically damped: as fast as it gets without swinging",
  underdamped: "underdamped: it swings, and the swing fades",
  "zig-zag": "zig-zag: it jumps across at every step",
  marginal: "marginal: it neither settles nor runs away",
  diverges: "diverges: every step throws it further",
};

/** anywidget's render: draw the widget into `el` for the settings of `model`. */
export function render(context) {
  return bring_to_life(context, {
    name: "friction-lab",
    title: "Friction lab",
    controls: [
      { setting: "learning_rate", label: "ηλ, the learning rate where λ = 1", step: 0.005 },
      { setting: "momentum", label: "momentum μ", step: 0.005 },
      { setting: "step", label: "step k", step: 1 },
    ],
    stage: friction_stage,
  });
}

/** The map with its lines of equal rate, drawn once; returns the chart and its handle. */
function rate_chart(place, moved) {
  const map = chart(place, {
    title: "The map: drag the point",
    x: { label: "ηλ", low: 0, high: 4 },
    y: { label: "momentum μ", low: 0, high: 1 },
  });
  const outside = `M${map.px(2)} ${map.py(0)}L${map.px(4)} ${map.py(1)}V${map.py(0)}Z`;
  shape(map.plot, "path", { d: outside, style: `fill:${MUTED};opacity:0.25` });
  const levels = contour_paths(map, ([a, mu]) => rate(a, mu), LEVELS, 80);
  for (const d of levels) shape(map.plot, "path", { class: "sgd-contour", d });
  LEVELS.forEach((level) => {
    // on the flat part of a line the rate is √μ
    if (level >= 0.7)
      map.label({ class: "sgd-label", "text-anchor": "end" }).set(String(level), 1.95, level ** 2, 0, -3);
  });
  map.line({ class: "sgd-line", style: "stroke:currentColor" }).set(
    2,
    (i) => 2 + 2 * i,
    (i) => i,
  );
  const critical = map.line({ style: `stroke:${LOOKS.momentum.color};stroke-dasharray:${LOOKS.momentum.dash}` });
  critical.set(
    101,
    (i) => Math.max(1e-6, (i / 100) ** 2),
    (i) => critical_momentum(Math.max(1e-6, (i / 100) ** 2)),
  );
  map.label({ class: "sgd-label" }).set("critical damping", 0.62, 0.08);
  map.label({ class: "sgd-label" }).set("underdamped", 0.45, 0.55);
  map.label({ class: "sgd-label", "text-anchor": "middle" }).set("diverges", 3.3, 0.2);
  const point = map.handle({
    name: "the setting on the map: ηλ and momentum",
    color: LOOKS.momentum.color,
    moved,
    step_x: 0.02,
    step_y: 0.01,
  });
  return { map, point };
}

function friction_stage(place, api) {
  const look = LOOKS.momentum;
  const ink = { style: `stroke:${look.color}` };
  const well = quadratic([1]);
  const round = (value) => +value.toFixed(4);
  const { map, point } = rate_chart(place, (a, mu) => api.change({ learning_rate: round(a), momentum: round(mu) }));

  const bowl = chart(place, {
    title: "The ball in the well",
    x: { label: "position x", low: -1.5, high: 1.5 },
    y: { label: "loss ½x²", low: -0.06, high: 1.15 },
  });
  bowl.line({ style: `stroke:${MUTED}` }).set(
    61,
    (i) => -1.5 + i / 20,
    (i) => (-1.5 + i / 20) ** 2 / 2,
  );
  const trail = bowl.markers(look.marker, { style: `fill:${look.color};opacity:0.35` });
  const ball = shape(bowl.plot, "circle", { r: 9, style: `fill:${look.color}` });

  const phase = chart(place, {
    title: "Phase plane",
    x: { label: "position x", low: -1.5, high: 1.5 },
    y: { label: "velocity v", low: -1.5, high: 1.5 },
  });
  const spiral = phase.line({ ...ink, "stroke-width": 1.3 });
  const stops = phase.markers(look.marker, { style: `fill:${look.color};opacity:0.5` });
  const here = shape(phase.plot, "circle", { r: 6.5, style: `fill:${look.color}` });

  const meter = chart(place, {
    title: "Speed on a constant slope",
    x: { label: "step k", low: 0, high: LAB_STEPS },
    y: { label: "speed / ηg", low: 0, high: 11.5 },
  });
  const cap = meter.line({ style: "stroke:currentColor", "stroke-dasharray": "2 3", "stroke-width": 1.3 });
  const cap_label = meter.label({ class: "sgd-label", "text-anchor": "end" });
  const speed = meter.line({ style: `stroke:${look.color};stroke-dasharray:${look.dash}` });
  const needle = shape(meter.plot, "circle", { r: 6.5, style: `fill:${look.color}` });

  const playing = player(api, { length: () => LAB_STEPS, end: LAB_STEPS });
  place.append(element("div", { class: "sgd-bar" }, ...playing.buttons));

  return ({ learning_rate, momentum, step }) => {
    const run = descend({ learning_rate, momentum }, well.gradient, [1], LAB_STEPS);
    const { positions, velocities } = run;
    const x = (k) => positions[k];
    const v = (k) => velocities[k];
    const place_at = (dot, view, at_x, at_y) => {
      put(dot, "cx", view.px(at_x).toFixed(1));
      put(dot, "cy", view.py(at_y).toFixed(1));
    };
    trail.set(step, x, (k) => x(k) ** 2 / 2);
    place_at(ball, bowl, x(step), x(step) ** 2 / 2);
    spiral.set(step + 1, x, v);
    stops.set(step + 1, x, v);
    place_at(here, phase, x(step), v(step));

    const top = effective_learning_rate(1, momentum);
    const bounded = top <= 1000;
    // round the scale up, so that it does not change with every small drag
    const reach = bounded ? 1.15 * top : LAB_STEPS;
    const nice = [1.5, 2, 3, 4, 6, 8, 12, 16, 25, 40, 60, 120, 250, 500, 1200].find((size) => size >= reach);
    meter.range({}, { high: nice });
    const speed_at = (k) => speed_on_slope(k, 1, momentum);
    speed.set(LAB_STEPS + 1, (k) => k, speed_at);
    cap.set(
      bounded ? 2 : 0,
      (i) => i * LAB_STEPS,
      () => top,
    );
    cap_label.set(
      bounded ? `1/(1−μ) = ${format(top)}` : "no cap in sight",
      LAB_STEPS,
      bounded ? top : nice * 0.93,
      -4,
      bounded ? -5 : 0,
    );
    place_at(needle, meter, step, speed_at(step));

    playing.show();

    const shrink = rate(learning_rate, momentum);
    const kind = learning_rate === 0 ? "it never moves" : MOTIONS[regime(learning_rate, momentum)];
    const words =
      `ηλ ${format(learning_rate)}, momentum ${format(momentum)}: ${kind}. Rate ${format(shrink)} a step. ` +
      `Step ${step}: position ${format(x(step))}, velocity ${format(v(step))}. ` +
      `Top speed on a constant slope: ${Number.isFinite(top) ? `${format(top)} times ηg` : "without bound"}.`;
    point.set(learning_rate, momentum, `ηλ ${format(learning_rate)}, momentum ${format(momentum)}: ${kind}`);
    map.describe("Convergence rate over ηλ and momentum, with the present setting as a point to move.");
    bowl.describe(`The ball in the well. ${words}`);
    phase.describe("Velocity against position: a spiral into the origin where the run converges.");
    meter.describe("Speed on a constant slope against the step, rising towards its cap.");
    return {
      readouts: {
        "the motion": kind,
        "rate, kept of the swing each step": format(shrink),
        "stability limit of ηλ, 2(1 + μ)": format(stability_limit(momentum)),
        "top speed on a constant slope, 1/(1 − μ)": Number.isFinite(top) ? `${format(top)} × ηg` : "without bound",
        "where the ball is": `step ${step}: x = ${format(x(step))}, v = ${format(v(step))}`,
      },
      words,
      optimizer: { learning_rate, momentum },
    };
  };
}
