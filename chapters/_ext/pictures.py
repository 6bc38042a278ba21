"""The pictures of the pages, shortened by SVGO when the book is built: half the elements, two thirds of the letters."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from sphinx.errors import ExtensionError

TOOLS = Path(__file__).resolve().parent.parent / "_tools"
sys.path.append(str(TOOLS))

from node_packages import NODE, install  # noqa: E402

PICTURE = re.compile(r'<svg [^>]*class="sgd-panel".*?</svg>', re.DOTALL)


def shortened(pictures: list[str]) -> list[str]:
    """The same pictures, in as few letters as SVGO needs for them."""
    node = TOOLS / "node"
    install(node)
    script = [str(NODE), str(node / "shrink_pictures.mjs")]
    done = subprocess.run(
        script, input=json.dumps(pictures), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ExtensionError(f"SVGO cannot read a picture: {done.stderr}")
    return json.loads(done.stdout)


def shorten_pictures(app, exception) -> None:
    """Shorten the pictures of every page."""
    if exception is not None or app.builder.name != "html":
        return
    pages = sorted(Path(app.outdir, "chapters").glob("*.html"))
    texts = [page.read_text(encoding="utf-8") for page in pages]
    short = iter(shortened([svg for html in texts for svg in PICTURE.findall(html)]))
    for page, html in zip(pages, texts, strict=True):
        page.write_text(PICTURE.sub(lambda _: next(short), html), encoding="utf-8")


def setup(app):
    """Sphinx calls this."""
    app.connect("build-finished", shorten_pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
