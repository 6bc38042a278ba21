"""Put a compressed copy beside every text of the built site, for servers that send such copies (nginx' gzip_static).

.venv/bin/python chapters/_tools/compress.py _build/html
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import brotli

TEXTS = {".css", ".html", ".ipynb", ".js", ".json", ".md", ".svg", ".txt", ".xml"}
SMALLEST = 1000  # bytes; below, a copy saves nothing


def compress(site: Path) -> int:
    """Write the .gz and .br of every text, and return how many texts there are."""
    found = [
        path
        for path in site.rglob("*")
        if path.suffix in TEXTS and path.stat().st_size >= SMALLEST
    ]
    for path in found:
        text = path.read_bytes()
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(text, 9, mtime=0))
        path.with_name(f"{path.name}.br").write_bytes(brotli.compress(text))
    return len(found)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("Name the folder of the built site: compress.py _build/html")
    print(f"{compress(Path(sys.argv[1]))} texts have compressed copies.")
