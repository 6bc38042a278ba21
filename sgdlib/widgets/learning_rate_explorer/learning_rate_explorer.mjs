// The learning-rate explorer: gradient descent in a bowl, the learning rate free to cross 2/L.

import { descend, steps_to_stay_within } from "../maths/descent.mjs";
import { quadratic } from "../maths/surfaces.mjs";
import { rate, stability_limit } from "../maths/theory.mjs";
import { chart, LOOKS, MUTED } from "../page/chart.mjs";
import { contour_paths } from "../page/contours.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { shape, verdict_in, write } from "../page/dom.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { CONTOUR_LINES, COUNTED, EDGE, MOTIONS, PANELS, POINTS, SAYS, SHOWN, STARTS, TOLERANCE } =
  told.learning_rate_explorer;
const LOOK = LOOKS["gradient descent"];
const INK = { style: `stroke:${LOOK.color}` };

/**
 * anywidget's render: draw the widget into `el` for the settings of `model`.
 * @param {{model: any, el: HTMLElement}} context
 * @returns {() => void} takes the widget away again
 */
export function render(context) {
  return bring_to_life(context, {
    title: "Learning-rate explorer",
    controls: [
      { setting: "learning_rate", label: "learning rate η", log: true },
      { setting: "curvature", label: "curvature λ (the largest, L)", step: 0.1 },
      { setting: "dimensions", label: "dimensions" },
    ],
    stage,
  });
}

/**
 * The sentences for a setting, the same as Python's.
 * @param {{learning_rate: number, curvature: number, dimensions: string}} values
 * @returns {string}
 */
export function words(values) {
  return sentences(outcome(values));
}

/** What a setting comes to: the run; along each direction ηλ, motion and factor of a step; the steps in words. */
function outcome({ learning_rate, curvature, dimensions }) {
  const curvatures = dimensions === "two" ? [1, curvature] : [curvature];
  const surface = quadratic(curvatures);
  const run = descend({ learning_rate }, surface.gradient, STARTS[dimensions], COUNTED);
  const steps = steps_to_stay_within(run, TOLERANCE);
  const unfinished = run.diverged_at >= 0 ? SAYS.never : fill(SAYS.more, { counted: COUNTED });
  const directions = curvatures.map((each) => {
    const a = learning_rate * each;
    return { a: format(a, 4), motion: motion(a), factor: format(rate(a), 4), signed: format(1 - a, 4) };
  });
  return {
    learning_rate,
    curvature,
    dimensions,
    surface,
    run,
    directions,
    steps: steps >= 0 ? fill(SAYS.steps, { steps }) : unfinished,
  };
}

/** The kind of motion along a direction with a = ηλ. */
function motion(a) {
  const limit = stability_limit();
  if (a >= limit) return a > limit ? MOTIONS.diverges : MOTIONS.marginal;
  if (a >= 1) return a > 1 ? MOTIONS["zig-zag"] : MOTIONS["at once"];
  return MOTIONS.smooth;
}

function sentences({ learning_rate, dimensions, directions, steps }) {
  const { a: a_x, motion: motion_x, factor: factor_x } = directions[0];
  const numbers = { learning_rate: format(learning_rate, 4), ...directions.at(-1), a_x, motion_x, factor_x };
  return fill(SAYS.words, { directions: fill(SAYS[dimensions], numbers), tolerance: format(TOLERANCE), steps });
}

/** The readouts; in two dimensions each with its value along either direction. */
function readouts({ curvature, directions, steps }) {
  const [first, last] = [directions[0].signed, directions.at(-1).signed];
  const labels = SAYS.readouts;
  const each = (name) => {
    const [x, y] = directions.map((direction) => direction[name]);
    return y === undefined ? x : fill(SAYS.along, { x, y });
  };
  return {
    [labels.a]: each("a"),
    [labels.motion]: each("motion"),
    ...(directions.length === 1
      ? { [labels.factor]: first }
      : { [labels.factor_x]: first, [fill(labels.factor_y, { curvature: format(curvature) })]: last }),
    [labels.steps]: steps,
  };
}

function stage(place) {
  const panels = [bowl_panel(place), distance_panel(place)];
  const verdict = verdict_in(place);
  return (values) => {
    const seen = outcome(values);
    const said = sentences(seen);
    for (const draw of panels) draw(seen, said);
    write(verdict, said);
    return {
      readouts: readouts(seen),
      words: said,
      optimizer: { learning_rate: values.learning_rate },
    };
  };
}

/** The steps: on the curve of the loss in one dimension, on its contour lines in two. */
function bowl_panel(place) {
  const bowl = chart(place, { ...PANELS.one, y: { ...PANELS.one.y, low: 0, high: EDGE }, phone: { height: 190 } });
  const curve = bowl.line({ style: `stroke:${MUTED}` });
  const hops = bowl.line(INK);
  const dots = bowl.markers(LOOK.marker, { style: `fill:${LOOK.color}` });
  const level = bowl.plot.insertBefore(shape(bowl.plot, "path", { class: "sgd-contour" }), bowl.plot.firstChild);
  const { left, top, right, bottom } = bowl.box;
  const reach = (PANELS.two.x.high * (bottom - top)) / (right - left);
  const same_scale = { low: -reach, high: reach };
  let traced = "";

  /** The loss itself, drawn anew only when it is another. */
  function trace({ surface, curvature, dimensions }) {
    const two = dimensions === "two";
    const { x, y } = PANELS[dimensions];
    const label = fill(y.label, { curvature: format(curvature) });
    bowl.range({ label: x.label }, two ? { label, ...same_scale } : { label: y.label, low: 0, high: EDGE * curvature });
    const now = dimensions + curvature;
    if (now === traced) return;
    traced = now;
    // levels evenly spaced in the square root of the loss, as in sgdlib.figures.contours
    const high = two ? surface.value([x.high, y.high]) : 0;
    const levels = Array.from({ length: CONTOUR_LINES }, (_, i) => high * ((i + 1) / (CONTOUR_LINES + 1)) ** 2);
    level.setAttribute("d", two ? contour_paths(bowl, surface.value, levels).join("") : "");
    const along = (i) => x.low + (i / (POINTS - 1)) * (x.high - x.low);
    curve.set(two ? 0 : POINTS, along, (i) => surface.value([along(i)]));
  }

  return (seen, said) => {
    trace(seen);
    const { positions, d } = seen.run;
    const x_at = (k) => positions[k * d];
    const y_at = d === 2 ? (k) => positions[k * d + 1] : (k) => seen.surface.value([positions[k]]);
    hops.set(SHOWN + 1, x_at, y_at);
    dots.set(SHOWN + 1, x_at, y_at);
    bowl.describe(`Steps of gradient descent. ${said}`);
  };
}

/** The distance to the minimum against the step. */
function distance_panel(place) {
  const distance = chart(place, { ...PANELS.distance, phone: { height: 140 } });
  const fall = distance.line(INK);
  return ({ run: { positions, d } }, said) => {
    const step = (k) => k;
    fall.set(SHOWN + 1, step, (k) => Math.hypot(...positions.subarray(k * d, k * d + d)));
    distance.describe(`Distance to the minimum against the step. ${said}`);
  };
}
