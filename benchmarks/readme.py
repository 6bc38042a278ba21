"""Where the benchmarks put their tables: between two marks in the README beside them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().with_name("README.md")


def store(name: str, table: str) -> None:
    """Put a table between `<!-- name:begin -->` and `<!-- name:end -->`."""
    before, after = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    text = README.read_text(encoding="utf-8")
    pattern = re.compile(f"{before}.*{after}", re.DOTALL)
    if not pattern.search(text):
        sys.exit(f"{README.name} lacks the marks {before} and {after}.")
    README.write_text(pattern.sub(lambda _: f"{before}\n\n{table}\n\n{after}", text), encoding="utf-8")
