"""The colours of the site's pages, as their style sheets give them."""

from __future__ import annotations

import re
from pathlib import Path

from sgdlib.figures import palette_css

COURSE = Path(__file__).resolve().parent.parent.parent / "chapters" / "_static" / "course.css"
SELECTORS = {"light": ["html"], "dark": ["html", 'html[data-theme="dark"]']}


def palette(theme: str) -> dict[str, str]:
    """The value of each `--sgd-NAME` in a theme, `#rrggbb`, by name: sgdlib's palette, then what course.css adds."""
    css = palette_css() + COURSE.read_text(encoding="utf-8")
    found = {}
    for selector in SELECTORS[theme]:
        for block in re.findall(rf"^{re.escape(selector)} {{(.*?)^}}", css, re.S | re.M):
            found |= dict(re.findall(r"--sgd-([\w-]+): (#\w+|var[^;]+);", block))
    # a colour that is another one's
    for name, value in found.items():
        if other := re.fullmatch(r"var\(--sgd-([\w-]+)\)", value):
            found[name] = found[other[1]]
    return found
