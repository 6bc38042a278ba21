// The batch explorer: a line fitted to 100 points by gradient descent and by SGD.

import { batch_gradients, linear_regression } from "../maths/data.mjs";
import { descend } from "../maths/descent.mjs";
import { random_batches, scattered_line, shuffled_batches, uniforms as random } from "../maths/generator.mjs";
import { chart, LOOKS, MUTED } from "../page/chart.mjs";
import { contour_paths } from "../page/contours.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { put, shape, verdict_in, write } from "../page/dom.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAMPLES, EPOCHS, START, LINE, LAST_SEED, DRAWN, ROUNDING, ON_THE_WAY, CONTOUR_LINES, PANELS, SAYS } =
  told.batch_explorer;
const GD = LOOKS["gradient descent"];
const SGD = LOOKS.SGD;

/**
 * anywidget's render: draw the widget into `el` for the settings of `model`.
 * @param {{model: any, el: HTMLElement}} context
 * @returns {() => void} takes the widget away again
 */
export function render(context) {
  return bring_to_life(context, {
    title: "Batch explorer",
    controls: [
      { setting: "batch_size", label: "batch size B", step: 1 },
      { setting: "learning_rate", label: "learning rate η", log: true },
      { setting: "sampling", label: "how the rows are drawn" },
      { setting: "axis", label: "loss drawn against", more: true },
      { setting: "seed", label: "seed of the batches", step: 1, more: true },
    ],
    actions: [{ label: "New seed", run: ({ values, change }) => change({ seed: (values.seed % LAST_SEED) + 1 }) }],
    stage,
  });
}

/**
 * The sentences for a setting, the same as Python's.
 * @param {{learning_rate: number, batch_size: number, sampling: string, seed: number}} values
 * @returns {string}
 */
export function words(values) {
  return sentences(values, outcome(regression(), values)).words;
}

/** The regression: 100 points around a line, the same as in Python. */
function regression() {
  const [x, targets] = scattered_line(LINE.seed, SAMPLES, LINE.intercept, LINE.slope, LINE.noise, LINE.reach);
  return { x, targets, ...linear_regression(Float64Array.from(x.flatMap((value) => [1, value])), targets) };
}

/** What a setting comes to: both runs, their excess losses, the floor measured and predicted, the crossing. */
function outcome(problem, { learning_rate, batch_size, sampling, seed }) {
  const per_epoch = Math.ceil(SAMPLES / batch_size);
  const updates = EPOCHS * per_epoch;
  const batches =
    sampling === "shuffled"
      ? shuffled_batches(random(seed), SAMPLES, batch_size, EPOCHS)
      : random_batches(random(seed), SAMPLES, batch_size, updates);
  const sgd = descend({ learning_rate }, null, START, updates, { gradients: batch_gradients(problem, batches) });
  const gd = descend({ learning_rate }, problem.gradient, START, EPOCHS);
  const noisy = excess(problem, sgd);
  const exact = excess(problem, gd);
  const half = Math.floor(noisy.length / 2);
  const mean = noisy.subarray(half).reduce((sum, loss) => sum + loss, 0) / (noisy.length - half);
  // with all rows in a batch SGD is gradient descent: only rounding parts the two
  const alike = batch_size === SAMPLES && sampling === "shuffled";
  const measured = mean >= ROUNDING ? mean : 0;
  return {
    sgd,
    gd,
    noisy,
    exact,
    per_epoch,
    alike,
    measured,
    arrived: left_over(problem, learning_rate, half) <= ON_THE_WAY * measured,
    predicted: problem.noise_floor(learning_rate, batch_size),
    crossing: alike ? -1 : first_below(exact, noisy, per_epoch),
  };
}

/** The first epoch from whose end on gradient descent is below SGD's mean over the epoch; −1 if none. */
function first_below(exact, noisy, per_epoch) {
  let crossing = EPOCHS + 1;
  for (let epoch = EPOCHS; epoch >= 1; epoch--) {
    let sum = 0;
    for (let k = (epoch - 1) * per_epoch + 1; k <= epoch * per_epoch; k++) sum += noisy[k];
    if (exact[epoch] >= sum / per_epoch) break;
    crossing = epoch;
  }
  return crossing <= EPOCHS ? crossing : -1;
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

/** The part of the loss after some updates that is left from the start, and not noise: that of the mean position. */
function left_over({ hessian: [xx, xy, , yy], minimum }, learning_rate, updates) {
  let [x, y] = [START[0] - minimum[0], START[1] - minimum[1]];
  for (let k = 0; k < updates; k++) {
    [x, y] = [x - learning_rate * (xx * x + xy * y), y - learning_rate * (xy * x + yy * y)];
  }
  return 0.5 * (xx * x * x + 2 * xy * x * y + yy * y * y);
}

/** An outcome in words: the floors, the crossing, and all of it. */
function sentences({ batch_size, learning_rate }, seen) {
  const { per_epoch, predicted, crossing, alike } = seen;
  const passes = crossing > 0 ? fill(SAYS.passes, { epoch: crossing }) : fill(SAYS.never, { epochs: EPOCHS });
  const said = {
    updates: String(per_epoch),
    measured: measured_words(seen),
    predicted: alike ? SAYS["no noise"] : format(predicted),
    passes: alike ? SAYS["one run"] : passes,
  };
  const verdict = alike ? SAYS.alike : fill(SAYS.verdict, said);
  const setting = { batch_size, learning_rate: format(learning_rate) };
  return { ...said, verdict, words: fill(SAYS.words, { ...setting, updates: said.updates, verdict }) };
}

/** The measured noise floor; what keeps it from being one, where something does. */
function measured_words({ sgd, alike, arrived, measured }) {
  if (sgd.diverged_at >= 0) return SAYS.diverges;
  if (alike) return SAYS["no noise"];
  return arrived ? format(measured) : SAYS["on the way"];
}

function stage(place) {
  const problem = regression();
  const panels = [paths_panel(place, problem), data_panel(place, problem), loss_panel(place)];
  const verdict = verdict_in(place);
  return (values) => {
    const seen = outcome(problem, values);
    const said = sentences(values, seen);
    for (const draw of panels) draw(seen, said, values);
    write(verdict, said.verdict);
    return {
      readouts: {
        "updates an epoch, SGD (gradient descent: 1)": said.updates,
        "noise floor, measured over the second half": said.measured,
        "noise floor, predicted if drawn with replacement": said.predicted,
        "gradient descent passes SGD for good": said.passes,
      },
      words: said.words,
      optimizer: { learning_rate: values.learning_rate },
    };
  };
}

const stroke = (look, width) => ({ style: `stroke:${look.color};stroke-width:${width}` });

/** Which steps of a long run are drawn: every so many steps, and how many that makes. */
function thinned({ steps }) {
  const every = Math.ceil((steps + 1) / DRAWN);
  return { every, count: Math.floor(steps / every) + 1 };
}

/** Both paths on the contour lines of the loss. */
function paths_panel(place, problem) {
  const surface = chart(place, { ...PANELS.surface, phone: { half: true } });
  const lowest = problem.value(problem.minimum);
  const highest = problem.value([PANELS.surface.x.low, PANELS.surface.y.low]);
  // evenly spaced in the square root of the loss, as in sgdlib.figures.contours
  const share = (i) => ((i + 1) / (CONTOUR_LINES + 1)) ** 2;
  const levels = Array.from({ length: CONTOUR_LINES }, (_, i) => lowest + (highest - lowest) * share(i));
  shape(surface.plot, "path", { class: "sgd-contour", d: contour_paths(surface, problem.value, levels).join("") });
  const sgd_path = surface.line(stroke(SGD, 1.1));
  const gd_path = surface.line(stroke(GD, 2));
  const gd_dots = surface.markers(GD.marker, { style: `fill:${GD.color}` });
  surface
    .label({ style: "font-size:18px", "text-anchor": "middle" })
    .set("+", problem.minimum[0], problem.minimum[1], 0, 6);
  surface.describe("Paths of gradient descent and SGD on the contour lines of the loss.");

  return ({ sgd, gd }) => {
    const { every, count } = thinned(sgd);
    const at = (run, coordinate, every) => (i) => run.positions[2 * i * every + coordinate];
    sgd_path.set(count, at(sgd, 0, every), at(sgd, 1, every));
    gd_path.set(EPOCHS + 1, at(gd, 0, 1), at(gd, 1, 1));
    gd_dots.set(EPOCHS + 1, at(gd, 0, 1), at(gd, 1, 1));
  };
}

/** The data with the lines that both methods ended on. */
function data_panel(place, problem) {
  const data = chart(place, { ...PANELS.data, phone: { half: true } });
  const [x, y] = [(i) => problem.x[i], (i) => problem.targets[i]];
  data.markers("o", { style: `fill:${MUTED};opacity:0.6` }).set(SAMPLES, x, y);
  const gd_fit = data.line(stroke(GD, 2));
  const sgd_fit = data.line({ style: `stroke:${SGD.color};stroke-dasharray:${SGD.dash};stroke-width:2.5` });
  data.describe("The data with the lines that both methods ended on.");

  const end = (i) => (2 * i - 1) * LINE.reach;
  function fit(line, { positions, steps }) {
    line.set(2, end, (i) => positions[2 * steps] + positions[2 * steps + 1] * end(i));
  }
  return ({ sgd, gd }) => {
    fit(gd_fit, gd);
    fit(sgd_fit, sgd);
  };
}

/** The excess loss of both against the chosen axis, the predicted floor, and where gradient descent passes. */
function loss_panel(place) {
  const { low, high } = PANELS.loss.y;
  const loss = chart(place, { ...PANELS.loss, phone: { height: 150 } });
  const sgd_loss = loss.line(stroke(SGD, 1.1));
  const gd_loss = loss.line(stroke(GD, 2));
  const floor = loss.line({ style: "stroke:currentColor;stroke-dasharray:2 3;stroke-width:1.3" });
  const cross = loss.line({ style: `stroke:${MUTED};stroke-dasharray:5 3;stroke-width:1.3` });
  const floor_label = loss.label({ class: "sgd-label sgd-halo", "text-anchor": "end" });
  const cross_label = loss.label({ class: "sgd-label sgd-halo" });
  const name = (method, look, dy) =>
    loss.label({ class: "sgd-label sgd-halo", style: `fill:${look.color}` }).set(method, 0, low, 8, dy);
  name("gradient descent", GD, -8);
  name("SGD", SGD, -22);

  function mark_crossing(crossing, unit, meets) {
    const late = crossing > EPOCHS / 2;
    const at = meets ? crossing * unit : 0;
    const ends = [low, high];
    cross.set(
      meets ? 2 : 0,
      () => at,
      (i) => ends[i],
    );
    put(cross_label.text, "text-anchor", late ? "end" : "start");
    cross_label.set(meets ? `epoch ${crossing}: it passes` : "", at, high, late ? -5 : 5, 14);
  }

  return ({ sgd, noisy, exact, per_epoch, predicted, crossing, alike }, said, { axis, sampling }) => {
    // how far on the chosen axis an update of either method gets
    const [sgd_unit, gd_unit] =
      axis === "updates" ? [1, 1] : axis === "epochs" ? [1 / per_epoch, 1] : [SAMPLES / per_epoch, SAMPLES];
    const end = sgd_unit * sgd.steps;
    loss.range({ label: axis, high: end });
    const { every, count } = thinned(sgd);
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
    const known = Number.isFinite(predicted) && !alike;
    floor.set(
      known ? 2 : 0,
      (i) => i * end,
      () => predicted,
    );
    floor_label.set(known ? SAYS.floor[sampling] : "", end, low, -6, -22);
    mark_crossing(crossing, gd_unit, crossing > 0 && axis !== "updates");
    loss.describe(`Excess loss against ${axis}. ${said.words}`);
  };
}
