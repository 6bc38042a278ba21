"""The code that a setting becomes in each library."""

from __future__ import annotations

from typing import Any

from sgdlib.practice._numbers import code, count

# Those of translate.py, which imports this module.
Setting = Schedule = Any

WIDTH = 88


def call(start: str, arguments: list[str]) -> str:
    """A call laid out as Black would."""
    line = f"{start}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return line
    inner = "    " + ", ".join(arguments)
    if len(inner) <= WIDTH:
        return f"{start}(\n{inner}\n)"
    return f"{start}(\n" + "".join(f"    {each},\n" for each in arguments) + ")"


def join(parts: list[str]) -> str:
    """Pieces of code, an empty line between."""
    return "\n\n".join(part for part in parts if part)


def write(setting: Setting, library: str) -> str:
    """The plain code of a library."""
    writers = {
        "torch": torch,
        "optax": optax,
        "keras2": lambda s: keras(s, "tf_keras"),
        "keras3": keras,
        "mlp": mlp,
        "sgdclassifier": sgdclassifier,
        "timm": timm,
    }
    return writers[library](setting)


# ---------------------------------------------------------------- schedules


def steady(schedule: Schedule) -> bool:
    """Whether the rate stands still."""
    return schedule.kind == "constant" and schedule.warm_up == 0


def tabled(schedule: Schedule) -> bool:
    """Whether Keras has no schedule like this one, so that its rates are listed."""
    if steady(schedule):
        return False
    if schedule.per == "epoch" or schedule.kind == "one cycle":
        return True
    if schedule.kind == "inverse":
        return schedule.power != 1 or schedule.warm_up > 0
    if schedule.kind == "cosine":
        return not schedule.shifted
    return schedule.warm_up > 0 and schedule.kind != "constant"


def factor(schedule: Schedule) -> str:
    """A Python function of t, the factor of the rate."""
    lines = ["def factor(t):"]
    if schedule.warm_up > 0:
        start = code(schedule.start)
        lines.append(f"    if t < {count(schedule.warm_up)}:")
        lines.append(f"        return {start} + (1 - {start}) * t / {count(schedule.warm_up)}")
        if schedule.shifted:
            lines.append(f"    t -= {count(schedule.warm_up)}")
    length, last = count(schedule.length), code(schedule.factor)
    if schedule.kind == "step":
        lines.append(f"    return {last} ** (t // {length})")
    elif schedule.kind == "cosine":
        lines.append(f"    return {last} + (1 - {last}) / 2 * (1 + math.cos(math.pi * min(t / {length}, 1)))")
    elif schedule.kind == "linear":
        lines.append(f"    return 1 + ({last} - 1) * min(t / {length}, 1)")
    elif schedule.kind == "inverse":
        lines.append(f"    return (1 + {code(schedule.gain)} * t) ** -{code(schedule.power)}")
    elif schedule.kind == "one cycle":
        lines += cycle(schedule, code(schedule.start), "1", last)
    else:
        lines.append("    return 1.0")
    return "\n".join(lines)


def cycle(schedule: Schedule, first: str, top: str, last: str) -> list[str]:
    """The lines of a function of t that goes from first to top to last."""
    turn, end = code(schedule.rise * schedule.length - 1), count(schedule.length - 1)
    return [
        f"    first, last, share = {first}, {top}, t / {turn}",
        f"    if t > {turn}:",
        f"        first, last, share = {top}, {last}, min((t - {turn}) / ({end} - {turn}), 1)",
        "    return last + (first - last) / 2 * (1 + math.cos(math.pi * share))",
    ]


def table(setting: Setting) -> tuple[str, int, int]:
    """The line that lists the rates, how many, and how many updates each lasts."""
    by_epoch = setting.schedule.per == "epoch"
    many = setting.epochs if by_epoch else setting.epochs * setting.per_epoch
    line = f"rates = [{code(setting.rate)} * factor(t) for t in range({many})]"
    return line, many, setting.per_epoch if by_epoch else 1


def needs_math(schedule: Schedule) -> bool:
    """Whether the factor is written with a cosine."""
    return schedule.kind in ("cosine", "one cycle")


# ---------------------------------------------------------------- Keras

RATE_TABLE = '''\
class RateTable(keras.optimizers.schedules.LearningRateSchedule):
    """A list of rates, each for so many batches."""

    def __init__(self, rates, batches):
        self.rates, self.batches = list(rates), batches

    def __call__(self, step):
        index = keras.ops.minimum(step // self.batches, len(self.rates) - 1)
        rates = keras.ops.convert_to_tensor(self.rates, keras.config.floatx())
        return keras.ops.take(rates, index)

    def get_config(self):
        return {"rates": self.rates, "batches": self.batches}'''


def torch_class(setting: Setting) -> str:
    """PyTorch's SGD as a subclass of Keras', with no more than this setting needs."""
    dampened, cycled = setting.dampening > 0, setting.high > 0
    extra, held = ["coupled_decay"], "coupled_decay=0.0"
    if dampened:
        extra.append("dampening")
        held += ", dampening=0.0"
    if cycled:
        extra.append("momenta")
        held += ", momenta=(0.9,)"
    lines = [
        "class TorchSGD(keras.optimizers.SGD):",
        '    """b ← μb + g + wd·w; w ← w − ηb, as PyTorch has it."""',
        "",
        f"    def __init__(self, learning_rate=0.01, momentum=0.9, {held}, **others):",
        "        super().__init__(learning_rate, momentum, **others)",
        *[f"        self.{name} = {name}" for name in extra],
        "",
        "    def update_step(self, gradient, variable, learning_rate):",
        "        rate = keras.ops.cast(learning_rate, variable.dtype)",
        "        b = self.momentums[self._get_variable_index(variable)]",
    ]
    if cycled:
        lines += [
            "        last = len(self.momenta) - 1",
            "        momenta = keras.ops.convert_to_tensor(self.momenta, variable.dtype)",
            "        mu = keras.ops.take(momenta, keras.ops.minimum(self.iterations, last))",
        ]
    else:
        lines.append("        mu = self.momentum")
    if setting.kernels:
        lines.append('        if variable.name not in ("bias", "gamma", "beta"):')
        lines.append("            gradient = gradient + self.coupled_decay * variable")
    else:
        lines.append("        gradient = gradient + self.coupled_decay * variable")
    if dampened:
        lines.append("        later = keras.ops.cast(self.iterations > 0, variable.dtype)")
        lines.append("        self.assign(b, mu * b + (1 - self.dampening * later) * gradient)")
    else:
        lines.append("        self.assign(b, mu * b + gradient)")
    lines.append("        step = gradient + mu * b if self.nesterov else b")
    if setting.debias:
        lines.append("        updates = keras.ops.cast(self.iterations + 1, variable.dtype)")
        lines.append("        step = step / (1 - mu**updates)")
    lines += [
        "        self.assign_sub(variable, rate * step)",
        "",
        "    def get_config(self):",
    ]
    pairs = [f'"{name}": self.{name}' for name in extra]
    line = f"        return {{**super().get_config(), {', '.join(pairs)}}}"
    if len(line) <= WIDTH:
        return "\n".join([*lines, line])
    held = [f"            {pair}," for pair in ["**super().get_config()", *pairs]]
    return "\n".join([*lines, "        return {", *held, "        }"])


def needs_class(setting: Setting) -> bool:
    """Whether Keras' own SGD cannot do this."""
    s = setting
    clipped = s.place == "after clip" and s.decay > 0 and s.clip != "none" and s.momentum > 0
    outside = not s.rate_inside and s.momentum > 0 and not steady(s.schedule)
    return s.debias or s.dampening > 0 or s.high > 0 or clipped or outside


def listed(setting: Setting) -> bool:
    """Whether Keras' rates are listed in this code."""
    s = setting
    clocked = s.accumulate > 1 and not s.late and not steady(s.schedule) and s.schedule.kind != "step"
    return tabled(s.schedule) or clocked


def keras_schedule(setting: Setting, module: str) -> str:
    """A schedule that Keras has."""
    s, schedule = setting, setting.schedule
    batches = count(schedule.length * s.accumulate)
    rate = code(s.rate)
    name = f"schedule = {module}.optimizers.schedules."
    if schedule.kind == "step":
        arguments = [rate, batches, code(schedule.factor), "staircase=True"]
        return call(f"{name}ExponentialDecay", arguments)
    if schedule.kind == "inverse":
        return call(f"{name}InverseTimeDecay", [rate, count(s.accumulate), code(schedule.gain)])
    if schedule.kind == "linear":
        return call(f"{name}PolynomialDecay", [rate, batches, code(s.rate * schedule.factor)])
    start, warm_up = code(s.rate * schedule.start), count(schedule.warm_up * s.accumulate)
    if schedule.kind == "constant":
        return call(f"{name}PolynomialDecay", [start, warm_up, rate])
    if schedule.warm_up == 0:
        return call(f"{name}CosineDecay", [rate, batches, f"alpha={code(schedule.factor)}"])
    arguments = [
        start,
        batches,
        f"alpha={code(schedule.factor)}",
        f"warmup_target={rate}",
        f"warmup_steps={warm_up}",
    ]
    return call(f"{name}CosineDecay", arguments)


def keras(setting: Setting, module: str = "keras", exact: bool = False) -> str:
    """Keras' code, plain or with PyTorch's SGD as a subclass."""
    s = setting
    own = exact and needs_class(s)
    listed_rates = listed(s)
    imports = f"import {module}"
    if (listed_rates and needs_math(s.schedule)) or (own and s.high > 0):
        imports = f"import math\n\n{imports}"
    parts = [imports]
    rate = code(s.rate)
    if not steady(s.schedule):
        rate = "schedule"
        if listed_rates:
            line, _, updates = table(s)
            made = f"schedule = RateTable(rates, {count(updates * s.accumulate)})"
            parts += [
                RATE_TABLE.replace("keras.", f"{module}.") if module != "keras" else RATE_TABLE,
                factor(s.schedule),
                f"{line}\n{made}",
            ]
        else:
            parts.append(keras_schedule(s, module))
    if own:
        parts.insert(1, torch_class(s))
    arguments = [rate]
    if s.momentum > 0:
        arguments.append(f"momentum={code(s.momentum)}")
    penalty = 0.0
    spared = False
    if s.decay > 0:
        if own and s.place == "after clip":
            arguments.append(f"coupled_decay={code(s.decay)}")
        elif s.place == "beside" or (s.place == "after clip" and s.momentum == 0):
            arguments.append(f"weight_decay={code(s.decay)}")
            spared = s.kernels
        else:
            penalty = s.decay / 2
    if own and s.dampening > 0:
        arguments.append(f"dampening={code(s.dampening)}")
    if own and s.high > 0:
        body = "\n".join(cycle(s.schedule, code(s.high), code(s.low), code(s.high)))
        many = s.epochs * s.per_epoch
        parts.append(f"def momentum_at(t):\n{body}")
        parts.append(f"momenta = [momentum_at(t) for t in range({many})]")
        arguments.append("momenta=momenta")
    if s.nesterov:
        arguments.append("nesterov=True")
    clips = {"global norm": "global_clipnorm", "norm": "clipnorm", "value": "clipvalue"}
    if s.clip != "none":
        arguments.append(f"{clips[s.clip]}={code(s.bound)}")
    if s.accumulate > 1:
        arguments.append(f"gradient_accumulation_steps={count(s.accumulate)}")
    made = call("optimizer = TorchSGD" if own else f"optimizer = {module}.optimizers.SGD", arguments)
    if spared:
        made += '\noptimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])'
    parts.append(made)
    if penalty:
        where = "kernel_regularizer=regularizer" if s.kernels else "kernel_regularizer=regularizer, and its"
        more = (
            ""
            if s.kernels
            else "\n# bias_regularizer, gamma_regularizer and beta_regularizer, as far as it has them"
        )
        parts.append(
            f"# every layer gets {where}{more}\nregularizer = {module}.regularizers.L2({code(penalty)})"
        )
    if s.smoothing > 0:
        arguments = ["from_logits=True", f"label_smoothing={code(s.smoothing)}"]
        parts.append(
            f"# labels one-hot\n{call(f'loss = {module}.losses.CategoricalCrossentropy', arguments)}"
        )
    return join(parts)


# ---------------------------------------------------------------- PyTorch and timm


def torch(setting: Setting) -> str:
    """PyTorch's code."""
    s = setting
    imports, parts = "import torch", []
    weights = "model.parameters()"
    if s.decay > 0 and s.kernels:
        parts.append(
            "decayed = [p for p in model.parameters() if p.ndim > 1]\n"
            "spared = [p for p in model.parameters() if p.ndim <= 1]"
        )
        weights = '[{"params": decayed}, {"params": spared, "weight_decay": 0.0}]'
    schedule, rate = s.schedule, s.rate
    arguments = [weights, f"lr={code(rate)}"]
    if s.momentum > 0:
        arguments.append(f"momentum={code(s.momentum)}")
    if s.dampening > 0:
        arguments.append(f"dampening={code(s.dampening)}")
    if s.nesterov:
        arguments.append("nesterov=True")
    if s.decay > 0:
        arguments.append(f"weight_decay={code(s.decay)}")
    parts.append(call("optimizer = torch.optim.SGD", arguments))
    if not steady(schedule):
        line, per, named = _torch_schedule(s)
        if not named:
            if needs_math(schedule):
                imports = f"import math\n\n{imports}"
            parts.append(factor(schedule))
        parts.append(f"# scheduler.step() after every {per}\n{line}")
    clips = {
        "global norm": f"    torch.nn.utils.clip_grad_norm_(model.parameters(), {code(s.bound)})",
        "value": f"    torch.nn.utils.clip_grad_value_(model.parameters(), {code(s.bound)})",
        "norm": f"    for p in model.parameters():\n        torch.nn.utils.clip_grad_norm_(p, {code(s.bound)})",
    }
    if s.clip != "none":
        parts.append(f"def clip():  # between loss.backward() and optimizer.step()\n{clips[s.clip]}")
    if s.accumulate > 1:
        parts.append(
            f"# optimizer.step() after every {count(s.accumulate)} batches, each loss divided by that"
        )
    if s.smoothing > 0:
        parts.append(f"loss = torch.nn.CrossEntropyLoss(label_smoothing={code(s.smoothing)})")
    return join([imports, *parts])


def _torch_schedule(s: Setting) -> tuple[str, str, bool]:
    """The line of a scheduler, what it counts, and whether PyTorch has it by name."""
    schedule, name = s.schedule, "torch.optim.lr_scheduler."
    length, warm_up, per = schedule.length, schedule.warm_up, schedule.per
    if per == "update" and schedule.kind == "step" and warm_up == 0 and length % s.per_epoch == 0:
        length, per = length / s.per_epoch, "epoch"
    whole = length == int(length) and warm_up == int(warm_up)
    training = s.epochs if per == "epoch" else s.epochs * s.per_epoch
    if schedule.kind == "one cycle":
        div, final = 1 / schedule.start, schedule.start / schedule.factor
        arguments = [
            "optimizer",
            f"max_lr={code(s.rate)}",
            f"total_steps={count(length)}",
            f"pct_start={code(schedule.rise)}",
            f"div_factor={code(div)}",
            f"final_div_factor={code(final)}",
        ]
        if s.high > 0:
            arguments += [f"base_momentum={code(s.low)}", f"max_momentum={code(s.high)}"]
        else:
            arguments.append("cycle_momentum=False")
        return call(f"scheduler = {name}OneCycleLR", arguments), "update", True
    first = ""
    if warm_up > 0:
        ok = (
            whole
            and schedule.shifted
            and schedule.start > 0
            and schedule.kind in ("constant", "step", "cosine")
        )
        if not ok:
            return f"scheduler = {name}LambdaLR(optimizer, factor)", per, False
        start = f"start_factor={code(schedule.start)}"
        first = call(f"{name}LinearLR", ["optimizer", start, f"total_iters={count(warm_up)}"])
    if schedule.kind == "step" and whole:
        then = call(f"{name}StepLR", ["optimizer", count(length), f"gamma={code(schedule.factor)}"])
    elif schedule.kind == "cosine" and whole and warm_up + length >= training:
        # after its end it would go up again
        last = f"eta_min={code(s.rate * schedule.factor)}"
        then = call(f"{name}CosineAnnealingLR", ["optimizer", count(length), last])
    elif schedule.kind == "linear" and whole and schedule.factor <= 1:
        arguments = ["optimizer", "start_factor=1.0", f"end_factor={code(schedule.factor)}"]
        then = call(f"{name}LinearLR", [*arguments, f"total_iters={count(length)}"])
    elif first and schedule.kind == "constant":
        return f"scheduler = {first}", per, True
    else:
        return f"scheduler = {name}LambdaLR(optimizer, factor)", per, False
    if not first:
        return f"scheduler = {then}", per, True
    both = [f"warm_up = {first}", f"then = {then}"]
    made = call(
        f"scheduler = {name}SequentialLR",
        ["optimizer", "[warm_up, then]", f"milestones=[{count(warm_up)}]"],
    )
    return "\n".join([*both, made]), per, True


def timm(setting: Setting) -> str:
    """The flags of timm's train.py."""
    s, schedule = setting, setting.schedule
    flags = [
        f"--opt {'sgd' if s.nesterov else 'momentum'} --lr {code(s.rate)} --momentum {code(s.momentum)}",
        f"--weight-decay {code(s.decay)}",
    ]
    if s.clip != "none":
        flags.append(f"--clip-grad {code(s.bound)} --clip-mode {'value' if s.clip == 'value' else 'norm'}")
    if steady(schedule):
        flags.append(f"--sched none --epochs {count(s.epochs)}")
    else:
        epochs = schedule.length if schedule.kind == "cosine" else s.epochs
        flags.append(f"--sched {schedule.kind} --epochs {count(epochs)}")
        if schedule.kind == "step":
            epochs = schedule.length if schedule.per == "epoch" else schedule.length / s.per_epoch
            flags.append(f"--decay-epochs {count(epochs)} --decay-rate {code(schedule.factor)}")
        else:
            flags.append(f"--min-lr {code(s.rate * schedule.factor)}")
        flags.append(f"--warmup-epochs {count(schedule.warm_up)}")
        if schedule.warm_up > 0:
            flags.append(f"--warmup-lr {code(s.rate * schedule.start)}")
            if schedule.shifted:
                flags.append("--warmup-prefix")
    flags.append(f"--batch-size {count(s.batch)}")
    if s.accumulate > 1:
        flags.append(f"--grad-accum-steps {count(s.accumulate)}")
    flags.append(f"--smoothing {code(s.smoothing)}")
    return " \\\n".join(["python train.py", *[f"    {flag}" for flag in flags]])


# ---------------------------------------------------------------- optax


def optax(setting: Setting) -> str:
    """Code for optax."""
    s, schedule = setting, setting.schedule
    imports, parts = ["import optax"], []
    rate = code(s.rate)
    if not steady(schedule):
        rate = "schedule"
        native = _optax_schedule(s)
        if native:
            parts.append(native)
        else:
            imports.insert(0, "import jax.numpy as jnp")
            if needs_math(schedule):
                imports.insert(0, "import math\n")
            line, _, updates = table(s)
            which = "count" if updates == 1 else f"count // {count(updates)}"
            parts += [
                factor(schedule),
                f"{line}\nrates = jnp.array(rates)",
                f"def schedule(count):\n    return rates[jnp.minimum({which}, len(rates) - 1)]",
            ]
    links = []
    decay = ""
    if s.decay > 0:
        mask = ""
        if s.kernels:
            mask = ", mask=kernels"
            imports.insert(0, "import jax")
            parts.append(
                "def kernels(params):  # biases and normalization do not decay\n"
                "    return jax.tree.map(lambda p: p.ndim > 1, params)"
            )
        decay = f"optax.add_decayed_weights({code(s.decay)}{mask})"
    if decay and s.place == "before clip":
        links.append(decay)
    if s.clip == "global norm":
        links.append(f"optax.clip_by_global_norm({code(s.bound)})")
    elif s.clip == "value":
        links.append(f"optax.clip({code(s.bound)})")
    if decay and s.place == "after clip":
        links.append(decay)
    mu, nesterov = code(s.momentum), ", nesterov=True" if s.nesterov else ""
    scaled = f"optax.scale_by_learning_rate({rate})"
    if s.debias:
        whole = rate if rate == "schedule" else code(s.rate / (1 - s.momentum))
        links.append(f"optax.ema({mu})")
        if rate == "schedule":  # the averaging form has the effective rate
            links.append(f"optax.scale({code(1 / (1 - s.momentum))})")
        if decay and s.place == "beside":
            links.append(
                decay.replace(code(s.decay), code(s.decay * (1 - s.momentum)), 1) if whole != rate else decay
            )
        links.append(f"optax.scale_by_learning_rate({whole})")
    elif s.rate_inside:
        links += [scaled, f"optax.trace({mu}{nesterov})"]
    elif decay and s.place == "beside" and s.momentum > 0:
        links += [f"optax.trace({mu}{nesterov})", decay, scaled]
    else:
        momentum = f", momentum={mu}{nesterov}" if s.momentum > 0 else ""
        links.append(f"optax.sgd({rate}{momentum})")
    made = f"optimizer = {links[0]}" if len(links) == 1 else call("optimizer = optax.chain", links)
    if s.accumulate > 1:
        made += f"\noptimizer = optax.MultiSteps(optimizer, {count(s.accumulate)})"
    parts.append(made)
    if s.smoothing > 0:
        parts.append(f"# labels = optax.smooth_labels(one_hot, {code(s.smoothing)})")
    return join(["\n".join(imports), *parts])


def _optax_schedule(s: Setting) -> str:
    """A schedule that optax has; nothing if it has none."""
    schedule, rate, name = s.schedule, code(s.rate), "schedule = optax."
    whole = schedule.length == int(schedule.length) and schedule.warm_up == int(schedule.warm_up)
    if schedule.per == "epoch" or not schedule.shifted or not whole:
        return ""
    length, last = count(schedule.length), code(s.rate * schedule.factor)
    if schedule.kind == "cosine" and schedule.warm_up == 0:
        return call(f"{name}cosine_decay_schedule", [rate, length, f"alpha={code(schedule.factor)}"])
    if schedule.kind == "cosine":
        total = count(schedule.length + schedule.warm_up)
        arguments = [code(s.rate * schedule.start), rate, count(schedule.warm_up), total, f"end_value={last}"]
        return call(f"{name}warmup_cosine_decay_schedule", arguments)
    if schedule.warm_up > 0:
        return ""
    if schedule.kind == "step":
        arguments = [rate, length, code(schedule.factor), "staircase=True"]
        return call(f"{name}exponential_decay", arguments)
    if schedule.kind == "linear":
        return call(f"{name}linear_schedule", [rate, last, length])
    return ""


# ---------------------------------------------------------------- scikit-learn


def mlp(setting: Setting) -> str:
    """scikit-learn's MLPClassifier."""
    s = setting
    arguments = [
        'solver="sgd"',
        f"learning_rate_init={code(s.rate)}",
        f"momentum={code(s.momentum)}",
        f"nesterovs_momentum={s.nesterov}",
        f"alpha={code(s.decay * s.batch)}",
        f"batch_size={count(s.batch)}",
        f"max_iter={count(s.epochs)}",
    ]
    if s.schedule.kind == "inverse":
        arguments += ['learning_rate="invscaling"', f"power_t={code(s.schedule.power)}"]
    made = call("model = MLPClassifier", arguments)
    return f"from sklearn.neural_network import MLPClassifier\n\n{made}"


def sgdclassifier(setting: Setting) -> str:
    """scikit-learn's SGDClassifier."""
    s = setting
    kind = '"invscaling"' if s.schedule.kind == "inverse" else '"constant"'
    arguments = ['loss="log_loss"', f"learning_rate={kind}", f"eta0={code(s.rate)}"]
    if s.schedule.kind == "inverse":
        arguments.append(f"power_t={code(s.schedule.power)}")
    arguments += [f"alpha={code(s.decay)}", f"max_iter={count(s.epochs)}", "tol=None"]
    if s.average:
        arguments.append("average=True")
    made = call("model = SGDClassifier", arguments)
    return f"from sklearn.linear_model import SGDClassifier\n\n{made}"
