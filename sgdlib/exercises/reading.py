"""Numbers as people write them: one grammar, for exercises, for the widgets' fields and for links.

The twin of widgets/page/numbers.mjs, which reads what is typed on a page; a test holds the two together over the
forms that readers were seen to write and thousands of random ones.

The grammar, after every sign that has several shapes (minus, times, divided by, digits of other scripts, spaces) is
brought to one, invisible signs are dropped, and so are a name before (``η =``, ``≈``) and a unit behind (``steps``)::

    number   = quotient ["%" | "percent"]
    quotient = product ["/" product] | whole " " whole "/" whole      (½ and 1½ are of the second kind)
    product  = factor ["*" factor]
    factor   = ["+" | "-"] ["√"] decimal ["^" decimal]
    decimal  = digits, a point or a comma, digits, "e" and a power of ten; thousands may be parted by a space, an
               apostrophe or an underline, or by whichever of comma and point is not the decimal sign

A text has two meanings where it is a number with either decimal sign and they differ: ``1,217`` is 1217 or 1.217.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

__all__ = ["Reading", "is_double", "meanings", "which"]

LONGEST = 200
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
VULGAR = re.compile("[\u00bc-\u00be\u2150-\u215e]")
OTHER_DIGITS = re.compile("[٠-٩۰-۹०-९০-৯๐-๙]")
OF_THOUSANDS = re.compile(
    r"\b(dozen|hundred|thousand|million|billion|trillion|half|third|quarter|tenth|k|m)s?\b", re.I | re.A
)
GENERAL = "write one such as 0.25, 1e-3 or 3/4"
MIXED = re.compile(r"([+-]?)([0-9]+) ([1-9][0-9]?)/([1-9][0-9]?)")
SHARE = re.compile(r" ?(%|percent|per cent)$", re.I)
UNIT = re.compile(r"(.*[0-9]) ([^\W\d_][^\W\d_ ]*(?: [^\W\d_]+)*)")


@dataclass(frozen=True)
class Reading:
    """What a text can mean.

    Parameters
    ----------
    values : tuple of float
        None, one, or two numbers; of two, the one with the point as the decimal sign first.
    why : str
        If there is none, why, in a sentence.

    Notes
    -----
    Used by the exercises of every chapter.

    Examples
    --------
    >>> Reading((0.25,))
    Reading(values=(0.25,), why='')
    """

    values: tuple[float, ...]
    why: str = ""


def _factor_pattern(point: str, between: str) -> re.Pattern:
    """What a factor is, where the decimal sign and the sign between thousands are these."""
    whole = rf"[1-9]\d{{0,2}}(?:\{between}\d{{3}})+|[1-9]\d{{0,2}}(?:[ '_]\d{{3}})+|\d+"
    decimal = rf"(?:(?:{whole})(?:\{point}\d*)?|\{point}\d+)(?:e[+-]?\d+)?"
    return re.compile(rf"([+-]?)(√?)({decimal})(?:\^([+-]?\d+(?:\{point}\d+)?))?", re.I | re.A)


STYLES = ((".", _factor_pattern(".", ",")), (",", _factor_pattern(",", ".")))


def _written(text: str) -> str:
    """The text as it may be repeated: what is invisible dropped."""
    return re.sub(r"\s+", " ", INVISIBLE.sub("", text)).strip()


def _plain(text: str) -> str:
    """The text with one sign for each thing that has many, without a name before it."""
    line = INVISIBLE.sub("", text)
    line = RAISED.sub(lambda raised: "^" + unicodedata.normalize("NFKC", raised[0]), line)
    line = VULGAR.sub(lambda part: " " + unicodedata.normalize("NFKC", part[0]), line)
    line = unicodedata.normalize("NFKC", line)
    line = OTHER_DIGITS.sub(lambda digit: str(unicodedata.decimal(digit[0])), line)
    line = re.sub("[−–—‐‑‒]", "-", re.sub("[٬’]", "'", line.replace("٫", ".")))
    line = re.sub("[÷⁄∕]", "/", re.sub("[×⋅·∙∗]", "*", line.replace("**", "^")))
    line = re.sub(r"\s+", " ", line).strip()
    line = re.sub(r"^[^\W\d]\w{0,20} ?(?==|≈)", "", line)
    line = re.sub(r"^[=≈≃~] ?", "", line)
    line = re.sub(r" ?([*/^]) ?", r"\1", line)
    line = re.sub(r"([0-9]) ?e ?([+-]?[0-9])", r"\1e\2", line, flags=re.I)
    return re.sub(r" ?[;,.]$", "", re.sub(r"^([+-]) ", r"\1", line))


def _power(base: float, exponent: float) -> float:
    try:
        return base**exponent
    except (OverflowError, ZeroDivisionError):
        return math.inf


def _value_of_factor(text: str, point: str, pattern: re.Pattern) -> float | None:
    found = pattern.fullmatch(text)
    if not found:
        return None
    sign, root, decimal, power = found.groups()
    grouped = re.sub("[ '_]", "", decimal).replace("," if point == "." else ".", "")
    value = float(grouped.replace(point, "."))
    if root:
        value = math.sqrt(value)
    if power is not None:
        value = _power(value, float(power.replace(point, ".")))
    # A computer's 0 for what is not 0 would be graded as 0.
    if value == 0 and re.search("[1-9]", re.split("e", grouped, flags=re.I)[0]):
        return math.inf
    return -value if sign == "-" else value


def _value_of(text: str, point: str, pattern: re.Pattern) -> float | None:
    """A quotient of products of at most two factors; None if it is none, inf or NaN if it has no such value."""
    if mixed := MIXED.fullmatch(text):
        sign, whole, above, below = mixed.groups()
        return (-1 if sign == "-" else 1) * (float(whole) + float(above) / float(below))
    products = []
    for part in text.split("/"):
        factors = [_value_of_factor(each, point, pattern) for each in part.split("*")]
        if len(factors) > 2 or None in factors:
            return None
        products.append(math.prod(factors))
    if len(products) > 2:
        return None
    above, below = products if len(products) == 2 else (products[0], 1.0)
    if not (math.isfinite(above) and math.isfinite(below)):
        return math.inf
    return above / below if below else math.nan


def meanings(text: str) -> Reading:
    """Return all that a text can mean, by the grammar at the head of this module.

    Raises
    ------
    TypeError
        If it is no text.

    Notes
    -----
    Used by the exercises of every chapter, where an answer is right if one of its meanings is.

    Examples
    --------
    >>> meanings("10⁻³ steps").values, meanings("25 %").values, meanings("1½").values
    ((0.001,), (0.25,), (1.5,))
    >>> meanings("1,217").values, meanings("0,05").values, meanings("1.000,5").values
    ((1217.0, 1.217), (0.05,), (1000.5,))
    >>> print(meanings("3/0").why)
    3/0 is no number: nothing can be divided by 0.
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}; write for example meanings('3/4').")
    if len(text) > LONGEST:
        return Reading((), f"That is too long for a number: {GENERAL}.")
    line = _plain(text)
    if line == "":
        return Reading((), f"There is nothing to read: {GENERAL}.")
    written = _written(text)
    shown = written if len(written) <= 24 else f"{written[:24]}…"
    parts = 100 if SHARE.search(line) else 1
    line = SHARE.sub("", line)
    if unit := UNIT.fullmatch(line):
        if OF_THOUSANDS.search(unit[2]):
            return Reading((), f"“{shown}”: write the number in digits.")
        line = unit[1]
    found = [value for style in STYLES if (value := _value_of(line, *style)) is not None]
    values = tuple(dict.fromkeys(value / parts for value in found if math.isfinite(value)))
    if values:
        return Reading(values)
    if any(map(math.isnan, found)):
        return Reading((), f"{shown} is no number: nothing can be divided by 0.")
    if found:
        return Reading((), f"{shown} is too large or too small for a computer's number.")
    return Reading((), f"“{shown}” is no number: {GENERAL}.")


def is_double(text: str, values: tuple[float, ...]) -> bool:
    """Whether a text is to be asked about: it has two meanings, and a comma, which stands for either in print.

    Notes
    -----
    Used by the exercises of every chapter: on an English page ``1.217`` is meant as it stands.

    Examples
    --------
    >>> is_double("1,217", (1217.0, 1.217)), is_double("1.217", (1.217, 1217.0))
    (True, False)
    """
    return len(values) > 1 and "," in _plain(text)


def which(text: str, values: tuple[float, ...]) -> str:
    """What to ask of whoever wrote a number with two meanings.

    Notes
    -----
    Used by the exercises of every chapter.

    Examples
    --------
    >>> which("1,217", (1217.0, 1.217))
    '1,217 can be 1217 or 1.217: write one of the two.'
    """
    first, second = (f"{value:.15g}" for value in values)
    return f"{_written(text)} can be {first} or {second}: write one of the two."
