// What Python knows and the page is told: colours, limits, counts, sentences. The modules are joined by flatten.py,
// which writes the values here: `told.page` for all, `told.<name>` for the widget in that folder, `told` on its Python
// class.

/** @type {Record<string, any>} */
export const told = {};
