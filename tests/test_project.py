"""The project notebook on a reader's data: only one cell has to change, and it says what is wrong in sentences."""

from __future__ import annotations

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
KNOB = "EPOCHS, BATCH_SIZE, SEEDS = 2, 64, (0, 1)"
LOADED = "rows, targets = datasets.load_{}(return_X_y=True)"
DATA = {  # what a reader writes into the first cell of step 1
    "wine": (LOADED.format("wine"), "classes"),
    "iris": (LOADED.format("iris"), "classes"),
    "digits": (LOADED.format("digits"), "classes"),
    "diabetes": (LOADED.format("diabetes"), "number"),
    "table": (None, "number"),
}
QUICK = ("digits", "diabetes", "table")
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
        timeout=PATIENCE,
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


@pytest.fixture(scope="module")
def quick(reader):
    return run({name: reader(name) for name in QUICK})


def check(found: dict) -> None:
    """It ran to its end, no run at the defaults was lost, and every run is in the table."""
    assert found["error"] == ""
    said = found["said"]
    assert re.search(r"^SGD\(0\.01\): \[\d\.\d+", said, re.M)
    swept = re.findall(r"^η = (\S+) +(.+)$", said.split("best of the sweep")[0], re.M)
    assert len(swept) >= 6
    (best,) = re.findall(r"^best of the sweep: η = (\S+)$", said, re.M)
    assert float(best) not in (float(swept[0][0]), float(swept[-1][0]))
    assert len(re.findall(r"^ ?\d+\. SGD, learning_rate=", said, re.M)) == 2 + len(swept)


@pytest.mark.parametrize("name", QUICK)
def test_only_the_first_cell_has_to_change(quick, name):
    check(quick[name])


@pytest.mark.foreign
@pytest.mark.parametrize("name", ["wine", "iris"])
def test_it_runs_on_small_data_sets_too(reader, name):
    check(run({name: reader(name)})[name])
