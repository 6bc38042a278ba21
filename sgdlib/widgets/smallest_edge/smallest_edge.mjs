// The smallest edge of stability: two variables, one of them the curvature of the other, climb to the limit and stay.

import { descend } from "../maths/descent.mjs";
import { uniforms } from "../maths/generator.mjs";
import { stability_limit } from "../maths/theory.mjs";
import { chart, LOOKS, MUTED } from "../page/chart.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { put, round, shape, verdict_in, write } from "../page/dom.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { STEPS, PUSH, SPREAD, SEED, START, EVERY, HALVES, PANELS, SAYS } = told.smallest_edge;
const KICKS = kicks();

/**
 * anywidget's render: draw the widget into `el` for the settings of `model`.
 * @param {{model: any, el: HTMLElement}} context
 * @returns {() => void} takes the widget away again
 */
export function render(context) {
  return bring_to_life(context, {
    title: "Smallest edge",
    controls: [
      { setting: "learning_rate", label: "learning rate η", log: true },
      { setting: "momentum", label: "momentum μ", step: 0.01 },
      { setting: "nesterov", label: "Nesterov" },
      { setting: "noise", label: "noise on the slope in x", more: true },
    ],
    stage,
  });
}

/**
 * The sentences for a setting, the same as Python's.
 * @param {{learning_rate: number, momentum: number, nesterov: boolean, noise: boolean}} values
 * @returns {string}
 */
export function words(values) {
  return sentences(outcome(values));
}

/** The noise of every step, drawn once. */
function kicks() {
  const next = uniforms(SEED);
  return Float64Array.from({ length: STEPS }, () => (next() - 0.5) * SPREAD);
}

/** The slope of ½ y x² − ε y at each step, with its kick in x. */
function* slopes(noise) {
  for (let k = 0; k < STEPS; k++) {
    const kick = noise ? KICKS[k] : 0;
    yield (position, out) => {
      const x = position[0];
      out[0] = position[1] * x + kick;
      out[1] = 0.5 * x * x - PUSH;
    };
  }
}

/** What a setting comes to: the run, y / limit at every step, where it arrives (−1: nowhere), and what follows. */
function outcome({ learning_rate, momentum, nesterov, noise }) {
  const limit = stability_limit(momentum, nesterov) / learning_rate;
  const run = descend({ learning_rate, momentum, nesterov }, null, [START.x, START.share * limit], STEPS, {
    gradients: slopes(noise),
  });
  const share = Float64Array.from({ length: STEPS + 1 }, (_, k) => run.positions[2 * k + 1] / limit);
  const arrived = share.findIndex((each) => each >= 1);
  const there = arrived < 0 ? share.subarray(STEPS) : share.subarray(arrived);
  return {
    learning_rate,
    momentum,
    method: momentum === 0 ? "gradient descent" : nesterov ? "Nesterov" : "momentum",
    limit,
    run,
    share,
    arrived,
    lost: run.diverged_at,
    mean: there.reduce((sum, each) => sum + each, 0) / there.length,
    lowest: there.reduce((low, each) => Math.min(low, each)),
    highest: there.reduce((high, each) => Math.max(high, each)),
  };
}

function sentences({ learning_rate, momentum, method, limit, arrived, lost, mean, lowest, highest }) {
  const setting = fill(SAYS.setting, {
    method: method[0].toUpperCase() + method.slice(1),
    learning_rate: format(learning_rate),
    momentum: momentum === 0 ? "" : fill(SAYS.momentum, { momentum: format(momentum) }),
    limit: format(limit),
  });
  if (lost >= 0) return fill(SAYS.lost, { setting, lost });
  if (arrived < 0) return fill(SAYS.climbs, { setting, steps: STEPS, last: format(mean) });
  const [average, low, high] = [mean, lowest, highest].map((each) => format(each));
  return fill(SAYS.reached, { setting, arrived, mean: average, lowest: low, highest: high });
}

function readouts({ limit, share, arrived, lost, mean }) {
  const flown = fill(SAYS.flown, { lost });
  return {
    "limit of y": format(limit),
    "y reaches it": arrived < 0 ? fill(SAYS.never, { steps: STEPS }) : `step ${arrived}`,
    "y / limit from then on, on average": lost >= 0 ? flown : arrived < 0 ? SAYS["not yet"] : format(mean),
    "y / limit at the end": lost >= 0 ? flown : format(share[STEPS]),
  };
}

function stage(place) {
  const panels = [path_panel(place), climb_panel(place)];
  const verdict = verdict_in(place);
  return (values) => {
    const seen = outcome(values);
    const said = sentences(seen);
    for (const draw of panels) draw(seen, said);
    write(verdict, said);
    const { learning_rate, momentum, nesterov } = values;
    return { readouts: readouts(seen), words: said, optimizer: { learning_rate, momentum, nesterov } };
  };
}

/** Of a run the steps that are drawn: how many, and which is the i-th. */
function drawn({ lost }) {
  const last = lost >= 0 ? lost : STEPS + 1;
  return { count: Math.ceil(last / EVERY), step: (i) => EVERY * i };
}

/** The path over x and y, above the limit on a darker ground. */
function path_panel(place) {
  const plane = chart(place, PANELS.plane);
  const { x, y } = PANELS.plane;
  const corner = `M${round(plane.px(x.low))} ${round(plane.py(y.high))}`;
  const above = `${corner}H${round(plane.px(x.high))}V${round(plane.py(1))}H${round(plane.px(x.low))}Z`;
  shape(plane.plot, "path", { d: above, style: `fill:${MUTED};opacity:0.18` });
  plane.label({ class: "sgd-label" }).set(HALVES.grows, x.low, y.high, 8, 18);
  plane.label({ class: "sgd-label" }).set(HALVES.fades, x.low, y.low, 8, -10);
  const path = plane.line({ "stroke-width": 0.8 });
  limit_line(plane, x);
  return (seen, said) => {
    const { count, step } = drawn(seen);
    put(path.path, "style", `stroke:${LOOKS[seen.method].color}`);
    path.set(
      count,
      (i) => seen.run.positions[2 * step(i)],
      (i) => seen.share[step(i)],
    );
    plane.describe(`The path over x and y. ${said}`);
  };
}

/** y against the step, in units of the limit. */
function climb_panel(place) {
  const climb = chart(place, { ...PANELS.climb, right: 20 });
  limit_line(climb, PANELS.climb.x);
  const curve = climb.line();
  return (seen, said) => {
    const { count, step } = drawn(seen);
    put(curve.path, "style", `stroke:${LOOKS[seen.method].color}`);
    curve.set(count, step, (i) => seen.share[step(i)]);
    climb.describe(`y divided by its limit, against the step. ${said}`);
  };
}

function limit_line(panel, { low, high }) {
  panel.line({ style: "stroke:currentColor", "stroke-width": 1.2 }).set(
    2,
    (i) => (i ? high : low),
    () => 1,
  );
}
