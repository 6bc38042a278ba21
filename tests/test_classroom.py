"""The archive for teachers: all pictures, each one alone; notebooks without solutions; a page that lists them."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
import zipfile
from html.parser import HTMLParser

import classroom
import downloads
import exercises
import nbformat
import pytest
from site_pages import NOTEBOOKS, ROOT

SVG = "{http://www.w3.org/2000/svg}"
PANEL = (
    '<svg {name} class="sgd-panel" viewBox="0 0 100 50" style="color:inherit">'
    '<path id="a" d="M0 0" style="stroke: var(--sgd-gd, #0072b2); fill: currentColor"/></svg>'
)
PAGE = f"""<title>3. A &amp; B — Course</title>
<div class="sgd-widget" data-widget="race">
<script type="application/json">{{}}</script>
<figure class="sgd-figure" id="figure-1" style="x">{PANEL.format(name='aria-label="Two &lt; three."')}
{PANEL.format(name='aria-hidden="true"')}</figure></div>
<figure class="sgd-figure" id="figure-2">{PANEL.format(name='aria-label="One."')}</figure>"""


def test_the_pictures_of_a_page():
    first, second = classroom.stills(PAGE)
    assert (first.name, first.alt) == ("figure-01-race", "Two < three.")
    assert (second.name, second.alt) == ("figure-02", "One.")
    assert classroom.title(PAGE) == "3. A & B"
    whole = ET.fromstring(first.svg)
    assert [part.get("x") for part in whole.findall(f"{SVG}svg")] == ["0", "114"]
    assert whole.get("viewBox") == "0 0 214 50" and whole.find(f"{SVG}title").text == "Two < three."
    assert "#0072b2" in first.svg and "var(" not in first.svg and "currentColor" not in first.svg


def test_no_site_is_one_sentence(tmp_path, capsys):
    assert classroom.main([str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"There is no notebook in {tmp_path}: run make book.\n"


# ---------------------------------------------------------------- the archive in the site


@pytest.fixture(scope="module")
def files(site) -> dict[str, bytes]:
    with zipfile.ZipFile(site / classroom.NAME) as archive:
        return {name.removeprefix("classroom/"): archive.read(name) for name in archive.namelist()}


def test_it_holds_every_figure_of_the_site(site, files):
    drawn = {
        page.stem: len(re.findall('<figure class="sgd-figure"', page.read_text(encoding="utf-8")))
        for page in (site / "chapters").glob("*.html")
    }
    held = {name: sum(path.startswith(f"pictures/{name}/") for path in files) for name in drawn}
    assert held == drawn and sum(drawn.values()) > 50
    widgets = {path.stem for path in (site / "embed").glob("*.html")}
    assert {name.split("/")[1] for name in files if name.startswith("widgets/")} == {
        f"{w}.html" for w in widgets
    }


def test_every_picture_stands_alone(files):
    pictures = {name: text for name, text in files.items() if name.endswith(".svg")}
    for name, text in pictures.items():
        whole = ET.fromstring(text)
        assert whole.find(f"{SVG}rect").get("fill") == "#ffffff", name
        assert len(whole.get("aria-label")) > 20 and whole.get("viewBox"), name
        written = text.decode()
        assert not re.search(r"var\(|currentColor|class=|inherit|https?://(?!www\.w3\.org/)", written), name
        named = re.findall(r'\bid="([^"]*)"', written)
        assert len(named) == len(set(named)), name
        asked = re.findall(r'url\(#([^)]*)\)|href="#([^"]*)"', written)
        assert {one or other for one, other in asked} <= set(named), name


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_no_solution_is_inside(files, name):
    notebook = nbformat.reads(files[f"notebooks/{name}.ipynb"].decode(), as_version=4)
    nbformat.validate(notebook)
    stored = nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4)
    after = {cell.id: cell for cell in notebook.cells}
    # the first cell comes with the download, and nothing else
    assert set(after) == {cell.id for cell in stored.cells} | {downloads.FIRST_CELL}
    for cell in stored.cells:
        if not exercises.is_exercise(cell):
            assert after[cell.id] == cell
            continue
        inside = cell.source.split(exercises.BEGIN)[1].split(exercises.END)[0].strip()
        given = after[cell.id].source
        assert exercises.OPEN in given and inside not in given and after[cell.id].outputs == []


class Links(HTMLParser):
    """The addresses that a page leads to or shows, and its pictures' words."""

    def __init__(self, text: str):
        super().__init__()
        self.found, self.words = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.found |= {given[key] for key in ("href", "src") if key in given}
        self.words += [given.get("alt")] if tag == "img" else []


def test_the_page_in_front_names_every_file_and_nothing_else(files):
    page = Links(files["index.html"].decode())
    assert page.found == set(files) - {"index.html", "widgets/index.html"}
    assert all(page.words) and "CC BY 4.0" in files["index.html"].decode()


def test_it_opens_from_disk_and_shows_its_pictures(files, browser, tmp_path):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "index.html").as_uri())
    page.evaluate("() => { for (const image of document.images) image.loading = 'eager'; }")
    shown = "[...document.images].every((image) => image.complete)"
    page.wait_for_function(shown)
    assert (
        page.evaluate("[...document.images].filter((image) => !image.naturalWidth).map((image) => image.src)")
        == []
    )
    assert all(url.startswith("file:") for url in asked)
    page.close()


def test_the_page_for_the_classroom_links_to_it(site):
    page = (site / "chapters" / "classroom.html").read_text(encoding="utf-8")
    assert 'href="../classroom.zip"' in page and (site / classroom.NAME).is_file()


# ---------------------------------------------------------------- numbers of the page for the classroom


def weight(path) -> float:
    """Megabytes of a file, or of all that is in a folder."""
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files) / 1e6


def test_the_site_weighs_what_the_page_says(site):
    """To a seventh; a site with Python in it, or with compressed copies, is another one."""
    if any((site / "lite").rglob("pyodide.asm.wasm")) or any(site.rglob("*.br")):
        pytest.skip("the site was built with PYODIDE= or COMPRESS=")
    page = " ".join((ROOT / "chapters" / "classroom.md").read_text(encoding="utf-8").split())
    said = re.search(
        r"It holds about (\d+) MB: about (\d+) MB are the notebooks to download.*?, (\d+) MB are `lite/`"
        r".*?, and (\d+) MB the archive.*? about (\d+) MB less",
        page,
    )
    carried = sum(
        len("".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])) / 1e6
        for path in (site / "_sources" / "chapters").glob("*.ipynb")
    )
    parts = [site, site / "_sources", site / "lite", site / classroom.NAME]
    # twice beside the pages, for http and for disk, and once in the archive, packed: base64 is by a third too long
    weights = [*map(weight, parts), carried * 2.75]
    for number, real in zip(said.groups(), weights, strict=True):
        assert abs(float(number) / real - 1) < 1 / 7, f"the page says {number} MB, it is {real:.1f}"


def test_what_the_rocket_loads_is_what_the_benchmark_measured():
    page = " ".join((ROOT / "chapters" / "classroom.md").read_text(encoding="utf-8").split())
    table = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    first = float(re.search(r"not compressed \| \d+ files, ([\d.]+) MB", table)[1])
    python = float(re.search(r"of which Python ([\d.]+)", table)[1])
    (lite,) = re.findall(r"JupyterLite \(about (\d+) MB", page)
    assert abs(float(lite) - (first - python)) < 1
    for said in re.findall(r"Matplotlib \(about (\d+) MB\)|needs of it, about (\d+) MB", page):
        assert abs(float("".join(said)) - python) < 2


def test_versions_of_the_page_are_those_that_are_tried():
    """As old as pyproject.toml allows, and as tests/support/anywhere.py installs."""
    page = " ".join((ROOT / "chapters" / "classroom.md").read_text(encoding="utf-8").split())
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    said = re.findall(r"(NumPy|Matplotlib|ipywidgets|Keras|JAX) (\d+\.\d+)", page)
    assert {name for name, _ in said} == {"NumPy", "Matplotlib", "ipywidgets", "Keras", "JAX"}
    for name, version in said:
        needed = downloads.MODULES.get(name.lower(), "")
        assert f'"{name.lower()}>={version}"' in project or needed == f"{name.lower()}>={version}"
