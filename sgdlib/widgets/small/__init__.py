"""Small figures: one idea each, one or two controls, a verdict in words.

Each is a file in Python and an ES module of the same name; it is found by its place and listed nowhere:
``sgdlib.widgets.small.SlopeMemory`` is the class in ``slope_memory``.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from sgdlib.widgets.page.base import class_name

NAMES = {class_name(path.stem): path.stem for path in sorted(Path(__file__).parent.glob("*.mjs"))}
__all__ = list(NAMES)


def __getattr__(name: str) -> Any:
    if name in NAMES:
        return getattr(import_module(f"sgdlib.widgets.small.{NAMES[name]}"), name)
    raise AttributeError(f"sgdlib.widgets.small has no {name}; it has {', '.join(__all__)}.")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
