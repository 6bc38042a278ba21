// The trainer's worker: trains beside the page, as far as the page asks for.

import { read_digits, training } from "./training.mjs";

/**
 * What answers the page: a plan begins a run, `go_on` changes its plan, `count` asks for so many updates.
 * @returns {(asked: any) => any} the run's number and place, and what was measured since
 */
function answering() {
  let [run, id] = [null, -1];
  let sent = [0, 0];
  return ({ id: asked, plan, digits, go_on, count, shown }) => {
    if (plan) {
      [run, id, sent] = [training(plan, read_digits(digits)), asked, [0, 0]];
    }
    if (asked !== id) return null;
    if (go_on) {
      run.go_on(go_on);
      sent[1] -= 1; // the limit has moved under the last sharpness
    }
    if (count) run.advance(count);
    const { points, meter, diverged_at } = run.history;
    const news = { points: points.slice(sent[0]), meter: meter.slice(sent[1]), diverged_at };
    sent = [points.length, meter.length];
    return { id, k: run.k, over: run.over, history: news, answers: run.answers(shown) };
  };
}

const answer = answering();
self.onmessage = ({ data }) => {
  const said = answer(data);
  if (said) self.postMessage(said);
};
