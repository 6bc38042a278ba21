"""The file of a search: a line with its settings, and a line for each run; a killed search loses at most one run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MARK = "sgdlib.practice.recipe"


def opened(path: Path, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The runs that the file holds; a new file, or one whose last line was cut, is put right first.

    Raises
    ------
    ValueError
        When the file is no store, is damaged, or was made with other settings. It is left as it is.
    """
    first = json.dumps({"made by": MARK, **settings}) + "\n"
    old = path.read_bytes() if path.is_file() else b""
    if not old or (b"\n" not in old and first.encode().startswith(old)):  # killed before its first line stood
        _put(path, first)
        return []
    whole, _, cut = old.rpartition(b"\n")
    try:
        # a line is whole when its newline stands; what is behind the last one was being written
        head, *lines = [json.loads(line) for line in whole.decode().split("\n")]
        if head["made by"] != MARK or any(line["run"] != k for k, line in enumerate(lines)):
            raise ValueError
    except (ValueError, TypeError, KeyError):
        raise ValueError(
            f"{path} is not a store of tune, or is damaged; nothing was written. Name another file: store=..."
        ) from None
    asked = json.loads(first)
    if differ := [name for name in {**head, **asked} if head.get(name) != asked.get(name)]:
        said = "; ".join(f"{name} {head.get(name)} there, {asked.get(name)} here" for name in differ)
        raise ValueError(
            f"{path} was made with other settings: {said}. Nothing was written. Ask for the same, or name "
            "another file: store=..."
        )
    if cut:
        _put(path, whole.decode() + "\n")
    return lines


def append(path: Path, run: Mapping[str, Any]) -> None:
    """Add a run, in one write."""
    line = (json.dumps(run) + "\n").encode()
    file = os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(file, line)
        os.fsync(file)
    finally:
        os.close(file)


def _put(path: Path, text: str) -> None:
    """Write the file anew; it is there, old or new, at every moment."""
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8", newline="\n")
    os.replace(new, path)
