"""Follow the recipes of README.md in a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8").partition("## To add a …")[2]
FENCE = re.compile(r"^```(.*)\n((?:(?!```).*\n)*?)^```$", re.MULTILINE)


def table() -> dict[str, list[str]]:
    """The table of the README: what is added, and the files to touch; the empty text for one that is described."""
    rows = re.findall(r"^\| (\w[^|]*) \| (.*) \|$", README, re.MULTILINE)
    return {what: re.findall(r"`([^`]+)`|(?:the notebook)", files) for what, files in rows}


def blocks() -> dict[str, str]:
    """The blocks of code, by what stands behind the three ticks."""
    found = FENCE.findall(README)
    names = [name for name, _ in found]
    assert len(names) == len(set(names)), "two blocks of the recipes have the same name"
    return dict(found)


class Copy:
    """A copy of what git knows of the repository, with a history of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for name in filter(None, listed.split("\0")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        who = ["-c", "user.name=a reader", "-c", "user.email=reader@example.org"]
        self.run("git", "init", "-q")
        self.run("git", "add", "--all")
        self.run("git", *who, "-c", "commit.gpgsign=false", "commit", "-q", "-m", "before")

    def run(self, *command: str) -> subprocess.CompletedProcess:
        """Run a program in the copy, with the copy's sgdlib."""
        environment = os.environ | {"PYTHONPATH": str(self.folder)}
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, env=environment)

    def python(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run this Python in the copy."""
        return self.run(sys.executable, *arguments)

    def changed(self) -> list[str]:
        """The files that are not as they were in the beginning, but those that git leaves out."""
        lines = self.run("git", "status", "--porcelain", "--untracked-files=all").stdout.splitlines()
        return sorted(line[3:] for line in lines)

    def follow(self) -> None:
        """Write and run what the README says, from its blocks."""
        for name, text in blocks().items():
            language, _, rest = name.partition(" ")
            path, _, where = rest.partition(" ")
            if where == "EXERCISES":
                self._insert(path, r"\)\n\Z", text)
            elif path == "_toc.yml":
                # after the last chapter of the numbered part
                self._insert(path, r"  - caption:", text, after="numbered: true")
            elif path.endswith(".ipynb"):
                self._add_exercise(path, text)
            elif path:
                (self.folder / path).parent.mkdir(exist_ok=True)
                (self.folder / path).write_text(text, encoding="utf-8")
            elif language == "python":
                done = self.python("-c", text)
                assert done.returncode == 0, done.stderr

    def _insert(self, path: str, before: str, text: str, after: str = "") -> None:
        """Put a text before the first match of a pattern, below a line."""
        whole = (self.folder / path).read_text(encoding="utf-8")
        start = whole.index(after)
        at = start + re.search(before, whole[start:]).start()
        (self.folder / path).write_text(whole[:at] + text + whole[at:], encoding="utf-8")

    def _add_exercise(self, path: str, source: str) -> None:
        """The task and the cell, at the end of a notebook."""
        notebook = nbformat.read(self.folder / path, as_version=4)
        task = nbformat.v4.new_markdown_cell("### Exercise: what is left\n\nFind the step.", id="new-task")
        cell = nbformat.v4.new_code_cell(source.rstrip("\n"), id="new-exercise")
        cell.metadata["tags"] = ["hide-cell", "exercise"]
        notebook.cells += [task, cell]
        nbformat.write(notebook, self.folder / path)
