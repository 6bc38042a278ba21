"""What search engines and messengers show of a page: its first sentences, and with the site's address a picture.

The address is `html_baseurl`; `make book SITE=https://...` gives it. With it every page names its own address
(Sphinx and the theme write that line), and a sitemap lists all of them. Without it no address is right, so none is
written. sphinxext-opengraph and sphinx-sitemap were looked at and left: without an address the one writes wrong ones
and the other stops the build, and the one cuts a description in the middle of a word.
"""

from __future__ import annotations

import os
import re
from html import escape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from docutils import nodes
from sphinx.errors import ExtensionError

ADDRESS = "COURSE_SITE"
IMAGE, ALT = (
    "_static/preview.png",
    "A page of the course: a chapter with its widget, the sliders moved",
)
LONGEST = 200
MADE = {
    "genindex": "Index",
    "py-modindex": "Index of the modules",
    "search": "Search",
}
SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z“])")


def sentences(doctree: nodes.document) -> list[str]:
    """The sentences before the first heading of a page, up to one that holds a formula; none that a list goes on."""
    found = []
    for paragraph in doctree[0].children:
        if isinstance(paragraph, nodes.section):
            break
        if not isinstance(paragraph, nodes.paragraph):
            continue
        formula = next(iter(paragraph.findall(nodes.math)), None)
        text = paragraph.astext()
        if formula is not None:
            text = "".join(text.partition(formula.astext())[0].rpartition(".")[:2])
        whole = SENTENCE.split(" ".join(text.split()))
        found += [sentence for sentence in whole if sentence and sentence[-1] != ":"]
        if formula is not None:
            break
    return found


def description(doctree: nodes.document) -> str:
    """The first sentences of a page, as many as fit into a preview; at least one."""
    said = ""
    for sentence in sentences(doctree):
        longer = f"{said} {sentence}".strip()
        if said and len(longer) > LONGEST:
            break
        said = longer
    return said


def tags(title: str, said: str, course: str, page: str, site: str) -> str:
    """The lines of a page's head: what it is called, what it says, and with a site's address where and the picture."""
    facts = [
        ("name", "description", said),
        ("property", "og:type", "website"),
        ("property", "og:site_name", course),
        ("property", "og:title", title),
        ("property", "og:description", said),
    ]
    if site:
        facts += [
            ("property", "og:url", urljoin(site, page)),
            ("property", "og:image", urljoin(site, IMAGE)),
            ("property", "og:image:alt", ALT),
            ("name", "twitter:card", "summary_large_image"),
        ]
    return "".join(
        f'<meta {kind}="{name}" content="{escape(value)}">\n'
        for kind, name, value in facts
    )


def title_of(app, page: str) -> str:
    """The title of a page of the book, without its number."""
    return app.env.titles[page].astext()


def add_tags(app, pagename, templatename, context, doctree) -> None:
    """Describe a page while it is written; those that Sphinx makes have only a title."""
    if app.builder.name != "html":
        return
    course = app.config.html_title
    title = title_of(app, pagename) if doctree else MADE.get(pagename, pagename)
    said = description(doctree) if doctree else f"{title}: {course}."
    page = app.builder.get_target_uri(pagename)
    made = tags(title, said, course, page, app.config.html_baseurl)
    context["metatags"] = context.get("metatags", "") + made


def front_door_tags(app) -> str:
    """The lines for the page at the site's own address, which leads to the book's first page."""
    root = app.config.root_doc
    site, page = app.config.html_baseurl, app.builder.get_target_uri(root)
    said = description(app.env.get_doctree(root))
    made = tags(title_of(app, root), said, app.config.html_title, page, site)
    canonical = f'<link rel="canonical" href="{urljoin(site, page)}">\n' if site else ""
    return canonical + made


def sitemap(site: str, pages: list[str]) -> str:
    """The list of all pages, for search engines."""
    places = "".join(
        f"<url><loc>{escape(urljoin(site, page))}</loc></url>\n" for page in pages
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n'
    )


def write_sitemap(app, exception) -> None:
    """Write sitemap.xml, if the site has an address, and at the root of a host robots.txt, which names it."""
    if exception is None and app.builder.name == "html" and app.config.html_baseurl:
        pages = [
            app.builder.get_target_uri(page) for page in sorted(app.env.found_docs)
        ]
        listed = sitemap(app.config.html_baseurl, pages)
        Path(app.outdir, "sitemap.xml").write_text(listed, encoding="utf-8")
        if urlsplit(app.config.html_baseurl).path == "/":  # nobody reads one elsewhere
            where = urljoin(app.config.html_baseurl, "sitemap.xml")
            Path(app.outdir, "robots.txt").write_text(f"Sitemap: {where}\n")


def address(given: str) -> str:
    """The site's address with a slash at its end, or nothing.

    >>> address("https://example.org/course")
    'https://example.org/course/'
    """
    if given and not re.match(r"https?://[^/\s]", given):
        raise ExtensionError(
            f"SITE is the address of the site, such as https://example.org/course/, not {given!r}."
        )
    return given.rstrip("/") + "/" if given else ""


def take_address(app, config) -> None:
    """Read the address that the Makefile hands on."""
    config.html_baseurl = address(
        os.environ.get(ADDRESS, "").strip() or config.html_baseurl
    )


def setup(app):
    """Sphinx calls this."""
    app.connect("config-inited", take_address, priority=100)
    app.connect("html-page-context", add_tags)
    app.connect("build-finished", write_sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
