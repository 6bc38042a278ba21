"""A file for each widget, to stand in a page of one's own: embed/<name>.html; and the page that shows all of them.

The file holds the widget's still, its script and its style, and asks nobody for anything. The widgets are found by
their place; chapters/_embed has what stands around them.

    ```{embeds} large
    ```

and `small` list the widgets and the small figures, each with where it stands in the course.
"""

from __future__ import annotations

import gzip
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

import book
from docutils import nodes
from pictures import PICTURE, shortened
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from sgdlib.figures import palette_css
from sgdlib.widgets.page.base import (
    HERE,
    CourseWidget,
    all_widgets,
    page_told,
    site_style,
    small_figures,
)
from sgdlib.widgets.page.flatten import flatten, scope

CHAPTERS = Path(__file__).resolve().parent.parent
TOOLS, SOURCES = CHAPTERS / "_tools", CHAPTERS / "_embed"
sys.path.append(str(TOOLS))

from node_packages import install, run  # noqa: E402

FOLDER = "embed"
HEAVIEST = 60_000  # bytes, as a server sends it compressed
KINDS = {"large": all_widgets, "small": small_figures}
# What an iframe asks for: 720 px wide, and so high that few scroll there; embeds.js writes the very height.
WIDTH, HEIGHTS = 720, {"large": 900, "small": 370}
LIVE_TITLE = re.compile(r'bring_to_life\(.*?\btitle: "([^"]+)"', re.DOTALL)
NAMED = re.compile(r'data-widget="([\w-]+)"')
Widget = type[CourseWidget]


class Place(NamedTuple):
    """Where a widget stands: the page, the section's anchor and title, both "" at its top; and what stands there."""

    page: str
    anchor: str
    section: str
    still: str


def widgets() -> dict[str, Widget]:
    """All widgets, the large ones first, by their names in links."""
    found = (cls for kind in KINDS.values() for cls in kind().values())
    return {cls.widget_name(): cls for cls in found}


def title_of(cls: Widget) -> str:
    """What a widget is called: its module says it, or the class of a small figure.

    >>> title_of(all_widgets()["friction_lab"]), title_of(small_figures()["damping"])
    ('Friction lab', 'One ball in one well')
    """
    module = cls.module().read_text(encoding="utf-8")
    found = getattr(cls, "title", "") or LIVE_TITLE.search(module)
    if not found:
        raise ExtensionError(
            f'{cls.module().name} gives bring_to_life no title: write title: "What it is called".'
        )
    return found if isinstance(found, str) else found[1]


def shown_by(cls: Widget) -> str:
    """What a widget shows, in the first sentence of its class.

    >>> shown_by(small_figures()["damping"])
    'A run of momentum down one well from 1, beside the run that is damped critically.'
    """
    return cls.__doc__.partition("\n")[0].replace("``", "`")


# ---------------------------------------------------------------- the files


def scripts() -> dict[str, str]:
    """The script of each widget: its modules in a row, and what brings it to life; its worker's is shortened, too."""
    found = widgets()
    short = minified(
        {
            f"{name}.js": cls.told["WORKER"]
            for name, cls in found.items()
            if "WORKER" in cls.told
        }
    )
    made = {}
    for name, cls in found.items():
        own = {**cls.told}
        if "WORKER" in own:
            own["WORKER"] = short[f"{name}.js"]
        told = {"page": page_told(), cls.folder(): own}
        joined = flatten(cls.module(), HERE / "embed.mjs", told=told)
        alive = f'$embed.embed("{name}", {scope(cls.module())}.render);'
        made[f"{name}.js"] = f'"use strict";\n(() => {{\n{joined}\n{alive}\n}})();\n'
    return made


def style() -> str:
    """The style of every file."""
    own = (SOURCES / "embed.css").read_text(encoding="utf-8")
    return palette_css() + site_style() + own


def minified(texts: Mapping[str, str]) -> dict[str, str]:
    """Scripts and styles, by the names of their files, as esbuild writes them shorter."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in texts.items():
            Path(scratch, name).write_text(text, encoding="utf-8")
        tool = install(TOOLS / "node") / ".bin" / "esbuild"
        options = ("--minify", "--charset=utf8", "--log-level=warning", "--outdir=out")
        if run(tool, *texts, *options, folder=Path(scratch)):
            raise ExtensionError("esbuild failed; its words stand above.")
        out = Path(scratch, "out")
        return {
            name: (out / name).read_text(encoding="utf-8").strip() for name in texts
        }


def stills(places: Mapping[str, Place]) -> dict[str, str]:
    """The still of every widget as it stands on its first page; of one that stands on none, at its first setting."""
    html = {
        name: places[name].still if name in places else cls().static_html()
        for name, cls in widgets().items()
    }
    short = iter(
        shortened([svg for text in html.values() for svg in PICTURE.findall(text)])
    )
    return {
        name: PICTURE.sub(lambda _: next(short), text) for name, text in html.items()
    }


def filled(template: str, parts: Mapping[str, str]) -> str:
    """A template with its parts, which may hold anything.

    >>> filled("<b>{{word}}</b>", {"word": "{{word}}"})
    '<b>{{word}}</b>'
    """
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def check_weight(name: str, html: str) -> None:
    """Stop the build at a file that is too heavy for a page of slides."""
    if (size := len(gzip.compress(html.encode(), 9))) > HEAVIEST:
        raise ExtensionError(
            f"{FOLDER}/{name}.html has {size} bytes when compressed, and may have {HEAVIEST}: give the widget a "
            "smaller picture, or fewer words and numbers."
        )


def back(app, name: str, places: Mapping[str, Place]) -> str:
    """The course's name, which leads to the widget's page if the site has an address."""
    course, site = escape(app.config.html_title), app.config.html_baseurl
    if not site or name not in places:
        return course
    page = urljoin(site, app.builder.get_target_uri(places[name].page))
    return f'<a href="{escape(page)}" target="_blank" rel="noopener">{course}</a>'


def thumbnail(still: str) -> str:
    """The first panel of a still as a picture of its own, for a white ground."""
    svg = PICTURE.search(still)[0]
    dressed = '<svg style="color:#1b1b1b;background:#fff;font-family:sans-serif"'
    return re.sub(
        r'^<svg((?: (?!style=)[\w:-]+="[^"]*")*) style="[^"]*"', rf"{dressed}\1", svg
    )


def write_files(app, exception) -> None:
    """Write a file for every widget, after whatever changes pages: these are no pages of the book."""
    if exception is not None or app.builder.name != "html":
        return
    found, places = widgets(), places_of(app)
    pictures, short = stills(places), minified({**scripts(), "embed.css": style()})
    template = (SOURCES / "embed.html").read_text(encoding="utf-8")
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(exist_ok=True)
    for name, cls in found.items():
        html = filled(
            template,
            {
                "language": app.config.language,
                "title": escape(title_of(cls)),
                "course": escape(app.config.html_title),
                "shows": escape(shown_by(cls).replace("`", "")),
                "style": short["embed.css"],
                "script": short[f"{name}.js"],
                "still": pictures[name],
                "back": back(app, name, places),
            },
        )
        check_weight(name, html)
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
        (folder / f"{name}.svg").write_text(thumbnail(pictures[name]), encoding="utf-8")


# ---------------------------------------------------------------- the page


def places_of(app) -> dict[str, Place]:
    """Where each widget stands first."""
    found: dict[str, Place] = {}
    for page in book.pages(app.env.external_site_map):
        for raw in app.env.get_doctree(page).findall(nodes.raw):
            for name in NAMED.findall(raw.astext()):
                found.setdefault(name, Place(page, *section_of(raw), raw.astext()))
    return found


def section_of(node: nodes.Node) -> tuple[str, str]:
    """The anchor and the title of the section around a node; nothing for that of the whole page."""
    while not isinstance(node, nodes.section):
        node = node.parent
    inner = isinstance(node.parent, nodes.section)
    return (node["ids"][0], node[0].astext()) if inner else ("", "")


class Listed(nodes.General, nodes.Element):
    """The place of a list, which is written when all pages are read."""


class Embeds(SphinxDirective):
    """The directive `embeds`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        kind = self.arguments[0]
        if kind not in KINDS:
            raise self.error(f"embeds lists {' or '.join(KINDS)}, not {kind}.")
        return [Listed(kind=kind)]


def line_of(cls: Widget, kind: str, site: str) -> str:
    """The element that shows a widget, as the button on its page makes it; without a site its address is relative."""
    return (
        f'<iframe src="{site}{FOLDER}/{cls.widget_name()}.html" title="{escape(title_of(cls))}" '
        f'width="{WIDTH}" height="{HEIGHTS[kind]}" loading="lazy" '
        'allow="clipboard-write; fullscreen" style="max-width: 100%; border: 0"></iframe>'
    )


def entry_of(cls: Widget, kind: str, up: str, where: str, site: str) -> str:
    """A widget in the list: its picture, what it shows and where; folded its line, above which embeds.js shows it."""
    name, title = cls.widget_name(), escape(title_of(cls))
    shows = re.sub("`([^`]+)`", r"<code>\1</code>", escape(shown_by(cls)))
    line = line_of(cls, kind, site)
    file = f"{up}{FOLDER}/{name}"
    unseen = f'<span class="sgd-unseen"> ({title})</span>'
    return (
        f'<div class="sgd-embed" id="{name}">\n'
        f'<img src="{file}.svg" alt="" role="presentation" width="180" height="150" loading="lazy">\n'
        f"<div><h3>{title}</h3>\n<p>{shows} {where}</p>\n"
        f'<p><a class="sgd-alone" href="{file}.html">Open it alone{unseen}</a></p></div>\n'
        f"<details><summary>Show it here, with its line to copy{unseen}</summary>\n"
        f'<div class="highlight-html notranslate"><div class="highlight"><pre>{escape(line)}\n</pre></div></div>\n'
        "</details>\n</div>"
    )


def entries(app, page: str, kind: str, places: Mapping[str, Place]) -> Iterator[str]:
    """The entries of a list."""
    up = "../" * page.count("/")
    for name, cls in widgets().items():
        if cls in KINDS[kind]().values():
            there = places.get(name)
            where = link_to(app, page, there) if there else ""
            yield entry_of(cls, kind, up, where, app.config.html_baseurl)


def link_to(app, page: str, place: Place) -> str:
    """Where a widget stands, in words that lead there."""
    address = app.builder.get_relative_uri(page, place.page)
    words = app.env.titles[place.page].astext()
    if place.anchor:
        address, words = f"{address}#{place.anchor}", f"{words}: {place.section}"
    return f'In <a href="{escape(address)}">{escape(words)}</a>.'


def list_widgets(app, doctree, page: str) -> None:
    """Fill the lists of a page."""
    lists = list(doctree.findall(Listed))
    places = places_of(app) if lists else {}
    for each in lists:
        html = "\n".join(entries(app, page, each["kind"], places))
        each.replace_self(nodes.raw("", html, format="html"))


def add_files(app, pagename, templatename, context, doctree) -> None:
    """Load the style and the script of the list where there is one."""
    if 'class="sgd-embed"' in context.get("body", ""):
        app.add_css_file("embeds.css")
        app.add_js_file("embeds.js", loading_method="defer")


def setup(app):
    """Sphinx calls this; the files are written last of all, after lean.py."""
    app.add_node(Listed)
    app.add_directive("embeds", Embeds)
    app.connect("doctree-resolved", list_widgets)
    app.connect("html-page-context", add_files)
    app.connect("build-finished", write_files, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
