// The valley race: gradient descent, momentum and Nesterov from one start, step by step, on a valley and other surfaces.

import { descend, steps_to_stay_within } from "../maths/descent.mjs";
import { SURFACES } from "../maths/surfaces.mjs";
import { best_tuning } from "../maths/theory.mjs";
import { button } from "../page/buttons.mjs";
import { LOOKS, chart } from "../page/chart.mjs";
import { contour_paths } from "../page/contours.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { confined, element, put, shape, write } from "../page/dom.mjs";
import { player } from "../page/player.mjs";
import { format } from "../page/words.mjs";

const RACERS = ["gradient descent", "momentum", "Nesterov"];
const COUNTED_RACE = 5000; // the race is counted up to this step
const LAST_STEP = 1000; // `step` at its limit means the end of the race, however long
const STEPS_WITH_MARKERS = 80; // as in sgdlib.figures.path

// What each surface starts with, as in valley_race.py: the view, the start, a rate that it can stand, all its minima, and
// how the contour levels crowd towards the lowest.
const TRACKS = {
  valley: { x: [-6, 6], y: [-4.5, 4.5], start: [-5, 2], learning_rate: 0.05, crowd: 2, minima: [[0, 0]] },
  rosenbrock: { x: [-2, 2], y: [-1, 2], start: [-1.2, 1], learning_rate: 0.001, crowd: 3, minima: [[1, 1]] },
  beale: { x: [-1, 5], y: [-2.25, 2.25], start: [1, 1.5], learning_rate: 0.003, crowd: 6, minima: [[3, 0.5]] },
  himmelblau: {
    x: [-6, 6],
    y: [-4.5, 4.5],
    start: [0, 0],
    learning_rate: 0.003,
    crowd: 4,
    minima: [
      [3, 2],
      [-2.805118086952745, 3.131312518250573],
      [-3.779310253377747, -3.28318599128617],
      [3.584428340330492, -1.848126526964404],
    ],
  },
  saddle: {
    x: [-2.4, 2.4],
    y: [-1.8, 1.8],
    start: [-2, 0.01],
    learning_rate: 0.05,
    crowd: 2,
    minima: [
      [0, 1],
      [0, -1],
    ],
  },
};

/** anywidget's render: draw the widget into `el` for the settings of `model`. */
export function render(context) {
  return bring_to_life(context, {
    name: "valley-race",
    title: "Valley race",
    controls: [
      { setting: "step", label: "step shown", step: 1, end: "steps" },
      { setting: "learning_rate", label: "learning rate η", log: true },
      { setting: "momentum", label: "momentum μ", step: 0.005 },
      { setting: "condition_number", label: "condition number κ of the valley", log: true },
      {
        setting: "surface",
        label: "surface",
        options: {
          valley: "valley",
          rosenbrock: "Rosenbrock’s banana",
          beale: "Beale’s plateau",
          himmelblau: "Himmelblau’s four minima",
          saddle: "saddle",
        },
      },
      { setting: "steps", label: "length of the race, in steps", step: 1 },
      { setting: "start_x", label: "start, x", step: 0.05 },
      { setting: "start_y", label: "start, y", step: 0.05 },
    ],
    follow: race_follow,
    stage: race_stage,
  });
}

/** One's own rate or momentum ends the tuning; another surface has its own start and rate. As in valley_race.py. */
function race_follow(wanted, values) {
  const more = {};
  if ("learning_rate" in wanted || "momentum" in wanted) more.tuned = false;
  const track = wanted.surface !== values.surface && TRACKS[wanted.surface];
  if (track) {
    const [start_x, start_y] = track.start;
    Object.assign(more, { tuned: false, start_x, start_y, learning_rate: track.learning_rate });
  }
  return more;
}

/** The three optimizers of a setting: the same η and μ for all, or each at its optimum on the valley. */
function race_optimizers({ learning_rate, momentum, condition_number, surface, tuned }) {
  if (tuned && surface === "valley") {
    return RACERS.map((method) => best_tuning(method.replace("N", "n"), 4 / condition_number, 4));
  }
  return [{ learning_rate }, { learning_rate, momentum }, { learning_rate, momentum, nesterov: true }];
}

/**
 * Run the race: for each method its optimizer, its run, and `arrived`, the steps after which it stays within 1e-6 of a
 * minimum, −1 if it is not there after 5000; `home` is that minimum. `winner` is the index of the fastest, −1 if nobody is.
 */
function run_race(values) {
  const { surface: name, condition_number, start_x, start_y } = values;
  const surface = name === "valley" ? SURFACES.valley(condition_number) : SURFACES[name]();
  const racers = race_optimizers(values).map((optimizer) => {
    const run = descend(optimizer, surface.gradient, [start_x, start_y], COUNTED_RACE);
    const [x, y] = run.positions.subarray(2 * COUNTED_RACE);
    const away = ([a, b]) => Math.hypot(a - x, b - y);
    const home = TRACKS[name].minima.reduce((best, each) => (away(each) < away(best) ? each : best));
    return { optimizer, run, home, arrived: steps_to_stay_within(run, 1e-6, home) };
  });
  const counts = racers.map(({ arrived }) => (arrived < 0 ? Infinity : arrived));
  const fewest = Math.min(...counts);
  return { surface, racers, winner: fewest < Infinity ? counts.indexOf(fewest) : -1 };
}

/** Who won, in a sentence or two; the same words as in valley_race.py. */
function race_words({ racers, winner }, { surface, tuned }) {
  const minimum = TRACKS[surface].minima.length > 1 ? "a minimum" : "the minimum";
  const how = !tuned
    ? ""
    : surface === "valley"
      ? "Each at its best for this valley: "
      : "Tuning is known for the valley only. ";
  const result = ({ arrived, run }) =>
    arrived >= 0
      ? `${arrived}`
      : run.diverged_at >= 0
        ? `flies off at step ${run.diverged_at}`
        : `not in ${COUNTED_RACE}`;
  const listed = (indices) => indices.map((i) => `${RACERS[i]} ${result(racers[i])}`).join("; ");
  const all = RACERS.map((_, i) => i);
  let words;
  if (winner < 0) {
    words = `nobody is within 1e-6 of ${minimum} after ${COUNTED_RACE} steps: ${listed(all)}.`;
  } else {
    const first = all.filter((i) => racers[i].arrived === racers[winner].arrived);
    const rest = all.filter((i) => !first.includes(i));
    rest.sort((i, j) => (racers[i].arrived < 0) - (racers[j].arrived < 0) || racers[i].arrived - racers[j].arrived);
    const names = first.map((i) => RACERS[i]).join(" and ");
    const steps = `${racers[winner].arrived} ${racers[winner].arrived === 1 ? "step" : "steps"}`;
    const verb = first.length === 1 ? "wins" : "tie";
    words =
      first.length === 3
        ? `a dead heat: all three are within 1e-6 of ${minimum} after ${steps}.`
        : `${names} ${verb}, within 1e-6 of ${minimum} after ${steps}; ${listed(rest)}.`;
    const homes = new Set(racers.filter(({ arrived }) => arrived >= 0).map(({ home }) => home));
    if (homes.size > 1) words += " They end in different minima.";
  }
  return how.endsWith(": ") ? how + words : how + words[0].toUpperCase() + words.slice(1);
}

function race_stage(place, api) {
  const view = chart(place, {
    title: "Paths on the loss",
    x: { label: "x", low: -6, high: 6 },
    y: { label: "y", low: -4.5, high: 4.5 },
  });
  const level = shape(view.plot, "path", { class: "sgd-contour" });
  const crosses = shape(view.plot, "path", { class: "sgd-frame" });
  const paths = RACERS.map((method) => view.line({ style: `stroke:${LOOKS[method].color};stroke-width:1.6` }));
  const marks = RACERS.map((method) => view.markers(LOOKS[method].marker, { style: `fill:${LOOKS[method].color}` }));
  const heads = race_markers(view);
  const start = view.handle({
    name: "start of the race",
    color: "currentColor",
    step_x: 0.05,
    step_y: 0.05,
    moved(x, y) {
      const {
        x: [left, right],
        y: [low, high],
      } = TRACKS[api.values.surface];
      const inside = (value, from, to) => +Math.min(to, Math.max(from, value)).toFixed(3);
      api.change({ start_x: inside(x, left, right), start_y: inside(y, low, high) });
    },
  });

  const start_label = view.label({ class: "sgd-label sgd-halo" }, view.plot);

  const losses = chart(place, {
    title: "Loss above the minimum",
    legend: RACERS,
    left: 60,
    right: 18,
    x: { label: "step k", low: 0, high: 150 },
    y: { label: "f(w) − f*", low: 1e-13, high: 1e3, log: true },
  });
  const falls = RACERS.map((method) =>
    losses.line({ style: `stroke:${LOOKS[method].color};stroke-dasharray:${LOOKS[method].dash}` }),
  );
  const here = shape(losses.plot, "path", { class: "sgd-frame" });
  const points = race_markers(losses, losses.front);
  const playhead = losses.handle({
    name: "step shown",
    color: "currentColor",
    step_x: 1,
    axes: "x",
    moved: (x) => api.change({ step: Math.min(api.values.steps, Math.max(0, Math.round(x))) }),
  });

  const verdict = element("p", { class: "sgd-verdict" });
  place.append(confined(verdict));
  const playing = player(api, { length: () => api.values.steps, end: LAST_STEP });
  const tune = button("Tune each", () => {
    if (api.values.surface === "valley") api.change({ tuned: !api.values.tuned });
    else api.say("The best tuning of each method is known for the valley only.");
  });
  place.append(element("div", { class: "sgd-bar" }, ...playing.buttons, tune));

  let raced = "";
  let traced = "";
  let race;

  return (values) => {
    const { surface: name, condition_number, start_x, start_y, steps, tuned } = values;
    const shown = Math.min(values.step, steps);
    // moving the playhead runs nothing again
    const setting = [name, condition_number, start_x, start_y, tuned, values.learning_rate, values.momentum].join();
    if (setting !== raced) {
      raced = setting;
      race = run_race(values);
      race.words = race_words(race, values);
    }
    const { surface, racers, winner, words } = race;
    const lowest = surface.value(TRACKS[name].minima[0]);
    const loss = ({ run }, k) => surface.value([run.positions[2 * k], run.positions[2 * k + 1]]) - lowest;

    const track = TRACKS[name];
    // a start outside the view widens it, in whole units so that the contours stay while it moves
    const wide = ([low, high], at) => ({ low: Math.min(low, Math.floor(at)), high: Math.max(high, Math.ceil(at)) });
    view.range(wide(track.x, start_x), wide(track.y, start_y));
    const {
      x: { low: left, high: right },
      y: { low: bottom, high: top },
    } = view.scale;
    const now = [name, name === "valley" && condition_number, left, right, bottom, top].join();
    if (now !== traced) {
      traced = now;
      const corners = [left, right].flatMap((x) => [surface.value([x, bottom]), surface.value([x, top])]);
      const rise = Math.max(...corners) - lowest;
      const levels = Array.from({ length: 9 }, (_, i) => lowest + rise * ((i + 1) / 10) ** track.crowd);
      level.setAttribute("d", contour_paths(view, surface.value, levels).join(""));
      const cross = ([x, y]) => `M${view.px(x) - 5} ${view.py(y)}h10m-5-5v10`;
      crosses.setAttribute("d", track.minima.map(cross).join(""));
    }
    losses.range({ high: steps });
    racers.forEach((racer, i) => {
      const { positions } = racer.run;
      const x_at = (k) => positions[2 * k];
      const y_at = (k) => positions[2 * k + 1];
      paths[i].set(shown + 1, x_at, y_at);
      marks[i].set(shown <= STEPS_WITH_MARKERS ? shown + 1 : 0, x_at, y_at);
      heads[i].set(
        1,
        () => x_at(shown),
        () => y_at(shown),
      );
      falls[i].set(
        steps + 1,
        (k) => k,
        (k) => loss(racer, k),
      );
      const height = loss(racer, shown);
      points[i].set(
        height >= 1e-13 && height <= 1e3 ? 1 : 0,
        () => shown,
        () => height,
      );
    });
    start.set(start_x, start_y, `x ${format(start_x)}, y ${format(start_y)}`);
    const right_half = start_x > (left + right) / 2;
    put(start_label.text, "text-anchor", right_half ? "end" : "start");
    start_label.set(
      "start, drag it",
      start_x,
      start_y,
      right_half ? -10 : 10,
      start_y > top - (top - bottom) / 9 ? 14 : -9,
    );
    playhead.set(shown, 1e3, `step ${shown} of ${steps}`);
    put(here, "d", `M${losses.px(shown)} ${losses.box.top}V${losses.box.bottom}`);
    const shown_words = words.replace("1e-6", "10⁻⁶"); // does not break at the hyphen
    write(verdict, shown_words);
    put(tune, "aria-pressed", String(tuned && name === "valley"));
    playing.show();

    const readouts = {};
    racers.forEach((racer, i) => {
      const { learning_rate, momentum = 0 } = racer.optimizer;
      const uses = `η ${format(learning_rate)}` + (i > 0 ? `, μ ${format(momentum)}` : "");
      const flown = racer.run.diverged_at >= 0 && shown >= racer.run.diverged_at;
      readouts[RACERS[i]] = `${uses}: ${flown ? "flown off" : `loss ${format(Math.max(0, loss(racer, shown)))}`}`;
    });
    view.describe(`The paths of the three methods up to step ${shown}. ${words}`);
    losses.describe(`The loss of the three methods against the step. ${words}`);
    return { readouts, words, optimizer: racers[winner < 0 ? 1 : winner].optimizer };
  };
}

/** A larger marker for each racer, where it is now. */
function race_markers(view, layer = view.plot) {
  return RACERS.map((method) => {
    const { color, marker } = LOOKS[method];
    return view.markers(marker, { style: `fill:${color};stroke:${color};stroke-width:3.5` }, layer);
  });
}
