"""The numbers in a chapter's sentences are those of its cells: what nobody checks in the head is computed there."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from told import CHAPTERS, near

from sgdlib import surfaces, theory
from sgdlib.data import LinearRegression, make_regression

NOTEBOOKS = sorted(path.stem for path in CHAPTERS.glob("*.ipynb"))
# Decimals, and three digits or more.
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*\.\d+|(?<![\w.,])\d[\d,]*\d{2}(?![\d.])")


def regression() -> LinearRegression:
    """The problem of the chapter on SGD."""
    raw = make_regression(np.random.default_rng(0), samples=1000, d=5, noise=0.5)
    return LinearRegression(raw.features * np.array([0.5, 0.7, 1.0, 1.4, 2.0]), raw.targets)


# What no cell of the chapter holds: computed here, or read by people, with the reason.
ELSEWHERE = {
    "edge": {
        "3.8": lambda said: near(said, theory.stability_limit(0.9)),
        "1.357": lambda said: near(said, theory.stability_limit(0.9, True)),
        "3.7": "about, in words; the table of the experiment is drawn above it",
    },
    "keras": {"2.11": "a version of TensorFlow"},
    "momentum": {
        "3.8": lambda said: near(said, theory.stability_limit(0.9)),
        "0.894": lambda said: near(
            said, 2 * np.linalg.eigvalsh(surfaces.valley().hessian(np.zeros(2)))[0] ** 0.5
        ),
    },
    "nesterov": {"1970": "a decade", "4.6": "a section of a paper"},
    "project": {
        "150": "how long a conclusion may be",
        "569": "rows of scikit-learn's data",
        "0.95": "an example of a momentum",
    },
    "runs": {"8786": "a port", "3.3": "fold, in words", "0.28": "in words"},
    "sgd": {
        "31.25": lambda said: float(said) == 1000 / 32,
        "0.506": lambda said: near(said, 2 / np.linalg.eigvalsh(regression().hessian)[-1]),
    },
    "tuning": {"900": "updates, in words"},
    "warm-up": {  # slopes of x³, from secants to one side and to both
        "3.31": lambda said: near(said, (1.1**3 - 1) / 0.1),
        "3.03": lambda said: near(said, (1.01**3 - 1) / 0.01),
        "0.0601": lambda said: near(said, (2.01**3 - 8) / 0.01 - 12),
        "0.0001": lambda said: near(said, (2.01**3 - 1.99**3) / 0.02 - 12),
    },
    "what-next": {"1.4": "found by others", "1.1": "found by others"},
    "wrong-run": {"190": "in words", "255": "the largest value of a pixel"},
}


def bare(text: str) -> str:
    """A text without code, formulas of links, roles and a group's comma."""
    text = re.sub(r"```.*?```|\{[\w:]+\}`[^`]*`", " ", text, flags=re.DOTALL)
    return text.replace("{,}", ",")


def numbers(text: str) -> list[str]:
    return [number.replace(",", "") for number in NUMBER.findall(text)]


def cells(name: str, kind: str) -> list[dict]:
    notebook = json.loads((CHAPTERS / f"{name}.ipynb").read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def held(name: str) -> list[str]:
    """The numbers in code, prints, boxes, figures' words and descriptions, in links' addresses, and years of papers."""
    found = numbers((CHAPTERS / "references.bib").read_text(encoding="utf-8"))
    for cell in cells(name, "code"):
        found += numbers("".join(cell["source"]).replace("_", ""))
        for output in cell["outputs"]:
            data = {
                kind: "".join(text)
                for kind, text in output.get("data", {}).items()
                if isinstance(text, str | list)
            }
            html = data.get("text/html", "")
            found += numbers("".join(output.get("text", "")) + data.get("text/plain", ""))
            found += numbers(
                re.sub(r"<[^>]+>", " ", html) + " ".join(re.findall(r'aria-label="([^"]*)"', html))
            )
    for cell in cells(name, "markdown"):
        for address in re.findall(r"\]\(#([^)]*)\)", "".join(cell["source"])):
            found += numbers(address.replace("=", " "))
    return found


def said(name: str) -> list[str]:
    return [
        number
        for cell in cells(name, "markdown")
        for number in numbers(re.sub(r"\]\([^)]*\)", " ", bare("".join(cell["source"]))))
    ]


def unknown(told: list[str], known: list[str]) -> set[str]:
    """Numbers that are neither among the known ones, nor one of them rounded."""
    values = {float(number) for number in known}
    exact = [value for number in known if (value := float(number)) and "." in number]

    def rounded(number: str) -> bool:
        places = len(number.partition(".")[2])
        return places > 1 and any(f"{value:.{places}f}" == number for value in exact)

    return {number for number in told if float(number) not in values and not rounded(number)}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_sentence_says_what_a_cell_computes(name):
    elsewhere = ELSEWHERE.get(name, {})
    missing = unknown(said(name), held(name))
    assert missing - set(elsewhere) == set(), f"no cell of chapters/{name}.ipynb has this"
    assert set(elsewhere) <= set(said(name)), "a reason for a number that is gone"
    for number, why in elsewhere.items():
        assert isinstance(why, str) or why(number), f"chapters/{name}.ipynb says {number}"


def test_a_number_of_nobody_is_found():
    assert unknown(["0.82", "155", "42.5"], ["0.8186", "155"]) == {"42.5"}
    assert unknown(["0.83", "151"], ["0.8186", "155"]) == {"0.83", "151"}
    assert numbers("1,246 or 55 steps at 0.910; κ = 100") == ["1246", "0.910", "100"]
