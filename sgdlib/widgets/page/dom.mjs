// Elements of the page and of a picture: made, moved and written so that what stands is not drawn again.

const NAMESPACE = "http://www.w3.org/2000/svg";

/** ms without a change before what may wait is done: to tell a screen reader, to let a box shrink. */
export const QUIET = 500;

/**
 * An HTML element with attributes and children; strings become text, never markup.
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Node | string)} children
 * @returns {any} the element, of the class that the tag has
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/**
 * Put a text that changes into a box which is as high as the text was last seen to be. A box that has its size from
 * nobody inside is laid out alone: a new text of the same height costs no layout of the page around it. (A flex or grid
 * item is not, hence the second box around it.) It grows at once and shrinks when the text has kept its height for a
 * while, so that the page does not jump up and down under a slider.
 * @param {HTMLElement} text
 * @returns {HTMLElement} the box around it
 */
export function confined(text) {
  const box = element("div", {}, text);
  let tall = 0;
  let later = 0;
  const fit = (height) => {
    tall = height;
    box.style.height = `${height}px`;
  };
  new ResizeObserver(([{ borderBoxSize }]) => {
    const height = borderBoxSize[0].blockSize;
    clearTimeout(later);
    if (height > tall) fit(height);
    else later = setTimeout(fit, QUIET, height);
  }).observe(text);
  return element("div", { class: "sgd-confined" }, box);
}

/**
 * The place of a verdict, right under the pictures.
 * @param {Element} stage
 * @returns {HTMLElement}
 */
export function verdict_in(stage) {
  const verdict = element("p", { class: "sgd-verdict" });
  stage.append(confined(verdict));
  return verdict;
}

/**
 * An SVG element with attributes, appended to a parent.
 * @param {Element} parent
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {string} [text]
 * @returns {any} the element, of the class that the tag has
 */
export function shape(parent, tag, attributes = {}, text = "") {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text) made.textContent = text;
  parent.append(made);
  return made;
}

/**
 * Set an attribute, only if it differs.
 * @param {Element} node
 * @param {string} name
 * @param {string | number} value
 */
export function put(node, name, value) {
  const text = String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/** @type {WeakMap<Node, string>} what was last written, which a translating browser replaces */
const written = new WeakMap();

/**
 * Set the text of a node that holds nothing else, only if it differs.
 * @param {Element} node
 * @param {string} words
 */
export function write(node, words) {
  if (written.get(node) === words) return;
  written.set(node, words);
  // a text node that changes is cheaper than another in its place, but a translator may have put elements there
  const [text] = node.childNodes.length === 1 ? node.childNodes : [];
  if (text instanceof Text) text.data = words;
  else node.textContent = words;
}

/**
 * Move a text to a place in the picture.
 * @param {Element} text
 * @param {number} x
 * @param {number} y
 */
export function place_text(text, x, y) {
  put(text, "transform", `translate(${round(x)} ${round(y)})`);
}

/**
 * One decimal is below what a screen shows.
 * @param {number} value
 * @returns {number}
 */
export function round(value) {
  return Math.round(value * 10) / 10;
}

// In Jupyter each kind of widget brings its own copy of this module, so a count alone would name two things the same.
const module_copy = Math.random().toString(36).slice(2);
let named = 0;

/**
 * A name for an element that no other on the page has.
 * @param {string} kind
 * @returns {string}
 */
export function fresh_id(kind) {
  return `sgd-${kind}-${module_copy}-${++named}`;
}
