"""flatten: one self-contained text out of modules that import each other."""

import re
from pathlib import Path

import pytest

from sgdlib.widgets.page import flatten as module
from sgdlib.widgets.page.flatten import flatten

WIDGETS = Path(module.__file__).parent


def modules(folder: Path, **texts: str) -> Path:
    """Write the modules, by their names, and return the path of the last."""
    for name, text in texts.items():
        (folder / f"{name}.mjs").write_text(text, encoding="utf-8")
    return folder / f"{name}.mjs"


def test_each_dependency_comes_once_and_first(tmp_path):
    entry = modules(
        tmp_path,
        one="export const ONE = 1;\nexport function* all() { yield ONE; }\nexport default { all };\n",
        two='import { ONE } from "./one.mjs";\nexport async function two() {\n  return 2 * ONE;\n}\n',
        entry='import { two } from "./two.mjs";\nimport {\n  ONE,\n  all,\n} from "./one.mjs";\n'
        "export function render() {}\nexport default { render };\n",
    )
    text = flatten(entry)
    assert text == (
        "// one.mjs\nconst ONE = 1;\nfunction* all() { yield ONE; }\n\n"
        "// two.mjs\nasync function two() {\n  return 2 * ONE;\n}\n\n"
        "// entry.mjs\nfunction render() {}\nexport default { render };\n"
    )
    assert flatten(entry, export_default=False) == text.replace("export default { render };\n", "")


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (
            {"one": "export const a = 1;\n", "entry": 'import { a } from "./one.mjs";\nlet a = 1;\n'},
            "one.mjs and entry.mjs both declare a; rename one of them.",
        ),
        ({"entry": 'import * as b from "./one.mjs";\n'}, 'entry.mjs has "import * as b from "./one.mjs";"'),
        ({"entry": "const a = 1;\nexport { a };\n"}, 'entry.mjs has "export { a };"'),
    ],
)
def test_another_form_is_refused(tmp_path, texts, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        flatten(modules(tmp_path, **texts))


def test_a_missing_module_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.mjs"):
        flatten(modules(tmp_path, entry='import { a } from "./gone.mjs";\n'))


@pytest.mark.parametrize("path", sorted(WIDGETS.glob("*.mjs")), ids=lambda path: path.name)
def test_every_module_flattens(path):
    script = flatten(path, export_default=False)
    assert not re.search(r"^\s*(?:import\b|export\b)", script, re.MULTILINE)
