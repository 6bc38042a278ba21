"""Build the whole site beside the one that stands in `_build`, and put it there when it is whole.

Usage: python chapters/_tools/make_site.py [--pyodide DIR] [--compress] [--if-old]

From nothing: an unchanged page would not repeat its warning, and a page that is gone would stay. A build that fails, or
is killed, or meets a full disk leaves the old site as it was; what it had made lies in `.build`, where nothing looks.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from alone import alone

ROOT = Path(__file__).resolve().parent.parent.parent
SITE = ROOT / "_build"
SCRATCH = ROOT / ".build"
TOOLS = "chapters/_tools"
PAGE = Path("html", "index.html")
# A build fetches or leaves these beside what it is made from.
MADE = {"node_modules", "__pycache__", ".ipynb_checkpoints"}
ROOM = 100e6  # bytes; a site takes as much


def sources(root: Path) -> list[Path]:
    """The files that a site is made from."""
    found = [root / "_config.yml", root / "_toc.yml", root / "requirements.txt"]
    for top in ("chapters", "sgdlib"):
        for folder, folders, names in os.walk(root / top):
            folders[:] = [name for name in folders if name not in MADE]
            found += [Path(folder, name) for name in names]
    return found


def is_old(root: Path) -> bool:
    """Whether there is no whole site, or something it is made from has changed since its build began."""
    page = root / "_build" / PAGE
    if not page.is_file():
        return True
    made = page.stat().st_mtime
    return any(path.stat().st_mtime > made for path in sources(root) if path.exists())


def commands(pyodide: Path | None, compress: bool) -> list[list[str]]:
    """What makes a site, in order, with the folder that it is made in for the folder it will stand in."""
    html = f"{SCRATCH.name}/_build/html"
    book = [str(Path(sys.executable).parent / "jupyter-book"), "build"]
    strict = ["--warningiserror", "--keep-going", "-q"]
    made = [
        [*book, *strict, "--path-output", SCRATCH.name, "."],
        [f"{TOOLS}/lite.py", html, *(["--pyodide", str(pyodide)] if pyodide else [])],
        [f"{TOOLS}/classroom.py", html],
        [f"{TOOLS}/policy.py", html],
    ]
    return [*made, [f"{TOOLS}/compress.py", html]] if compress else made


def put_in_place() -> None:
    """Two renames: at every moment `_build` is the old site, the new one, or not there."""
    if SITE.exists():
        os.replace(SITE, SCRATCH / "old")
    os.replace(SCRATCH / "_build", SITE)


def build(pyodide: Path | None, compress: bool) -> int:
    """Build and put in place; return the exit code of what failed, or 0."""
    began = time.time()
    shutil.rmtree(SCRATCH, ignore_errors=True)
    SCRATCH.mkdir()
    for command in commands(pyodide, compress):
        if code := subprocess.call(
            [sys.executable, *command], cwd=ROOT, close_fds=False
        ):
            return code
    os.utime(SCRATCH / "_build" / PAGE, (began, began))
    put_in_place()
    shutil.rmtree(SCRATCH, ignore_errors=True)
    return 0


def main(arguments: list[str]) -> int:
    """Build the site; return the exit code."""
    parser = argparse.ArgumentParser(
        description="Build the site, and put it in place when it is whole."
    )
    parser.add_argument(
        "--pyodide", type=Path, metavar="DIR", help="an unpacked Pyodide for it"
    )
    parser.add_argument(
        "--compress", action="store_true", help="a .gz and a .br beside every text"
    )
    parser.add_argument(
        "--if-old", action="store_true", help="only when something has changed"
    )
    options = parser.parse_args(arguments)
    pyodide = options.pyodide and options.pyodide.resolve()
    try:
        with alone(ROOT):
            if options.if_old and not is_old(ROOT):
                return 0
            code, why = build(pyodide, options.compress), ""
    except KeyboardInterrupt:
        code, why = 130, "stopped"
    except OSError as error:
        code, why = 1, str(error)
    if not code:
        return 0
    if shutil.disk_usage(ROOT).free < ROOM:
        why = f"the disk is full, and a site takes {ROOM / 1e6:.0f} MB"
    there = (
        "the one that was there is as it was"
        if (SITE / PAGE).is_file()
        else "there is none"
    )
    print(
        f"The site is not built: {why or 'what hindered it stands above'}; {there}.",
        file=sys.stderr,
    )
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
