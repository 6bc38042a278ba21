r"""Formulas, set while the book is built: KaTeX's HTML to look at, MathML beside it to hear and to copy.

A page needs no script for them; one of KaTeX's own makes LaTeX of a formula that is copied. A formula that KaTeX cannot
set stops the build.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from bs4 import BeautifulSoup
from docutils import nodes
from search_entries import line_of
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinxcontrib import katex

TOOLS = Path(__file__).resolve().parent.parent / "_tools"
sys.path.append(str(TOOLS))

from node_packages import NODE, install  # noqa: E402

MACROS = {r"\R": r"\mathbb{R}", r"\E": r"\mathbb{E}"}
STYLE = "katex.min.css"
PUNCTUATION, KEPT = re.compile(r"[,.;:?!)]+"), "sgd-together"
COPY_SCRIPT = "copy-tex.min.js"
PATIENCE = 60.0  # seconds, for a machine that has much else to do


def start_katex(rundir: Path, timeout: float):
    """As the library does it, but asking again while KaTeX does not listen yet."""
    place, until = rundir / "katex.sock", time.monotonic() + timeout
    command = katex.KaTeXServer.build_command(socket=place)
    process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=rundir)
    while True:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(str(place))
            return process, sock
        except OSError:
            sock.close()
            if time.monotonic() > until:
                process.kill()
                raise katex.KaTeXServer.timeout_error(timeout) from None
            time.sleep(0.01)


def take_katex(app) -> None:
    """Have KaTeX from the registry set the formulas, and put its style and its script for copying beside the pages."""
    if app.builder.name != "html":
        return
    dist = install(TOOLS / "node") / "katex" / "dist"
    katex.NODEJS_BINARY = str(NODE)
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = PATIENCE
    katex.KaTeXServer.start_server_process = start_katex
    katex.KATEX_DEFAULT_OPTIONS.update(throwOnError=True, macros=MACROS)
    app.config.katex_js_path = str(dist / "katex.min.js")
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    shutil.copy(dist / STYLE, static / STYLE)
    shutil.copy(dist / "contrib" / COPY_SCRIPT, static / COPY_SCRIPT)
    shutil.copytree(dist / "fonts", static / "fonts", dirs_exist_ok=True)


class Together(SphinxPostTransform):
    """Keep a formula and the punctuation after it on one line."""

    default_priority = 900

    def run(self) -> None:
        for formula in list(self.document.findall(nodes.math)):
            after = formula.next_node(descend=False, siblings=True)
            mark = isinstance(after, nodes.Text) and PUNCTUATION.match(after)
            if not mark:
                continue
            parent, rest = formula.parent, nodes.Text(after[mark.end() :])
            parent.remove(after)
            place = parent.index(formula)
            kept = nodes.inline("", "", formula, nodes.Text(mark[0]), classes=[KEPT])
            parent[place : place + 1] = [kept, rest]


def in_a_line(tex: str) -> str:
    """A formula as a line of text, for where only text may stand."""
    return line_of(BeautifulSoup(katex.render_latex(tex), "html.parser"))


def setup(app):
    """Sphinx calls this."""
    app.setup_extension("sphinxcontrib.katex")
    app.add_post_transform(Together)
    app.connect("builder-inited", take_katex, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
