"""A page with one widget, opened from disk as a reader does: no book, no server, no kernel; and what stands on it."""

from __future__ import annotations

import re
from pathlib import Path

from sgdlib.widgets.page.base import CourseWidget, site_script, site_style

ROOT = Path(__file__).resolve().parent.parent.parent


def widget_page(folder: Path, widget: CourseWidget) -> str:
    """Write the page into the folder and return its address."""
    return page_with(folder, widget.widget_name(), widget.static_html())


# In the page's script: what the address and the sentences know of each widget, by its name.
JOINED = "const links = page_links("
LINKED = "globalThis.linked = {}; const links = page_links((name, widget) => { linked[name] = widget; }"


def watched_page(folder: Path, name: str, widgets: list[CourseWidget]) -> str:
    """A page with several widgets, whose settings a test finds in `linked`; its address."""
    script = site_script()
    assert script.count(JOINED) == 1
    html = "\n".join(widget.static_html() for widget in widgets)
    script = script.replace(f"{JOINED}sentences_come_alive)", f"{LINKED})")
    assert LINKED in script
    return page_with(folder, name, html, script)


def page_with(folder: Path, name: str, html: str, script: str = "") -> str:
    """Write a page with this content into the folder and return its address."""
    style = site_style() + (ROOT / "chapters/_static/course.css").read_text(encoding="utf-8")
    page = folder / f"{name}.html"
    page.write_text(
        '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8"><title>widget</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<style>{style} body {{ background: var(--sgd-surface); color: var(--sgd-ink); }}</style>"
        f"<body><main>{html}</main><script>{script or site_script()}</script>",
        encoding="utf-8",
    )
    return page.as_uri()


def labelled(box, label: str):
    """The control of a widget that a label stands at; its name for a screen reader says the widget's, too."""
    return box.locator(f'xpath=.//*[@id=//label[.="{label}"]/@for]')


def written_button(box, words: str):
    """The button on which these words stand."""
    return box.locator("button").filter(has_text=re.compile(f"^{re.escape(words)}$"))
