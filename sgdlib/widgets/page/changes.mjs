// What a screen reader is told of a widget: what is new, and no more than is heard to the end.

/** How many characters are said at once, about seven seconds of speech. */
const LONGEST = 120;

/**
 * What of some words is new, as far as there is room: whole sentences, or parts between semicolons, the first first.
 * @param {string} before what was known
 * @param {string} after
 * @returns {string}
 */
export function changes(before, after) {
  const known = new Set(parts_of(before));
  let said = "";
  for (const part of parts_of(after)) {
    if (known.has(part)) continue;
    const more = said ? ` ${part}` : shortened(part);
    if (said.length + more.length <= LONGEST) said += more;
  }
  return said.replace(/;$/, ".");
}

function parts_of(words) {
  return words.split(/(?<=[.;]) /);
}

/** A part that there is room for: the setting in front of a colon, which the reader has just chosen, can go. */
function shortened(part) {
  const [setting] = part.match(/^[^:]*: /) ?? [""];
  const rest = part.length > LONGEST ? part.slice(setting.length) : part;
  if (rest.length <= LONGEST) return rest;
  return `${rest.slice(0, LONGEST).replace(/[\s,(]+[^\s]*$/, "")} …`.slice(-LONGEST);
}
