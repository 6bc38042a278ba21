"""Exercises on the page and in the download, both made of the one cell in which an author writes the solution.

A cell tagged `exercise` holds placeholders, the solution between nbgrader's markers, and a call of `check`. The page
shows the solution, folded, below a form made from the exercise's data; the notebook to download holds the cell with
the solution taken out, and the solution folded below it. A question is the output of a call of `predict`.

What is wrong with them is a warning in a sentence, and make book takes a warning for an error.
"""

from __future__ import annotations

import ast
import hashlib
import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import nbformat
from rocket import needs_keras
from sphinx.util import logging

from sgdlib.exercises import (
    GRADES,
    Exercise,
    Function,
    Number,
    Quiz,
    grading,
    places,
    reading,
)
from sgdlib.widgets.page.base import HERE as WIDGETS

log = logging.getLogger(__name__)

TAG = "exercise"
SCRIPT, NUMBERS, ANSWERS = "exercises.js", "numbers.js", "answers.js"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
OPEN = "...  # your code here"
PLACEHOLDER = re.compile(r"[^\W\d]\w*\s*=\s*\.\.\.\s*(#.*)?")
PROMPT = "Show the solution"


# ---------------------------------------------------------------- one cell


def split(source: str) -> tuple[str, str]:
    """Return the starter and the solution to show, from a cell with a solution between markers.

    Raises
    ------
    ValueError
        If the markers are missing, or do not come in pairs.
    """
    starter, shown, marks = [], [], []
    for line in source.splitlines():
        if line.strip() in (BEGIN, END):
            marks.append(line.strip())
            if marks[-1] == BEGIN:
                starter.append(line.replace(BEGIN, OPEN))
        elif marks and marks[-1] == BEGIN:
            shown.append(line)
        else:
            starter.append(line)
            if not PLACEHOLDER.fullmatch(line.rstrip()):
                shown.append(line)
    if not marks or marks != [BEGIN, END] * (len(marks) // 2):
        raise ValueError(
            f"it needs {BEGIN} and then {END}, in pairs, each on a line of its own."
        )
    return "\n".join(starter), "\n".join(shown).strip("\n")


def calls(source: str, function: str) -> list[str]:
    """The names that a cell gives to `check` or `predict`; none if the cell is not plain Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    return [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == function
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]


def is_exercise(cell) -> bool:
    """Whether the cell holds a solution."""
    return cell.cell_type == "code" and TAG in cell.metadata.get("tags", [])


# ---------------------------------------------------------------- what is wrong with a chapter


def complaints(notebook, exercises: Mapping, quizzes: Mapping) -> list[str]:
    """What is wrong with the exercises and questions of a chapter, in sentences."""
    wrong, used = [], {"check": Counter(), "predict": Counter()}
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        for function, names in used.items():
            names.update(calls(cell.source, function))
        checked = calls(cell.source, "check")
        if is_exercise(cell):
            try:
                ast.parse(split(cell.source)[0])
            except ValueError as error:
                wrong.append(f"cell {number} is an exercise: {error}")
            except SyntaxError as error:
                wrong.append(
                    f"cell {number} without its solution does not run: {error.msg}."
                )
            if len(checked) != 1:
                wrong.append(
                    f'cell {number} is an exercise and must call check("name", ...) once.'
                )
        elif checked:
            wrong.append(f"cell {number} calls check: tag it {TAG}.")
    for function, kind, own in (
        ("check", Exercise, exercises),
        ("predict", Quiz, quizzes),
    ):
        wrong += list(misused(function, used[function], own, places.where(kind)))
    return wrong


def misused(
    function: str, used: Counter, own: Mapping, homes: Mapping[str, str]
) -> Iterator[str]:
    """What is wrong with the names that a chapter gives to `check` or `predict`; homes has all names, with chapters."""
    for name, count in used.items():
        call = f'{function}("{name}")'
        if name not in own and name in homes:
            yield f"{call} belongs to the chapter {homes[name]}."
        elif name not in own:
            yield f"{call} names nothing in sgdlib.exercises."
        elif count > 1:
            yield f"{call} stands in the chapter {count} times; once is right."
    for name in own:
        if name not in used:
            yield f'sgdlib.exercises has {function}("{name}") for the chapter, which does not call it.'


def homeless(pages: set[str], chapters: Iterable[str]) -> list[str]:
    """The chapters that exercises or questions are written for, and the book does not have."""
    return sorted(set(chapters) - {page.rpartition("/")[2] for page in pages})


# ---------------------------------------------------------------- the notebook to download


def starter(notebook):
    """The notebook with each solution taken out of its cell and folded below it."""
    made = nbformat.from_dict(notebook)
    made.cells = []
    for cell in notebook.cells:
        if not is_exercise(cell):
            made.cells.append(cell)
            continue
        source, shown = split(cell.source)
        empty = nbformat.v4.new_code_cell(source, id=cell.id, metadata={"tags": [TAG]})
        folded = f"<details><summary>{PROMPT}</summary>\n\n```python\n{shown}\n```\n\n</details>"
        made.cells += [
            empty,
            nbformat.v4.new_markdown_cell(folded, id=f"{cell.id[:55]}-solution"),
        ]
    return made


def dumps(notebook) -> str:
    """The text of a notebook, as chapters/_tools/execute.py stores it."""
    text = nbformat.writes(notebook, version=nbformat.NO_CONVERT, ensure_ascii=False)
    return text.rstrip("\n") + "\n"


# ---------------------------------------------------------------- the page


def asked(what: Number | Quiz) -> str:
    """A fingerprint of a question: an answer that is kept in the reader's browser is one to this question.

    >>> asked(Number("steps", 7, "Count.")) == asked(Number("steps", 7, "Count again."))
    True
    >>> asked(Number("steps", 7, "Count.")) == asked(Number("steps", 8, "Count."))
    False
    """
    if isinstance(what, Quiz):
        parts = [what.question, *(f"{each.right} {each.text}" for each in what.choices)]
    else:
        # On another machine the last digits may be others.
        parts = [what.label, f"{float(what.answer):.6g}"]
    words = "\n".join(" ".join(part.split()) for part in parts)
    return hashlib.blake2b(words.encode(), digest_size=5).hexdigest()


def mark_questions(cell, quizzes: Mapping):
    """A cell whose outputs say of each question which one it is."""
    made = nbformat.from_dict(cell)
    for name in calls(cell.source, "predict"):
        for output in made.outputs if name in quizzes else ():
            data = output.get("data", {})
            if "text/html" in data:
                mark = f'data-quiz="{name}"'
                data["text/html"] = data["text/html"].replace(
                    mark, f'{mark} data-asked="{asked(quizzes[name])}"'
                )
    return made


def form(exercise: Exercise, in_browser: bool = True) -> str:
    """The box below a task: a field for each number to find, and where a function is checked."""
    name, text = exercise.name, html.escape
    wanted = {
        key: {**data, "asked": asked(exercise.answers[key])}
        for key, data in exercise.page_data().items()
    }
    data = text(json.dumps(wanted, ensure_ascii=False))
    lines = [
        f'<div class="sgd-exercise" data-exercise="{name}" data-answers="{data}">',
        f'<p class="sgd-grade"><strong>{text(exercise.grade.capitalize())}</strong>: {GRADES[exercise.grade]}.</p>',
    ]
    if exercise.page_data():
        lines += [
            '<p class="sgd-plain">Work it out, then open the solution.</p>',
            "<form hidden>",
        ]
        for key in exercise.page_data():
            field, said = f"answer-{name}-{key}", f"said-{name}-{key}"
            lines += [
                f'<div class="sgd-field"><label for="{field}">{text(exercise.answers[key].label)}</label>',
                f'<input id="{field}" name="{key}" type="text" autocomplete="off" maxlength="{reading.LONGEST}" '
                f'spellcheck="false" aria-describedby="{said}">',
                f'<p class="sgd-said" id="{said}"></p></div>',
            ]
        lines += ['<button type="submit">Check</button>', "</form>"]
    functions = [
        f"<code>{key}</code>"
        for key, answer in exercise.answers.items()
        if isinstance(answer, Function)
    ]
    if functions:
        rocket = (
            '<span class="sgd-rocket"> The rocket there runs it in the browser.</span>'
        )
        lines.append(
            f'<p class="sgd-elsewhere">{" and ".join(functions)}: checked in the notebook, to download at the top of '
            f"this page.{rocket * in_browser}</p>"
        )
    return "\n".join([*lines, "</div>"])


def page(notebook, exercises: Mapping, quizzes: Mapping):
    """The notebook as its page shows it: the solution without markers, below the form; each question marked."""
    made = nbformat.from_dict(notebook)
    made.cells = []
    in_browser = not needs_keras(notebook)
    for cell in notebook.cells:
        if is_exercise(cell):
            names = [name for name in calls(cell.source, "check") if name in exercises]
            made.cells += [
                nbformat.v4.new_markdown_cell(
                    form(exercises[name], in_browser), id=f"{cell.id[:55]}-form"
                )
                for name in names[:1]
            ]
            cell = nbformat.from_dict(cell)
            try:
                cell.source = split(cell.source)[1]
            except ValueError:
                pass  # complaints() says so
        if cell.cell_type == "code":
            cell = mark_questions(cell, quizzes)
        made.cells.append(cell)
    return made


# ---------------------------------------------------------------- the build


def find_homeless(app, env, docnames) -> None:
    """Warn of exercises and questions for a chapter that the book does not have."""
    for chapter in homeless(env.found_docs, places.chapters()):
        log.warning(
            f"sgdlib.exercises has something for the chapter {chapter}, which is not in the book.",
            type="exercises",
        )


def read_source(app, docname: str, source: list[str]) -> None:
    """Hand MyST-NB the notebook as the page shows it."""
    if Path(app.env.doc2path(docname)).suffix != ".ipynb":
        return
    chapter = docname.rpartition("/")[2]
    exercises, quizzes, modules = (
        {},
        {},
        [__file__, *Path(grading.__file__).parent.glob("*.py")],
    )
    if chapter in places.chapters():  # the project has none
        exercises, quizzes = places.exercises_of(chapter), places.quizzes_of(chapter)
        modules.append(places.source_of(chapter))
    for module in modules:
        app.env.note_dependency(str(module))
    notebook = nbformat.reads(source[0], as_version=4)
    for complaint in complaints(notebook, exercises, quizzes):
        log.warning(complaint, location=docname, type="exercises")
    source[0] = dumps(page(notebook, exercises, quizzes))


def add_script(app, pagename, templatename, context, doctree) -> None:
    """Load the scripts where something is asked, and that of the answers where all chapters are listed, too."""
    body = context.get("body", "")
    is_asked = 'class="sgd-exercise"' in body or 'class="sgd-quiz"' in body
    if is_asked:
        app.add_js_file(NUMBERS, loading_method="defer")
        app.add_js_file(SCRIPT, loading_method="defer")
    if is_asked or "sgd-chapters" in body:
        app.add_js_file(ANSWERS, loading_method="defer", priority=900)


def number_reader() -> str:
    """The widgets' reader of numbers as a plain script, for the script of the exercises.

    >>> number_reader().splitlines()[-2:]
    ['return { meanings, is_double, which };', '})();']
    """
    module = (WIDGETS / "numbers.mjs").read_text(encoding="utf-8")
    names = re.findall(r"^export function (\w+)", module, re.M)
    wanted = ", ".join(name for name in names if name != "read_number")
    inner = re.sub(r"^export ", "", module, flags=re.M)
    return f'"use strict";\nglobalThis.sgdNumbers = (() => {{\n{inner}return {{ {wanted} }};\n}})();\n'


def write_number_reader(app) -> None:
    """Put it among the static files."""
    if app.builder.name == "html":
        static = Path(app.outdir, "_static")
        static.mkdir(parents=True, exist_ok=True)
        (static / NUMBERS).write_text(number_reader(), encoding="utf-8")


def write_starters(app, exception) -> None:
    """Put the starter in the place of each notebook to download."""
    if exception is not None or app.builder.name != "html":
        return
    sources = Path(app.outdir, "_sources")
    for path in sources.rglob("*.ipynb"):
        stored = Path(app.srcdir, path.relative_to(sources))
        notebook = nbformat.read(stored, as_version=4)
        try:
            path.write_text(dumps(starter(notebook)), encoding="utf-8")
        except ValueError:
            pass  # complaints() says so


def setup(app):
    """Sphinx calls this."""
    app.connect("builder-inited", write_number_reader)
    app.connect("env-before-read-docs", find_homeless)
    app.connect("source-read", read_source)
    app.connect("html-page-context", add_script)
    # Before course_site, which writes a script beside each notebook to download.
    app.connect("build-finished", write_starters, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
