// The trainer's worker: trains beside the page, as far as the page asks for.

import { answering } from "./answering.mjs";

const answer = answering();
self.onmessage = ({ data }) => {
  const said = answer(data);
  if (said) self.postMessage(said);
};
