"""How long a chapter takes: what is counted, and that every page says the same."""

from __future__ import annotations

import re

import book
import pytest
import times
from docutils import nodes
from site_pages import SITE
from sphinx_external_toc.parsing import parse_toc_yaml
from times import Amount
from tracks import why, why_words

PAGES = parse_toc_yaml(SITE.parent.parent / "_toc.yml")


def section(name: str, *content: nodes.Node) -> nodes.section:
    """A section with a title of one word."""
    return nodes.section("", nodes.title("", "Title"), *content, ids=[name])


def raw(html: str) -> nodes.raw:
    return nodes.raw("", html, format="html")


def test_what_is_counted():
    """Running text, figures and exercises; each once, and on the short track only what is on it."""
    picture = '<figure class="sgd-figure"><svg><text>not read</text></svg><figcaption>nor this</figcaption></figure>'
    evidence = '<details class="sgd-claim-evidence"><summary>Where</summary>In 3</details>'
    code = nodes.container("", nodes.literal_block("", "a = b"), classes=["cell_input"])
    page = section(
        "a",
        nodes.paragraph("", "", nodes.Text("Three words, "), nodes.math("", "a + b"), nodes.Text(" four")),
        code,
        nodes.literal_block("", "printed by it"),
        nodes.math_block("", "x = y"),
        nodes.comment("", "not for readers"),
        raw(f"{picture}{picture}"),
        raw(f'<div class="sgd-widget"><script>{{"a": 1}}</script>{picture}</div>'),
        raw('<div class="sgd-widget">all in the script</div>'),
        raw('<div class="sgd-quiz"><p>Which way?</p><svg><text>no</text></svg><p>This one</p></div>'),
        raw(f'<div class="sgd-claim"><p>It holds.</p>{evidence}</div>'),
        why("", why_words("", "Why?"), nodes.paragraph("", "Two words"), raw(picture)),
        section("exercises", nodes.paragraph("", "Do it"), raw('<div class="sgd-exercise"></div>')),
    )
    short = Amount(words=1 + 2 + 1 + 1 + 4 + 2, figures=4)
    assert times.amount(page, short=True) == short
    assert times.amount(page) == short + Amount(words=1 + 2 + 1 + 2 + 3, figures=1, exercises=1)


@pytest.mark.parametrize(
    ("amount", "minutes"),
    [
        (Amount(), 5),
        (Amount(words=2000), 10),
        (Amount(words=2000, figures=2), 15),
        (Amount(words=2000, figures=2, exercises=2), 20),
        (Amount(words=1499), 5),
        (Amount(words=1501), 10),
    ],
)
def test_minutes(amount, minutes):
    assert amount.minutes() == minutes


def test_every_page_says_the_same():
    """At the head of each chapter, in the list on the first page, and in the sentence below it."""
    line = re.compile(
        r'<p class="sgd-times">(?:(\d+) minutes on the short track, )?(\d+) (?:minutes|with everything)\.</p>'
    )
    heads = {}
    for page in book.chapters(PAGES):
        (found,) = line.findall((SITE / f"{page}.html").read_text(encoding="utf-8"))
        heads[page.rpartition("/")[2]] = tuple(int(number or found[1]) for number in found)
    assert all(5 <= short <= all_of_it for short, all_of_it in heads.values())
    first = (SITE / "chapters" / "index.html").read_text(encoding="utf-8")
    listed = re.findall(
        r'<li><p><a [^>]*href="(.*?)\.html".*?class="sgd-time">\s*(\d+) minutes(?:, (\d+) with everything)?\.',
        first,
    )
    assert {name: (int(short), int(more or short)) for name, short, more in listed} == heads
    shorts, wholes = zip(*heads.values(), strict=True)
    said = f"{times.span(shorts)} minutes on the short track, {times.span(wholes)} with everything"
    assert f"A chapter takes {said}." in first
