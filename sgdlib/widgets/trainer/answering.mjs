// What answers the trainer's page: the same in a worker and, where none can be had, in the page.

import { read_digits, training } from "./training.mjs";

/**
 * A function that answers: a plan begins a run, `go_on` changes its plan, `count` asks for so many updates. It says the
 * run's number and place, and what was measured since it was asked last; nothing for a run that is no more.
 * @returns {(asked: any) => any}
 */
export function answering() {
  let [run, id, sent] = [null, -1, [0, 0]];
  return ({ id: asked, plan, digits, go_on, count, shown }) => {
    if (plan) [run, id, sent] = [training(plan, read_digits(digits)), asked, [0, 0]];
    if (asked !== id) return null;
    if (go_on) {
      run.go_on(go_on);
      sent[1] -= 1; // the limit has moved under the last sharpness
    }
    if (count) run.advance(count);
    const { points, meter, diverged_at } = run.history;
    const history = { points: points.slice(sent[0]), meter: meter.slice(sent[1]), diverged_at };
    sent = [points.length, meter.length];
    return { id, k: run.k, over: run.over, history, answers: run.answers(shown) };
  };
}
