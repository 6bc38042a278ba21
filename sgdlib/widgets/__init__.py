"""Widgets that live on the page: drag a slider and the descent answers, with a kernel or without.

Each is a folder with an anywidget in Python and a plain ES module of the folder's name; it is found by its place and
listed nowhere: ``sgdlib.widgets.ValleyRace`` is the class in ``valley_race``.
"""

from __future__ import annotations

from typing import Any

from sgdlib.widgets.page.base import class_name, folders, widget_class

__all__ = [class_name(folder) for folder in folders()]


def __getattr__(name: str) -> Any:
    for folder in folders():
        if class_name(folder) == name:
            return widget_class(folder)
    raise AttributeError(f"sgdlib.widgets has no {name}; it has {', '.join(__all__)}.")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
