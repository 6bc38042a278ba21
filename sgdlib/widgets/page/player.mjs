// Play, pause and single steps: buttons that move a widget's `step` setting.

import { button, ENDS } from "./buttons.mjs";
import { write } from "./dom.mjs";

/** @import { Api } from "./controls.mjs" */

/**
 * Three buttons for the setting `step`. A reader who asked for less motion gets the end at once, and
 * hears that it is shown already; others see the run from the start again.
 * @param {Api} api
 * @param {object} run
 * @param {() => number} run.length how many steps there are to play
 * @param {number} run.end the setting that stands for the last of them, however many they are
 * @returns {{buttons: HTMLButtonElement[], show(): void}} `show` keeps the buttons' names true; call it in draw
 */
export function player(api, { length, end }) {
  let frame = 0;
  let set = -1;

  function pause() {
    cancelAnimationFrame(frame);
    frame = 0;
    api.refresh();
  }

  function go(step) {
    set = step >= length() ? end : step;
    if (api.values.step !== set) api.change({ step: set });
  }

  function run() {
    if (frame) return pause();
    const over = api.values.step >= length();
    if (reduced_motion()) return over ? api.say(ENDS.last) : go(end);
    const from = over ? 0 : api.values.step;
    const speed = Math.max(10, length() / 8) / 1000; // steps a millisecond: eight seconds for a long run
    let began = null;
    go(from);
    function tick(time) {
      frame = 0;
      // a reader who takes the step over has it
      if (api.values.step !== set) return api.refresh();
      began ??= time;
      go(from + Math.floor((time - began) * speed));
      if (set < end) frame = requestAnimationFrame(tick);
      else api.refresh();
    }
    frame = requestAnimationFrame(tick);
    api.refresh();
  }

  function single(direction) {
    pause();
    const step = Math.min(api.values.step, length()) + direction;
    if (step < 0) api.say(ENDS.first);
    else if (step > length()) api.say(ENDS.last);
    else go(step);
  }

  const play = button("Play", run);
  const back = button("Step back", () => single(-1));
  const forward = button("Step forward", () => single(1));
  // nobody sees it play where it is not on the screen
  const watch = new IntersectionObserver((seen) => {
    if (frame && !seen.at(-1).isIntersecting) pause();
  });
  watch.observe(api.root);
  api.on_remove(() => {
    cancelAnimationFrame(frame);
    watch.disconnect();
  });
  return {
    buttons: [play, back, forward],
    show() {
      write(play, frame ? "Pause" : "Play");
    },
  };
}

/**
 * Whether the reader asked the system for less motion.
 * @returns {boolean}
 */
export function reduced_motion() {
  return window.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
}
