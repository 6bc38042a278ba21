"""Run the chapters' notebooks and store their outputs, the same bytes every time.

Usage: python chapters/_tools/execute.py [notebook ...]     (all of them if none is named)

Git and nbval compare what is stored, so nothing that changes from run to run may be in it: widget
model ids, timings, the version of Python, the way a stream was cut into pieces. A notebook whose cell
raises, or writes to stderr, is left as it was, and the exit code is 1.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)

CHAPTERS = Path(__file__).resolve().parent.parent
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KERNEL = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}
# What an author writes by hand; every other key comes from an editor or from running.
CELL_METADATA = {"tags", "mystnb", "paste", "twin"}
NOTEBOOK_METADATA = {"course", "mystnb", "myst", "substitutions"}


class BadNotebook(Exception):
    """A notebook that must not be stored; the message says why in one sentence."""


def text(value) -> str:
    """Join the list of lines that nbformat 4 allows wherever a string may stand."""
    return "".join(value) if isinstance(value, list) else value


def normalise(notebook):
    """Keep what the notebook says, drop what a run or an editor added. Changes and returns it."""
    kept = {
        key: value
        for key, value in notebook.metadata.items()
        if key in NOTEBOOK_METADATA
    }
    notebook.metadata = nbformat.from_dict(
        {**kept, "kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen: set[str] = set()
    for number, cell in enumerate(notebook.cells):
        if not cell.get("id") or cell["id"] in seen:
            cell["id"] = f"cell-{number}"
        seen.add(cell["id"])
        cell.metadata = nbformat.from_dict(
            {k: v for k, v in cell.metadata.items() if k in CELL_METADATA}
        )
        if cell.cell_type == "code":
            cell.outputs = normalise_outputs(cell.outputs)
    return notebook


def normalise_outputs(outputs) -> list:
    """Merge neighbouring pieces of one stream and drop widget views, whose model ids are random."""
    kept: list = []
    for output in outputs:
        if output.output_type == "stream":
            output.text = text(output.text)
            if (
                kept
                and kept[-1].output_type == "stream"
                and kept[-1].name == output.name
            ):
                kept[-1].text += output.text
                continue
        elif output.output_type in ("display_data", "execute_result"):
            output.data.pop(WIDGET_VIEW, None)
            output.metadata = nbformat.from_dict({})
            if not output.data:
                continue
        kept.append(output)
    return kept


def complain(notebook) -> None:
    """Raise BadNotebook when a cell wrote an error or anything to stderr."""
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                raise BadNotebook(
                    f"cell {number} raises {output.ename}: {output.evalue}"
                )
            if output.output_type == "stream" and output.name == "stderr":
                raise BadNotebook(
                    f"cell {number} writes to stderr: {text(output.text).strip()[:300]}"
                )


def run(path: Path, timeout: int = 120):
    """Execute one notebook in the folder it stands in and return it, normalised."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name=KERNEL["name"],
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        # Off, nbclient fails on any Output widget, and so on every `interact`; normalise drops the state.
        store_widget_state=True,
        coalesce_streams=True,
        # The kernel warns at every start that it talks over TCP, and calls its own end an error.
        extra_arguments=["--log-level=CRITICAL"],
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise BadNotebook(f"a cell raises {error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise BadNotebook(f"a cell takes longer than {timeout} s") from None
    except DeadKernelError:
        raise BadNotebook("the kernel died") from None
    complain(notebook)
    return normalise(notebook)


def dumps(notebook) -> str:
    """The stored text: nbformat's own layout, real characters, one newline at the end."""
    return (
        nbformat.writes(
            notebook, version=nbformat.NO_CONVERT, ensure_ascii=False
        ).rstrip("\n")
        + "\n"
    )


def main(names: list[str]) -> int:
    """Execute the named notebooks, or all; return the exit code."""
    paths = [Path(name).resolve() for name in names] or sorted(CHAPTERS.glob("*.ipynb"))
    if missing := [path.name for path in paths if not path.is_file()]:
        print(f"There is no notebook {', '.join(missing)}.", file=sys.stderr)
        return 1
    failed = 0
    for path in paths:
        print(f"{path.name} ...", end=" ", flush=True)
        start = time.perf_counter()
        try:
            after = dumps(run(path))
        except BadNotebook as error:
            print("refused")
            print(f"{path.name}: {error}. The file is unchanged.", file=sys.stderr)
            failed += 1
            continue
        changed = path.read_text(encoding="utf-8") != after
        new = path.with_name(f".{path.name}.new")  # in one go: a kill leaves no half
        new.write_text(after, encoding="utf-8")
        os.replace(new, path)
        print(
            f"{'stored' if changed else 'unchanged'}, {time.perf_counter() - start:.1f} s",
            flush=True,
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
