"""The project notebook on a reader's data: only one cell has to change, and it says what is wrong in sentences."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from patience import PATIENCE

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = nbformat.read(ROOT / "chapters" / "project.ipynb", as_version=4)
CELLS = {cell.id: cell.source for cell in NOTEBOOK.cells if cell.cell_type == "code"}
KNOB = "EPOCHS, BATCH_SIZE, SEEDS = 2, 64, (0,)"
LOADED = "rows, targets = datasets.load_{}(return_X_y=True)"
DATA = {  # what a reader writes into the first cell of step 1
    "wine": (LOADED.format("wine"), "classes"),
    "iris": (LOADED.format("iris"), "classes"),
    "digits": (LOADED.format("digits"), "classes"),
    "diabetes": (LOADED.format("diabetes"), "number"),
    "table": (None, "number"),
}
# The other data sets: `make foreign`.
QUICK = ("table",)
# Runs the code cells of each data set; what comes of it is one line of JSON.
RUN = """
import io, json, sys, contextlib, traceback
for name, cells in json.load(sys.stdin).items():
    names, said, error = {"__name__": name}, io.StringIO(), ""
    with contextlib.redirect_stdout(said):
        try:
            for cell in cells:
                exec(compile(cell, name, "exec"), names)
        except Exception as wrong:
            error = f"{type(wrong).__name__}: {wrong}"
    print(json.dumps({"name": name, "said": said.getvalue(), "error": error}), flush=True)
"""


def commented_lines(cell: str, beginning: str) -> str:
    """The code that stands in the comments of a cell, from the line that begins so."""
    lines = [line.removeprefix("# ") for line in cell.splitlines()]
    return "\n".join(lines[next(k for k, line in enumerate(lines) if line.startswith(beginning)) :])


def first_cell(load: str, task: str) -> str:
    return f'{load}\nTASK = "{task}"\n{KNOB}\n'


def run(projects: dict[str, list[str]]) -> dict[str, dict]:
    """Run the cells of several projects one after the other, in a Python of their own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(projects),
        capture_output=True,
        text=True,
        env=environment,
        timeout=PATIENCE / 1000 * 10,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {found["name"]: found for found in map(json.loads, done.stdout.splitlines())}


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """The cells as a reader has them who changed the first one of step 1 as it says."""
    path = tmp_path_factory.mktemp("project") / "mine.csv"
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(160, 3))
    table = np.c_[columns, np.full(160, 7.0), 300 + 40 * columns[:, 0] - 20 * columns[:, 1] ** 2]
    np.savetxt(path, table, delimiter=",", header="a,b,c,always,price", comments="")
    own = commented_lines(CELLS["the-data"], "table = ").replace('"mine.csv"', repr(str(path)))

    def cells(name: str) -> list[str]:
        load, task = DATA[name]
        changed = {**CELLS, "the-data": first_cell(load or own, task)}
        return list(changed.values())

    return cells


SAYS = """
print(outcome(trial(0, learning_rate=1e300, momentum=0)))
twice = [trial(1, learning_rate=1, schedule="cosine", batch_size=32) for _ in range(2)]
print(final(twice[0]) == final(twice[1]), twice[0]["validation"].shape)
table(diary)
"""


@pytest.fixture(scope="module")
def quick(reader):
    projects = {name: reader(name) for name in QUICK}
    beginning = [CELLS["imports"], first_cell(*DATA["iris"]), CELLS["the-frame"], CELLS["trial"]]
    projects["a run"] = [*beginning, SAYS]
    hole = first_cell("rows, targets = np.ones((200, 3)), np.arange(200.0); rows[5, 1] = np.nan", "number")
    projects["a hole"] = [CELLS["imports"], hole, CELLS["the-frame"]]
    text = first_cell("rows, targets = np.ones((200, 3)), np.arange(200.0); rows[:, 1] = np.nan", "number")
    projects["text"] = [CELLS["imports"], text, CELLS["the-frame"]]
    many = first_cell(DATA["diabetes"][0], "classes")
    projects["many classes"] = [CELLS["imports"], many, CELLS["the-frame"]]
    return run(projects)


def check(found: dict) -> None:
    """It ran to its end, no run at the defaults was lost, and every run is in the table."""
    assert found["error"] == ""
    said = found["said"]
    assert re.search(r"^SGD\(0\.01\): \[\d\.\d+", said, re.M)
    swept = re.findall(r"^η = (\S+) +(.+)$", said.split("best of the sweep")[0], re.M)
    assert len(swept) >= 6
    (best,) = re.findall(r"^best of the sweep: η = (\S+)$", said, re.M)
    assert float(best) not in (float(swept[0][0]), float(swept[-1][0]))
    assert len(re.findall(r"^ ?\d+\. SGD, learning_rate=", said, re.M)) == 1 + len(swept)


@pytest.mark.parametrize("name", QUICK)
def test_only_the_first_cell_has_to_change(quick, name):
    check(quick[name])


@pytest.mark.foreign
@pytest.mark.parametrize("name", [name for name in DATA if name not in QUICK])
def test_it_runs_on_other_data_sets_too(reader, name):
    check(run({name: reader(name)})[name])


def test_nan_is_called_nan_and_a_schedule_is_taken_twice(quick):
    found = quick["a run"]
    assert found["error"] == ""
    lines = found["said"].splitlines()[-8:]
    assert lines[0].startswith("NaN in epoch 1") and lines[1] == "True (2,)"
    assert lines[2].startswith(" 1. SGD, learning_rate=1e+300, momentum=0.0, schedule=constant")
    assert lines[3].strip() == "NaN in epoch 1" and "schedule=cosine, batch_size=32, seed=1" in lines[4]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "text",
            r"AssertionError: No numbers in the columns \[1\], from 0: text\? Number it, or leave it out\.",
        ),
        ("a hole", r"AssertionError: Not a number: something in the rows \[5\]\. Leave them out\."),
        ("many classes", r'AssertionError: \d+ classes\? Then TASK is "number"\.'),
    ],
)
def test_what_is_wrong_with_the_data_is_a_sentence(quick, name, sentence):
    assert re.fullmatch(sentence, quick[name]["error"])


def test_every_assert_has_a_sentence():
    asserts = [
        node for code in CELLS.values() for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Assert)
    ]
    assert asserts and all(node.msg is not None for node in asserts)


def test_the_sentences_about_the_authors_curves():
    """Checked against what is stored, so that no cell of the reader's insists on them."""
    said = {cell.id: "".join(o.get("text", "") for o in cell.get("outputs", [])) for cell in NOTEBOOK.cells}
    assert "still falling at the end: 3 of 3" in said["the-baseline"]
    assert "0.9% of the accuracy" in said["the-frame"]
    fine, wild = said["the-sweep-read"].splitlines()
    training = [float(re.search(r"training (\S+) at", line)[1]) for line in (fine, wild)]
    assert training[1] < training[0] / 3
    epoch, times = re.search(r"lowest in epoch (\d+), then × (\S+)$", wild).groups()
    assert 8 < int(epoch) < 14 and float(times) > 1.2
    ends = dict(re.findall(r"η = (\S+) +([\d.]+)", said["the-sweep"]))
    assert float(ends["0.3"]) > float(ends["0.1"])
    assert "blew up" in said["the-sweep"]
