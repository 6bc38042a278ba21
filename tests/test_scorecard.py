"""The scorecard: read off the chapters' claim boxes, complete, of one mind, and every link leads to a proof."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
import scorecard
from patience import PATIENCE, SETTLED

from sgdlib.claims import CLAIMS, claim

ROOT = Path(__file__).resolve().parent.parent
FINDING = "it takes 20 steps, and 0.5 < 1"


def notebook(*boxes, title="A chapter", tags=()):
    """A notebook with a cell for each claim box."""
    cells = [
        {"cell_type": "markdown", "id": "title", "metadata": {}, "source": [f"# {title}\n", "\n", "Text."]}
    ]
    for k, box in enumerate(boxes):
        shown = {
            "output_type": "execute_result",
            "execution_count": k + 1,
            "metadata": {},
            "data": {"text/html": box._repr_html_().splitlines(keepends=True), "text/plain": [repr(box)]},
        }
        cells.append(
            {
                "cell_type": "code",
                "id": f"cell-{k}",
                "metadata": {"tags": list(tags)},
                "execution_count": k + 1,
                "source": "claim(...)",
                "outputs": [shown],
            }
        )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def found(number, verdict="true", finding=FINDING):
    return claim(number, verdict, finding, holds=True)


def all_boxes(page="a", verdict="true", without=()):
    boxes = [found(number, verdict) for number in CLAIMS if number not in without]
    return scorecard.notebook_boxes(notebook(*boxes), page)


# ---------------------------------------------------------------- reading the notebooks


def test_reads_number_verdict_and_finding():
    (box,) = scorecard.notebook_boxes(notebook(found(7, "imprecise"), title="Down: one number"), "chapters/a")
    assert box == (7, "imprecise", "It takes 20 steps, and 0.5 < 1.", "chapters/a", "Down: one number")


def test_reads_several_boxes_of_one_output():
    both = notebook(found(3), found(4, "false"))
    first, second = (cell["outputs"][0]["data"]["text/html"] for cell in both["cells"][1:])
    first += second
    assert [box[:2] for box in scorecard.notebook_boxes(both, "a")][:2] == [(3, "true"), (4, "false")]


@pytest.mark.parametrize("tag", ["remove-cell", "remove-output"])
def test_a_box_that_the_page_does_not_show_proves_nothing(tag):
    assert scorecard.notebook_boxes(notebook(found(7), tags=[tag]), "a") == []


def test_words_about_a_claim_are_no_box():
    words = notebook()
    words["cells"].append({"cell_type": "markdown", "metadata": {}, "source": found(7)._repr_html_()})
    assert scorecard.notebook_boxes(words, "a") == []


# ---------------------------------------------------------------- complaining


def test_a_whole_book_has_no_complaint():
    assert scorecard.complaints(all_boxes()) == []
    # The same claim, proved a second time with the same verdict, is welcome.
    again = scorecard.notebook_boxes(notebook(found(5, finding="0.25 of it")), "b")
    assert scorecard.complaints(all_boxes() + again) == []


def test_a_missing_claim_is_named():
    (sentence,) = scorecard.complaints(all_boxes(without=[11]))
    assert sentence.startswith(
        "no cell of the chapters in _toc.yml proves claim 11: end a cell with claim(11,"
    )
    (sentence,) = scorecard.complaints(all_boxes(without=[4, 21]))
    assert "proves claims 4, 21: " in sentence


def test_one_claim_has_one_verdict():
    other = scorecard.notebook_boxes(notebook(found(8, "false")), "b")
    (sentence,) = scorecard.complaints(all_boxes() + other)
    assert sentence == "claim 8 is found true in a and false in b: one claim has one verdict."


def test_a_page_shows_a_claim_once():
    (sentence,) = scorecard.complaints([*all_boxes(), all_boxes()[0]])
    assert sentence == "a shows claim 1 2 times: a link can lead to one only."


def test_an_unknown_claim_is_caught():
    stranger = scorecard.Box(22, "true", FINDING, "b", "B")
    (sentence,) = scorecard.complaints([*all_boxes(), stranger])
    assert sentence == "b shows a claim 22, which the course does not have."


def test_summary_counts_claims_not_boxes():
    boxes = [*all_boxes(), *all_boxes(page="b")]
    assert scorecard.summary_of(boxes) == "Of the 21 claims the course finds 21 true."
    boxes = [*all_boxes(without=[2, 3]), *scorecard.notebook_boxes(notebook(found(2, "false")), "b")]
    assert scorecard.summary_of(boxes) == "Of the 21 claims the course finds 19 true and 1 false."


# ---------------------------------------------------------------- a book in small


def build(folder: Path, chapters: dict[str, dict], text="```{scorecard}\n```\n\nSee {claim}`7`.\n"):
    """Build a book of these notebooks and a scorecard, warnings being errors; return exit code, words, page."""
    conf = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'chapters' / '_ext')!r})\n"
        "extensions = ['myst_nb', 'sphinx_external_toc', 'scorecard']\n"
        "exclude_patterns = ['out', 'jupyter_execute']\nnb_execution_mode = 'off'\nhtml_theme = 'basic'\n"
    )
    folder.mkdir(exist_ok=True)
    (folder / "conf.py").write_text(conf)
    items = "".join(f"- file: {name}\n" for name in [*chapters, "card"])
    (folder / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{items}")
    (folder / "index.md").write_text("# Book\n")
    (folder / "card.md").write_text(f"# Scorecard\n\n{text}")
    for name, content in chapters.items():
        (folder / f"{name}.ipynb").write_text(json.dumps(content))
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", ".", "out"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    page = folder / "out" / "card.html"
    return done.returncode, done.stderr, page.read_text(encoding="utf-8") if page.is_file() else ""


def test_the_build_follows_the_boxes(tmp_path):
    one = notebook(*(found(n) for n in CLAIMS if n != 11), title="One")
    two = notebook(found(7, finding="0.25 of it"), found(11, "outdated"), title="Two")
    code, said, page = build(tmp_path, {"one": one, "two": two})
    assert code == 0, said
    assert page.count("<tr") == len(CLAIMS) + 1
    for number in CLAIMS:
        where = "two" if number == 11 else "one"
        assert f'href="{where}.html#claim-{number}"' in page
    row = page[page.index('id="scorecard-7"') : page.index('id="scorecard-8"')]
    assert row.index("one.html#claim-7") < row.index("two.html#claim-7") and "0.25 of it" in row.lower()
    assert '<a class="reference internal" href="one.html#claim-7">claim 7</a>' in page[page.rindex("See ") :]

    # The page depends on the notebooks: built again after a change, it says the new thing.
    two = notebook(found(11, "outdated", "0.125 of it"), title="Two")
    code, said, page = build(tmp_path, {"one": one, "two": two})
    assert code == 0, said
    assert "0.125 of it" in page.lower() and "0.25 of it" not in page.lower()


def test_the_build_fails_without_a_proof(tmp_path):
    one = notebook(*(found(n) for n in CLAIMS if n not in (7, 11)))
    code, said, _ = build(tmp_path, {"one": one})
    assert code != 0
    assert "card.md:3: WARNING: no cell of the chapters in _toc.yml proves claims 7, 11: " in said
    assert "card.md:6: WARNING: no cell proves claim 7." in said


# ---------------------------------------------------------------- the built site


@pytest.fixture(scope="module")
def rows(site):
    """The rows of the page: number -> HTML."""
    page = (site / "chapters" / "scorecard.html").read_text(encoding="utf-8")
    parts = re.split(r'<tr[^>]*id="scorecard-(\d+)"[^>]*>', page)[1:]
    return {int(number): html.split("</tr>")[0] for number, html in zip(parts[::2], parts[1::2], strict=True)}


def test_every_claim_has_a_row(rows):
    assert list(rows) == list(CLAIMS)


@pytest.mark.parametrize("number", CLAIMS)
def test_links_lead_to_the_proof(site, rows, number):
    links = re.findall(r'href="([^"#]+)#([^"]+)"', rows[number])
    assert links, f"claim {number} links to no proof"
    verdict = re.search(r'sgd-claim-verdict">([^<]*)<', rows[number])[1]
    for target, anchor in links:
        page = (site / "chapters" / unquote(target)).read_text(encoding="utf-8")
        assert anchor == f"claim-{number}"
        assert page.count(f'id="{anchor}"') == 1
        box = page[page.index(f'id="{anchor}"') :]
        assert f'data-verdict="{verdict.lower()}"' in box[: box.index(">")]


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)], ids=["wide", "phone"])
def test_a_click_shows_the_box_and_the_cell(site, browser, size):
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    page.goto((site / "chapters" / "scorecard.html").resolve().as_uri())
    link = page.locator("#scorecard-7 a").first
    assert link.is_visible()
    link.click()
    page.wait_for_url("**#claim-7")
    page.evaluate(SETTLED)
    # the box in the window, and the cell that proves it still in sight above
    page.wait_for_function(
        """() => {
            const box = document.querySelector("#claim-7"), top = box.getBoundingClientRect().top;
            const cell = box.closest("div.cell").querySelector("div.cell_input");
            return 0 < top && top < innerHeight - 100 && cell.getBoundingClientRect().bottom > 120;
        }""",
        timeout=PATIENCE,
    )
    page.close()


def test_the_table_is_cards_on_a_phone(site, browser):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto((site / "chapters" / "scorecard.html").resolve().as_uri())
    narrow = page.evaluate(
        """() => [...document.querySelectorAll(".sgd-scorecard tbody :is(th, td)")]
            .filter((cell) => cell.getBoundingClientRect().width < 280).length"""
    )
    heads = page.locator(".sgd-scorecard thead th").count(), page.locator(".sgd-scorecard tbody th").count()
    page.close()
    assert narrow == 0
    assert heads == (3, len(CLAIMS))
