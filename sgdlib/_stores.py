"""Files of measured runs that outlive a kill and a full disk: written whole, or a line at a time."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None


def put(path: Path, text: str) -> None:
    """Write a file anew; it is there, old or new, at every moment, and a file with this text is left alone.

    Raises
    ------
    OSError
        When it cannot be written; the old one is as it was.
    """
    path, data = Path(os.path.realpath(path)), text.encode()
    new = path.with_name(path.name + ".new")
    with _said(path):
        if path.is_file() and path.read_bytes() == data:
            new.unlink(missing_ok=True)  # of one that was killed
            return
        try:
            with new.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if path.is_file():
                shutil.copymode(path, new)
            os.replace(new, path)
        except BaseException:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
            raise


def add(path: Path, line: str) -> None:
    """Add a line, whole or not at all: what a full disk cut off, or a stop, is taken back.

    Raises
    ------
    OSError
        When it cannot be written; the file is as it was.
    """
    data = line.encode()
    with _said(path):
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            size = os.fstat(file).st_size
            try:
                while data:
                    data = data[os.write(file, data) :]
                os.fsync(file)
            except BaseException:
                os.ftruncate(file, size)
                raise
        finally:
            os.close(file)


def cut(path: Path, size: int) -> None:
    """Cut a file to its first bytes: what is behind them was being written when its writer was killed."""
    with _said(path):
        if path.stat().st_size > size:
            os.truncate(path, size)


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Let nobody else write to a file meanwhile; it is made if it is not there, and taken away if it stays empty.

    Raises
    ------
    OSError
        When another process holds it, or it cannot be made.
    """
    path = Path(os.path.realpath(path))
    with _said(path):
        file = _locked(path)
    try:
        yield
    finally:
        if path.is_file() and not path.stat().st_size:
            path.unlink()
        os.close(file)  # the lock goes with it, and with a process that is killed


def _locked(path: Path) -> int:
    """The file, open and locked. Its last holder may have put another in its place since it was opened."""
    while True:
        file = os.open(path, os.O_RDONLY | os.O_CREAT, 0o666)
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise OSError(
                f"another process is writing to {path}: let it end, or name another file."
            ) from None
        except OSError:
            return file  # a disk without locks
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        os.close(file)


@contextlib.contextmanager
def _said(path: Path) -> Iterator[None]:
    """What the system says of a file in one sentence, with what to do."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # a sentence of ours
            raise
        raise type(error)(
            f"{path} cannot be written ({(error.strerror or 'no reason given').lower()}); what it held is "
            "untouched. Make room, or name a file in a folder where you may write."
        ) from None
