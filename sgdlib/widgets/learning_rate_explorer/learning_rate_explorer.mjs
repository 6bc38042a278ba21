// The learning-rate explorer: gradient descent in a bowl, the learning rate free to cross 2/L.

import { descend, steps_to_stay_within } from "../maths/descent.mjs";
import { quadratic } from "../maths/surfaces.mjs";
import { rate, stability_limit } from "../maths/theory.mjs";
import { LOOKS, MUTED, chart } from "../page/chart.mjs";
import { contour_paths } from "../page/contours.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { shape } from "../page/dom.mjs";
import { format } from "../page/words.mjs";

const SHOWN_STEPS = 40;
const COUNTED_STEPS = 3000;

/** anywidget's render: draw the widget into `el` for the settings of `model`. */
export function render(context) {
  return bring_to_life(context, {
    name: "learning-rate-explorer",
    title: "Learning-rate explorer",
    controls: [
      { setting: "learning_rate", label: "learning rate η", step: 0.005 },
      { setting: "curvature", label: "curvature λ (the largest, L)", step: 0.1 },
      { setting: "dimensions", label: "dimensions" },
    ],
    stage,
  });
}

function stage(place) {
  const look = LOOKS["gradient descent"];
  const ink = { style: `stroke:${look.color}` };
  const bowl = chart(place, {
    title: "Steps in the bowl",
    x: { label: "position w", low: -6, high: 6 },
    y: { label: "loss", low: 0, high: 36 },
  });
  const curve = bowl.line({ style: `stroke:${MUTED}` });
  const hops = bowl.line(ink);
  const dots = bowl.markers(look.marker, { style: `fill:${look.color}` });
  const level = bowl.plot.insertBefore(shape(bowl.plot, "path", { class: "sgd-contour" }), bowl.plot.firstChild);

  const distance = chart(place, {
    title: "Distance to the minimum",
    x: { label: "step k", low: 0, high: SHOWN_STEPS },
    y: { label: "distance", low: 1e-7, high: 1e3, log: true },
  });
  const fall = distance.line(ink);
  let traced = "";

  return ({ learning_rate, curvature, dimensions }) => {
    const two = dimensions === "two";
    const curvatures = two ? [1, curvature] : [curvature];
    const surface = quadratic(curvatures);
    const start = two ? [-4, 1.5] : [-4];
    const run = descend({ learning_rate }, surface.gradient, start, COUNTED_STEPS);
    const steps = steps_to_stay_within(run, 1e-6);
    const { positions, d } = run;
    const shown = SHOWN_STEPS + 1;
    const x_at = (k) => positions[k * d];
    const y_at = two ? (k) => positions[k * d + 1] : (k) => surface.value([positions[k]]);

    if (two) bowl.range({ label: "x" }, { label: "y", low: -3, high: 3 });
    else bowl.range({ label: "position w" }, { label: "loss", low: 0, high: 18 * curvature });
    const now = dimensions + curvature;
    if (now !== traced) {
      traced = now;
      // levels evenly spaced in the square root of the loss, as in sgdlib.figures.contours
      const high = surface.value([6, 3]);
      const levels = Array.from({ length: 9 }, (_, i) => high * ((i + 1) / 10) ** 2);
      level.setAttribute("d", two ? contour_paths(bowl, surface.value, levels).join("") : "");
      curve.set(
        two ? 0 : 121,
        (i) => -6 + i / 10,
        (i) => surface.value([-6 + i / 10]),
      );
    }
    hops.set(shown, x_at, y_at);
    dots.set(shown, x_at, y_at);
    fall.set(
      shown,
      (k) => k,
      (k) => Math.hypot(...positions.subarray(k * d, k * d + d)),
    );

    const factor = Math.max(...curvatures.map((c) => rate(learning_rate * c)));
    const a = learning_rate * curvature;
    const limit = stability_limit(0);
    const motion =
      learning_rate === 0
        ? "it never moves"
        : a > limit
          ? "it explodes"
          : a === limit
            ? "it jumps to and fro for ever"
            : a > 1
              ? "it zig-zags in"
              : a === 1
                ? "one step does it"
                : "it walks down smoothly";
    const counted = steps >= 0 ? `${steps} steps` : run.diverged_at >= 0 ? "never" : `more than ${COUNTED_STEPS} steps`;
    const words =
      `Learning rate ${format(learning_rate, 4)}, ηλ is ${format(a)}: ${motion}. ` +
      `Each step keeps ${format(factor)} of the distance; to 1e-6: ${counted}.`;
    bowl.describe(`Steps of gradient descent. ${words}`);
    distance.describe(`Distance to the minimum against the step. ${words}`);
    return {
      readouts: {
        "ηλ, with its limit at 2": `${format(a)}: ${motion}`,
        "kept of the distance each step, |1 − ηλ|": format(factor),
        "steps until within 1e-6": counted,
      },
      words,
      optimizer: { learning_rate },
    };
  };
}
