// The code that a setting becomes in each library, letter by letter as _written.py writes it.

import { told } from "../widgets/page/told.mjs";
import { code, count } from "./numbers.mjs";

const { RATE_TABLE, WIDTH } = told.translator;

function call(start, given) {
  const line = `${start}(${given.join(", ")})`;
  if ([...line].length <= WIDTH) return line;
  const inner = `    ${given.join(", ")}`;
  if ([...inner].length <= WIDTH) return `${start}(\n${inner}\n)`;
  return `${start}(\n${given.map((each) => `    ${each},\n`).join("")})`;
}

const join = (parts) => parts.filter(Boolean).join("\n\n");
const updates_in = (s) => Math.max(1, Math.floor(s.batches / s.accumulate));
const steady = (schedule) => schedule.kind === "constant" && schedule.warm_up === 0;
const needs_math = (schedule) => schedule.kind === "cosine" || schedule.kind === "one cycle";

function tabled(schedule) {
  if (steady(schedule)) return false;
  if (schedule.per === "epoch" || schedule.kind === "one cycle") return true;
  if (schedule.kind === "inverse") return schedule.power !== 1 || schedule.warm_up > 0;
  if (schedule.kind === "cosine") return !schedule.shifted;
  return schedule.warm_up > 0 && schedule.kind !== "constant";
}

function factor(schedule) {
  const lines = ["def factor(t):"];
  if (schedule.warm_up > 0) {
    const [start, warm_up] = [code(schedule.start), count(schedule.warm_up)];
    lines.push(`    if t < ${warm_up}:`, `        return ${start} + (1 - ${start}) * t / ${warm_up}`);
    if (schedule.shifted) lines.push(`    t -= ${warm_up}`);
  }
  const [length, last] = [count(schedule.length), code(schedule.factor)];
  if (schedule.kind === "step") lines.push(`    return ${last} ** (t // ${length})`);
  else if (schedule.kind === "cosine")
    lines.push(`    return ${last} + (1 - ${last}) / 2 * (1 + math.cos(math.pi * min(t / ${length}, 1)))`);
  else if (schedule.kind === "linear") lines.push(`    return 1 + (${last} - 1) * min(t / ${length}, 1)`);
  else if (schedule.kind === "inverse")
    lines.push(`    return (1 + ${code(schedule.gain)} * t) ** -${code(schedule.power)}`);
  else if (schedule.kind === "one cycle") lines.push(...cycle(schedule, code(schedule.start), "1", last));
  else lines.push("    return 1.0");
  return lines.join("\n");
}

function cycle(schedule, first, top, last) {
  const [turn, end] = [code(schedule.rise * schedule.length - 1), count(schedule.length - 1)];
  return [
    `    first, last, share = ${first}, ${top}, t / ${turn}`,
    `    if t > ${turn}:`,
    `        first, last, share = ${top}, ${last}, min((t - ${turn}) / (${end} - ${turn}), 1)`,
    "    return last + (first - last) / 2 * (1 + math.cos(math.pi * share))",
  ];
}

function table(s) {
  const by_epoch = s.schedule.per === "epoch";
  const many = by_epoch ? s.epochs : s.epochs * updates_in(s);
  return {
    line: `rates = [${code(s.rate)} * factor(t) for t in range(${many})]`,
    updates: by_epoch ? updates_in(s) : 1,
  };
}

// ---------------------------------------------------------------- Keras

function torch_class(s) {
  const [dampened, cycled] = [s.dampening > 0, s.high > 0];
  const extra = ["coupled_decay", ...(dampened ? ["dampening"] : []), ...(cycled ? ["momenta"] : [])];
  const held = `coupled_decay=0.0${dampened ? ", dampening=0.0" : ""}${cycled ? ", momenta=(0.9,)" : ""}`;
  const lines = [
    "class TorchSGD(keras.optimizers.SGD):",
    '    """b ← μb + g + wd·w; w ← w − ηb, as PyTorch has it."""',
    "",
    `    def __init__(self, learning_rate=0.01, momentum=0.9, ${held}, **others):`,
    "        super().__init__(learning_rate, momentum, **others)",
    ...extra.map((name) => `        self.${name} = ${name}`),
    "",
    "    def update_step(self, gradient, variable, learning_rate):",
    "        rate = keras.ops.cast(learning_rate, variable.dtype)",
    "        b = self.momentums[self._get_variable_index(variable)]",
  ];
  if (cycled)
    lines.push(
      "        last = len(self.momenta) - 1",
      "        momenta = keras.ops.convert_to_tensor(self.momenta, variable.dtype)",
      "        mu = keras.ops.take(momenta, keras.ops.minimum(self.iterations, last))",
    );
  else lines.push("        mu = self.momentum");
  if (s.kernels)
    lines.push(
      '        if variable.name not in ("bias", "gamma", "beta"):',
      "            gradient = gradient + self.coupled_decay * variable",
    );
  else lines.push("        gradient = gradient + self.coupled_decay * variable");
  if (dampened)
    lines.push(
      "        later = keras.ops.cast(self.iterations > 0, variable.dtype)",
      "        self.assign(b, mu * b + (1 - self.dampening * later) * gradient)",
    );
  else lines.push("        self.assign(b, mu * b + gradient)");
  lines.push("        step = gradient + mu * b if self.nesterov else b");
  if (s.debias)
    lines.push(
      "        updates = keras.ops.cast(self.iterations + 1, variable.dtype)",
      "        step = step / (1 - mu**updates)",
    );
  lines.push("        self.assign_sub(variable, rate * step)", "", "    def get_config(self):");
  const pairs = extra.map((name) => `"${name}": self.${name}`);
  const line = `        return {**super().get_config(), ${pairs.join(", ")}}`;
  if (line.length <= WIDTH) return [...lines, line].join("\n");
  const each = ["**super().get_config()", ...pairs].map((pair) => `            ${pair},`);
  return [...lines, "        return {", ...each, "        }"].join("\n");
}

function needs_class(s) {
  const clipped = s.place === "after clip" && s.decay > 0 && s.clip !== "none" && s.momentum > 0;
  const outside = !s.rate_inside && s.momentum > 0 && !steady(s.schedule);
  return s.debias || s.dampening > 0 || s.high > 0 || clipped || outside;
}

function listed(s) {
  const clocked = s.accumulate > 1 && !s.late && !steady(s.schedule) && s.schedule.kind !== "step";
  return tabled(s.schedule) || clocked;
}

function keras_schedule(s, module) {
  const { schedule } = s;
  const batches = count(schedule.length * s.accumulate);
  const [rate, alpha] = [code(s.rate), `alpha=${code(schedule.factor)}`];
  const named = (name, given) => call(`schedule = ${module}.optimizers.schedules.${name}`, given);
  if (schedule.kind === "step")
    return named("ExponentialDecay", [rate, batches, code(schedule.factor), "staircase=True"]);
  if (schedule.kind === "inverse") return named("InverseTimeDecay", [rate, count(s.accumulate), code(schedule.gain)]);
  if (schedule.kind === "linear") return named("PolynomialDecay", [rate, batches, code(s.rate * schedule.factor)]);
  const [start, warm_up] = [code(s.rate * schedule.start), count(schedule.warm_up * s.accumulate)];
  if (schedule.kind === "constant") return named("PolynomialDecay", [start, warm_up, rate]);
  if (schedule.warm_up === 0) return named("CosineDecay", [rate, batches, alpha]);
  return named("CosineDecay", [start, batches, alpha, `warmup_target=${rate}`, `warmup_steps=${warm_up}`]);
}

function keras(s, module, exact) {
  const own = exact && needs_class(s);
  const by_list = listed(s);
  const cosine = (by_list && needs_math(s.schedule)) || (own && s.high > 0);
  const parts = [`${cosine ? "import math\n\n" : ""}import ${module}`];
  let rate = code(s.rate);
  if (!steady(s.schedule)) {
    rate = "schedule";
    if (by_list) {
      const { line, updates } = table(s);
      const made = `schedule = RateTable(rates, ${count(updates * s.accumulate)})`;
      parts.push(RATE_TABLE.replaceAll("keras.", `${module}.`), factor(s.schedule), `${line}\n${made}`);
    } else parts.push(keras_schedule(s, module));
  }
  if (own) parts.splice(1, 0, torch_class(s));
  const given = [rate];
  if (s.momentum > 0) given.push(`momentum=${code(s.momentum)}`);
  let [penalty, spared] = [0, false];
  if (s.decay > 0) {
    if (own && s.place === "after clip") given.push(`coupled_decay=${code(s.decay)}`);
    else if (s.place === "beside" || (s.place === "after clip" && s.momentum === 0)) {
      given.push(`weight_decay=${code(s.decay)}`);
      spared = s.kernels;
    } else penalty = s.decay / 2;
  }
  if (own && s.dampening > 0) given.push(`dampening=${code(s.dampening)}`);
  if (own && s.high > 0) {
    const body = cycle(s.schedule, code(s.high), code(s.low), code(s.high)).join("\n");
    parts.push(`def momentum_at(t):\n${body}`);
    parts.push(`momenta = [momentum_at(t) for t in range(${s.epochs * updates_in(s)})]`);
    given.push("momenta=momenta");
  }
  if (s.nesterov) given.push("nesterov=True");
  const clips = { "global norm": "global_clipnorm", norm: "clipnorm", value: "clipvalue" };
  if (s.clip !== "none") given.push(`${clips[s.clip]}=${code(s.bound)}`);
  if (s.accumulate > 1) given.push(`gradient_accumulation_steps=${count(s.accumulate)}`);
  const made = call(own ? "optimizer = TorchSGD" : `optimizer = ${module}.optimizers.SGD`, given);
  const exempt = '\noptimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])';
  parts.push(made + (spared ? exempt : ""));
  if (penalty) {
    const more = "\n# bias_regularizer, gamma_regularizer and beta_regularizer, as far as it has them";
    const where = `kernel_regularizer=regularizer${s.kernels ? "" : `, and its${more}`}`;
    parts.push(`# every layer gets ${where}\nregularizer = ${module}.regularizers.L2(${code(penalty)})`);
  }
  if (s.smoothing > 0) {
    const words = ["from_logits=True", `label_smoothing=${code(s.smoothing)}`];
    parts.push(`# labels one-hot\n${call(`loss = ${module}.losses.CategoricalCrossentropy`, words)}`);
  }
  return join(parts);
}

// ---------------------------------------------------------------- PyTorch and timm

function torch(s) {
  const parts = ["import torch"];
  let weights = "model.parameters()";
  if (s.decay > 0 && s.kernels) {
    parts.push(
      "decayed = [p for p in model.parameters() if p.ndim > 1]\n" +
        "spared = [p for p in model.parameters() if p.ndim <= 1]",
    );
    weights = '[{"params": decayed}, {"params": spared, "weight_decay": 0.0}]';
  }
  const given = [weights, `lr=${code(s.rate)}`];
  if (s.momentum > 0) given.push(`momentum=${code(s.momentum)}`);
  if (s.dampening > 0) given.push(`dampening=${code(s.dampening)}`);
  if (s.nesterov) given.push("nesterov=True");
  if (s.decay > 0) given.push(`weight_decay=${code(s.decay)}`);
  parts.push(call("optimizer = torch.optim.SGD", given));
  if (!steady(s.schedule)) {
    const [line, per, named] = torch_schedule(s);
    if (!named) {
      if (needs_math(s.schedule)) parts[0] = "import math\n\nimport torch";
      parts.push(factor(s.schedule));
    }
    parts.push(`# scheduler.step() after every ${per}\n${line}`);
  }
  const bound = code(s.bound);
  const clips = {
    "global norm": `    torch.nn.utils.clip_grad_norm_(model.parameters(), ${bound})`,
    value: `    torch.nn.utils.clip_grad_value_(model.parameters(), ${bound})`,
    norm: `    for p in model.parameters():\n        torch.nn.utils.clip_grad_norm_(p, ${bound})`,
  };
  if (s.clip !== "none") parts.push(`def clip():  # between loss.backward() and optimizer.step()\n${clips[s.clip]}`);
  if (s.accumulate > 1)
    parts.push(`# optimizer.step() after every ${count(s.accumulate)} batches, each loss divided by that`);
  if (s.smoothing > 0) parts.push(`loss = torch.nn.CrossEntropyLoss(label_smoothing=${code(s.smoothing)})`);
  return join(parts);
}

/** @returns {[string, string, boolean]} */
function torch_schedule(s) {
  const { schedule } = s;
  const { warm_up } = schedule;
  let { length, per } = schedule;
  if (per === "update" && schedule.kind === "step" && warm_up === 0 && length % updates_in(s) === 0)
    [length, per] = [length / updates_in(s), "epoch"];
  const whole = Number.isInteger(length) && Number.isInteger(warm_up);
  const training = per === "epoch" ? s.epochs : s.epochs * updates_in(s);
  const named = (name, given, start = "") => call(`${start}torch.optim.lr_scheduler.${name}`, ["optimizer", ...given]);
  if (schedule.kind === "one cycle") {
    const given = [
      `max_lr=${code(s.rate)}`,
      `total_steps=${count(length)}`,
      `pct_start=${code(schedule.rise)}`,
      `div_factor=${code(1 / schedule.start)}`,
      `final_div_factor=${code(schedule.start / schedule.factor)}`,
      ...(s.high > 0 ? [`base_momentum=${code(s.low)}`, `max_momentum=${code(s.high)}`] : ["cycle_momentum=False"]),
    ];
    return [named("OneCycleLR", given, "scheduler = "), "update", true];
  }
  const listed_rates = named("LambdaLR", ["factor"], "scheduler = ");
  let first = "";
  if (warm_up > 0) {
    const kinds = ["constant", "step", "cosine"];
    if (!(whole && schedule.shifted && schedule.start > 0 && kinds.includes(schedule.kind)))
      return [listed_rates, per, false];
    first = named("LinearLR", [`start_factor=${code(schedule.start)}`, `total_iters=${count(warm_up)}`]);
  }
  let then = "";
  if (schedule.kind === "step" && whole) then = named("StepLR", [count(length), `gamma=${code(schedule.factor)}`]);
  else if (schedule.kind === "cosine" && whole && warm_up + length >= training)
    // it goes up again after its end
    then = named("CosineAnnealingLR", [count(length), `eta_min=${code(s.rate * schedule.factor)}`]);
  else if (schedule.kind === "linear" && whole && schedule.factor <= 1) {
    const given = ["start_factor=1.0", `end_factor=${code(schedule.factor)}`, `total_iters=${count(length)}`];
    then = named("LinearLR", given);
  } else if (first && schedule.kind === "constant") return [`scheduler = ${first}`, per, true];
  else return [listed_rates, per, false];
  if (!first) return [`scheduler = ${then}`, per, true];
  const made = named("SequentialLR", ["[warm_up, then]", `milestones=[${count(warm_up)}]`], "scheduler = ");
  return [[`warm_up = ${first}`, `then = ${then}`, made].join("\n"), per, true];
}

function timm(s) {
  const { schedule } = s;
  const flags = [
    `--opt ${s.nesterov ? "sgd" : "momentum"} --lr ${code(s.rate)} --momentum ${code(s.momentum)}`,
    `--weight-decay ${code(s.decay)}`,
  ];
  if (s.clip !== "none")
    flags.push(`--clip-grad ${code(s.bound)} --clip-mode ${s.clip === "value" ? "value" : "norm"}`);
  if (steady(schedule)) flags.push(`--sched none --epochs ${count(s.epochs)}`);
  else {
    flags.push(`--sched ${schedule.kind} --epochs ${count(schedule.kind === "cosine" ? schedule.length : s.epochs)}`);
    if (schedule.kind === "step") {
      const epochs = schedule.per === "epoch" ? schedule.length : schedule.length / updates_in(s);
      flags.push(`--decay-epochs ${count(epochs)} --decay-rate ${code(schedule.factor)}`);
    } else flags.push(`--min-lr ${code(s.rate * schedule.factor)}`);
    flags.push(`--warmup-epochs ${count(schedule.warm_up)}`);
    if (schedule.warm_up > 0) {
      flags.push(`--warmup-lr ${code(s.rate * schedule.start)}`);
      if (schedule.shifted) flags.push("--warmup-prefix");
    }
  }
  flags.push(`--batch-size ${count(s.batch)}`);
  if (s.accumulate > 1) flags.push(`--grad-accum-steps ${count(s.accumulate)}`);
  flags.push(`--smoothing ${code(s.smoothing)}`);
  return ["python train.py", ...flags.map((flag) => `    ${flag}`)].join(" \\\n");
}

// ---------------------------------------------------------------- optax

function optax(s) {
  const { schedule } = s;
  const imports = ["import optax"];
  const parts = [];
  let rate = code(s.rate);
  if (!steady(schedule)) {
    rate = "schedule";
    const native = optax_schedule(s);
    if (native) parts.push(native);
    else {
      imports.unshift("import jax.numpy as jnp");
      if (needs_math(schedule)) imports.unshift("import math\n");
      const { line, updates } = table(s);
      const which = updates === 1 ? "count" : `count // ${count(updates)}`;
      parts.push(
        factor(schedule),
        `${line}\nrates = jnp.array(rates)`,
        `def schedule(count):\n    return rates[jnp.minimum(${which}, len(rates) - 1)]`,
      );
    }
  }
  const links = [];
  let decay = "";
  const decayed = (value) => `optax.add_decayed_weights(${code(value)}${s.kernels ? ", mask=kernels" : ""})`;
  if (s.decay > 0) {
    if (s.kernels) {
      imports.unshift("import jax");
      parts.push(
        "def kernels(params):  # biases and normalization do not decay\n" +
          "    return jax.tree.map(lambda p: p.ndim > 1, params)",
      );
    }
    decay = decayed(s.decay);
  }
  if (decay && s.place === "before clip") links.push(decay);
  if (s.clip === "global norm") links.push(`optax.clip_by_global_norm(${code(s.bound)})`);
  else if (s.clip === "value") links.push(`optax.clip(${code(s.bound)})`);
  if (decay && s.place === "after clip") links.push(decay);
  const [mu, nesterov] = [code(s.momentum), s.nesterov ? ", nesterov=True" : ""];
  const scaled = `optax.scale_by_learning_rate(${rate})`;
  if (s.debias) {
    const changing = rate === "schedule";
    const whole = changing ? rate : code(s.rate / (1 - s.momentum));
    links.push(`optax.ema(${mu})`);
    if (changing) links.push(`optax.scale(${code(1 / (1 - s.momentum))})`);
    if (decay && s.place === "beside") links.push(whole !== rate ? decayed(s.decay * (1 - s.momentum)) : decay);
    links.push(`optax.scale_by_learning_rate(${whole})`);
  } else if (s.rate_inside) links.push(scaled, `optax.trace(${mu}${nesterov})`);
  else if (decay && s.place === "beside" && s.momentum > 0) links.push(`optax.trace(${mu}${nesterov})`, decay, scaled);
  else links.push(`optax.sgd(${rate}${s.momentum > 0 ? `, momentum=${mu}${nesterov}` : ""})`);
  let made = links.length === 1 ? `optimizer = ${links[0]}` : call("optimizer = optax.chain", links);
  if (s.accumulate > 1) made += `\noptimizer = optax.MultiSteps(optimizer, ${count(s.accumulate)})`;
  parts.push(made);
  if (s.smoothing > 0) parts.push(`# labels = optax.smooth_labels(one_hot, ${code(s.smoothing)})`);
  return join([imports.join("\n"), ...parts]);
}

function optax_schedule(s) {
  const { schedule } = s;
  const rate = code(s.rate);
  const whole = Number.isInteger(schedule.length) && Number.isInteger(schedule.warm_up);
  if (schedule.per === "epoch" || !schedule.shifted || !whole) return "";
  const [length, last] = [count(schedule.length), code(s.rate * schedule.factor)];
  const named = (name, given) => call(`schedule = optax.${name}`, given);
  if (schedule.kind === "cosine" && schedule.warm_up === 0)
    return named("cosine_decay_schedule", [rate, length, `alpha=${code(schedule.factor)}`]);
  if (schedule.kind === "cosine") {
    const [start, total] = [code(s.rate * schedule.start), count(schedule.length + schedule.warm_up)];
    const given = [start, rate, count(schedule.warm_up), total, `end_value=${last}`];
    return named("warmup_cosine_decay_schedule", given);
  }
  if (schedule.warm_up > 0) return "";
  if (schedule.kind === "step")
    return named("exponential_decay", [rate, length, code(schedule.factor), "staircase=True"]);
  return schedule.kind === "linear" ? named("linear_schedule", [rate, last, length]) : "";
}

// ---------------------------------------------------------------- scikit-learn

function mlp(s) {
  const given = [
    'solver="sgd"',
    `learning_rate_init=${code(s.rate)}`,
    `momentum=${code(s.momentum)}`,
    `nesterovs_momentum=${s.nesterov ? "True" : "False"}`,
    `alpha=${code(s.decay * s.batch)}`,
    `batch_size=${count(s.batch)}`,
    `max_iter=${count(s.epochs)}`,
  ];
  if (s.schedule.kind === "inverse") given.push('learning_rate="invscaling"', `power_t=${code(s.schedule.power)}`);
  return `from sklearn.neural_network import MLPClassifier\n\n${call("model = MLPClassifier", given)}`;
}

function sgdclassifier(s) {
  const inverse = s.schedule.kind === "inverse";
  const kind = inverse ? '"invscaling"' : '"constant"';
  const given = ['loss="log_loss"', `learning_rate=${kind}`, `eta0=${code(s.rate)}`];
  if (inverse) given.push(`power_t=${code(s.schedule.power)}`);
  given.push(`alpha=${code(s.decay)}`, `max_iter=${count(s.epochs)}`, "tol=None");
  if (s.average) given.push("average=True");
  return `from sklearn.linear_model import SGDClassifier\n\n${call("model = SGDClassifier", given)}`;
}

const WRITERS = {
  torch,
  optax,
  keras2: (s) => keras(s, "tf_keras", false),
  keras3: (s) => keras(s, "keras", false),
  mlp,
  sgdclassifier,
  timm,
};

/** What the translator needs of it: plain code, Keras' code with a subclass, and whether rates must be listed. */
export const written = { write: (s, library) => WRITERS[library](s), keras, tabled };
