"""Runs each cell of a notebook that the browser can run, with the cells that it needs and no other, without Keras.

python tests/support/cells_alone.py chapters/momentum.ipynb    prints what differs from the stored outputs

Each cell starts from nothing, so that a need that was not found is a name that is not there. The twin of a cell that
needs Keras must say no number that the stored output of its cell does not.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from IPython.utils.capture import capture_output

sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "chapters" / "_ext"))

import run_here

NUMBERS = re.compile(r"[0-9][0-9.,]*[0-9]|[0-9]")
VERDICTS = re.compile("True|False|equal")
ABSENT = {"dask", "jax", "joblib", "keras", "optax", "pandas", "scipy", "sklearn", "tensorflow", "torch"}


class Nowhere:
    """Finds none of the packages that the browser's Python has not."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        """Stop the import of one of them."""
        if name.split(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


class AsOutput(DisplayHook):
    """A result is an output, as in a notebook."""

    def __call__(self, result=None):
        if result is not None:
            display(result)


def closure(cells: list[dict], place: int) -> list[int]:
    """The cells that a cell needs, and those that they need."""
    found, todo = set(), [place]
    while todo:
        new = set(cells[todo.pop()]["needs"]) - found
        found |= new
        todo += new
    return sorted(found)


def shown(outputs) -> str:
    """What outputs say, without spaces: printed text, and HTML where there is some."""
    said = []
    for output in outputs:
        if output["output_type"] == "stream":
            said.append(output["text"])
        elif data := output.get("data"):
            said.append(data.get("text/html") or data.get("text/plain", ""))
    return "".join("".join(said).split())


def differences(path: Path) -> list[str]:
    """What the cells of a notebook say differently from what is stored, or why they stop."""
    notebook = nbformat.read(path, as_version=4)
    cells = [*run_here.carried(notebook), *run_here.twins(notebook)]
    stored = run_here.code_cells(notebook)
    shell, wrong = InteractiveShell.instance(displayhook_class=AsOutput), []
    # A solution may try on Keras what was answered without.
    with_keras = {place for place, each in enumerate(run_here.read(notebook)) if each.needs_keras}
    for place, cell in enumerate(cells):
        if place in with_keras:
            continue
        shell.reset(new_session=True)
        twin = "at" in cell
        source = cell["source"] if twin else stored[place].source
        for each in [*(cells[k]["source"] for k in closure(cells, place)), source]:
            with capture_output() as said:
                answer = shell.run_cell(each)
            if not answer.success:
                wrong.append(f"cell {place + 1}: {answer.error_in_exec or answer.error_before_exec!r}")
                break
        else:
            printed = [{"output_type": "stream", "text": said.stdout}]
            outputs = [{"output_type": "display_data", "data": each.data} for each in said.outputs]
            found = shown([*printed, *outputs])
            wanted = shown(stored[cell.get("at", place)].outputs)
            if twin and not NUMBERS.findall(found) + VERDICTS.findall(found):
                wrong.append(f"the twin of cell {cell['at'] + 1} says no number: {found[:200]!r}")
            elif twin:
                strange = {*NUMBERS.findall(found)} - {*NUMBERS.findall(wanted)}
                if strange:
                    wrong.append(
                        f"the twin of cell {cell['at'] + 1} says {sorted(strange)}, which its cell does not"
                    )
            elif wanted != found:
                wrong.append(f"cell {place + 1} says {found[:200]!r}, not {wanted[:200]!r}")
    return wrong


if __name__ == "__main__":
    sys.meta_path.insert(0, Nowhere)
    print("\n".join(differences(Path(sys.argv[1]))))
