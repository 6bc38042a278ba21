"""What limits the training of a network of your own: a callback for ``fit``, and its pieces.

::

    from sgdlib.practice.meter import Meter

    meter = Meter(x_train, y_train, batch_size=32)  # the batch size of fit
    model.fit(x_train, y_train, batch_size=32, epochs=20, callbacks=[meter])
    print(meter.verdict())
    meter.plot()

Every few updates it looks at a few batches that stay the same: at the sharpness L against the optimizer's limit, and
at what the noise of the batches adds to the loss against what progress takes off it. It measures the loss as training
sees it: dropout on, BatchNorm with the batch's own statistics, penalties included. It changes neither weights, nor
optimizer, nor random numbers. The chapter "What limits my training?" shows it at work, and where it is wrong.
"""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sgdlib import _stores, theory
from sgdlib.checks import Span, function, number, whole
from sgdlib.checks import path as file_of
from sgdlib.practice._gradients import Slopes, _array

__all__ = ["KINDS", "Meter", "Noise", "Reading", "Rule", "Verdict", "judge", "noise", "rule_of", "sharpness"]

KINDS = ("curvature", "noise", "slow", "diverging", "dead", "nothing", "unclear")
"""What a verdict can be.

>>> len(KINDS)
7
"""
# Where a verdict begins. Tuned on seeds that benchmarks/meter.py does not use.
AT_THE_LIMIT = 0.7  # of the limit of L: with momentum it moves in a saw from 0.7 to 1
NOISY = 0.5  # what noise adds over what progress takes off
ROOM = 8.0  # the factor by which η could grow and be below both
NEAR = 1.25  # below that factor a limit is near
CLIPPED = 0.5  # of the gradients: then the bound sets the step, not the rate
DEAD_SPREAD = 1e-5  # how much the outputs differ from row to row, over their size
STREAM = (
    "Meter and its functions take arrays, such as Meter(x_train, y_train). From a dataset or a generator take a few "
    "batches before fit, such as some = list(dataset.take(8)), and join them: x, y = map(np.concatenate, zip(*some))."
)
NO_LOSS = "the model has no compiled loss: give that of your training step as loss=, as in Meter(x, y, loss=my_loss)"
NO_TARGETS = "the model's loss needs targets: give y as well, as in Meter(x_train, y_train)"


@dataclass(frozen=True)
class Rule:
    """What the meter needs to know of an optimizer.

    ::

        w ← w − η d / P,  d the velocity or the mean of the gradients;    stable while η λ is below the limit,
        λ the largest eigenvalue of P^(−½) H P^(−½)

    Parameters
    ----------
    name
        In words.
    learning_rate
        η, that of the next update.
    limit
        Of ηλ; None where it is not known.
    reach
        How far one gradient moves the weights in the end, over η: 1/(1 − μ) for a velocity that sums.
    scale
        P, a vector; None for 1.
    clip
        The optimizer's ``clipnorm``, ``global_clipnorm`` and ``clipvalue``.
    batches
        How many batches make an update.

    Notes
    -----
    Read by ``rule_of``, for the chapter "What limits my training?". Source: Cohen et al. (2022)
    for P.

    Examples
    --------
    >>> Rule("SGD with momentum 0.9", 0.01, 3.8, 10.0).limit
    3.8
    """

    name: str
    learning_rate: float
    limit: float | None
    reach: float = 1.0
    scale: NDArray | None = None
    clip: tuple = (None, None, None)
    batches: int = 1


def rule_of(optimizer) -> Rule:
    """Read a Keras optimizer as it stands.

    ::

        SGD              P = 1                      limit 2(1 + μ), with Nesterov (2 + 2μ)/(1 + 2μ)
        RMSprop          P = √(v + ε)               limit 2(1 + μ)
        Adam, AdamW      P = (√v + ε)(1 − β₁ᵗ)/√(1 − β₂ᵗ)    limit 2(1 + β₁)/(1 − β₁)

    Any other has no limit here, and its noise is not weighed; neither is that of a subclass.

    Notes
    -----
    The limits of SGD are derived in the chapters on momentum and Nesterov. Source of the others: Cohen et al. (2022),
    who hold P fixed while they look at one step.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> rule_of(SimpleNamespace(learning_rate=0.1)).limit is None
    True
    """
    outer, optimizer = optimizer, getattr(optimizer, "inner_optimizer", optimizer)
    kind, module = type(optimizer).__name__, type(optimizer).__module__
    clip = tuple(getattr(optimizer, name, None) for name in ("clipnorm", "global_clipnorm", "clipvalue"))
    batches = max(int(getattr(each, "gradient_accumulation_steps", None) or 1) for each in (outer, optimizer))
    known = {"learning_rate": float(_array(optimizer.learning_rate)), "clip": clip, "batches": batches}
    ours = module.split(".")[0] == "keras"
    if ours and kind == "SGD":
        mu, ahead = float(optimizer.momentum), bool(optimizer.nesterov)
        if not 0 <= mu < 1:
            return Rule(f"SGD with momentum {mu:g}", limit=None, **known)
        words = ("SGD" + f" with momentum {mu:g}" * (mu > 0)) + " and nesterov" * (ahead and mu > 0)
        return Rule(words, limit=theory.stability_limit(mu, ahead), reach=1 / (1 - mu), **known)
    if ours and kind in ("RMSprop", "Adam", "AdamW") and getattr(optimizer, "built", False):
        square = _joined(optimizer._velocities)
        if kind == "RMSprop":
            mu = float(optimizer.momentum)
            square = square - _joined(optimizer._average_gradients) ** 2 if optimizer.centered else square
            P = np.sqrt(np.maximum(square, 0) + optimizer.epsilon)
            return Rule("RMSprop", limit=2 * (1 + mu), reach=1 / (1 - mu), scale=P, **known)
        t, first, second = max(1.0, float(_array(optimizer.iterations))), optimizer.beta_1, optimizer.beta_2
        square = _joined(optimizer._velocity_hats) if optimizer.amsgrad else square
        P = (np.sqrt(square) + optimizer.epsilon) * (1 - first**t) / math.sqrt(1 - second**t)
        return Rule(kind, limit=2 * (1 + first) / (1 - first), scale=P, **known)
    return Rule(kind, limit=None, **known)


@dataclass(frozen=True)
class Reading:
    """What the meter saw at one moment; a value that could not be had is NaN.

    Parameters
    ----------
    update
        After how many batches.
    loss
        Over the meter's batches.
    learning_rate
        η.
    sharpness, limit
        The largest eigenvalue of P^(−½) H P^(−½), and where the optimizer stops being stable.
    gain, cost
        What progress takes off the loss at each update, and what noise adds to it, to first order.
    noise_scale
        The batch at which the noise of the gradient is as large as its mean, in rows.
    step
        The length of an update over that of the weights.
    clipped
        The share of the gradients that the optimizer would clip.
    spread
        How much the outputs differ from row to row, over their size: 0 in a dead network.

    Notes
    -----
    Made by ``Meter``, judged by ``judge``, drawn in the chapter "What limits my training?". Source of the
    noise scale: McCandlish et al. (2018), section 2.2.

    Examples
    --------
    >>> reading = Reading(100, loss=0.3, learning_rate=0.1, sharpness=19.0, limit=38.0, gain=0.02, cost=0.01)
    >>> reading.share, reading.noise
    (0.5, 0.5)
    """

    update: int
    loss: float
    learning_rate: float
    sharpness: float = math.nan
    limit: float = math.nan
    gain: float = math.nan
    cost: float = math.nan
    noise_scale: float = math.nan
    step: float = math.nan
    clipped: float = 0.0
    spread: float = 1.0

    @property
    def share(self) -> float:
        """L over its limit."""
        return self.sharpness / self.limit

    @property
    def noise(self) -> float:
        """What noise adds over what progress takes off; infinite where no progress was seen."""
        return self.cost / self.gain if self.gain > 0 else math.inf if self.cost > 0 else math.nan


@dataclass(frozen=True, repr=False)
class Verdict:
    """What limits a training, in words, with its evidence.

    Parameters
    ----------
    kind
        One of ``KINDS``.
    words
        A sentence: what it is, and what helps.
    evidence
        What it rests on.

    Notes
    -----
    Given by ``judge`` and by ``Meter.verdict``, in the chapter "What limits my training?".

    Examples
    --------
    >>> Verdict("unclear", "nothing was measured.", ("no training was seen",))
    nothing was measured.
      no training was seen
    """

    kind: str
    words: str
    evidence: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "\n  ".join([self.words, *self.evidence])

    __str__ = __repr__


def judge(
    readings: Sequence[Reading], optimizer: str = "the optimizer", updates: int | None = None
) -> Verdict:
    """Say what limits a training, from its readings alone.

    It looks at the later half of the updates whose learning rate is at least half of the highest: not at the end of a
    schedule. L over its limit is the upper quartile, noise over progress the sum of the one over the sum of the other.

    Parameters
    ----------
    readings
        In their order.
    optimizer
        Its name, for the words.
    updates
        How long the training was, for the words; None if that is not known.

    Raises
    ------
    ValueError
        If ``updates`` is not a whole number.

    Notes
    -----
    The thresholds are rules of thumb, and ``benchmarks/meter.py`` says how often they are right. Used in the chapter
    "What limits my training?".

    Examples
    --------
    >>> known = {"learning_rate": 0.1, "limit": 38.0, "gain": 0.02}
    >>> readings = [Reading(k, 0.3, sharpness=36.9, cost=0.001, **known) for k in (100, 200, 300)]
    >>> judge(readings, "SGD with momentum 0.9").words
    'limited by curvature: L stands at 0.97 of the limit of SGD with momentum 0.9. A larger learning rate will not help, more momentum may.'
    >>> judge([Reading(k, 0.3, sharpness=3.0, cost=0.04, **known) for k in (100, 200, 300)]).kind
    'noise'
    """  # noqa: E501
    if not readings:
        return Verdict("unclear", "unclear: nothing was measured.", ("no reading",))
    updates = None if updates is None else whole("updates", updates)
    peak = max(reading.learning_rate for reading in readings)
    fast = [
        reading for reading in readings if reading.learning_rate >= peak / 2 and math.isfinite(reading.loss)
    ]
    half = fast[-1].update / 2 if fast else 0
    window = max([reading for reading in fast if reading.update > half], fast[-3:], key=len)
    if not math.isfinite(readings[-1].loss):
        return _lost(readings, fast)
    share = _high([reading.share for reading in window])
    gains, costs = sum(reading.gain for reading in window), sum(reading.cost for reading in window)
    ratio = costs / gains if gains > 0 else math.inf if costs > 0 else math.nan
    kind, words, *first = _judged(readings, window, share, ratio, optimizer)
    if updates is not None and (last := readings[-1].update) <= updates / 2:
        words += f" So it was up to update {last} of {updates}: later ones were not looked at."
    return Verdict(kind, words, (*first, *_evidence(readings, window, share, ratio, updates)))


def _judged(readings, window, share, ratio, optimizer) -> tuple[str, ...]:
    """The kind and the words, and the evidence that goes before all other."""
    losses = [reading.loss for reading in readings if math.isfinite(reading.loss)]
    lowest = int(np.argmin(losses))
    # what came before the lowest was a way down
    late = min(_median(losses[-3:]), _median(losses[lowest:][-3:]))
    if readings[-1].spread < DEAD_SPREAD:
        return (
            "dead",
            "a dead network: it gives every row the same output. It looks like a floor of noise, but a lower rate will "
            "not help: start again, at a tenth of the rate or with other first weights.",
            f"the outputs differ by {readings[-1].spread:.1g} of their size",
        )
    if late > 1.5 * losses[0] or (share > 1.05 and late > 2 * losses[lowest]):
        return (
            "diverging",
            f"diverging: the loss is {late / losses[lowest]:.3g} times its lowest. Start again at a third of the rate.",
        )
    if len(window) < 2:
        return "unclear", "unclear: too few readings; Meter(every=20) reads more often."
    if math.isnan(share):
        return "unclear", f"unclear: the limit of {optimizer} is not known here, or L could not be measured."
    room = AT_THE_LIMIT / max(share, 1e-12)
    if not math.isnan(ratio):
        room = min(room, NOISY / max(ratio if math.isfinite(ratio) else 0.0, 1e-12))
    if (clipped := _clipped(window)) > CLIPPED:
        return (
            "slow" if room >= ROOM else "nothing",
            f"the bound on the gradients limits the step: {clipped:.0%} of them are clipped, so that an update is "
            "smaller than the learning rate says, and further from both limits. If the loss falls too slowly, raise "
            "the bound before anything else, and look again.",
        )
    if share >= AT_THE_LIMIT:
        return (
            "curvature",
            f"limited by curvature: L stands at {share:.2f} of the limit of {optimizer}. A larger learning rate will "
            "not help, more momentum may.",
        )
    if ratio >= NOISY:
        return (
            "noise",
            "limited by noise: a rate that falls to 0 at the end, a larger batch or an average of the weights will "
            "help; a larger rate will not.",
        )
    times = f"{min(room, 1000):.0f}" if room >= ROOM else f"{room:.2g}"
    if math.isnan(ratio):
        words = f"curvature leaves room for up to about {times} times the learning rate, but the noise is not known."
        if room >= ROOM:
            return "slow", f"{words} Try twice the rate, and look again."
        return "nothing", f"{words} More updates will help."
    if room >= ROOM:
        return (
            "slow",
            f"the learning rate is far too small: curvature and noise leave room for about {times} times as much. "
            "Try ten times.",
        )
    if room < NEAR:
        return (
            "nothing",
            "nothing limits it here, but a limit is near: a larger rate will hardly help, more updates will.",
        )
    return (
        "nothing",
        f"nothing limits it here: up to about {times} times the rate is below both limits. More updates will help.",
    )


def _lost(readings: Sequence[Reading], finite: Sequence[Reading]) -> Verdict:
    """The words for a loss that is no number."""
    at = next(reading.update for reading in readings if not math.isfinite(reading.loss))
    if not finite:
        return Verdict(
            "diverging",
            "diverging: the loss was not a number from the first reading on. Look for NaN in data and labels, then try "
            "a tenth of the rate.",
            (f"first seen after update {at}",),
        )
    return Verdict(
        "diverging",
        "diverging: the loss is no longer a number. Start again from the first weights, at a tenth of the rate.",
        (
            f"first seen after update {at}",
            f"before it, L stood at {_number(finite[-1].share)} of the limit, the loss at {finite[-1].loss:.3g}",
        ),
    )


def _evidence(readings, window, share, ratio, updates) -> tuple[str, ...]:
    L, step = (_median([getattr(reading, name) for reading in window]) for name in ("sharpness", "step"))
    moves = "" if math.isnan(step) else f"; an update moves the weights by {step:.3g} of their length"
    noise_is = f"noise adds {ratio:.3g} times what progress takes off the loss"
    if math.isinf(ratio):
        noise_is = "noise adds to the loss, and no progress was seen"
    if math.isnan(ratio):
        noise_is = (
            "noise is not known: it takes two batches of the meter's rows, progress and a known optimizer"
        )
    lines = [
        _against(L, share),
        noise_is,
        f"the loss went from {readings[0].loss:.3g} to {readings[-1].loss:.3g}{moves}",
    ]
    scale = _median([reading.noise_scale for reading in window])
    if math.isinf(scale):
        lines.append("the mean of the gradient is lost in its noise")
    elif not math.isnan(scale):
        rows = f"about {float(f'{scale:.2g}'):.0f}" if scale >= 1 else "less than one row"
        lines.append(f"noise and mean of the gradient are equal at a batch of {rows}")
    if (clipped := _clipped(window)) > 0:
        lines.append(
            f"{clipped:.0%} of the gradients are clipped: the bound sets the step, and L's limit is higher"
        )
    of = "" if updates is None else f" of {updates}"
    lines.append(f"judged at {len(window)} readings, updates {window[0].update} to {window[-1].update}{of}")
    return tuple(lines)


def _against(L: float, share: float) -> str:
    """The sharpness and its limit in words."""
    if math.isnan(L):
        return "L was not measured"
    return f"L is {L:.3g}: " + (
        "its limit is not known" if math.isnan(share) else f"{share:.3g} of the limit"
    )


def _clipped(window: Sequence[Reading]) -> float:
    return float(np.mean([reading.clipped for reading in window]))


def _median(values: Sequence[float]) -> float:
    finite = [value for value in values if not math.isnan(value)]
    return float(np.median(finite)) if finite else math.nan


def _high(values: Sequence[float]) -> float:
    """The upper quartile."""
    finite = [value for value in values if not math.isnan(value)]
    return float(np.quantile(finite, 0.75)) if finite else math.nan


def _number(value: float) -> str:
    return "not known" if math.isnan(value) else f"{value:.3g}"


class Noise(NamedTuple):
    """A model's gradient, and how the batches differ in it.

    Notes
    -----
    Given by ``noise``, for the chapter "What limits my training?": ``square`` is the squared length of the mean
    gradient, without what noise adds to it; ``variance`` the trace of the covariance of a batch's gradient; ``scale``
    the batch, in rows, at which the two are equal. Source: McCandlish et al. (2018), appendix A.

    Examples
    --------
    >>> Noise(square=4.0, variance=1.0, batch_size=32).scale
    8.0
    """

    square: float
    variance: float
    batch_size: int

    @property
    def scale(self) -> float:
        """B tr Σ / ‖ḡ‖²; infinite where the mean is lost in the noise."""
        return self.batch_size * self.variance / self.square if self.square > 0 else math.inf


def sharpness(
    model, x, y=None, sample_weight=None, tolerance: float = 1e-3, loss: Callable | None = None
) -> float:
    """The largest curvature of a Keras model's loss over some rows, in one batch, by Lanczos' iteration.

    Parameters
    ----------
    model
        Compiled; any backend of Keras.
    x, y, sample_weight
        Arrays, as for ``fit``.
    tolerance
        As for ``theory.sharpest``.
    loss
        As for ``Meter``.

    Raises
    ------
    TypeError
        For a dataset or a generator.
    ValueError
        For a model without trainable weights or without a loss, arrays of different lengths, or products that are not
        finite.
    RuntimeError
        When it has not converged after 200 products.

    Notes
    -----
    The L of the chapter "What limits my training?"; explained in the chapter on the edge of stability. Source: Cohen et
    al. (2021), section 2.

    Examples
    --------
    The loss is w² for the input 1 and the target 0: its second derivative is 2.

    >>> import os; os.environ["KERAS_BACKEND"], os.environ["JAX_PLATFORMS"] = "jax", "cpu"
    >>> import keras
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    >>> model.compile("sgd", "mse")
    >>> round(sharpness(model, np.ones((1, 1)), np.zeros((1, 1))), 4)
    2.0
    """
    rows = _rows((x, y, sample_weight))
    slopes, batches = _ready(model, (x, y, sample_weight), rows, 1, loss)
    start = np.random.default_rng(0).normal(size=slopes.size)
    return theory.sharpest(_mean_product(slopes, batches), start, tolerance).curvature


def noise(
    model, x, y=None, sample_weight=None, batch_size: int = 32, batches: int = 8, loss: Callable | None = None
) -> Noise:
    """How much the gradients of some batches differ, against their mean.

    ::

        tr Σ = Σᵢ ‖gᵢ − ḡ‖² / (m − 1);    ‖ḡ‖² less tr Σ / m, which noise adds to it

    Parameters
    ----------
    model, x, y, sample_weight, loss
        As for ``sharpness``.
    batch_size, batches
        m batches of so many rows, drawn once and without repetition.

    Raises
    ------
    TypeError
        For a dataset or a generator.
    ValueError
        For fewer than two batches, a model without trainable weights or without a loss, or arrays of different lengths.

    Notes
    -----
    Behind the chapter "What limits my training?". Source: McCandlish et al. (2018), appendix A.

    Examples
    --------
    Two rows with the gradients 2w − 2 and 2w + 2, at w = 3: the mean is 6, the variance 8.

    >>> import os; os.environ["KERAS_BACKEND"], os.environ["JAX_PLATFORMS"] = "jax", "cpu"
    >>> import keras
    >>> layer = keras.layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.Constant(3.0))
    >>> model = keras.Sequential([keras.Input((1,)), layer])
    >>> model.compile("sgd", "mse")
    >>> noise(model, np.ones((2, 1)), np.array([[1.0], [-1.0]]), batch_size=1, batches=2)
    Noise(square=32.0, variance=8.0, batch_size=1)
    """
    slopes, parts = _ready(model, (x, y, sample_weight), batch_size, batches, loss)
    if len(parts) < 2:
        raise ValueError(
            f"noise needs two batches: give at least {2 * batch_size} rows, or a smaller batch_size."
        )
    return Noise(*_seen(slopes, parts).raw, batch_size)


def _rows(data) -> int:
    """How many rows the arrays have; a sentence for what is no array, and for arrays of different lengths."""
    leaves = _leaves(data[0])
    if not leaves or not all(hasattr(leaf, "shape") and len(leaf.shape) for leaf in leaves):
        raise TypeError(STREAM)
    rows = int(leaves[0].shape[0])
    if not rows:
        raise ValueError("the meter needs at least one row of data.")
    for name, given in zip(("x", "y", "sample_weight"), data, strict=True):
        for leaf in _leaves(given):
            if len(getattr(leaf, "shape", ())) and leaf.shape[0] != rows:
                raise ValueError(
                    f"x, y and sample_weight must have the same rows: x has {rows}, {name} has {leaf.shape[0]}."
                )
    return rows


def _leaves(given) -> list:
    if isinstance(given, dict):
        given = list(given.values())
    return [each for part in given for each in _leaves(part)] if isinstance(given, (list, tuple)) else [given]


def _split(data: tuple, batch_size: int, batches: int) -> list[tuple]:
    """The batches: the rows in a drawn order that is always the same; one batch of all if there are too few for two."""
    import keras

    n = _rows(data)
    batch_size, parts = min(batch_size, n), min(batches, max(1, n // batch_size))
    order = np.random.default_rng(0).permutation(n)[: parts * batch_size].reshape(parts, batch_size)

    def tensor(array, rows):
        if array is None:
            return None
        array = np.asarray(array.detach().cpu() if hasattr(array, "detach") else array)[rows]
        kind = keras.config.floatx() if array.dtype.kind == "f" else None  # as fit does
        return keras.ops.convert_to_tensor(array, dtype=kind)

    return [keras.tree.map_structure(lambda a, rows=rows: tensor(a, rows), data) for rows in order]


def _ready(model, data, batch_size, batches, loss) -> tuple[Slopes, list]:
    parts = _split(data, whole("batch_size", batch_size), whole("batches", batches))
    if not model.built:
        model(parts[0][0])
    slopes = Slopes(model, loss)
    if not slopes.size:
        raise ValueError("the model has no trainable weights: there is nothing to measure.")
    slopes.take()
    _has_loss(slopes, parts[0])
    return slopes, parts


class _Said(ValueError):
    """A sentence that needs no hint."""


def _has_loss(slopes: Slopes, batch: tuple) -> None:
    """A sentence for a model without a loss, whose gradients would all be 0, and for a loss without targets."""
    import keras

    model = slopes.model
    if slopes.loss is not None:
        return

    def own(name):
        return getattr(type(model), name, None) is not getattr(keras.Model, name, None)

    has = getattr(model, "_compile_loss", None) is not None or own("compute_loss")
    if not has and (not getattr(model, "compiled", True) or own("train_step")):
        raise _Said(f"{NO_LOSS}.")
    if has and batch[1] is not None:
        return
    try:
        loss, _, gradient = slopes.gradient(batch)
    except Exception as error:
        if has:
            raise _Said(f"{NO_TARGETS}.") from error
        raise
    if not has and loss == 0 and not gradient.any():
        raise _Said(f"{NO_LOSS}.")


def _mean_product(slopes: Slopes, batches: list, root: NDArray | float = 1.0) -> Callable:
    """u ↦ P^(−½) H P^(−½) u for the mean of the batches' losses; `root` is P^(−½)."""

    def product(u):
        return root * sum(slopes.product(each, root * u, k) for k, each in enumerate(batches)) / len(batches)

    return product


class _Seen(NamedTuple):
    """What the gradients of the batches say; ``square``, ``variance`` and ``bend`` are weighed by 1/P."""

    loss: float
    spread: float
    clipped: float
    raw: tuple[float, float]  # ‖ḡ‖² and tr Σ
    square: float
    variance: float
    bend: float  # tr(P⁻¹ H P⁻¹ Σ)


def _seen(
    slopes: Slopes, batches: list, scale: NDArray | float = 1.0, clip: tuple = (None,) * 3, bend: bool = False
) -> _Seen:
    """The bend is taken from halved differences of neighbors, with the Hessian of another batch: no bias, and never
    more than a few gradients in memory."""
    m, seen, bends = len(batches), [], []
    total = before = np.zeros(slopes.size)
    for k, each in enumerate(batches):
        loss, spread, gradient = slopes.gradient(each, k)
        total = total + gradient
        lengths = float(gradient @ gradient), float(gradient @ (gradient / scale))
        seen.append((loss, spread, _is_clipped(gradient, slopes.ends, clip), *lengths))
        if bend and k % 2:
            apart, other = (gradient - before) / math.sqrt(2) / scale, (k + 1) % m
            bends.append(float(apart @ slopes.product(batches[other], apart, other)))
        before = gradient
    loss, spread, clipped, *squares = np.mean(seen, axis=0).tolist()
    mean, found = total / m, []
    for square, weights in zip(squares, (1.0, scale), strict=True):
        length = float(mean @ (mean / weights))
        variance = m * (square - length) / (m - 1) if m > 1 else math.nan
        found.append((length - variance / m if m > 1 else length, variance))
    return _Seen(loss, spread, clipped, found[0], *found[1], float(np.mean(bends)) if bends else math.nan)


def _is_clipped(gradient: NDArray, ends: NDArray, clip: tuple) -> bool:
    each, both, value = clip
    if each:
        return any(np.linalg.norm(part) > each for part in np.split(gradient, ends[:-1]))
    if both:
        return bool(np.linalg.norm(gradient) > both)
    return bool(value) and bool(np.abs(gradient).max() > value)


def _joined(variables) -> NDArray:
    return np.concatenate([_array(each.value).ravel() for each in variables])


def _line(values) -> str:
    return ",".join("" if value is None else str(value) for value in values) + "\n"


def _log(name: str | Path) -> tuple[Path, str]:
    """The file for the readings with its first line; a last line that was cut by a kill is taken away."""
    path, head = file_of("log", name), _line(field.name for field in fields(Reading))
    if path.is_dir() or not path.parent.is_dir():
        raise ValueError(f"log must name a file in a folder that is there, not {path}.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"log must name a file that may be written, not {path}.")
    text = path.read_bytes() if path.is_file() else b""
    if not head.encode().startswith(text) and text.split(b"\n")[0].rstrip(b"\r") != head.encode().rstrip():
        raise ValueError(f"{path} holds something else than readings of a Meter: name another file as log.")
    if text:
        _stores.cut(path, text.rfind(b"\n") + 1)
    return path, head


class Meter:
    """A callback for ``fit`` that says what limits a training.

    Parameters
    ----------
    x, y, sample_weight
        Arrays, as for ``fit``: the training data or some of them. Class weights go into ``sample_weight``.
    batch_size
        The batch size of ``fit``, for the noise is that of a batch. If it sees that ``fit`` has another, the meter says
        so and takes that one.
    every
        A reading after so many batches; None to read as often as ``share`` allows.
    share
        The share of the training time that the readings may take. The first one, which compiles, is counted apart. A
        training too short for a reading in its later half ends with one more, so that the verdict is about its end too.
    batches
        How many batches a reading looks at.
    loss
        ``loss(model, x, y, sample_weight)`` for a training step of your own, in operations of ``keras.ops``; None for
        that of ``compile``.
    log
        A CSV file that gets a line for each reading, behind those it has; None for none.
    verbose
        1 to print the newest reading after each epoch, 0 for silence.

    Attributes
    ----------
    readings
        What was seen, a ``Reading`` each.
    problem
        A sentence when something could not be measured; training went on without the meter.

    Raises
    ------
    TypeError
        For a dataset or a generator as x.
    ValueError
        For a size below 1, arrays of different lengths, a share that is not above 0 and at most 1, or a log that holds
        something else or may not be written.

    Notes
    -----
    Shown in the chapter "What limits my training?". Sources: Cohen et al. (2021, 2022) for the limits, McCandlish
    et al. (2018) for the noise scale.

    Examples
    --------
    >>> meter = Meter(np.ones((64, 3)), np.ones(64), every=10)
    >>> meter.verdict()
    unclear: nothing was measured.
      no training was seen
    """

    def __init__(
        self,
        x,
        y=None,
        sample_weight=None,
        *,
        batch_size: int = 32,
        every: int | None = None,
        share: float = 0.1,
        batches: int = 8,
        loss: Callable | None = None,
        log: str | Path | None = None,
        verbose: int = 1,
    ):
        self.data = (x, y, sample_weight)
        _rows(self.data)
        self.batch_size, self.batches = whole("batch_size", batch_size), whole("batches", batches)
        self.every = None if every is None else whole("every", every)
        share = number("share", share, Span(0, 1, without="low"))
        if loss is not None:
            function("loss", loss, "targets and predictions")
        log = None if log is None else _log(log)[0]
        self.share, self.loss, self.log, self.verbose = share, loss, log, verbose
        self.model, self.params = None, {}
        self._start_anew()

    def _start_anew(self) -> None:
        self.readings: list[Reading] = []
        self.problem: str | None = None
        self._note: str | None = None
        self.optimizer = "the optimizer"
        self.setup_seconds = self.meter_seconds = self.training_seconds = self._slowest = 0.0
        self._slopes = self._direction = self._before = None
        self._updates = self._seen_batch = self._shown = self._epoch = 0
        self._together = self._at_once = 1  # batches of an update; of a call
        self._next, self._due = 1, 0.0
        self._parts: list = []

    # What Keras calls. Not a subclass of keras.callbacks.Callback: that would import Keras with this module.

    def __getattr__(self, name: str):
        if name.startswith("on_"):
            return lambda *arguments, **named: None
        raise AttributeError(f"Meter has no {name}.")

    def set_params(self, params) -> None:
        """Keras calls this."""
        self.params = params

    def set_model(self, model) -> None:
        """Keras calls this; another model than before starts anew."""
        if model is not self.model and self.model is not None:
            self._start_anew()
        self.model = model

    def on_train_begin(self, logs=None) -> None:
        """Keras calls this; the list of trained weights may be another one than in the ``fit`` before."""
        self._slopes = self._before = None
        self._clock = time.perf_counter()
        self._own = 0.0

    def on_epoch_begin(self, epoch, logs=None) -> None:
        """Keras calls this."""
        self._seen_batch, self._epoch = 0, epoch

    def on_train_batch_end(self, batch, logs=None) -> None:
        """Keras calls this: a reading, if it is time for one."""
        # with steps_per_execution more than one, and the last execution of an epoch may be shorter than Keras counts
        seen = min(batch + 1, self._steps() or batch + 1)
        new = seen - self._seen_batch
        self._seen_batch, self._updates, self._at_once = seen, self._updates + new, new
        if self.problem or not self._is_time():
            return
        try:
            self._look(new)
        except Exception as error:  # training must go on, whatever a model of one's own does
            self._stop(error)

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Keras calls this."""
        if self.verbose and len(self.readings) > self._shown:
            self._shown, last = len(self.readings), self.readings[-1]
            print(
                f"meter: update {last.update}: {_against(last.sharpness, last.share)}; "
                f"noise over progress {_number(last.noise)}; step {_number(last.step)}"
            )

    def on_train_end(self, logs=None) -> None:
        """Keras calls this."""
        self.training_seconds, self._clock, self._own = self._trained(), time.perf_counter(), 0.0

    def _stop(self, error: Exception) -> None:
        lines = [
            line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", str(error)).split("\n") if line.strip()
        ]
        calling = bool(lines) and lines[0].startswith("Exception encountered when calling")
        first = ([*lines[calling:], *lines] or [type(error).__name__])[0][:200]
        self.problem = (
            f"The meter stopped after update {self._updates}, the training did not: {first.rstrip('.')}."
        )
        if calling or "incompatible with the layer" in first:
            self.problem += " Are the meter's rows like those of fit?"
        elif (
            not self.readings
            and self._slopes is not None
            and self._slopes.size
            and not isinstance(error, _Said)
        ):
            self.problem += " If the training step is your own, give Meter(loss=) its loss."
        print(self.problem)

    def _weights(self) -> NDArray:
        if hasattr(self.model, "jax_state_sync"):
            self.model.jax_state_sync()  # on JAX the weights are elsewhere while fit runs
        if self._slopes is not None:
            return self._slopes.take()
        self._slopes = Slopes(self.model, self.loss)
        if not self._slopes.size:
            raise _Said("the model has no trainable weights: there is nothing to measure.")
        if (size := self._size()) != self.batch_size:
            note = f"the meter was given batch_size={self.batch_size}, but fit takes {size} rows: so does the meter now"
            self.batch_size, self._note, self._parts = size, note, []
            if self.verbose:
                print(f"{note[0].upper()}{note[1:]}.")
        self._parts = self._parts or _split(self.data, self.batch_size, self.batches)
        self._rows = min(self.batch_size, _rows(self.data))
        weights = self._slopes.take()
        _has_loss(self._slopes, self._parts[0])
        return weights

    def _size(self) -> int:
        """The batch size of fit, from the rows that Keras has counted in this epoch; else that of the meter."""
        tracker = getattr(self.model, "_loss_tracker", None)
        count = 0 if getattr(tracker, "count", None) is None else round(float(_array(tracker.count)))
        seen, steps = self._seen_batch, self._steps()
        if not seen or not count or count % seen:
            return self.batch_size
        if (
            seen == steps and -(-count // self.batch_size) == seen
        ):  # the last batch of an epoch may be smaller
            return self.batch_size
        if count == seen and (steps or 0) < _rows(self.data):  # an older Keras counts batches
            return self.batch_size
        return count // seen

    def _steps(self) -> int | None:
        """Batches in an epoch."""
        return (self.params or {}).get("steps")

    def _look(self, new: int) -> None:
        """The weights before an update, and at the next call the reading after it."""
        weights = self._weights()  # waits for the updates that are under way; they are training's
        began = time.perf_counter()
        rule = rule_of(self.model.optimizer)
        if self._before is None:
            self._before, self._together = (weights, self._updates), rule.batches
            self._next = self._updates + rule.batches
            self._snapshot = time.perf_counter() - began
        else:
            old, at = self._before
            updates = max(1.0, (self._updates - at) / rule.batches)
            step = float(np.linalg.norm(weights - old) / max(np.linalg.norm(old), 1e-30) / updates)
            self._before, self.optimizer = None, rule.name
            self.readings.append(self._reading(rule, step))
            self._write()
            self._own += time.perf_counter() - began
            self._plan(self._snapshot + time.perf_counter() - began)
            return
        self._own += time.perf_counter() - began

    def _is_time(self) -> bool:
        if self.every or self._before is not None or not self.readings:
            return self._updates >= self._next
        return self._trained() >= self._due or self._is_end()

    def _is_end(self) -> bool:
        """Whether the last update is next and no later half was read: by this reading alone `share` may be exceeded."""
        steps, epochs = self._steps(), (self.params or {}).get("epochs")
        if not steps or not epochs:
            return False
        left = (epochs - self._epoch) * steps - self._seen_batch
        if not 0 < left <= max(self._together, self._at_once):
            return False
        early = self.readings[-1].update <= (self._updates + left) / 2
        return early and self.meter_seconds <= self.share * self._trained()

    def _trained(self) -> float:
        """Seconds of training so far, without the meter's own."""
        return self.training_seconds + time.perf_counter() - self._clock - self._own

    def _plan(self, seconds: float) -> None:
        """When the next reading is due, should it be as slow as the slowest; the first one, which compiles, aside."""
        if len(self.readings) == 1:
            self.setup_seconds = seconds
            self._due = 0.0
        else:
            self.meter_seconds += seconds
            self._slowest = max(self._slowest, seconds)
            self._due = (self.meter_seconds + self._slowest) / self.share
        self._next = self._updates + (self.every or 1) - 1

    def _reading(self, rule: Rule, step: float) -> Reading:
        slopes, parts, weighed = self._slopes, self._parts, rule.limit is not None
        P = 1.0 if rule.scale is None else rule.scale
        seen = _seen(slopes, parts, P, rule.clip, bend=weighed)
        known = {
            "update": self._updates,
            "learning_rate": rule.learning_rate,
            "step": step,
            "loss": seen.loss,
        }
        if not (math.isfinite(seen.loss) and math.isfinite(seen.square)):
            return Reading(**known | {"loss": math.nan})
        known |= {"spread": seen.spread, "clipped": seen.clipped}
        known["noise_scale"] = Noise(*seen.raw, self._rows).scale if len(parts) > 1 else math.nan
        if not weighed:
            return Reading(**known)
        rate = rule.learning_rate * rule.reach
        return Reading(
            **known,
            gain=rate * seen.square,
            cost=0.5 * rate**2 * seen.bend / rule.batches,
            sharpness=self._curvature(P),
            limit=rule.limit / rule.learning_rate if rule.learning_rate else math.inf,
        )

    def _curvature(self, P: NDArray | float) -> float:
        """L, from where it was last found, with some of everything added: another direction may have overtaken it."""
        drawn = np.random.default_rng(len(self.readings)).normal(size=self._slopes.size)
        drawn /= np.linalg.norm(drawn)
        known = self._direction is not None and self._direction.shape == drawn.shape  # not after thawing
        start = self._direction + 0.3 * drawn if known else drawn
        try:
            found = theory.sharpest(_mean_product(self._slopes, self._parts, P**-0.5), start, 0.03, 60)
        except (RuntimeError, ValueError):  # not converged, or not finite
            return math.nan
        self._direction = found.direction
        return found.curvature

    def _write(self) -> None:
        if self.log:
            path, head = _log(self.log)
            if not path.is_file() or not path.stat().st_size:
                _stores.add(path, head)
            _stores.add(path, _line(astuple(self.readings[-1])))

    # What the reader calls.

    @property
    def cost(self) -> float:
        """The time of all readings but the first over that of training."""
        return self.meter_seconds / self.training_seconds if self.training_seconds else math.nan

    def verdict(self) -> Verdict:
        """What limits the training, with the evidence.

        Notes
        -----
        As on the chapter "What limits my training?": ``judge`` of the readings, and what could not be measured.

        Examples
        --------
        >>> Meter(np.ones((8, 2))).verdict().kind
        'unclear'
        """
        if self.problem:
            return Verdict("unclear", f"unclear: {self.problem[0].lower()}{self.problem[1:]}")
        if not self.readings:
            return Verdict("unclear", "unclear: nothing was measured.", ("no training was seen",))
        found = judge(self.readings, self.optimizer, max(self._updates, 1))
        notes = list(found.evidence)
        if self._note:
            notes.append(self._note)
        if self._slopes is not None and not self._slopes.exact:
            notes.append(
                "the backend has no second derivative of this model: L is from differences of gradients"
            )
        return Verdict(found.kind, found.words, tuple(notes))

    def costs(self) -> str:
        """What the meter took, in words.

        Notes
        -----
        As on the chapter "What limits my training?".

        Examples
        --------
        >>> Meter(np.ones((8, 2))).costs()
        'The meter has not read anything yet.'
        """
        if not self.readings:
            return "The meter has not read anything yet."
        return (
            f"{len(self.readings)} readings took {self.meter_seconds:.2g} s, {self.cost:.0%} of the training's "
            f"{self.training_seconds:.2g} s; the first, which compiles, {self.setup_seconds:.2g} s."
        )

    def plot(self):
        """Draw the two needles against the updates: L over its limit, and noise over progress.

        Returns
        -------
        A ``sgdlib.figures.Picture``; the last value of a cell shows it.

        Raises
        ------
        ValueError
            When there is nothing to draw.

        Notes
        -----
        As on the chapter "What limits my training?".

        Examples
        --------
        >>> meter = Meter(np.ones((8, 2)))
        >>> meter.readings = [Reading(k, 1 / k, 0.1, sharpness=10, limit=20, gain=2, cost=1) for k in (1, 2, 3)]
        >>> meter.plot()
        <Picture: Against the updates: L over its limit ends at 0.5; noise over progress, smoothed, ends at 0.5. A line in each panel marks 1.>
        """  # noqa: E501
        from sgdlib.figures import INK, curve, panel, show

        seen = [reading for reading in self.readings if math.isfinite(reading.loss)]
        if not seen:
            raise ValueError("there is no reading with a finite loss to draw.")
        x = [reading.update for reading in seen]
        shares = np.array([reading.share for reading in seen])
        gains, costs = (np.array([getattr(reading, name) for reading in seen]) for name in ("gain", "cost"))
        ratios = _smooth(costs) / np.maximum(_smooth(gains), 1e-30)
        ax = panel("Curvature", xlabel="update", ylabel="L / limit")
        bx = panel("Noise", xlabel="update", ylabel="noise / progress", log=True)
        for where, values in ((ax, shares), (bx, np.clip(ratios, 1e-3, 1e3))):
            curve(where, values, "momentum", x=x, linestyle="-", marker="." if len(x) < 40 else None)
            where.axhline(1, color=INK, linewidth=1)
        ax.set_ylim(0, max(1.2, np.nanmax(shares, initial=0) * 1.05))
        return show(
            ax,
            bx,
            alt=f"Against the updates: L over its limit ends at {_number(shares[-1])}; noise over progress, smoothed, "
            f"ends at {_number(ratios[-1])}. A line in each panel marks 1.",
        )


def _smooth(values: NDArray) -> NDArray:
    """The mean of each value and of up to four before it."""
    near = [values[max(0, k - 4) : k + 1] for k in range(len(values))]
    return np.array([math.nan if np.isnan(each).all() else np.nanmean(each) for each in near])
