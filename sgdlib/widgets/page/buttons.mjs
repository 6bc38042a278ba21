// Buttons, and what several widgets' buttons do: copy a text, fill the screen.

import { element, write } from "./dom.mjs";

/** What a button of a run says that can go no farther. */
export const ENDS = { first: "This is the first step.", last: "This is the last step." };

/**
 * A button that does one thing.
 * @param {string} label
 * @param {() => void} run
 * @returns {HTMLButtonElement}
 */
export function button(label, run) {
  const made = element("button", { type: "button", class: "sgd-button" }, label);
  made.addEventListener("click", run);
  return made;
}

/**
 * A button that copies a text, and says so.
 * @param {string} label
 * @param {() => {text: string, done: string}} make the text, and what to say when it is copied
 * @param {(words: string) => void} say
 * @returns {HTMLButtonElement}
 */
export function copy_button(label, make, say) {
  return button(label, async () => {
    const { text, done } = make();
    try {
      await navigator.clipboard.writeText(text);
      say(done);
    } catch {
      // without the right to write to the clipboard, the text is there to be copied by hand
      say(`Copy this: ${text}`);
    }
  });
}

/**
 * For a projector: a button that shows a widget alone on the screen, larger; Esc leaves it.
 * @param {HTMLElement} root
 * @returns {HTMLButtonElement}
 */
export function full_screen_button(root) {
  const full = button("Full screen", () => {
    if (document.fullscreenElement === root) document.exitFullscreen();
    else root.requestFullscreen();
  });
  root.addEventListener("fullscreenchange", () =>
    write(full, document.fullscreenElement === root ? "Leave full screen" : "Full screen"),
  );
  return full;
}
