"""Numbers and formulas of a page, read off the page: where they stand, what a formula is worth, what nobody proves.

A row is the words around a number or a formula, with § in its place, and a check, which gets what stands there. So
the number is said once, on the page, and the check computes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

CHAPTERS = Path(__file__).resolve().parent.parent.parent / "chapters"
LETTERS = {"lambda": "lam"}
TOKEN = re.compile(r"\\[a-zA-Z]+|\d+(?:\.\d+)?|[a-zA-Z]|[-+/^(){}]")
# What holds no number of the page's own: code, headings, a lesson's clock, names of exercises, links, roles, lists,
# directives and their options.
SILENT = re.compile(
    r"```python[\s\S]*?```|`[^`\n]*`|^#.*$|^\| \d+–\d+ \||\[[Ee]xercises? [^\]]*(?=\])|\bexercise \d|\]\([^)\n]*\)"
    r"|\{[\w:]+\}`[^`]*`|^\d\. |\bKeras 3\b|TensorFlow 2\.11|^:::+\{.*?\}[\d ]*|^:\w+: \d+$",
    re.MULTILINE,
)
MATH = re.compile(r"\$[^$]+\$")
SAYS = re.compile(r"[-=<>+/^]|\\(?:frac|sqrt|le|ln)\b")


def text_of(page: str) -> str:
    return (CHAPTERS / f"{page}.md").read_text(encoding="utf-8")


def found(page: str, words: str) -> list[re.Match]:
    """Where the words of a row stand on a page; § stands for what the check gets."""
    pattern = re.sub(r"§(\\\.|,)", r"§\1(?!\\d)", re.escape(words))  # not within a number
    pattern = re.sub(r"(\\\s)+", r"\\s+", pattern).replace("§", "(.+?)")
    return list(re.finditer(pattern, text_of(page)))


def unproved(page: str, rows: Iterable[str], elsewhere: Iterable[str] = ()) -> list[str]:
    """The numbers and formulas of a page that stand in no row, and in no text that is proved elsewhere."""
    text = text_of(page)
    bare = SILENT.sub(lambda silent: re.sub(r"[^\n]", " ", silent[0]), text)
    covered = np.zeros(len(text) + 1, dtype=bool)
    for words in rows:
        for match in found(page, words):
            covered[slice(*match.span())] = True
    for proved in elsewhere:
        covered[text.index(proved.strip()) :][: len(proved.strip())] = True
    said = [match.span() for match in re.finditer(r"\d(?:[\d.,]*\d)?", bare)]
    said += [match.span() for match in MATH.finditer(bare) if SAYS.search(match[0].replace("^*", ""))]
    return [text[max(0, i - 30) : j + 10] for i, j in sorted(said) if not covered[i:j].all()]


def near(number: str, truth: float) -> bool:
    """Whether a number as printed is the truth, rounded to the digits that are printed, of which there are enough.

    >>> near("6.58", 6.5788), near("6.85", 6.5788), near("1,000", 1000.4), near("1", 1.33)
    (True, False, True, False)
    """
    number = number.replace(",", "")
    digits = len(number.partition(".")[2])
    off = abs(float(number) - truth)
    return bool(off <= 0.5001 * 10.0**-digits and off <= 0.03 * abs(truth))


def worth(tex: str, **names) -> np.ndarray | float:
    r"""What a formula in TeX is worth, its letters being given.

    >>> worth(r"\frac{1-2a}{1+2a}", a=0.25), worth(r"2/(L+m)", L=3, m=1)
    (0.3333333333333333, 0.5)
    """
    tokens = TOKEN.findall(re.sub(r"\\[,;!]|\\big[lr]|\\(?:left|right)\b", " ", tex))

    def peek() -> str:
        return tokens[0] if tokens else ""

    def take(expected: str = "") -> str:
        token = tokens.pop(0)
        assert not expected or token == expected, f"{expected} is missing in {tex}"
        return token

    def total():
        value = -product() if peek() == "-" and take() else product()
        while peek() in ("+", "-"):
            value = value + product() if take() == "+" else value - product()
        return value

    def product():
        value = power()
        while peek() and peek() not in ("+", "-", ")", "}", r"\rceil"):
            if peek() == "/":
                take()
                value = value / power()
            else:
                value = value * power()
        return value

    def power():
        value = single()
        if peek() == "^":
            take()
            value = value ** argument()
        return value

    def argument():
        return single()

    def within(close: str):
        value = total()
        take(close)
        return value

    def single():
        token = take()
        if token == "(":
            return within(")")
        if token == "{":
            return within("}")
        if token == r"\lceil":
            return np.ceil(within(r"\rceil"))
        if token == r"\frac":
            return single() / single()
        if token == r"\sqrt":
            return np.sqrt(single())
        if token == r"\ln":
            return np.log(single())
        if token[0].isdigit():
            return float(token)
        name = token.lstrip("\\")
        value = names[LETTERS.get(name, name)]
        return value(single()) if isinstance(value, Callable) else value

    value = total()
    assert not tokens, f"{tokens} is left of {tex}"
    return value


def draws(count: int = 200, **ranges: tuple[float, float]) -> dict[str, np.ndarray]:
    """Numbers from ranges, the same every time."""
    rng = np.random.default_rng(0)
    return {name: rng.uniform(*ends, count) for name, ends in ranges.items()}


def agrees(tex: str, truth: Callable, rtol: float = 1e-9, **ranges: tuple[float, float]) -> bool:
    """Whether a formula gives what a function gives, over ranges of its letters."""
    names = draws(**ranges)
    return bool(np.allclose(worth(tex, **names), truth(**names), rtol=rtol))
