"""The recipes of README.md, followed in a copy of the repository: all is found at work, and no other file changed."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import recipes
from patience import PATIENCE

pytestmark = pytest.mark.foreign  # a copy is set up, its notebooks are run and its book is built

ADDED = [
    "_toc.yml",
    "chapters/momentum.ipynb",
    "chapters/sign-descent.ipynb",
    "sgdlib/exercises/questions/momentum.py",
    "sgdlib/exercises/questions/sign_descent.py",
    "sgdlib/experiments/valley_steps.csv",
    "sgdlib/experiments/valley_steps.py",
    "sgdlib/signed.py",
    "sgdlib/widgets/half_life/__init__.py",
    "sgdlib/widgets/half_life/half_life.mjs",
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The copy, with the recipes followed, the experiment and the notebooks run, and the book built."""
    copy = recipes.Copy(tmp_path_factory.mktemp("recipes"))
    copy.follow()
    copy.experiment = copy.python("-m", "sgdlib.experiments", "valley_steps")
    if digest := re.search(r"digest is (\w+)", copy.experiment.stdout):
        module = copy.folder / "sgdlib" / "experiments" / "valley_steps.py"
        text = module.read_text(encoding="utf-8")
        module.write_text(
            text.replace('packages=("numpy",),', f'packages=("numpy",),\n    digest="{digest[1]}",'),
            encoding="utf-8",
        )
    notebooks = ["chapters/sign-descent.ipynb", "chapters/momentum.ipynb"]
    copy.executed = copy.python("chapters/_tools/execute.py", *notebooks)
    book = str(Path(sys.executable).with_name("jupyter-book"))
    copy.built = copy.run(book, "build", "--warningiserror", "--keep-going", "-q", ".")
    return copy


def check(done) -> None:
    """Fail with what a program said if it failed."""
    assert done.returncode == 0, done.stdout + done.stderr


def page(copy, name: str) -> str:
    """A page of the copy's built site."""
    path = copy.folder / "_build" / "html" / "chapters" / f"{name}.html"
    assert path.is_file(), copy.built.stdout + copy.built.stderr
    return path.read_text(encoding="utf-8")


def test_no_row_has_more_than_three_files():
    rows = recipes.table()
    assert set(rows) == {"rule", "widget", "small figure", "experiment", "chapter", "exercise, question"}
    assert max(map(len, rows.values())) <= 3


def test_what_the_table_names_is_what_changes(copy):
    assert copy.changed() == ADDED
    kinds = {
        re.sub(r"half_life|valley_steps|signed|sign[-_]descent|momentum", "*", path)
        for path in copy.changed()
    }
    # a small figure is a widget in one file less, and has no recipe of its own
    rows = {what: files for what, files in recipes.table().items() if what != "small figure"}
    named = {re.sub(r"<\w+>", "*", path) for files in rows.values() for path in files if path}
    assert kinds == named


def test_the_notebooks_run(copy):
    check(copy.executed)


def test_the_book_builds_without_a_warning(copy):
    check(copy.built)


def test_the_examples_hold(copy):
    modules = [name for name in ADDED if name.endswith(".py") and "questions" not in name]
    check(copy.python("-m", "pytest", "-q", "-p", "no:cacheprovider", *modules))


def test_the_style_holds(copy):
    written = [name for name in ADDED if name.endswith(".py")]
    check(copy.python("-m", "ruff", "check", *written))
    check(copy.python("-m", "ruff", "format", "--check", *written))


def test_the_structure_holds_and_still_and_live_say_the_same(copy):
    """The tests that look at all modules and at all widgets have found the new ones, and are content."""
    tests = ["tests/test_structure.py", "tests/test_widgets_words.py", "-k", "test_structure or half_life"]
    done = copy.python("-m", "pytest", "-v", "-p", "no:cacheprovider", *tests)
    check(done)
    assert "test_the_still_and_the_live_say_the_same[half_life] PASSED" in done.stdout


def test_the_rule_runs_and_is_in_the_reference(copy):
    code = "from sgdlib import descend; from sgdlib.signed import SignDescent; "
    code += "print(descend(SignDescent(1.0), lambda x: x, [3.0], 3).positions[-1, 0])"
    assert copy.python("-c", code).stdout.strip() == "0.0"
    assert 'id="sgdlib.signed.SignDescent"' in page(copy, "reference")


def test_the_widget_comes_alive_on_its_page(copy, browser):
    opened = browser.new_page()
    opened.set_default_timeout(PATIENCE)
    wrong = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    page(copy, "sign-descent")
    opened.goto((copy.folder / "_build/html/chapters/sign-descent.html").resolve().as_uri())
    widget = opened.locator(".sgd-widget[data-widget=half-life]")
    still = "With momentum 0.9 half of a push is left after 6.58 steps."
    assert still in page(copy, "sign-descent")
    field = widget.locator("input:not([type=range])")
    field.fill("0.5")
    field.press("Enter")
    widget.locator(".sgd-readouts dd", has_text=re.compile(r"^1$")).wait_for()
    opened.close()
    assert wrong == []


def test_the_experiment_is_listed_and_stored(copy):
    check(copy.experiment)
    listed = copy.python("-m", "sgdlib.experiments").stdout
    assert "valley_steps: 6 of 6 runs stored" in listed
    again = copy.python("-m", "sgdlib.experiments", "valley_steps").stdout
    assert again.startswith("Nothing to train: ")


def test_the_chapter_has_its_page_its_place_and_its_question(copy):
    html = page(copy, "sign-descent")
    assert "Every step has the same length." in html and "SignDescent" in html
    assert "Only which way is down, not how steep." in page(copy, "index")
    assert html.count('class="sgd-quiz"') == 1


def test_the_exercise_is_a_form_with_its_solution(copy):
    html = page(copy, "momentum")
    assert 'data-exercise="a-tenth-is-left"' in html
    assert "the first step with less than a tenth of the push" in html
