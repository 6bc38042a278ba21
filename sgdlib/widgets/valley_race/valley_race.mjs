// The valley race: gradient descent, momentum, Nesterov and, if asked, Adam from one start, step by step, on a valley
// and other surfaces.

import { adam } from "../maths/adam.mjs";
import { descend, steps_to_stay_within } from "../maths/descent.mjs";
import { sgd } from "../maths/optimizer.mjs";
import { SURFACES } from "../maths/surfaces.mjs";
import { best_tuning } from "../maths/theory.mjs";
import { button } from "../page/buttons.mjs";
import { chart, LOOKS } from "../page/chart.mjs";
import { contour_paths } from "../page/contours.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { put, shape, verdict_in, write } from "../page/dom.mjs";
import { MARKERS } from "../page/marks.mjs";
import { player } from "../page/player.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { COUNTED, LAST_STEP, LEVELS, LOSSES, PANELS, RACERS, SAYS, STEPS_WITH_MARKERS, TOLERANCE, TRACKS } =
  told.valley_race;

/**
 * anywidget's render: draw the widget into `el` for the settings of `model`.
 * @param {{model: any, el: HTMLElement}} context
 * @returns {() => void} takes the widget away again
 */
export function render(context) {
  return bring_to_life(context, {
    title: "Valley race",
    controls: [
      { setting: "step", label: "step shown", step: 1, end: "steps" },
      { setting: "learning_rate", label: "learning rate η", log: true },
      { setting: "momentum", label: "momentum μ", step: 0.005 },
      { setting: "condition_number", label: "condition number κ of the valley", log: true, more: true },
      {
        setting: "surface",
        label: "surface",
        more: true,
        options: {
          valley: "valley",
          rosenbrock: "Rosenbrock’s banana",
          beale: "Beale’s plateau",
          himmelblau: "Himmelblau’s four minima",
          saddle: "saddle",
        },
      },
      { setting: "steps", label: "length of the race, in steps", step: 1, more: true },
      { setting: "start_x", label: "start, x", step: 0.05, more: true },
      { setting: "start_y", label: "start, y", step: 0.05, more: true },
      { setting: "adam", label: "race Adam, too", more: true },
    ],
    follow: race_follow,
    stage: race_stage,
  });
}

/**
 * What the race says of a setting; as `words` of the Python class.
 * @param {any} values a value for every setting
 * @returns {string}
 */
export function words(values) {
  return race_words(run_race(values), values);
}

/** One's own rate or momentum ends the tuning; another surface has its own start and rate. As in the Python class. */
function race_follow(wanted, values) {
  const more = {};
  if ("learning_rate" in wanted || "momentum" in wanted) more.tuned = false;
  if (wanted.surface !== values.surface && Object.hasOwn(TRACKS, wanted.surface)) {
    const track = TRACKS[wanted.surface];
    const [start_x, start_y] = track.start;
    Object.assign(more, { tuned: false, start_x, start_y, learning_rate: track.learning_rate });
  }
  return more;
}

// ---------------------------------------------------------------- the race

/** The rule of each method that races: the same η and μ for all, or each at its optimum on the valley. */
function race_rules({ learning_rate, momentum, condition_number, surface, tuned, adam: too }) {
  if (tuned && surface === "valley") {
    return RACERS.slice(0, 3).map((method) => sgd(best_tuning(method.replace("N", "n"), 4 / condition_number, 4)));
  }
  const rules = [
    sgd({ learning_rate }),
    sgd({ learning_rate, momentum }),
    sgd({ learning_rate, momentum, nesterov: true }),
  ];
  return too ? [...rules, adam({ learning_rate })] : rules;
}

/**
 * Run the race: for each method its rule, its run, and `arrived`, the steps after which it stays within 1e-6 of a
 * minimum, −1 if it is not there after 5000; `home` is that minimum. `winner` is the index of the fastest, −1 if nobody
 * is.
 */
function run_race(values) {
  const { surface: name, condition_number, start_x, start_y } = values;
  const surface = name === "valley" ? SURFACES.valley(condition_number) : SURFACES[name]();
  const racers = race_rules(values).map((rule, i) => {
    const run = descend(rule, surface.gradient, [start_x, start_y], COUNTED);
    const [x, y] = run.positions.subarray(2 * COUNTED);
    const away = ([a, b]) => Math.hypot(a - x, b - y);
    const home = TRACKS[name].minima.reduce((best, each) => (away(each) < away(best) ? each : best));
    return { method: RACERS[i], rule, run, home, arrived: steps_to_stay_within(run, TOLERANCE, home) };
  });
  const counts = racers.map(({ arrived }) => (arrived < 0 ? Infinity : arrived));
  const fewest = Math.min(...counts);
  return { surface, racers, winner: fewest < Infinity ? counts.indexOf(fewest) : -1 };
}

// ---------------------------------------------------------------- what it says

/** Who won, in a sentence or two. */
function race_words(race, { surface, tuned, adam: too }) {
  const verdict = race_verdict(race, TRACKS[surface]);
  if (tuned && surface === "valley") return SAYS.tuned + verdict + (too ? SAYS.aside : "");
  return (tuned ? SAYS.not_tuned : "") + verdict[0].toUpperCase() + verdict.slice(1);
}

function race_verdict({ racers, winner }, { minima }) {
  const minimum = minima.length > 1 ? SAYS.a_minimum : SAYS.the_minimum;
  if (winner < 0) return fill(SAYS.nobody, { minimum, counted: COUNTED, results: race_results(racers) });
  const fewest = racers[winner].arrived;
  const first = racers.filter(({ arrived }) => arrived === fewest);
  const rest = racers.filter(({ arrived }) => arrived !== fewest);
  rest.sort((a, b) => Number(a.arrived < 0) - Number(b.arrived < 0) || a.arrived - b.arrived);
  const sentence = first.length === 1 ? SAYS.wins : rest.length ? SAYS.tie : SAYS.dead_heat;
  const said = fill(sentence, {
    first: listed(first.map(({ method }) => method)),
    number: number_of(racers),
    minimum,
    steps: fill(fewest === 1 ? SAYS.one_step : SAYS.many_steps, { steps: fewest }),
    results: race_results(rest),
  });
  const homes = new Set(racers.filter(({ arrived }) => arrived >= 0).map(({ home }) => home));
  return said + (homes.size > 1 ? SAYS.different_minima : "");
}

/** How many race, in a word. */
function number_of(racers) {
  return racers.length === 4 ? SAYS.four : SAYS.three;
}

/** Names as a sentence lists them: a, b and c. */
function listed(names) {
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names[0];
}

function race_results(racers) {
  const result = ({ arrived, run }) => {
    if (arrived >= 0) return arrived;
    return run.diverged_at >= 0
      ? fill(SAYS.flies_off, { step: run.diverged_at })
      : fill(SAYS.not_there, { counted: COUNTED });
  };
  return racers.map((racer) => fill(SAYS.result, { method: racer.method, result: result(racer) })).join("; ");
}

function race_readouts({ racers }, loss, shown) {
  const readouts = {};
  for (const racer of racers) {
    const { learning_rate, momentum = 0 } = racer.rule;
    const has_momentum = racer.method === "momentum" || racer.method === "Nesterov";
    const uses = `η ${format(learning_rate)}${has_momentum ? `, μ ${format(momentum)}` : ""}`;
    const flown = racer.run.diverged_at >= 0 && shown >= racer.run.diverged_at;
    readouts[racer.method] = `${uses}: ${flown ? "flown off" : `loss ${format(Math.max(0, loss(racer, shown)))}`}`;
  }
  return readouts;
}

// ---------------------------------------------------------------- what is drawn

function race_stage(place, api) {
  const draw_paths = paths_panel(place, api);
  const draw_losses = losses_panel(place, api);
  const verdict = verdict_in(place);
  const playing = player(api, { length: () => api.values.steps, end: LAST_STEP });
  const tune = button("Tune each", () => {
    if (api.values.surface === "valley") api.change({ tuned: !api.values.tuned });
    else api.say("The best tuning of each method is known for the valley only.");
  });
  api.bar.append(...playing.buttons, tune);

  let raced = "";
  let race;

  return (values) => {
    const shown = Math.min(values.step, values.steps);
    // moving the playhead runs nothing again
    const { step, steps, ...others } = values;
    const setting = Object.values(others).join();
    if (setting !== raced) {
      raced = setting;
      race = run_race(values);
      race.words = race_words(race, values);
    }
    const { surface, racers, winner, words } = race;
    const lowest = surface.value(TRACKS[values.surface].minima[0]);
    const loss = ({ run }, k) => surface.value([run.positions[2 * k], run.positions[2 * k + 1]]) - lowest;
    draw_paths(race, values, shown, lowest);
    draw_losses(race, values, shown, loss);
    write(verdict, words.replace("1e-6", "10⁻⁶")); // does not break at the hyphen
    put(tune, "aria-pressed", String(values.tuned && values.surface === "valley"));
    playing.show();
    return {
      readouts: race_readouts(race, loss, shown),
      words,
      optimizer: racers[winner < 0 ? 1 : winner].rule,
    };
  };
}

/** The paths on the surface, and the start to drag: returns a function that draws a race up to a step. */
function paths_panel(place, api) {
  const view = chart(place, {
    title: PANELS.paths.title,
    x: { label: PANELS.paths.x, low: -6, high: 6 },
    y: { label: PANELS.paths.y, low: -4.5, high: 4.5 },
    phone: { height: 195 },
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
      const track = TRACKS[api.values.surface];
      const inside = (value, [from, to]) => +Math.min(to, Math.max(from, value)).toFixed(3);
      api.change({ start_x: inside(x, track.x), start_y: inside(y, track.y) });
    },
  });
  const start_label = view.label({ class: "sgd-label sgd-halo" }, view.plot);
  let traced = "";

  return ({ surface, racers, words }, values, shown, lowest) => {
    const { surface: name, condition_number, start_x, start_y } = values;
    const track = TRACKS[name];
    view.range(widened(track.x, start_x), widened(track.y, start_y));
    const { x, y } = view.scale;
    const now = [name, name === "valley" && condition_number, x.low, x.high, y.low, y.high].join();
    if (now !== traced) {
      traced = now;
      const levels = race_levels(view, surface, track, lowest);
      level.setAttribute("d", contour_paths(view, surface.value, levels).join(""));
      const cross = ([x_at, y_at]) => `M${view.px(x_at) - 5} ${view.py(y_at)}h10m-5-5v10`;
      crosses.setAttribute("d", track.minima.map(cross).join(""));
    }
    RACERS.forEach((_, i) => {
      const { positions } = racers[i]?.run ?? {};
      const x_at = (k) => positions[2 * k];
      const y_at = (k) => positions[2 * k + 1];
      paths[i].set(positions ? shown + 1 : 0, x_at, y_at);
      marks[i].set(positions && shown <= STEPS_WITH_MARKERS ? shown + 1 : 0, x_at, y_at);
      heads[i].set(
        positions ? 1 : 0,
        () => x_at(shown),
        () => y_at(shown),
      );
    });
    start.set(start_x, start_y, `x ${format(start_x)}, y ${format(start_y)}`);
    const right_half = start_x > (x.low + x.high) / 2;
    const near_the_top = start_y > y.high - (y.high - y.low) / 9;
    put(start_label.text, "text-anchor", right_half ? "end" : "start");
    start_label.set("start, drag it", start_x, start_y, right_half ? -10 : 10, near_the_top ? 14 : -9);
    view.describe(`The paths of the ${number_of(racers)} methods up to step ${shown}. ${words}`);
  };
}

/** A view that holds the start too, widened in whole units so that the contours stay while it moves. */
function widened([low, high], at) {
  return { low: Math.min(low, Math.floor(at)), high: Math.max(high, Math.ceil(at)) };
}

/** The losses to trace: from the lowest to the highest corner of the view, crowded towards the lowest. */
function race_levels({ scale: { x, y } }, surface, { crowd }, lowest) {
  const corners = [x.low, x.high].flatMap((a) => [surface.value([a, y.low]), surface.value([a, y.high])]);
  const rise = Math.max(...corners) - lowest;
  return Array.from({ length: LEVELS }, (_, i) => lowest + rise * ((i + 1) / (LEVELS + 1)) ** crowd);
}

/** The losses, and the playhead to drag: returns a function that draws a race with the step shown. */
function losses_panel(place, api) {
  const [low, high] = LOSSES;
  const view = chart(place, {
    title: PANELS.losses.title,
    legend: RACERS.slice(0, 3),
    left: 60,
    right: 18,
    x: { label: PANELS.losses.x, low: 0, high: 150 },
    y: { label: PANELS.losses.y, low, high, log: true },
    phone: { height: 160 },
  });
  const fourth = fourth_in_legend(view);
  const falls = RACERS.map((method) =>
    view.line({ style: `stroke:${LOOKS[method].color};stroke-dasharray:${LOOKS[method].dash}` }),
  );
  const here = shape(view.plot, "path", { class: "sgd-frame" });
  const points = race_markers(view, view.front);
  const playhead = view.handle({
    name: "step shown, in the chart",
    color: "currentColor",
    step_x: 1,
    axes: "x",
    moved: (x) => api.change({ step: Math.min(api.values.steps, Math.max(0, Math.round(x))) }),
  });

  return ({ racers, words }, { steps }, shown, loss) => {
    view.range({ high: steps });
    RACERS.forEach((_, i) => {
      const racer = racers[i];
      falls[i].set(
        racer ? steps + 1 : 0,
        (k) => k,
        (k) => loss(racer, k),
      );
      const height = racer ? loss(racer, shown) : NaN;
      points[i].set(
        height >= low && height <= high ? 1 : 0,
        () => shown,
        () => height,
      );
    });
    put(fourth, "visibility", racers.length === 4 ? "visible" : "hidden");
    playhead.set(shown, high, `step ${shown} of ${steps}`);
    put(here, "d", `M${view.px(shown)} ${view.box.top}V${view.box.bottom}`);
    view.describe(`The loss of the ${number_of(racers)} methods against the step. ${words}`);
  };
}

/** The fourth racer's entry in the legend, whose row has room for three: above the third. */
function fourth_in_legend(view) {
  const { color, dash, marker } = LOOKS[RACERS[3]];
  const entry = shape(view.front, "g", { "aria-hidden": "true", transform: "translate(252 11)" });
  shape(entry, "path", { class: "sgd-line", d: "M0 0h26", style: `stroke:${color};stroke-dasharray:${dash}` });
  shape(entry, "path", { d: `M13 0${MARKERS[marker]}`, style: `fill:${color}` });
  shape(entry, "text", { x: 31, y: 4, class: "sgd-label" }, RACERS[3]);
  return entry;
}

/** A larger marker for each racer, where it is now. */
function race_markers(view, layer = view.plot) {
  return RACERS.map((method) => {
    const { color, marker } = LOOKS[method];
    return view.markers(marker, { style: `fill:${color};stroke:${color};stroke-width:3.5` }, layer);
  });
}
