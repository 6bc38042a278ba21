"""Put the notebooks, and a Python to run them, into the built site: `_build/html/lite/`.

Usage: python chapters/_tools/lite.py SITE [--pyodide DIR]
       python chapters/_tools/lite.py --lock DIR        (writes chapters/_lite/pyodide-lock.json anew)

JupyterLite is the notebook, Pyodide the Python; both are static files. Python itself and NumPy come from
Pyodide's CDN when a reader opens a notebook; with `--pyodide DIR`, an unpacked Pyodide distribution, they are
copied into the site instead, and nothing comes from anywhere else.

The lock file is what makes `import sgdlib` work with no `%pip`: it names, for each module, the wheels to load.
Ours is Pyodide's own, cut down to what the course needs, with the course's wheels added.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import run_kernel
from packaging.utils import canonicalize_name
from pyodide_lock import PyodideLockSpec
from pyodide_lock.utils import add_wheels_to_spec

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = ROOT / "chapters" / "_lite"
LOCK = "pyodide-lock.json"
# Of a notebook to download (chapters/_ext/downloads.py).
FIRST_CELL = "bring-sgdlib"
# The versions are those of the environment, which requirements.txt pins.
WHEELS = ("anywidget", "comm", "ipywidgets", "psygnal", "typing_extensions")
# What the kernel starts with (it would install these one after the other), and what each chapter imports.
KERNEL = ("ssl", "sqlite3", "jedi", "ipython", "micropip")
OURS = ("comm", "piplite", "ipykernel", "pyodide_kernel")
CHAPTERS = ("numpy", "matplotlib", "traitlets")
PRELOAD = [*KERNEL, *OURS, "sgdlib"]
# Pyodide without its packages.
CORE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
LABEXTENSIONS = Path(sys.prefix, "share", "jupyter", "labextensions")
EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@jupyterlite/pyodide-kernel-extension",
    "anywidget",
)
KERNEL_WHEELS = (
    LABEXTENSIONS / "@jupyterlite" / "pyodide-kernel-extension" / "static" / "pypi"
)
# Fonts for browsers that cannot run Python anyway.
OLD_FONTS = (".eot", ".svg", ".ttf")


class CannotBuild(Exception):
    """There is something missing; the message says what in one sentence."""


def cdn(version: str) -> str:
    """Where Pyodide keeps this version."""
    return f"https://cdn.jsdelivr.net/pyodide/v{version}/full/"


def closure(packages: dict, names) -> dict:
    """The named packages and all they depend on."""
    kept, todo = {}, list(names)
    while todo:
        name = canonicalize_name(todo.pop())
        if name in kept:
            continue
        if name not in packages:
            raise CannotBuild(f"Pyodide's lock file has no package {name}.")
        kept[name] = packages[name]
        todo += packages[name]["depends"]
    return dict(sorted(kept.items()))


def trimmed(lock: dict) -> dict:
    """Pyodide's lock file without the packages that no chapter needs."""
    return {
        "info": lock["info"],
        "packages": closure(lock["packages"], KERNEL + CHAPTERS),
    }


def run(command: list[str], **more) -> None:
    """Run a program that says nothing unless it fails."""
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode:
        raise CannotBuild(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def fetch_wheels(folder: Path) -> list[Path]:
    """The pure wheels of what sgdlib stands on, from the registry, once an environment."""
    wanted = {name: importlib.metadata.version(name) for name in WHEELS}
    paths = [
        folder / f"{name}-{version}-py3-none-any.whl"
        for name, version in wanted.items()
    ]
    if not all(path.is_file() for path in paths):
        pure = [
            "--only-binary=:all:",
            "--platform=any",
            "--implementation=py",
            "--python-version=3.12",
        ]
        pins = [f"{name}=={version}" for name, version in wanted.items()]
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *pure]
        # Beside, then each in one go: half a wheel would be taken for a whole one ever after.
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            run([*pip, f"--dest={scratch}", *pins])
            for path in paths:
                os.replace(Path(scratch, path.name), path)
    return paths


def without_first_cell(text: str) -> str:
    """A notebook to download without the cell that brings sgdlib: here the lock file does."""
    notebook = json.loads(text)
    cells = [cell for cell in notebook["cells"] if cell.get("id") != FIRST_CELL]
    return json.dumps({**notebook, "cells": cells}, indent=1, ensure_ascii=False) + "\n"


def build_sgdlib(folder: Path) -> Path:
    """sgdlib's wheel, built from a copy: a build leaves files behind that would be in the next one."""
    source = folder / "source"
    shutil.copytree(
        ROOT / "sgdlib", source / "sgdlib", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", source)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
    ]
    # The same bytes every time: no time stamps in the archive.
    run(
        [*pip, f"--wheel-dir={folder}", str(source)],
        env=os.environ | {"SOURCE_DATE_EPOCH": "1577836800"},
    )
    return next(folder.glob("sgdlib-*.whl"))


def complete(base: dict, wheels: list[Path], prefix: str) -> dict:
    """The lock file of the site: Pyodide's packages under an address, and these wheels beside it."""
    spec = add_wheels_to_spec(
        PyodideLockSpec(**base), wheels, ignore_missing_dependencies=True
    )
    lock = spec.model_dump()
    own = {path.name for path in wheels}
    for package in lock["packages"].values():
        # A wheel also asks for the parts of its package that live in the page, which JupyterLite brings.
        package["depends"] = [
            n for n in package["depends"] if canonicalize_name(n) in lock["packages"]
        ]
        package["file_name"] = Path(package["file_name"]).name
        if package["file_name"] not in own:
            package["file_name"] = prefix + package["file_name"]
    return lock


def copy_checked(distribution: Path, packages: dict, target: Path) -> None:
    """Copy Pyodide and these of its packages, each checked against the lock file."""
    for name in CORE:
        if not (distribution / name).is_file():
            raise CannotBuild(
                f"{distribution} is no Pyodide distribution: it has no {name}."
            )
        shutil.copy(distribution / name, target)
    for package in packages.values():
        path = distribution / package["file_name"]
        if (
            not path.is_file()
            or hashlib.sha256(path.read_bytes()).hexdigest() != package["sha256"]
        ):
            raise CannotBuild(
                f"{distribution} has not the {path.name} that the course was tested with."
            )
        shutil.copy(path, target)


def write_pyodide(target: Path, cache: Path, distribution: Path | None) -> None:
    """Fill the folder that the kernel starts Python from."""
    base = json.loads((HERE / LOCK).read_text(encoding="utf-8"))
    target.mkdir()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        names = ("ipykernel", "piplite", "pyodide_kernel")
        kernel = [next(KERNEL_WHEELS.glob(f"{name}-*.whl")) for name in names]
        wheels = [*fetch_wheels(cache), *kernel, build_sgdlib(Path(scratch))]
        wheels = [Path(shutil.copy(wheel, target)) for wheel in wheels]
    address = cdn(base["info"]["version"])
    lock = complete(base, wheels, "" if distribution else address)
    (target / LOCK).write_text(
        json.dumps(lock, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    if distribution:
        copy_checked(distribution, base["packages"], target)
    else:
        script = (HERE / "pyodide.js").read_text(encoding="utf-8")
        (target / "pyodide.js").write_text(
            script.replace("@CDN@", address), encoding="utf-8"
        )


def configuration() -> dict:
    """What the page and its kernel are told: jupyter-lite.json."""
    kernel = {
        "pyodideUrl": "./pyodide/pyodide.js",
        "disablePyPIFallback": True,
        "loadPyodideOptions": {"packages": PRELOAD},
    }
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "SGD, Momentum and Nesterov",
            "exposeAppInBrowser": True,
            "litePluginSettings": {
                "@jupyterlite/pyodide-kernel-extension:kernel": kernel
            },
        },
    }


def build(
    site: Path, distribution: Path | None = None, target: Path | None = None
) -> Path:
    """Write the notebooks' half of a built site, and return its folder."""
    notebooks = sorted((site / "_sources" / "chapters").glob("*.ipynb"))
    if not notebooks:
        raise CannotBuild(f"There is no notebook in {site}: run make book.")
    target = target or site / "lite"
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch)
        (project / "files").mkdir()
        for notebook in notebooks:
            text = without_first_cell(notebook.read_text(encoding="utf-8"))
            (project / "files" / notebook.name).write_text(text, encoding="utf-8")
        (project / "jupyter-lite.json").write_text(
            json.dumps(configuration()), encoding="utf-8"
        )
        settings = {
            "lite_dir": str(project),
            "output_dir": str(target.resolve()),
            "cache_dir": str(project / "cache"),
            "contents": ["files"],
            "apps": ["notebooks"],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            "ignore_sys_prefix": ["federated_extensions"],
            "federated_extensions": [str(LABEXTENSIONS / name) for name in EXTENSIONS],
        }
        (project / "jupyter_lite_config.json").write_text(
            json.dumps({"LiteBuildConfig": settings})
        )
        run([sys.executable, "-m", "jupyterlite_core", "build"], cwd=project)
    for font in (target / "build").glob("fa-*"):
        if font.suffix in OLD_FONTS:
            font.unlink()
    page = target / "notebooks" / "index.html"
    script = (HERE / "failed.js").read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    page.write_text(
        text.replace("<head>", f"<head>\n<script>\n{script}</script>", 1),
        encoding="utf-8",
    )
    write_pyodide(
        target / "pyodide", Path(sys.prefix, "share", "sgd-course"), distribution
    )
    base = json.loads((HERE / LOCK).read_text(encoding="utf-8"))
    run_kernel.write(target.parent, target / "pyodide", cdn(base["info"]["version"]))
    return target


def size(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main(arguments: list[str]) -> int:
    """Build, or cut the lock file down; return the exit code."""
    parser = argparse.ArgumentParser(
        description="Put runnable notebooks into the built site."
    )
    parser.add_argument(
        "site", nargs="?", type=Path, help="the folder of the built site"
    )
    parser.add_argument(
        "--pyodide",
        metavar="DIR",
        type=Path,
        help="copy Pyodide from this distribution",
    )
    parser.add_argument(
        "--lock",
        metavar="DIR",
        type=Path,
        help="take the lock file from this distribution",
    )
    options = parser.parse_args(arguments)
    if (options.site is None) == (options.lock is None):
        parser.error("name the site, or --lock DIR")
    try:
        if options.lock:
            lock = trimmed(
                json.loads((options.lock / LOCK).read_text(encoding="utf-8"))
            )
            (HERE / LOCK).write_text(
                json.dumps(lock, indent=1, sort_keys=True) + "\n", encoding="utf-8"
            )
        else:
            build(options.site, options.pyodide)
    except CannotBuild as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
