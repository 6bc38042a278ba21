// A guess at Keras' next step after a drop of the learning rate, and the steps themselves.

import { speed_after_change, steps_to_shrink } from "../maths/theory.mjs";
import { small_figure } from "../page/small.mjs";
import { told } from "../page/told.mjs";
import { fill, format } from "../page/words.mjs";

const { SAYS, KNOWN } = told.drop_guess;
const { BEFORE, AFTER, FACTOR, MOMENTUM, NAMED } = KNOWN;
const J = Array.from({ length: BEFORE + AFTER + 1 }, (_, i) => i - BEFORE);
const KERAS = J.map((j) => speed_after_change(Math.max(j, 0), FACTOR, MOMENTUM));
const STEPS = Math.ceil(steps_to_shrink(MOMENTUM, (0.1 * FACTOR) / (1 - FACTOR)));

/**
 * The twin of Python's `drawn`.
 * @param {{guess: number, shown: boolean}} values
 */
export function drawn({ guess, shown }) {
  const keras = KERAS.map((length, i) => (shown || J[i] <= 0 ? length : NaN));
  const newest = shown ? 1 : 0; // the last step that is to be seen of Keras' first two
  const first = KERAS[BEFORE + newest];
  const layers = [
    [
      [0, 0],
      [0, 2],
    ],
    [J, J.map((j) => (j > 0 ? FACTOR : NaN))],
    [J, keras],
    [[1], [FACTOR]],
    [[newest], [first]],
    [[1], [guess]],
    [shown ? SAYS.names[0] : "", NAMED, KERAS[BEFORE + NAMED]],
    [SAYS.names[1], AFTER, FACTOR],
    [shown ? "" : SAYS.names[2], 1, guess],
  ];
  const said = { guess: format(guess), factor: format(FACTOR), first: format(first), steps: STEPS };
  return { layers, words: fill(shown ? SAYS.shown : SAYS.guess, said) };
}

/** anywidget's render. */
export const render = small_figure(told.drop_guess, drawn);
