"""Real PDFs, as a printer would get them: nothing to press, nothing torn in two, no page half empty at the start."""

from __future__ import annotations

import io
import re
import unicodedata

import pytest
from patience import PATIENCE, SETTLED
from pypdf import PdfReader

PRINTED = ["momentum", "keras", "bibliography"]
PIECES = (
    "figure, .sgd-claim, .sgd-live-widget, .sgd-quiz, .sgd-field, .cell_input, div.math, article tr, "
    ".admonition, .citation"
)
CONTROLS = (
    "button, select, summary:not(.sgd-choice > summary), input[type=range], input[type=number], input[type=checkbox], "
    "input[type=search], .headerlink, .btn-rocket, nav, dialog"
)

# In the page: a word without room at the top and at the end of each piece, to be found again on a page of the PDF.
MARK = """(pieces) => [...document.querySelectorAll(pieces)].map((piece, number) => {
    const mark = (end, side) => {
        const word = document.createElement("span");
        word.textContent = `QZ${number}${end}QZ`;
        word.style.cssText = `position:absolute;${side}:0;left:0;font:1px monospace;white-space:nowrap`;
        (piece.matches("tr") ? piece.cells[0] : piece).append(word);
    };
    piece.style.position = "relative";
    if (piece.matches("tr")) piece.cells[0].style.position = "relative";
    mark("A", "top");
    mark("Z", "bottom");
    return `${piece.className || piece.tagName}: ${piece.textContent.trim().slice(0, 60)}`;
})"""


class Printed:
    """A page of the book and its PDF: the text of each sheet, and how far down the first one is filled."""

    def __init__(self, page):
        self.page = page
        self.pieces = page.evaluate(MARK, PIECES)
        page.emulate_media(media="print")
        self.controls = page.evaluate(
            """(controls) => [...document.querySelectorAll(controls)]
                // what is folded is open on paper, under its words
                .filter((each) => each.checkVisibility())
                .filter((each) => !each.matches(":is(.sgd-why, .sgd-claim-evidence) > summary"))
                .map((each) => each.outerHTML.slice(0, 120))""",
            CONTROLS,
        )
        page.emulate_media(media="null")
        self.words = page.evaluate(
            """() => [...document.querySelectorAll("article button, summary > .admonition-title")]
                .map((each) => each.textContent.trim()).filter((words) => words.length > 3)"""
        )
        sheets = PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
        heights = []
        sheets[0].extract_text(
            visitor_text=lambda text, at, matrix, *_: heights.append(
                (matrix[5] * at[3] + at[5]) if text.strip() else None
            )
        )
        lowest = min(height for height in heights if height is not None)
        self.filled = 1 - lowest / float(sheets[0].mediabox.height)
        # A PDF writes the letters fi as one sign.
        self.sheets = [unicodedata.normalize("NFKC", sheet.extract_text()) for sheet in sheets]

    def sheet_of(self, word: str) -> list[int]:
        return [number for number, text in enumerate(self.sheets) if word in text]


@pytest.fixture(scope="module", params=PRINTED)
def printed(request, browser, roots):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(roots["file"] + f"chapters/{request.param}.html")
    page.evaluate(SETTLED)
    yield Printed(page)
    context.close()


def test_no_control_is_printed(printed):
    assert printed.controls == []
    lines = {line.strip() for text in printed.sheets for line in text.splitlines()}
    assert [words for words in printed.words if words in lines] == []


def test_no_piece_is_torn(printed):
    """Its first and its last line are on one sheet; a piece that is not printed has neither."""
    places = [
        (printed.sheet_of(f"QZ{n}AQZ"), printed.sheet_of(f"QZ{n}ZQZ")) for n in range(len(printed.pieces))
    ]
    assert sum(len(top) == 1 for top, _ in places) > 0.6 * len(places) > 10
    torn = [
        (piece, *place) for piece, place in zip(printed.pieces, places, strict=True) if place[0] != place[1]
    ]
    assert torn == []


def test_the_first_sheet_is_full(printed):
    assert printed.filled > 0.7


def test_the_text_is_there(printed):
    """Every paragraph begins on some sheet, on no more sheets than it needs."""
    squeezed = re.sub(r"\s", "", "".join(printed.sheets))
    firsts = printed.page.evaluate(
        """() => [...document.querySelectorAll("article section > p, .sgd-claim-title, .sgd-verdict")]
            .map((each) => each.firstChild?.nodeType === 3 ? each.firstChild.data : "")"""
    )
    said = [
        re.sub(r"\s", "", unicodedata.normalize("NFKC", words))[:40] for words in firsts if len(words) > 20
    ]
    assert said and [words for words in said if words not in squeezed] == []


def test_addresses_stand_in_the_bibliography_only(printed):
    text = re.sub(r"\s", "", "".join(printed.sheets))
    if "bibliography" in printed.page.url:
        assert "doi:10.1109/ICASSP.2013.6639349(https://doi.org/10.1109/ICASSP.2013.6639349)" in text
        assert text.count("https://keras.io/api/optimizers/sgd/") == 1, "an address is printed once"
    else:
        assert "https://" not in text
