// The batch explorer: a line fitted to 100 points by gradient descent and by SGD.

import { batch_gradients, linear_regression } from "../maths/data.mjs";
import { descend } from "../maths/descent.mjs";
import { random_batches, shuffled_batches, uniforms as random } from "../maths/generator.mjs";
import { noise_floor } from "../maths/theory.mjs";
import { LOOKS, MUTED, chart } from "../page/chart.mjs";
import { contour_paths } from "../page/contours.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { put, shape } from "../page/dom.mjs";
import { format } from "../page/words.mjs";

const SAMPLES = 100;
const EPOCHS = 40;
const BATCH_START = [-2, -1.5];
const DRAWN_POINTS = 400; // a curve of more points looks the same and costs more

/** anywidget's render: draw the widget into `el` for the settings of `model`. */
export function render(context) {
  return bring_to_life(context, {
    name: "batch-explorer",
    title: "Batch explorer",
    controls: [
      { setting: "batch_size", label: "batch size B", step: 1 },
      { setting: "learning_rate", label: "learning rate η", log: true },
      { setting: "sampling", label: "how the rows are drawn" },
      { setting: "axis", label: "loss drawn against" },
      { setting: "seed", label: "seed of the batches", step: 1 },
    ],
    actions: [{ label: "New seed", run: ({ values, change }) => change({ seed: (values.seed % 999) + 1 }) }],
    stage: batch_stage,
  });
}

/** The regression: 100 points around the line 1 + 0.8 x, the same as in Python. */
export function regression_problem() {
  const next = random(1);
  const x = Array.from({ length: SAMPLES }, () => 4 * next() - 2);
  const targets = x.map((value) => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += next();
    return 1 + 0.8 * value + 0.7 * sum;
  });
  return { x, targets, ...linear_regression(Float64Array.from(x.flatMap((value) => [1, value])), targets) };
}

/** What both methods make of a setting: their runs, excess losses, the floor measured and predicted, the crossing. */
export function batch_runs(problem, { learning_rate, batch_size, sampling, seed }) {
  const per_epoch = Math.ceil(SAMPLES / batch_size);
  const updates = EPOCHS * per_epoch;
  const batches =
    sampling === "shuffled"
      ? shuffled_batches(random(seed), SAMPLES, batch_size, EPOCHS)
      : random_batches(random(seed), SAMPLES, batch_size, updates);
  const sgd = descend({ learning_rate }, null, BATCH_START, updates, { gradients: batch_gradients(problem, batches) });
  const gd = descend({ learning_rate }, problem.gradient, BATCH_START, EPOCHS);
  const noisy = excess(problem, sgd);
  const exact = excess(problem, gd);
  const half = Math.floor(noisy.length / 2);
  const measured = noisy.subarray(half).reduce((sum, loss) => sum + loss, 0) / (noisy.length - half);
  let crossing = EPOCHS + 1;
  // with all rows in a batch SGD is gradient descent: only rounding parts the two
  const alike = batch_size === SAMPLES && sampling === "shuffled";
  for (let epoch = EPOCHS; epoch >= 1 && !alike; epoch--) {
    let sum = 0;
    for (let k = (epoch - 1) * per_epoch + 1; k <= epoch * per_epoch; k++) sum += noisy[k];
    if (exact[epoch] >= sum / per_epoch) break;
    crossing = epoch;
  }
  const predicted = predicted_floor(problem, learning_rate, batch_size);
  return { sgd, gd, noisy, exact, per_epoch, measured, predicted, crossing: crossing <= EPOCHS ? crossing : -1 };
}

/** The loss above the smallest there is: ½ (w − w*)ᵀ H (w − w*), exact for a quadratic loss. */
function excess(problem, { positions, steps }) {
  const [xx, xy, , yy] = problem.hessian;
  const [x0, y0] = problem.minimum;
  return Float64Array.from({ length: steps + 1 }, (_, k) => {
    const x = positions[2 * k] - x0;
    const y = positions[2 * k + 1] - y0;
    return 0.5 * (xx * x * x + 2 * xy * x * y + yy * y * y);
  });
}

/** theory.noise_floor for sampling with replacement, added up over the two directions of the loss. */
function predicted_floor(problem, learning_rate, batch_size) {
  const [xx, xy, , yy] = problem.hessian;
  const spread = [0, 0, 0];
  for (let i = 0; i < SAMPLES; i++) {
    const residual = problem.minimum[0] + problem.minimum[1] * problem.x[i] - problem.targets[i];
    const weight = residual ** 2 / SAMPLES / batch_size;
    spread[0] += weight;
    spread[1] += weight * problem.x[i];
    spread[2] += weight * problem.x[i] ** 2;
  }
  // the directions in which a matrix of two rows only stretches
  const turn = 0.5 * Math.atan2(2 * xy, xx - yy);
  let floor = 0;
  for (const angle of [turn, turn + Math.PI / 2]) {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const along = (a, b, d) => a * c * c + 2 * b * c * s + d * s * s;
    floor += noise_floor(learning_rate, along(xx, xy, yy), 0, false, along(...spread));
  }
  return floor;
}

function batch_stage(place) {
  const problem = regression_problem();
  const [gd_look, sgd_look] = [LOOKS["gradient descent"], LOOKS.SGD];
  const stroke = (look, width) => ({ style: `stroke:${look.color};stroke-width:${width}` });

  const surface = chart(place, {
    title: "Paths on the loss",
    x: { label: "intercept w₀", low: -3, high: 3 },
    y: { label: "slope w₁", low: -2.5, high: 2.5 },
  });
  const lowest = problem.value(problem.minimum);
  const highest = problem.value([-3, -2.5]);
  const levels = Array.from({ length: 9 }, (_, i) => lowest + (highest - lowest) * ((i + 1) / 10) ** 2);
  shape(surface.plot, "path", { class: "sgd-contour", d: contour_paths(surface, problem.value, levels).join("") });
  const sgd_path = surface.line(stroke(sgd_look, 1.1));
  const gd_path = surface.line(stroke(gd_look, 2));
  const gd_dots = surface.markers(gd_look.marker, { style: `fill:${gd_look.color}` });
  surface.label({ style: "font-size:18px", "text-anchor": "middle" }).set("+", ...problem.minimum, 0, 6);

  const data = chart(place, {
    title: "The data and the lines",
    x: { label: "x", low: -2.1, high: 2.1 },
    y: { label: "y", low: -3.5, high: 5 },
  });
  data.markers("o", { style: `fill:${MUTED};opacity:0.6` }).set(
    SAMPLES,
    (i) => problem.x[i],
    (i) => problem.targets[i],
  );
  const gd_fit = data.line(stroke(gd_look, 2));
  const sgd_fit = data.line({ style: `stroke:${sgd_look.color};stroke-dasharray:${sgd_look.dash};stroke-width:2.5` });

  const loss = chart(place, {
    title: "Loss above the best",
    x: { label: "epochs", low: 0, high: EPOCHS },
    y: { label: "excess loss", low: 1e-6, high: 100, log: true },
  });
  const sgd_loss = loss.line(stroke(sgd_look, 1.1));
  const gd_loss = loss.line(stroke(gd_look, 2));
  const floor = loss.line({ style: "stroke:currentColor;stroke-dasharray:2 3;stroke-width:1.3" });
  const floor_label = loss.label({ class: "sgd-label", "text-anchor": "end" });
  const cross = loss.line({ style: `stroke:${MUTED};stroke-dasharray:5 3;stroke-width:1.3` });
  const cross_label = loss.label({ class: "sgd-label" });
  const names = { "gradient descent": loss.label({ class: "sgd-label" }), SGD: loss.label({ class: "sgd-label" }) };
  names["gradient descent"].text.style.fill = gd_look.color;
  names.SGD.text.style.fill = sgd_look.color;

  return (values) => {
    const { axis, batch_size, learning_rate } = values;
    const runs = batch_runs(problem, values);
    const { sgd, gd, noisy, exact, per_epoch, measured, predicted, crossing } = runs;
    const every = Math.ceil((sgd.steps + 1) / DRAWN_POINTS);
    const count = Math.floor(sgd.steps / every) + 1;
    sgd_path.set(
      count,
      (i) => sgd.positions[2 * i * every],
      (i) => sgd.positions[2 * i * every + 1],
    );
    gd_path.set(
      EPOCHS + 1,
      (i) => gd.positions[2 * i],
      (i) => gd.positions[2 * i + 1],
    );
    gd_dots.set(
      EPOCHS + 1,
      (i) => gd.positions[2 * i],
      (i) => gd.positions[2 * i + 1],
    );
    for (const [line, { positions, steps }] of [
      [gd_fit, gd],
      [sgd_fit, sgd],
    ]) {
      line.set(
        2,
        (i) => 4 * i - 2,
        (i) => positions[2 * steps] + positions[2 * steps + 1] * (4 * i - 2),
      );
    }

    // how far on the chosen axis an update of either method gets
    const [sgd_unit, gd_unit] =
      axis === "updates" ? [1, 1] : axis === "epochs" ? [1 / per_epoch, 1] : [SAMPLES / per_epoch, SAMPLES];
    const end = sgd_unit * sgd.steps;
    loss.range({ label: axis, high: end });
    sgd_loss.set(
      count,
      (i) => i * every * sgd_unit,
      (i) => noisy[i * every],
    );
    gd_loss.set(
      EPOCHS + 1,
      (i) => i * gd_unit,
      (i) => exact[i],
    );
    const known = Number.isFinite(predicted);
    floor.set(
      known ? 2 : 0,
      (i) => i * end,
      () => predicted,
    );
    floor_label.set(known ? "dotted: predicted noise floor" : "", end, 1e-6, -6, -8);
    const meets = crossing > 0 && axis !== "updates";
    cross.set(
      meets ? 2 : 0,
      () => crossing * gd_unit,
      (i) => (i === 0 ? 1e-6 : 100),
    );
    const late = crossing > EPOCHS / 2;
    put(cross_label.text, "text-anchor", late ? "end" : "start");
    cross_label.set(meets ? `epoch ${crossing}: it passes` : "", meets ? crossing * gd_unit : 0, 30, late ? -5 : 5);
    names.SGD.set("SGD", 0, 1e-6, 8, -22);
    names["gradient descent"].set("gradient descent", 0, 1e-6, 8, -8);

    const passes = crossing > 0 ? `in epoch ${crossing}` : `not in ${EPOCHS} epochs`;
    const held = sgd.diverged_at >= 0 ? "it diverges" : format(measured);
    const words =
      `Batch size ${batch_size}, learning rate ${format(learning_rate)}: SGD makes ${per_epoch} updates an epoch. ` +
      `Noise floor measured ${held}, predicted ${format(predicted)}. Gradient descent passes SGD for good: ${passes}.`;
    surface.describe("Paths of gradient descent and SGD on the contour lines of the loss.");
    data.describe("The data with the lines that both methods ended on.");
    loss.describe(`Excess loss against ${axis}. ${words}`);
    return {
      readouts: {
        "updates an epoch, SGD (gradient descent: 1)": String(per_epoch),
        "noise floor, measured over the second half": held,
        "noise floor, predicted with replacement": format(predicted),
        "gradient descent passes SGD for good": passes,
      },
      words,
      optimizer: { learning_rate },
    };
  };
}
