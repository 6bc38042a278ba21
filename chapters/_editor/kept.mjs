// What the reader wrote for an exercise, kept in this browser by chapters/_static/kept.js.

/**
 * What was written before; undefined if nothing was, null if it cannot be read, and then it is dropped.
 * @param {string} name
 * @returns {string | null | undefined}
 */
export function recall(name) {
  const text = globalThis.sgdKept?.read("code", name);
  if (text === null) keep(name, null);
  return text;
}

/**
 * Keep what is written, or forget it; return whether it could be kept.
 * @param {string} name
 * @param {string | null} text
 * @returns {boolean}
 */
export function keep(name, text) {
  return globalThis.sgdKept?.write("code", name, text) ?? false;
}

/**
 * Tell of what another tab has written, or all tabs have forgotten.
 * @param {string} name
 * @param {(text: string | null | undefined) => void} told
 */
export function when_changed(name, told) {
  globalThis.sgdKept?.whenChanged((kind, which) => {
    if (!kind || (kind === "code" && which === name)) told(recall(name));
  });
}
