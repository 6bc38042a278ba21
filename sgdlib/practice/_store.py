"""The file of a search: a line with its settings, and a line for each run; a killed search loses at most one run."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sgdlib import _stores

MARK = "sgdlib.practice.recipe"
RUN = {"run", "place", "seed", "why", "value"}


def opened(path: Path, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The runs that the file holds; a new file, or one whose last line was cut, is put right first.

    Raises
    ------
    ValueError
        When the file is no store, is damaged, or was made with other settings. It is left as it is.
    OSError
        When it cannot be written.
    """
    first = json.dumps({"made by": MARK, **settings}) + "\n"
    old = path.read_bytes() if path.is_file() else b""
    if b"\n" not in old and first.encode().startswith(old):  # new, or killed before its first line stood
        if old:
            _stores.cut(path, 0)
        _stores.add(path, first)
        return []
    whole = old[: old.rfind(b"\n") + 1]
    # a line is whole when its newline stands; what is behind the last one was being written
    head, *lines = [_read(line) for line in whole.split(b"\n")[:-1]] or [None]
    if not isinstance(head, dict) or head.get("made by") != MARK:
        raise ValueError(
            f"{path} is not a store of tune, or is damaged; nothing was written. Name another file: store=..."
        )
    asked = json.loads(first)
    if differ := [name for name in {**head, **asked} if head.get(name) != asked.get(name)]:
        said = "; ".join(f"{name} {head.get(name)} there, {asked.get(name)} here" for name in differ)
        raise ValueError(
            f"{path} was made with other settings: {said}. Nothing was written. Ask for the same, or name "
            "another file: store=..."
        )
    for number, line in enumerate(lines):
        if number >= asked.get("budget", math.inf) or not _is_run(line, number):
            raise ValueError(
                f"{path} is damaged: its line {number + 2} is not run {number + 1} of the search; nothing was "
                "written. Delete that line and those below it, or name another file: store=..."
            )
    _stores.cut(path, len(whole))
    return lines


def append(path: Path, run: Mapping[str, Any]) -> None:
    """Add a run, whole or not at all."""
    _stores.add(path, json.dumps(run) + "\n")


def _read(line: bytes) -> Any:
    """What a line holds; None where that cannot be read."""
    with suppress(ValueError, RecursionError):
        return json.loads(line)
    return None


def _is_run(line: Any, number: int) -> bool:
    """Whether a line is what `append` writes of this run; its value may be inf, for a lost run, and is never NaN."""
    if not isinstance(line, dict) or set(line) != RUN:
        return False
    place = line["place"]
    return (
        type(line["run"]) is type(line["seed"]) is int
        and type(line["value"]) in (int, float)
        and line["value"] > -math.inf
        and line["run"] == number
        and line["seed"] >= 0
        and line["why"] in ("spread", "step", "repeat")
        and isinstance(place, list)
        and [type(each) in (int, float) and 0 <= each <= 1 for each in place] == [True, True]
    )
