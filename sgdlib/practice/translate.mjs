// The twin of translate.py and of what it stands on: a test holds the two together, letter by letter. Which library has
// which arguments, and every sentence, Python alone knows, and tells.

import { told } from "../widgets/page/told.mjs";
import { written } from "./written.mjs";
import { code, count, meant, said } from "./numbers.mjs";

const { NAMES, FIELDS, CALLS, IGNORED, ONLY, COMBINED, OTHERS, NO_SGD, MARKS, SAYS, CLIPS, UPDATES } = told.translator;

/** A sentence that says what was wrong with what was given. */
class Wrong extends Error {}

const own = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);

/**
 * A sentence with its gaps filled.
 * @param {string} sentence
 * @param {Record<string, any>} values
 */
function fill(sentence, values) {
  let filled = sentence;
  for (const [name, value] of Object.entries(values)) filled = filled.replaceAll(`{${name}}`, String(value));
  return filled;
}

/** A value as a sentence repeats it. */
function shown(value) {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return said(value, 12);
  const text = [...String(value)];
  return text.length <= 40 ? text.join("") : `${text.slice(0, 40).join("")}…`;
}

// ---------------------------------------------------------------- arguments

/**
 * All fields of a library, with the arguments in place of their defaults.
 * @param {string} library
 * @param {Record<string, any>} given
 */
function checked(library, given) {
  const fields = FIELDS[library];
  for (const name of Object.keys(given)) {
    if (!fields.some((field) => field.name === name))
      throw new Wrong(fill(SAYS.unknown, { library: NAMES[library], name: shown(name) }));
  }
  /** @type {Record<string, any>} */
  const values = {};
  for (const field of fields) {
    const value = own(given, field.name);
    values[field.name] = value_of(field, value === undefined ? field.default : value);
  }
  const conflict = disagreement(library, values);
  if (conflict) throw new Wrong(conflict);
  return values;
}

function value_of(field, given) {
  const text = typeof given === "string" ? given.trim() : null;
  let value = given;
  let right = false;
  if (field.kind === "flag") {
    if (text !== null) value = { true: true, false: false }[text.toLowerCase()];
    right = typeof value === "boolean";
  } else if (field.kind === "choice") {
    right = field.values.includes(given);
  } else if (field.blank && (given === null || text === "" || text === "None")) {
    return null;
  } else {
    value = text !== null ? meant(text) : given;
    right = typeof value === "number" && Number.isFinite(value);
    if (right) {
      right = field.above ? value > field.low : value >= field.low;
      if (field.high !== null) right = right && (field.below ? value < field.high : value <= field.high);
      if (field.kind === "count") right = right && Number.isInteger(value) && value <= 1e9;
      else right = right && value <= 1e12 && (value === 0 || value >= 1e-12);
    }
  }
  if (!right) throw new Wrong(fill(SAYS.wrong, { name: field.name, allowed: field.allowed, value: shown(given) }));
  return value;
}

const ANNEALED = ["CosineAnnealingLR", "LinearLR, then CosineAnnealingLR"];

function disagreement(library, values) {
  if (library === "torch" && values.nesterov && (!values.momentum || values.dampening)) return SAYS.nesterov;
  const clips = CLIPS.filter((name) => own(values, name));
  if (clips.length > 1) return fill(SAYS.clips, { one: clips[0], other: clips[1] });
  if (values.l2 && values.weight_decay) return SAYS.decays;
  if (values.accumulate > values.batches_per_epoch) return SAYS.accumulate;
  if (values.schedule === "warmup_cosine_decay_schedule" && values.warmup_steps >= values.decay_steps)
    return SAYS.warmup;
  if (ANNEALED.includes(values.scheduler)) {
    const each = values.step_every === "update" ? Math.floor(values.batches_per_epoch / values.accumulate) : 1;
    const warm_up = values.scheduler === ANNEALED[0] ? 0 : values.total_iters;
    if (warm_up + values.T_max < values.epochs * each) return SAYS.annealing;
  }
  if (values.scheduler === "OneCycleLR") {
    const turn = values.pct_start * total_of(values);
    if (!(turn > 1 && turn < total_of(values) - 1)) return SAYS.cycle;
    const { base_momentum: low, max_momentum: high } = values;
    if (values.cycle_momentum && !(low > 0 && low <= high)) return SAYS.momenta;
  }
  return "";
}

const total_of = (values) =>
  values.total_steps || Math.floor((values.batches_per_epoch * values.epochs) / values.accumulate);

/**
 * Read a library's arguments off pasted code: its name, the arguments, and what was not understood.
 * @param {string} given
 * @param {string} chosen
 * @returns {[string, Record<string, any>, string[]]}
 */
export function pasted(given, chosen) {
  const mark = MARKS.find(([, pattern]) => new RegExp(pattern).test(given));
  const library = mark ? mark[0] : chosen;
  if (!own(NAMES, library)) return ["", {}, [SAYS.whose]];
  const text = given.replace(/(^|\s)#.*$/gm, "");
  const calls = CALLS[library];
  /** @type {Record<string, any>} as Reading in _pasted.py */
  const reading = { library, found: {}, wrong: [], late: [], usual: [], places: [] };
  /** @type {string[][]} */
  let flags = [];
  if (library === "timm") {
    flags = [...text.matchAll(/(?:^|\s)--([\w-]+)(?:[ =]+((?!--)[^\s\\]+))?/g)];
    for (const [, name, value] of flags) take(reading, calls.flags, name.replaceAll("-", "_"), value || "True");
  }
  for (const match of text.matchAll(/\b(\w+)\s*\(/g)) {
    const name = match[1];
    const start = match.index;
    const before = text.slice(Math.max(0, start - 40), start);
    if (/(?:\bdef\s+|np\.)$/.test(before)) continue;
    if (own(calls, name) && name !== "flags") {
      const chain = text.slice(0, start).lastIndexOf("chain(");
      if (library === "optax" && out_of_order(reading, name, chain)) continue;
      read_call(reading, name, start, arguments_from(text, start + match[0].length));
    } else if (name !== "SequentialLR") other(reading, name, before);
  }
  const { found, late, places } = reading;
  for (const [call, name, value] of reading.usual.reverse())
    if (!flags.length && own(found, own(call[1], name) ?? name) === undefined) take(reading, call, name, value);
  const order = places.map(([name]) => name);
  if (library === "optax" && order.includes("add_decayed_weights")) found.decay_place = place_in(order);
  if (library === "torch" || library === "timm") {
    look_around(reading, text);
    guessed(reading);
  }
  const missing = late.filter(([field]) => !Object.hasOwn(found, field)).map(([, sentence]) => sentence);
  const wrong = [...reading.wrong, ...missing];
  if (!places.length && !flags.length && !wrong.length)
    wrong.push(fill(SAYS["nothing found"], { library: NAMES[library], calls: Object.keys(calls).join(", ") }));
  return [library, found, [...new Set(wrong)]];
}

const say = (reading, key, values = {}) => reading.wrong.push(fill(SAYS[key], values));

function other(reading, name, before) {
  if (new RegExp(NO_SGD).test(name)) say(reading, "no sgd", { name });
  else if (new RegExp(OTHERS[reading.library]).test(before + name)) say(reading, "by hand", { name });
}

const SCALES = ["sgd", "scale_by_learning_rate", "scale"];
const MOMENTA = ["trace", "ema"];
const CHAINED = [...SCALES, ...MOMENTA, "clip", "clip_by_global_norm", "add_decayed_weights"];

function out_of_order(reading, name, chain) {
  const firsts = name.startsWith("clip") ? [...SCALES, ...MOMENTA] : SCALES;
  for (const [first, place] of reading.places) {
    if (!CHAINED.includes(name) || !firsts.includes(first) || first === name || place <= chain) continue;
    say(reading, "after", { name, first });
    return true;
  }
  return false;
}

function place_in(order) {
  const decay = order.indexOf("add_decayed_weights");
  if (order.slice(0, decay).some((name) => MOMENTA.includes(name))) return "after the momentum";
  const clipped = order.slice(decay).some((name) => ["clip", "clip_by_global_norm"].includes(name));
  return clipped ? "before the clip" : "after the clip";
}

function look_around(reading, text) {
  const { found } = reading;
  const loop = /\bfor\s+\w*epoch\w*\s+in\s+range\(\s*(\d+)\s*\)/.exec(text);
  if (loop && own(found, "epochs") === undefined) take(reading, NO_CALL, "epochs", loop[1]);
  if (/['"]params['"]\s*:|\bdict\(\s*params\s*=/.test(text)) say(reading, "groups");
  const by_hand = /\[\s*['"](lr|momentum|weight_decay)['"]\s*\]\s*[*/+-]?=(?!=)/.exec(text);
  if (by_hand) say(reading, "set", { name: by_hand[1] });
  const sequence = /\bSequentialLR\s*\(/.exec(text);
  if (found.scheduler !== ANNEALED[1]) {
    if (sequence) say(reading, "by hand", { name: "SequentialLR" });
    return;
  }
  if ((found.end_factor ?? 1) !== 1) say(reading, "not translated", { name: "end_factor" });
  if (!sequence) {
    say(reading, "side by side");
    return;
  }
  for (const part of arguments_from(text, sequence.index + sequence[0].length)) {
    const turn = part.slice(part.lastIndexOf("["));
    if (/[[,\s\d]\d+\s*\]$/.test(part) && turn.slice(1, -1).trim() !== shown(found.total_iters ?? 5))
      say(reading, "milestones", { value: shown(turn) });
  }
}

const NO_CALL = [[], {}, {}];
const SCHEDULED = { torch: "scheduler", timm: "sched" };

function guessed(reading) {
  const { library, found } = reading;
  const usual = FIELDS[library].find((each) => each.name === SCHEDULED[library]).default;
  const counted = (found[SCHEDULED[library]] ?? usual) !== "none" && own(found, "total_steps") === undefined;
  if (!counted || !Object.keys(found).length) return;
  for (const field of FIELDS[library])
    if (["batches_per_epoch", "epochs"].includes(field.name) && own(found, field.name) === undefined)
      say(reading, "guessed", { name: field.name, value: shown(field.default) });
}

function arguments_from(text, start) {
  let depth = 0;
  const parts = [""];
  for (const character of text.slice(start)) {
    if ("([{".includes(character)) depth += 1;
    else if (")]}".includes(character)) {
      if (depth === 0) break;
      depth -= 1;
    }
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim()).filter(Boolean);
}

function read_call(reading, name, start, parts) {
  const call = CALLS[reading.library][name];
  const earlier = reading.places.find(([each]) => each === name);
  if (earlier) {
    if (JSON.stringify(earlier[2]) !== JSON.stringify(parts)) say(reading, "first", { name });
    return;
  }
  reading.places.push([name, start, parts]);
  for (const [field, value] of Object.entries(call[2])) {
    const combined = own(COMBINED, `${own(reading.found, field) ?? "None"}+${value}`);
    put(reading, field, combined || value, Boolean(combined));
  }
  const named = new Set();
  parts.forEach((part, position) => {
    const keyword = /^(\w+)\s*=\s*(?!=)([\s\S]*)$/.exec(part);
    let argument = keyword ? keyword[1] : "";
    const text = keyword ? keyword[2] : part;
    if (part.startsWith("*") || (!keyword && position >= call[0].length))
      say(reading, "not translated", { name: shown(part) });
    else if (!keyword) argument = call[0][position];
    if (argument && name === "scale") {
      const value = meant(text);
      if (value !== null && value < 0) take(reading, call, argument, said(-value, 12));
      else say(reading, "by hand", { name });
    } else if (argument) take(reading, call, argument, text);
    named.add(argument);
  });
  for (const [each, value] of Object.entries(call[3] ?? {}))
    if (!named.has(each)) reading.usual.push([call, each, value]);
}

function put(reading, field, value, again) {
  const old = own(reading.found, field) ?? null;
  if (old !== null && !again && (old !== value || field === "momentum"))
    say(reading, "twice", { name: field, one: shown(old), other: shown(value) });
  reading.found[field] = value;
}

function take(reading, call, name, given) {
  const field = own(call[1], name) ?? name;
  const text = given.trim().replace(/^(['"])(.*)\1$/, "$2");
  if (own(ONLY, field)) {
    if (!ONLY[field].includes(text)) say(reading, "only", { name, value: shown(text), only: ONLY[field][0] });
    return;
  }
  const known = FIELDS[reading.library].find((each) => each.name === field);
  if (!known) {
    if (field && !IGNORED.includes(field)) say(reading, "not translated", { name: shown(name) });
    return;
  }
  const variable = fill(SAYS.variable, { name: field, value: shown(text) });
  if (text.includes("(")) {
    reading.late.push([field, variable]); // a call of its own, or none that is known
    return;
  }
  try {
    put(reading, field, value_of(known, bare(known, text)), call[2].scheduler === "OneCycleLR");
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    const words = /^[A-Za-z_][\w.[\]'"]*$/.test(text) && !["True", "False", "None"].includes(text);
    if (!words || known.kind === "choice") reading.wrong.push(error.message);
    else reading.late.push([field, variable]);
  }
}

function bare(field, text) {
  const empty = (field.kind === "number" || field.kind === "count") && field.blank;
  if (text === "None" && !empty) return field.kind === "number" ? 0 : field.default;
  return text;
}

// ---------------------------------------------------------------- a setting

/** @typedef {Record<string, any>} Setting as in translate.py, and its schedule */

const STEADY = {
  kind: "constant",
  per: "update",
  length: 1,
  factor: 1,
  gain: 1,
  power: 1,
  rise: 0.3,
  warm_up: 0,
  start: 0,
  shifted: true,
};
const SETTING = {
  rate: 0.01,
  momentum: 0,
  nesterov: false,
  dampening: 0,
  whole_first: false,
  rate_inside: false,
  debias: false,
  decay: 0,
  place: "after clip",
  kernels: false,
  clip: "none",
  bound: 0,
  epsilon: 0,
  low: 0,
  high: 0,
  schedule: STEADY,
  batches: 100,
  epochs: 30,
  batch: 32,
  accumulate: 1,
  late: false,
  smoothing: 0,
  average: false,
};

const scheduled = (kind, per, length, factor, more) => ({ ...STEADY, kind, per, length, factor, ...more });
const half_cosine = (first, last, share) => last + ((first - last) / 2) * (1 + Math.cos(Math.PI * share));

function cycle_at(schedule, t, first, top, last) {
  const turn = schedule.rise * schedule.length - 1;
  const end = schedule.length - 1;
  if (t <= turn) return half_cosine(first, top, t / turn);
  return half_cosine(top, last, Math.min((t - turn) / (end - turn), 1));
}

function factor_at(schedule, clock) {
  if (clock < schedule.warm_up) return schedule.start + ((1 - schedule.start) * clock) / schedule.warm_up;
  const t = clock - (schedule.shifted ? schedule.warm_up : 0);
  const { length, factor } = schedule;
  if (schedule.kind === "step") return factor ** Math.floor(t / length);
  if (schedule.kind === "cosine") return half_cosine(1, factor, Math.min(t / length, 1));
  if (schedule.kind === "linear") return 1 + (factor - 1) * Math.min(t / length, 1);
  if (schedule.kind === "inverse") return (1 + schedule.gain * t) ** -schedule.power;
  if (schedule.kind === "one cycle") return cycle_at(schedule, t, schedule.start, 1, factor);
  return 1;
}

const updates_in = (s) => Math.max(1, Math.floor(s.batches / s.accumulate));

function clock_of(s, update) {
  const t = update + (s.late ? (s.accumulate - 1) / s.accumulate : 0);
  return s.schedule.per === "epoch" ? Math.floor(t / updates_in(s)) : t;
}

const rate_at = (s, update) => s.rate * factor_at(s.schedule, clock_of(s, update));
const momentum_at = (s, update) =>
  s.high === 0 ? s.momentum : cycle_at(s.schedule, clock_of(s, update), s.high, s.low, s.high);

// ---------------------------------------------------------------- the equations

function run(s, gradient, start, updates) {
  const weights = start.map((variable) => [...variable]);
  const buffers = start.map((variable) => variable.map(() => 0));
  const mean = start.map((variable) => [...variable]);
  const path = [start];
  for (let k = 0; k < updates; k++) {
    const rate = rate_at(s, k);
    const momentum = momentum_at(s, k);
    const [inside, outside] = s.rate_inside ? [rate, 1] : [1, rate];
    const whole = s.whole_first && k === 0 ? 1 : 1 - s.dampening;
    let slopes = gradient(weights, k);
    const decays = weights.map((_, i) => (s.kernels && i ? 0 : s.decay));
    const added = () => slopes.map((variable, i) => variable.map((each, j) => each + decays[i] * weights[i][j]));
    if (s.place === "before clip") slopes = added();
    slopes = clipped(s, slopes);
    if (s.place === "after clip") slopes = added();
    for (let i = 0; i < weights.length; i++) {
      for (let j = 0; j < weights[i].length; j++) {
        const push = inside * slopes[i][j];
        buffers[i][j] = momentum * buffers[i][j] + whole * push;
        let step = s.nesterov ? push + momentum * buffers[i][j] : buffers[i][j];
        if (s.debias) step /= 1 - momentum ** (k + 1);
        if (s.place === "beside") weights[i][j] -= rate * decays[i] * weights[i][j];
        weights[i][j] -= outside * step;
        mean[i][j] += (weights[i][j] - mean[i][j]) / (k + 1);
      }
    }
    path.push((s.average ? mean : weights).map((variable) => [...variable]));
  }
  return path;
}

function norm(variables) {
  let total = 0;
  for (const variable of variables) for (const each of variable) total += each * each;
  return Math.sqrt(total);
}

function clipped(s, slopes) {
  const { bound, epsilon } = s;
  if (s.clip === "value") return slopes.map((row) => row.map((each) => Math.max(-bound, Math.min(bound, each))));
  if (s.clip === "none") return slopes;
  const together = s.clip === "global norm";
  const shares = slopes.map((each) => bound / (norm(together ? slopes : [each]) + epsilon + 1e-300));
  return slopes.map((row, i) => row.map((each) => Math.min(1, shares[i]) * each));
}

// ---------------------------------------------------------------- read

const loop = (values) => ({ batches: values.batches_per_epoch, epochs: values.epochs, batch: values.batch_size });

function reduced(s, values) {
  const summed = values.reduction === "sum" ? s.batch : 1;
  const times = summed * ((values.loss_divided ?? true) ? 1 : s.accumulate);
  return {
    ...s,
    rate: s.rate * times,
    decay: s.decay / times,
    bound: s.bound / times,
    epsilon: s.epsilon / times,
  };
}

function read_torch(values) {
  const { scheduler: kind, step_every: per } = values;
  let { lr } = values;
  let [low, high, schedule] = [0, 0, STEADY];
  if (kind === "StepLR") schedule = scheduled("step", per, values.step_size, values.gamma);
  else if (kind === "CosineAnnealingLR") schedule = scheduled("cosine", per, values.T_max, values.eta_min / lr);
  else if (kind === "LinearLR") {
    const start = values.start_factor;
    schedule = scheduled("linear", per, values.total_iters, values.end_factor / start);
    lr *= start;
  } else if (kind === "LinearLR, then CosineAnnealingLR") {
    const first = { warm_up: values.total_iters, start: values.start_factor };
    schedule = scheduled("cosine", per, values.T_max, values.eta_min / lr, first);
  } else if (kind === "OneCycleLR") {
    const start = 1 / values.div_factor;
    const last = start / values.final_div_factor;
    schedule = scheduled("one cycle", "update", total_of(values), last, { rise: values.pct_start, start });
    if (values.cycle_momentum) [low, high] = [values.base_momentum, values.max_momentum];
  }
  const { clip_grad_norm_: length, clip_grad_value_: value } = values;
  const setting = {
    rate: lr,
    momentum: low || values.momentum,
    nesterov: values.nesterov,
    dampening: values.dampening,
    whole_first: true,
    decay: values.weight_decay,
    clip: length ? "global norm" : value ? "value" : "none",
    bound: length || value || 0,
    epsilon: length ? 1e-6 : 0,
    low,
    high,
    schedule,
    accumulate: values.accumulate,
    smoothing: values.label_smoothing,
    ...loop(values),
  };
  return reduced({ ...SETTING, ...setting }, values);
}

const PLACES = { "after the clip": "after clip", "before the clip": "before clip", "after the momentum": "beside" };

function read_optax(values) {
  const { learning_rate: rate, momentum, schedule: kind, clip_by_global_norm: length, clip: value } = values;
  let schedule = STEADY;
  if (kind === "cosine_decay_schedule") schedule = scheduled("cosine", "update", values.decay_steps, values.alpha);
  else if (kind === "warmup_cosine_decay_schedule") {
    const first = { warm_up: values.warmup_steps, start: values.init_value / rate };
    const steps = values.decay_steps - values.warmup_steps;
    schedule = scheduled("cosine", "update", steps, values.end_value / rate, first);
  } else if (kind === "exponential_decay")
    schedule = scheduled("step", "update", values.transition_steps, values.decay_rate);
  const ema = values.momentum_form === "ema";
  const setting = {
    rate,
    momentum,
    nesterov: values.nesterov && !ema,
    dampening: ema ? momentum : 0,
    debias: ema && values.debias,
    decay: values.add_decayed_weights,
    place: PLACES[values.decay_place],
    kernels: values.spare_biases,
    clip: length ? "global norm" : value ? "value" : "none",
    bound: length || value || 0,
    schedule,
    accumulate: values.accumulate,
    smoothing: values.label_smoothing,
    ...loop(values),
  };
  return reduced({ ...SETTING, ...setting }, values);
}

const KERAS_CLIPS = { global_clipnorm: "global norm", clipnorm: "norm", clipvalue: "value" };

function read_keras(values) {
  const { schedule: kind, accumulate, l2: penalty } = values;
  let rate = values.learning_rate;
  const length = values.decay_steps / accumulate;
  let schedule = STEADY;
  if (kind === "CosineDecay") {
    schedule = scheduled("cosine", "update", length, values.alpha);
    const { warmup_target: target, warmup_steps: warm_up } = values;
    if (target && warm_up) {
      schedule = { ...schedule, warm_up: warm_up / accumulate, start: rate / target };
      rate = target;
    }
  } else if (kind === "ExponentialDecay") schedule = scheduled("step", "update", length, values.decay_rate);
  else if (kind === "InverseTimeDecay") schedule = { ...STEADY, kind: "inverse", gain: values.decay_rate / length };
  else if (kind === "PolynomialDecay")
    schedule = scheduled("linear", "update", length, values.end_learning_rate / rate);
  else if (values.decay) schedule = { ...STEADY, kind: "inverse", gain: values.decay * accumulate };
  const given = Object.keys(KERAS_CLIPS).find((name) => values[name]);
  const setting = {
    rate,
    momentum: values.momentum,
    nesterov: values.nesterov,
    rate_inside: true,
    decay: 2 * penalty || values.weight_decay || 0,
    place: penalty ? "before clip" : "beside",
    kernels: values.spare_biases,
    clip: given ? KERAS_CLIPS[given] : "none",
    bound: given ? values[given] : 0,
    schedule,
    accumulate,
    late: true,
    smoothing: values.label_smoothing,
    ...loop(values),
  };
  return reduced({ ...SETTING, ...setting }, values);
}

function read_mlp(values) {
  const samples = values.batches_per_epoch * values.batch_size;
  const falling = { ...STEADY, kind: "inverse", per: "epoch", gain: samples, power: values.power_t };
  return {
    ...SETTING,
    rate: values.learning_rate_init,
    momentum: values.momentum,
    nesterov: values.nesterovs_momentum,
    rate_inside: true,
    decay: values.alpha / values.batch_size,
    kernels: true,
    schedule: values.learning_rate === "invscaling" ? falling : STEADY,
    ...loop(values),
  };
}

function read_sgdclassifier(values) {
  const { alpha, learning_rate: kind } = values;
  let [rate, schedule] = [values.eta0, STEADY];
  if (kind === "invscaling") schedule = { ...STEADY, kind: "inverse", power: values.power_t };
  else if (kind === "optimal") {
    const weight = Math.sqrt(1 / Math.sqrt(alpha));
    const slope = values.loss === "hinge" ? 1 : 1 / (1 + Math.exp(-weight));
    const first = weight / Math.max(1, slope);
    [rate, schedule] = [first, { ...STEADY, kind: "inverse", gain: first * alpha }];
  }
  const { samples: batches, epochs, average } = values;
  return { ...SETTING, rate, decay: alpha, kernels: true, schedule, batches, epochs, batch: 1, average };
}

function read_timm(values) {
  const { lr, sched: kind, clip_grad: bound } = values;
  const first = {
    warm_up: values.warmup_epochs,
    start: values.warmup_lr / lr,
    shifted: values.warmup_prefix,
  };
  let schedule = STEADY;
  if (kind === "cosine") schedule = scheduled("cosine", "epoch", values.epochs, values.min_lr / lr, first);
  else if (kind === "step") schedule = scheduled("step", "epoch", values.decay_epochs, values.decay_rate, first);
  const length = values.clip_mode === "norm";
  return {
    ...SETTING,
    rate: lr,
    momentum: values.momentum,
    nesterov: values.opt === "sgd",
    whole_first: true,
    decay: values.weight_decay,
    kernels: true,
    clip: bound ? (length ? "global norm" : "value") : "none",
    bound: bound || 0,
    epsilon: bound && length ? 1e-6 : 0,
    schedule,
    accumulate: values.grad_accum_steps,
    smoothing: values.smoothing,
    ...loop(values),
  };
}

const READERS = {
  torch: read_torch,
  optax: read_optax,
  keras2: read_keras,
  keras3: read_keras,
  mlp: read_mlp,
  sgdclassifier: read_sgdclassifier,
  timm: read_timm,
};

function canonical(setting) {
  let s = setting;
  if (s.momentum === 0) s = { ...s, nesterov: false, debias: false, whole_first: s.whole_first && s.dampening > 0 };
  if (s.dampening === 0) s = { ...s, whole_first: false };
  else if (!s.whole_first) {
    const kept = 1 - s.dampening;
    s = { ...s, rate: s.rate * kept, decay: s.place === "beside" ? s.decay / kept : s.decay, dampening: 0 };
  }
  if (["constant", "step", "linear", "cosine"].includes(s.schedule.kind) && s.schedule.factor === 1)
    s = { ...s, schedule: { ...s.schedule, kind: "constant", length: 1 } };
  if (s.schedule.warm_up === 0) {
    const start = s.schedule.kind === "one cycle" ? s.schedule.start : 0;
    s = { ...s, schedule: { ...s.schedule, shifted: true, start } };
  }
  const still = s.schedule.kind === "constant" && s.schedule.warm_up === 0;
  if (still) s = { ...s, schedule: STEADY };
  const bare = s.momentum === 0 && s.dampening === 0;
  if ((still && s.high === 0) || bare) s = { ...s, rate_inside: false };
  const whole = Number.isInteger(s.schedule.length) && s.schedule.warm_up === 0;
  if (s.accumulate === 1 || still || s.schedule.per === "epoch" || (s.schedule.kind === "step" && whole))
    s = { ...s, late: false };
  if (s.schedule.kind === "step" && s.schedule.per === "epoch" && s.schedule.warm_up === 0)
    s = { ...s, schedule: { ...s.schedule, per: "update", length: s.schedule.length * updates_in(s) } };
  if (s.clip === "none" && s.place === "before clip") s = { ...s, place: "after clip" };
  if (bare && s.place === "beside") s = { ...s, place: "after clip" };
  if (s.decay === 0) s = { ...s, place: "after clip", kernels: false };
  return s;
}

// ---------------------------------------------------------------- what another library can say

function nearest(setting, library) {
  let s = canonical(setting);
  if (library !== "torch" && library !== "timm") {
    s = { ...s, epsilon: 0 };
    if (s.dampening) s = canonical({ ...s, whole_first: false });
  } else if (s.clip === "global norm" || s.clip === "norm") s = { ...s, epsilon: 1e-6 };
  if (library !== "sgdclassifier") s = { ...s, average: false };
  if (library !== "torch") s = { ...s, low: 0, high: 0 };
  return canonical(NEAREST[library](s));
}

function for_keras(given) {
  let s = { ...given, rate_inside: true, debias: false, late: true, schedule: per_update(given) };
  if (s.place === "after clip" && s.clip !== "none" && s.momentum > 0)
    s = { ...s, place: "beside", decay: s.decay / (1 - s.momentum) };
  return written.tabled(s.schedule) ? { ...s, late: false } : s;
}

function per_update(s) {
  const { schedule } = s;
  if (schedule.per === "update" || !schedule.shifted || schedule.power !== 1 || schedule.kind === "step")
    return schedule;
  const times = updates_in(s);
  return {
    ...schedule,
    per: "update",
    length: schedule.kind !== "constant" ? schedule.length * times : 1,
    warm_up: schedule.warm_up * times,
    gain: schedule.kind === "inverse" ? schedule.gain / times : 1,
  };
}

function for_torch(given) {
  let s = { ...given, rate_inside: false, debias: false, late: false };
  if (s.place === "beside") s = { ...s, place: "after clip", decay: s.decay * (1 - s.momentum) };
  if (s.place === "before clip") s = { ...s, place: "after clip" };
  return s;
}

function for_timm(given) {
  let s = { ...for_torch(given), kernels: true, dampening: 0, whole_first: false };
  if (s.clip === "norm") s = { ...s, clip: "global norm" };
  const { schedule } = s;
  const times = updates_in(s);
  if (!["step", "cosine"].includes(schedule.kind)) return { ...s, schedule: STEADY };
  if (schedule.per !== "update") return s;
  const length = Math.max(1, Math.floor(schedule.length / times + 0.5));
  const warm_up = Math.floor(schedule.warm_up / times + 0.5);
  return { ...s, schedule: { ...schedule, per: "epoch", length, warm_up } };
}

function for_optax(given) {
  let s = { ...given, late: false };
  if (s.rate_inside && s.place === "beside") s = { ...s, rate_inside: false };
  return s.clip !== "norm" ? s : { ...s, clip: "global norm" };
}

function for_mlp(given) {
  const s = given.place === "beside" ? { ...given, decay: given.decay * (1 - given.momentum) } : given;
  const { schedule } = s;
  const kept = schedule.kind === "inverse" && schedule.per === "epoch" && schedule.gain === s.batches * s.batch;
  return {
    ...s,
    rate_inside: true,
    debias: false,
    late: false,
    place: "after clip",
    kernels: true,
    clip: "none",
    bound: 0,
    schedule: kept ? schedule : STEADY,
    batches: updates_in(s),
    batch: s.batch * s.accumulate,
    accumulate: 1,
    smoothing: 0,
  };
}

function for_sgdclassifier(given) {
  const samples = given.batch * given.accumulate;
  const s = given.place === "beside" ? { ...given, decay: given.decay * (1 - given.momentum) } : given;
  const { schedule } = s;
  const inverse = schedule.kind === "inverse" && schedule.per === "update" && schedule.warm_up === 0;
  const kept = inverse && (schedule.gain === 1 || (schedule.power === 1 && schedule.gain === s.rate * s.decay));
  return {
    ...s,
    rate: s.rate / (1 - s.momentum) / samples,
    momentum: 0,
    nesterov: false,
    debias: false,
    late: false,
    place: "after clip",
    kernels: true,
    clip: "none",
    bound: 0,
    schedule: kept && samples === 1 ? schedule : STEADY,
    batches: updates_in(s) * samples,
    batch: 1,
    accumulate: 1,
    smoothing: 0,
  };
}

const NEAREST = {
  torch: for_torch,
  optax: for_optax,
  keras2: for_keras,
  keras3: for_keras,
  mlp: for_mlp,
  sgdclassifier: for_sgdclassifier,
  timm: for_timm,
};

const exactest = (setting) => canonical({ ...setting, epsilon: 0, average: false });

// ---------------------------------------------------------------- how much it matters

function distance(first, second) {
  const [one, other] = [pressed(first), pressed(second)];
  let peak = 0;
  for (let k = 0; k < UPDATES; k++) peak = Math.max(peak, rate_at(one, k));
  const steepest = (0.1 * (1 - one.momentum)) / peak;
  const curvatures = [[steepest, 0.6 * steepest, 0.3 * steepest], [steepest]];
  let way = 1;
  if (one.clip !== "none") way = (2 * one.bound) / (one.clip === "value" ? steepest : norm(curvatures));
  const noises = noise();
  const gradient = (weights, k) =>
    weights.map((variable, i) =>
      variable.map((each, j) => curvatures[i][j] * (each - way) + noises[4 * k + 3 * i + j] * curvatures[i][j] * way),
    );
  const start = [[2 * way, 2 * way, 2 * way], [2 * way]];
  const [mine, theirs] = [one, other].map((each) => run(each, gradient, start, UPDATES));
  let largest = 0;
  for (let k = 0; k <= UPDATES; k++) {
    const apart = norm(start.map((variable, i) => variable.map((_, j) => mine[k][i][j] - theirs[k][i][j])));
    largest = apart > largest || Number.isNaN(apart) ? apart : largest;
  }
  return largest / (2 * way);
}

function noise() {
  let seed = 1;
  return Array.from({ length: 4 * UPDATES }, () => {
    seed = (1664525 * seed + 1013904223) % 4294967296;
    return seed / 4294967296 - 0.5;
  });
}

function pressed(s) {
  let { schedule } = s;
  const times = UPDATES / (updates_in(s) * s.epochs);
  const short = Math.max(1, Math.floor(UPDATES / s.epochs));
  if (schedule.per === "update") {
    const length = Math.max(1, schedule.length * times);
    schedule = { ...schedule, length, warm_up: schedule.warm_up * times, gain: schedule.gain / times };
  }
  return { ...s, schedule, batches: short * s.accumulate };
}

function size(apart) {
  if (!(apart < 1e9)) return SAYS.diverges;
  if (apart < 1e-9) return SAYS.rounding;
  return fill(SAYS.size, { percent: said(100 * apart) });
}

function compared(s, t, source, target) {
  /** @type {[string[], string][]} */
  const found = [];
  const names = { source: NAMES[source], target: NAMES[target] };
  const add = (fields, key, values = {}) => found.push([fields, fill(SAYS[key], { ...names, ...values })]);
  if (s.momentum > 0 && t.momentum === 0) add(["momentum", "nesterov", "rate", "rate_inside", "debias"], "no momentum");
  else if (s.debias !== t.debias) add(["debias"], "debias", { times: said(1 / (1 - s.momentum), 3) });
  else if (s.dampening > 0 && t.dampening === 0) {
    const kept = 1 - s.dampening;
    const values = { kept: said(kept, 3), times: said(1 / kept, 3) };
    add(["dampening", "whole_first", "rate", "rate_inside"], "dampening", values);
  } else if (s.high !== t.high)
    add(["low", "high", "momentum"], "one momentum", { low: said(s.low), high: said(s.high) });
  else if (s.batch * s.accumulate !== t.batch * t.accumulate)
    add(["rate"], "single", { count: count(s.batch * s.accumulate) });
  if (s.rate_inside !== t.rate_inside && s.momentum > 0 && t.momentum > 0) {
    const sides = s.rate_inside
      ? { inside: names.source, outside: names.target }
      : { inside: names.target, outside: names.source };
    if (s.schedule.kind === "step") {
      const { factor } = s.schedule;
      const kept = s.momentum + (1 - s.momentum) * factor;
      add(["rate_inside"], "drop", { factor: said(factor, 3), kept: said(kept, 3), ...sides });
    } else if (s.schedule.kind !== "constant" || s.schedule.warm_up !== 0) add(["rate_inside"], "buffer", sides);
  }
  if (s.decay > 0 && s.place !== t.place) add(["place", "decay"], `${s.place}, ${t.place}`);
  if (s.decay > 0 && s.kernels !== t.kernels) add(["kernels"], s.kernels ? "all decay" : "kernels decay");
  if (s.clip !== t.clip) add(["clip", "bound", "epsilon"], t.clip === "none" ? "no clip" : "other clip");
  else if (s.epsilon !== t.epsilon) add(["epsilon"], "epsilon", { other: s.epsilon ? names.target : names.source });
  if (!same(s.schedule, t.schedule)) {
    const percent = said(100 * rates_apart(s, t));
    if (t.schedule.kind === "constant" && t.schedule.warm_up === 0) add(["schedule"], "no schedule");
    else if (s.schedule.per === "epoch" && t.schedule.per === "update") add(["schedule"], "per epoch", { percent });
    else add(["schedule"], "other schedule", { percent });
  }
  if (s.late !== t.late && s.accumulate > 1) add(["late"], "late", { count: s.accumulate, less: s.accumulate - 1 });
  if (s.average !== t.average) add(["average"], "average");
  if (s.smoothing > 0 && t.smoothing === 0) add(["smoothing"], "smoothing", { floor: said(floor(s.smoothing), 3) });
  return found;
}

function same(one, other) {
  return Object.keys(one).every((name) =>
    typeof one[name] === "object" ? same(one[name], other[name]) : one[name] === other[name],
  );
}

function rates_apart(s, t) {
  const total = updates_in(s) * s.epochs;
  const many = Math.min(1000, total);
  let [apart, highest] = [0, 0];
  for (let i = 0; i < many; i++) {
    const k = Math.floor((i * total) / many);
    const one = factor_at(s.schedule, clock_of(s, k));
    const other = factor_at(t.schedule, clock_of(t, k));
    [apart, highest] = [Math.max(apart, Math.abs(one - other)), Math.max(highest, one)];
  }
  return apart / highest;
}

function floor(smoothing) {
  const rest = smoothing / 10;
  const right = 1 - smoothing + rest;
  return -right * Math.log(right) - 9 * rest * Math.log(rest);
}

function beyond(s, t, source, target, exactly) {
  const found = [];
  const add = (key, values = {}) => found.push(fill(SAYS[key], values));
  const pair = [...new Set([source, target])];
  const keras = pair.filter((each) => each === "keras2" || each === "keras3");
  const torch = pair.includes("torch") || pair.includes("timm");
  if (!keras.length || keras.length === pair.length) return found;
  const into = keras.includes(target);
  if (torch && s.clip === "global norm") add("clipnorm");
  if (into && t.schedule.kind === "step" && t.schedule.warm_up === 0 && t.schedule.per === "update")
    add("boundary", { steps: count(t.schedule.length * t.accumulate - 1) });
  if (into && torch && t.decay > 0 && !exactly && t.momentum > 0 && t.place !== "beside")
    add("penalty", { much: said(50 * t.decay) });
  if (torch) {
    add("norm", { late: said(100 * 0.99 ** 100), early: said(100 * 0.9 ** 100) });
    add("norm epsilon", { share: said(100 * Math.sqrt((0.01 + 1e-5) / (0.01 + 1e-3)), 3) });
    if (s.batch > 1) add("unbiased", { percent: said(100 / (s.batch - 1)), count: s.batch });
    add("begin", { torch: said(1 / Math.sqrt(3 * 64), 3), keras: said(Math.sqrt(2 / 128), 3) });
    add("logits", { right: said(Math.log(1 + Math.exp(-2)), 3) });
    add("last", { count: s.batch, few: Math.floor(1000 / s.batch), many: Math.ceil(1000 / s.batch) });
    const batches = Math.max(1, Math.floor(64 / s.batch + 0.5));
    add("nominal", { count: s.batch, batches, times: said((s.batch * batches) / 64, 3) });
  } else if (!pair.includes("optax")) {
    if (pair.includes("mlp")) add("sklearn begin", { most: said(Math.sqrt(6 / 128), 3) });
    add("sklearn stops");
  }
  return found;
}

function differences(setting, made, source, target, exactly) {
  const found = [];
  const [s, t] = [canonical(setting), canonical(made)];
  for (const [names, sentence] of compared(s, t, source, target)) {
    const changed = { ...s, ...Object.fromEntries(names.map((name) => [name, t[name]])) };
    found.push(sentence + size(distance(s, changed)));
  }
  if (found.length > 1) found.push(SAYS.together + size(distance(s, t)));
  if (!found.length) found.push(SAYS.nothing);
  return [...found, ...beyond(s, t, source, target, exactly)];
}

/**
 * Translate the arguments of one library into code for another.
 * @param {string} source
 * @param {Record<string, any>} given
 * @param {string} target
 * @returns {{error: string, code: string, differs: string[], exact_code: string, exact_differs: string[]}}
 */
export function translate(source, given, target) {
  const nothing = { error: "", code: "", differs: [], exact_code: "", exact_differs: [] };
  try {
    const setting = canonical(READERS[source](checked(source, given)));
    const made = nearest(setting, target);
    const exact = exactest(setting);
    const result = { ...nothing, code: written.write(made, target) };
    result.differs = differences(setting, made, source, target, false);
    if (target === "keras3" && !same(exact, made)) {
      result.exact_code = written.keras(exact, "keras", true);
      result.exact_differs = differences(setting, exact, source, target, true);
    }
    return result;
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return { ...nothing, error: error.message };
  }
}
