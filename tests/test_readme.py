"""README.md and what other pages tell to type: the layout is the repository's, each command is one that there is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import embeds
import pyodide
import pytest
import yaml

from sgdlib.practice.translate import translate

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
# What make calls to set up and to build.
CALLED = "".join(
    (ROOT / "chapters" / "_tools" / name).read_text(encoding="utf-8")
    for name in ("set_up.py", "make_site.py")
)
TARGETS = set(re.search(r"^\.PHONY: (.*)", MAKEFILE, re.MULTILINE)[1].split())
# Where a command for a reader or a developer stands.
TOLD = [
    ROOT / "README.md",
    ROOT / ".ci" / "run",
    *sorted((ROOT / "chapters").glob("*.md")),
    *sorted((ROOT / "benchmarks").iterdir()),
    *sorted((ROOT / "tests" / "support").glob("*.py")),
]
TOLD = [path for path in TOLD if path.is_file()]


# ---------------------------------------------------------------- the layout


def layout() -> list[str]:
    """The paths of "How the parts fit", as the block names them."""
    block = re.search(r"## How the parts fit\n\n((?:    .*\n)+)", README)[1]
    found, above = [], ""
    for line in block.splitlines():
        names = re.split(r" {2,}", line.strip())[0].split()
        if not line.startswith("      "):
            above = names[0]
            found.append(above)
        else:
            found += [above + name for name in names]
    return found


def there(name: str) -> bool:
    """Whether a path of the layout exists: a folder, or a module without its ending; <name> is any."""
    pattern = re.sub(r"<\w+>", "*", name).rstrip("/")
    return any(ROOT.glob(pattern)) or any(ROOT.glob(f"{pattern}.py"))


def folders() -> set[str]:
    """What a newcomer sees: the folders at the top, those of the chapters, and what lies directly in sgdlib."""
    seen = [path for path in ROOT.iterdir() if not path.name.startswith(".")]  # pytest's cache has a README
    found = {f"{path.relative_to(ROOT)}/" for path in seen if (path / "README.md").is_file()}
    found |= {"chapters/", "sgdlib/", "tests/", "tests/support/"}
    for path in (ROOT / "chapters").iterdir():
        if path.is_dir() and path.name.startswith("_") and path.name not in ("__pycache__", "_build"):
            found.add(f"chapters/{path.name}")
    for path in (ROOT / "sgdlib").iterdir():
        if path.suffix == ".py" and path.name != "__init__.py":
            found.add(f"sgdlib/{path.stem}")
        elif (path / "__init__.py").is_file():
            found.add(f"sgdlib/{path.name}/")
    widgets = ROOT / "sgdlib" / "widgets"
    return found | {f"sgdlib/widgets/{path.parent.name}/" for path in widgets.glob("*/__init__.py")}


def test_every_path_of_the_layout_exists():
    assert len(layout()) > 20
    assert [name for name in layout() if not there(name)] == []


def test_every_folder_stands_in_the_layout():
    named = layout()
    missing = {
        each
        for each in folders()
        if not any(re.match(re.sub(r"<\w+>", r"\\w+", name) + r"/?$", each) for name in named)
        and not any(name.startswith(each) for name in named)
    }
    assert missing == set()


def test_every_path_in_the_text_exists():
    """In backticks, with a folder before it; what a build or a recipe makes is not here."""
    told = README.partition("## To add a …")[0]
    paths = re.findall(r"`((?:chapters|sgdlib|tests|benchmarks)/[\w./-]+)`", told)
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []
    short = re.findall(r"`(_(?:static|ext|tools|search|editor|run|lite|embed)/[\w./-]+)`", told)
    made = ("_static/run/kernel.js", "_static/run/disk")
    assert [path for path in short if path not in made and not (ROOT / "chapters" / path).exists()] == []


# ---------------------------------------------------------------- what is to be typed


def commands(text: str) -> list[str]:
    """The lines of a text that are to be typed: in fences and between backticks."""
    fenced = [
        line
        for block in re.findall(r"```(?:bash)?\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
    ]
    typed = [re.sub(r" +#.*$", "", line).strip() for line in fenced + re.findall(r"`([^`\n]+)`", text)]
    return [line for line in typed if re.match(r"(make|exec make|python\d?|\.venv/bin/\w+|pip|npm) ", line)]


@pytest.mark.parametrize("path", TOLD, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_target_is_the_makefiles(path):
    text = path.read_text(encoding="utf-8")
    typed = (
        commands(text) if path.suffix == ".md" else re.findall(r"^(?:exec )?make [\w=]+", text, re.MULTILINE)
    )
    for line in typed:
        made = re.match(r"(?:exec )?make (\w+)(?!\S*=)", line)
        assert made is None or made[1] in TARGETS, f"{path.name} says: {line}"
        for variable in re.findall(r"\b([A-Z]{3,})=", line) if line.startswith("make") else ():
            assert f"$({variable})" in MAKEFILE or f"{variable}" in MAKEFILE.split("?=")[0], (
                f"{path.name} says: {line}"
            )


TYPED = sorted(
    {line for line in commands(README) if "python" in line.split()[0] and "-" not in line.split()[0]}
)


def options(line: str) -> tuple[list[str], set[str]]:
    """The program that a line runs, as arguments of Python, and its options."""
    words = line.split()[1:]
    program = words[:2] if words[0] == "-m" else words[:1]
    return program, {word for word in words[len(program) :] if word.startswith("--")}


def help_of(program: list[str]) -> str:
    """What a program says of its options, in whatever way."""
    path = ROOT / (f"{program[1].replace('.', '/')}/__main__.py" if program[0] == "-m" else program[0])
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("line", TYPED)
def test_every_program_is_there_and_knows_its_options(line):
    program, given = options(line)
    if program[0] == "-m" and not program[1].startswith("sgdlib"):
        assert program[1] in {"pytest", "venv", "http.server"}
        tests = [word for word in line.split() if word.startswith("tests/")]
        assert all((ROOT / test).is_file() for test in tests)
        return
    said = help_of(program)
    assert [option for option in given if f'"{option}"' not in said] == []


def test_the_options_of_the_experiments_are_all_told():
    said = help_of(["-m", "sgdlib.experiments"])
    known = set(re.findall(r'add_argument\(\s*"(--[\w-]+)"', said))
    rows = "".join(re.findall(r"^\| `[^`]*-m sgdlib\.experiments.*$", README, re.MULTILINE))
    assert set(re.findall(r"--[\w-]+", rows)) == known


def test_the_table_lists_every_target():
    listed = set(re.findall(r"^\| `make (\w+)", README, re.MULTILINE))
    both = set(re.findall(r"^make (\w+)", README, re.MULTILINE))
    assert listed | both == TARGETS


def test_by_hand_is_what_make_does():
    """The lines without make run the same programs, on the same folder, with the same options."""
    block = re.search(r"Without make, the same by hand:\n\n```bash\n(.*?)```", README, re.DOTALL)[1]
    for line in block.splitlines():
        words = [
            word
            for word in re.sub(r" #.*", "", line).split()
            if not word.startswith((".venv/bin/", "python3"))
        ]
        for word in words:
            where = word in MAKEFILE + CALLED or (ROOT / word).exists() or word in ("lab", "install", "-m")
            assert where, f"README.md says {line}, and the Makefile has no {word}"


def test_ci_runs_what_make_runs():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^exec make (\w+)", script, re.MULTILINE)[1] == "test"
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=False).returncode == 0
    # what it exports is asked for by the tests
    for name in re.findall(r"^export ([A-Z_]+)=1", script, re.MULTILINE):
        asked = [path for path in (ROOT / "tests").rglob("*.py") if path.name != "test_readme.py"]
        assert any(f'"{name}"' in path.read_text(encoding="utf-8") for path in asked), (
            f"no test asks for ${name}"
        )


# ---------------------------------------------------------------- what is counted


def test_numbers_of_the_readme():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (oldest,) = set(re.findall(r"Python (3\.\d+) or later", README))
    assert f'requires-python = ">={oldest}"' in project
    (heaviest,) = re.findall(r"at most (\d+) kB compressed", README)
    assert int(heaviest) * 1000 == embeds.HEAVIEST
    classroom = (ROOT / "chapters" / "classroom.md").read_text(encoding="utf-8")
    for text in (README, classroom):
        assert set(re.findall(r"[Pp]yodide[ @-](\d+\.\d+\.\d+)", text)) == {pyodide.VERSION}


def test_a_download_carries_what_the_readme_says(site):
    (said,) = re.findall(r"carries the wheel, (\d+) kB of text", README)
    notebook = json.loads((site / "_sources" / "chapters" / "momentum.ipynb").read_text(encoding="utf-8"))
    cell = "".join(notebook["cells"][0]["source"])
    if "carried=" in cell:  # not so in a site with SITE=
        assert abs(int(said) * 1000 / len(cell) - 1) < 1 / 7


def test_the_readmes_picture_is_there_and_described():
    pictures = re.findall(r"!\[(.*?)\]\((.*?)\)", README)
    assert pictures
    for words, path in pictures:
        assert len(words) >= 40
        kept = (ROOT / path).read_bytes()
        assert kept.startswith(b"\x89PNG") and kept.endswith(b"IEND\xaeB`\x82")


def test_pages_describe_their_pictures():
    """Images in Markdown, of which there may be none, have an alt text."""
    for path in [*ROOT.glob("*.md"), *ROOT.glob("chapters/*.md"), *ROOT.glob("benchmarks/*.md")]:
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"!\[\s*\]", text), f"{path.name} has a picture without an alt text"
        for tag in re.findall(r"<img[^>]*>", text):
            assert re.search(r'alt="[^"]{10,}"', tag), f"{path.name}: {tag}"
        for block in re.findall(r"^:{3,}\{(?:image|figure)\}.*?^:{3,}$", text, re.DOTALL | re.MULTILINE):
            assert ":alt:" in block, f"{path.name}: {block}"


def test_every_part_of_the_book_is_named_in_the_configuration():
    """_config.yml names extensions that exist, and a title that is the first page's."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    first = (ROOT / "chapters" / "index.md").read_text(encoding="utf-8").splitlines()[0]
    assert f"# {config['title']}" == first == README.splitlines()[0]
    for name in config["sphinx"].get("local_extensions", {}):
        assert (ROOT / config["sphinx"]["local_extensions"][name] / f"{name}.py").is_file()


def test_what_is_made_is_ignored():
    """What `make clean` removes is nothing that git keeps, and is left alone by it."""
    rule = re.search(r"^clean:\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)[1]
    made = {word for word in re.findall(r"(?<![\w*.-])\.?\w+(?= |$)", re.search(r"rm -rf (.*)", rule)[1])}
    made |= {".venv", "sgdlib.egg-info", "chapters/_ext/__pycache__", "chapters/any/node_modules"}
    assert "_build" in made
    for name in sorted(made):
        done = subprocess.run(
            ["git", "check-ignore", "-q", name if name == ".venv" else f"{name}/x"], cwd=ROOT, check=False
        )
        assert done.returncode == 0, f".gitignore does not leave out {name}"


def test_the_licences_are_those_that_pages_name():
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (code,) = re.findall(r'license = \{ text = "(\w+)" \}', project)
    assert f"\n{code} License\n" in licence and f"Code: {code} licence" in config
    assert f"Code is under the {code} licence" in README
    (text,) = set(re.findall(r"CC BY \d\.\d", README + config + licence))
    number = text.split()[-1]
    assert f"https://creativecommons.org/licenses/by/{number}/legalcode" in licence
    for path in sorted((ROOT / "chapters").glob("*.md")):
        assert set(re.findall(r"CC BY \d\.\d", path.read_text(encoding="utf-8"))) <= {text}


def test_the_addresses_on_the_page_of_widgets_set_what_there_is():
    page = (ROOT / "chapters" / "embeds.md").read_text(encoding="utf-8")
    known = {cls.widget_name(): cls for cls in embeds.widgets().values()}
    addresses = re.findall(r"embed/([\w-]+)\.html\?([\w=&.]+)", page)
    assert addresses
    for name, query in addresses:
        setting = dict(pair.split("=") for pair in query.split("&"))
        assert set(setting) <= set(known[name]().setting()), f"{name} has no such setting: {query}"
        known[name](**{key: float(value) for key, value in setting.items()})


def test_the_translator_names_what_was_compared():
    """The versions that are pinned; those of libraries that are not here are read by people."""
    page = (ROOT / "chapters" / "translator.md").read_text(encoding="utf-8")
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for name, version in re.findall(r"(Keras|optax|scikit-learn) (\d+(?:\.\d+)+)", page):
        assert f"\n{name.lower()}=={version}" in pins, f"the translator's page says {name} {version}"
    code = (ROOT / "chapters" / "code.md").read_text(encoding="utf-8")
    assert f"\nkeras=={re.search(r'tried with Keras ([0-9.]+) on', code)[1]}" in pins
    (shown,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert re.findall(r"```\{translation\} keras3\n(?::\w+: \d+\n)*(.*?)```", page, re.DOTALL) == [shown]


def arguments_of(rule: str, **names: float) -> float:
    """What a rule of the translator's table is worth, such as `weight_decay` / (1 − momentum)."""
    return eval(rule.replace("`", "").replace("×", "*").replace("−", "-").replace("÷", "/"), {}, names)


def test_rows_of_the_translators_table_are_what_it_writes():
    """The sizes and the names in "The main translations", for scripts of PyTorch, scikit-learn and optax."""
    table = (ROOT / "chapters" / "translator.md").read_text(encoding="utf-8").partition("## The main")[2]
    rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", table, re.MULTILINE))
    start = {"lr": 0.1, "momentum": 0.9}
    written = {
        name: translate("torch", start | more).code
        for name, more in {
            "dampening": {"dampening": 0.5},
            "decay": {"weight_decay": 0.02},
            "both": {"weight_decay": 0.02, "clip_grad_norm_": 1.0},
            "value": {"clip_grad_value_": 1.0},
        }.items()
    }
    damped = arguments_of(rows["`dampening`, averaging form (EMA)"], rate=0.1, dampening=0.5)
    assert f"SGD({damped}, momentum" in written["dampening"]
    (penalty,) = re.findall(r"`L2\((.*?)\)`", rows["PyTorch's `weight_decay`, no clipping"])
    assert f"L2({arguments_of(penalty, weight_decay=0.02)})" in written["decay"]
    beside = arguments_of(rows["the same, with clipping"], weight_decay=0.02, momentum=0.9)
    assert f"weight_decay={beside:.6g}," in written["both"]
    (norm, other) = re.findall(r"`(\w+)`", rows["`clip_grad_norm_`, `clip_by_global_norm`"])
    assert f" {norm}=1.0" in written["both"] and f" {other}=" not in written["both"]
    value = rows["`clip_grad_value_`, optax' `clip`"].strip("`")
    assert f" {value}=1.0" in written["value"]
    (penalty,) = re.findall(r"`L2\((.*?)\)`", rows["scikit-learn's `alpha` in `MLPClassifier`"])
    code = translate("mlp", {"alpha": 0.032, "batch_size": 16}).code
    assert f"L2({arguments_of(penalty, alpha=0.032, batch_size=16):.6g})" in code


def test_this_python_is_one_that_the_readme_names():
    oldest = re.search(r"Python (3)\.(\d+) or later", README).groups()
    assert sys.version_info >= tuple(map(int, oldest))
