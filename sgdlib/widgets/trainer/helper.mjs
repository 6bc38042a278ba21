// Who trains for the page: a worker, or the page itself where none may be started.

import { told } from "../page/told.mjs";
import { answering } from "./answering.mjs";

/**
 * Someone who trains, from the first message on.
 * @param {(said: any) => void} heard
 * @returns {{chunk: number, send: (message: any) => void, stop: () => void}} `chunk`: ms of work to ask for at once
 */
export function helper(heard) {
  let worker = null;
  let sent = []; // since the run began, for who takes over
  const who = { chunk: 60, send, stop: () => worker?.terminate?.() };

  function send(message) {
    sent = message.plan ? [message] : [...sent, message];
    worker ??= start();
    worker.postMessage(message);
  }

  function start() {
    try {
      const source = new Blob([told.trainer.WORKER], { type: "text/javascript" });
      const started = new Worker(URL.createObjectURL(source));
      started.onmessage = ({ data }) => heard(data);
      started.onerror = (event) => {
        event.preventDefault();
        worker = in_the_page();
        for (const message of sent) worker.postMessage(message);
      };
      return started;
    } catch {
      return in_the_page();
    }
  }

  function in_the_page() {
    who.chunk = 6;
    const answer = answering();
    return {
      postMessage(message) {
        setTimeout(() => {
          const said = answer(message);
          if (said) heard(said);
        });
      },
    };
  }

  return who;
}
