"""What the tests of all widgets share: their settings, and what is particular to one, found by its name."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np

from sgdlib.descent import Trajectory
from sgdlib.widgets.page.base import CourseWidget

PARTICULAR = Path(__file__).resolve().parent.parent / "widgets"


@functools.cache
def particular(folder: str) -> ModuleType:
    """The tests of one widget, `tests/widgets/test_<folder>.py`; an empty module if it has none of its own.

    The tests of all widgets ask it for
        readouts(widget)    what Python computes for the readouts: {the beginning of a label: numbers, or words in it}
        verdict(widget)     the sentence that stands under the picture, if one does
        OWN_POINTS          whether it tests the points to drag itself
        QUICK               settings under which a run is short, for the tests that compare many
        BUTTONS             {a setting that is on or off: the button that turns it}, where there is no box to tick
        SETTINGS            for how many settings still and live are compared, where one takes long
        on_page_…(live)     tests of the live widget
    """
    path = PARTICULAR / f"test_{folder}.py"
    if not path.is_file():
        return ModuleType(folder)
    spec = importlib.util.spec_from_file_location(f"particular_{folder}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def limits(cls: type[CourseWidget]) -> dict[str, dict]:
    """The limit of every setting, as the page gets it."""
    return cls()._limits


def ends(limit: dict) -> list:
    """The smallest and the largest value of a setting, or all values if they are few."""
    if limit["kind"] == "flag":
        return [False, True]
    if limit["kind"] == "rows":
        lows, highs = ([float(column[k]) for column in limit["columns"]] for k in (0, 1))
        return [[lows] * limit["least"], [highs] * limit["most"]]
    return limit["values"] if limit["kind"] == "choice" else [limit["min"], limit["max"]]


def somewhere(limit: dict, rng, edge: float = 0.3, digits: int = 17):
    """A random value inside a limit, with a chance of `edge` one of its ends."""
    if limit["kind"] in ("flag", "choice") or rng.random() < edge:
        choices = ends(limit)
        return choices[rng.integers(len(choices))]
    if limit["kind"] == "rows":
        count = int(rng.integers(limit["least"], limit["most"] + 1))
        drawn = [rng.uniform(low, high, count).round(digits) for low, high in limit["columns"]]
        return np.transpose([np.sort(drawn[0]), *drawn[1:]]).tolist()
    if limit["kind"] == "integer":
        return int(rng.integers(limit["min"], limit["max"] + 1))
    return round(float(rng.uniform(limit["min"], limit["max"])), digits)


def other(cls: type[CourseWidget]) -> dict:
    """A setting that differs from the widget's first in one thing, in the learning rate if it has one; and is quick."""
    first = cls().setting()
    name = "learning_rate" if "learning_rate" in first else next(iter(first))
    quick, limit = getattr(particular(cls.folder()), "QUICK", {}), limits(cls)[name]
    # a count has room to both sides
    middle = [(limit["min"] + limit["max"]) // 2] if limit["kind"] == "integer" else []
    return {name: next(value for value in [*middle, *ends(limit)] if value != first[name])} | quick


def same(run: Trajectory, expected: Trajectory) -> None:
    """Fail unless a widget's run is the one expected, to the bit, with a loss for every step."""
    np.testing.assert_array_equal(run.positions, expected.positions)
    np.testing.assert_array_equal(run.velocities, expected.velocities)
    assert run.diverged_at == expected.diverged_at
    assert run.losses.shape == (len(run.positions),)
