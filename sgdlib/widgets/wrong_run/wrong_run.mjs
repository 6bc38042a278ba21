// What is wrong with this run? Twelve trainings, each under its remedies. Measured, not computed here.

import { chart, LOOKS, MUTED } from "../page/chart.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { verdict_in, write } from "../page/dom.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { CAUSES, LOST, METERS, PANELS, POINTS, SAYS, TRIED } = told.wrong_run;
const OPEN = "–";

/**
 * anywidget's render: draw the widget into `el` for the settings of `model`.
 * @param {{model: any, el: HTMLElement}} context
 * @returns {() => void} takes the widget away again
 */
export function render(context) {
  const causes = Object.entries(CAUSES).map(([name, [label]]) => [name, label]);
  return bring_to_life(context, {
    title: "Wrong run",
    controls: [
      { setting: "case", label: "run", step: 1 },
      { setting: "cause", label: "what is wrong?", options: { open: OPEN, ...Object.fromEntries(causes) } },
      { setting: "remedy", label: "try a remedy", options: { none: OPEN, ...TRIED } },
      { setting: "meter", label: "stability meter", more: true },
    ],
    // another run is another question
    follow: (wanted) => ("case" in wanted ? { cause: "open", remedy: "none" } : {}),
    stage,
  });
}

/**
 * What is said of a setting; as `words` of the Python class.
 * @param {any} values a value for every setting
 * @param {any} data what Python's `data()` gave
 * @returns {string}
 */
export function words(values, data) {
  return sentences(data.cases[values.case - 1], values).join(" ");
}

function sentences({ name, fits, run, seen, remedies }, { cause, remedy }) {
  const said = [run];
  if (cause === "open") said.push(SAYS.ask);
  else if (cause === name) said.push(fill(SAYS.right, { cause: CAUSES[cause][0] }), seen);
  else if (fits.includes(cause)) said.push(SAYS.fits, seen);
  else said.push(SAYS.wrong, CAUSES[cause][1], seen);
  if (remedy !== "none") said.push(remedies[remedy]);
  return said;
}

/** The runs to draw, those that stand back first: {run, pale}. */
function drawn({ runs }, remedy) {
  if (remedy in runs && remedy !== "none") return [runs.none, runs[remedy]];
  return runs.before ? [runs.before, runs.none] : [null, runs.none];
}

function stage(place, api) {
  const { cases } = api.data;
  const loss = loss_panel(place);
  const size = curve_panel(place, PANELS.size, "u", (k) => (100 * (k + 1)) / POINTS);
  const meter = curve_panel(place, PANELS.meter, "m", (k) => (100 * k) / METERS, 1);
  const pane = meter.panel.svg.parentElement;
  const verdict = verdict_in(place);

  return (values) => {
    const seen = cases[values.case - 1];
    const said = sentences(seen, values);
    const runs = drawn(seen, values.remedy);
    if (values.meter) size.panel.svg.parentElement.after(pane);
    else pane.remove();
    for (const draw of [loss, size.draw, meter.draw]) draw(runs, said.join(" "));
    write(verdict, said.slice(1).join(" "));
    const shown = runs[1];
    return { readouts: readouts(seen, shown, values), words: said.join(" "), optimizer: shown.rule };
  };
}

function readouts({ runs, trained, pale }, shown, { meter }) {
  const end = (value) => (value >= LOST ? SAYS.gone : format(value));
  const found = {
    "what is trained": trained,
    "the pale curve": shown === runs.none ? pale : SAYS.itself,
    "training loss at the end": end(shown.t.at(-1)),
    "validation loss in the last sixth": end(shown.end),
    "lowest validation loss": end(Math.min(...shown.v)),
    "without the remedy": shown === runs.none ? SAYS.none : end(runs.none.end),
  };
  return meter ? { ...found, "meter, first and last": `${format(shown.m[0])}, ${format(shown.m.at(-1))}` } : found;
}

/** The two lines of a panel: of the run that stands back, and of the one looked at. */
function two_lines(panel, dash) {
  const dashed = dash ? { "stroke-dasharray": dash } : {};
  return [panel.line({ style: `stroke:${MUTED};stroke-width:1.3`, ...dashed }), panel.line(dashed)];
}

function draw_runs(lines, runs, field, at, width) {
  runs.forEach((run, i) => {
    if (i && run) lines[i].path.style.cssText = `stroke:${LOOKS[run.look].color};stroke-width:${width}`;
    lines[i].set(run ? run[field].length : 0, at, (k) => Math.max(run[field][k], 1e-6));
  });
}

function loss_panel(place) {
  const panel = chart(place, { ...PANELS.loss, height: 200, right: 18, phone: { height: 130 } });
  const lines = { t: two_lines(panel, ""), v: two_lines(panel, "5 3") };
  panel.label({ class: "sgd-label sgd-halo", "text-anchor": "end" }).set(SAYS.lines, 100, PANELS.loss.y.high, -4, 14);
  const at = (k) => (100 * k) / POINTS;
  return (runs, said) => {
    draw_runs(lines.v, runs, "v", at, 1.4);
    draw_runs(lines.t, runs, "t", at, 2.4);
    panel.describe(`The losses over the run. ${said}`);
  };
}

/** A panel with one curve of a run, and a line where its limit is, if it has one. */
function curve_panel(place, spec, field, at, limit = 0) {
  const panel = chart(place, { ...spec, height: 200, right: 18, phone: { half: true, height: 115 } });
  const lines = two_lines(panel, "");
  if (limit) {
    panel.line({ style: "stroke:currentColor;stroke-width:1.4", "stroke-dasharray": "2 3" }).set(
      2,
      (i) => 100 * i,
      () => limit,
    );
    panel.label({ class: "sgd-label sgd-halo", "text-anchor": "end" }).set(SAYS.limit, 100, limit, -4, -5);
  }
  return {
    panel,
    draw(runs, said) {
      draw_runs(lines, runs, field, at, 2);
      panel.describe(`${spec.title} over the run. ${said}`);
    },
  };
}
