"""The reference: a heading and the documentation of each module of sgdlib, in the order of a list.

    ```{sgdlib-reference}
    optimizer
    *
    figures
    ```

A name with * stands for all modules that no other line names, so a new module is documented without being named.
The names of the option `exclude-members` are left out, as with automodule.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import sgdlib

log = logging.getLogger(__name__)
PACKAGE = Path(sgdlib.__file__).parent


def modules(package: Path = PACKAGE) -> list[str]:
    """The modules of sgdlib and of its packages, by name: `theory`, `experiments.digits`."""
    found = [
        path.relative_to(package).with_suffix("")
        for path in [*package.glob("*.py"), *package.glob("*/*.py")]
    ]
    return sorted(".".join(path.parts) for path in found if path.name[0] != "_")


def in_order(lines: list[str], found: list[str]) -> list[str]:
    """The modules in the order of the lines; * gives way to a name.

    Raises
    ------
    ValueError
        If a name is no module's.

    >>> in_order(["descent", "*", "x.*"], ["adam", "descent", "theory", "x.digits"])
    ['descent', 'adam', 'theory', 'x.digits']
    """
    ordered = []
    for line in lines:
        fits = [name for name in found if name == line]
        if "*" in line:
            # a module of a package has a dot, and * alone does not stand for it
            fits = [
                name
                for name in found
                if fnmatchcase(name, line)
                and name.count(".") == line.count(".")
                and name not in lines
            ]
        if not fits and "*" not in line:
            raise ValueError(f"sgdlib has no module {line}.")
        ordered += fits
    return ordered


class Reference(SphinxDirective):
    """The directive `sgdlib-reference`."""

    has_content = True
    option_spec: ClassVar = {"exclude-members": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        made, lines = nodes.Element(), []
        left_out = self.options.get("exclude-members", "")
        self.env.note_dependency(__file__)
        try:
            names = in_order([line.strip() for line in self.content], modules())
        except ValueError as error:
            log.warning(str(error), location=self.get_location(), type="reference")
            return []
        for name in names:
            lines += [
                f"## `sgdlib.{name}`",
                "",
                "```{eval-rst}",
                f".. automodule:: sgdlib.{name}",
                "   :members:",
                *([f"   :exclude-members: {left_out}"] if left_out else []),
                "```",
                "",
            ]
        self.state.nested_parse(StringList(lines), 0, made, match_titles=True)
        return made.children


def setup(app):
    """Sphinx calls this."""
    app.add_directive("sgdlib-reference", Reference)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
