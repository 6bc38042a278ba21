"""What nbval does not look at: that the stored notebooks are whole, clean, and show drawn, described figures.

Each check is a function from a notebook to a list of complaints, so that the second half of this file can
show, on small broken notebooks, that it complains.
"""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import book
import execute
import nbformat
import pytest
import scorecard
from bs4 import BeautifulSoup
from sphinx_external_toc.parsing import parse_toc_yaml

from sgdlib.claims import claim

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
NOTEBOOKS = sorted(CHAPTERS.glob("*.ipynb"))

SHORTEST_ALT = 40
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
# What draws in SVG; a group or a definition alone shows nothing.
MARKS = {"path", "line", "polyline", "polygon", "circle", "ellipse", "rect", "use", "image"}
# The colours of the data. Ink, muted and surface draw axes and text.
DATA_COLOUR = re.compile(r"var\(--sgd-(?!ink|muted|surface|raised|line)")
NOT_A_NUMBER = re.compile(r"\b(?:nan|inf(?:inity)?)\b", re.IGNORECASE)


# ---------------------------------------------------------------- the checks


def code_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(notebook):
    """Yield (cell number, kind, text) of everything a reader is shown as an output."""
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                yield number, output.name, execute.text(output.text)
            for kind, data in output.get("data", {}).items():
                if isinstance(data, str | list):
                    yield number, kind, execute.text(data)


def check_order(notebook) -> list[str]:
    """Every code cell was run, from the first to the last."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        return [f"the cells ran as {counts}, not as 1..{len(counts)}: run make execute"]
    return []


def check_clean(notebook) -> list[str]:
    """No error, nothing on stderr, no memory address, no widget model id."""
    found = []
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                found.append(f"cell {number} stores the error {output.ename}")
            if execute.WIDGET_VIEW in output.get("data", {}):
                found.append(f"cell {number} stores a widget view, whose model id is random")
    for number, kind, text in texts(notebook):
        if kind == "stderr":
            found.append(f"cell {number} stores stderr: {text.strip()[:80]}")
        if address := ADDRESS.search(text):
            found.append(f"cell {number} stores the memory address {address.group()} in {kind}")
    if "widgets" in notebook.metadata:
        found.append("the metadata holds widget state")
    return found


def check_compared(notebook) -> list[str]:
    """No cell asks nbval to look away, and every output is of a kind that nbval compares."""
    found = []
    for number, cell in enumerate(notebook.cells):
        tags = {tag.lower().replace("_", "-") for tag in cell.metadata.get("tags", [])}
        looks_away = {tag for tag in tags if tag.startswith("nbval-")} | (tags & {"raises-exception"})
        if looks_away or (cell.cell_type == "code" and "NBVAL_" in cell.source):
            found.append(f"cell {number} asks nbval not to compare it")
    for number, kind, _ in texts(notebook):
        if kind.startswith("image/"):
            found.append(f"cell {number} stores {kind}: nbval does not compare it; show an SVG")
    return found


class Svgs(HTMLParser):
    """Collect each <svg> of an HTML text: its attributes and the marks drawn in it."""

    VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})

    def __init__(self, html: str):
        super().__init__()
        self.svgs: list[dict] = []
        self.images: list[dict] = []
        self.stack: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = {key: value or "" for key, value in attrs}
        if tag == "svg" and not self._inside("svg"):
            self.svgs.append({"attributes": attributes, "marks": []})
        elif tag in MARKS and self._inside("svg") and not self._inside("defs", "clippath", "symbol"):
            chain = [kept for _, kept in self.stack] + [attributes]
            self.svgs[-1]["marks"].append((tag, attributes, chain))
        elif tag == "img":
            self.images.append(attributes)
        if tag not in self.VOID:
            self.stack.append((tag, attributes))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.stack.pop()

    def handle_endtag(self, tag):
        if any(opened == tag for opened, _ in self.stack):
            while self.stack.pop()[0] != tag:
                pass

    def _inside(self, *tags: str) -> bool:
        return any(opened in tags for opened, _ in self.stack)


def visible(tag: str, attributes: dict) -> bool:
    """Whether the mark covers any paper: a path of one point, or a box without a size, does not."""
    if tag == "path":
        return len(set(re.findall(r"-?\d[\d.e-]*[ ,]+-?\d[\d.e-]*", attributes.get("d", "")))) > 1
    if tag in ("polyline", "polygon"):
        return len(set(attributes.get("points", "").split())) > 1
    if tag in ("rect", "image"):
        return all(
            float(re.match(r"[\d.]*", attributes.get(k, "")).group() or 0) > 0 for k in ("width", "height")
        )
    return True


def is_data(chain: list[dict]) -> bool:
    """Whether a mark, or a group around it, is marked as data or drawn in a colour of the data."""
    for attributes in chain:
        if "data" in attributes.get("class", "").split():
            return True
        if any(DATA_COLOUR.search(attributes.get(key, "")) for key in ("stroke", "fill", "style")):
            return True
    return False


def blank(svg: dict) -> bool:
    """Whether nothing is drawn in the figure but its axes and words."""
    return not any(visible(tag, attributes) and is_data(chain) for tag, attributes, chain in svg["marks"])


def check_figures(notebook) -> list[str]:
    """Every figure is described in words, is not blank, and holds only numbers."""
    found = []
    for number, kind, text in texts(notebook):
        if kind == "image/svg+xml":
            found.append(f"cell {number} shows a bare SVG, which has no alt text: use the figure helper")
        if kind != "text/html":
            continue
        parsed = Svgs(text)
        for svg in parsed.svgs:
            attributes = svg["attributes"]
            alt = attributes.get("aria-label", "").strip()
            # The first panel of a picture speaks for all; the others are hidden from screen readers.
            silent = attributes.get("aria-hidden") == "true" and svg is not parsed.svgs[0]
            if not silent and (attributes.get("role") != "img" or len(alt) < SHORTEST_ALT):
                found.append(f"cell {number} has a figure without a proper alt text: {alt!r}")
            if blank(svg):
                found.append(f"cell {number} has a blank figure: {alt!r}")
            for tag, mark, _ in svg["marks"]:
                if NOT_A_NUMBER.search(mark.get("d", "") + " " + mark.get("points", "")):
                    found.append(f"cell {number} draws a {tag} through nan or inf")
        found += [
            f"cell {number} has an image without alt text"
            for img in parsed.images
            if not img.get("alt", "").strip()
        ]
        if "sgd-figure" in text and not parsed.svgs:
            found.append(f"cell {number} has a figure with no SVG in it")
    return found


def check_words(notebook) -> list[str]:
    """Every image in the prose has an alt text."""
    found = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "markdown":
            continue
        prose = re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.DOTALL)
        if re.search(r"!\[\s*\]", prose):
            found.append(f"cell {number} has a Markdown image without alt text")
        if any(not image.get("alt", "").strip() for image in Svgs(prose).images):
            found.append(f"cell {number} has an <img> without alt text")
    return found


def pieces(finding: ast.expr) -> list[str]:
    """The words of a sentence between the numbers that a cell fills in."""
    parts = finding.values if isinstance(finding, ast.JoinedStr) else [finding]
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def claims_of(source: str) -> list[tuple[int, str, list[str]]]:
    """The claims that a cell settles: number, verdict, and the words of the finding between its numbers."""
    return [
        (ast.literal_eval(node.args[0]), ast.literal_eval(node.args[1]), pieces(node.args[2]))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "claim"
    ]


def check_claims(notebook) -> list[str]:
    """A stored box has the number, the verdict and the words that its own cell gives it, in HTML and in plain text."""
    found = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or "claim(" not in cell.source:
            continue
        data = [output.get("data", {}) for output in cell.outputs]
        page = " ".join(execute.text(each.get("text/html", "")) for each in data)
        plain = " ".join(execute.text(each.get("text/plain", "")) for each in data)
        boxes = scorecard.ClaimParser(page).found
        said = claims_of(cell.source)
        if [box[:2] for box in boxes] != [[claim, verdict] for claim, verdict, _ in said]:
            found.append(f"cell {number} settles {[each[:2] for each in said]} and stores {boxes}")
        kept = {"page": BeautifulSoup(page, "html.parser").text, "text": plain}
        for where, text in kept.items():
            text = " ".join(text.replace("`", "").split())
            for which, verdict, words in said:
                # the page's first letter of a finding is a capital
                wanted = [
                    f"Claim {which}",
                    verdict.capitalize(),
                    *(" ".join(piece.split())[1:] for piece in words),
                ]
                found += [
                    f"cell {number} stores no {each!r} on the {where}"
                    for each in wanted
                    if each.replace("`", "") not in text
                ]
    return found


CHECKS = [check_order, check_clean, check_compared, check_figures, check_words, check_claims]


# ---------------------------------------------------------------- the chapters


def toc() -> list[str]:
    """The pages of the book, as _toc.yml names them."""
    return list(book.pages(parse_toc_yaml(ROOT / "_toc.yml")))


def test_every_page_of_the_toc_exists():
    missing = [
        name
        for name in toc()
        if not any((ROOT / f"{name}{suffix}").is_file() for suffix in (".md", ".ipynb"))
    ]
    assert not missing


def test_every_chapter_is_in_the_toc():
    pages = sorted(p for suffix in ("ipynb", "md") for p in CHAPTERS.glob(f"*.{suffix}"))
    assert pages
    assert sorted(toc()) == sorted(f"chapters/{page.stem}" for page in pages)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_notebook(path, check):
    complaints = check(nbformat.read(path, as_version=4))
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_stored_as_make_execute_stores_it(path):
    normal = execute.dumps(execute.normalise(nbformat.read(path, as_version=4)))
    assert path.read_text(encoding="utf-8") == normal, "run make execute"


# ---------------------------------------------------------------- the checks can fail

ALT = "Loss against step: momentum falls faster than plain gradient descent."
CURVE = '<path d="M 1 2 L 3 4.5 L 5 6" stroke="var(--sgd-gd, #0072B2)" fill="none"/>'


def figure(marks: str = CURVE, alt: str = ALT) -> str:
    axes = '<g id="axes"><path d="M 0 0 L 0 9 L 9 9" stroke="currentColor"/><text x="1" y="9">step</text></g>'
    label = f'aria-label="{alt}"' if alt else ""
    return (
        f'<figure class="sgd-figure"><svg role="img" {label} viewBox="0 0 9 9">{axes}{marks}</svg></figure>'
    )


def html(data: str):
    return nbformat.v4.new_output("display_data", data={"text/html": data, "text/plain": "<Figure>"})


def notebook_of(*outputs, source="x = 1", count=1, tags=(), prose="# Title"):
    cell = nbformat.v4.new_code_cell(
        source, execution_count=count, outputs=list(outputs), metadata={"tags": list(tags)}
    )
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(prose), cell])


def test_a_good_notebook_passes():
    good = notebook_of(html(figure()), nbformat.v4.new_output("stream", name="stdout", text="rate 0.818\n"))
    assert [check(good) for check in CHECKS] == [[]] * len(CHECKS)


def plain(text: str):
    return nbformat.v4.new_output("execute_result", data={"text/plain": text}, execution_count=1)


BAD = {
    "not run": (check_order, notebook_of(count=None), "not as 1..1"),
    "out of order": (check_order, notebook_of(count=7), "[7]"),
    "an error": (
        check_clean,
        notebook_of(nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])),
        "ValueError",
    ),
    "stderr": (
        check_clean,
        notebook_of(nbformat.v4.new_output("stream", name="stderr", text="Warning: x")),
        "stderr",
    ),
    "an address": (check_clean, notebook_of(plain("<object at 0x7f3a2c1b9d50>")), "0x7f3a2c1b9d50"),
    "a widget view": (
        check_clean,
        notebook_of(nbformat.v4.new_output("display_data", data={execute.WIDGET_VIEW: {"model_id": "a"}})),
        "widget view",
    ),
    "nbval told to skip": (check_compared, notebook_of(source="# NBVAL_SKIP\nx = 1"), "not to compare"),
    "nbval told by a tag": (check_compared, notebook_of(tags=["nbval-ignore-output"]), "not to compare"),
    "a PNG": (
        check_compared,
        notebook_of(nbformat.v4.new_output("display_data", data={"image/png": "iVBORw0KGgo="})),
        "image/png",
    ),
    "no alt text": (check_figures, notebook_of(html(figure(alt=""))), "alt text"),
    "too short an alt text": (check_figures, notebook_of(html(figure(alt="A plot"))), "alt text"),
    "a blank figure": (check_figures, notebook_of(html(figure(marks=""))), "blank"),
    "a curve of one point": (
        check_figures,
        notebook_of(html(figure(marks=CURVE.replace("L 3 4.5 L 5 6", "L 1 2")))),
        "blank",
    ),
    "only a clip path": (check_figures, notebook_of(html(figure(f"<defs>{CURVE}</defs>"))), "blank"),
    "one blank panel": (check_figures, notebook_of(html(figure() + figure(marks=""))), "blank"),
    "a blank second panel": (
        check_figures,
        notebook_of(html(figure() + '<svg aria-hidden="true"><path d="M 0 0 L 1 1"/></svg>')),
        "blank",
    ),
    "a hidden picture": (
        check_figures,
        notebook_of(html(f'<svg aria-hidden="true">{CURVE}</svg>')),
        "alt text",
    ),
    "a curve through nan": (check_figures, notebook_of(html(figure(CURVE.replace("4.5", "nan")))), "nan"),
    "an emptied figure": (check_figures, notebook_of(html('<figure class="sgd-figure"></figure>')), "no SVG"),
    "an image without alt": (check_words, notebook_of(prose="![](bowl.png)"), "alt text"),
    "a box with another verdict": (
        check_claims,
        notebook_of(
            html(claim(8, "true", "it is 2", holds=True)._repr_html_()),
            source='claim(8, "false", f"it is {n}", n > 1)',
        ),
        "stores [[8, 'true'",
    ),
    "a box with other words": (
        check_claims,
        notebook_of(
            html(claim(8, "true", "it is 2", holds=True)._repr_html_()),
            source='claim(8, "true", f"it was {n}", n > 1)',
        ),
        "'t was' on the page",
    ),
    "a box that is gone": (check_claims, notebook_of(source='claim(8, "true", "it is", True)'), "stores []"),
    "an img without alt": (check_words, notebook_of(prose='<img src="bowl.png">'), "alt text"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_notebook_is_caught(name):
    check, notebook, words = BAD[name]
    assert any(words in complaint for complaint in check(notebook))


def test_widget_state_is_caught():
    notebook = notebook_of()
    notebook.metadata["widgets"] = {}
    assert check_clean(notebook) == ["the metadata holds widget state"]


def test_execute_refuses_a_cell_that_raises_or_warns(tmp_path, capsys):
    for source in ("1 / 0", "import sys; print('oh', file=sys.stderr)"):
        path = tmp_path / "bad.ipynb"
        before = execute.dumps(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id="a")]))
        path.write_text(before)
        assert execute.main([str(path)]) == 1
        assert path.read_text() == before
        assert "bad.ipynb: " in capsys.readouterr().err


def test_execute_stores_the_same_bytes_twice(tmp_path, capsys):
    path = tmp_path / "good.ipynb"
    cells = ["print('a')\nprint('b', flush=True)\nprint('c')", "import ipywidgets as w\nw.IntSlider(value=3)"]
    written = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    nbformat.write(written, path)
    assert execute.main([str(path)]) == 0
    once = path.read_text()
    assert execute.main([str(path)]) == 0
    assert path.read_text() == once
    assert "widget-view" not in once and '"widgets"' not in once
    assert "unchanged" in capsys.readouterr().out
    assert execute.main([str(tmp_path / "none.ipynb")]) == 1
