// The tuning board: what real runs of Keras' SGD came to, over learning rate and momentum. Measured, not computed here.

import { effective_learning_rate } from "../maths/theory.mjs";
import { LOOKS, MUTED, chart } from "../page/chart.mjs";
import { bring_to_life } from "../page/controls.mjs";
import { confined, element, shape, write } from "../page/dom.mjs";
import { format } from "../page/words.mjs";

const GUESSING = Math.log(10); // the loss of a network that gives each of ten digits a tenth
const BRIGHTEST = 0.03; // the final loss whose cell is the most colourful, as in tuning_board.py

/** anywidget's render: draw the widget into `el` for the settings of `model`. */
export function render(context) {
  return bring_to_life(context, {
    name: "tuning-board",
    title: "Tuning board",
    controls: [
      { setting: "learning_rate", label: "learning rate η" },
      { setting: "momentum", label: "momentum μ" },
      { setting: "nesterov", label: "Nesterov’s lookahead" },
    ],
    stage: board_stage,
  });
}

function mean(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** The cells of both maps, as [nesterov][momentum][learning rate]; `loss` is NaN where a seed diverged. */
function board_cells({ learning_rates, momenta, validation_loss, accuracy, diverged }) {
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
          right: 100 * mean(accuracy[n][i][j]),
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

/** What came of a cell, in words; the same as in tuning_board.py. */
function outcome({ curves, diverged, last, loss, right }) {
  if (diverged) return `${diverged} of ${curves.length} seeds diverged`;
  const [low, high] = [Math.min(...last), Math.max(...last)].map((value) => format(value));
  return (
    `validation loss ${format(loss)} after ${curves[0].length} epochs (seeds ${low} to ${high}), ` +
    `${format(right)} % of the digits right`
  );
}

function board_stage(place, api) {
  const { learning_rates, momenta } = api.data;
  const maps = board_cells(api.data);
  const [columns, rows] = [learning_rates.length, momenta.length];
  const seeds = maps[0][0][0].curves.length;
  const epochs = maps[0][0][0].average.length;
  let hovered = null; // the cell under the mouse, [momentum, learning rate] by number

  const map = chart(place, {
    title: "Final validation loss, × diverged",
    height: 310,
    left: 56,
    right: 2,
    x: { label: "learning rate η", low: -0.5, high: columns - 0.5, names: learning_rates.map((eta) => format(eta)) },
    y: { label: "momentum μ", low: -0.5, high: rows - 0.5, names: momenta.map((mu) => format(mu)) },
  });
  const width = map.px(1) - map.px(0) - 2;
  const height = map.py(0) - map.py(1) - 2;
  const box = { width, height, rx: 3 };
  const corner = (i, j) => ({ x: map.px(j) - width / 2, y: map.py(i) - height / 2 });

  function choose(x, y) {
    const inside = (value, count) => Math.min(count - 1, Math.max(0, Math.round(value)));
    api.change({ learning_rate: learning_rates[inside(x, columns)], momentum: momenta[inside(y, rows)] });
  }

  function hover(cell) {
    hovered = cell;
    api.refresh();
  }

  const layer = shape(map.plot, "g");
  const tiles = momenta.map((_, i) =>
    learning_rates.map((_, j) => {
      const tile = shape(layer, "rect", { ...corner(i, j), ...box, class: "sgd-tile" });
      tile.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && hover([i, j]));
      tile.addEventListener("click", () => choose(j, i));
      const text = shape(layer, "text", {
        x: map.px(j),
        y: map.py(i) + 8,
        "text-anchor": "middle",
        class: "sgd-label",
      });
      return { tile, text };
    }),
  );
  layer.addEventListener("pointerleave", () => hover(null));
  const alike_frames = shape(map.plot, "path", {
    class: "sgd-frame",
    "stroke-dasharray": "4 3",
    "pointer-events": "none",
  });
  const look_at = shape(map.plot, "rect", { ...box, class: "sgd-frame", "pointer-events": "none" });
  const symbols = ["◆", "■", "★"].map((symbol) =>
    shape(
      map.plot,
      "text",
      { class: "sgd-label", "pointer-events": "none", "text-anchor": symbol === "★" ? "end" : "start" },
      symbol,
    ),
  );
  const point = map.handle({
    name: "the cell shown: learning rate and momentum",
    color: "none",
    moved: choose,
    step_x: 1,
    step_y: 1,
  });
  point.group.replaceChildren();
  shape(point.group, "rect", { ...box, x: -width / 2, y: -height / 2, class: "sgd-tile-shown" });

  const learning = chart(place, {
    title: "Its learning curves",
    height: 310,
    right: 14,
    x: { label: "epoch", low: 0, high: epochs },
    y: { label: "validation loss", low: 0.01, high: 10, log: true },
  });
  learning.line({ style: "stroke:currentColor;stroke-width:1", "stroke-dasharray": "2 3" }).set(
    2,
    (i) => i * epochs,
    () => GUESSING,
  );
  learning.label({ class: "sgd-label", "text-anchor": "end" }).set("guessing, ln 10", epochs, GUESSING, 0, -5);
  const best_line = learning.line({ style: `stroke:${MUTED};stroke-width:1.4` });
  const best_label = learning.label({ class: "sgd-label sgd-halo", "text-anchor": "end" });
  const thin = Array.from({ length: seeds }, () => learning.line());
  const bold = learning.line();
  learning.label({ class: "sgd-label", "text-anchor": "end" }).set("thin: each seed; bold: their mean", epochs, 7.5);

  const verdict = element("p", { class: "sgd-verdict" });
  place.append(confined(verdict));

  let painted = "";
  return ({ learning_rate, momentum, nesterov }) => {
    const cells = maps[nesterov ? 1 : 0];
    const all = cells.flat();
    const own = [momenta.indexOf(momentum), learning_rates.indexOf(learning_rate)];
    const [row, column] = hovered ?? own;
    const cell = cells[row][column];
    const best = best_cell(all);
    const marked = [best_cell(cells[0]), best_cell(cells[momenta.indexOf(0.9)]), best];

    if (String(nesterov) !== painted) {
      painted = String(nesterov);
      for (const { i, j, loss } of all) {
        const { tile, text } = tiles[i][j];
        const lost = Number.isNaN(loss);
        const share = lost ? 0 : Math.min(1, Math.max(0, Math.log(GUESSING / loss) / Math.log(GUESSING / BRIGHTEST)));
        tile.setAttribute(
          "style",
          `fill:${lost ? MUTED : LOOKS["gradient descent"].color};` +
            `fill-opacity:${lost ? 0.18 : (0.04 + 0.46 * share).toFixed(3)}`,
        );
        text.textContent = lost ? "×" : format(loss, 2);
      }
      marked.forEach(({ i, j }, k) => {
        symbols[k].setAttribute("x", map.px(j) + (k === 2 ? 0.5 : -0.5) * (width - 5));
        symbols[k].setAttribute("y", map.py(i) - height / 2 + 12);
      });
      best_line.set(
        epochs,
        (k) => k + 1,
        (k) => best.average[k],
      );
      best_label.set("best cell ★", epochs, best.average[epochs - 1], -2, 14);
    }
    const alike = all.filter((each) => each !== cell && Math.abs(each.effective / cell.effective - 1) < 1e-9);
    const around = ({ i, j }) => {
      const { x, y } = corner(i, j);
      return `M${(x + 1.5).toFixed(1)} ${(y + 1.5).toFixed(1)}h${(width - 3).toFixed(1)}v${(height - 3).toFixed(1)}h${(3 - width).toFixed(1)}z`;
    };
    alike_frames.setAttribute("d", alike.map(around).join(""));
    const { x, y } = corner(row, column);
    look_at.setAttribute("x", x);
    look_at.setAttribute("y", y);
    look_at.style.visibility = hovered ? "visible" : "hidden";

    const look = LOOKS[cell.momentum === 0 ? "SGD" : nesterov ? "Nesterov" : "momentum"];
    thin.forEach((line, k) => {
      line.path.style.cssText = `stroke:${look.color};stroke-width:1.1;opacity:0.7`;
      line.set(
        epochs,
        (e) => e + 1,
        (e) => cell.curves[k][e],
      );
    });
    bold.path.style.cssText = `stroke:${look.color};stroke-width:3`;
    bold.set(
      epochs,
      (e) => e + 1,
      (e) => cell.average[e],
    );

    const setting =
      `Learning rate ${format(cell.learning_rate)}, momentum ${format(cell.momentum)}` +
      (cell.nesterov ? " and Nesterov’s lookahead" : "");
    const found = outcome(cell);
    const words =
      `${setting}, effective learning rate ${format(cell.effective)}: ${found}. The best of the map has ` +
      `learning rate ${format(best.learning_rate)}, momentum ${format(best.momentum)}: ${format(best.loss)}.`;
    const shown = `${setting}: ${found}.`;
    write(verdict, shown);
    const short = ({ loss }) => (Number.isNaN(loss) ? "diverged" : format(loss));
    const at = ({ learning_rate: eta, momentum: mu, loss }) => `${format(loss)} at η ${format(eta)}, μ ${format(mu)}`;
    point.set(own[1], own[0], `${setting}: ${outcome(cells[own[0]][own[1]])}`);
    map.describe("The map of final validation loss over learning rate and momentum, with the cell shown to move.");
    learning.describe(`The learning curves of the cell shown, a line for each seed and their mean. ${words}`);
    return {
      readouts: {
        "effective learning rate, η/(1 − μ)": format(cell.effective),
        "cells with the same one, dashed":
          alike.map((each) => `μ ${format(each.momentum)}: ${short(each)}`).join("; ") || "no other cell",
        "◆ best plain SGD, μ = 0": at(marked[0]),
        "■ best at momentum 0.9": at(marked[1]),
        "★ best of the map": at(best),
      },
      words,
      optimizer: { learning_rate: cell.learning_rate, momentum: cell.momentum, nesterov: cell.nesterov },
    };
  };
}
