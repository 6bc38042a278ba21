// Which cells above a cell needs, and what a run makes old. A cell is known by its place in the notebook, from 0.

/**
 * A cell as chapters/_ext/run_here.py carries it: its code, the places of the cells that it needs itself, the names
 * that it takes from them, those that it gives a value, those of others that it changes in place, and those that it
 * would give a value if Keras were there; of an exercise also its name and what the reader starts from; of the twin of
 * a cell that needs Keras, which comes after all others, the place of that cell. Exercises and twins are needed by no
 * cell.
 * @typedef {object} Cell
 * @property {string} source
 * @property {number[]} needs
 * @property {string[]} uses
 * @property {string[]} defines
 * @property {string[]} changes
 * @property {string[]} lacks
 * @property {string} [exercise]
 * @property {string} [starter]
 * @property {number} [at]
 *
 * What stands in Python: the places whose values do, and of each name the place that gave it the last one.
 * @typedef {{done: Set<number>, owner: Map<string, number>}} State
 */

/** @type {State} */
export const NOTHING = { done: new Set(), owner: new Map() };

/**
 * The places that a cell needs itself, and the names that it takes from them: what was found in its stored code, or of
 * what the reader has written, for each name the last cell above that gives it a value and those that change it since.
 * @param {Cell[]} cells
 * @param {number} place
 * @param {string[] | null} taken the names that the reader's text takes; null where the stored code runs
 * @returns {{needs: Set<number>, uses: Set<string>}}
 */
function needed(cells, place, taken) {
  const cell = cells[place];
  if (!taken) return { needs: new Set(cell.needs), uses: new Set(cell.uses) };
  const [needs, uses] = [new Set(), new Set()];
  const above = cell.at === undefined ? place : cell.at + 1;
  for (const name of taken) {
    let homes = [];
    for (const [k, { exercise, defines, changes }] of cells.slice(0, above).entries()) {
      if (exercise !== undefined) continue;
      if (defines.includes(name)) homes = [k];
      else if (changes.includes(name)) homes.push(k);
    }
    if (homes.length) uses.add(name);
    for (const home of homes) needs.add(home);
  }
  return { needs, uses };
}

/**
 * Whether a name would come from a cell above, if Keras were there.
 * @param {Cell[]} cells
 * @param {number} place
 * @param {string} name
 */
export function is_keras(cells, place, name) {
  return cells.slice(0, (cells[place].at ?? place) + 1).some(({ lacks }) => lacks.includes(name));
}

/**
 * The places to run before a cell, in their order: what it needs and does not stand in Python by now, and what those
 * need.
 * @param {Cell[]} cells
 * @param {number} place
 * @param {(place: number) => string[] | null} taken of each cell the names that the reader's text takes; null where
 *   the stored code runs
 * @param {State} state
 * @returns {number[]}
 */
export function first(cells, place, taken, { done, owner }) {
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
      const { needs, uses } = needed(cells, user, taken(user));
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
