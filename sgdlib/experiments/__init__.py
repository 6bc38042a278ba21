"""Measured runs: a module and a stored table for each experiment, found by their place and listed nowhere.

A further experiment is a module in this folder: a docstring whose first line says what is measured, a dataclass of
settings, a function that runs one of them, and an ``EXPERIMENT`` that names these; ``digits`` is an example.
``python -m sgdlib.experiments NAME`` then makes the table beside it. A module with a leading underscore is none.
"""

from __future__ import annotations

from sgdlib.experiments._experiment import Experiment, find, names
from sgdlib.experiments._running import missing, sweep

__all__ = ["Experiment", "find", "missing", "names", "sweep"]
