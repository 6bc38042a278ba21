// The tuning board: what real runs of SGD came to, over learning rate and momentum. Measured, not computed here.

import { effective_learning_rate } from "../maths/theory.mjs";
import { chart, LOOKS, MUTED } from "../page/chart.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { shape, verdict_in, write } from "../page/dom.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { LABELS, MARKED, OPACITY, PANELS, SAYS, TASKS } = told.tuning_board;

/**
 * anywidget's render: draw the widget into `el` for the settings of `model`.
 * @param {{model: any, el: HTMLElement}} context
 * @returns {() => void} takes the widget away again
 */
export function render(context) {
  return bring_to_life(context, {
    title: "Tuning board",
    controls: [
      { setting: "learning_rate", label: "learning rate η" },
      { setting: "momentum", label: "momentum μ" },
      { setting: "nesterov", label: "Nesterov’s lookahead" },
      {
        setting: "task",
        label: "task",
        more: true,
        options: {
          digits: "name the digit: a classifier",
          autoencoder: "draw the digit again: an autoencoder",
          convnet: "name the digit of MNIST: a convnet",
        },
      },
    ],
    stage: board_stage,
  });
}

/**
 * What the board says of a setting; as `words` of the Python class.
 * @param {any} values a value for every setting
 * @param {any} data what Python's `data()` gave
 * @returns {string}
 */
export function words(values, data) {
  return board_words(look_at(board_maps(data), values));
}

// ---------------------------------------------------------------- what was measured

function mean(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** The cells of each task's two maps, as [nesterov][momentum][learning rate]; `loss` is NaN where a seed diverged. */
function board_maps({ learning_rates, momenta, tasks }) {
  const maps = (name) => task_maps(learning_rates, momenta, tasks[name], TASKS[name].epochs);
  return Object.fromEntries(Object.keys(TASKS).map((name) => [name, maps(name)]));
}

function task_maps(learning_rates, momenta, { validation_loss, right, diverged }, epochs) {
  return [0, 1].map((n) =>
    momenta.map((momentum, i) =>
      learning_rates.map((learning_rate, j) => {
        const curves = validation_loss[n][i][j];
        const last = curves.map((curve) => curve.at(-1));
        return {
          i,
          j,
          momentum,
          learning_rate,
          curves,
          last,
          right: right[n][i][j],
          epochs: epochs * curves[0].length,
          diverged: diverged[n][i][j],
          loss: diverged[n][i][j] ? NaN : mean(last),
          average: curves[0].map((_, epoch) => mean(curves.map((curve) => curve[epoch]))),
          effective: effective_learning_rate(learning_rate, momentum),
          nesterov: n === 1 && momentum > 0,
        };
      }),
    ),
  );
}

/** The cell with the lowest loss among some, none of which need have converged. */
function best_cell(cells) {
  return cells.reduce((best, cell) => (cell.loss < best.loss || Number.isNaN(best.loss) ? cell : best));
}

/** The map of a setting: its cells, the setting's `own`, the one looked at, those alike, and the `marked` best ones. */
function look_at(maps, { learning_rate, momentum, nesterov, task }, hovered = null) {
  const map = maps[task][nesterov ? 1 : 0];
  const cells = map.flat();
  const own = cells.find((each) => each.learning_rate === learning_rate && each.momentum === momentum);
  const cell = hovered ? map[hovered.i][hovered.j] : own;
  const alike = cells.filter((each) => each !== cell && Math.abs(each.effective / cell.effective - 1) < 1e-9);
  const marked = MARKED.map(([, at]) => best_cell(cells.filter((each) => at === null || each.momentum === at)));
  return { cells, own, cell, alike, marked, best: best_cell(cells), task };
}

function setting_words({ learning_rate, momentum, nesterov }) {
  const setting = fill(SAYS.setting, { learning_rate: format(learning_rate), momentum: format(momentum) });
  return setting + (nesterov ? SAYS.lookahead : "");
}

/** What came of a cell, in words. */
function outcome({ curves, diverged, epochs, last, loss, right }) {
  if (diverged) return fill(SAYS.diverged, { diverged, seeds: curves.length });
  const came = fill(SAYS.outcome, {
    loss: format(loss),
    epochs,
    low: format(Math.min(...last)),
    high: format(Math.max(...last)),
  });
  return came + (right === null ? "" : fill(SAYS.right, { right: format(right) }));
}

function board_words({ cell, best }) {
  return fill(SAYS.words, {
    setting: setting_words(cell),
    effective: format(cell.effective),
    outcome: outcome(cell),
    best_rate: format(best.learning_rate),
    best_momentum: format(best.momentum),
    best_loss: format(best.loss),
  });
}

// ---------------------------------------------------------------- what is drawn

function board_stage(place, api) {
  const maps = board_maps(api.data);
  let hovered = null; // the cell under the mouse
  const draw_map = map_panel(place, api, maps.digits[0], (cell) => {
    hovered = cell;
    api.refresh();
  });
  const draw_curves = curves_panel(place, maps.digits[0][0][0]);
  const verdict = verdict_in(place);

  return (values) => {
    const seen = look_at(maps, values, hovered);
    const words = board_words(seen);
    draw_map(seen, values.nesterov, hovered !== null);
    draw_curves(seen, words);
    write(verdict, `${setting_words(seen.cell)}: ${outcome(seen.cell)}.`);
    const { learning_rate, momentum, nesterov } = seen.cell;
    const heard = fill(SAYS.heard, { outcome: outcome(seen.cell), effective: format(seen.cell.effective) });
    return { readouts: board_readouts(seen), words: heard, optimizer: { learning_rate, momentum, nesterov } };
  };
}

function board_readouts({ cell, alike, marked }) {
  const short = ({ loss }) => (Number.isNaN(loss) ? "diverged" : format(loss));
  const at = ({ learning_rate, momentum, loss }) =>
    `${format(loss)} at η ${format(learning_rate)}, μ ${format(momentum)}`;
  return {
    "effective learning rate, η/(1 − μ)": format(cell.effective),
    "cells with the same one, dashed":
      alike.map((each) => `μ ${format(each.momentum)}: ${short(each)}`).join("; ") || "no other cell",
    ...Object.fromEntries(MARKED.map(([, , label], k) => [label, at(marked[k])])),
  };
}

/** How strong the colour of a cell is: the lower the loss on a log scale, the stronger. */
function opacity(loss, { dead, brightest }) {
  if (Number.isNaN(loss)) return OPACITY.diverged;
  const share = Math.min(1, Math.max(0, Math.log(dead / loss) / Math.log(dead / brightest)));
  return +(OPACITY.guessing + (OPACITY.brightest - OPACITY.guessing) * share).toFixed(3);
}

/** The map: returns a function that draws what `look_at` saw. `hover` is told the cell under the mouse, or null. */
function map_panel(place, api, cells, hover) {
  const { learning_rates, momenta } = api.data;
  const [columns, rows] = [learning_rates.length, momenta.length];
  const names = { x: learning_rates.map((eta) => format(eta)), y: momenta.map((mu) => format(mu)) };
  const map = chart(place, {
    title: PANELS.map.title,
    height: 310,
    left: 56,
    right: 2,
    x: { label: PANELS.map.x, low: -0.5, high: columns - 0.5, names: names.x },
    y: { label: PANELS.map.y, low: -0.5, high: rows - 0.5, names: names.y },
    phone: { height: 225 },
  });
  const width = map.px(1) - map.px(0) - 2;
  const height = map.py(0) - map.py(1) - 2;
  const box = { width, height, rx: 3 };
  const corner = ({ i, j }) => ({ x: map.px(j) - width / 2, y: map.py(i) - height / 2 });

  function choose(x, y) {
    const inside = (value, count) => Math.min(count - 1, Math.max(0, Math.round(value)));
    api.change({ learning_rate: learning_rates[inside(x, columns)], momentum: momenta[inside(y, rows)] });
  }

  const layer = shape(map.plot, "g");
  const tiles = cells
    .flat()
    .map((cell) => board_tile(layer, map, { ...corner(cell), ...box }, cell, { choose, hover }));
  layer.addEventListener("pointerleave", () => hover(null));
  const unseen = { class: "sgd-frame", "pointer-events": "none" };
  const alike_frames = shape(map.plot, "path", { ...unseen, "stroke-dasharray": "4 3" });
  const looked_at = shape(map.plot, "rect", { ...box, ...unseen });
  const symbols = MARKED.map(([symbol, momentum]) => {
    const anchor = momentum === null ? "end" : "start";
    return shape(map.plot, "text", { class: "sgd-label", "pointer-events": "none", "text-anchor": anchor }, symbol);
  });
  const point = map.handle({
    name: "the cell shown: learning rate and momentum",
    color: "none",
    moved: choose,
    step_x: 1,
    step_y: 1,
  });
  point.group.replaceChildren();
  shape(point.group, "rect", { ...box, x: -width / 2, y: -height / 2, class: "sgd-tile-shown" });

  function paint({ cells: painted, marked, task }) {
    tiles.forEach((tile, k) => {
      tile(painted[k].loss, TASKS[task]);
    });
    marked.forEach((best, k) => {
      const { x, y } = corner(best);
      symbols[k].setAttribute("x", MARKED[k][1] === null ? x + width - 2.5 : x + 2.5);
      symbols[k].setAttribute("y", y + 12);
    });
  }

  function frame(cell) {
    const { x, y } = corner(cell);
    const [across, up] = [(width - 3).toFixed(1), (height - 3).toFixed(1)];
    return `M${(x + 1.5).toFixed(1)} ${(y + 1.5).toFixed(1)}h${across}v${up}h-${across}z`;
  }

  let painted = null;
  return (seen, nesterov, hovered) => {
    const wanted = `${seen.task} ${nesterov}`;
    if (painted !== wanted) paint(seen);
    painted = wanted;
    alike_frames.setAttribute("d", seen.alike.map(frame).join(""));
    const { x, y } = corner(seen.cell);
    looked_at.setAttribute("x", x);
    looked_at.setAttribute("y", y);
    looked_at.style.visibility = hovered ? "visible" : "hidden";
    point.set(seen.own.j, seen.own.i, `${setting_words(seen.own)}: ${outcome(seen.own)}`);
    map.describe("The map of final validation loss over learning rate and momentum, with the cell shown to move.");
  };
}

/** A cell of the map with its number: returns a function that paints it for a loss. */
function board_tile(layer, map, box, { i, j }, { choose, hover }) {
  const tile = shape(layer, "rect", { ...box, class: "sgd-tile" });
  tile.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && hover({ i, j }));
  tile.addEventListener("click", () => choose(j, i));
  const place = { x: map.px(j), y: map.py(i) + 8, "text-anchor": "middle" };
  const text = shape(layer, "text", { ...place, class: "sgd-label" });
  return (loss, task) => {
    const lost = Number.isNaN(loss);
    const color = lost ? MUTED : LOOKS["gradient descent"].color;
    tile.setAttribute("style", `fill:${color};fill-opacity:${opacity(loss, task)}`);
    text.textContent = lost ? LABELS.diverged : format(loss, 2);
  };
}

/** The learning curves: returns a function that draws what `look_at` saw. Every cell has as many curves as `like`. */
function curves_panel(place, like) {
  const panel = chart(place, {
    title: PANELS.curves.title,
    height: 310,
    right: 14,
    x: { label: PANELS.curves.x, low: 0, high: like.epochs },
    y: { label: PANELS.curves.y, low: 1, high: 10, log: true },
    phone: { height: 125 },
  });
  const at_the_end = { class: "sgd-label", "text-anchor": "end" };
  const guessing = panel.line({ style: "stroke:currentColor;stroke-width:1", "stroke-dasharray": "2 3" });
  const guessing_label = panel.label(at_the_end);
  const best_line = panel.line({ style: `stroke:${MUTED};stroke-width:1.4` });
  const best_label = panel.label({ ...at_the_end, class: "sgd-label sgd-halo" });
  const thin = like.curves.map(() => panel.line());
  const bold = panel.line();
  const lines_label = panel.label(at_the_end);

  return ({ cell, best, task }, words) => {
    const { dead, epochs, guessing: name, losses } = TASKS[task];
    const points = cell.average.length;
    panel.range({ high: cell.epochs }, { low: losses[0], high: losses[1] });
    const through = (line, curve) =>
      line.set(
        points,
        (k) => epochs * (k + 1),
        (k) => curve[k],
      );
    guessing.set(
      2,
      (i) => i * cell.epochs,
      () => dead,
    );
    guessing_label.set(name, cell.epochs, dead, 0, 13);
    lines_label.set(LABELS.lines, cell.epochs, losses[1], 0, 12);
    through(best_line, best.average);
    best_label.set(LABELS.best, cell.epochs, best.average[points - 1], -2, 14);
    const { color } = LOOKS[cell.momentum === 0 ? "SGD" : cell.nesterov ? "Nesterov" : "momentum"];
    thin.forEach((line, k) => {
      line.path.style.cssText = `stroke:${color};stroke-width:1.1;opacity:0.7`;
      through(line, cell.curves[k]);
    });
    bold.path.style.cssText = `stroke:${color};stroke-width:3`;
    through(bold, cell.average);
    panel.describe(`The learning curves of the cell shown, a line for each seed and their mean. ${words}`);
  };
}
