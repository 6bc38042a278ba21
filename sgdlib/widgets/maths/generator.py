"""The random numbers of the widgets, in Python: the same seed gives the batches that the page ran.

NumPy's own generators are better in every way but one: a page cannot run them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sgdlib.checks import whole

__all__ = ["random_batches", "scattered_line", "shuffled_batches", "uniforms"]


def uniforms(seed: int, count: int) -> NDArray:
    """The first ``count`` numbers in [0, 1) of the generator with this seed, of shape (count,).

    ::

        aₖ = seed + (k + 1) · 0x6D2B79F5,    then the bits of aₖ are mixed;    all modulo 2³²

    Parameters
    ----------
    seed
        A whole number from 0 to 2³² − 1.
    count
        How many, at least 0.

    Raises
    ------
    ValueError
        For another seed or count.

    Notes
    -----
    Used by the batch explorer of the chapter on gradient descent against SGD; ``random`` in data.mjs is the same.
    Source: mulberry32 by Tommy Ettinger (2017), public domain.

    Examples
    --------
    >>> uniforms(seed=1, count=3).round(6)
    array([0.627074, 0.002736, 0.527447])
    """
    whole("seed", seed, 0, 2**32 - 1)
    whole("count", count, 0, 2**32)
    # uint64, so that a product of two 32-bit numbers fits; & keeps the lower half, as the page's 32 bits do
    a = (np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * _STRIDE) & _LOW
    t = ((a ^ (a >> 15)) * (a | 1)) & _LOW
    t = (t + (t ^ (t >> 7)) * (t | 61)) & _LOW ^ t
    return (t ^ (t >> 14)) / 2.0**32


_STRIDE, _LOW = np.uint64(0x6D2B79F5), np.uint64(0xFFFFFFFF)


def shuffled_batches(seed: int, samples: int, batch_size: int, epochs: int = 1) -> list[NDArray]:
    """Cut the rows into batches as ``sgdlib.data.shuffled_batches`` does, with the widgets' generator.

    ::

        for i = N − 1 … 1:  j = ⌊u (i + 1)⌋,  swap rows i and j        anew every epoch, from 0, 1 … N − 1
        ⌈N / B⌉ batches an epoch, the last one smaller if B does not divide N

    Returns index arrays for ``sgdlib.data.batch_gradients``.

    Raises
    ------
    ValueError
        For a seed that is not a whole number from 0 to 2³² − 1; fewer than 1 sample, row in a batch, or epoch.

    Notes
    -----
    Used by the batch explorer of the chapter on gradient descent against SGD. Source: the shuffle of
    Fisher and Yates, Knuth (1997), section 3.4.2, algorithm P.

    Examples
    --------
    >>> batches = shuffled_batches(seed=1, samples=10, batch_size=4)
    >>> [len(rows) for rows in batches], sorted(np.concatenate(batches).tolist())
    ([4, 4, 2], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    for name, size in {"samples": samples, "batch_size": batch_size, "epochs": epochs}.items():
        whole(name, size, 1, 2**32)
    draws = uniforms(seed, epochs * (samples - 1)).reshape(epochs, samples - 1)
    batches = []
    for draw in draws:
        order = np.arange(samples)
        swaps = zip(range(samples - 1, 0, -1), draw, strict=True)
        for i, u in swaps:
            j = int(u * (i + 1))
            order[i], order[j] = order[j], order[i]
        batches += [order[first : first + batch_size] for first in range(0, samples, batch_size)]
    return batches


def random_batches(seed: int, samples: int, batch_size: int, updates: int) -> NDArray:
    """Draw the rows of every batch at random, with replacement, with the widgets' generator.

    ::

        row = ⌊u N⌋,    of shape (updates, B)

    Raises
    ------
    ValueError
        For a seed that is not a whole number from 0 to 2³² − 1; fewer than 1 sample, row in a batch, or update.

    Notes
    -----
    Used by the batch explorer of the chapter on gradient descent against SGD. Source: Robbins and Monro (1951).

    Examples
    --------
    >>> random_batches(seed=1, samples=10, batch_size=2, updates=2)
    array([[6, 0],
           [5, 9]])
    """
    for name, size in {"samples": samples, "batch_size": batch_size, "updates": updates}.items():
        whole(name, size, 1, 2**32)
    return (uniforms(seed, updates * batch_size).reshape(updates, batch_size) * samples).astype(int)


def scattered_line(
    seed: int, samples: int, intercept: float, slope: float, noise: float, reach: float
) -> tuple[NDArray, NDArray]:
    """Points scattered around a line: x, even from −reach to reach, and y, both of shape (N,).

    ::

        x = 2 reach u − reach,    y = intercept + slope x + noise (u₁ + … + u₁₂ − 6)

    Parameters
    ----------
    seed
        A whole number from 0 to 2³² − 1.
    samples
        N, at least 1.
    intercept, slope
        The line.
    noise
        The standard deviation around it.
    reach
        Where x ends.

    Raises
    ------
    ValueError
        For another seed or count.

    Notes
    -----
    The data of the figures of the chapter on gradient descent against SGD. Source: the sum of twelve uniform numbers,
    which is nearly normal, without a logarithm to differ between machines; Knuth (1997), section 3.4.1.

    Examples
    --------
    >>> x, y = scattered_line(seed=1, samples=4, intercept=1.0, slope=2.0, noise=0.0, reach=3.0)
    >>> np.allclose(y, 1 + 2 * x)
    True
    """
    whole("samples", samples, 1, 2**32)
    drawn = uniforms(seed, samples * 13)
    x = 2 * reach * drawn[:samples] - reach
    return x, intercept + slope * x + noise * (drawn[samples:].reshape(samples, 12).sum(-1) - 6)
