"""The file of a table: a line with the versions, a line with the columns, and a row for each run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

import numpy as np


def read(path: Path) -> tuple[dict[str, str], list[str], list[list[str]]]:
    """The versions, the columns and the rows as texts; a last row that was not written to its end is left out."""
    try:
        first, second, *rest = path.read_bytes()[: whole(path)].decode().split("\n")[:-1]
        mark, listing = first.split(" ", 1)
        versions = dict(each.split() for each in listing.split(", "))
    except ValueError:  # fewer than two lines, no UTF-8, or no versions
        mark = ""
    if mark != "#":
        raise ValueError(f"{path} is not the table of an experiment.")
    return versions, second.split(","), [line.split(",") for line in rest]


def begun(path: str | Path) -> bool:
    """Whether something stands in a file: the one that a sweep has made and not yet written to is as good as none."""
    path = Path(path)
    return path.exists() and (not path.is_file() or path.stat().st_size > 0)


def whole(path: Path) -> int:
    """The bytes of the lines that were written to their end."""
    return path.read_bytes().rfind(b"\n") + 1


def head(versions: Mapping[str, str], columns: Iterable[str]) -> str:
    """The first two lines."""
    return f"# {listed(versions)}\n{','.join(columns)}\n"


def line(row: Iterable[str]) -> str:
    """A row as a line."""
    return ",".join(row) + "\n"


def listed(versions: Mapping[str, str]) -> str:
    """Versions by name as a table and a sentence have them."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def versions_here(packages: Iterable[str]) -> dict[str, str]:
    """The versions of the packages that are installed here, by name."""
    return {name: metadata.version(name) for name in packages}


def spread_out(dtype: np.dtype) -> list[str]:
    """The columns of a structured type: `loss` of shape (2,) takes `loss_1` and `loss_2`."""
    return [
        "_".join([name, *(str(1 + k) for k in place)])
        for name in dtype.names or ()
        for place in np.ndindex(dtype[name].shape)
    ]


def digest(path: Path) -> str:
    """Sixteen hexadecimal digits that stand for every letter of the file: SHA-256, cut short."""
    return hashlib.sha256(path.read_text(encoding="utf-8").encode()).hexdigest()[:16]
