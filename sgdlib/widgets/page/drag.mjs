// Dragging by mouse, pen or finger. A finger may mean to scroll the page or, with a second one, to zoom it: then
// nothing is changed, and what was changed is given back. The style's `touch-action` alone is not enough: browsers do
// not heed it inside a picture or in a line of text.

/** px that a finger goes before its direction counts. */
const SLACK = 3;

/**
 * What becomes of a drag: it begins, moves, and is lost when the browser takes the pointer away.
 * @typedef {object} Drag
 * @property {(event: PointerEvent) => void} begin
 * @property {(event: PointerEvent) => void} move
 * @property {() => void} lost after a move
 * @property {boolean} [sideways] it goes to the left and to the right only: up and down a finger scrolls the page
 */

/**
 * Have something dragged, by one pointer at a time.
 * @param {HTMLElement} node
 * @param {Drag} drag
 */
export function draggable(node, { begin, move, lost, sideways = false }) {
  let held = null;
  let moved = false;
  node.addEventListener("pointerdown", (event) => {
    if (held || event.button !== 0) return;
    held = direction(event, sideways);
    moved = false;
    node.setPointerCapture(event.pointerId);
    begin(event);
  });
  node.addEventListener("pointermove", (event) => {
    if (event.pointerId !== held?.id || !held.is_meant(event)) return;
    moved = true;
    move(event);
  });
  const end = ({ type, pointerId }) => {
    if (pointerId !== held?.id) return;
    held = null;
    if (type === "pointercancel" && moved) lost();
  };
  node.addEventListener("pointerup", end);
  node.addEventListener("pointercancel", end);
  const keep_the_page = (event) => {
    if (event.cancelable && event.touches.length === 1 && held?.is_meant(event.touches[0])) event.preventDefault();
  };
  node.addEventListener("touchmove", keep_the_page, { passive: false });
}

/**
 * Whether a pointer that is down is meant for what it is on: a mouse always is, a finger where all ways are free or
 * once it has gone sideways.
 * @param {PointerEvent} down
 * @param {boolean} sideways
 * @returns {{id: number, is_meant(now: {clientX: number, clientY: number}): boolean}}
 */
export function direction(down, sideways = true) {
  let meant = !sideways || down.pointerType === "mouse";
  return {
    id: down.pointerId,
    is_meant({ clientX, clientY }) {
      const [across, along] = [Math.abs(clientX - down.clientX), Math.abs(clientY - down.clientY)];
      meant ||= across > SLACK && across > along;
      return meant;
    },
  };
}

/** Asks the widget around for the setting as it was when the pointer came down; controls.mjs hears it. */
export const TAKE_BACK = "sgd-take-back";

/**
 * Ask for the setting before a drag.
 * @param {Element} node
 */
export function take_back(node) {
  node.dispatchEvent(new Event(TAKE_BACK, { bubbles: true }));
}
