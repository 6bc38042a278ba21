"""Make one text out of ES modules and the modules they import: no bundler, nothing to install.

anywidget wants a front end as one module, and a page opened from disk runs no module with imports. So the modules are
written apart, and joined here; each keeps its names to itself, so that two may use the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["flatten", "scope"]

TOLD = "told.mjs"
# The course's modules keep to these forms, each at the start of a line; anything else is refused.
IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/(?:[\w-]+/)*([\w-]+)\.mjs)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) (\w+))", re.MULTILINE)
# What describes a declaration, with its types: for who reads the module, not for the page.
DOCUMENTATION = re.compile(r"^ */\*\*(?:(?!\*/).)*\*/\n", re.MULTILINE | re.DOTALL)
OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def scope(path: str | Path) -> str:
    """The name by which the joined text knows a module: the file's, with a dollar in front.

    Notes
    -----
    Used where the widgets of every chapter are joined into one script.

    Examples
    --------
    >>> scope("maths/theory.mjs")
    '$theory'
    """
    return f"${Path(path).stem.replace('-', '_')}"


def flatten(*paths: str | Path, told: Mapping | None = None) -> str:
    """Return the modules at the paths and all they import as one self-contained text, dependencies first.

    ::

        import { a } from "./x.mjs";     →  const { a } = $x;  and before it, once, the text of x.mjs
        export function a() {}           →  function a() {}  and  return { a };  at the end
        every module x.mjs               →  const $x = (() => { … })();
        told.mjs                         →  what is told: the constants that Python knows
        /** … */ on lines of its own     →  left out

    Parameters
    ----------
    paths
        The modules to start from.
    told
        What ``told.mjs`` exports as ``told``; anything that JSON can write.

    Raises
    ------
    FileNotFoundError
        When a module is not there.
    ValueError
        For two modules of the same name, modules that import each other in a circle, or an import or export of
        another form.

    Notes
    -----
    Joins the widgets of every chapter, for Jupyter and for the site. Source: ECMA-262, sections
    16.2.2 and 16.2.3, the part that they need.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     rule, entry = Path(folder, "rule.mjs"), Path(folder, "entry.mjs")
    ...     _ = rule.write_text("export const half = (x) => x / 2;\\n", encoding="utf-8")
    ...     _ = entry.write_text('import { half } from "./rule.mjs";\\nhalf(4);\\n', encoding="utf-8")
    ...     print(flatten(entry))
    // rule.mjs
    const $rule = (() => {
    const half = (x) => x / 2;
    return { half };
    })();
    <BLANKLINE>
    // entry.mjs
    const $entry = (() => {
    const { half } = $rule;
    half(4);
    return {};
    })();
    <BLANKLINE>
    """
    joined: dict[str, Path] = {}
    texts: list[str] = []
    for path in paths:
        _add(Path(path).resolve(), joined, texts, told or {}, ())
    return "\n".join(texts)


def _add(
    file: Path, joined: dict[str, Path], texts: list[str], told: Mapping, above: tuple[Path, ...]
) -> None:
    """Append a module's text, after those it imports, unless it is there already."""
    name = scope(file)
    if file in above:
        raise ValueError(f"{file.name} imports itself, by way of {above[-1].name}.")
    if name in joined:
        if joined[name] != file:
            raise ValueError(f"{joined[name]} and {file} have the same name; rename one of them.")
        return
    text = file.read_text(encoding="utf-8")
    for _, found, _ in IMPORT.findall(text):
        _add((file.parent / found).resolve(), joined, texts, told, (*above, file))
    joined[name] = file
    if file.name == TOLD:
        text = f"export const told = {json.dumps(told, ensure_ascii=False, sort_keys=True)};\n"
    text = DOCUMENTATION.sub("", text)
    text = IMPORT.sub(lambda found: f"const {{{_renamed(found[1])}}} = ${found[3]};\n", text)
    names = EXPORT.findall(text)
    text = EXPORT.sub("", text)
    if other := OTHER.search(text):
        raise ValueError(
            f'{file.name} has "{other[0]}"; write import {{ a }} from "./b.mjs"; to import, '
            "and export in front of a declaration to export."
        )
    offered = f"return {{ {', '.join(names)} }};" if names else "return {};"
    texts.append(f"// {file.name}\nconst {name} = (() => {{\n{text}{offered}\n}})();\n")


def _renamed(names: str) -> str:
    """The names of an import as a pattern takes them: `a as b` becomes `a: b`."""
    return re.sub(r"(\w+) as (\w+)", r"\1: \2", names)
