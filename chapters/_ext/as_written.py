"""What a browser that translates a page must leave as it is written: code, keys and formulas."""

from __future__ import annotations

import re

WRITTEN = re.compile(
    r"<(?:(?:code|kbd|samp)\b|span class=\"katex\")(?![^>]*(?:notranslate|translate=))"
)


def spared(html: str) -> str:
    """HTML whose code, keys and formulas say that they are not to be translated.

    >>> spared('<p><code>SGD</code> and <span class="katex">η</span></p>')
    '<p><code translate="no">SGD</code> and <span class="katex" translate="no">η</span></p>'
    """
    return WRITTEN.sub(lambda found: f'{found[0]} translate="no"', html)


def spare(app, pagename, templatename, context, doctree) -> None:
    """Spare them in the text of a page."""
    if "body" in context:
        context["body"] = spared(context["body"])


def setup(app):
    """Sphinx calls this; the formulas are set by then."""
    app.connect("html-page-context", spare)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
