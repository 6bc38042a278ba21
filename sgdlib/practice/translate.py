"""An exact translation of SGD's settings between libraries, and what still differs, with its size.

A ``Setting`` is an update written as equations. ``read`` makes one of a library's arguments, ``nearest`` says which
setting another library's arguments can give, ``run`` does the updates of either, so that ``differences`` can measure,
and ``translate`` does it all. The chapter "Translator" has the same in JavaScript
(``translator.mjs``); a test holds the two together, letter by letter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sgdlib import checks
from sgdlib.practice import _libraries, _pasted, _words, _written

__all__ = [
    "NAMES",
    "Schedule",
    "Setting",
    "Translation",
    "differences",
    "distance",
    "nearest",
    "pasted",
    "read",
    "run",
    "told",
    "translate",
]

NAMES = _libraries.NAMES
"""The libraries, by the names that ``read`` and ``translate`` take.

>>> list(NAMES)
['torch', 'optax', 'keras2', 'mlp', 'sgdclassifier', 'timm', 'keras3']
"""

UPDATES = 300  # of a measured run


@dataclass(frozen=True)
class Schedule:
    """How the rate changes: a factor of the setting's rate, for each epoch or each update.

    ::

        step        factor^⌊t/length⌋              cosine     factor + (1 − factor)·½(1 + cos πt/length)
        linear      1 + (factor − 1)·t/length      inverse    (1 + gain·t)^−power
        one cycle   up a half cosine from start to 1 in rise·length, then down one to factor

    Parameters
    ----------
    kind
        constant, step, cosine, linear, one cycle or inverse.
    per
        Whether t counts an epoch or an update.
    length, factor, gain, power, rise
        The letters of the equations.
    warm_up, start
        So many t at first rise from ``start`` to 1 on a straight line.
    shifted
        Whether t is counted from the end of that.

    Notes
    -----
    Used in the chapter "Translator".

    Examples
    --------
    >>> [Schedule("step", length=2, factor=0.1).at(t) for t in range(4)]
    [1.0, 1.0, 0.1, 0.1]
    """

    kind: str = "constant"
    per: str = "update"
    length: float = 1.0
    factor: float = 1.0
    gain: float = 1.0
    power: float = 1.0
    rise: float = 0.3
    warm_up: float = 0.0
    start: float = 0.0
    shifted: bool = True

    def at(self, t: float) -> float:
        """Return the factor of the rate at ``t``."""
        if t < self.warm_up:
            return self.start + (1 - self.start) * t / self.warm_up
        t -= self.warm_up if self.shifted else 0
        if self.kind == "step":
            return _power(self.factor, math.floor(t / self.length))
        if self.kind == "cosine":
            return _half_cosine(1, self.factor, min(t / self.length, 1))
        if self.kind == "linear":
            return 1 + (self.factor - 1) * min(t / self.length, 1)
        if self.kind == "inverse":
            return (1 + self.gain * t) ** -self.power
        if self.kind == "one cycle":
            return self.cycle(t, self.start, 1, self.factor)
        return 1.0

    def cycle(self, t: float, first: float, top: float, last: float) -> float:
        """Return the value at ``t`` of something that goes from first to top to last in one cycle."""
        turn, end = self.rise * self.length - 1, self.length - 1
        if t <= turn:
            return _half_cosine(first, top, t / turn)
        return _half_cosine(top, last, min((t - turn) / (end - turn), 1))


def _power(base: float, exponent: int) -> float:
    try:
        return base**exponent
    except OverflowError:
        return math.inf


def _half_cosine(first: float, last: float, share: float) -> float:
    return last + (first - last) / 2 * (1 + math.cos(math.pi * share))


@dataclass(frozen=True)
class Setting:
    """One update of SGD, as equations that every library's arguments can be written in.

    ::

        g ← clip(g + wd·w before the clip) + wd·w after the clip
        b ← μb + (1 − dampening)·g,  or η(1 − dampening)·g with ``rate_inside``
        s = g + μb with Nesterov, else b;  s ← s/(1 − μᵏ) with ``debias``
        w ← w − ηs,  or w − s with ``rate_inside``;  and − η·wd·w if the decay is beside

    Parameters
    ----------
    rate, momentum, nesterov, dampening
        η, μ, and what else the momentum is told. The rate is for the mean gradient of an update.
    whole_first
        The first gradient enters the buffer without dampening.
    rate_inside
        The buffer is Keras' velocity, which holds η; PyTorch's does not.
    debias
        The buffer is divided by 1 − μᵏ at update k.
    decay, place
        wd, "after clip", "before clip" (a penalty) or "beside" (decoupled).
    kernels
        Biases and normalization do not decay.
    clip, bound, epsilon
        "none", "global norm", "norm" (of each variable) or "value"; PyTorch adds epsilon to the norm.
    low, high
        The momenta of a one-cycle schedule; both 0 without.
    schedule, batches, epochs, batch, accumulate
        The loop: batches in an epoch, samples in a batch, batches in an update.
    late
        The schedule's clock counts batches and not updates, as Keras' does.
    smoothing
        Label smoothing.
    average
        The weights that are used are the mean of all so far (scikit-learn's ``average``).

    Notes
    -----
    Used in the chapter "Translator".

    Examples
    --------
    >>> read("torch", {"lr": 0.1, "momentum": 0.9}) == Setting(rate=0.1, momentum=0.9)
    True
    """

    rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False
    dampening: float = 0.0
    whole_first: bool = False
    rate_inside: bool = False
    debias: bool = False
    decay: float = 0.0
    place: str = "after clip"
    kernels: bool = False
    clip: str = "none"
    bound: float = 0.0
    epsilon: float = 0.0
    low: float = 0.0
    high: float = 0.0
    schedule: Schedule = Schedule()
    batches: int = 100
    epochs: int = 30
    batch: int = 32
    accumulate: int = 1
    late: bool = False
    smoothing: float = 0.0
    average: bool = False

    @property
    def per_epoch(self) -> int:
        """Updates in an epoch."""
        return max(1, self.batches // self.accumulate)

    def clock(self, update: int) -> float:
        """What the schedule's t is at an update, the first of which is 0."""
        t = update + ((self.accumulate - 1) / self.accumulate if self.late else 0)
        return math.floor(t / self.per_epoch) if self.schedule.per == "epoch" else t

    def rate_at(self, update: int) -> float:
        """Return η of an update."""
        return self.rate * self.schedule.at(self.clock(update))

    def momentum_at(self, update: int) -> float:
        """Return μ of an update."""
        if self.high == 0:
            return self.momentum
        return self.schedule.cycle(self.clock(update), self.high, self.low, self.high)


# ---------------------------------------------------------------- the equations


def run(
    setting: Setting, gradient: Callable[[list, int], list], start: list[list[float]], updates: int
) -> list[list[list[float]]]:
    """Return the weights before the first and after each update: lists of variables, the kernel first.

    Parameters
    ----------
    setting
        The update.
    gradient
        Of the variables and the number of the update, a list like the variables.
    start
        The variables, each a list of numbers.
    updates
        How many.

    Notes
    -----
    Measures every difference in the chapter "Translator".

    Examples
    --------
    >>> path = run(Setting(rate=0.5), lambda w, k: w, [[8.0]], 3)
    >>> [w[0][0] for w in path]
    [8.0, 4.0, 2.0, 1.0]
    """
    weights = [list(variable) for variable in start]
    buffers = [[0.0 for _ in variable] for variable in start]
    path, mean = [start], [list(variable) for variable in start]
    for k in range(updates):
        rate, momentum = setting.rate_at(k), setting.momentum_at(k)
        inside, outside = (rate, 1) if setting.rate_inside else (1, rate)
        whole = 1 if setting.whole_first and k == 0 else 1 - setting.dampening
        slopes = [list(variable) for variable in gradient(weights, k)]
        decays = [0 if setting.kernels and i else setting.decay for i in range(len(weights))]
        if setting.place == "before clip":
            slopes = _added(slopes, decays, weights)
        slopes = _clipped(setting, slopes)
        if setting.place == "after clip":
            slopes = _added(slopes, decays, weights)
        for i in range(len(weights)):
            for j in range(len(weights[i])):
                push = inside * slopes[i][j]
                buffers[i][j] = momentum * buffers[i][j] + whole * push
                step = push + momentum * buffers[i][j] if setting.nesterov else buffers[i][j]
                if setting.debias:
                    step /= 1 - momentum ** (k + 1)
                if setting.place == "beside":
                    weights[i][j] -= rate * decays[i] * weights[i][j]
                weights[i][j] -= outside * step
                mean[i][j] += (weights[i][j] - mean[i][j]) / (k + 1)
        path.append([list(variable) for variable in (mean if setting.average else weights)])
    return path


def _added(slopes: list, decays: list, weights: list) -> list:
    return [
        [slopes[i][j] + decays[i] * weights[i][j] for j in range(len(slopes[i]))] for i in range(len(slopes))
    ]


def _norm(variables: list) -> float:
    total = 0.0
    for variable in variables:
        for each in variable:
            total += each * each
    return math.sqrt(total)


def _clipped(setting: Setting, slopes: list) -> list:
    bound, epsilon = setting.bound, setting.epsilon
    if setting.clip == "value":
        return [[max(-bound, min(bound, each)) for each in variable] for variable in slopes]
    if setting.clip == "none":
        return slopes
    together = setting.clip == "global norm"
    shares = [bound / (_norm(slopes if together else [each]) + epsilon + 1e-300) for each in slopes]
    return [[min(1, shares[i]) * each for each in slopes[i]] for i in range(len(slopes))]


# ---------------------------------------------------------------- read


def read(library: str, arguments: Mapping[str, object]) -> Setting:
    """Return the setting that a library's arguments mean; what is not given has the library's default.

    Parameters
    ----------
    library
        A name of ``NAMES``.
    arguments
        By the names of the form on the page.

    Raises
    ------
    ValueError
        For a library, an argument or a value that is not known, in one sentence.

    Notes
    -----
    Behind the form of the chapter "Translator".

    Examples
    --------
    >>> read("optax", {"momentum_form": "ema", "debias": False, "learning_rate": 1.0, "momentum": 0.75}).rate
    0.25
    >>> read("torch", {"lr": "fast"})
    Traceback (most recent call last):
        ...
    ValueError: lr must be a number above 0, not fast.
    """
    checks.one_of("library", library, NAMES)
    arguments = checks.mapping(
        "arguments", arguments, object, "a dict of the library's arguments by name", empty=True
    )
    values = _pasted.checked(library, arguments)
    return canonical(_READERS[library](values))


def _loop(values: dict) -> dict:
    return {
        "batches": values["batches_per_epoch"],
        "epochs": values["epochs"],
        "batch": values["batch_size"],
    }


def _with_sum(setting: Setting, times: int) -> Setting:
    """The setting for the mean gradient of one whose gradient is so many times that."""
    return replace(
        setting,
        rate=setting.rate * times,
        decay=setting.decay / times,
        bound=setting.bound / times,
        epsilon=setting.epsilon / times,
    )


def _reduced(setting: Setting, values: dict) -> Setting:
    summed = setting.batch if values["reduction"] == "sum" else 1
    undivided = 1 if values.get("loss_divided", True) else setting.accumulate
    return _with_sum(setting, summed * undivided)


def _read_torch(values: dict) -> Setting:
    lr, kind = values["lr"], values["scheduler"]
    per, low, high = values["step_every"], 0.0, 0.0
    schedule = Schedule()
    if kind == "StepLR":
        schedule = Schedule("step", per, values["step_size"], values["gamma"])
    elif kind == "CosineAnnealingLR":
        schedule = Schedule("cosine", per, values["T_max"], values["eta_min"] / lr)
    elif kind == "LinearLR":
        start = values["start_factor"]
        schedule = Schedule("linear", per, values["total_iters"], values["end_factor"] / start)
        lr = lr * start
    elif kind == "LinearLR, then CosineAnnealingLR":
        schedule = Schedule(
            "cosine",
            per,
            values["T_max"],
            values["eta_min"] / lr,
            warm_up=values["total_iters"],
            start=values["start_factor"],
        )
    elif kind == "OneCycleLR":
        total = (
            values["total_steps"] or values["batches_per_epoch"] * values["epochs"] // values["accumulate"]
        )
        start = 1 / values["div_factor"]
        last = start / values["final_div_factor"]
        schedule = Schedule("one cycle", "update", total, last, rise=values["pct_start"], start=start)
        if values["cycle_momentum"]:
            low, high = values["base_momentum"], values["max_momentum"]
    norm, value = values["clip_grad_norm_"], values["clip_grad_value_"]
    setting = Setting(
        rate=lr,
        momentum=low or values["momentum"],
        nesterov=values["nesterov"],
        dampening=values["dampening"],
        whole_first=True,
        decay=values["weight_decay"],
        clip="global norm" if norm else "value" if value else "none",
        bound=norm or value or 0.0,
        epsilon=1e-6 if norm else 0.0,
        low=low,
        high=high,
        schedule=schedule,
        accumulate=values["accumulate"],
        smoothing=values["label_smoothing"],
        **_loop(values),
    )
    return _reduced(setting, values)


def _read_optax(values: dict) -> Setting:
    rate, momentum, kind = values["learning_rate"], values["momentum"], values["schedule"]
    schedule = Schedule()
    if kind == "cosine_decay_schedule":
        schedule = Schedule("cosine", "update", values["decay_steps"], values["alpha"])
    elif kind == "warmup_cosine_decay_schedule":
        schedule = Schedule(
            "cosine",
            "update",
            values["decay_steps"] - values["warmup_steps"],
            values["end_value"] / rate,
            warm_up=values["warmup_steps"],
            start=values["init_value"] / rate,
        )
    elif kind == "exponential_decay":
        schedule = Schedule("step", "update", values["transition_steps"], values["decay_rate"])
    ema = values["momentum_form"] == "ema"
    norm, value = values["clip_by_global_norm"], values["clip"]
    places = {
        "after the clip": "after clip",
        "before the clip": "before clip",
        "after the momentum": "beside",
    }
    setting = Setting(
        rate=rate,
        momentum=momentum,
        nesterov=values["nesterov"] and not ema,
        dampening=momentum if ema else 0.0,
        debias=ema and values["debias"],
        decay=values["add_decayed_weights"],
        place=places[values["decay_place"]],
        kernels=values["spare_biases"],
        clip="global norm" if norm else "value" if value else "none",
        bound=norm or value or 0.0,
        schedule=schedule,
        accumulate=values["accumulate"],
        smoothing=values["label_smoothing"],
        **_loop(values),
    )
    return _reduced(setting, values)


def _read_keras(values: dict) -> Setting:
    rate, kind, accumulate = values["learning_rate"], values["schedule"], values["accumulate"]
    length = values["decay_steps"] / accumulate
    schedule = Schedule()
    if kind == "CosineDecay":
        schedule = Schedule("cosine", "update", length, values["alpha"])
        target, warm_up = values["warmup_target"], values["warmup_steps"]
        if target and warm_up:
            schedule = replace(schedule, warm_up=warm_up / accumulate, start=rate / target)
            rate = target
    elif kind == "ExponentialDecay":
        schedule = Schedule("step", "update", length, values["decay_rate"])
    elif kind == "InverseTimeDecay":
        schedule = Schedule("inverse", gain=values["decay_rate"] / length)
    elif kind == "PolynomialDecay":
        schedule = Schedule("linear", "update", length, values["end_learning_rate"] / rate)
    elif values.get("decay", 0.0):
        schedule = Schedule("inverse", gain=values["decay"] * accumulate)
    kinds = {"global_clipnorm": "global norm", "clipnorm": "norm", "clipvalue": "value"}
    given = [name for name in kinds if values[name]]
    penalty = values["l2"]
    setting = Setting(
        rate=rate,
        momentum=values["momentum"],
        nesterov=values["nesterov"],
        rate_inside=True,
        decay=2 * penalty or values["weight_decay"] or 0.0,
        place="before clip" if penalty else "beside",
        kernels=values["spare_biases"],
        clip=kinds[given[0]] if given else "none",
        bound=values[given[0]] if given else 0.0,
        schedule=schedule,
        accumulate=accumulate,
        late=True,
        smoothing=values["label_smoothing"],
        **_loop(values),
    )
    return _reduced(setting, values)


def _read_mlp(values: dict) -> Setting:
    schedule = Schedule()
    if values["learning_rate"] == "invscaling":
        samples = values["batches_per_epoch"] * values["batch_size"]
        schedule = Schedule("inverse", "epoch", gain=samples, power=values["power_t"])
    return Setting(
        rate=values["learning_rate_init"],
        momentum=values["momentum"],
        nesterov=values["nesterovs_momentum"],
        rate_inside=True,
        decay=values["alpha"] / values["batch_size"],
        kernels=True,
        schedule=schedule,
        **_loop(values),
    )


def _read_sgdclassifier(values: dict) -> Setting:
    alpha, kind = values["alpha"], values["learning_rate"]
    rate, schedule = values["eta0"], Schedule()
    if kind == "invscaling":
        schedule = Schedule("inverse", power=values["power_t"])
    elif kind == "optimal":
        weight = math.sqrt(1 / math.sqrt(alpha))
        slope = 1 if values["loss"] == "hinge" else 1 / (1 + math.exp(-weight))
        first = weight / max(1, slope)
        rate, schedule = first, Schedule("inverse", gain=first * alpha)
    return Setting(
        rate=rate,
        decay=alpha,
        kernels=True,
        schedule=schedule,
        batches=values["samples"],
        epochs=values["epochs"],
        batch=1,
        average=values["average"],
    )


def _read_timm(values: dict) -> Setting:
    lr, kind = values["lr"], values["sched"]
    warm_up = {
        "warm_up": values["warmup_epochs"],
        "start": values["warmup_lr"] / lr,
        "shifted": values["warmup_prefix"],
    }
    schedule = Schedule()
    if kind == "cosine":
        schedule = Schedule("cosine", "epoch", values["epochs"], values["min_lr"] / lr, **warm_up)
    elif kind == "step":
        schedule = Schedule("step", "epoch", values["decay_epochs"], values["decay_rate"], **warm_up)
    bound = values["clip_grad"]
    norm = values["clip_mode"] == "norm"
    return Setting(
        rate=lr,
        momentum=values["momentum"],
        nesterov=values["opt"] == "sgd",
        whole_first=True,
        decay=values["weight_decay"],
        kernels=True,
        clip="none" if not bound else "global norm" if norm else "value",
        bound=bound or 0.0,
        epsilon=1e-6 if bound and norm else 0.0,
        schedule=schedule,
        accumulate=values["grad_accum_steps"],
        smoothing=values["smoothing"],
        **_loop(values),
    )


_READERS = {
    "torch": _read_torch,
    "optax": _read_optax,
    "keras2": _read_keras,
    "keras3": _read_keras,
    "mlp": _read_mlp,
    "sgdclassifier": _read_sgdclassifier,
    "timm": _read_timm,
}


def canonical(setting: Setting) -> Setting:
    """Return the same update with one name for what is the same.

    Notes
    -----
    So that two settings are equal if all their updates are; used in the chapter "Translator".

    Examples
    --------
    >>> canonical(Setting(nesterov=True)) == canonical(Setting(rate_inside=True))
    True
    """
    s = setting
    if s.momentum == 0:
        s = replace(s, nesterov=False, debias=False, whole_first=s.whole_first and s.dampening > 0)
    if s.dampening == 0:
        s = replace(s, whole_first=False)
    elif not s.whole_first:
        kept = 1 - s.dampening
        decay = s.decay / kept if s.place == "beside" else s.decay
        s = replace(s, rate=s.rate * kept, decay=decay, dampening=0.0)
    if s.schedule.kind in ("constant", "step", "linear", "cosine") and s.schedule.factor == 1:
        s = replace(s, schedule=replace(s.schedule, kind="constant", length=1.0))
    if s.schedule.warm_up == 0:
        start = s.schedule.start if s.schedule.kind == "one cycle" else 0.0
        s = replace(s, schedule=replace(s.schedule, shifted=True, start=start))
    steady = s.schedule.kind == "constant" and s.schedule.warm_up == 0
    if steady:
        s = replace(s, schedule=Schedule())
    # a rate that stands still may stand inside or outside; without momentum any rate may
    if (steady and s.high == 0) or (s.momentum == 0 and s.dampening == 0):
        s = replace(s, rate_inside=False)
    whole = s.schedule.length == math.floor(s.schedule.length) and s.schedule.warm_up == 0
    if s.accumulate == 1 or steady or s.schedule.per == "epoch" or (s.schedule.kind == "step" and whole):
        s = replace(s, late=False)
    if s.schedule.kind == "step" and s.schedule.per == "epoch" and s.schedule.warm_up == 0:
        s = replace(s, schedule=replace(s.schedule, per="update", length=s.schedule.length * s.per_epoch))
    if s.clip == "none" and s.place == "before clip":
        s = replace(s, place="after clip")
    if s.momentum == 0 and s.dampening == 0 and s.place == "beside":
        s = replace(s, place="after clip")
    if s.decay == 0:
        s = replace(s, place="after clip", kernels=False)
    return s


# ---------------------------------------------------------------- what another library can say


def nearest(setting: Setting, library: str) -> Setting:
    """Return the setting that the plain arguments of a library can give, as near as they come.

    Parameters
    ----------
    setting
        What is wanted.
    library
        A name of ``NAMES``.

    Notes
    -----
    Behind the code of the chapter "Translator". Where it equals ``canonical(setting)`` nothing in
    the optimizer differs.

    Examples
    --------
    >>> clipped = Setting(rate=0.1, momentum=0.75, decay=0.01, clip="global norm", bound=1.0)
    >>> nearest(clipped, "keras3").decay, nearest(clipped, "keras3").place
    (0.04, 'beside')
    """
    s = canonical(setting)
    if library not in ("torch", "timm"):
        s = replace(s, epsilon=0.0)
        if s.dampening:
            s = canonical(replace(s, whole_first=False))
    elif s.clip == "global norm" or s.clip == "norm":
        s = replace(s, epsilon=1e-6)
    if library not in ("sgdclassifier",):
        s = replace(s, average=False)
    if library != "torch":
        s = replace(s, low=0.0, high=0.0)
    return canonical(_NEAREST[library](s))


def _for_keras(s: Setting) -> Setting:
    s = replace(s, rate_inside=True, debias=False, late=True, schedule=_per_update(s))
    if s.place == "after clip" and s.clip != "none" and s.momentum > 0:
        s = replace(s, place="beside", decay=s.decay / (1 - s.momentum))
    if _written.tabled(s.schedule):
        s = replace(s, late=False)
    return s


def _per_update(s: Setting) -> Schedule:
    """The schedule counted in updates, if Keras has one like it."""
    schedule = s.schedule
    if schedule.per == "update" or not schedule.shifted or schedule.power != 1 or schedule.kind == "step":
        return schedule
    times = s.per_epoch
    return replace(
        schedule,
        per="update",
        length=schedule.length * times if schedule.kind != "constant" else 1.0,
        warm_up=schedule.warm_up * times,
        gain=schedule.gain / times if schedule.kind == "inverse" else 1.0,
    )


def _for_torch(s: Setting) -> Setting:
    s = replace(s, rate_inside=False, debias=False, late=False)
    if s.place == "beside":
        s = replace(s, place="after clip", decay=s.decay * (1 - s.momentum))
    if s.place == "before clip":
        s = replace(s, place="after clip")
    return s


def _for_timm(s: Setting) -> Setting:
    s = replace(_for_torch(s), kernels=True, dampening=0.0, whole_first=False)
    if s.clip == "norm":
        s = replace(s, clip="global norm")
    schedule, times = s.schedule, s.per_epoch
    if schedule.kind not in ("step", "cosine"):
        return replace(s, schedule=Schedule())
    if schedule.per == "update":
        schedule = replace(
            schedule,
            per="epoch",
            length=max(1, math.floor(schedule.length / times + 0.5)),
            warm_up=math.floor(schedule.warm_up / times + 0.5),
        )
    return replace(s, schedule=schedule)


def _for_optax(s: Setting) -> Setting:
    s = replace(s, late=False)
    if s.rate_inside and s.place == "beside":
        s = replace(s, rate_inside=False)
    return s if s.clip != "norm" else replace(s, clip="global norm")


def _for_mlp(s: Setting) -> Setting:
    if s.place == "beside":
        s = replace(s, decay=s.decay * (1 - s.momentum))
    samples = s.batches * s.batch
    schedule = s.schedule
    if not (schedule.kind == "inverse" and schedule.per == "epoch" and schedule.gain == samples):
        schedule = Schedule()
    return replace(
        s,
        rate_inside=True,
        debias=False,
        late=False,
        place="after clip",
        kernels=True,
        clip="none",
        bound=0.0,
        schedule=schedule,
        batches=s.per_epoch,
        batch=s.batch * s.accumulate,
        accumulate=1,
        smoothing=0.0,
    )


def _for_sgdclassifier(s: Setting) -> Setting:
    samples = s.batch * s.accumulate
    if s.place == "beside":
        s = replace(s, decay=s.decay * (1 - s.momentum))
    inverse = s.schedule.kind == "inverse" and s.schedule.per == "update" and s.schedule.warm_up == 0
    kept = inverse and (
        s.schedule.gain == 1 or (s.schedule.power == 1 and s.schedule.gain == s.rate * s.decay)
    )
    return replace(
        s,
        rate=s.rate / (1 - s.momentum) / samples,
        momentum=0.0,
        nesterov=False,
        debias=False,
        late=False,
        place="after clip",
        kernels=True,
        clip="none",
        bound=0.0,
        schedule=s.schedule if kept and samples == 1 else Schedule(),
        batches=s.per_epoch * samples,
        batch=1,
        accumulate=1,
        smoothing=0.0,
    )


_NEAREST = {
    "torch": _for_torch,
    "optax": _for_optax,
    "keras2": _for_keras,
    "keras3": _for_keras,
    "mlp": _for_mlp,
    "sgdclassifier": _for_sgdclassifier,
    "timm": _for_timm,
}


def exactest(setting: Setting) -> Setting:
    """Return the setting that Keras 3 gives with the subclass and the table of rates, as the page writes them.

    Notes
    -----
    All that is left is PyTorch's 1e-6 beside the norm; used in the chapter "Translator".

    Examples
    --------
    >>> exactest(read("torch", {"clip_grad_norm_": 1.0})).epsilon
    0.0
    """
    return canonical(replace(setting, epsilon=0.0, average=False))


# ---------------------------------------------------------------- how much it matters


def distance(one: Setting, other: Setting) -> float:
    """Return the largest distance of two settings in 300 noisy updates, as a share of the way to the minimum.

    Notes
    -----
    The bowl has three weights and a bias, curvatures with η/(1−μ)·λ from 0.03 to 0.1, the minimum at half of the
    start, noise of half the first gradient; a bound of clipping is half of the first gradient. A longer training is
    pressed into 300 updates. Given in the list of the chapter "Translator".

    Examples
    --------
    >>> momentum = Setting(rate=0.1, momentum=0.9)
    >>> distance(momentum, momentum), round(distance(momentum, Setting(rate=0.1)), 2)
    (0.0, 0.78)
    """
    one, other = _pressed(one), _pressed(other)
    peak = max(one.rate_at(k) for k in range(UPDATES))
    steepest = 0.1 * (1 - one.momentum) / peak
    curvatures = [[steepest, 0.6 * steepest, 0.3 * steepest], [steepest]]
    way = 1.0
    if one.clip != "none":
        size = steepest if one.clip == "value" else _norm(curvatures)
        way = 2 * one.bound / size
    noises = _noises()

    def gradient(weights: list, k: int) -> list:
        return [
            [
                curvatures[i][j] * (weights[i][j] - way) + noises[4 * k + 3 * i + j] * curvatures[i][j] * way
                for j in range(len(weights[i]))
            ]
            for i in range(len(weights))
        ]

    start = [[2 * way, 2 * way, 2 * way], [2 * way]]
    paths = [run(each, gradient, start, UPDATES) for each in (one, other)]
    largest = 0.0
    for k in range(UPDATES + 1):
        apart = [
            [paths[0][k][i][j] - paths[1][k][i][j] for j in range(len(start[i]))] for i in range(len(start))
        ]
        largest = max(largest, _norm(apart))
    return largest / (2 * way)


def _noises() -> list[float]:
    """Numbers from −½ to ½, by a generator that Python and JavaScript have alike."""
    seed, found = 1, []
    for _ in range(4 * UPDATES):
        seed = (1664525 * seed + 1013904223) % 4294967296
        found.append(seed / 4294967296 - 0.5)
    return found


def _pressed(setting: Setting) -> Setting:
    """The setting with its training pressed into 300 updates."""
    every, schedule = setting.per_epoch, setting.schedule
    times = UPDATES / (every * setting.epochs)
    short = max(1, UPDATES // setting.epochs)
    if schedule.per == "update":
        schedule = replace(
            schedule,
            length=max(1, schedule.length * times),
            warm_up=schedule.warm_up * times,
            gain=schedule.gain / times,
        )
    return replace(setting, schedule=schedule, batches=short * setting.accumulate)


def differences(
    setting: Setting, made: Setting, source: str, target: str, exactly: bool = False
) -> list[str]:
    """Return what still differs between a setting and what was made of it, in sentences with sizes.

    Parameters
    ----------
    setting, made
        What was read, and what the other library does.
    source, target
        The names of the two libraries.
    exactly
        The code has the subclass for Keras.

    Notes
    -----
    The list of the chapter "Translator".

    Examples
    --------
    >>> same = Setting(momentum=0.9)
    >>> differences(same, same, "keras2", "keras3")[0][:45]
    'In the optimizer nothing: the updates are the'
    """
    found = []
    s, t = canonical(setting), canonical(made)
    for names, sentence in _words.compared(s, t, source, target):
        # the one thing changed alone, in the library that it came from
        changed = replace(s, **{name: getattr(t, name) for name in names})
        found.append(sentence + _words.size(distance(s, changed)))
    if len(found) > 1:
        found.append(_words.SAYS["together"] + _words.size(distance(s, t)))
    if not found:
        found.append(_words.SAYS["nothing"])
    return found + _words.beyond(s, t, source, target, exactly)


@dataclass(frozen=True)
class Translation:
    """A translation: code, and what still differs.

    Parameters
    ----------
    code, differs
        With the plain arguments of the library.
    exact_code, exact_differs
        For Keras 3 with a small subclass; empty where the plain arguments are exact.

    Notes
    -----
    What the chapter "Translator" shows.

    Examples
    --------
    >>> print(translate("keras2", {"learning_rate": 0.1, "momentum": 0.9}, "keras3").code)
    import keras
    <BLANKLINE>
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
    """

    code: str
    differs: list[str]
    exact_code: str = ""
    exact_differs: tuple[str, ...] | list[str] = ()


def translate(source: str, arguments: Mapping[str, object], target: str = "keras3") -> Translation:
    """Translate the arguments of one library into code for another.

    Parameters
    ----------
    source, target
        Names of ``NAMES``.
    arguments
        By the names of the form on the page; ``pasted`` reads them off code.

    Raises
    ------
    ValueError
        For a name or a value that is not known, in one sentence.

    Notes
    -----
    Behind the form of the chapter "Translator".

    Examples
    --------
    >>> made = translate("torch", {"lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4, "clip_grad_norm_": 1.0})
    >>> print(made.code)
    import keras
    <BLANKLINE>
    optimizer = keras.optimizers.SGD(
        0.1, momentum=0.9, weight_decay=0.005, global_clipnorm=1.0
    )
    >>> "class TorchSGD" in made.exact_code
    True
    """
    checks.one_of("target", target, NAMES)
    setting = read(source, arguments)
    made = nearest(setting, target)
    exact_code, exact_differs = "", []
    exact = exactest(setting)
    if target == "keras3" and exact != made:
        exact_code = _written.keras(exact, exact=True)
        exact_differs = differences(setting, exact, source, target, exactly=True)
    return Translation(
        _written.write(made, target),
        differences(setting, made, source, target),
        exact_code,
        exact_differs,
    )


def told() -> dict:
    """Return what the page is told of all this: the libraries, their arguments and calls, and the sentences.

    Notes
    -----
    For the form of the chapter "Translator".

    Examples
    --------
    >>> told()["NAMES"]["torch"]
    'PyTorch'
    """
    names = ("NAMES", "FIELDS", "CALLS", "IGNORED", "ONLY", "COMBINED", "OTHERS", "NO_SGD", "MARKS")
    return {
        **{name: getattr(_libraries, name) for name in names},
        "SAYS": _words.SAYS,
        "CLIPS": _pasted.CLIPS,
        "UPDATES": UPDATES,
        "RATE_TABLE": _written.RATE_TABLE,
        "WIDTH": _written.WIDTH,
    }


def pasted(text: str, library: str = "") -> tuple[str, dict[str, object], list[str]]:
    """Read a library's arguments off pasted code: its name, the arguments, and what was not understood.

    Parameters
    ----------
    text
        Lines of code; only calls that are known are looked at, and nothing is run.
    library
        Whose code it is; else the text must say.

    Raises
    ------
    ValueError
        For what is no text, or a library that is not known.

    Notes
    -----
    Behind the field for pasting in the chapter "Translator".

    Examples
    --------
    >>> pasted("torch.optim.SGD(params, lr=0.1, momentum=0.9, nesterov=True)")
    ('torch', {'lr': 0.1, 'momentum': 0.9, 'nesterov': True}, [])
    """
    checks.text("text", text, "lines of code", empty=True)
    return _pasted.pasted(text, checks.one_of("library", library, ("", *NAMES)))
