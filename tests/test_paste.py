"""What a chapter offers to be pasted runs as it stands: with its own imports, in a Python that knows nothing of it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PIECES = {
    f"{path.stem}: {cell['metadata']['paste']}": "".join(cell["source"])
    for path in sorted((ROOT / "chapters").glob("*.ipynb"))
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    if "paste" in cell["metadata"].get("tags", [])
}


def run_alone(pieces: list[str]) -> subprocess.CompletedProcess:
    """Run the pieces one after the other, each with names of its own, in a Python of their own with a plain Keras."""
    code = "import json, sys\nfor piece in json.load(sys.stdin):\n    exec(piece, {'__name__': '__main__'})"
    plain = {name: value for name, value in os.environ.items() if name not in ("JAX_ENABLE_X64", "XLA_FLAGS")}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        input=json.dumps(pieces),
        env=plain | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def imported(source: str) -> set[str]:
    """The packages that a piece imports."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("name", PIECES)
def test_a_piece_needs_keras_and_numpy_only(name):
    assert imported(PIECES[name]) - set(sys.stdlib_module_names) <= {"keras", "numpy"}
    assert len(name.partition(": ")[2]) > 5


def test_the_pieces_run():
    """One Python for all: none sees the names of another."""
    assert PIECES
    done = run_alone(list(PIECES.values()))
    assert done.returncode == 0, done.stderr[-2000:]
    assert "False" not in done.stdout, done.stdout
    assert run_alone(["x = 1", "print(x)"]).returncode == 1


@pytest.mark.foreign  # a Python that imports Keras for each
@pytest.mark.parametrize("name", PIECES)
def test_a_piece_runs_in_a_python_of_its_own(name):
    done = run_alone([PIECES[name]])
    assert done.returncode == 0, done.stderr[-2000:]
