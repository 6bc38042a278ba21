"""Change the code of sgdlib in one place at a time, and see whether a unit test notices (`make mutants`).

.venv/bin/python tests/support/mutants.py                    a sample of 100 from all modules
.venv/bin/python tests/support/mutants.py theory adam        from these
.venv/bin/python tests/support/mutants.py --sample 0         every mutant, which takes hours
.venv/bin/python tests/support/mutants.py --seed 1           another sample
.venv/bin/python tests/support/mutants.py --javascript       of the widgets' maths, held to Python in Node

The mutants are cosmic-ray's, those of JavaScript Stryker's. Each is put into a copy of the repository, and the module's
doctests and unit tests are asked, which need neither a browser nor a built site. Survivors are printed with their
lines, and the command ends with 1 if fewer than 98 % were killed.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "chapters" / "_tools"))

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "sgdlib"
MATHS = Path("sgdlib", "widgets", "maths")
HOLDS_MATHS = ["tests/test_widgets_parity.py"]
INSTRUMENTER = Path(__file__).resolve().parent / "instrumenter"
WANTED = 0.98
PATIENCE = 240  # seconds for the tests of one mutant: an endless loop is noticed, too
# Puts all mutants into the files given; __STRYKER_ACTIVE_MUTANT__ in the environment switches one on.
INSTRUMENT = """
import { readFileSync, writeFileSync } from "node:fs";
import { Instrumenter } from "@stryker-mutator/instrumenter";
const quiet = { debug() {}, info() {}, warn() {}, isDebugEnabled: () => false };
const files = process.argv.slice(1).map((name) => ({ name, content: readFileSync(name, "utf8"), mutate: true }));
const options = { plugins: null, excludedMutations: [], ignorers: [] };
const made = await new Instrumenter(quiet).instrument(files, options);
for (const { name, content } of made.files) writeFileSync(name, content);
process.stdout.write(JSON.stringify(made.mutants));
"""
# Beside tests/test_MODULE.py: the tests that hold a module to its equation.
MORE = {
    "optimizer": ["descent", "adam", "odd_calls"],
    "adam": ["optimizer", "odd_calls"],
    "checks": ["odd_calls", "fuzzed_calls"],
    "claims": ["odd_calls"],
    "_stores": ["stores"],
    "grading": ["exercises", "odd_calls"],
    "quizzes": ["exercises", "odd_calls"],
    "places": ["exercises"],
    "reading": ["reading_numbers"],
    "steps": ["exercises"],
    "_experiment": ["experiments", "odd_calls", "stores"],
    "_running": ["experiments", "stores"],
    "_table": ["experiments", "stores"],
    "digits": ["experiments"],
    "generator": ["widgets"],
    "flatten": ["widgets"],
    "base": ["widgets", "odd_calls"],
    "words": ["widgets"],
}
# Modules that train for minutes, or that a browser holds to account.
LEFT_OUT = ("experiments/autoencoder", "experiments/backends", "experiments/convnet", "experiments/edge")
LEFT_OUT += (
    "experiments/residual",
    "experiments/symptoms",
    "experiments/wrong_runs",
    "widgets/",
    "exercises/questions",
)


@dataclass(frozen=True)
class Mutant:
    """A module with one change: its code, or the number that switches the change on where all are put in."""

    path: Path
    operator: str
    code: str = ""
    number: str = ""
    line: int = 0
    written: str = ""

    def change(self) -> str:
        """The lines that differ."""
        if self.number:
            line = self.path.read_text(encoding="utf-8").splitlines()[self.line - 1]
            return f"    {line.strip()}  ->  {self.written}"
        old = self.path.read_text(encoding="utf-8").splitlines()
        lines = list(difflib.unified_diff(old, self.code.splitlines(), lineterm="", n=0))[2:]
        return "\n".join(f"    {line}" for line in lines)


def meaning(code: str) -> str:
    """A module without what runs at no time: annotations, docstrings, the list of its names."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            node.annotation = ast.Constant(0)
        if (
            isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module))
            and ast.get_docstring(node) is not None
        ):
            node.body[0] = ast.Pass()
    return ast.dump(tree)


def places(path: Path) -> list[tuple[Path, str, int]]:
    """Where a module can be changed: each operator of cosmic-ray, and its how many-th place."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    nodes = list(ast_nodes(get_ast(path.read_text(encoding="utf-8"))))
    found = []
    for name in operator_names():
        try:
            operator = get_operator(name)()
        except TypeError:
            continue  # one that needs arguments
        count = sum(1 for node in nodes for _ in operator.mutation_positions(node))
        found += [(path, name, place) for place in range(count)]
    return found


def sampled(paths: list[Path], count: int, seed: int) -> list[Mutant]:
    """So many mutants, or all for 0, each of which means something else."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    all_places = [place for path in paths for place in places(path)]
    print(f"{len(all_places)} places in {len(paths)} modules", flush=True)
    random.Random(seed).shuffle(all_places)
    codes = {path: path.read_text(encoding="utf-8") for path in paths}
    seen = {path: {meaning(code)} for path, code in codes.items()}
    made: list[Mutant] = []
    for path, name, place in all_places:
        if count and len(made) == count:
            break
        changed = mutate_code(codes[path], get_operator(name)(), place)
        try:
            means = changed and meaning(changed)
        except SyntaxError:
            continue
        if means and means not in seen[path]:
            seen[path].add(means)
            made.append(Mutant(path, name, changed))
    return made


def modules(names: list[str]) -> list[Path]:
    """The modules named, by their last name; without names all that are not left out."""
    found = [path for path in sorted(PACKAGE.rglob("*.py")) if path.name != "__init__.py"]
    if not names:
        return [p for p in found if not p.relative_to(PACKAGE).as_posix().startswith(LEFT_OUT)]
    if unknown := set(names) - {path.stem for path in found}:
        raise SystemExit(f"sgdlib has no module {', '.join(sorted(unknown))}.")
    return [path for path in found if path.stem in names]


def tests_of(path: Path, tests: Path) -> list[str]:
    """The module's doctests, and its tests."""
    own = [f"test_{stem}.py" for stem in (path.stem, *MORE.get(path.stem, ()))]
    return [str(path.relative_to(ROOT)), *(f"tests/{name}" for name in own if (tests / name).is_file())]


def javascript_mutants(copies: list[Path]) -> list[Mutant]:
    """Put every mutant of the widgets' maths into the copies."""
    from node_packages import NODE, install

    install(INSTRUMENTER)
    made = []
    for copy in copies:
        files = sorted((copy / MATHS).glob("*.mjs"))
        command = [NODE, "--input-type=module", "-e", INSTRUMENT, *files]
        done = subprocess.run(command, cwd=INSTRUMENTER, capture_output=True, text=True, check=True)
        made = json.loads(done.stdout)
    return [
        Mutant(
            ROOT / MATHS / Path(each["fileName"]).name,
            each["mutatorName"],
            number=each["id"],
            line=each["location"]["start"]["line"] + 1,
            written=" ".join(each["replacement"].split()),
        )
        for each in made
    ]


def passes(copy: Path, tests: list[str], number: str = "") -> bool:
    """Whether the tests pass in a copy, with the mutant of a number switched on."""
    environment = os.environ | {
        "PYTHONPATH": str(copy),
        "__STRYKER_ACTIVE_MUTANT__": number,
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-m",
        "not foreign",
        *tests,
    ]
    try:
        run = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return False
    return run.returncode == 0


def copied(folder: Path) -> Path:
    """A copy of what the tests need, without a built site."""
    left = shutil.ignore_patterns(
        ".git", ".venv", "_build", ".build", "node_modules", "__pycache__", ".hypothesis"
    )
    shutil.copytree(ROOT, folder, ignore=left)
    return folder


def survives(mutant: Mutant, copy: Path) -> bool:
    """Whether no test notices the mutant, put into a copy for the time."""
    if mutant.number:
        return passes(copy, HOLDS_MATHS, mutant.number)
    place = copy / mutant.path.relative_to(ROOT)
    good = place.read_text(encoding="utf-8")
    place.write_text(mutant.code, encoding="utf-8")
    try:
        return passes(copy, tests_of(mutant.path, copy / "tests"))
    finally:
        place.write_text(good, encoding="utf-8")


def main() -> int:
    """Try a sample of mutants; 0 if enough of them are killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help="by their last name, such as theory; all when left out")
    parser.add_argument("--sample", type=int, default=100, help="how many mutants; 0 for all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--javascript", action="store_true", help="mutants of widgets/maths/*.mjs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = [copied(Path(folder) / str(number)) for number in range(options.jobs)]
        if options.javascript:
            found = [
                mutant
                for mutant in javascript_mutants(made)
                if not options.modules or mutant.path.stem in options.modules
            ]
            print(f"{len(found)} mutants in {len({mutant.path for mutant in found})} modules", flush=True)
            random.Random(options.seed).shuffle(found)
            sample = found[: options.sample or None]
        else:
            sample = sampled(modules(options.modules), options.sample, options.seed)
        sample.sort(key=lambda mutant: mutant.path)
        copies: Queue[Path] = Queue()
        for copy in made:
            copies.put(copy)
        held = {
            mutant.path: HOLDS_MATHS if mutant.number else tests_of(mutant.path, ROOT / "tests")
            for mutant in sample
        }
        for tests in {tuple(each) for each in held.values()}:
            if not passes(made[0], list(tests)):
                raise SystemExit(f"Without a mutant these fail: {' '.join(tests)}")

        def tried(mutant: Mutant) -> bool:
            copy = copies.get()
            try:
                alive = survives(mutant, copy)
            finally:
                copies.put(copy)
            if alive:
                print(
                    f"survives: {mutant.path.relative_to(ROOT)}, {mutant.operator}\n{mutant.change()}",
                    flush=True,
                )
            return alive

        with ThreadPoolExecutor(options.jobs) as pool:
            alive = sum(pool.map(tried, sample))
    share = 1 - alive / max(len(sample), 1)
    print(f"killed {len(sample) - alive} of {len(sample)}: {share:.1%}")
    return int(share < WANTED)


if __name__ == "__main__":
    sys.exit(main())
