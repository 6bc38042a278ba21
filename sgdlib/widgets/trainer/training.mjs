// One run of the trainer, update by update: training.py in JavaScript, for the worker and for the page.

import { shuffled_batches, uniforms } from "../maths/generator.mjs";
import { network } from "../maths/network.mjs";
import { sharpest, stability_limit } from "../maths/theory.mjs";
import { told } from "../page/told.mjs";

const { SAMPLES, POINTS, METERS, TOLERANCE, SHUFFLES, DIRECTIONS, NOISE, DIVERGED } = told.trainer;

/**
 * Pixels from 0 to 1, 64 of each digit, and classes.
 * @param {string} text what Python's `digits_text` gives
 * @returns {{pixels: Float64Array, classes: number[]}}
 */
export function read_digits(text) {
  const lines = text.trim().split("\n");
  const pixels = new Float64Array(64 * lines.length);
  lines.forEach((line, row) => {
    for (let j = 0; j < 64; j++) pixels[64 * row + j] = (line.charCodeAt(j) - 97) / 16;
  });
  return { pixels, classes: lines.map((line) => Number(line[64])) };
}

/**
 * What a schedule multiplies by at a share of the run: straight lines between its points.
 * @param {[number, number][]} rows
 * @param {number} share
 * @returns {number}
 */
export function factor(rows, share) {
  const passed = rows.filter(([x]) => x <= share).length;
  if (passed === 0 || passed === rows.length) return rows[Math.max(0, passed - 1)][1];
  const [[x, low], [after, high]] = [rows[passed - 1], rows[passed]];
  return low + ((high - low) * (share - x)) / (after - x);
}

/**
 * η, μ and whether Nesterov looks ahead at update k of a plan, changes in mid-run and schedules included.
 * @param {any} plan
 * @param {number} k
 */
function setting_at(plan, k) {
  const before = plan.earlier.find(([until]) => k < until);
  const [learning_rate, momentum, nesterov] = before?.slice(1) ?? [plan.learning_rate, plan.momentum, plan.nesterov];
  const share = k / plan.updates;
  return {
    learning_rate: learning_rate * factor(plan.schedule, share),
    momentum: momentum * factor(plan.momentum_schedule, share),
    nesterov: Boolean(nesterov),
  };
}

/**
 * What a run went through: rows of update, training loss, validation loss and the share of unseen digits that are
 * right; rows of update, sharpness and its share of the method's limit; the update that left ±10¹², or −1.
 * @typedef {{points: number[][], meter: number[][], diverged_at: number}} History
 *
 * @typedef {object} Run
 * @property {number} k how many updates are done
 * @property {boolean} over
 * @property {History} history
 * @property {Float64Array} weights
 * @property {(count: number) => void} advance
 * @property {(plan: any) => void} go_on with another plan, the same up to here
 * @property {(count: number) => number[]} answers for the first of the unseen digits
 */

/**
 * Begin a run of a plan: a value for every setting of `Trainer`.
 *
 *     g = ∇f(θ) over the batch,    v ← μv − ηg,    θ ← θ + v,  with Nesterov  θ ← θ + μv − ηg
 *
 * Where μ was 0 until now, the velocity starts from 0, as Keras' does.
 * @param {any} plan
 * @param {{pixels: Float64Array, classes: number[]}} digits
 * @returns {Run}
 */
export function training(plan, digits) {
  const [learner, judge] = [networks_of(plan, digits, 0), networks_of(plan, digits, SAMPLES)];
  const rows = batches_of(plan);
  const theta = learner.draw(uniforms(plan.seed));
  const [velocity, gradient] = [new Float64Array(learner.d), new Float64Array(learner.d)];
  const random = random_direction(plan.seed + DIRECTIONS, learner.d);
  let direction = random.map(() => 0);
  const history = { points: [], meter: [], diverged_at: -1 };
  let before = null;
  let run_plan = plan;

  function measure() {
    const { k } = run;
    if (k % (plan.updates / POINTS) === 0) {
      const { loss, accuracy } = judge.value(theta);
      history.points.push([k, learner.value(theta).loss, loss, accuracy]);
    }
    if (k % (plan.updates / METERS) === 0) {
      // from where it lay a moment ago, with some of everything
      const start = random.map((each, i) => NOISE * each + direction[i]);
      const found = sharpest((u, out) => learner.hessian_vector_product(theta, u, out), start, TOLERANCE);
      const L = found.curvature;
      // its sign means nothing; Python's may be the other
      const sign = Math.sign(found.direction.reduce((sum, each, i) => sum + each * random[i], 0));
      direction = found.direction.map((each) => sign * each);
      history.meter.push([k, L, share_of_limit(L, setting_at(run_plan, k))]);
    }
  }

  function update() {
    const { learning_rate, momentum, nesterov } = setting_at(run_plan, run.k);
    learner.gradient(theta, gradient, rows[run.k]);
    if (before === 0 && momentum !== 0) velocity.fill(0);
    before = momentum;
    let highest = 0;
    for (let i = 0; i < theta.length; i++) {
      const step = learning_rate * gradient[i];
      velocity[i] = momentum * velocity[i] - step;
      const moved = theta[i] + (nesterov ? momentum * velocity[i] - step : velocity[i]);
      if (!(Math.abs(moved) <= DIVERGED)) highest = Number.POSITIVE_INFINITY;
      gradient[i] = moved;
    }
    run.k += 1;
    if (highest > 0) history.diverged_at = run.k;
    else theta.set(gradient);
    run.over = highest > 0 || run.k === plan.updates;
  }

  /** @type {Run} */
  const run = {
    k: 0,
    over: false,
    history,
    weights: theta,
    advance(count) {
      for (let done = 0; done < count && !run.over; done++) {
        update();
        if (history.diverged_at < 0) measure();
      }
    },
    go_on(changed) {
      run_plan = changed;
      const now = history.meter.at(-1);
      if (now[0] === run.k) now[2] = share_of_limit(now[1], setting_at(run_plan, run.k));
    },
    answers(count) {
      const shown = judge.outputs(
        theta,
        Array.from({ length: count }, (_, row) => row),
      );
      return Array.from({ length: count }, (_, row) => highest_of(shown.subarray(10 * row, 10 * row + 10)));
    },
  };
  measure();
  return run;
}

/** The network of a plan on the digits from some row on. */
function networks_of({ hidden, activation, loss }, { pixels, classes }, from) {
  const layers = hidden.split("-").map((units) => ({ units: Number(units), activation }));
  return network({
    layers: [...layers, { units: 10, activation: "linear" }],
    inputs: 64,
    features: pixels.subarray(64 * from, 64 * (from + SAMPLES)),
    classes: classes.slice(from, from + SAMPLES),
    loss,
  });
}

/** The rows of every update; undefined for all. */
function batches_of({ batch_size, updates, seed }) {
  if (batch_size >= SAMPLES) return [];
  const epochs = Math.ceil(updates / Math.ceil(SAMPLES / batch_size));
  return shuffled_batches(uniforms(seed + SHUFFLES), SAMPLES, batch_size, epochs);
}

function random_direction(seed, d) {
  const next = uniforms(seed);
  return Float64Array.from({ length: d }, () => (2 * next() - 1) * Math.sqrt(3 / d));
}

/**
 * The sharpness as last measured, divided by the limit of the method at its setting of update k: it changes at once.
 * @param {History} history
 * @param {any} plan
 * @param {number} k
 */
export function share_now({ meter }, plan, k) {
  return meter.length ? share_of_limit(meter.at(-1)[1], setting_at(plan, k)) : Number.NaN;
}

function share_of_limit(L, { learning_rate, momentum, nesterov }) {
  return (L * learning_rate) / stability_limit(momentum, nesterov);
}

function highest_of(values) {
  return values.indexOf(values.reduce((highest, each) => Math.max(highest, each)));
}
