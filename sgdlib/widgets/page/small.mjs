// A small figure: a plot, one or two controls, and a verdict in words beside it. What it draws is described by Python;
// its numbers come from the figure's own `drawn`.

import { chart, LOOKS, MUTED } from "./chart.mjs";
import { bring_to_life } from "./controls.mjs";
import { confined, element, write } from "./dom.mjs";
import { player, reduced_motion } from "./player.mjs";

/** @import { Chart } from "./chart.mjs" */

/**
 * What is drawn for a setting, as Python's `Drawn`: the numbers of each layer, in the order of the panels' layers.
 * @typedef {{layers: any[], words: string}} Drawn
 */

/**
 * anywidget's render for a small figure.
 * @param {{TITLE: string, CONTROLS: any[], PANELS: any[], PLAYS: boolean}} told
 * @param {(values: any) => Drawn} drawn
 * @returns {(context: {model: any, el: HTMLElement}) => () => void}
 */
export function small_figure({ TITLE, CONTROLS, PANELS, PLAYS }, drawn) {
  return (context) => {
    const limits = context.model.get("_limits");
    const inside = (setting, value) => Math.min(limits[setting].max, Math.max(limits[setting].min, value));
    return bring_to_life(context, {
      title: TITLE,
      controls: CONTROLS,
      small: true,
      stage(place, api) {
        const panels = PANELS.map((spec) => chart(place, { ...spec, ...sizes(spec) }));
        const layers = PANELS.flatMap(({ layers }, i) =>
          layers.map((layer) => KINDS[layer.kind](panels[i], layer, api, inside)),
        );
        const verdict = element("p", { class: "sgd-verdict" });
        api.below.append(confined(verdict));
        const playing = PLAYS ? played(api, limits.step.max) : null;
        return (values) => {
          const now = drawn(values);
          now.layers.forEach((data, i) => {
            layers[i](data);
          });
          write(verdict, now.words);
          playing?.show();
          for (const panel of panels) panel.describe(`${TITLE}. ${now.words}`);
          return { readouts: {}, words: now.words };
        };
      },
    });
  };
}

/** As high as it is described; on a phone the plot keeps its shape. */
function sizes({ title, legend, height = 250 }) {
  const plot = height - 42 - 10 - (title ? 16 : 0) - (legend ? 22 : 0);
  return { height, right: 16, phone: { height: Math.round(33 + (title ? 16 : 0) + (legend ? 18 : 0) + 0.96 * plot) } };
}

/** Buttons that play the setting `step`; it plays once by itself when it first comes into view. */
function played(api, end) {
  const playing = player(api, { length: () => end, end });
  api.bar.append(...playing.buttons);
  if (api.root.dataset.played) return playing;
  const watch = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting) return;
    watch.disconnect();
    api.root.dataset.played = "true";
    if (!reduced_motion() && api.values.step === end) playing.buttons[0].click();
  });
  watch.observe(api.root);
  api.on_remove(() => watch.disconnect());
  return playing;
}

/** For each kind of layer what makes it, and returns what sets it. */
const KINDS = { line: line_layer, dots: dots_layer, label: label_layer, arrow: arrow_layer, handle: handle_layer };

function color_of({ look = "ink" }) {
  return { ink: "currentColor", muted: MUTED }[look] ?? LOOKS[look].color;
}

function line_layer(panel, layer) {
  const dash = layer.dash ?? LOOKS[layer.look]?.dash ?? "none";
  const style = `stroke:${color_of(layer)};stroke-width:${layer.width ?? 2};stroke-dasharray:${dash}`;
  const line = panel.line({ style });
  return ([x, y]) =>
    line.set(
      y.length,
      (i) => x[i],
      (i) => y[i],
    );
}

function dots_layer(panel, layer) {
  const dots = panel.markers(layer.marker ?? "o", { style: `fill:${color_of(layer)}` });
  return ([x, y]) =>
    dots.set(
      y.length,
      (i) => x[i],
      (i) => y[i],
    );
}

function label_layer(panel, layer) {
  const { anchor = "start", dx = 0, dy = 0 } = layer;
  const style = `fill:${color_of(layer)}`;
  const label = panel.label({ class: "sgd-label sgd-halo", "text-anchor": anchor, style });
  return ([text, x, y]) => {
    const there = Number.isFinite(x) && Number.isFinite(y);
    label.set(there ? text : "", there ? x : 0, there ? y : 0, dx, dy);
  };
}

function arrow_layer(panel, layer) {
  const arrow = panel.arrow({ style: `stroke:${color_of(layer)};stroke-width:${layer.width ?? 2.4}` });
  return (ends) => (ends.every(Number.isFinite) ? arrow.set(...ends) : arrow.set(0, 0, 0, 0));
}

function handle_layer(panel, layer, api, inside) {
  const { name, x, y, step = 0.1 } = layer;
  const point = panel.handle({
    name,
    color: color_of(layer),
    moved: (to_x, to_y) => api.change({ [x]: inside(x, to_x), ...(y ? { [y]: inside(y, to_y) } : {}) }),
    step_x: step,
    step_y: step,
    axes: y ? "xy" : "x",
  });
  return ([at_x, at_y]) => point.set(at_x, at_y, `${+at_x.toPrecision(3)}, ${+at_y.toPrecision(3)}`);
}
