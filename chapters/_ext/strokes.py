"""Code that asks for a method has the method's stroke under it, as its curve is drawn (`sgdlib.figures.LOOKS`).

`momentum=0.9`, `nesterov=True`, `Adam(` and a string that is a method's name get a class while a page is written; the
style sheet of the palette has the strokes. A momentum of 0 is gradient descent, and what a variable holds nobody knows:
they get none. A screen reader hears nothing of it, and what is copied stays the code.
"""

from __future__ import annotations

import re

from sgdlib.figures import LOOKS

NUMBER = r"[\d.]*[1-9][\d.]*"
# What follows the opening tag of a piece of code, by its method.
CODE = {
    "momentum": rf'momentum</span><span class="o">=</span><span class="m[if]">{NUMBER}<',
    "Nesterov": r'nesterov</span><span class="o">=</span><span class="kc">True<',
    "Adam": r'Adam</span><span class="p">\(',
}
PIECES = [
    (
        re.compile(
            rf'<span class="(n|s[12])">(?={CODE.get(method, "$.")}|(&quot;|&#39;|["\']){method}\2<)'
        ),
        rf'<span class="\1 sgd-stroke-{look.name}">',
    )
    for method, look in LOOKS.items()
]
# In a sentence the words of code have no classes.
WORDS = re.compile(r'(?<=<span class="pre">)[^<]+')
IN_WORDS = [
    (
        re.compile(rf"\b({word})"),
        rf'<span class="sgd-stroke-{LOOKS[method].name}">\1</span>',
    )
    for method, word in {
        "momentum": rf"momentum(?=={NUMBER})",
        "Nesterov": r"nesterov(?==True)",
        "Adam": r"Adam(?=\()",
    }.items()
]


def underline(html: str) -> str:
    """The page with the strokes' classes in its code.

    >>> underline('<code><span class="pre">momentum=0.9</span></code>')
    '<code><span class="pre"><span class="sgd-stroke-momentum">momentum</span>=0.9</span></code>'
    """

    def in_words(match: re.Match) -> str:
        words = match[0]
        for found, wanted in IN_WORDS:
            words = found.sub(wanted, words)
        return words

    for found, wanted in PIECES:
        html = found.sub(wanted, html)
    return WORDS.sub(in_words, html)


def underline_page(app, pagename, templatename, context, doctree) -> None:
    """Underline the code of a page that is written."""
    if "body" in context:
        context["body"] = underline(context["body"])


def setup(app):
    """Sphinx calls this."""
    app.connect("html-page-context", underline_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
