// Which cells above a cell needs, and what a run makes old. A cell is known by its place in the notebook, from 0.

/**
 * A cell as chapters/_ext/run_here.py carries it: its code, the places of the cells that it needs itself, the names
 * that it takes from them, and those that it gives a value; of an exercise also its name and what the reader starts
 * from; of the twin of a cell that needs Keras, which comes after all others, the place of that cell. Exercises and
 * twins are needed by no cell.
 * @typedef {object} Cell
 * @property {string} source
 * @property {number[]} needs
 * @property {string[]} uses
 * @property {string[]} defines
 * @property {string} [exercise]
 * @property {string} [starter]
 * @property {number} [at]
 *
 * What stands in Python: the places whose values do, and of each name the place that gave it the last one.
 * @typedef {{done: Set<number>, owner: Map<string, number>}} State
 */

/** @type {State} */
export const NOTHING = { done: new Set(), owner: new Map() };

const NAME = /[\p{L}_][\p{L}\p{N}_]*/gu;

/**
 * The places that a cell needs itself, and the names that it takes from them: what was found in its stored code, and
 * for each further name in what the reader has written, the last cell above that gives it a value.
 * @param {Cell[]} cells
 * @param {number} place
 * @param {string} text
 * @returns {{needs: Set<number>, uses: Set<string>}}
 */
function needed(cells, place, text) {
  const cell = cells[place];
  const [needs, uses] = [new Set(cell.needs), new Set(cell.uses)];
  if (text === cell.source) return { needs, uses };
  for (const name of new Set(text.match(NAME) ?? [])) {
    if (uses.has(name) || cell.defines.includes(name)) continue;
    const above = cell.at === undefined ? place : cell.at + 1;
    const home = cells.findLastIndex(
      (other, k) => k < above && other.exercise === undefined && other.defines.includes(name),
    );
    if (home < 0) continue;
    needs.add(home);
    uses.add(name);
  }
  return { needs, uses };
}

/**
 * The places to run before a cell, in their order: what it needs and does not stand in Python by now, and what those
 * need.
 * @param {Cell[]} cells
 * @param {number} place
 * @param {(place: number) => string} text what runs of each cell by now
 * @param {State} state
 * @returns {number[]}
 */
export function first(cells, place, text, { done, owner }) {
  const found = new Set();
  const gives = (k, uses) => cells[k].defines.some((name) => uses.has(name));
  /** Whether a need is as its user wants it, and will be when those found have run. */
  function stands(need, uses) {
    const own = cells[need].defines.every((name) => !uses.has(name) || owner.get(name) === need);
    return done.has(need) && own && ![...found].some((k) => k < need && gives(k, uses) && gives(need, uses));
  }
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const user of [place, ...found]) {
      const { needs, uses } = needed(cells, user, text(user));
      for (const need of needs) if (!stands(need, uses)) found.add(need);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/**
 * What stands in Python after a cell has run: no longer what was computed from its old values.
 * @param {Cell[]} cells
 * @param {number} place
 * @param {State} state
 * @returns {State}
 */
export function after(cells, place, { done, owner }) {
  const old = new Set([place]);
  for (const [k, cell] of cells.entries()) {
    if (k > place && cell.needs.some((need) => old.has(need))) old.add(k);
  }
  const left = new Set([...done].filter((k) => !old.has(k)));
  if (cells[place].exercise === undefined) left.add(place);
  return { done: left, owner: new Map([...owner, ...cells[place].defines.map((name) => [name, place])]) };
}
