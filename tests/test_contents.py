"""What nobody lists by hand: the chapters on the first page, from _toc.yml, and the modules of the reference."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from pathlib import Path

import book
import contents
import pytest
import reference
from sphinx_external_toc.parsing import parse_toc_yaml

from sgdlib.claims import CLAIMS

ROOT = Path(__file__).resolve().parent.parent
PAGES = parse_toc_yaml(ROOT / "_toc.yml")


def notebook(heading: str, **course: str) -> str:
    """A notebook of a heading, with these words for the list."""
    cell = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": f"# {heading}"}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"course": course, "kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def build(folder: Path, chapters: dict[str, str], text: str) -> tuple[int, str, str]:
    """Build a book of these notebooks and a first page, warnings being errors; return exit code, words, page."""
    (folder / "conf.py").write_text(
        f"import sys; sys.path.insert(0, {str(ROOT / 'chapters' / '_ext')!r})\n"
        "extensions = ['myst_nb', 'sphinx_external_toc', 'contents', 'small_figure']\n"
        "exclude_patterns = ['out']\nnb_execution_mode = 'off'\nhtml_theme = 'basic'\n"
    )
    items = "".join(f"      - file: pages/{name}\n" for name in chapters)
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: pages/index\nparts:\n"
        "  - chapters:\n      - file: pages/before\n"
        f"  - numbered: true\n    chapters:\n{items}"
    )
    (folder / "pages").mkdir()
    (folder / "pages" / "index.md").write_text(f"# Book\n\n{text}\n")
    (folder / "pages" / "before.md").write_text("# Before\n")
    for name, content in chapters.items():
        (folder / "pages" / f"{name}.ipynb").write_text(content)
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", ".", "out"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    page = folder / "out" / "pages" / "index.html"
    return done.returncode, done.stderr, page.read_text(encoding="utf-8") if page.is_file() else ""


TEXT = "After {count}`chapters` chapters and {count}`claims` claims.\n\n```{chapters}\n```"


def test_a_new_chapter_is_listed_and_counted(tmp_path):
    chapters = {
        "down": notebook("Down & out", summary="A hill, a *slope*."),
        "up": notebook("Up", title="The way up", summary="A climb."),
    }
    code, said, page = build(tmp_path, chapters, TEXT)
    assert code == 0, said
    assert f"After two chapters and {contents.words(len(CLAIMS))} claims." in page
    items = re.findall(r"<li>(.*?)</li>", page[page.index("<ol") : page.index("</ol>")], re.DOTALL)
    assert [html.unescape(re.sub("<[^>]*>", "", item)).strip() for item in items] == [
        "Down & out. A hill, a slope.",
        "The way up. A climb.",
    ]
    assert [re.search('href="([^"]*)"', item)[1] for item in items] == ["down.html", "up.html"]


def test_a_small_figure_stands_on_the_page_and_none_that_is_not_there(tmp_path):
    said = "```{small-figure} %s\n```"
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    chapters = {"up": notebook("Up", summary="A climb.")}
    code, said_by_it, page = build(one, chapters, said % "OpeningRace")
    assert code == 0, said_by_it
    assert 'data-widget="opening-race"' in page
    code, said_by_it, _ = build(other, chapters, said % "Nothing")
    assert code != 0
    assert "there is no small figure Nothing; there are " in said_by_it


def test_a_chapter_without_its_sentence_stops_the_build(tmp_path):
    chapters = {"down": notebook("Down", summary="A hill."), "up": notebook("Up", title="The way up")}
    code, said, _ = build(tmp_path, chapters, TEXT + "\n\n{count}`pages`")
    assert code != 0
    assert "pages/up has no sentence for the list of chapters" in said and "pages/down has" not in said
    assert "count knows chapters and claims, not pages." in said


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "one"), (8, "eight"), (19, "nineteen"), (20, "twenty"), (21, "twenty-one"), (99, "ninety-nine")],
)
def test_numbers_in_words(number, said):
    assert contents.words(number) == said


def test_the_first_page_lists_every_chapter(site):
    page = (site / "chapters" / "index.html").read_text(encoding="utf-8")
    part = page[page.index('id="the-chapters"') :]
    linked = re.findall(r'<li><p><a [^>]*href="([^"]*)\.html"', part[: part.index("</ol>")])
    assert [f"chapters/{name}" for name in linked] == book.chapters(PAGES)
    assert f"After the {contents.words(len(linked))} chapters you can" in page


# ---------------------------------------------------------------- the reference


def test_a_new_module_has_its_place(tmp_path):
    for name in (
        "__init__.py",
        "adam.py",
        "_hidden.py",
        "theory.py",
        "experiments/__init__.py",
        "experiments/cnn.py",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = reference.modules(tmp_path)
    assert found == ["adam", "experiments.cnn", "theory"]
    assert reference.in_order(["*", "theory", "experiments.*"], found) == [
        "adam",
        "theory",
        "experiments.cnn",
    ]
    assert reference.in_order(["adam", "*"], ["adam"]) == ["adam"]
    with pytest.raises(ValueError, match=r"sgdlib has no module data\."):
        reference.in_order(["data", "*"], found)


def test_the_reference_has_every_module(site):
    """Those of sgdlib's root, of the experiments and of practice; the other packages are documented as a whole."""
    page = (site / "chapters" / "reference.html").read_text(encoding="utf-8")
    heads = re.findall(r'<h2><code[^>]*><span class="pre">sgdlib\.([\w.]+)</span>', page)
    own = [
        name
        for name in reference.modules()
        if "." not in name or name.startswith(("experiments.", "practice."))
    ]
    assert sorted(heads) == sorted([*own, "experiments", "widgets", "widgets.small", "exercises"])


def test_the_page_names_modules_that_there_are():
    """Without a build: the lines of the page, and the order that it gives in words."""
    page = (reference.PACKAGE.parent / "chapters" / "reference.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```\{sgdlib-reference\}\n(.*?)```", page, re.DOTALL)
    lines = [line for line in block.splitlines() if not line.startswith(":")]
    ordered = reference.in_order(lines, reference.modules())
    assert {"optimizer", "checks", "experiments.digits", "practice.meter"} <= {*ordered}
    named = re.findall(r"`(\w+)`", page.partition("Read the modules in this order:")[2].partition("\n\n")[0])
    assert all(
        (reference.PACKAGE / f"{name}.py").is_file() or (reference.PACKAGE / name).is_dir() for name in named
    )
    automatic = re.findall(r"automodule:: (sgdlib[\w.]*)", page)
    assert automatic == re.findall(r"^## `(sgdlib[\w.]*)`", page, re.MULTILINE)
