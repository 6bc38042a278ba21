"""A page whose reader has switched JavaScript off: nothing on it that cannot work, and plain links in its place."""

from __future__ import annotations

import re

STYLE = """\
<noscript><style>
  .sidebar-toggle, .btn-rocket, .sgd-rocket, .btn-fullscreen-button, .btn-download-pdf-button,
  .dropdown-download-buttons > button { display: none !important; }
  .dropdown-download-buttons .dropdown-menu { background: none !important; border: 0;
    box-shadow: none !important; display: block; min-width: 0; padding: 0; position: static !important;
    transform: none !important; }
  .article-header-buttons { align-items: center; }
</style></noscript>
"""
STILL = (
    '<noscript><p class="sgd-still">Without JavaScript this figure stands still: what the text asks you to try in it '
    "needs a browser that runs scripts.</p></noscript>"
)
HOME = re.compile(r'<a class="navbar-brand logo" href="([^"]+)"')
ROOT = re.compile(r'<html[^>]* data-content_root="([^"]*)"')
MENU = re.compile(r'(?=<button class="sidebar-toggle primary-toggle)')
WIDGET_WORDS = re.compile(r'(<p class="sgd-widget-words">.*?</p>)', re.DOTALL)
THEME = re.compile(r'(<html[^>]* data-theme=)"auto"')


def read_without_scripts(html: str) -> str:
    """The page with what stands in for its scripts: a theme, links for the menus, a word beside each live figure."""
    # No colour of the site is defined for "auto", which a script would replace.
    html = THEME.sub(r'\1"light"', html, count=1)
    html = WIDGET_WORDS.sub(rf"\1\n{STILL}", html)
    home, root = HOME.search(html), ROOT.search(html)
    if home and root:
        links = (
            f'<noscript><a href="{home[1]}">Contents</a> · '
            f'<a href="{root[1]}search.html">Search</a></noscript>'
        )
        html = MENU.sub(links, html, count=1)
    return html.replace("</head>", f"{STYLE}</head>", 1)
