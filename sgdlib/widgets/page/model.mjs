// The model of a widget on a static page, where Jupyter has a kernel's.

/**
 * A model as anywidget gives it, without a kernel: get, set, on, off, save_changes.
 * @param {Record<string, any>} state
 * @param {Partial<import("./links.mjs").OnPage>} on_page
 * @returns {import("./controls.mjs").Model}
 */
export function local_model(state, on_page) {
  const listeners = new Map();
  return {
    on_page,
    get: (name) => state[name],
    set(name, value) {
      if (state[name] === value) return;
      state[name] = value;
      for (const listener of listeners.get(`change:${name}`) ?? []) listener();
    },
    on(event, listener) {
      if (!listeners.has(event)) listeners.set(event, new Set());
      listeners.get(event).add(listener);
    },
    off: (event, listener) => listeners.get(event)?.delete(listener),
    save_changes() {},
  };
}
