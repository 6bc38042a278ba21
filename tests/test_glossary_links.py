"""The glossary: the first use of a term in a chapter becomes a link; headings, code and formulas stay as they are."""

from __future__ import annotations

import html
import re
from pathlib import Path

import book
import glossary_links
import pytest
from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Parser
from docutils.utils import new_document
from patience import PATIENCE, SETTLED
from site_pages import AXE, PHONE, WIDE
from sphinx import addnodes
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


def test_a_folded_box_keeps_its_words():
    boxes = ".. admonition:: You can\n   :class: {}\n\n   Set the rate.\n\nThe rate it is."
    assert [link[2] for link in linked(boxes.format("dropdown"))] == ["The [rate] it is."]
    assert [link[2] for link in linked(boxes.format("history"))] == ["Set the [rate]."]
    alone = ".. admonition:: You can\n   :class: dropdown\n\n   Set the rate.\n\nNothing else."
    assert [link[2] for link in linked(alone)] == ["Set the [rate]."]


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


def test_a_meaning_is_the_beginning_of_its_definition():
    """Whole sentences, at most 200 characters; formulas and works as text."""
    document = new_document("page.rst", get_default_settings(Parser))
    definition = nodes.definition("", nodes.paragraph("", "A ball, "))
    definition[0] += [nodes.math("", r"\mu"), nodes.Text(",\nafter "), nodes.inline("", "polyak1964")]
    xref = addnodes.pending_xref("", definition[0].pop())
    definition[0] += [xref, nodes.Text(". It rolls.")]
    item = nodes.definition_list_item("", nodes.term("", "ball", ids=["term-ball"]), definition)
    document += addnodes.glossary("", nodes.definition_list("", item))
    meanings = glossary_links.meanings_of(document, lambda tex: {r"\mu": "μ"}[tex])
    assert meanings == {"term-ball": "A ball, μ, after Polyak (1964). It rolls."}
    long = "Word " * 30 + "end."
    assert glossary_links.beginning(f"{long} {long}") == long
    assert glossary_links.beginning(f"{long} Short.") == f"{long} Short."
    cut = glossary_links.beginning("word, " * 50)
    assert cut.endswith("word …") and 180 < len(cut) <= 200


# ---------------------------------------------------------------- the built site

TERM = re.compile(r'<a class="[^"]*sgd-term[^"]*" href="([^"#]*)#([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


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


def test_every_link_holds_a_meaning(chapters):
    for name, page in chapters.items():
        tags = re.findall(r'<a class="[^"]*sgd-term[^>]*>', page)
        for tag in tags:
            meaning = html.unescape(re.search(r'data-meaning="([^"]+)"', tag)[1])
            assert 20 < len(meaning) <= 200, f"{name}: {meaning}"
            assert not re.search(r"[\\${}]|polyak", meaning), f"{name}: {meaning}"


# ---------------------------------------------------------------- meanings in place


@pytest.fixture(scope="module")
def visits(browser, site):
    """A tab with a mouse and one on a small phone, on a chapter opened from disk."""
    opened = {}
    for kind, options in {
        "mouse": {"viewport": WIDE},
        "finger": {"viewport": PHONE | {"width": 320}, "has_touch": True, "is_mobile": True},
    }.items():
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        opened[kind] = context.new_page()
    yield opened
    for page in opened.values():
        page.context.close()


def chapter(visits, site, kind: str):
    """The chapter as it comes, its first term, and the box of meanings."""
    page = visits[kind]
    page.goto((site / "chapters" / "momentum.html").resolve().as_uri())
    page.evaluate(SETTLED)
    page.bring_to_front()
    return page, page.locator("a.sgd-term").first, page.locator(".sgd-meaning")


def test_a_meaning_is_shown_under_the_mouse(visits, site):
    """It stays while the mouse is on it, goes with Escape and when the mouse goes; and is not printed."""
    page, term, box = chapter(visits, site, "mouse")
    term.hover()
    box.wait_for()
    assert box.inner_text() == term.get_attribute("data-meaning")
    assert box.get_attribute("role") == "tooltip"
    assert term.get_attribute("aria-describedby") == box.get_attribute("id")
    under, place = term.bounding_box(), box.bounding_box()
    assert 0 <= place["y"] - under["y"] - under["height"] < 12
    box.hover()
    page.wait_for_timeout(600)  # longer than what is left is kept
    assert box.is_visible()
    page.emulate_media(media="print")
    assert not box.is_visible()
    page.emulate_media(media="screen")
    page.keyboard.press("Escape")
    assert not box.is_visible()
    term.hover()
    box.wait_for()
    page.mouse.move(0, 0)
    box.wait_for(state="hidden")
    assert term.get_attribute("aria-describedby") is None


def test_a_meaning_is_shown_in_the_focus(visits, site):
    page, term, box = chapter(visits, site, "mouse")
    term.focus()
    assert box.is_visible()
    page.keyboard.press("Escape")
    assert not box.is_visible()
    term.blur()
    term.focus()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run('.sgd-meaning', { preload: false, resultTypes: ['violations'] })")
    assert [rule["id"] for rule in found["violations"]] == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossary.html#*")


def test_a_first_tap_shows_a_meaning_and_a_second_leads_to_it(visits, site):
    """On the smallest of phones, for every term of the page inside the screen."""
    page, term, box = chapter(visits, site, "finger")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide == 320
    for each in page.locator("a.sgd-term:visible").all()[:8]:
        each.tap()
        assert box.inner_text() == each.get_attribute("data-meaning")
        place = box.bounding_box()
        assert place["x"] >= 0 and place["x"] + place["width"] <= 320
        assert page.evaluate("document.documentElement.scrollWidth") == wide
        box.tap()  # out of the way
        assert not box.is_visible()
    term.tap()
    page.locator("h1").first.tap()
    assert not box.is_visible()
    term.tap()
    assert page.url.endswith("momentum.html")
    term.tap()
    page.wait_for_url("**/glossary.html#*")
