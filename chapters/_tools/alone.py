"""One at a time: what fills a folder waits until another that fills the same folder has ended.

The lock is the system's, on the folder or file itself: it goes with the process, however that ends, and leaves nothing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None


@contextlib.contextmanager
def alone(place: Path) -> Iterator[None]:
    """Hold a folder or a file; wait, and say so, while another process holds it."""
    file = os.open(place, os.O_RDONLY)
    # What is started meanwhile holds it, too: a build outlives a make that is killed.
    os.set_inheritable(file, True)
    try:
        with contextlib.suppress(
            OSError
        ):  # a disk without locks: then as if there were no other
            _wait(file, place)
        yield
    finally:
        os.close(file)


def _wait(file: int, place: Path) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"Another make is at work in {place}; this one waits for it.", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
