"""The glossary: the first use of a term in a chapter becomes a link; headings, code and formulas stay as they are."""

from __future__ import annotations

import re
from pathlib import Path

import book
import glossary_links
import pytest
from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Parser
from docutils.utils import new_document
from sphinx_external_toc.parsing import parse_toc_yaml

TOC = Path(__file__).resolve().parent.parent / "_toc.yml"
ENTRIES = {
    "learning rate": "term-learning-rate",
    "rate": "term-rate",
    "batch": "term-batch",
    "mini-batch": "term-batch",
    "converge": "term-converge",
}


def linked(rst: str, entries=None) -> list[tuple[str, str, str]]:
    """(entry, words, the text around it with the words in brackets) of each link in a page."""
    document = new_document("page.rst", get_default_settings(Parser))
    Parser().parse(rst, document)
    for box in document.findall(nodes.container):  # reStructuredText has no underscores in classes
        box["classes"] = [name.replace("-", "_") for name in box["classes"]]
    found = glossary_links.link_first_uses(
        document,
        ENTRIES if entries is None else entries,
        lambda entry, words: nodes.reference(
            "", words, refuri=f"glossary.html#{entry}", classes=["sgd-term"]
        ),
    )
    links = [ref for ref in document.findall(nodes.reference) if "sgd-term" in ref["classes"]]
    ids = [ref["refuri"].split("#")[1] for ref in links]
    assert found == ids
    return [
        (entry, ref.astext(), ref.parent.astext().replace(ref.astext(), f"[{ref.astext()}]", 1))
        for entry, ref in zip(ids, links, strict=True)
    ]


def test_the_first_use_is_linked_and_only_that():
    (only,) = linked("A learning rate.\n\nThe learning rate again.")
    assert only == ("term-learning-rate", "learning rate", "A [learning rate].")


def test_nothing_is_lost():
    text = "Say rate, learning rate, batch, and no more."
    document = new_document("page.rst", get_default_settings(Parser))
    Parser().parse(text, document)
    glossary_links.link_first_uses(document, ENTRIES, lambda entry, words: nodes.reference("", words))
    assert document.astext() == text


def test_the_longest_term_wins():
    assert [link[:2] for link in linked("The learning rate sets the rate.")] == [
        ("term-learning-rate", "learning rate"),
        ("term-rate", "rate"),
    ]
    # A second "learning rate" is no first "rate".
    assert [link[0] for link in linked("A learning rate. The learning rate.")] == ["term-learning-rate"]


def test_synonyms_share_one_link():
    assert [link[1] for link in linked("A mini-batch is a batch.")] == ["mini-batch"]


@pytest.mark.parametrize("words", ["batches", "Batch", "BATCH", "converges", "converged", "mini-batches"])
def test_forms_of_a_word(words):
    assert [link[1] for link in linked(f"Some {words} here.")] == [words]


@pytest.mark.parametrize(
    "words", ["rated", "rather", "crates", "a learning-rate", "rate-limited", "converging"]
)
def test_other_words_are_left(words):
    assert [link for link in linked(f"Some {words} here.") if link[1] != "rated"] == []


def test_a_line_break_is_a_space():
    ((entry, words, _),) = linked("The learning\nrate is small.")
    assert (entry, words.split()) == ("term-learning-rate", ["learning", "rate"])


@pytest.mark.parametrize(
    "rst",
    [
        "The batch\n=========\n",
        "``batch``",
        "::\n\n    batch\n",
        ":math:`batch`",
        ".. math:: batch\n",
        "`a batch <https://example.org>`_",
        "batch\n    is what is defined here\n",
        ".. container:: cell_output\n\n   batch\n",
        ".. container:: cell_input\n\n   batch\n",
        ".. batch\n",
        ".. image:: x.png\n   :alt: batch\n",
    ],
    ids=["heading", "code", "block", "math", "equation", "link", "term", "output", "input", "comment", "alt"],
)
def test_skips_what_is_no_prose(rst):
    assert linked(rst) == []
    # The next use, in a sentence, is then the first.
    assert [link[2] for link in linked(rst + "\n\nIn prose a batch.")] == ["In prose a [batch]."]


def test_strong_and_emphasis_are_prose():
    assert [link[1] for link in linked("The **batch** and the *learning rate*.")] == [
        "batch",
        "learning rate",
    ]


def test_without_terms_nothing_happens():
    assert linked("A batch.", entries={}) == []


# ---------------------------------------------------------------- the built site

TERM = re.compile(r'<a class="[^"]*sgd-term[^"]*" href="([^"#]*)#([^"]*)">(.*?)</a>', re.DOTALL)


@pytest.fixture(scope="module")
def chapters(site) -> dict[str, str]:
    """The pages of the numbered part, by name."""
    pages = [site / f"{name}.html" for name in book.chapters(parse_toc_yaml(TOC))]
    return {page.stem: page.read_text(encoding="utf-8") for page in pages}


def test_every_chapter_leads_to_the_glossary(site, chapters):
    glossary = (site / "chapters" / "glossary.html").read_text(encoding="utf-8")
    assert chapters
    for name, page in chapters.items():
        links = TERM.findall(page)
        assert links, f"{name} uses no word of the glossary"
        ids = [anchor for _, anchor, _ in links]
        assert len(set(ids)) == len(ids), f"{name} links a term twice"
        for target, anchor, words in links:
            assert target == "glossary.html"
            assert f'id="{anchor}"' in glossary, f"{name} links {words} to {anchor}, which is not there"


def test_headings_code_and_outputs_hold_no_term_links(chapters):
    for name, page in chapters.items():
        for tag in ("h1", "h2", "h3", "pre", "svg", "code"):
            for inside in re.findall(rf"<{tag}[ >].*?</{tag}>", page, re.DOTALL):
                assert "sgd-term" not in inside, f"{name} links in a <{tag}>: {inside[:200]}"


def test_a_link_opens_its_entry(site, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((site / "chapters" / "gradient-descent.html").resolve().as_uri())
    page.locator("a.sgd-term", has_text="condition number").click()
    page.wait_for_url("**/glossary.html#*")
    assert page.locator("dt:target").inner_text().startswith("condition number")
    assert page.locator("dt:target").is_visible()
    page.close()


def test_every_entry_is_a_word_of_the_chapters(site, chapters):
    """A word that no chapter uses has no place in the glossary; one with a formula in it is looked up only."""
    glossary = (site / "chapters" / "glossary.html").read_text(encoding="utf-8")
    body = glossary[glossary.index('class="simple glossary"') :]
    entries = re.findall(r'((?:<dt id="[^"]*">.*?</dt>)+)<dd>', body, re.DOTALL)
    linked_ids = {anchor for page in chapters.values() for _, anchor, _ in TERM.findall(page)}
    unused = [
        re.sub(r"<[^>]+>", "", entry)
        for entry in entries
        if not linked_ids & set(re.findall(r'<dt id="([^"]*)"', entry)) and "math" not in entry
    ]
    assert len(entries) > 30
    assert unused == []
