"""What a setting must be, and the sentence for one that is not."""

from __future__ import annotations

import numpy as np

__all__ = ["whole"]


def whole(name: str, value: int, low: int = 1, high: int | None = None) -> int:
    """Return a whole number from low to high as an int: a Python or a NumPy integer, no bool, no float.

    Parameters
    ----------
    name
        What it is called in the sentence.
    value
        What was given.
    low, high
        The ends, both allowed; without high there is no upper end.

    Raises
    ------
    ValueError
        For anything else.

    Notes
    -----
    Checks the sizes and counts of every chapter: samples, batches, epochs, steps, seeds.

    Examples
    --------
    >>> whole("steps", np.int64(3))
    3
    >>> whole("steps", 2.5, low=0)
    Traceback (most recent call last):
        ...
    ValueError: steps must be a whole number of at least 0, not 2.5.
    """
    integer = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not integer or value < low or (high is not None and value > high):
        allowed = f"of at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} must be a whole number {allowed}, not {value!r}.")
    return int(value)
