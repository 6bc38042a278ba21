"""The whole book as one PDF: `_build/html/course.pdf`, with a link on the site's first page.

Usage: python chapters/_tools/pdf.py SITE

The pages of the built site, in the order of _toc.yml, become one document without scripts (`assembled`), which Chromium
prints: first with 000 for every page number, then with the numbers read off the first print. The site's own print
style holds; pdf.css adds what a book has.

Why Chromium: it draws the pages that the site's style is made for, and is here for the tests. WeasyPrint 70 knows the
page of a link by itself, but drew the figures without their colors (CSS variables in SVG) and took longer for a
chapter than Chromium for all. LaTeX and Typst would need every figure, formula and box a second time.

qpdf (pikepdf) writes the outline and packs the file; it halves what Chromium writes.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote, unquote

import yaml
from bs4 import BeautifulSoup, Tag

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path += [str(ROOT / "chapters" / "_ext"), str(ROOT / "tests" / "support")]

import book  # noqa: E402
from find_browser import FLAGS, NoBrowser, find_browser  # noqa: E402
from node_packages import install  # noqa: E402
from sphinx_external_toc.parsing import parse_toc_yaml  # noqa: E402
from text_face import text_faces  # noqa: E402

NAME = "course.pdf"
STYLES = ("site.css", "formulas.css")
FACES = ((400, 400), (700, 700))
OWN_STYLE = Path(__file__).with_name("pdf.css")
SOLUTIONS = "solutions"
# Pages in which a thing is found by its name, in an order.
BY_NAME = ("glossary", "bibliography", "reference")
# What cannot be pressed, opened or typed into on paper, and what is said to those who could.
LIVE = (
    "script, noscript, style, button, form, template, .headerlink, .sgd-unseen, .sgd-rocket, .sgd-elsewhere, "
    ".sgd-plain, .sgd-times, .sgd-time, .sgd-pdf, details.hide > summary"
)
MATHML = re.compile(
    r'><span class="katex-mathml">.*?<annotation encoding="application/x-tex">(.*?)'
    r"</annotation></semantics></math></span>",
    re.DOTALL,
)
SVG = re.compile(r"(<svg[^>]*)>(.*?)</svg>", re.DOTALL)
SVG_NAME = re.compile(r"""(\bid="|href="#|url\(#)([^")]+)""")
CANONICAL = re.compile(r'<link rel="canonical" href="([^"]*?)chapters/')
PICTURE = re.compile(r' data-picture="([^"]+)"([^>]*>)')
# Lines of code, or of words in half as many rows of a table, that one page need not hold together.
LONG = 18
CHOICES = '<ol class="sgd-choices" type="a">{}</ol>'
PAGE_OF = re.compile(r'data-page-of="([^"]+)">000<')
LINK = re.compile(r'<p class="sgd-pdf">.*?</p>\n')
LINK_AT = re.compile(r'(?=<section id="what-you-will-be-able-to-do")')
PATIENCE = (
    600_000  # milliseconds; a print takes a minute or two, more on a busy machine
)


class CannotPrint(Exception):
    """There is something missing; the message says what in one sentence."""


@dataclass(frozen=True)
class Entry:
    """A line of the contents: how deep it stands, its words, where it leads.

    A part (0) leads nowhere; a chapter stands in a part (1) or in none (0); a section in a chapter (2).
    """

    level: int
    title: str
    to: str


# ---------------------------------------------------------------- the pages of the site


def parts(site_map) -> Iterator[tuple[str, list[str]]]:
    """The parts of the book with their pages, in the order of reading; the root has a part without a name."""
    yield "", [book.name_of(site_map.root.docname)]
    for part in site_map.root.subtrees:
        yield part.caption, [book.name_of(item) for item in part.items]


def light(html: str, page: str, pictures: dict[str, str]) -> str:
    """A page with empty pictures, their lines kept aside; each formula is named by its source."""

    def kept(match: re.Match) -> str:
        key = f"{page}:{len(pictures)}"
        pictures[key] = match[2]
        return f'{match[1]} data-picture="{key}"></svg>'

    html = MATHML.sub(r' role="img" aria-label="\1">', html)
    return SVG.sub(kept, html)


def article(html: str) -> Tag:
    """What a page says, without what stands around it."""
    return BeautifulSoup(html, "html.parser").select_one("article.bd-article")


def words(tag: Tag) -> str:
    """The words of a heading.

    >>> words(fragment('<h2>2. <em>Two</em>  clocks<a class="headerlink" href="#two">#</a></h2>'))
    '2. Two clocks'
    """
    copy = fragment(str(tag))
    for mark in copy.select(".headerlink, .sgd-unseen"):
        mark.decompose()
    return " ".join(copy.get_text().split())


# ---------------------------------------------------------------- names and links


def name_in_book(page: str, name: str) -> str:
    """What a place of a page is called in the book; the page's own top has the page's name."""
    return quote(f"{page}--{name}" if name else page, safe="")


def place(href: str, page: str, tops: dict[str, str]) -> str | None:
    """Where a link of a page leads in the book: a name, empty for a link to elsewhere; None where the book has nothing.

    >>> place("sgd.html#noise", "momentum", {"sgd": "top"})
    'sgd--noise'
    >>> place("#top", "sgd", {"sgd": "top"}), place("https://keras.io", "sgd", {}), place("../search.html", "sgd", {})
    ('sgd', '', None)
    """
    if re.match(r"[a-z]+:", href):
        return ""
    file, _, name = href.partition("#")
    target = Path(unquote(file)).stem if file else page
    if (file and not file.endswith(".html")) or target not in tops:
        return None
    name = unquote(name).partition("?")[0]
    return name_in_book(target, "" if name == tops[target] else name)


def rename(content: Tag, page: str, tops: dict[str, str]) -> None:
    """Give every place of a page its name in the book, and lead every link there."""

    def new(name: str) -> str:
        return name_in_book(page, "" if name == tops[page] else name)

    for each in content.select("[id]"):
        each["id"] = new(each["id"])
    for attribute in ("for", "aria-labelledby", "aria-describedby", "headers"):
        for each in content.select(f"[{attribute}]"):
            names = each[attribute]
            names = names if isinstance(names, list) else names.split()
            each[attribute] = " ".join(new(name) for name in names)
    for link in content.select("a[href]"):
        to = place(link["href"], page, tops)
        if to is None:
            link.unwrap()
        elif to:
            link["href"] = f"#{to}"


def drawn(html: str, pictures: dict[str, str]) -> str:
    """The document with the lines of its pictures in them, their places named after the page."""

    def lines(match: re.Match) -> str:
        page = match[1].partition(":")[0]
        return match[2] + SVG_NAME.sub(rf"\1{page}--\2", pictures[match[1]])

    return PICTURE.sub(lines, html)


def page_number(to: str, before: str = "p. ") -> str:
    """Words for the page on which a place is; the number comes with the second print."""
    return f'{before}<span data-page-of="{to}">000</span>'


def add_page_numbers(content: Tag, page: str) -> None:
    """Say beside each link to another part of the book on which page that is; terms and citations are found by name."""
    if page in BY_NAME:
        return
    for link in content.select("a.reference.internal[href^='#']:not(.sgd-term)"):
        to = link["href"][1:]
        inside = link.find_parent(class_=("sgd-chapters", "bibtex-citation"))
        target, _, name = to.partition("--")
        if inside is None and not (name and target in BY_NAME):
            number = f'<span class="sgd-at"> ({page_number(to)})</span>'
            link.append(fragment(number))


def fragment(html: str) -> BeautifulSoup:
    """A piece of a page."""
    return BeautifulSoup(html, "html.parser")


# ---------------------------------------------------------------- what changes on paper


def still(content: Tag) -> None:
    """Take away what is alive, open what is folded."""
    for answer in content.select(".sgd-exercise"):
        labels = [
            escape(each.get_text(" ", strip=True)) for each in answer.select("label")
        ]
        if labels:
            lines = "".join(
                f"<li>{label}: <span class='sgd-blank'></span></li>" for label in labels
            )
            answer.append(fragment(f'<ul class="sgd-wanted">{lines}</ul>'))
    for box in content.select(LIVE):
        box.decompose()
    for box in content.select("details.hide"):
        box.unwrap()
    for box in content.select("details"):
        box["open"] = ""
    for each in content.select("[tabindex]"):
        del each["tabindex"]
    for code in content.select(".cell_input, div[class^=highlight-]"):
        if code.get_text().count("\n") > LONG:
            code["class"].append("sgd-long")
    for table in content.select("table"):
        if len(table.select("tr")) > LONG / 2:
            table["class"] = [*table.get("class", []), "sgd-long"]


def number_figures(content: Tag, number: str) -> None:
    """Give each figure a number and a caption: a widget's own words, else what is said to those who do not see it."""
    for count, figure in enumerate(content.select("figure.sgd-figure"), 1):
        widget = figure.find_parent(class_="sgd-widget")
        said = widget and widget.select_one(".sgd-widget-words")
        drawn = figure.select_one("svg[aria-label]")
        text = said.get_text(" ", strip=True) if said else drawn["aria-label"]
        if said:
            said.decompose()
        mark = ' <span class="sgd-alive">Live in the course.</span>' if widget else ""
        figure.append(
            fragment(
                f"<figcaption><strong>Figure {number}{count}.</strong> {escape(text)}{mark}</figcaption>"
            )
        )


def answers_of(exercise: Tag) -> str:
    """The numbers of an exercise with their reasons, as a list."""
    lines = []
    labels = {
        each["for"].rpartition("-")[2]: each.get_text(" ", strip=True)
        for each in exercise.select("label")
    }
    for key, data in json.loads(exercise["data-answers"]).items():
        value = data["answer"]
        number = f"{value:.0f}" if data["whole"] else f"{value:.4g}".replace("-", "−")
        reason = data["said"]["right"].removeprefix("Right.").strip()
        lines.append(
            f"<li>{escape(labels.get(key, key))}: <strong>{number}</strong>. {escape(reason)}</li>"
        )
    return f'<ul class="sgd-answers">{"".join(lines)}</ul>' if lines else ""


def named_solution(title: str, name: str, here: str, said: str) -> str:
    """An answer at the end of the book, with the page of what it answers."""
    return (
        f'<section class="sgd-solution" id="{name}"><h3>{escape(title)} <a class="sgd-at" href="#{here}">'
        f"({page_number(here)})</a></h3>{said}</section>"
    )


def where(word: str, name: str) -> BeautifulSoup:
    """A line that leads to an answer at the end of the book."""
    page = page_number(name, "page ")
    return fragment(
        f'<p class="sgd-answer-at"><a href="#{name}">{word} on {page}</a></p>'
    )


def take_answers(content: Tag, page: str, number: str) -> Iterator[str]:
    """Take the answers to the questions of a page out of it; of each question the choices stay."""
    for count, quiz in enumerate(content.select(".sgd-quiz"), 1):
        label, here = f"Question {number}{count}", f"{page}--question-{count}"
        name = name_in_book(SOLUTIONS, f"{page}-question-{count}")
        asked = quiz.select_one(".sgd-question")
        asked.strong.string = f"{label}. {asked.strong.get_text()}"
        del asked["id"], quiz["aria-labelledby"]
        quiz["id"], quiz["aria-label"] = here, label
        choices, answers = [], []
        for choice in quiz.select("details.sgd-choice"):
            words_of = choice.summary.decode_contents()
            kind = "sgd-right" if choice["data-right"] == "true" else "sgd-not"
            choices.append(f"<li>{words_of}</li>")
            answers.append(f'<li class="{kind}">{words_of}: {reason_of(choice)}</li>')
            choice.decompose()
        quiz.append(fragment(CHOICES.format("".join(choices))))
        quiz.append(where("Answer", name))
        yield named_solution(label, name, here, CHOICES.format("".join(answers)))


def take_solutions(content: Tag) -> Iterator[str]:
    """Take the solutions of a page's exercises out of it."""
    for cell in content.select(".tag_exercise"):
        section = cell.find_parent("section")
        exercise = section.select_one(".sgd-exercise")
        title = re.sub(r"^[\d.]+ ", "", words(section.find(re.compile("h[2-4]"))))
        here, name = section["id"], name_in_book(SOLUTIONS, section["id"])
        listed = answers_of(exercise)
        # The cell's own verdict says the same again; it is all there is where a function is asked for.
        for said in cell.select(".sgd-check") if listed else ():
            said.find_parent(class_="cell_output").decompose()
        yield named_solution(title, name, here, f"{listed}{cell}")
        cell.decompose()
        section.append(where("Solution", name))


def reason_of(choice: Tag) -> str:
    """What a question says to one of its answers."""
    return " ".join(
        each.decode_contents() for each in choice.find_all("p", recursive=False)
    )


# ---------------------------------------------------------------- the book


def chapter(content: Tag, page: str, part: str) -> str:
    """A page as a chapter of the book, with its own running head."""
    above = f'<p class="sgd-part">{escape(part)}</p>' if part else ""
    return (
        f'<article class="bd-article sgd-chapter sgd-of-{page}" style="page: {page}">'
        f"{above}{content.decode_contents()}</article>"
    )


def running_heads(titles: dict[str, str]) -> str:
    """The style that puts each chapter's title on top of its pages; Chromium knows no other way."""
    return "\n".join(
        f"@page {page} {{ @top-right {{ content: {json.dumps(title, ensure_ascii=False)}; }} }}"
        for page, title in titles.items()
    )


def contents(entries: list[Entry]) -> str:
    """The contents, each line with the number of its page."""
    lines = []
    for entry in entries:
        if not entry.to:
            lines.append(f'<p class="sgd-contents-part">{escape(entry.title)}</p>')
            continue
        lines.append(
            f'<p class="sgd-contents-{max(entry.level, 1)}"><a href="#{entry.to}"><span>{escape(entry.title)}</span>'
            f'<span class="sgd-leader"></span>{page_number(entry.to, "")}</a></p>'
        )
    return (
        '<nav class="sgd-contents" aria-label="Contents"><h1 id="contents">Contents</h1>'
        f"<div>{''.join(lines)}</div></nav>"
    )


def title_page(config: dict, subtitle: str, site: str) -> str:
    """The first page: what the book is called, by whom, under which licence, and how to read it on paper."""
    where = f' at <a href="{escape(site)}">{escape(site)}</a>' if site else ""
    return (
        f'<section class="sgd-title-page"><h1>{escape(config["title"])}</h1><p class="sgd-subtitle">{subtitle}</p>'
        f'<p class="sgd-author">{escape(config["author"])}, {escape(str(config["copyright"]))}</p>'
        f'<p class="sgd-on-paper">This is the printed form of an interactive course{where}. Its figures stand still '
        "here: a figure marked “live” moves there, and a sentence that says “set” or “drag” is meant for it. "
        "What is folded there is open here; the answers to the questions and the solutions of the exercises stand at "
        f"the end, from {page_number(SOLUTIONS, 'page ')}.</p>"
        f'<p class="sgd-licence">{escape(config["html"]["extra_footer"])}</p></section>'
    )


def read(
    site: Path, pages: list[str], pictures: dict[str, str]
) -> tuple[dict[str, Tag], str]:
    """What each page says, by its name, and the address of the site; empty if it was built for none.

    Raises
    ------
    CannotPrint
        If a page is not in the site.
    """
    said, address = {}, ""
    for path in pages:
        file, name = site / f"{path}.html", Path(path).stem
        if not file.is_file():
            raise CannotPrint(
                f"The book is not built: there is no {file}. Run: make book"
            )
        html = file.read_text(encoding="utf-8")
        said[name] = article(light(html, name, pictures))
        if found := CANONICAL.search(html):
            address = found[1]
    return said, address


def opening(content: Tag) -> str:
    """Make the site's first page a chapter among others, and return its first sentence, for the title page."""
    content.h1.string = "About this course"
    return content.select_one("p strong").decode_contents()


def assembled(site: Path, toc: Path, config: dict) -> tuple[str, list[Entry]]:
    """The whole book as one document, and its contents."""
    order = list(parts(parse_toc_yaml(toc)))
    pictures: dict[str, str] = {}
    said, address = read(site, [path for _, pages in order for path in pages], pictures)
    tops = {page: content.section["id"] for page, content in said.items()}
    subtitle = opening(next(iter(said.values())))
    entries, solved, body, titles = [], [], [], {}
    for part, pages in order:
        entries += [Entry(0, part, "")] * bool(part)
        for path in pages:
            page = Path(path).stem
            content = said[page]
            numbers = content.select_one("h1 .section-number")
            number = numbers.get_text(strip=True) if numbers else ""
            rename(content, page, tops)
            solutions = "".join(
                [*take_answers(content, page, number), *take_solutions(content)]
            )
            still(content)
            number_figures(content, number)
            add_page_numbers(content, page)
            title = titles[page] = words(content.h1)
            entries.append(Entry(1 if part else 0, title, page))
            entries += [
                Entry(2, words(each), each.parent["id"])
                for each in content.select("section > section > h2")
            ]
            body.append(chapter(content, page, part if path == pages[0] else ""))
            if solutions:
                solved.append(
                    (Entry(2, title, name_in_book(SOLUTIONS, page)), solutions)
                )
    titles[SOLUTIONS] = "Solutions"
    entries += [Entry(0, titles[SOLUTIONS], SOLUTIONS), *(entry for entry, _ in solved)]
    body.append(chapter(end(titles[SOLUTIONS], solved), SOLUTIONS, ""))
    front = title_page(config, subtitle, address) + contents(entries)
    inside = drawn(f"{front}<main>{''.join(body)}</main>", pictures)
    return document(site, config, titles, inside), entries


def end(title: str, solved: list[tuple[Entry, str]]) -> BeautifulSoup:
    """The last chapter, with all answers and solutions."""
    inside = "".join(
        f'<section id="{entry.to}"><h2>{escape(entry.title)}</h2>{solutions}</section>'
        for entry, solutions in solved
    )
    content = fragment(f'<section id="{SOLUTIONS}"><h1>{title}</h1>{inside}</section>')
    still(content)
    return content


def document(site: Path, config: dict, titles: dict[str, str], inside: str) -> str:
    """A document in the style of the site and of the book."""
    static = (site / "_static").resolve().as_uri()
    language = config["sphinx"]["config"]["language"]
    links = "".join(
        f'<link rel="stylesheet" href="{static}/{name}">' for name in STYLES
    )
    style = f"{OWN_STYLE.read_text(encoding='utf-8')}\n{running_heads(titles)}"
    return (
        f'<!DOCTYPE html><html lang="{language}" data-theme="light" data-mode="light"><head><meta charset="utf-8">'
        f"<title>{escape(config['title'])}</title>{links}<style>{style}</style></head><body>{inside}</body></html>"
    )


# ---------------------------------------------------------------- the print


def numbered(html: str, pages: dict[str, int]) -> str:
    """The document with the number of the page in place of each 000.

    >>> numbered('<span data-page-of="a">000</span>', {"a": 7})
    '<span data-page-of="a">7</span>'
    """
    return PAGE_OF.sub(lambda m: f'data-page-of="{m[1]}">{pages[m[1]]}<', html)


def places(pdf) -> dict[str, int]:
    """On which page of a PDF each named place is, counted from 1."""
    sheets = {sheet.objgen: number for number, sheet in enumerate(pdf.pages, 1)}
    return {
        unquote(name.removeprefix("/")): sheets[place[0].objgen]
        for name, place in pdf.Root.Dests.items()
    }


def printed(browser, html: str, file: Path, tagged: bool = True) -> bytes:
    """A document as Chromium prints it; with tags it is read aloud in its order, and takes longer."""
    file.write_text(html, encoding="utf-8")
    page = browser.new_page(java_script_enabled=False)
    page.set_default_timeout(PATIENCE)
    page.emulate_media(media="print", color_scheme="light")
    page.goto(file.resolve().as_uri())
    made = page.pdf(prefer_css_page_size=True, print_background=True, tagged=tagged)
    page.close()
    return made


def add_outline(pdf, entries: list[Entry]) -> None:
    """Give the PDF its outline: parts, chapters in them, sections in these."""
    from pikepdf import OutlineItem

    with pdf.open_outline() as outline:
        above = [(-1, outline.root)]
        for number, entry in enumerate(entries):
            # A part leads to its first chapter.
            to = entry.to or entries[number + 1].to
            item = OutlineItem(entry.title, pdf.Root.Dests[f"/{to}"])
            item.is_closed = entry.level > 0
            while above[-1][0] >= entry.level:
                above.pop()
            above[-1][1].append(item)
            above.append((entry.level, item.children))


def finished(made: bytes, entries: list[Entry], config: dict, file: Path) -> int:
    """Write a print with its outline, its data and less weight, and return how many pages it has."""
    import pikepdf

    with pikepdf.open(io.BytesIO(made)) as pdf:
        add_outline(pdf, entries)
        pdf.Root.PageMode = pikepdf.Name.UseOutlines
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        with pdf.open_metadata() as data:
            data["dc:title"] = config["title"]
            data["dc:creator"] = [config["author"]]
            data["dc:language"] = {config["sphinx"]["config"]["language"]}
            data["dc:rights"] = config["html"]["extra_footer"]
        pdf.docinfo["/Author"] = config["author"]
        pdf.save(
            file,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            recompress_flate=True,
        )
        return len(pdf.pages)


def linked(html: str, megabytes: float, sheets: int) -> str:
    """The site's first page with a line that leads to the PDF; a line that is there is replaced.

    Raises
    ------
    CannotPrint
        If the page has no place for it.
    """
    html = LINK.sub("", html)
    link = (
        f'<p class="sgd-pdf"><a href="../{NAME}">The whole course as a book</a> '
        f"(PDF, {sheets} pages, {megabytes:.0f} MB)</p>\n"
    )
    html, found = LINK_AT.subn(link, html, count=1)
    if not found:
        raise CannotPrint(
            "The first page has no place for the link: say in LINK_AT of chapters/_tools/pdf.py where."
        )
    return html


def make(site: Path, file: Path) -> int:
    """Print the book of a built site to a file, and return how many pages it has."""
    import pikepdf
    from playwright.sync_api import sync_playwright

    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    html, entries = assembled(site, ROOT / "_toc.yml", config)
    # A font of many weights would be taken apart into pictures of letters: one font for each weight.
    faces = text_faces(install(Path(__file__).parent / "node"), html, FACES)
    html = html.replace("<style>", f"<style>{faces}\n", 1)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        # A number has up to three digits: what was set with 000 stays where it is, or is printed once more.
        pages: dict[str, int] = {}
        for _ in range(4):
            before, text = pages, numbered(html, pages) if pages else html
            made = printed(browser, text, Path(folder, "book.html"), tagged=bool(pages))
            with pikepdf.open(io.BytesIO(made)) as pdf:
                pages = places(pdf)
            if pages == before:
                break
        else:
            raise CannotPrint(
                "The page numbers do not come to rest: four prints, and no two are alike."
            )
        browser.close()
    return finished(made, entries, config, file)


def main(site: Path) -> str:
    """Print the book into its site, and say what was made."""
    made, first = site / f"{NAME}.new", site / "chapters" / "index.html"
    page = first.with_name("index.html.new")
    try:
        # Whole, then in one go: who stops this has the old book, or none, and a page that is whole.
        sheets = make(site, made)
        size = made.stat().st_size / 1e6
        text = linked(first.read_text(encoding="utf-8"), size, sheets)
        page.write_text(text, encoding="utf-8")
        os.replace(made, site / NAME)
        os.replace(page, first)
    finally:
        for path in (made, page):
            path.unlink(missing_ok=True)
    return f"The book has {sheets} pages, {size:.1f} MB:\n{(site / NAME).resolve().as_uri()}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name the folder of the built site: pdf.py _build/html")
    try:
        print(main(Path(sys.argv[1])))
    except (CannotPrint, NoBrowser) as error:
        sys.exit(str(error))
