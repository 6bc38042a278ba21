"""The Python that runs on a page itself: `_static/run/` of the built site. chapters/_tools/lite.py calls this.

Usage: python chapters/_tools/run_kernel.py DIR     (writes chapters/_run/files.json anew, from a whole Pyodide)

One script, kernel.js, holds all that a page needs to ask for a Python: its own text, the worker's, the Python that
runs cells, and the files to load, with hashes and sizes. Pyodide and the wheels are those of the notebooks, in
`lite/pyodide`, or those of Pyodide's CDN; of what a page opened from disk may not read, `disk/` holds copies as
scripts: the course's own wheels, and in a site with its own Pyodide all.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import shutil
import sys
from pathlib import Path

from packaging.utils import canonicalize_name

HERE = Path(__file__).resolve().parent.parent / "_run"
BASE = HERE.parent / "_lite" / "pyodide-lock.json"
FILES = HERE / "files.json"
FOLDER = "lite/pyodide/"
CORE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
# What a page does without: a shell, a window to draw in, PDF, and time zones.
WITHOUT = {
    "fonttools",
    "ipython",
    "matplotlib-inline",
    "matplotlib-pyodide",
    "pytz",
}
NAMES = {
    "pyodide.js": "Python",
    "pyodide.asm.js": "Python",
    "pyodide.asm.wasm": "Python",
    "python_stdlib.zip": "Python's library",
}
TITLES = {"numpy": "NumPy", "matplotlib": "Matplotlib", "pillow": "Pillow"}


def needed(packages: dict, names=("sgdlib",)) -> dict:
    """The packages that a page loads: these and what they stand on, without what it does without."""
    kept, todo = {}, list(names)
    while todo:
        name = canonicalize_name(todo.pop())
        if name in kept or name in WITHOUT:
            continue
        kept[name] = packages[name]
        todo += packages[name]["depends"]
    return dict(sorted(kept.items()))


def digest(path: Path) -> dict:
    """A file's hash and size."""
    data = path.read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def pinned(distribution: Path) -> dict:
    """The files of Pyodide that a page may load, by name: hash and size."""
    packages = json.loads(BASE.read_text(encoding="utf-8"))["packages"]
    names = [
        one["file_name"]
        for one in needed(packages, ("numpy", "matplotlib", "traitlets")).values()
    ]
    return {name: digest(distribution / name) for name in sorted([*CORE, *names])}


def parts(folder: Path, cdn: str) -> dict:
    """What kernel.js is told of a folder of wheels that lite.py has written."""
    lock = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))
    known = json.loads(FILES.read_text(encoding="utf-8"))
    packages = needed(lock["packages"])
    files = []
    for name in (
        *CORE,
        *(one["file_name"].split("/")[-1] for one in packages.values()),
    ):
        # Without its own Python the site has a pyodide.js, too, which asks the CDN for the real one.
        here = (folder / name).is_file() and (
            (folder / CORE[2]).is_file() or name not in CORE
        )
        found = digest(folder / name) if here else known[name]
        files.append(
            {"name": name, "from": "site" if here else "cdn", "disk": here, **found}
        )
    for file, package in zip(files[len(CORE) :], packages, strict=True):
        file["what"] = TITLES.get(package, package)
    for file in files[: len(CORE)]:
        file["what"] = NAMES[file["name"]]
    for package in packages.values():
        package["file_name"] = package["file_name"].split("/")[-1]
        package["depends"] = [
            canonicalize_name(n)
            for n in package["depends"]
            if canonicalize_name(n) in packages
        ]
    imports = {
        module: name for name, one in packages.items() for module in one["imports"]
    }
    return {
        "folder": FOLDER,
        "cdn": cdn,
        "files": files,
        "lock": {"info": lock["info"], "packages": packages},
        "imports": imports,
        "worker": (HERE / "worker.js").read_text(encoding="utf-8"),
        "python": {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted(HERE.glob("*.py"))
        },
    }


def script(told: dict) -> str:
    """kernel.js with what it is told."""
    # "<" would be an end where somebody puts the script into a page
    data = json.dumps(told, separators=(",", ":"), sort_keys=True).replace(
        "<", "\\u003c"
    )
    return f"globalThis.sgdKernelParts = {data};\n{(HERE / 'kernel.js').read_text(encoding='utf-8')}"


def disk_script(path: Path) -> str:
    """A file as a script, for pages opened from disk."""
    packed = base64.b64encode(gzip.compress(path.read_bytes(), mtime=0)).decode()
    return f'sgdKernelDisk("{path.name}","{packed}");\n'


def write(site: Path, folder: Path, cdn: str) -> Path:
    """Fill `_static/run` of a site, whose wheels lie in a folder; return the way to it."""
    target = site / "_static" / "run"
    shutil.rmtree(target / "disk", ignore_errors=True)
    (target / "disk").mkdir(parents=True)
    told = parts(folder, cdn)
    (target / "kernel.js").write_text(script(told), encoding="utf-8")
    for file in told["files"]:
        if file["disk"]:
            text = disk_script(folder / file["name"])
            (target / "disk" / f"{file['name']}.js").write_text(text, encoding="ascii")
    return target


if __name__ == "__main__":
    FILES.write_text(
        json.dumps(pinned(Path(sys.argv[1])), indent=1) + "\n", encoding="utf-8"
    )
