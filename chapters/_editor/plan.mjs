// Which cells above a cell needs, and what a run makes old. A cell is known by its place in the notebook, from 0.

/**
 * A cell as chapters/_ext/run_here.py carries it: its code, the places of the cells that it needs itself, and the names
 * that it gives a value; of an exercise also its name and what the reader starts from. An exercise is needed by no cell.
 * @typedef {{source: string, needs: number[], defines: string[], exercise?: string, starter?: string}} Cell
 */

const NAME = /[\p{L}_][\p{L}\p{N}_]*/gu;

/**
 * The places that a cell needs itself: what was found in its stored code, and for each name in what the reader has
 * written, the last cell above that gives it a value.
 * @param {Cell[]} cells
 * @param {number} place
 * @param {string} text
 * @returns {number[]}
 */
export function needs(cells, place, text) {
  const found = new Set(cells[place].needs);
  const names = new Set(text === cells[place].source ? [] : (text.match(NAME) ?? []));
  for (const name of names) {
    const home = cells.findLastIndex(
      (cell, k) => k < place && cell.exercise === undefined && cell.defines.includes(name),
    );
    if (home >= 0) found.add(home);
  }
  return [...found];
}

/**
 * The places to run before a cell, in their order: what it needs and does not stand in Python by now, and what those need.
 * @param {Cell[]} cells
 * @param {number} place
 * @param {(place: number) => string} text what runs of each cell by now
 * @param {Set<number>} done the places whose values stand in Python
 * @returns {number[]}
 */
export function first(cells, place, text, done) {
  const found = new Set();
  const todo = needs(cells, place, text(place));
  while (todo.length) {
    const next = todo.pop();
    if (done.has(next) || found.has(next)) continue;
    found.add(next);
    todo.push(...needs(cells, next, text(next)));
  }
  return [...found].sort((a, b) => a - b);
}

/**
 * What stands in Python after a cell has run: not what was computed from its old values, and not what another cell
 * called by the same names.
 * @param {Cell[]} cells
 * @param {number} place
 * @param {Set<number>} done
 * @returns {Set<number>}
 */
export function after(cells, place, done) {
  const { defines, exercise } = cells[place];
  const old = new Set();
  for (const [k, cell] of cells.entries()) {
    const same = k !== place && cell.defines.some((name) => defines.includes(name));
    const from = k > place && cell.needs.some((need) => need === place || (old.has(need) && need > place));
    if (same || from) old.add(k);
  }
  const left = new Set([...done].filter((k) => !old.has(k)));
  if (exercise === undefined) left.add(place);
  return left;
}
