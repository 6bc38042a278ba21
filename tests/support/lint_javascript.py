"""Check every .mjs and .js file: Biome's formatter and linter, and TypeScript on the types in the widgets' comments.

.venv/bin/python tests/support/lint_javascript.py            check
.venv/bin/python tests/support/lint_javascript.py --write    lay the files out, then check

Node and npm come with requirements.txt; npm installs the two tools beside their lock when that is newer.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = Path(__file__).resolve().parent / "javascript"
LOCK, INSTALLED = TOOLS / "package-lock.json", TOOLS / "node_modules" / ".installed"
PROJECT = TOOLS  # where tsconfig.json is
PLACES = ("benchmarks", "chapters", "sgdlib", "tests")


def scripts() -> list[Path]:
    """Every .mjs and .js file of the course."""
    found = (path for place in PLACES for path in (ROOT / place).rglob("*js"))
    return sorted(
        path for path in found if path.suffix in {".js", ".mjs"} and "node_modules" not in path.parts
    )


def run(*command: str | Path, folder: Path = ROOT) -> int:
    """Run a command with the Node of this Python in front, and return its exit code."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, check=False).returncode


def install() -> None:
    """Install what the lock names, unless it is there."""
    if INSTALLED.is_file() and INSTALLED.stat().st_mtime >= LOCK.stat().st_mtime:
        return
    if run(Path(sys.executable).parent / "npm", "ci", "--silent", "--ignore-scripts", folder=TOOLS):
        sys.exit(f"npm could not install what {LOCK.relative_to(ROOT)} names; run npm ci there to see why.")
    INSTALLED.touch()


def main(*options: str) -> int:
    """Install the tools, run both, and return 0 if both are content."""
    install()
    tools = TOOLS / "node_modules" / ".bin"
    biome = run(tools / "biome", "check", "--config-path", TOOLS, "--error-on-warnings", *options, *scripts())
    return biome | run(tools / "tsc", "--project", PROJECT)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
