"""flatten: one self-contained text out of modules that import each other."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sgdlib.widgets.page import flatten as module
from sgdlib.widgets.page.base import WIDGETS, all_widgets, site_script
from sgdlib.widgets.page.flatten import flatten, scope

NODE = Path(sys.executable).parent / "node"
MODULES = sorted(WIDGETS.rglob("*.mjs"))


def modules(folder: Path, **texts: str) -> Path:
    """Write the modules, by their names, and return the path of the last."""
    for name, text in texts.items():
        (folder / f"{name}.mjs").write_text(text, encoding="utf-8")
    return folder / f"{name}.mjs"


def run(script: str) -> str:
    """What a script prints."""
    done = subprocess.run([NODE, "-"], input=script, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_dependency_comes_once_and_first(tmp_path):
    entry = modules(
        tmp_path,
        one="export const ONE = 1;\nexport function* all() { yield ONE; }\n",
        two='import { ONE } from "./one.mjs";\nexport async function two() {\n  return 2 * ONE;\n}\n',
        entry='import { two } from "./two.mjs";\nimport {\n  ONE,\n  all as every,\n} from "./one.mjs";\n'
        "export function render() { return [ONE, ...every()]; }\nvoid two;\n",
    )
    text = flatten(entry)
    assert text == (
        "// one.mjs\nconst $one = (() => {\nconst ONE = 1;\nfunction* all() { yield ONE; }\n"
        "return { ONE, all };\n})();\n\n"
        "// two.mjs\nconst $two = (() => {\nconst { ONE } = $one;\nasync function two() {\n  return 2 * ONE;\n}\n"
        "return { two };\n})();\n\n"
        "// entry.mjs\nconst $entry = (() => {\nconst { two } = $two;\nconst {\n  ONE,\n  all: every,\n} = $one;\n"
        "function render() { return [ONE, ...every()]; }\nvoid two;\nreturn { render };\n})();\n"
    )
    assert run(f"{text}console.log($entry.render().join());") == "1,1\n"


def test_two_modules_may_use_the_same_name(tmp_path):
    entry = modules(
        tmp_path,
        one="const half = 1;\nexport const one = half;\n",
        entry='import { one } from "./one.mjs";\nconst half = 2;\nexport const both = [one, half];\n',
    )
    assert run(f"{flatten(entry)}console.log($entry.both.join());") == "1,2\n"


def test_several_entries_share_what_they_import(tmp_path):
    modules(tmp_path, one="export const ONE = 1;\n")
    texts = {name: f'import {{ ONE }} from "./one.mjs";\nexport const {name} = ONE;\n' for name in ("a", "b")}
    modules(tmp_path, **texts)
    text = flatten(tmp_path / "a.mjs", tmp_path / "b.mjs")
    assert text.count("// one.mjs") == 1
    assert run(f"{text}console.log($a.a + $b.b);") == "2\n"


def test_the_page_is_told_what_python_knows(tmp_path):
    entry = modules(
        tmp_path,
        told="/** @type {Record<string, any>} */\nexport const told = {};\n",
        entry='import { told } from "./told.mjs";\nexport const said = told.page.said;\n',
    )
    text = flatten(entry, told={"page": {"said": 'η "≤" 2/λ </script>'}})
    assert run(f"{text}console.log($entry.said);") == 'η "≤" 2/λ </script>\n'


def test_documentation_stays_behind(tmp_path):
    entry = modules(
        tmp_path,
        entry="/**\n * What it is.\n * @returns {number}\n */\nexport function half() {\n"
        "  const one = /** @type {number} */ (1);\n  // why\n  return one / 2; /* so */\n}\n",
    )
    assert flatten(entry) == (
        "// entry.mjs\nconst $entry = (() => {\nfunction half() {\n  const one = /** @type {number} */ (1);\n  // why\n"
        "  return one / 2; /* so */\n}\nreturn { half };\n})();\n"
    )


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ({"entry": 'import * as b from "./one.mjs";\n'}, 'entry.mjs has "import * as b from "./one.mjs";"'),
        ({"entry": 'import "./one.mjs";\n'}, 'entry.mjs has "import "./one.mjs";"'),
        ({"entry": "const a = 1;\nexport { a };\n"}, 'entry.mjs has "export { a };"'),
        ({"entry": "export default 1;\n"}, 'entry.mjs has "export default 1;"'),
        (
            {"a": 'import { b } from "./b.mjs";\n', "b": 'import { a } from "./a.mjs";\n'},
            "b.mjs imports itself, by way of a.mjs.",
        ),
    ],
)
def test_another_form_is_refused(tmp_path, texts, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        flatten(modules(tmp_path, **texts))


def test_two_modules_of_one_name_are_refused(tmp_path):
    (tmp_path / "other").mkdir()
    modules(tmp_path / "other", one="export const b = 2;\n")
    text = 'import { a } from "./one.mjs";\nimport { b } from "./other/one.mjs";\nvoid [a, b];\n'
    entry = modules(tmp_path, one="export const a = 1;\n", entry=text)
    with pytest.raises(
        ValueError, match=r"one\.mjs and .*other.one\.mjs have the same name; rename one of them\.$"
    ):
        flatten(entry)


def test_a_missing_module_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.mjs"):
        flatten(modules(tmp_path, entry='import { a } from "./gone.mjs";\n'))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_module_flattens(path):
    script = flatten(path)
    assert not re.search(r"^\s*(?:import\b|export\b)", script, re.MULTILINE)
    assert script.endswith("})();\n")


def test_what_the_site_and_jupyter_run_is_javascript(tmp_path):
    texts = {"site.js": site_script()}
    texts |= {f"{name}.mjs": cls._esm for name, cls in all_widgets().items()}
    for name, text in texts.items():
        (tmp_path / name).write_text(str(text), encoding="utf-8")
        done = subprocess.run([NODE, "--check", tmp_path / name], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_a_module_s_scope():
    assert scope(module.__file__) == "$flatten"
    assert scope("a/two-words.mjs") == "$two_words"
