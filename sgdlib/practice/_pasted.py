"""Arguments as a form or a script gives them: looked over, and read off pasted code without running it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from sgdlib import checks
from sgdlib.practice import _numbers
from sgdlib.practice._libraries import CALLS, COMBINED, FIELDS, IGNORED, MARKS, NAMES, NO_SGD, ONLY, OTHERS
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
    calls = CALLS[library]
    reading = Reading(library)
    flags = []
    if library == "timm":
        flags = re.findall(r"(?:^|\s)--([\w-]+)(?:[ =]+((?!--)[^\s\\]+))?", text)
        for name, value in flags:
            _take(reading, calls["flags"], name.replace("-", "_"), value or "True")
    for match in re.finditer(r"\b(\w+)\s*\(", text):
        name, before = match[1], text[max(0, match.start() - 40) : match.start()]
        if re.search(r"(?:\bdef\s+|np\.)$", before):
            continue
        if name in calls and name != "flags":
            if library == "optax" and _out_of_order(reading, name, text.rfind("chain(", 0, match.start())):
                continue
            _read_call(reading, name, match.start(), arguments_from(text, match.end()))
        elif name != "SequentialLR":
            _other(reading, name, before)
    for call, name, value in reversed(reading.usual):
        if not flags and call[1].get(name, name) not in reading.found:
            _take(reading, call, name, value)
    if library == "optax":
        order = [name for name, _, _ in reading.places]
        if "add_decayed_weights" in order:
            reading.found["decay_place"] = _place(order)
    if library in ("torch", "timm"):
        _look_around(reading, text)
        _guessed(reading)
    wrong = reading.wrong + [sentence for field, sentence in reading.late if field not in reading.found]
    if not reading.places and not flags and not wrong:
        wrong.append(fill(SAYS["nothing found"], library=NAMES[library], calls=", ".join(sorted(calls))))
    return library, reading.found, list(dict.fromkeys(wrong))


@dataclass
class Reading:
    """What was read so far: the fields, and sentences; those of ``late`` hold if the field is not found any more.

    ``usual`` has the arguments that were not given; ``places`` the calls, where they stand, and what they are given.
    """

    library: str
    found: dict[str, object] = dataclass_field(default_factory=dict)
    wrong: list[str] = dataclass_field(default_factory=list)
    late: list[tuple[str, str]] = dataclass_field(default_factory=list)
    usual: list[tuple[list, str, str]] = dataclass_field(default_factory=list)
    places: list[tuple[str, int, list[str]]] = dataclass_field(default_factory=list)

    def say(self, key: str, **values: object) -> None:
        """Say what was not read."""
        self.wrong.append(fill(SAYS[key], **values))


def _other(reading: Reading, name: str, before: str) -> None:
    """Name a call that is not read, if it changes the update."""
    if re.search(NO_SGD, name):
        reading.say("no sgd", name=name)
    elif re.search(OTHERS[reading.library], before + name):
        reading.say("by hand", name=name)


SCALES = ("sgd", "scale_by_learning_rate", "scale")
MOMENTA = ("trace", "ema")
CHAINED = (*SCALES, *MOMENTA, "clip", "clip_by_global_norm", "add_decayed_weights")


def _out_of_order(reading: Reading, name: str, chain: int) -> bool:
    """Whether a call of optax comes after one in its chain that it is read as coming before."""
    firsts = (*SCALES, *MOMENTA) if name.startswith("clip") else SCALES
    for first, place, _ in reading.places:
        if name in CHAINED and first in firsts and first != name and place > chain:
            reading.say("after", name=name, first=first)
            return True
    return False


def _place(order: list[str]) -> str:
    decay = order.index("add_decayed_weights")
    if any(name in order[:decay] for name in MOMENTA):
        return "after the momentum"
    clipped = any(name in order[decay:] for name in ("clip", "clip_by_global_norm"))
    return "before the clip" if clipped else "after the clip"


def _look_around(reading: Reading, text: str) -> None:
    """What PyTorch's code says beside its calls."""
    loop = re.search(r"\bfor\s+\w*epoch\w*\s+in\s+range\(\s*(\d+)\s*\)", text)
    if loop and "epochs" not in reading.found:
        _take(reading, NO_CALL, "epochs", loop[1])
    if re.search(r"['\"]params['\"]\s*:|\bdict\(\s*params\s*=", text):
        reading.say("groups")
    by_hand = re.search(r"\[\s*['\"](lr|momentum|weight_decay)['\"]\s*\]\s*[*/+-]?=(?!=)", text)
    if by_hand:
        reading.say("set", name=by_hand[1])
    sequence = re.search(r"\bSequentialLR\s*\(", text)
    if reading.found.get("scheduler") != ANNEALED[1]:
        if sequence:
            reading.say("by hand", name="SequentialLR")
        return
    if reading.found.get("end_factor", 1) != 1:
        reading.say("not translated", name="end_factor")
    if not sequence:
        reading.say("side by side")
        return
    turns = [part for part in arguments_from(text, sequence.end()) if re.search(r"[\[,\s\d]\d+\s*\]$", part)]
    for part in turns:
        turn = part[part.rindex("[") :]
        if turn[1:-1].strip() != shown(reading.found.get("total_iters", 5)):
            reading.say("milestones", value=shown(turn))


NO_CALL: list = [[], {}, {}]
SCHEDULED = {"torch": "scheduler", "timm": "sched"}


def _guessed(reading: Reading) -> None:
    """Which numbers of the loop a schedule's translation is counted with, though the code does not say them."""
    found, fields = reading.found, FIELDS[reading.library]
    (usual,) = (each["default"] for each in fields if each["name"] == SCHEDULED[reading.library])
    if found.get(SCHEDULED[reading.library], usual) == "none" or "total_steps" in found or not found:
        return
    for field in fields:
        if field["name"] in ("batches_per_epoch", "epochs") and field["name"] not in found:
            reading.say("guessed", name=field["name"], value=shown(field["default"]))


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


def _read_call(reading: Reading, name: str, start: int, parts: list[str]) -> None:
    call = CALLS[reading.library][name]
    earlier = [given for other, _, given in reading.places if other == name]
    if earlier:
        if earlier[0] != parts:
            reading.say("first", name=name)
        return
    reading.places.append((name, start, parts))
    for field, value in call[2].items():
        combined = COMBINED.get(f"{reading.found.get(field)}+{value}")
        _put(reading, field, combined or value, again=bool(combined))
    named = set()
    for position, part in enumerate(parts):
        keyword = re.fullmatch(r"(\w+)\s*=\s*(?!=)([\s\S]*)", part)
        argument, text = (keyword[1], keyword[2]) if keyword else ("", part)
        if part.startswith("*") or (not keyword and position >= len(call[0])):
            reading.say("not translated", name=shown(part))
        elif not keyword:
            argument = call[0][position]
        if argument and name == "scale":
            value = _numbers.meant(text)
            if value is not None and value < 0:
                _take(reading, call, argument, _numbers.said(-value, 12))
            else:
                reading.say("by hand", name=name)
        elif argument:
            _take(reading, call, argument, text)
        named.add(argument)
    reading.usual += [
        (call, each, value) for each, value in (call[3:] or [{}])[0].items() if each not in named
    ]


def _put(reading: Reading, field: str, value: object, again: bool = False) -> None:
    """Put a value among the fields, and say so if there was another."""
    old = reading.found.get(field)
    if old is not None and not again and (old != value or field == "momentum"):  # two momenta are not one
        reading.say("twice", name=field, one=shown(old), other=shown(value))
    reading.found[field] = value


def _take(reading: Reading, call: list, name: str, text: str) -> None:
    """Put an argument among the fields, or say why not."""
    field = call[1].get(name, name)
    text = re.sub(r"^(['\"])(.*)\1$", r"\2", text.strip())
    if field in ONLY:
        if text not in ONLY[field]:
            reading.say("only", name=name, value=shown(text), only=ONLY[field][0])
        return
    known = {each["name"]: each for each in FIELDS[reading.library]}
    if field not in known:
        if field and field not in IGNORED:
            reading.say("not translated", name=shown(name))
        return
    variable = fill(SAYS["variable"], name=field, value=shown(text))
    if "(" in text:  # a call of its own, or none that is known
        reading.late.append((field, variable))
        return
    try:
        value = value_of(known[field], _bare(known[field], text))
    except ValueError as error:
        words = re.fullmatch(r"[A-Za-z_][\w.\[\]'\"]*", text) and text not in ("True", "False", "None")
        if not words or known[field]["kind"] == "choice":
            reading.wrong.append(str(error))
        else:
            reading.late.append((field, variable))
    else:
        # OneCycleLR's rate takes the place of the optimizer's
        _put(reading, field, value, again=call[2].get("scheduler") == "OneCycleLR")


def _bare(field: dict, text: str) -> object:
    """None as a script writes it is the field's default where it may not be empty."""
    if text == "None" and not (field["kind"] in ("number", "count") and field["blank"]):
        return 0.0 if field["kind"] == "number" else field["default"]
    return text
