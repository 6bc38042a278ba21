"""Numbers as texts, so that JavaScript writes them alike."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
SUM = re.compile(rf"\s*{NUMBER}(?:\s*[*/+-]\s*{NUMBER})*\s*")


def _rounded(value: float, digits: int) -> float:
    """To so many digits, a half away from 0, as JavaScript's toPrecision does."""
    return float(Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(Decimal(value)))


def code(value: float, digits: int = 12) -> str:
    """A float for code: at most twelve digits, and a point or an exponent."""
    return repr(_rounded(float(value), digits))


def count(value: float) -> str:
    """A count for code: whole if it is."""
    return str(int(value)) if value == int(value) else code(value)


def said(value: float, digits: int = 2) -> str:
    """A number for a sentence, of so many digits."""
    return re.sub(r"\.0$", "", code(value, digits))


def meant(text: str) -> float | None:
    """The number that a text means: 5e-4, 1/3, 30 * 45 or 1 - 0.1; None if it means none."""
    if not SUM.fullmatch(text):
        return None
    total = value = 0.0
    for sign, part in re.findall(rf"([*/+-]?)\s*({NUMBER})", text):
        if sign == "/" and float(part) == 0:
            return None
        if sign == "*":
            value *= float(part)
        elif sign == "/":
            value /= float(part)
        else:
            total, value = total + value, -float(part) if sign == "-" else float(part)
    return total + value
