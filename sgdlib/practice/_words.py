"""The sentences of the translator, and which of them a translation gets."""

from __future__ import annotations

import math
from typing import Any

from sgdlib.practice import _numbers
from sgdlib.practice._libraries import NAMES

# That of translate.py, which imports this module.
Setting = Any

SAYS = {
    # what is wrong with what was given
    "unknown": "{library} has no argument {name} here: take one of the form's.",
    "wrong": "{name} must be {allowed}, not {value}.",
    "nesterov": "nesterov=True needs a momentum above 0 and dampening 0, as in PyTorch: change one of the three.",
    "clips": "Only one way of clipping can be translated: empty {one} or {other}.",
    "decays": "Only one kind of decay can be translated: set l2 or weight_decay to 0.",
    "accumulate": "accumulate must not be above batches_per_epoch: an epoch would have no update.",
    "warmup": "decay_steps counts the warm-up, too: it must be above warmup_steps.",
    "annealing": "CosineAnnealingLR goes up again after T_max, which comes before the end of the training here: "
    "make T_max, after the warm-up, as long as the training.",
    "cycle": "OneCycleLR needs more updates: pct_start of total_steps must be above 1 and end before the last but one.",
    "momenta": "base_momentum must be above 0 and not above max_momentum.",
    # what is wrong with what was pasted
    "whose": "This does not say whose code it is: choose the library under From, and read it again.",
    "nothing found": "Nothing of {library} was found here; these calls are read: {calls}.",
    "only": "{name}={value} is another method: only {only} is translated.",
    "not translated": "{name} is not translated.",
    "variable": "{name} is {value} here, not a number: fill in the field.",
    "by hand": "{name}(...) is not carried over: write it by hand.",
    "no sgd": "{name}(...) is no SGD, and is not carried over.",
    "first": "{name}(...) is here more than once: only the first is read.",
    "twice": "{name} is given twice here, {one} and {other}: {other} is taken.",
    "after": "{name}(...) comes after {first}(...) here, which makes another method: it is not carried over.",
    "groups": "Parameter groups are not carried over: one setting for all is read.",
    "set": "The {name} that is set in the loop is not carried over: write it by hand.",
    "side by side": "LinearLR and CosineAnnealingLR are read as one after the other, by SequentialLR; without it they "
    "multiply.",
    "guessed": "{name} does not stand here: {value} is a guess, which code and sizes can hang on. Fill in the field.",
    "milestones": "The cosine is read as beginning after total_iters, not at milestones={value}.",
    # what still differs in the optimizer
    "nothing": "In the optimizer nothing: the updates are the same but for rounding.",
    "together": "All of these together.",
    "size": " Apart by up to {percent} % of the way to the minimum.",
    "rounding": " That is rounding.",
    "diverges": " One of the two diverges there.",
    "buffer": "When the rate changes, {inside} keeps the old rate in its velocity, and {outside} does not.",
    "drop": "After a drop to {factor} of the rate the next step, on a constant slope, is {kept} of the last in "
    "{inside} and {factor} in {outside}: {inside} keeps the old rate in its velocity.",
    "after clip, beside": "{source} sends the decay through the momentum, after the clip; {target} can only subtract "
    "it beside the momentum. wd/(1 − μ) gives the same pull in the long run.",
    "before clip, beside": "{source} sends the decay through the clip and the momentum; {target} subtracts it beside.",
    "beside, after clip": "{source} subtracts the decay beside the momentum; {target} sends it through. wd·(1 − μ) "
    "gives the same pull in the long run.",
    "before clip, after clip": "{source} adds the decay before the clip, {target} after it.",
    "after clip, before clip": "{source} adds the decay after the clip, {target} before it.",
    "beside, before clip": "{source} subtracts the decay beside the momentum; {target} sends it through the clip.",
    "all decay": "{target} decays biases and normalization, too; {source} does not.",
    "kernels decay": "{source} decays biases and normalization, too; {target} does not.",
    "no clip": "{target} has no clipping.",
    "other clip": "{source} clips each variable alone, {target} all gradients together.",
    "epsilon": "PyTorch adds 1e-6 to the norm before it divides the bound by it; {other} does not.",
    "dampening": "PyTorch lets the first gradient into its buffer whole and dampens from the second on; the rate "
    "times {kept} dampens all. So the first gradient counts {times} times as much in PyTorch.",
    "debias": "optax.ema with debias divides by 1 − μᵏ at update k: its first step is {times} times as long.",
    "per epoch": "{source} changes the rate once an epoch, this line at every update: by up to {percent} % of the "
    "highest rate.",
    "no schedule": "{target} has no such schedule: here its rate stands still.",
    "other schedule": "{target} has no schedule quite like it: the rates are up to {percent} % of the highest apart.",
    "one momentum": "OneCycleLR moves the momentum between {low} and {high}; here it stays at {low}.",
    "late": "Keras' schedule counts batches: an update of {count} batches reads it {less} batches later.",
    "no momentum": "{target} has no momentum: the rate is the effective one, η/(1 − μ).",
    "average": "average=True uses the mean of all weights so far; this uses the last ones. Keras' use_ema=True is a "
    "mean that forgets.",
    "smoothing": "{target} has no label smoothing: with 10 classes the least loss is {floor} with it and 0 without.",
    "single": "SGDClassifier makes an update of each sample: {count} for one here, each with 1/{count} of the rate.",
    # and beyond the optimizer
    "clipnorm": "clip_grad_norm_ is global_clipnorm. clipnorm clips each variable alone: gradients of the lengths 3 "
    "and 4 with a bound of 1 are cut to 0.6 and 0.8, by clipnorm to 1 and 1.",
    "boundary": "Written with PiecewiseConstantDecay, which changes one update after its boundary, the first boundary "
    "is {steps}: steps per epoch times epochs, less 1.",
    "penalty": "The loss that Keras prints holds the penalty of L2: {much} more for weights of length 10. PyTorch's "
    "does not.",
    "norm": "BatchNorm: PyTorch's momentum 0.1 is Keras' 0.9. Keras' default, 0.99, still holds {late} % of the first "
    "statistics after 100 updates, 0.9 holds {early} %.",
    "norm epsilon": "BatchNorm: epsilon is 1e-5 in PyTorch and 0.001 in Keras. Where the variance is 0.01 Keras' "
    "output is {share} % of PyTorch's.",
    "unbiased": "BatchNorm: PyTorch's running variance is unbiased: {percent} % more than Keras' with one number a "
    "channel in each of {count} samples.",
    "begin": "Dense layers begin otherwise: with 64 inputs and outputs PyTorch's kernels have a spread of {torch}, "
    "Keras' (Glorot) {keras}; PyTorch's biases are as wide as its kernels, Keras' are 0.",
    "logits": "CrossEntropyLoss takes logits, so Keras needs from_logits=True. The logits 2 and 0, the first right, "
    "cost {right}; taken for probabilities they cost nothing and teach nothing.",
    "last": "Keras keeps the short last batch, as DataLoader does without drop_last. With drop_last=True, 1,000 "
    "samples by {count} make {few} updates an epoch and not {many}: count schedules with that.",
    "nominal": "A recipe of ultralytics counts for a nominal batch of 64: with batches of {count} it accumulates "
    "{batches} and multiplies the weight decay by {times}.",
    "sklearn begin": "scikit-learn's biases begin as its kernels do (Glorot, uniform), Keras' at 0: with 64 inputs and "
    "outputs up to {most}.",
    "sklearn stops": "scikit-learn stops by itself when the loss falls by less than tol=1e-4 in 10 epochs; Keras "
    "trains all epochs.",
}


def fill(sentence: str, **values: object) -> str:
    """A sentence with its gaps filled."""
    for name, value in values.items():
        sentence = sentence.replace("{" + name + "}", str(value))
    return sentence


def size(apart: float) -> str:
    """How far two settings are apart, as a sentence."""
    if not apart < 1e9:
        return SAYS["diverges"]
    if apart < 1e-9:
        return SAYS["rounding"]
    return fill(SAYS["size"], percent=_numbers.said(100 * apart))


def compared(s: Setting, t: Setting, source: str, target: str) -> list[tuple[list[str], str]]:
    """Where two settings differ: the fields, and the sentence."""
    found: list[tuple[list[str], str]] = []
    names = {"source": NAMES[source], "target": NAMES[target]}

    def add(fields: list[str], key: str, **values: object) -> None:
        found.append((fields, fill(SAYS[key], **names, **values)))

    if s.momentum > 0 and t.momentum == 0:
        add(["momentum", "nesterov", "rate", "rate_inside", "debias"], "no momentum")
    elif s.debias != t.debias:
        add(["debias"], "debias", times=_numbers.said(1 / (1 - s.momentum), 3))
    elif s.dampening > 0 and t.dampening == 0:
        kept = 1 - s.dampening
        add(
            ["dampening", "whole_first", "rate", "rate_inside"],
            "dampening",
            kept=_numbers.said(kept, 3),
            times=_numbers.said(1 / kept, 3),
        )
    elif s.high != t.high:
        add(["low", "high", "momentum"], "one momentum", low=_numbers.said(s.low), high=_numbers.said(s.high))
    elif s.batch * s.accumulate != t.batch * t.accumulate:
        add(["rate"], "single", count=_numbers.count(s.batch * s.accumulate))
    if s.rate_inside != t.rate_inside and s.momentum > 0 and t.momentum > 0:
        sides = {
            "inside": names["source" if s.rate_inside else "target"],
            "outside": names["target" if s.rate_inside else "source"],
        }
        if s.schedule.kind == "step":
            factor, mu = s.schedule.factor, s.momentum
            kept = mu + (1 - mu) * factor
            add(
                ["rate_inside"],
                "drop",
                factor=_numbers.said(factor, 3),
                kept=_numbers.said(kept, 3),
                **sides,
            )
        elif (s.schedule.kind, s.schedule.warm_up) != ("constant", 0):
            add(["rate_inside"], "buffer", **sides)
    if s.decay > 0 and s.place != t.place:
        add(["place", "decay"], f"{s.place}, {t.place}")
    if s.decay > 0 and s.kernels != t.kernels:
        add(["kernels"], "all decay" if s.kernels else "kernels decay")
    if s.clip != t.clip:
        add(["clip", "bound", "epsilon"], "no clip" if t.clip == "none" else "other clip")
    elif s.epsilon != t.epsilon:
        add(["epsilon"], "epsilon", other=names["target" if s.epsilon else "source"])
    if s.schedule != t.schedule:
        apart = _numbers.said(100 * _rates_apart(s, t))
        if t.schedule.kind == "constant" and t.schedule.warm_up == 0:
            add(["schedule"], "no schedule")
        elif s.schedule.per == "epoch" and t.schedule.per == "update":
            add(["schedule"], "per epoch", percent=apart)
        else:
            add(["schedule"], "other schedule", percent=apart)
    if s.late != t.late and s.accumulate > 1:
        add(["late"], "late", count=s.accumulate, less=s.accumulate - 1)
    if s.average != t.average:
        add(["average"], "average")
    if s.smoothing > 0 and t.smoothing == 0:
        add(["smoothing"], "smoothing", floor=_numbers.said(_floor(s.smoothing), 3))
    return found


def _rates_apart(s: Setting, t: Setting) -> float:
    """The largest difference of two schedules over the training, as a share of the highest rate; of 1,000 updates."""
    total = s.per_epoch * s.epochs
    many = min(1000, total)
    apart = highest = 0.0
    for i in range(many):
        k = i * total // many
        one, other = s.schedule.at(s.clock(k)), t.schedule.at(t.clock(k))
        apart, highest = max(apart, abs(one - other)), max(highest, one)
    return apart / highest


def _floor(smoothing: float) -> float:
    """The least cross-entropy of smoothed labels of ten classes."""
    rest = smoothing / 10
    right = 1 - smoothing + rest
    return -right * math.log(right) - 9 * rest * math.log(rest)


def beyond(s: Setting, t: Setting, source: str, target: str, exactly: bool) -> list[str]:
    """What differs beside the optimizer."""
    found: list[str] = []

    def add(key: str, **values: object) -> None:
        found.append(fill(SAYS[key], **values))

    pair = {source, target}
    keras, torch = pair & {"keras2", "keras3"}, pair & {"torch", "timm"}
    if not keras or len(pair & {"keras2", "keras3"}) == len(pair):
        return found
    into = target in keras
    if torch and s.clip == "global norm":
        add("clipnorm")
    if into and t.schedule.kind == "step" and t.schedule.warm_up == 0 and t.schedule.per == "update":
        add("boundary", steps=_numbers.count(t.schedule.length * t.accumulate - 1))
    if into and torch and t.decay > 0 and not exactly and t.momentum > 0 and t.place != "beside":
        add("penalty", much=_numbers.said(50 * t.decay))
    if torch:
        add("norm", late=_numbers.said(100 * 0.99**100), early=_numbers.said(100 * 0.9**100))
        add("norm epsilon", share=_numbers.said(100 * math.sqrt((0.01 + 1e-5) / (0.01 + 1e-3)), 3))
        if s.batch > 1:
            add("unbiased", percent=_numbers.said(100 / (s.batch - 1)), count=s.batch)
        add(
            "begin",
            torch=_numbers.said(1 / math.sqrt(3 * 64), 3),
            keras=_numbers.said(math.sqrt(2 / 128), 3),
        )
        add("logits", right=_numbers.said(math.log(1 + math.exp(-2)), 3))
        add("last", count=s.batch, few=1000 // s.batch, many=-(-1000 // s.batch))
        batches = max(1, math.floor(64 / s.batch + 0.5))
        add("nominal", count=s.batch, batches=batches, times=_numbers.said(s.batch * batches / 64, 3))
    elif "optax" not in pair:
        if "mlp" in pair:
            add("sklearn begin", most=_numbers.said(math.sqrt(6 / 128), 3))
        add("sklearn stops")
    return found
