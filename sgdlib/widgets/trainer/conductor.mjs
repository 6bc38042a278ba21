// Conducts the runs of the trainer: begins, pauses and changes them, and keeps the last three. The worker trains as far
// as it is asked to, so the page always knows at which update a change is heard.

import { button } from "../page/buttons.mjs";
import { write } from "../page/dom.mjs";
import { told } from "../page/told.mjs";
import { fill } from "../page/words.mjs";
import { copy_run } from "./code.mjs";
import { helper } from "./helper.mjs";

/** @import { Api } from "../page/controls.mjs" */
/** @import { History } from "./training.mjs" */

const { ANSWERS, CHANGES, SAYS } = told.trainer;
const { SAMPLES } = told.trainer;
const QUIET = 150; // ms without a new value before a slider's change is heard by the run
const LENGTH = 6000; // ms that a run takes at least, for the reader to step in
const HEARD = ["learning_rate", "momentum", "nesterov"]; // what may change in mid-run
const KEPT = 3;

/**
 * A run as it is shown: its plan, what it went through, how many updates are done, whether it is over, the answers for
 * a few digits; `stale` once the setting is no longer its plan. The one that came with the page has the number 0.
 * @typedef {{id: number, name: string, plan: any, history: History, k: number, over: boolean, answers: number[],
 *   stale: boolean}} Shown
 */

/** What conducts the runs of one widget: its buttons, and what there is to draw. */
export class Conductor {
  #api;
  #current;
  #visible; // the run before, until the current one has something to show
  /** @type {Shown[]} */
  #past = [];
  /** @type {{length: number} | null} */
  #going = null; // while the run goes on by itself, the ms it takes at least
  #outstanding = 0; // questions that are not answered yet
  #asked_at = 0;
  #chunk = 1;
  #runs = 0;
  #later = 0;
  #resting = 0;
  #seen = "";
  #helper = helper((said) => this.#heard(said));
  #play = button("Run", () => (this.#going ? this.#pause() : this.#run(LENGTH)));

  /** @param {Api} api */
  constructor(api) {
    this.#api = api;
    this.#visible = this.#current = stored(api);
    this.#train_if_nothing_came();
    api.on_whole((from) => this.#take_whole(from));
    api.on_remove(() => {
      clearTimeout(this.#later);
      clearTimeout(this.#resting);
      this.#helper.stop();
    });
  }

  /** @returns {HTMLButtonElement[]} */
  buttons() {
    const epoch = () => Math.ceil(SAMPLES / this.#api.values.batch_size);
    return [
      this.#play,
      button("One update", () => this.#some(1)),
      button("One epoch", () => this.#some(epoch())),
      button("To the end", () => this.#run(0)),
      button("Back to the start", () => this.#back()),
    ];
  }

  /** A button that copies the run that is shown. */
  copy() {
    return copy_run(() => this.#visible.plan, this.#api.say);
  }

  /** @returns {{shown: Shown, past: Shown[]}} what to draw */
  look() {
    this.#notice_changes();
    write(this.#play, this.#going ? "Pause" : "Run");
    const [shown, current] = [this.#visible, this.#current];
    return { shown: { ...shown, stale: shown !== current || current.stale }, past: this.#past };
  }

  /** @param {Shown} wanted one of the past */
  bring_back(wanted) {
    this.#keep();
    this.#past = this.#past.filter((each) => each !== wanted);
    this.#api.change(structuredClone(wanted.plan));
    if (!wanted.over) {
      this.#begin(wanted.plan);
      return this.#run(0);
    }
    this.#pause();
    this.#visible = this.#current = wanted;
  }

  // ---------------------------------------------------------------- asking and hearing

  #ask(message) {
    this.#outstanding += 1;
    this.#asked_at = performance.now();
    this.#helper.send({ id: this.#current.id, shown: ANSWERS, ...message });
  }

  #heard({ id, k, over, history, answers }) {
    const current = this.#current;
    if (id !== current.id) return;
    this.#outstanding -= 1;
    merge(current.history, history);
    Object.assign(current, { k, over, answers });
    this.#visible = current;
    if (over) this.#going = null;
    const took = performance.now() - this.#asked_at;
    const wanted = Math.round((this.#chunk * this.#helper.chunk) / Math.max(2, took));
    this.#chunk = Math.max(1, Math.min(400, wanted));
    if (this.#outstanding === 0) this.#proceed(took);
    this.#api.refresh();
  }

  /** Nothing is asked for: the run hears of changes first, and then goes on. */
  #proceed(took) {
    if (!this.#resting && this.#changed()) return this.#hear_changes();
    if (!this.#going) return;
    const wait = this.#going.length ? Math.max(0, this.#helper.chunk - took) : 0;
    this.#later = setTimeout(() => this.#go_on(), wait);
  }

  #go_on() {
    if (!this.#going || this.#outstanding || this.#current.over) return;
    const { length } = this.#going;
    const most = length ? Math.round((this.#current.plan.updates * this.#helper.chunk) / length) : 400;
    this.#ask({ count: Math.max(1, Math.min(this.#chunk, most)) });
  }

  // ---------------------------------------------------------------- runs

  #begin(plan) {
    clearTimeout(this.#later);
    this.#keep();
    this.#going = null;
    [this.#outstanding, this.#chunk] = [0, 1];
    this.#runs += 1;
    this.#current = { ...empty(), id: this.#runs, plan: structuredClone(plan) };
    this.#ask({ plan: this.#current.plan, digits: this.#api.data.digits });
  }

  /** A run of the setting from the start, unless one is under way. */
  #under_way() {
    const { id, over, stale } = this.#current;
    if (id > 0 && !over && !stale) return;
    if (this.#api.values.earlier.length) this.#api.change({ earlier: [] });
    this.#begin(this.#api.values);
  }

  #keep() {
    if (this.#current.k > 0 && !this.#past.includes(this.#current)) {
      this.#past = [this.#current, ...this.#past].slice(0, KEPT);
    }
  }

  #pause() {
    clearTimeout(this.#later);
    this.#going = null;
    this.#api.refresh();
  }

  #run(length) {
    this.#under_way();
    this.#going = { length: reduced_motion() ? 0 : length };
    if (!this.#outstanding) this.#go_on();
    this.#api.refresh();
  }

  #some(updates) {
    this.#pause();
    this.#under_way();
    this.#ask({ count: updates });
  }

  #back() {
    this.#current.stale = true;
    this.#under_way();
    this.#api.refresh();
  }

  // ---------------------------------------------------------------- changes

  #different() {
    const { plan } = this.#current;
    return Object.keys(plan).filter((name) => !same(this.#api.values[name], plan[name]));
  }

  #changed() {
    return !this.#current.over && !this.#current.stale && this.#different().length > 0;
  }

  /** The run hears the changes from the update it stands at; what was set before stays in its plan. */
  #hear_changes() {
    const { plan, k } = this.#current;
    const { learning_rate, momentum, nesterov } = this.#api.values;
    const row = [k, plan.learning_rate, plan.momentum, Number(plan.nesterov)];
    const earlier = k > 0 ? [...plan.earlier, row] : plan.earlier;
    if (earlier.length > CHANGES) {
      this.#api.say(fill(SAYS.full, { count: CHANGES }));
      this.#current.stale = true;
      return this.#pause();
    }
    this.#current.plan = { ...plan, learning_rate, momentum, nesterov, earlier };
    if (k > 0) this.#api.change({ earlier });
    this.#ask({ go_on: this.#current.plan });
  }

  #notice_changes() {
    const names = this.#different();
    const { id, over } = this.#current;
    if (names.length === 0) this.#current.stale = false;
    else if (id === 0 || over || names.some((name) => !HEARD.includes(name))) {
      this.#current.stale = true;
      if (this.#going) this.#pause();
    } else if (!this.#current.stale) this.#wait_for_rest();
  }

  /** A slider in motion: the run waits until it rests. */
  #wait_for_rest() {
    const now = JSON.stringify(HEARD.map((name) => this.#api.values[name]));
    if (now === this.#seen) return;
    this.#seen = now;
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      this.#resting = 0;
      if (!this.#outstanding && this.#changed()) this.#hear_changes();
    }, QUIET);
  }

  #take_whole(from) {
    clearTimeout(this.#resting);
    this.#resting = 0;
    if (from === "link") {
      this.#begin(this.#api.values);
      return this.#run(LENGTH);
    }
    this.#pause();
    this.#keep();
    this.#visible = this.#current = stored(this.#api);
    this.#train_if_nothing_came();
  }

  #train_if_nothing_came() {
    if (!this.#api.data.run) setTimeout(() => this.#run(0));
  }
}

function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** @returns {Shown} */
function empty() {
  const history = { points: [], meter: [], diverged_at: -1 };
  return { id: 0, name: "", plan: null, history, k: 0, over: false, answers: [], stale: false };
}

/** The run that came with the page; in Jupyter none comes. */
function stored(api) {
  if (!api.data.run) return { ...empty(), plan: structuredClone(api.values), stale: true };
  const { points, meter, diverged_at, answers, setting } = api.data.run;
  return {
    ...empty(),
    plan: setting,
    history: { points, meter, diverged_at },
    k: points.at(-1)[0],
    over: true,
    answers,
  };
}

/** Add what is new to a history; where a change moved the limit, the last sharpness comes again. */
function merge(history, { points, meter, diverged_at }) {
  history.points.push(...points);
  while (meter.length && history.meter.length && history.meter.at(-1)[0] >= meter[0][0]) history.meter.pop();
  history.meter.push(...meter);
  history.diverged_at = diverged_at;
}

function reduced_motion() {
  return window.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
}
