"""The page "Translator": the place of its form, its script, and translations that stand on the page without one.

    ```{translator}
    ```

is the form, which the page's script builds; without JavaScript a sentence stands there. And

    ```{translation} keras3
    :epochs: 30
    torch.optim.SGD(params, lr=0.1)
    ```

is the code that sgdlib.practice.translate makes of these lines, and what still differs.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from sgdlib.practice import translate
from sgdlib.widgets.page.flatten import flatten

log = logging.getLogger(__name__)

PRACTICE = Path(translate.__file__).parent
SCRIPT, STYLE = "sgd-translator.js", "sgd-translator.css"
WITHOUT = (
    '<div class="sgd-translator" role="region" aria-label="Translator" id="translator-form">'
    "<p>The form needs JavaScript. Without it: the example and the table below, and "
    "<code>translate</code> of <code>sgdlib.practice.translate</code> in Python.</p></div>"
)
EXAMPLE = """\
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.1)  # stepped once an epoch
torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
"""


def script() -> str:
    """The one script of the form."""
    told = {
        **translate.told(),
        "ORDER": list(translate.NAMES),
        "EXAMPLE": EXAMPLE.strip(),
    }
    joined = flatten(PRACTICE / "translator.mjs", told={"translator": told})
    return f'"use strict";\n(() => {{\n{joined}\n}})();\n'


class Translator(SphinxDirective):
    """The directive `translator`."""

    def run(self) -> list[nodes.Node]:
        return [nodes.raw("", WITHOUT, format="html")]


class Made(SphinxDirective):
    """The directive `translation`; its options are what the code does not say of the loop."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict] = {
        "batches_per_epoch": directives.positive_int,
        "epochs": directives.positive_int,
    }

    def run(self) -> list[nodes.Node]:
        try:
            library, arguments, wrong = translate.pasted("\n".join(self.content))
            arguments |= self.options
            wrong = [
                each for each in wrong if each.partition(" ")[0] not in self.options
            ]
            if wrong:
                raise ValueError(" ".join(wrong))
            made = translate.translate(library, arguments, self.arguments[0])
        except ValueError as error:
            log.warning(str(error), location=self.get_location(), type="translation")
            return []
        found = self.parts("Nearly, in plain arguments", made.code, made.differs)
        if made.exact_code:
            found += self.parts(
                "Exactly, with a small class of your own",
                made.exact_code,
                [each for each in made.exact_differs if " Apart by " in each],
            )
        return found

    def parts(self, title: str, code: str, differs: list[str]) -> list[nodes.Node]:
        """A title, code, and what differs."""
        block = nodes.literal_block(code, code, language="python")
        items = [nodes.list_item("", nodes.paragraph("", each)) for each in differs]
        head = nodes.paragraph("", "", nodes.strong("", title))
        if not items:
            return [head, block]
        return [
            head,
            block,
            nodes.paragraph("", "What still differs:"),
            nodes.bullet_list("", *items),
        ]


def write_static_files(app) -> None:
    """Put the script and the style of the form among the static files."""
    if app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    (static / SCRIPT).write_text(script(), encoding="utf-8")
    style = (PRACTICE / STYLE.removeprefix("sgd-")).read_text(encoding="utf-8")
    (static / STYLE).write_text(style, encoding="utf-8")


def add_files(app, pagename, templatename, context, doctree) -> None:
    """Load them on the page that holds the form."""
    if 'class="sgd-translator"' in context.get("body", ""):
        app.add_js_file(SCRIPT, loading_method="defer")
        app.add_css_file(STYLE)


def setup(app):
    """Sphinx calls this."""
    app.add_directive("translator", Translator)
    app.add_directive("translation", Made)
    app.connect("builder-inited", write_static_files)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
