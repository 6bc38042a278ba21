// Schedules to draw: points of a line to drag over the run, or to take from a list.

import { chart, LOOKS } from "../page/chart.mjs";
import { element, fresh_id } from "../page/dom.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { PANELS, SCHEDULES, POINTS_AT_MOST, SAYS } = told.trainer;

/**
 * An editor in the folded part of the controls: returns what draws it.
 * @param {any} api
 * @param {string} setting
 * @param {string} what is multiplied: its name
 * @returns {(values: any) => void}
 */
export function schedule_editor(api, setting, what) {
  const place = api.more.appendChild(element("div", { class: "sgd-schedule" }));
  const list = named_ones(api, setting, what, place);
  const panel = chart(place, { ...PANELS.schedule, title: fill(SAYS.schedule, { what }), height: 190 });
  const line = panel.line({ style: `stroke:${LOOKS.SGD.color}` });
  const points = Array.from({ length: POINTS_AT_MOST }, (_, i) => {
    return panel.handle({
      name: fill(SAYS.point, { number: i + 1, what }),
      color: LOOKS.SGD.color,
      moved: (x, y) => move(i, x, y),
      step_x: 0.02,
      step_y: 0.02,
    });
  });

  /** A point stays between its neighbours, and the last one at the end. */
  function move(i, x, y) {
    const rows = api.values[setting];
    const [low, high] = [rows[i - 1]?.[0] ?? 0, rows[i + 1]?.[0] ?? 1];
    const inside = (value, from, to) => Math.min(to, Math.max(from, +value.toFixed(3)));
    const moved = [inside(x, low, high), inside(y, 0, 1)];
    api.change({ [setting]: rows.map((row, each) => (each === i ? moved : row)) });
  }

  return (values) => {
    const rows = values[setting];
    const ends = [[0, rows[0][1]], ...rows, [1, rows.at(-1)[1]]];
    line.set(
      ends.length,
      (i) => ends[i][0],
      (i) => ends[i][1],
    );
    points.forEach((point, i) => {
      point.group.style.display = i < rows.length ? "" : "none";
      if (i < rows.length)
        point.set(
          rows[i][0],
          rows[i][1],
          fill(SAYS.factor, { share: format(100 * rows[i][0]), factor: format(rows[i][1]) }),
        );
    });
    panel.describe(
      fill(SAYS.schedule_panel, { what, points: rows.map(([x, y]) => `${format(x)}: ${format(y)}`).join(", ") }),
    );
    list.value =
      Object.keys(SCHEDULES).find((name) => JSON.stringify(SCHEDULES[name]) === JSON.stringify(rows)) ?? "drawn";
  };
}

/** The list of common schedules. */
function named_ones(api, setting, what, place) {
  const id = fresh_id("schedule");
  const list = element("select", { id });
  for (const name of Object.keys(SCHEDULES)) list.append(element("option", { value: name }, name));
  list.append(element("option", { value: "drawn" }, SAYS.drawn));
  list.addEventListener("change", () => {
    if (SCHEDULES[list.value]) api.change({ [setting]: structuredClone(SCHEDULES[list.value]) });
  });
  place.append(
    element("div", { class: "sgd-control" }, element("label", { for: id }, fill(SAYS.schedule, { what })), list),
  );
  return list;
}
