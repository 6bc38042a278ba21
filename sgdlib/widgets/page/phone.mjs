// A phone's screen, on which pictures, verdict and control must share little room.

/** How wide a phone is at most; the same stands in style.css. */
const PHONE = "screen and (max-width: 576px)";

/**
 * Whether the page is on a phone's screen now.
 * @returns {boolean}
 */
export function on_a_phone() {
  return window.matchMedia?.(PHONE).matches ?? false;
}

/**
 * Be told when the page gets onto a phone's screen or off it: the phone is turned, the window made narrower.
 * @param {() => void} heard
 * @returns {() => void} ends it
 */
export function on_turn(heard) {
  const query = window.matchMedia?.(PHONE);
  query?.addEventListener("change", heard);
  return () => query?.removeEventListener("change", heard);
}
