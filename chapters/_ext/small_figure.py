"""A small figure on a page that is no notebook.

    ```{small-figure} OpeningRace
    ```

puts sgdlib.widgets.small.OpeningRace there as a notebook would: its still, which the page's script brings to life.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from sgdlib.widgets import small

log = logging.getLogger(__name__)


class SmallFigure(SphinxDirective):
    """The directive `small-figure`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        if name not in small.__all__:
            log.warning(
                f"there is no small figure {name}; there are {', '.join(small.__all__)}.",
                location=self.get_location(),
                type="contents",
            )
            return []
        return [nodes.raw("", getattr(small, name)().static_html(), format="html")]


def setup(app):
    """Sphinx calls this."""
    app.add_directive("small-figure", SmallFigure)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
