"""Numbers as the widgets say them, the same in Python and on the page."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

from sgdlib.checks import whole

__all__ = ["number_words"]


def number_words(value: float, digits: int = 3) -> str:
    """A short number for a sentence: a few significant digits, a true minus, never NaN or infinity.

    ::

        |x| from 10⁻³ to 10⁵ in full, else with an exponent; a tie is rounded away from 0

    Parameters
    ----------
    value
        Any number.
    digits
        How many significant digits, at least 1.

    Raises
    ------
    ValueError
        For fewer than 1 digit.

    Notes
    -----
    Writes the numbers under the widgets of every chapter; ``format`` in words.mjs is the same. Source: ECMA-262,
    ``Number.prototype.toPrecision``.

    Examples
    --------
    >>> number_words(0.0526315), number_words(-1e-6), number_words(12345.6), number_words(float("inf"))
    ('0.0526', '−1e−6', '12300', 'without bound')
    """
    whole("digits", digits)
    value = float(value)
    if math.isnan(value):
        return "undefined"
    if math.isinf(value):
        return "without bound" if value > 0 else "without bound below"
    if value == 0:
        return "0"
    exact = Decimal(abs(value))
    rounded = exact.quantize(Decimal(1).scaleb(exact.adjusted() - digits + 1), rounding=ROUND_HALF_UP)
    if 1e-3 <= abs(value) < 1e5:
        text = f"{rounded:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        # adjusted() anew: rounding may have carried into the next power of ten
        power = rounded.adjusted()
        mantissa = f"{rounded.scaleb(-power):f}"
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        text = f"{mantissa}e{power}"
    return ("-" * (value < 0) + text).replace("-", "−")
