"""What is checked by what: spoil one file of each kind in a copy of the repository, and see which check finds it.

.venv/bin/python tests/support/corrupt.py --list          what is spoiled, and what ought to find it
.venv/bin/python tests/support/corrupt.py                 spoil all that needs no built site, and say what was found
.venv/bin/python tests/support/corrupt.py NAME ...        these
.venv/bin/python tests/support/corrupt.py --slow          with the site built, once for each: minutes
.venv/bin/python tests/support/corrupt.py --control       the same checks where nothing is spoiled: they find nothing

The list is in rotten.py. Several are spoiled at a time, where each has a check of its own, so that one cannot stand
in for the other; code is spoiled alone. What no check finds is named, and the command ends with 1.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NODE = (Path("chapters/_tools/node"), Path("tests/support/javascript"))
# A plugin of pytest: what failed, and with which words, as one line of JSON each.
WITNESS = """
import json, os
from pathlib import Path

def write(line):
    with open(os.environ["WITNESS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\\n")

def pytest_collection_modifyitems(config, items):
    # of a test with many cases, those whose words are looked for
    wanted = json.loads(Path(os.environ["WITNESS"]).with_suffix(".json").read_text(encoding="utf-8"))
    kept = set()
    for check, says in wanted:
        cases = [item for item in items if item.nodeid.startswith(check)]
        words = {item.nodeid: str(vars(item).get("callspec") and item.callspec.params) for item in cases}
        told = [item for item in cases if says and says in words[item.nodeid]]
        kept |= {item.nodeid for item in told or cases}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in kept])
    items[:] = [item for item in items if item.nodeid in kept]

def pytest_runtest_logreport(report):
    if report.failed or report.passed and report.when == "call":
        write({"node": report.nodeid, "failed": report.failed, "words": report.longreprtext})

def pytest_collectreport(report):
    if report.failed:
        write({"node": report.nodeid, "failed": "collecting", "words": str(report.longrepr)})
"""


@dataclass(frozen=True)
class Rot:
    """One thing spoiled in one file.

    ``check`` is a test or the beginning of its name, or, with a $ before it, a command that has to fail. ``says`` must
    stand in what the test says when it fails. ``alone``: no other is spoiled in the same run; ``site``: the book is
    built from the spoiled copy, which has to fail, or the check does.
    """

    name: str
    file: str
    before: str
    after: str
    check: str
    says: str = ""
    alone: bool = False
    site: bool = False

    @property
    def apart(self) -> bool:
        """Whether it needs a copy of its own."""
        return self.alone or self.site or self.check.startswith("$")

    def spoiled(self, text: str) -> str:
        """The text of the file with the first place changed where ``before``, a regular expression, stands."""
        changed = re.sub(
            self.before, lambda found: found.expand(self.after), text, count=1, flags=re.MULTILINE
        )
        if changed == text:
            raise ValueError(f"{self.name}: {self.file} has no {self.before!r} to spoil; change rotten.py.")
        return changed

    def spoil(self, folder: Path) -> None:
        """Change the file in a copy."""
        path = folder / self.file
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        path.write_bytes(self.spoiled(text).encode("utf-8", "surrogateescape"))

    def seen(self, reports: Iterable[dict]) -> str:
        """The test that found it, or the empty text."""
        for report in reports:
            whole = report["failed"] is True or (report["failed"] and self.alone)
            if whole and report["node"].startswith(self.check) and self.says in report["words"]:
                return report["node"]
        return ""


def tracked() -> list[str]:
    """What git knows of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted(name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def copy(folder: Path) -> Path:
    """A copy of what git knows, with a history of its own and the Node packages that are here."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for place in NODE:
        if (ROOT / place / "node_modules").is_dir():
            (folder / place / "node_modules").symlink_to((ROOT / place / "node_modules").resolve())
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    return folder


def run(folder: Path, command: Sequence[str]) -> subprocess.CompletedProcess:
    """Run a program in a copy, with the copy's sgdlib; {python} is this Python."""
    environment = os.environ | {"PYTHONPATH": str(folder), "WITNESS": str(folder / ".witness")}
    environment.pop("SITE", None)
    words = [word.replace("{python}", sys.executable) for word in command]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, env=environment, check=False)


def check(folder: Path, wave: Iterable[Rot]) -> list[dict]:
    """Run the checks of a wave in a copy, and return what they said."""
    wanted = [(each.check, each.says) for each in wave]
    witness = folder / ".witness"
    witness.with_suffix(".json").write_text(json.dumps(wanted), encoding="utf-8")
    (folder / "tests/support/rot_witness.py").write_text(WITNESS, encoding="utf-8")
    tests = ["{python}", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "rot_witness"]
    files = sorted({name.partition("::")[0] for name, _ in wanted})
    done = run(folder, [*tests, "--continue-on-collection-errors", *files])
    if not witness.is_file():
        raise RuntimeError(f"no test ran:\n{done.stdout}{done.stderr}")
    return [json.loads(line) for line in witness.read_text(encoding="utf-8").splitlines()]


def waves(rotten: Iterable[Rot]) -> list[list[Rot]]:
    """Those that can be spoiled together: never two that one failure could speak for."""
    together: list[list[Rot]] = []
    for each in rotten:
        for wave in together:
            others = [o for o in wave if o.check.startswith(each.check) or each.check.startswith(o.check)]
            apart = each.apart or any(other.apart for other in wave)
            if not apart and all(each.says and other.says and each.says != other.says for other in others):
                wave.append(each)
                break
        else:
            together.append([each])
    return together


def build(folder: Path) -> str:
    """Build the book in a copy; what stopped it, or the empty text."""
    book = str(Path(sys.executable).with_name("jupyter-book"))
    tools = ("lite.py", "classroom.py")
    steps = [[book, "build", "--warningiserror", "--keep-going", "-q", "."]]
    steps += [["{python}", f"chapters/_tools/{tool}", "_build/html"] for tool in tools]
    for step in steps:
        if run(folder, step).returncode:
            return f"the build: {Path(step[-2 if len(step) == 3 else 0]).name}"
    return ""


def judge(wave: list[Rot], spoil: bool = True) -> dict[str, str]:
    """For each of a wave, by its name: what found it, or the empty text. Without ``spoil`` nothing is there to find."""
    with tempfile.TemporaryDirectory() as made:
        folder = copy(Path(made))
        for each in wave if spoil else ():
            each.spoil(folder)
        if wave[0].site and (stopped := build(folder)):
            return {wave[0].name: stopped}
        if wave[0].check.startswith("$"):
            failed = run(folder, wave[0].check[1:].split()).returncode
            return {wave[0].name: wave[0].check[1:] if failed else ""}
        reports = check(folder, wave)
    return {each.name: each.seen(reports) for each in wave}


def kind(name: str) -> str:
    """The kind of a file: what stands beside it with the same ending; what there is one of, or is a page, is its own.

    >>> kind("sgdlib/widgets/valley_race/valley_race.mjs"), kind("sgdlib/widgets/page/dom.mjs"), kind("Makefile")
    ('sgdlib/widgets/*/*.mjs', 'sgdlib/widgets/page/*.mjs', 'Makefile')
    >>> kind("chapters/glossary.md"), kind("chapters/sgd.ipynb"), kind("sgdlib/experiments/digits.csv")
    ('chapters/glossary.md', 'chapters/*.ipynb', 'sgdlib/experiments/digits.csv')
    """
    path = Path(name)
    if len(path.parts) == 1 or path.suffix in (".md", ".csv"):
        return name
    folder = path.parent.as_posix()
    if re.fullmatch(r"sgdlib/widgets/(?!page$|maths$|small$)\w+", folder):
        folder = "sgdlib/widgets/*"
    return f"{folder}/*{path.suffix}" if path.suffix else name


def table(rotten: Iterable[Rot], people: dict[str, str]) -> str:
    """The list, as `--list` prints it."""
    lines = []
    for each in rotten:
        lines.append(
            f"{each.name:34} {each.file}\n{'':34}   {each.before} → {each.after}\n{'':34}   {each.check}"
        )
    lines += [f"{'read by people':34} {name}: {why}" for name, why in people.items()]
    return "\n".join(lines)


def main(words: Sequence[str] | None = None) -> int:
    from rotten import PEOPLE, ROTTEN

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to spoil; without, all")
    parser.add_argument(
        "--list", action="store_true", help="print what is spoiled, and what ought to find it"
    )
    parser.add_argument("--slow", action="store_true", help="also what needs a built site")
    parser.add_argument("--control", action="store_true", help="spoil nothing: no check may find anything")
    given = parser.parse_args(words)
    known = {each.name: each for each in ROTTEN}
    if wrong := set(given.names) - set(known):
        parser.error(f"no {', '.join(sorted(wrong))}; --list has the names.")
    if given.list:
        print(table(ROTTEN, PEOPLE))
        return 0
    chosen = [known[name] for name in given.names] or [each for each in ROTTEN if given.slow or not each.site]
    wrong = 0
    for wave in waves(chosen):
        for name, found in judge(wave, not given.control).items():
            print(f"{name:34} {found or 'NOT FOUND'}", flush=True)
            wrong += bool(found) if given.control else not found
    if given.control:
        print(f"{len(chosen)} checks where nothing is spoiled, {wrong} find something.")
    else:
        print(f"{len(chosen)} spoiled, {wrong} not found.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
