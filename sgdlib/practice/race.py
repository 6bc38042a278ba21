"""The stored race of the recipe: what was chosen with how many runs, and the test losses of three fresh seeds.

``benchmarks/recipe.py --write`` made the table; reading it needs NumPy only.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sgdlib import _stores
from sgdlib.checks import path as file_of

__all__ = ["CAP", "METHODS", "as_table", "load", "said", "scores", "verdict", "write"]

TABLE = Path(__file__).with_name("race.csv")
COLUMNS = [
    ("task", "U20"),
    ("budget", int),
    ("method", "U20"),
    ("repeat", int),
    ("learning_rate", float),
    ("weight_decay", float),
    ("test_1", float),
    ("test_2", float),
    ("test_3", float),
]

CAP = 10.0
"""A test loss above this, or one that is not a number, is written down as this.

>>> CAP
10.0
"""

METHODS = ("recipe", "random search", "TPE", "recipe, Adam")
"""Who raced: ``suggest`` with SGD, random search and Optuna's TPE over the same box, ``suggest`` with Adam.

>>> len(METHODS)
4
"""


def as_table(rows: Iterable[tuple]) -> NDArray:
    """Return rows as the stored table has them.

    Notes
    -----
    Behind the page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> as_table([("digits", 10, "TPE", 0, 0.1, 0.01, 0.2, 0.2, 0.2)])["budget"].tolist()
    [10]
    """
    return np.array(list(rows), dtype=COLUMNS)


def write(rows: Iterable[tuple], path: Path = TABLE) -> None:
    """Write rows, their losses to 5 digits.

    Raises
    ------
    ValueError
        When there is a file already that is not the table of a race; it is left as it is.

    Notes
    -----
    Made the table of the page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> row = ("recipe, Adam", 10, "TPE", 0, 0.1, 0.01, 0.2, 0.2, 0.2)
    >>> with TemporaryDirectory() as folder:
    ...     write([row], Path(folder, "race.csv"))
    ...     load(Path(folder, "race.csv"))["task"].tolist()
    ['recipe, Adam']
    """
    path = file_of("path", path)
    lines = [";".join(name for name, _ in COLUMNS)]
    if path.is_file() and path.read_bytes().split(b"\n")[0].decode(errors="replace") != lines[0]:
        raise ValueError(f"{path} is not the table of a race; nothing was written. Name another file.")
    lines += [
        ";".join(f"{each:.5g}" if isinstance(each, float) else str(each) for each in row) for row in rows
    ]
    _stores.put(path, "\n".join(lines) + "\n")


def load(path: Path = TABLE) -> NDArray:
    """Return the stored race as a structured array, a row for each task, budget, method and repeat.

    Notes
    -----
    Drawn on the page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> sorted({*load()["budget"].tolist()})
    [10, 30]
    """
    return np.atleast_1d(np.genfromtxt(path, dtype=COLUMNS, delimiter=";", skip_header=1, encoding="utf-8"))


def scores(table: NDArray, task: str, budget: int, method: str) -> NDArray:
    """Return the test losses of a method on a task, of shape (repeats, seeds).

    Notes
    -----
    Drawn on the page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> scores(load(), "digits", 30, "recipe").shape
    (5, 3)
    """
    here = (table["task"] == task) & (table["budget"] == budget) & (table["method"] == method)
    return np.stack([table[here][f"test_{k}"] for k in (1, 2, 3)], axis=1)


def verdict(table: NDArray, task: str, budget: int) -> str:
    """Return how the recipe stands against the best other method on a task: in words, with the difference.

    The difference is that of the means over repeats and seeds. It is called none when it is smaller than twice its
    standard error over the repeats, which have the same data for both.

    Notes
    -----
    Printed on the page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> ends = [("recipe", 0, 1), ("recipe", 1, 2), ("TPE", 0, 2), ("TPE", 1, 3)]
    >>> rows = [("a", 10, name, repeat, 0.1, 0.01, *[end] * 3) for name, repeat, end in ends]
    >>> verdict(as_table(rows), "a", 10)
    'ahead of TPE by 40 %'
    """
    others = [name for name in METHODS[1:] if name in table["method"]]
    best = min(others, key=lambda name: scores(table, task, budget, name).mean())
    ours, theirs = (scores(table, task, budget, name).mean(1) for name in ("recipe", best))
    apart = ours - theirs
    error = apart.std(ddof=1) / np.sqrt(len(apart))
    share = f"{abs(apart.mean()) / theirs.mean():.0%}".replace("%", " %")
    if abs(apart.mean()) <= 2 * error:
        return f"equal to {best} within the repeats"
    return f"{'ahead of' if apart.mean() < 0 else 'behind'} {best} by {share}"


def said(table: NDArray, budget: int) -> list[str]:
    """Return sentences on a budget: the recipe against each other method, over all tasks and repeats.

    Notes
    -----
    Printed on the page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> said(load(), 30)[0][:44]
    'Recipe against random search: lower test los'
    """
    lines = []
    for other in METHODS[1:]:
        if other not in table["method"]:
            continue
        tasks = list(dict.fromkeys(table["task"].tolist()))
        pairs = [[scores(table, task, budget, name).mean(1) for name in ("recipe", other)] for task in tasks]
        ratios = np.concatenate([ours / theirs for ours, theirs in pairs])
        lines.append(
            f"Recipe against {other}: lower test loss in {(ratios < 1).sum()} of {len(ratios)} searches, "
            f"in the median {np.median(ratios):.3f} of it."
        )
    return lines
