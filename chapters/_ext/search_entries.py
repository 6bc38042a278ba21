"""What the search can find, read off the written pages: each section, question, term, work and object of the package.

An entry holds the sentences a reader would read there, and the words of its code. What would give an answer away,
solutions and the replies to a choice, is left out.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass

from bs4 import BeautifulSoup, Tag

# Neither sentences of the page, nor for everybody to find.
LEFT_OUT = ", ".join(
    [
        "script, style, svg, button, .headerlink, .section-number, .katex-html",
        ".toctree-wrapper, nav, .admonition-title.collapsed, .admonition-title.expanded",
        ".tag_exercise, .sgd-check, .sgd-said, .sgd-choice > p, .fn-bracket, .sgd-head, .sgd-time",
        ".sgd-embed, .highlight-html",
    ]
)
BLOCKS = "p, li, dt, dd, tr, div, summary, figcaption, h1, h2, h3, h4"
END = "\x1e"  # the end of a block, where a sentence ends, too
WORD = re.compile(r"[^\W\d]\w{2,}")
PYTHON = {*keyword.kwlist, *dir(builtins)}  # on every page, and no answer on any
SIGN = re.compile(
    r"(^|[(\[]|[,=+←<>≤≥≈∝⋅/^] ?) ?− "
)  # a minus that belongs to what follows
SUPERSCRIPTS = str.maketrans("0123456789−+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺")


@dataclass(frozen=True)
class Entry:
    """A place on a page: what leads there, and what is shown of it."""

    anchor: str
    kind: str  # section, exercise, question, asked (a question inside a chapter), term, work or object
    title: str
    text: str  # sentences; those of different blocks on lines of their own
    words: str  # of code, as far as the sentences do not have them


def formula(node) -> str:
    """A formula in MathML as a line of text.

    >>> formula(BeautifulSoup("<mfrac><mi>η</mi><mrow><mn>1</mn><mo>−</mo><mi>μ</mi></mrow></mfrac>", "html.parser"))
    'η/(1 − μ)'
    """
    if not isinstance(node, Tag):
        return str(node)
    parts = [formula(part) for part in node.children if str(part).strip()]
    whole = "".join(parts)
    match node.name:
        case "annotation":
            return ""
        case "mfrac":
            return "/".join(map(enclosed, parts))
        case "msqrt":
            return f"√{enclosed(whole)}"
        case "msup" if (
            whole[len(parts[0]) :].translate(SUPERSCRIPTS).isalpha() is False
        ):
            return parts[0] + parts[1].replace(" ", "").translate(SUPERSCRIPTS)
        case "msup":
            return "^".join(map(enclosed, parts))
        case "msub":
            return "_".join(map(enclosed, parts))
        case "mover":
            return parts[0]
        case "mtr":
            return f"{whole}; "
        case "mo" if whole.strip() in "=+−<>≤≥≈∝←→⋅" and whole.strip():
            return f" {whole} "
    return whole


def enclosed(text: str) -> str:
    """A part of a formula in brackets, unless it is one sign or word."""
    return text if re.fullmatch(r"[\w.′]*", text) else f"({text.strip()})"


def line_of(katex: Tag) -> str:
    """A formula that KaTeX has set, as a line of text."""
    text = formula(katex.math).replace("\N{FUNCTION APPLICATION}", " ")
    return SIGN.sub(r"\1−", " ".join(text.split()))


def taken(place: Tag) -> tuple[str, str]:
    """The sentences of a place and the words of its code, and take the place out of its page."""
    code = " ".join(box.extract().get_text() for box in place.find_all("pre"))
    for row in place.select("tr"):
        for cell in row.find_all(["td", "th"])[:-1]:
            cell.append(", ")
    for block in [place, *place.select(BLOCKS)]:
        if not block.find_parent(["td", "th"]):
            block.append(END)
    lines = (" ".join(line.split()) for line in place.get_text().split(END))
    text = "\n".join(line for line in lines if line)
    place.extract()
    known = PYTHON.union(WORD.findall(text))
    return text, " ".join(
        word for word in dict.fromkeys(WORD.findall(code)) if word not in known
    )


def title_of(heading: Tag) -> str:
    """The words of a heading, and take it out of its page."""
    return " ".join(heading.extract().get_text().split())


def terms(article: Tag) -> Iterator[Entry]:
    """The terms of a glossary."""
    for meaning in article.select("dl.glossary > dd"):
        names = [meaning.find_previous_sibling("dt")]
        while (
            isinstance(before := names[0].previous_sibling, Tag) and before.name == "dt"
        ):
            names.insert(0, before)
        title = ", ".join(title_of(name) for name in names)
        yield Entry(names[0]["id"], "term", title, *taken(meaning))


def objects(article: Tag) -> Iterator[Entry]:
    """The functions, classes and methods of the package; those inside others first."""
    for name in reversed(article.select("dt.sig[id]")):
        meaning = name.find_next_sibling("dd")
        title = name["id"].removeprefix("sgdlib.")
        text, _ = taken(meaning)
        signature = " ".join(name.extract().get_text().split())
        yield Entry(name["id"], "object", title, text.split("\n")[0], signature)


def works(article: Tag) -> Iterator[Entry]:
    """The entries of a bibliography."""
    for work in article.select("div.citation[id]"):
        work.select_one(".label").extract()
        text, words = taken(work)
        yield Entry(work["id"], "work", text.split(". ")[0], text, words)


def asked(article: Tag) -> Iterator[Entry]:
    """The questions that stand in bold before their answers; a paragraph without a name goes on with the answer."""
    for question in article.select("p.sgd-asked"):
        anchor, title = question["id"], title_of(question.strong)
        yield Entry(anchor, "asked", title, *taken(question))


def sections(article: Tag, page: str) -> Iterator[Entry]:
    """The sections, each without those inside it."""
    for section in reversed(article.select("section[id]")):
        heading = section.find(["h1", "h2", "h3", "h4"], recursive=False)
        title = title_of(heading)
        kind = "section"
        if page == "questions" and heading.name == "h3":
            kind = "question"
        elif section["id"].startswith("exercise"):
            kind = "exercise"
        text, words = taken(section)
        if text or words:
            yield Entry(section["id"], kind, title, text, words)


def entries(html: str, page: str) -> tuple[str, list[tuple]]:
    """The title of a page, and what can be found on it, in the order of Entry's fields."""
    # Half of a page is pictures; a parser of HTML is slow.
    article = BeautifulSoup(
        re.sub(r"<svg.*?</svg>", "", html, flags=re.S), "html.parser"
    ).article
    title = article.h1.get_text().removesuffix("#")
    for useless in article.select(LEFT_OUT):
        useless.decompose()
    for math in article.select(".katex"):
        math.replace_with(line_of(math))
    found = [
        entry for kind in (terms, objects, works, asked) for entry in kind(article)
    ]
    found += sections(article, page)
    return title, [astuple(entry) for entry in found]
