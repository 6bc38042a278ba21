"""The book as one PDF: how its pages are put together; and, before a release, the print itself."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from types import SimpleNamespace

import pdf
import pytest
import yaml
from bs4 import BeautifulSoup
from patience import PATIENCE
from pypdf import PdfReader
from site_pages import CONTENTS, ROOT

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
NAMES = [path.rpartition("/")[2] for path in CONTENTS]
LINKS = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"')


@pytest.fixture(scope="module")
def book(site):
    """The document that is printed: its text, its contents, the text of each chapter; and the pages it is made of."""
    html, entries = pdf.assembled(site, ROOT / "_toc.yml", CONFIG)
    chapters = dict(re.findall(r'<article [^>]*?style="page: ([^"]+)">(.*?)</article>', html, re.DOTALL))
    pages = {
        name: re.search(
            r'<article class="bd-article">.*?</article>',
            (site / f"{path}.html").read_text("utf-8"),
            re.DOTALL,
        )[0]
        for name, path in zip(NAMES, CONTENTS, strict=True)
    }
    return SimpleNamespace(html=html, entries=entries, chapters=chapters, pages=pages)


def test_every_page_is_a_chapter_in_order(book):
    assert list(book.chapters) == [*NAMES, pdf.SOLUTIONS]
    assert [entry.to for entry in book.entries if entry.to and entry.level < 2] == [*NAMES, pdf.SOLUTIONS]
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    assert [e.title for e in book.entries if not e.to] == [part["caption"] for part in toc["parts"]]


def test_no_name_is_used_twice_and_every_link_leads_somewhere(book):
    names = re.findall(r'\bid="([^"]+)"', book.html)
    assert [name for name, count in Counter(names).items() if count > 1] == []
    links = LINKS.findall(book.html)
    inside = {link[1:] for link in links if link.startswith("#")}
    assert len(inside) > 400 and inside - set(names) == set()
    assert {link.partition(":")[0] for link in links if not link.startswith("#")} == {"https", "tcp"}
    used = re.findall(r'(?:url\(#|<use [^>]*href="#)([^)"]+)', book.html)
    assert used and set(used) - set(names) == set()
    assert set(pdf.PAGE_OF.findall(book.html)) <= inside, (
        "a page number without a link has no place in the PDF"
    )


def test_links_to_other_sites_are_kept(book):
    for name, page in book.pages.items():
        there = [link for link in LINKS.findall(page) if link.startswith("https:")]
        both = LINKS.findall(book.chapters[name]) + LINKS.findall(book.chapters[pdf.SOLUTIONS])
        assert set(there) <= set(both), name


def test_there_is_nothing_to_press_and_nothing_closed(book):
    body = BeautifulSoup(re.sub(r"<svg.*?</svg>", "", book.html, flags=re.DOTALL), "html.parser").body
    assert body.select("script, noscript, button, input, form, template, .headerlink, .sgd-unseen") == []
    assert [box for box in body.select("details") if not box.has_attr("open")] == []
    assert body.select("[data-picture]") == []


def test_answers_and_solutions_stand_at_the_end(book):
    end = book.chapters[pdf.SOLUTIONS]
    everything = "".join(book.pages.values())
    before = "".join(text for name, text in book.chapters.items() if name != pdf.SOLUTIONS)
    for mark, there in (("tag_exercise", "tag_exercise docutils"), ("sgd-quiz", 'class="sgd-quiz"')):
        assert everything.count(there) >= 40, mark
    exercises = len(re.findall(r'<div class="[^"]*tag_exercise', everything))
    quizzes = everything.count('class="sgd-quiz"')
    assert end.count('class="sgd-solution"') == exercises + quizzes
    assert "tag_exercise" not in before and "data-right" not in before
    assert before.count(">Answer on page") == quizzes and before.count(">Solution on page") == exercises
    reasons = re.findall(r'<details class="sgd-choice".*?</summary>\s*<p>(.*?)</p>', everything, re.DOTALL)
    assert len(reasons) > 100
    assert [reason for reason in reasons if reason in before or reason not in end] == []


def test_every_figure_has_a_number_and_a_caption(book):
    for name, page in book.pages.items():
        figures = re.findall(r"<figure.*?</figure>", book.chapters[name], re.DOTALL)
        assert len(figures) == page.count('<figure class="sgd-figure"'), name
        captions = [
            re.search(r"<figcaption><strong>Figure ([\d.]+)\.</strong>\s*(.*?)<", f, re.DOTALL)
            for f in figures
        ]
        assert all(len(caption[2]) > 20 for caption in captions), name
        assert [caption[1].rpartition(".")[2] for caption in captions] == [
            str(n + 1) for n in range(len(figures))
        ]


def test_formulas_are_named_by_their_source(book):
    assert (
        book.html.count('class="katex"')
        == sum(page.count('class="katex"') for page in book.pages.values())
        > 500
    )
    assert r'aria-label="\mu' in book.html and "<math" not in book.html


@pytest.mark.parametrize(
    ("href", "to"),
    [
        ("#a", "sgd--a"),
        ("#top", "sgd"),
        ("race.html", "race"),
        ("race.html#first", "race"),
        ("race.html#widget?momentum=0", "race--widget"),
        ("race.html#caf%C3%A9", "race--caf%C3%A9"),
        ("https://keras.io/#a", ""),
        ("../search.html", None),
        ("../_sources/chapters/race.ipynb", None),
        ("gone.html#a", None),
    ],
)
def test_where_a_link_leads(href, to):
    assert pdf.place(href, "sgd", {"sgd": "top", "race": "first"}) == to


def test_a_page_that_is_missing_is_named(tmp_path):
    with pytest.raises(pdf.CannotPrint, match=r"chapters/index\.html\. Run: make book"):
        pdf.assembled(tmp_path, ROOT / "_toc.yml", CONFIG)


def test_the_first_page_leads_to_the_pdf_when_there_is_one(site):
    page = (site / "chapters" / "index.html").read_text(encoding="utf-8")
    assert (pdf.LINK.search(page) is not None) == (site / pdf.NAME).is_file()
    bare = pdf.LINK.sub("", page)
    once = pdf.linked(bare, 12.1, 390)
    assert once.count(f'href="../{pdf.NAME}"') == 1 and "(PDF, 390 pages, 12 MB)" in once
    assert pdf.linked(once, 12.1, 390) == once and pdf.LINK.sub("", once) == bare
    with pytest.raises(pdf.CannotPrint, match="LINK_AT"):
        pdf.linked("<p>another page</p>", 1, 1)


# ---------------------------------------------------------------- the print


def squeezed(text: str) -> str:
    """Words without room between them; a PDF writes the letters fi as one sign."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


@pytest.fixture(scope="module")
def print_(site, tmp_path_factory):
    """The PDF: its reader, the words of each sheet, and on which sheet, from 1, each name is."""
    pytest.importorskip("pikepdf", reason="pikepdf, of requirements.txt, is not installed")
    file = tmp_path_factory.mktemp("pdf") / pdf.NAME
    pdf.make(site, file)
    reader = PdfReader(file)
    sheets = [squeezed(sheet.extract_text()) for sheet in reader.pages]
    at = {
        name: reader.get_destination_page_number(place) + 1
        for name, place in reader.named_destinations.items()
    }
    return SimpleNamespace(
        file=file, reader=reader, sheets=sheets, at={n.lstrip("/"): k for n, k in at.items()}
    )


@pytest.mark.foreign
class TestPrint:
    def test_it_says_what_it_is_and_is_light(self, print_):
        root, data = print_.reader.trailer["/Root"], print_.reader.metadata
        assert (data.title, data.author) == (CONFIG["title"], CONFIG["author"])
        assert root["/Lang"] == "en" and root["/MarkInfo"]["/Marked"]
        assert print_.file.stat().st_size <= 20e6

    def test_the_outline_is_the_contents(self, print_, book):
        found = []

        def read(items, depth):
            for item in items:
                if isinstance(item, list):
                    read(item, depth + 1)
                else:
                    found.append((depth, item.title, item))

        read(print_.reader.outline, 0)
        depths, inside = [], False
        for entry in book.entries:
            inside = entry.level > 0 and inside if entry.level else not entry.to
            depths.append(entry.level - (entry.level == 2 and not inside))
        assert [(depth, title) for depth, title, _ in found] == [
            (depth, entry.title) for depth, entry in zip(depths, book.entries, strict=True)
        ]
        leads = [print_.reader.get_destination_page_number(item) + 1 for *_, item in found]
        following = [*book.entries[1:], None]
        assert leads == [
            print_.at[entry.to or after.to] for entry, after in zip(book.entries, following, strict=True)
        ]

    def test_the_numbers_of_the_contents_are_those_of_the_pages(self, print_, book):
        contents = "".join(print_.sheets[1 : print_.at["index"] - 1])
        for entry in book.entries:
            if entry.to:
                number = print_.at[entry.to]
                # A formula is set, and read, apart from the words around it.
                parts = map(squeezed, re.split(r"\b[A-Za-z]\b|[α-ω]", entry.title))
                assert all(part in print_.sheets[number - 1] for part in parts), entry
                assert f"{squeezed(entry.title)}{number}" in contents, entry

    def test_every_page_has_its_number_and_its_chapter(self, print_, book):
        starts = {print_.at[e.to]: squeezed(e.title) for e in book.entries if e.to and e.level < 2}
        head = "Contents"
        for number, words in enumerate(print_.sheets[1:], 2):
            head = starts.get(number, head)
            assert head in words and str(number) in words, number
            assert len(words) > 80, f"page {number} is all but empty"

    def test_every_link_leads_somewhere(self, print_):
        inside = outside = 0
        for sheet in print_.reader.pages:
            for link in sheet.get("/Annots", ()):
                link = link.get_object()
                if "/Dest" in link:
                    inside += 1
                    assert str(link["/Dest"]).lstrip("/") in print_.at
                else:
                    outside += 1
                    assert link["/A"]["/URI"].startswith(("https://", "tcp://"))
        assert inside > 1000 and outside > 40

    def test_every_figure_is_there_with_its_words(self, print_, book):
        text = "".join(print_.sheets)
        captions = re.findall(r"<figcaption><strong>(.*?)</strong>\s*(.{20})", book.html)
        assert len(captions) > 80
        assert [
            c for c in captions if squeezed(c[0] + BeautifulSoup(c[1], "html.parser").text) not in text
        ] == []
        said, waiting = set(), [print_.reader.trailer["/Root"]["/StructTreeRoot"]]
        while waiting:
            each = waiting.pop().get_object()
            if isinstance(each, list):
                waiting += each
            elif hasattr(each, "get"):
                said |= {squeezed(str(each["/Alt"]))} if "/Alt" in each else set()
                waiting += [each["/K"]] if "/K" in each else []
        soup = BeautifulSoup(
            re.sub(r"(<svg[^>]*>).*?</svg>", r"\1</svg>", book.html, flags=re.DOTALL), "html.parser"
        )
        drawn = [svg["aria-label"] for svg in soup.select("figure svg[aria-label]")]
        assert [words for words in drawn if squeezed(words) not in said] == []

    def test_fonts_are_inside(self, print_):
        fonts = {}
        for sheet in print_.reader.pages:
            for font in sheet["/Resources"].get("/Font", {}).values():
                font = font.get_object()
                fonts[font.get("/BaseFont", font["/Subtype"])] = font
        for name, font in fonts.items():
            inner = font.get("/DescendantFonts", [font])[0].get_object()
            assert any(key.startswith("/FontFile") for key in inner["/FontDescriptor"]), name
        assert any("SourceSerif" in name for name in fonts) and any("KaTeX" in name for name in fonts)

    def test_the_words_of_each_chapter_are_there_in_order(self, print_, book):
        ends = [print_.at[name] for name in [*NAMES[1:], pdf.SOLUTIONS]] + [len(print_.sheets) + 1]
        total = 0
        for name, end in zip([*NAMES, pdf.SOLUTIONS], ends, strict=True):
            text, at = "".join(print_.sheets[print_.at[name] - 1 : end - 1]), 0
            soup = BeautifulSoup(book.chapters[name], "html.parser")
            firsts = [p.contents[0] for p in soup.select("section > p, .sgd-claim-title") if p.contents]
            firsts = [squeezed(first)[:40] for first in firsts if isinstance(first, str) and len(first) > 20]
            total += len(firsts)
            for first in firsts:
                # Not even the number of a page comes between words that stand at its end.
                found = text.find(first, at)
                assert found >= 0, (name, first)
                at = found
        assert total > 400

    def test_nothing_is_wider_than_the_page(self, browser, book, tmp_path):
        """Of A4 without its margins: what is wider would be cut, or all would be printed smaller."""
        file = tmp_path / "book.html"
        file.write_text(book.html, encoding="utf-8")
        page = browser.new_page(viewport={"width": 642, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.emulate_media(media="print", color_scheme="dark")
        page.goto(file.as_uri())
        wide = page.evaluate(
            """() => [...document.querySelectorAll("main :is(pre, table, figure, svg, p, li, .katex-display)")]
                .filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > innerWidth + 1
                    || each.scrollWidth > each.clientWidth + 1 && each.matches("pre, .katex-display"))
                .map((each) => `${each.closest("article").style.page}: ${each.textContent.slice(0, 40)}`)"""
        )
        assert wide == []
        colors = "(each) => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
        assert page.evaluate(colors) == ["rgb(255, 255, 255)", "rgb(31, 36, 48)"], (
            "the dark theme came through"
        )
        page.close()
