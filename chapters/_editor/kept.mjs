// What the reader wrote for an exercise, kept in this browser; as chapters/_static/exercises.js keeps the numbers.

const COURSE = "sgd-momentum-nesterov";
const LONGEST = 20_000; // letters

const key = (name) => `${COURSE}:code:${name}`;

/**
 * What was written before; what is not ours is dropped.
 * @param {string} name
 * @returns {string | null}
 */
export function recall(name) {
  try {
    const kept = localStorage.getItem(key(name));
    if (kept === null) return null;
    try {
      const text = JSON.parse(kept);
      if (typeof text === "string" && text.length <= LONGEST) return text;
    } catch {
      // not JSON
    }
    localStorage.removeItem(key(name));
  } catch {
    // no storage: the page works, it only forgets
  }
  return null;
}

/**
 * Keep what is written, or forget it.
 * @param {string} name
 * @param {string | null} text
 */
export function keep(name, text) {
  try {
    if (text === null || text.length > LONGEST) localStorage.removeItem(key(name));
    else localStorage.setItem(key(name), JSON.stringify(text));
  } catch {
    // as above
  }
}
