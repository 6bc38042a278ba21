// The trainer: a network that learns on the page, and how near it stands to the limit of its method.

import { stability_limit } from "../maths/theory.mjs";
import { button } from "../page/buttons.mjs";
import { chart, LOOKS, MUTED } from "../page/chart.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { element, fresh_id, shape, verdict_in, write } from "../page/dom.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";
import { copy_run } from "./code.mjs";
import { Conductor } from "./conductor.mjs";
import { schedule_editor } from "./schedules.mjs";
import { read_digits, share_now, training } from "./training.mjs";

/** @import { Shown } from "./conductor.mjs" */
/** @import { History } from "./training.mjs" */

const { ANSWERS, AT_THE_EDGE, ABOVE, LATE, PANELS, LIMITS, SAYS } = told.trainer;
const { SAMPLES } = told.trainer;
const DASHES = ["", "7 3", "2 3"]; // of the earlier runs

/**
 * anywidget's render: draw the widget into `el` for the settings of `model`.
 * @param {{model: any, el: HTMLElement}} context
 * @returns {() => void} takes the widget away again
 */
export function render(context) {
  let conduct = null; // of all stages: a run goes on while a phone is turned
  return bring_to_life(context, {
    title: "Trainer",
    controls: [
      { setting: "learning_rate", label: "learning rate η", log: true },
      { setting: "momentum", label: "momentum μ", step: 0.01 },
      { setting: "nesterov", label: "Nesterov’s lookahead" },
      { setting: "loss", label: "loss", more: true, options: { squares: "½ · sum of squares" } },
      { setting: "batch_size", label: "batch size B", more: true, options: { [SAMPLES]: `all ${SAMPLES} digits` } },
      { setting: "hidden", label: "units of the hidden layers", more: true },
      { setting: "activation", label: "activation", more: true },
      { setting: "updates", label: "updates in a run", more: true },
      { setting: "seed", label: "seed", step: 1, more: true },
    ],
    stage(place, api) {
      conduct ??= new Conductor(api);
      return stage(place, api, conduct);
    },
  });
}

/**
 * The sentences for a setting and the whole run it makes, the same as Python's.
 * @param {any} values
 * @param {{digits: string}} data
 * @returns {string}
 */
export function words(values, data) {
  const run = training(values, read_digits(data.digits));
  run.advance(values.updates);
  return `${setting_words(values)} ${outcome(run.history)}`;
}

// ---------------------------------------------------------------- in words

function method_of({ momentum, nesterov }) {
  if (momentum === 0) return "gradient descent";
  return nesterov ? "Nesterov" : "momentum";
}

/** The method by which it is drawn and named: SGD where batches are not all of the data. */
function look_of(values) {
  const method = method_of(values);
  return method === "gradient descent" && values.batch_size < SAMPLES ? "SGD" : method;
}

function limit_of({ learning_rate, momentum, nesterov }) {
  return stability_limit(momentum, nesterov) / learning_rate;
}

function setting_words(values) {
  const numbers = { momentum: format(values.momentum), batch_size: values.batch_size };
  return fill(SAYS.setting, {
    method: fill(SAYS[look_of(values)], numbers),
    learning_rate: format(values.learning_rate),
    formula: LIMITS[method_of(values)],
    limit: format(limit_of(values)),
  });
}

/** @param {History} history of a whole run */
function outcome(history) {
  if (history.diverged_at >= 0) return fill(SAYS.diverged, { k: history.diverged_at });
  const [updates, loss, validation, right] = history.points.at(-1);
  if (loss > history.points[0][1]) return fill(SAYS.lost, { updates });
  const numbers = { loss: format(loss), validation: format(validation), right: format(100 * right) };
  return `${fill(SAYS.end, { updates, ...numbers })} ${standing(history)}`;
}

/** Where the sharpness stands at the end of a run, in a sentence. */
function standing({ meter }) {
  const from = (1 - LATE) * meter.at(-1)[0];
  const late = meter.filter(([k]) => k >= from).map(([, , share]) => share);
  if (late.at(-1) === 0) return SAYS.still;
  const [low, high] = [Math.min(...late), Math.max(...late)];
  const place = low > ABOVE ? "above" : high >= AT_THE_EDGE ? "edge" : "below";
  return fill(SAYS[place], { low: format(low), high: format(high) });
}

/** What just happened to the sharpness, while a run is under way. */
function happening({ plan, history, k }) {
  const now = share_now(history, plan, k);
  const [before, last] = [history.meter.at(-2)?.[1], history.meter.at(-1)[1]];
  const moves = last > before ? "rises" : last < before ? "falls" : "first";
  const name = now > ABOVE ? "far_above" : now >= AT_THE_EDGE ? "at" : moves;
  const look = look_of(plan);
  return fill(SAYS[name], { share: format(now), method: look === "SGD" ? "gradient descent" : look });
}

/** @param {Shown} shown */
function run_words(shown) {
  const { plan, history, k, over, stale } = shown;
  const last = history.points.at(-1);
  let now = SAYS.ready;
  if (over) now = outcome(history);
  else if (k > 0 && last) {
    const numbers = { k, updates: plan.updates, loss: format(last[1]), validation: format(last[2]) };
    now = `${fill(SAYS.now, numbers)} ${happening(shown)}`;
  }
  return stale ? `${SAYS.stale} ${fill(SAYS.shown, { setting: short_words(plan) })} ${now}` : now;
}

function short_words(plan) {
  const { learning_rate, momentum, batch_size } = plan;
  const method = fill(SAYS[look_of(plan)], { momentum: format(momentum), batch_size });
  const changed = plan.earlier.length ? fill(SAYS.changed, { count: plan.earlier.length }) : "";
  return fill(SAYS.short, { method, learning_rate: format(learning_rate), changed });
}

// ---------------------------------------------------------------- what is drawn

function stage(place, api, conduct) {
  const draw_loss = loss_panel(place);
  const draw_meter = meter_panel(place);
  const verdict = verdict_in(place);
  const draw_answers = answers_panel(place, read_digits(api.data.digits));
  api.bar.append(...conduct.buttons());
  api.below.append(element("div", { class: "sgd-bar" }, conduct.copy()));
  const draw_past = past_list(api.below, api, conduct);
  const draw_schedules = [
    schedule_editor(api, "schedule", "learning rate"),
    schedule_editor(api, "momentum_schedule", "momentum"),
  ];

  return (values) => {
    const { shown, past } = conduct.look();
    const said = run_words(shown);
    draw_loss(shown, past, said);
    draw_meter(shown, past, limit_of(values));
    draw_answers(shown);
    draw_past(past);
    for (const draw of draw_schedules) draw(values);
    write(verdict, said);
    const { learning_rate, momentum, nesterov } = values;
    return {
      readouts: {
        "limit of the sharpness": `${format(limit_of(values))} = ${LIMITS[method_of(values)]}`,
        "updates in an epoch": String(Math.ceil(SAMPLES / values.batch_size)),
      },
      words: `${said} ${setting_words(values)}`,
      optimizer: { learning_rate, momentum, nesterov: nesterov && momentum > 0 },
    };
  };
}

/** Vertical lines where the setting was changed in mid-run. */
function change_marks(panel) {
  const marks = shape(panel.plot, "path", {
    class: "sgd-line",
    style: "stroke:currentColor",
    "stroke-dasharray": "1 3",
  });
  return ({ plan }) => {
    const { top, bottom } = panel.box;
    const d = plan.earlier.map(([k]) => `M${panel.px(k).toFixed(1)} ${top}V${bottom}`).join("");
    if (marks.getAttribute("d") !== d) marks.setAttribute("d", d);
  };
}

/** Lines for the runs of before, pale; column `at` of `rows`. */
function past_lines(panel, rows, at) {
  const lines = DASHES.map((dash) =>
    panel.line({ style: `stroke:${MUTED};stroke-width:1.3;opacity:0.7;stroke-dasharray:${dash || "none"}` }),
  );
  return (past) => {
    lines.forEach((line, i) => {
      through(line, past[i]?.history[rows] ?? [], at);
    });
  };
}

function through(line, rows, at) {
  line.set(
    rows.length,
    (i) => rows[i][0],
    (i) => rows[i][at],
  );
}

function loss_panel(place) {
  const panel = chart(place, {
    ...PANELS.loss,
    x: { ...PANELS.loss.x, high: 1000 },
    height: 200,
    right: 18,
    phone: { height: 135 },
  });
  const draw_past = past_lines(panel, "points", 1);
  const validation = panel.line({ style: "stroke:currentColor;stroke-width:1.2", "stroke-dasharray": "5 3" });
  const learner = panel.line();
  const mark = change_marks(panel);
  const label = panel.label({ class: "sgd-label", "text-anchor": "end" });
  return (shown, past, said) => {
    const { plan, history } = shown;
    panel.range({ high: plan.updates });
    draw_past(past);
    learner.path.style.stroke = LOOKS[look_of(plan)].color;
    through(learner, history.points, 1);
    through(validation, history.points, 2);
    mark(shown);
    label.set(SAYS.lines, plan.updates, PANELS.loss.y.high, -4, 14);
    panel.describe(`${SAYS.loss_panel} ${said}`);
  };
}

function meter_panel(place) {
  const panel = chart(place, {
    ...PANELS.meter,
    x: { ...PANELS.meter.x, high: 1000 },
    height: 200,
    right: 18,
    phone: { height: 135 },
  });
  const draw_past = past_lines(panel, "meter", 2);
  const edge = panel.line({ style: "stroke:currentColor;stroke-width:1.4", "stroke-dasharray": "2 3" });
  const name = panel.label({ class: "sgd-label sgd-halo", "text-anchor": "end" });
  const wanted = panel.line({ style: "stroke:currentColor;stroke-width:1;opacity:0.8", "stroke-dasharray": "8 4" });
  const wanted_name = panel.label({ class: "sgd-label sgd-halo" });
  const curve = panel.line();
  const needle = panel.markers("o");
  const reading = panel.label({ class: "sgd-label sgd-halo sgd-reading" });
  const mark = change_marks(panel);
  return (shown, past, limit) => {
    const { plan, history } = shown;
    panel.range({ high: plan.updates });
    draw_past(past);
    // where the limit of a new setting is, before any run has heard of it
    const share_of_it = limit / limit_of(plan);
    const other = Math.abs(share_of_it - 1) > 1e-9;
    wanted.set(
      other ? 2 : 0,
      (i) => i * plan.updates,
      () => share_of_it,
    );
    const { high } = PANELS.meter.y;
    const words = other ? fill(SAYS.new_limit, { limit: format(limit) }) : "";
    wanted_name.set(words, 0, Math.min(share_of_it, high), 6, share_of_it > 0.85 * high ? 13 : -4);
    edge.set(
      2,
      (i) => i * plan.updates,
      () => 1,
    );
    name.set(SAYS.limit, plan.updates, 1, -4, -5);
    const { color } = LOOKS[look_of(plan)];
    curve.path.style.stroke = color;
    needle.path.style.fill = color;
    through(curve, history.meter, 2);
    const k = history.diverged_at < 0 ? shown.k : (history.meter.at(-1)?.[0] ?? 0);
    const share = share_now(history, plan, k);
    needle.set(
      1,
      () => k,
      () => share,
    );
    const said = Number.isNaN(share) ? "" : format(share);
    reading.set(said, k, Math.min(share || 0, PANELS.meter.y.high), k > 0.85 * plan.updates ? -30 : 8, 14);
    mark(shown);
    panel.describe(fill(SAYS.meter_panel, { share: said }));
  };
}

/** A row of unseen digits with what the network takes them for. */
function answers_panel(place, { pixels, classes }) {
  const viewBox = `0 0 ${11 * ANSWERS} 17`;
  const picture = shape(place, "svg", { class: "sgd-answers", viewBox, role: "img", translate: "no" });
  const texts = Array.from({ length: ANSWERS }, (_, i) => {
    const row = SAMPLES + i;
    // four levels of ink, a path each
    for (let level = 1; level <= 4; level++) {
      let d = "";
      for (let j = 0; j < 64; j++) {
        if (Math.ceil(4 * pixels[64 * row + j]) === level)
          d += `M${11 * i + 1.5 + (j % 8)} ${Math.floor(j / 8)}h1v1h-1z`;
      }
      shape(picture, "path", { d, style: `fill:currentColor;opacity:${level / 4}` });
    }
    return shape(picture, "text", { x: 11 * i + 5.5, y: 14.5, "text-anchor": "middle", "aria-hidden": "true" });
  });
  return ({ answers }) => {
    const right = answers.filter((answer, i) => answer === classes[SAMPLES + i]).length;
    texts.forEach((text, i) => {
      const wrong = answers.length && answers[i] !== classes[SAMPLES + i];
      write(text, wrong ? `${answers[i]} ✗` : `${answers[i] ?? ""}`);
    });
    picture.setAttribute("aria-label", fill(SAYS.answers, { answers: answers.join(", "), right, count: ANSWERS }));
  };
}

/** The runs of before: each can be named, brought back and copied as Keras code. */
function past_list(place, api, conduct) {
  const list = element("ol", { class: "sgd-runs" });
  place.append(list);
  let drawn = "";
  return (past) => {
    const known = past.map(({ id }) => id).join();
    if (known === drawn) return;
    drawn = known;
    list.replaceChildren(...past.map((run, i) => past_item(run, i, api, conduct)));
  };
}

function past_item(run, i, api, conduct) {
  const said = `${short_words(run.plan)}${run.over ? "" : ` ${fill(SAYS.stopped, { k: run.k })}`}`;
  const sample = element("span", { class: "sgd-sample", "aria-hidden": "true" });
  const line = shape(sample, "svg", { viewBox: "0 0 30 6" });
  shape(line, "path", {
    d: "M0 3h30",
    class: "sgd-line",
    style: `stroke:${MUTED};stroke-dasharray:${DASHES[i] || "none"}`,
  });
  const which = fill(SAYS.which, { setting: said });
  const name = element("input", {
    type: "text",
    autocomplete: "off",
    placeholder: SAYS.name,
    value: run.name,
    "aria-label": `${SAYS.name} ${which}`,
  });
  name.addEventListener("input", () => {
    run.name = name.value;
  });
  const again = button(SAYS.again, () => conduct.bring_back(run));
  const copy = copy_run(run.plan, api.say);
  const text = element("span", {}, said);
  text.id = fresh_id("run");
  for (const each of [again, copy, name]) each.dataset.lmSuppressShortcuts = "true";
  for (const each of [again, copy]) each.setAttribute("aria-describedby", text.id);
  return element("li", {}, sample, text, name, again, copy);
}
