"""What the theme leaves undone, done while the pages are written, so that it holds without JavaScript.

- The download button saves the page's source; the theme's link opens it in a new tab. A page opened
  from disk may not save another file, so each source also stands beside itself as a script.
- A box that hides code is announced with the words it shows, not as "Toggle hidden content"; a box and the button of an
  exercise say to a screen reader which section they are of.
- A figure has a name that a link can lead to.
- The methods' colours (sgdlib.figures) become a style sheet, loaded before course.css, which uses them.
- A page with widgets gets the script that brings them to life, and their style; a page without gets neither.
- The site's own address leads to the course by a page with a language, a title, a link for whoever has switched
  such jumps off, and an icon inside it (else the browser asks for a favicon.ico that is not there).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from html import escape
from pathlib import Path
from urllib.parse import quote

from preview import front_door_tags
from without_scripts import read_without_scripts

from sgdlib.figures import palette_css
from sgdlib.widgets.page.base import site_script, site_style

PALETTE = "sgd-palette.css"
WIDGET_SCRIPT, WIDGET_STYLE = "sgd-widgets.js", "sgd-widgets.css"

REPLACEMENTS = [
    (
        re.compile(
            r'<a href="([^"]*)" target="_blank"(\s+class="btn btn-sm btn-download-)'
        ),
        r'<a href="\1" download\2',
    ),
    # The entries of a bibliography have a role of their own, which a list may not hold.
    (
        re.compile(r'<div role="list" class="citation-list">'),
        '<div class="citation-list">',
    ),
    # That role is deprecated, and a div may not have it.
    (
        re.compile(r'(<div class="citation" id="[^"]*") role="doc-biblioentry"'),
        r"\1",
    ),
    # Every part of a page stands in a landmark, the title in the corner, too.
    (
        re.compile(
            r'<div class="sidebar-primary-item">(?=\s*<a class="navbar-brand logo")'
        ),
        '<div class="sidebar-primary-item" role="region" aria-label="Title of the course">',
    ),
    (re.compile(r'<summary aria-label="Toggle hidden content">'), "<summary>"),
    # A second title and table of contents, for paper; print.css prints the page's own title.
    (
        re.compile(
            r'<div id="jb-print-docs-body".*?(?=<div id="searchbox">)', re.DOTALL
        ),
        "",
    ),
    # The table of contents follows the reader; the theme looks for one of another name, takes every link of the page
    # for its entry instead, and stumbles over those that set a widget.
    (re.compile(r'data-bs-target="\.bd-toc-nav"'), 'data-bs-target=".page-toc"'),
    # The names of the downloads are more than a file's ending.
    (
        re.compile(r'(<span class="btn__text-container">)\.ipynb<'),
        r"\1Notebook (.ipynb)<",
    ),
    (re.compile(r'(<span class="btn__text-container">)\.md<'), r"\1Text (.md)<"),
    (
        re.compile(r'(<span class="btn__text-container">)\.pdf<'),
        r"\1Print or save as PDF<",
    ),
    # A link that is its own address; print.css does not print it twice.
    (
        re.compile(r'<a class="reference external" href="([^"]+)">(?=\1</a>)'),
        r'<a class="reference external sgd-address" href="\1">',
    ),
]


HEADING = r'<h[1-6]>(?P<heading>(?:(?!</h[1-6]>).)*?)<a class="headerlink"'
SUMMARY = r'<summary>\s*<p class="collapsed[^>]*>(?P<box>.*?)</p>.*?(?=</summary>)'
BUTTON = r'<button type="submit">(?P<button>.*?)(?=</button>)'
NAMED = re.compile(f"{HEADING}|{SUMMARY}|{BUTTON}", re.DOTALL)
NUMBER = re.compile(r'<span class="section-number">.*?</span>')
FIGURE = '<figure class="sgd-figure"'


def polish(html: str) -> str:
    """Return the page with the theme's gaps closed."""
    for found, wanted in REPLACEMENTS:
        html = found.sub(wanted, html)
    return read_without_scripts(number_figures(name_controls(html)))


def name_controls(html: str) -> str:
    """Say to a screen reader, which may list them all, where a box that opens and an exercise's button stand."""
    section, seen = "", Counter()

    def named(match: re.Match) -> str:
        nonlocal section
        if match["heading"] is not None:
            section = re.sub(r"<[^>]*>", "", NUMBER.sub("", match["heading"]))
            return match[0]
        name = match["box"] or match["button"], section
        seen[name] += 1
        count = f", {seen[name]}" if seen[name] > 1 else ""
        return f'{match[0]}<span class="sgd-unseen"> ({section}{count})</span>'

    return NAMED.sub(named, html)


def number_figures(html: str) -> str:
    """Name the figures of a page in their order, for links."""
    first, *others = html.split(FIGURE)
    named = (
        f'{FIGURE} id="figure-{number}"{rest}' for number, rest in enumerate(others, 1)
    )
    return "".join([first, *named])


FRONT_DOOR = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={page}">
<title>{title}</title>
{tags}<link rel="icon" href="{icon}">
</head>
<body><main><h1><a href="{page}">{title}</a></h1></main></body>
</html>
"""


def write_front_door(app) -> None:
    """Write the page that stands at the site's own address and opens the course."""
    icon = Path(app.confdir, app.config.html_favicon)
    page = FRONT_DOOR.format(
        language=app.config.language,
        title=escape(app.config.html_title),
        page=f"{app.config.root_doc}.html",
        tags=front_door_tags(app),
        icon=f"data:image/svg+xml,{quote(icon.read_text(encoding='utf-8'))}",
    )
    Path(app.outdir, "index.html").write_text(page, encoding="utf-8")


def polish_pages(app, exception) -> None:
    """Rewrite every page that this build wrote."""
    if exception is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    write_front_door(app)
    for page in out.rglob("*.html"):
        if page.relative_to(out).parts[0] in ("_static", "lite"):
            continue
        before = page.read_text(encoding="utf-8")
        after = polish(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
    for path in (out / "_sources").rglob("*.*"):
        if path.suffix in (".ipynb", ".md"):
            source = json.dumps(path.read_text(encoding="utf-8"))
            path.with_name(f"{path.name}.js").write_text(
                f"saveSource({source});\n", encoding="utf-8"
            )


def write_static_files(app) -> None:
    """Put the palette and the widgets' script and style among the static files."""
    if app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    (static / PALETTE).write_text(palette_css(), encoding="utf-8")
    (static / WIDGET_SCRIPT).write_text(site_script(), encoding="utf-8")
    (static / WIDGET_STYLE).write_text(site_style(), encoding="utf-8")


def add_widget_files(app, pagename, templatename, context, doctree) -> None:
    """Load the widgets' files on the pages that hold one."""
    if 'class="sgd-widget"' in context.get("body", ""):
        app.add_js_file(WIDGET_SCRIPT, loading_method="defer")
        app.add_css_file(WIDGET_STYLE)


def setup(app):
    """Sphinx calls this."""
    app.add_css_file(PALETTE)
    app.connect("builder-inited", write_static_files)
    app.connect("html-page-context", add_widget_files)
    app.connect("build-finished", polish_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
