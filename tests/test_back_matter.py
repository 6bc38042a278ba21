"""Questions, cheat sheet and links between pages: complete, right by the numbers, printable on one sheet."""

from __future__ import annotations

import html
import inspect
import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
import scorecard
from answers import answers, is_printed, links, printed_in, worths
from patience import SETTLED

CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"
BACK_MATTER = ("scorecard", "questions", "cheat-sheet", "glossary", "notation")

# What people really ask, by words that stand in the heading.
ASKED = {
    "Keras' Nesterov wrong": "applied twice",
    "no $(1-\\beta)$": "",
    "PyTorch's momentum wrong": "",
    "`lr=` ignored": "",
    "batch larger than 1": "still SGD",
    "rescale the velocity": "",
    "0.9 to 0.99": "by 10 or by 100",
    "largest possible update": "",
    "most friction or the least": "",
    "change the momentum in the middle": "",
    "`fit()` reset the velocity": "",
    "NaN at a high learning rate": "",
    "`weight_decay` the new name of `decay`": "",
    "Batch size or learning rate": "",
    "momentum reduce SGD's noise": "",
}


def chapter_text(name: str) -> str:
    """What a chapter says: its prose and code, and what its cells printed, without the drawings."""
    notebook = json.loads((CHAPTERS / f"{name}.ipynb").read_text(encoding="utf-8"))
    said = []
    for cell in notebook["cells"]:
        said.append("".join(cell["source"]))
        for output in cell.get("outputs", []):
            said.append("".join(output.get("text", "")))
            said.append("".join(output.get("data", {}).get("text/plain", "")))
    return "\n".join(said)


def numbers(text: str) -> set[str]:
    """The numbers of a text that no reader can check in the head: decimals, and three digits or more."""
    text = re.sub(r"\]\([^)]*\)|\{claim\}`\d+`", "", text).replace("{,}", ",")
    found = re.findall(r"(?<![\w.])\d[\d,]*\.\d+|(?<![\w.,])\d[\d,]*\d{2}(?![\d.])", text)
    return {number.replace(",", "") for number in found}


# ---------------------------------------------------------------- questions


@pytest.mark.parametrize("words", ASKED, ids=lambda words: re.sub(r"\W+", "-", words))
def test_it_is_answered(words):
    found = [heading for heading in answers() if words in heading and ASKED[words] in heading]
    assert len(found) == 1, f"no question of chapters/questions.md asks: {words}"


@pytest.mark.parametrize("heading", answers(), ids=lambda heading: re.sub(r"\W+", "-", heading))
def test_an_answer_is_short_and_has_its_proof(heading):
    answer = answers()[heading]
    assert 25 <= len(answer.split()) <= 110
    chapters = re.findall(r"\]\(([\w-]+)\.ipynb#", answer)
    proved = {
        box.page: box for box in every_box() if str(box.number) in re.findall(r"{claim}`(\d+)`", answer)
    }
    assert chapters or proved, "an answer links to what computes it"
    # Every number of an answer comes out of a chapter that it links to.
    known = set()
    for name in [*chapters, *proved]:
        known |= numbers(chapter_text(name))
    values = {float(number) for number in known}
    missing = [number for number in numbers(answer) if float(number) not in values]
    assert missing == [], f"{missing} is in none of the chapters that the answer links to"


@pytest.mark.parametrize(
    "heading",
    [heading for heading, answer in answers().items() if is_printed(answer)],
    ids=lambda heading: re.sub(r"\W+", "-", heading),
)
def test_the_cells_print_what_the_answer_says(heading):
    """Every number, those in formulas and of one digit, too, stands in a section that the answer links to."""
    answer = answers()[heading]
    known = set().union(*(worths(printed_in(*link)) for link in links(answer)))
    bare = re.sub(r"`[^`\n]*`|\]\([^)\n]*\)|\{claim\}`\d+`", " ", answer)
    missing = worths(bare) - known
    assert not missing, f"{sorted(missing)} is printed by no cell that the answer links to"


def test_binder_takes_the_python_that_make_asks_for():
    """Binder reads runtime.txt, as chapters/classroom.md says; make and pip have a line of their own."""
    root = CHAPTERS.parent
    makefile, project = ((root / name).read_text(encoding="utf-8") for name in ("Makefile", "pyproject.toml"))
    major, minor = re.search(r"sys\.version_info < \((\d+), (\d+)\)", makefile).groups()
    assert (root / "runtime.txt").read_text(encoding="utf-8").strip() == f"python-{major}.{minor}"
    assert f'requires-python = ">={major}.{minor}"' in project
    assert "`runtime.txt`" in (CHAPTERS / "classroom.md").read_text(encoding="utf-8")


def every_box() -> list[scorecard.Box]:
    return [
        box
        for path in sorted(CHAPTERS.glob("*.ipynb"))
        for box in scorecard.notebook_boxes(json.loads(path.read_text(encoding="utf-8")), path.stem)
    ]


def test_numbers_are_found():
    assert numbers("at $\\eta = 0.01$, 1,246 or 55 steps, 0.910; κ = 100, [x](a.ipynb#b-200)") == {
        "0.01",
        "1246",
        "0.910",
        "100",
    }


# ---------------------------------------------------------------- links


@pytest.mark.parametrize("name", BACK_MATTER)
def test_links_lead_to_an_existing_place(site, name):
    page = (site / "chapters" / f"{name}.html").read_text(encoding="utf-8")
    article = page[page.index("<article") : page.index("</article>")]
    links = re.findall(r'<a [^>]*href="([^":#]*)#([^"]+)"', article)
    assert links
    for target, anchor in links:
        path = (
            site / "chapters" / unquote(html.unescape(target))
            if target
            else site / "chapters" / f"{name}.html"
        )
        there = path.resolve().read_text(encoding="utf-8")
        assert f'id="{html.unescape(anchor)}"' in there, f"{name} links to {target}#{anchor}"


# ---------------------------------------------------------------- the cheat sheet

SHEET = (CHAPTERS / "cheat-sheet.md").read_text(encoding="utf-8")


# Keras 3.15 hands its variables to NumPy in a way that NumPy 2 deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_keras_lines_run(keras):
    (code,) = re.findall(r"```python\n(.*?)```", SHEET, re.DOTALL)
    names = {"model": keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]), "print": lambda *_: None}
    exec(code, names)
    said = names["optimizer"].get_config()
    assert (round(said["learning_rate"], 6), said["momentum"], said["nesterov"]) == (0.001, 0.9, True)
    plain = keras.optimizers.SGD().get_config()
    assert (round(plain["learning_rate"], 6), plain["momentum"]) == (0.01, 0.0)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_keras_traps_are_traps(keras):
    """What the sheet says of Keras in words."""
    (default,) = re.findall(r"`compile\(\)` without an optimizer takes `(\w+)`", SHEET)
    assert default == inspect.signature(keras.Model.compile).parameters["optimizer"].default
    (refused,) = re.findall(r"Integers are refused: write (.+)\.$", SHEET, re.MULTILINE)
    for name, value in re.findall(r"`(\w+)=([\d.]+)`", refused):
        keras.optimizers.SGD(**{name: float(value)})
        with pytest.raises(ValueError):
            keras.optimizers.SGD(**{name: int(float(value))})
    assert "`lr=` is an error; `decay=` is ignored." in SHEET
    with pytest.raises(ValueError, match="lr"):
        keras.optimizers.SGD(lr=0.001)
    with pytest.warns(UserWarning, match="decay"):
        keras.optimizers.SGD(decay=0.1)
    assert "# not a schedule's" in SHEET
    planned = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 100))
    with pytest.raises(TypeError):
        planned.learning_rate = 0.001


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_it_prints_on_one_sheet(site, browser, paper):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((site / "chapters" / "cheat-sheet.html").resolve().as_uri())
    page.evaluate(SETTLED)
    pdf = page.pdf(format=paper)
    page.emulate_media(media="print")
    size = page.evaluate(
        "() => Math.min(...[...document.querySelectorAll('#cheat-sheet :is(p, li, td, pre)')]"
        ".map((element) => parseFloat(getComputedStyle(element).fontSize)))"
    )
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    assert size * 72 / 96 >= 8, "the print is too small to read"
