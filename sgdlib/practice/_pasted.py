"""Arguments as a form or a script gives them: looked over, and read off pasted code without running it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from sgdlib import checks
from sgdlib.practice import _numbers
from sgdlib.practice._libraries import CALLS, COMBINED, FIELDS, IGNORED, MARKS, NAMES, ONLY
from sgdlib.practice._words import SAYS, fill

FLAGS = {"true": True, "false": False}
LARGEST = 1.7976931348623157e308  # of a float; a whole number may be larger


def shown(value: object) -> str:
    """A value as a sentence repeats it."""
    if value is None:
        return "None"
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, (int, float)) and abs(value) <= LARGEST:
        return _numbers.said(value, 12)
    text = value if isinstance(value, str) else checks.shown(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def checked(library: str, arguments: Mapping[str, object]) -> dict:
    """All fields of a library, with the arguments in place of their defaults; ValueError in one sentence."""
    fields = {field["name"]: field for field in FIELDS[library]}
    for name in arguments:
        if name not in fields:
            raise ValueError(fill(SAYS["unknown"], library=NAMES[library], name=shown(name)))
    values = {name: value_of(field, arguments.get(name, field["default"])) for name, field in fields.items()}
    conflict = disagreement(library, values)
    if conflict:
        raise ValueError(conflict)
    return values


def value_of(field: dict, given: object):
    """The value of a field that was given, from a form as a text."""
    kind = field["kind"]
    text = given.strip() if isinstance(given, str) else None
    if kind == "flag":
        value = FLAGS.get(text.lower()) if text is not None else given
        right = isinstance(value, bool)
    elif kind == "choice":
        value, right = given, isinstance(given, str) and given in field["values"]
    elif field["blank"] and (given is None or text in ("", "None")):
        value, right = None, True
    else:
        value = _numbers.meant(text) if text is not None else given
        right = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST
        if right:
            low, high = field["low"], field["high"]
            right = value > low if field["above"] else value >= low
            if high is not None:
                right = right and (value < high if field["below"] else value <= high)
            if kind == "count":
                right = right and value == math.floor(value) and value <= 1e9
                value = int(value)
            else:
                value = float(value)
                right = right and value <= 1e12 and (value == 0 or value >= 1e-12)
    if not right:
        raise ValueError(
            fill(SAYS["wrong"], name=field["name"], allowed=field["allowed"], value=shown(given))
        )
    return value


def disagreement(library: str, values: dict) -> str:
    """What two arguments that are right alone make wrong together."""
    if library == "torch" and values["nesterov"] and (not values["momentum"] or values["dampening"]):
        return SAYS["nesterov"]
    clips = [name for name in CLIPS if values.get(name)]
    if len(clips) > 1:
        return fill(SAYS["clips"], one=clips[0], other=clips[1])
    if values.get("l2") and values.get("weight_decay"):
        return SAYS["decays"]
    if "accumulate" in values and values["accumulate"] > values["batches_per_epoch"]:
        return SAYS["accumulate"]
    if values.get("schedule") == "warmup_cosine_decay_schedule" and (
        values["warmup_steps"] >= values["decay_steps"]
    ):
        return SAYS["warmup"]
    if values.get("scheduler") in ANNEALED:
        per_epoch = (
            values["batches_per_epoch"] // values["accumulate"] if values["step_every"] == "update" else 1
        )
        warm_up = values["total_iters"] if values["scheduler"] != ANNEALED[0] else 0
        if warm_up + values["T_max"] < values["epochs"] * per_epoch:
            return SAYS["annealing"]
    if values.get("scheduler") == "OneCycleLR":
        total = (
            values["total_steps"] or values["batches_per_epoch"] * values["epochs"] // values["accumulate"]
        )
        if not 1 < values["pct_start"] * total < total - 1:
            return SAYS["cycle"]
        if values["cycle_momentum"] and not 0 < values["base_momentum"] <= values["max_momentum"]:
            return SAYS["momenta"]
    return ""


ANNEALED = ("CosineAnnealingLR", "LinearLR, then CosineAnnealingLR")
CLIPS = [
    "clip_grad_norm_", "clip_grad_value_", "clip_by_global_norm", "clip", "global_clipnorm", "clipnorm", "clipvalue",
]  # fmt: skip


# ---------------------------------------------------------------- pasted


def pasted(text: str, library: str = "") -> tuple[str, dict[str, object], list[str]]:
    """See ``translate.pasted``."""
    for name, mark in MARKS:
        if re.search(mark, text):
            library = name
            break
    if library not in NAMES:
        return "", {}, [SAYS["whose"]]
    text = re.sub(r"(?m)(^|\s)#.*$", "", text)
    found: dict[str, object] = {}
    wrong: list[str] = []
    places: list[tuple[int, str]] = []
    calls = CALLS[library]
    if library == "timm":
        flags = re.findall(r"(?:^|\s)--([\w-]+)(?:[ =]+((?!--)[^\s\\]+))?", text)
        for name, value in flags:
            argument = name.replace("-", "_")
            _take(library, calls["flags"], argument, value or "True", found, wrong)
    for match in re.finditer(r"\b(\w+)\s*\(", text):
        name = match[1]
        if name in calls and name != "flags":
            places.append((match.start(), name))
            _read_call(library, name, arguments_from(text, match.end()), found, wrong)
    if library == "optax":
        order = [name for _, name in places]
        if "add_decayed_weights" in order:
            found["decay_place"] = _place(order)
    if not found and not wrong:
        wrong.append(fill(SAYS["nothing found"], library=NAMES[library], calls=", ".join(sorted(calls))))
    return library, found, wrong


def _place(order: list[str]) -> str:
    decay = order.index("add_decayed_weights")
    if any(name in order[:decay] for name in ("trace", "ema", "sgd")):
        return "after the momentum"
    clipped = any(name in order[decay:] for name in ("clip", "clip_by_global_norm"))
    return "before the clip" if clipped else "after the clip"


def arguments_from(text: str, start: int) -> list[str]:
    """The arguments of a call whose bracket has just been opened, apart at the commas of its own level."""
    depth, parts = 0, [""]
    for character in text[start:]:
        if character in "([{":
            depth += 1
        elif character in ")]}":
            if depth == 0:
                break
            depth -= 1
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _read_call(library: str, name: str, parts: list[str], found: dict, wrong: list[str]) -> None:
    call = CALLS[library][name]
    for field, value in call[2].items():
        combined = COMBINED.get(f"{found.get(field)}+{value}")
        found[field] = combined or value
    for position, part in enumerate(parts):
        keyword = re.fullmatch(r"(\w+)\s*=\s*(?!=)([\s\S]*)", part)
        if keyword:
            _take(library, call, keyword[1], keyword[2], found, wrong)
        elif position < len(call[0]) and call[0][position]:
            _take(library, call, call[0][position], part, found, wrong)


def _take(library: str, call: list, name: str, text: str, found: dict, wrong: list[str]) -> None:
    """Put an argument among the fields, or say why not."""
    field = call[1].get(name, name)
    text = re.sub(r"^(['\"])(.*)\1$", r"\2", text.strip())
    if field in ONLY:
        if text not in ONLY[field]:
            wrong.append(fill(SAYS["only"], name=field, value=shown(text), only=ONLY[field][0]))
        return
    known = {each["name"]: each for each in FIELDS[library]}
    if field not in known:
        if field and field not in IGNORED:
            wrong.append(fill(SAYS["not translated"], name=shown(name)))
        return
    if "(" in text:
        return  # a call of its own
    given = _bare(known[field], text)
    try:
        found[field] = value_of(known[field], given)
    except ValueError as error:
        if re.fullmatch(r"[A-Za-z_][\w.\[\]'\"]*", text) and text not in ("True", "False", "None"):
            if re.match(r"schedule|scheduler|lr_schedule|rate", text) and field in ("learning_rate", "lr"):
                return  # the schedule is a call of its own
            wrong.append(fill(SAYS["variable"], name=field, value=shown(text)))
        else:
            wrong.append(str(error))


def _bare(field: dict, text: str) -> object:
    """None as a script writes it is the field's default where it may not be empty."""
    if text == "None" and not (field["kind"] in ("number", "count") and field["blank"]):
        return 0.0 if field["kind"] == "number" else field["default"]
    return text
