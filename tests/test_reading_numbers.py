"""sgdlib/exercises/reading.py and widgets/page/numbers.mjs: numbers as people write them, read alike by both."""

from __future__ import annotations

import json
import math
import random
import subprocess
from pathlib import Path

import pytest
from node_packages import NODE

import sgdlib
from sgdlib.exercises import Number
from sgdlib.exercises.reading import LONGEST, is_double, meanings, which

MODULE = Path(sgdlib.__file__).parent / "widgets" / "page" / "numbers.mjs"
# Reads lines of JSON, each a text; says what the page's reader makes of it.
SCRIPT = """
import {{ createInterface }} from "node:readline";
import {{ is_double, meanings, read_number, which }} from {module};
for await (const line of createInterface({{ input: process.stdin }})) {{
    const text = JSON.parse(line);
    const {{ values, why }} = meanings(text);
    const twice = is_double(text, values);
    console.log(JSON.stringify([values, why, twice, twice ? which(text, values) : "", read_number(text)]));
}}
"""

# What readers typed, and what it means.
ONE = {
    # as before
    **{"0.25": 0.25, "0,25": 0.25, "1e-3": 1e-3, "3/4": 0.75, ".5": 0.5, "5.": 5, "+5": 5, "1,5": 1.5},
    **{"−0.5": -0.5, "–0.5": -0.5, "0,25e-1": 0.025, "3 / 4": 0.75, "-3/4": -0.75, "3/-4": -0.75},
    **{" 0.25\t": 0.25, "\u00a00.25\ufeff": 0.25, "1.2345": 1.2345, "0.250": 0.25, "0,125": 0.125},
    # refused, although numbers
    **{"10,000,000": 1e7, "10 000 000": 1e7, "7 940": 7940, "1 000.5": 1000.5, "1.000,5": 1000.5},
    **{"1,000.5": 1000.5, "1'000": 1000, "1’000": 1000, "1_000": 1000, "1\u202f000": 1000, "10^7": 1e7},
    **{"10^-3": 1e-3, "1×10⁻³": 1e-3, "10⁻³": 1e-3, "2 · 10^3": 2000, "10**-3": 1e-3, "½": 0.5, "3⁄4": 0.75},
    **{"3÷4": 0.75, "1½": 1.5, "1 1/2": 1.5, "-1½": -1.5, "10%": 0.1, "25 %": 0.25, "25 percent": 0.25},
    **{"≈0.25": 0.25, "~155": 155, "η=0.25": 0.25, "η ≈ 0.25": 0.25, "155 steps": 155, "√2": math.sqrt(2)},
    **{"2^-2": 0.25, "１５５": 155, "＋5": 5, "٠٫٥": 0.5, "०.५": 0.5, "—0.5": -0.5, "‐0.5": -0.5, "- 5": -5},
    **{"1 e3": 1000, "1 E 3": 1000, "\u200e0.25\u200b": 0.25, "0.25;": 0.25, "0.25.": 0.25, "2e2%": 2},
    **{"momentum = 0.9": 0.9, "0.5 of the way": 0.5, "1/1.000.000": 1e-6, "５０％": 0.5, "-2^2": -4},
}
TWO = {
    **{"1,217": (1217, 1.217), "9,380": (9380, 9.38), "9.380": (9.38, 9380), "1.000": (1, 1000)},
    **{"100,000": (1e5, 100), "1,000/4": (250, 0.25), "-1,000": (-1000, -1), "12,345 steps": (12345, 12.345)},
}
NONE = {
    "3/0": "3/0 is no number: nothing can be divided by 0.",
    "0/0": "0/0 is no number: nothing can be divided by 0.",
    "1e400": "1e400 is too large or too small for a computer's number.",
    "1e-400": "1e-400 is too large or too small for a computer's number.",
    "9" * 60 + "^9": "999999999999999999999999… is too large or too small",
    "": "There is nothing to read: write one such as 0.25, 1e-3 or 3/4.",
    "\u200b \n": "There is nothing to read",
    "5 million": "“5 million”: write the number in digits.",
    "2 k": "“2 k”: write the number in digits.",
    "1" * (LONGEST + 1): "That is too long for a number",
} | dict.fromkeys(
    [
        *"abc NaN Infinity -inf 0x10 0b11 --5 +-5 1/2/3 0.25! 3x 1,2,3 1.2.3 1,00,000 1e e3 % √ ^2 2^ *".split(),
        *"1*2*3 0,000,000 1__000 [1] <b>1</b> 1;2 ½½ none true 1-2 0.1+0.2 𝟙/0x".split(),
        *("0.2 5", "1 2", "12 34", "5 6 steps", "3 of 4"),
    ],
    "is no number: write one such as 0.25, 1e-3 or 3/4.",
)
ALPHABET = "0123456789" * 3 + "...,,,  ''__//**^^eE--++−×⁻³½⅔√%٠५≈~=η\u200e\u00a0abk;"


def random_forms(count: int) -> list[str]:
    """Texts that are nearly numbers: of the forms above, two cut and joined or a sign changed; and of any signs."""
    draw = random.Random(0)
    known = [text for text in (*ONE, *TWO, *NONE) if 0 < len(text) < 30]
    found = []
    while len(found) < count:
        text, other = draw.choice(known), draw.choice(known)
        kind, at = draw.randrange(4), draw.randrange(len(text))
        if kind == 0:
            text = text[:at] + other[draw.randrange(len(other)) :]
        elif kind == 1:
            text = text[:at] + draw.choice(ALPHABET) + text[at + 1 :]
        elif kind == 2:
            text = text[:at] + text[at + 1 :]
        else:
            text = "".join(draw.choices(ALPHABET, k=draw.randrange(1, 12)))
        found.append(text)
    return found


@pytest.mark.parametrize(("text", "value"), ONE.items())
def test_what_has_one_meaning_is_read(text, value):
    assert meanings(text).values == pytest.approx((value,), rel=1e-15)


@pytest.mark.parametrize(("text", "values"), TWO.items())
def test_what_has_two_meanings_has_both(text, values):
    assert meanings(text).values == pytest.approx(values, rel=1e-15)
    assert is_double(text, values) == ("," in text)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_number_is_told_why(text):
    assert meanings(text).values == ()
    assert NONE[text] in meanings(text).why


def test_no_text_is_a_sentence():
    with pytest.raises(TypeError, match=r"text must be a str, not float; write for example"):
        meanings(0.25)


def test_the_page_reads_the_same():
    """The forms above and 10,000 random ones, in Node: values, sentences, and what a widget's field takes."""
    texts = [*ONE, *TWO, *NONE, *random_forms(10_000)]
    script = SCRIPT.format(module=json.dumps(MODULE.as_uri()))
    lines = "\n".join(map(json.dumps, texts))
    command = [str(NODE), "--input-type=module", "--eval", script]
    said = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout
    answers = [json.loads(line) for line in said.splitlines()]
    assert len(answers) == len(texts)
    kinds = set()
    for text, (values, why, twice, asked, number) in zip(texts, answers, strict=True):
        here = meanings(text)
        kinds.add(len(here.values))
        assert here.values == pytest.approx(tuple(values), rel=1e-14), text
        assert (here.why, is_double(text, here.values)) == (why, twice), text
        if twice and all(1e-4 < abs(value) < 1e15 for value in values):
            assert [float(word) for word in asked.split(" can be ")[1].split(":")[0].split(" or ")] == (
                pytest.approx(values, rel=1e-14)
            )
        wanted = None if twice or not values else pytest.approx(values[0], rel=1e-14)
        assert number == wanted, text
    assert kinds == {0, 1, 2}


@pytest.mark.parametrize(
    ("answer", "text", "right", "said"),
    [
        (9380, "9,380", True, "Right."),
        (9380, "9.380", True, "Right."),
        (7940, "7 940 steps", True, "Right."),
        (1.217, "1,217", True, "Right."),
        (9380, "1,217", False, "1,217 can be 1217 or 1.217: write one of the two."),
        (0.25, "3/0", False, "3/0 is no number: nothing can be divided by 0."),
        (0.25, "", False, "There is nothing to read: write one such as 0.25, 1e-3 or 3/4."),
        (0.25, "-0.25", False, "sign"),
    ],
)
def test_a_text_is_graded_as_on_the_page(answer, text, right, said):
    number = Number("n", answer, hint="Think.")
    assert number.grade(text)[0] is right
    assert said in number.grade(text)[1]
    assert which("1,217", (1217.0, 1.217)).startswith("1,217 can be 1217")
