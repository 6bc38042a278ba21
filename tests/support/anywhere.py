"""Run every notebook to download in fresh virtual environments, as readers have them, and print a table.

Usage: python tests/support/anywhere.py [--site DIR] [--keep DIR] [--only CHAPTER ...] [ENVIRONMENT ...]

bare     only jupyter, numpy and matplotlib, the newest
newest   the newest of all that the chapters import
oldest   the oldest that sgdlib states, and Keras and JAX as old as the first cell takes
colab    what Google Colab has (googlecolab/backend-info, August 2026): its NumPy, Matplotlib, Keras, JAX

Each is a new environment of the Python named in PYTHONS, if pyenv or the system has it, else of this one. Before each
notebook sgdlib is taken out again, so that each first cell has to bring it. Needs the Python registry.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
KERAS = ["keras", "jax", "optax", "scikit-learn"]
ENVIRONMENTS = {
    "bare": ["jupyter", "numpy", "matplotlib"],
    "newest": ["jupyter", "numpy", "matplotlib", "ipywidgets", "anywidget", *KERAS],
    "oldest": [
        "jupyter",
        "numpy==2.0.0",
        "matplotlib==3.8.4",
        "ipywidgets==7.7.0",
        "anywidget==0.9.0",
        "keras==3.9.0",
        "jax==0.5.0",
        "jaxlib==0.5.0",
        "optax==0.2.4",
        "scikit-learn==1.5.0",
    ],
    "colab": [
        "numpy==2.1.3",
        "matplotlib==3.10.0",
        "ipywidgets==7.7.1",
        "anywidget==0.9.21",
        "psygnal==0.15.1",
        "ipykernel==6.17.1",
        "ipython==7.34.0",
        "traitlets==5.7.1",
        "jupyter_client==7.4.9",
        "jupyterlab_widgets==3.0.16",
        "notebook==6.5.7",
        "keras==3.13.2",
        "jax==0.7.2",
        "jaxlib==0.7.2",
        "optax==0.2.8",
        "scikit-learn==1.6.1",
        "scipy==1.16.3",
        "h5py==3.16.0",
        "setuptools<81",
    ],
}
PYTHONS = {"bare": "3.11", "newest": "3.13", "oldest": "3.11", "colab": "3.13"}
SHOWN = ("numpy", "matplotlib", "ipywidgets", "anywidget", "keras", "jax", "scikit-learn")


def python(version: str) -> str:
    """A Python of this version on this machine; this one if there is none."""
    for path in sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python")):
        return str(path)
    return shutil.which(f"python{version}") or sys.executable


def make(name: str, folder: Path) -> Path:
    """A new environment, or the one that a run before has kept; return its Python."""
    if (folder / "made").is_file():
        return folder / "bin" / "python"
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([python(PYTHONS[name]), "-m", "venv", folder], check=True)
    made = folder / "bin" / "python"
    subprocess.run([made, "-m", "pip", "install", "--quiet", *ENVIRONMENTS[name]], check=True)
    (folder / "made").touch()
    return made


def versions(python: Path) -> dict[str, str]:
    """What is installed of the packages that matter."""
    listed = subprocess.run([python, "-m", "pip", "list", "--format=json"], capture_output=True, check=True)
    found = {each["name"]: each["version"] for each in json.loads(listed.stdout)}
    return {name: found[name] for name in SHOWN if name in found}


def execute(python: Path, notebook: Path, folder: Path) -> str:
    """Run a notebook from its first cell to its last, in a folder of its own; return what went wrong, if anything."""
    subprocess.run([python, "-m", "pip", "uninstall", "--quiet", "-y", "sgdlib"], capture_output=True)
    folder.mkdir(parents=True, exist_ok=True)
    homes = {f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    clean = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "KERAS", "JAX"))
    }
    command = [python, "-m", "nbconvert", "--to=notebook", "--execute", "--ExecutePreprocessor.timeout=900"]
    done = subprocess.run(
        [*command, f"--output-dir={folder}", notebook],
        cwd=folder,
        env=clean | homes,
        capture_output=True,
        text=True,
    )
    return "\n".join(done.stderr.strip().splitlines()[-25:]) if done.returncode else ""


def main(arguments: list[str]) -> int:
    """Print a line for each notebook, and the versions before and after."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("environments", nargs="*", metavar="ENVIRONMENT", help=", ".join(ENVIRONMENTS))
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="leave environments and results in this folder, and use those that are there",
    )
    parser.add_argument("--only", nargs="*", metavar="CHAPTER", default=[])
    options = parser.parse_args(arguments)
    if unknown := set(options.environments) - set(ENVIRONMENTS):
        parser.error(f"{sorted(unknown)[0]} is none of {', '.join(ENVIRONMENTS)}")
    downloads = sorted((options.site / "_sources" / "chapters").glob("*.ipynb"))
    downloads = [path for path in downloads if not options.only or path.stem in options.only]
    if not downloads:
        parser.error(f"there is no notebook in {options.site}: run make book")
    folder = options.keep or Path(tempfile.mkdtemp())
    failed = 0
    for name in options.environments or ENVIRONMENTS:
        made = make(name, folder / name)
        before = versions(made)
        print(
            f"{name}: Python {PYTHONS[name]}, {', '.join(f'{n} {v}' for n, v in before.items())}", flush=True
        )
        for notebook in downloads:
            start = time.monotonic()
            trouble = execute(made, notebook.resolve(), folder / f"{name}-run")
            failed += bool(trouble)
            print(
                f"  {notebook.stem:20} {'failed' if trouble else 'ran'} {time.monotonic() - start:6.1f} s",
                flush=True,
            )
            if trouble:
                print(trouble, flush=True)
        after = versions(made)
        changed = [n for n in before if after.get(n) != before[n]]
        added = [f"{n} {v}" for n, v in after.items() if n not in before]
        print(
            f"  installed by the cells: {', '.join(added) or 'nothing'}; changed: {', '.join(changed) or 'nothing'}"
        )
        failed += bool(changed)
    if not options.keep:
        shutil.rmtree(folder)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
