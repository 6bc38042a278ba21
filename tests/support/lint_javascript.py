"""Check every .mjs and .js file: Biome's formatter and linter, and TypeScript on the types in the widgets' comments.

.venv/bin/python tests/support/lint_javascript.py            check
.venv/bin/python tests/support/lint_javascript.py --write    lay the files out, then check

Node and npm come with requirements.txt; npm installs the two tools beside their lock when that is newer.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = Path(__file__).resolve().parent / "javascript"
PROJECT = TOOLS  # where tsconfig.json is
PLACES = ("benchmarks", "chapters", "sgdlib", "tests")

sys.path.append(str(ROOT / "chapters" / "_tools"))

from node_packages import install, run  # noqa: E402


def scripts() -> list[Path]:
    """Every .mjs and .js file of the course."""
    found = (path for place in PLACES for path in (ROOT / place).rglob("*js"))
    return sorted(
        path for path in found if path.suffix in {".js", ".mjs"} and "node_modules" not in path.parts
    )


def main(*options: str) -> int:
    """Install the tools, run both, and return 0 if both are content."""
    tools = install(TOOLS) / ".bin"
    check = ("check", "--config-path", TOOLS, "--error-on-warnings", *options)
    biome = run(tools / "biome", *check, *scripts(), folder=ROOT)
    return biome | run(tools / "tsc", "--project", PROJECT, folder=ROOT)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
