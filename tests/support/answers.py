"""The questions page read apart: its answers, and what the cells print to which an answer links."""

from __future__ import annotations

import json
import re

from told import CHAPTERS, text_of

PRINTED = {"answers", "updates", "runs"}
"""Notebooks whose cells print what the answers say; of other answers each number is computed anew by a test."""


def answers() -> dict[str, str]:
    """The questions page: heading -> answer."""
    text = re.sub(r"^## .+$", "", text_of("questions"), flags=re.MULTILINE)  # the situations
    parts = re.split(r"^### (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def links(answer: str) -> list[tuple[str, str]]:
    """The notebooks and the sections that an answer leads to."""
    return re.findall(r"\]\(([\w-]+)\.ipynb#([\w-]+)\)", answer)


def is_printed(answer: str) -> bool:
    return any(notebook in PRINTED for notebook, _ in links(answer))


def anchor(heading: str) -> str:
    """A heading as its link names it.

    >>> anchor("scikit-learn's SGD")
    'scikit-learns-sgd'
    """
    return re.sub(r"[^a-z0-9]+", "-", heading.lower().replace("'", "")).strip("-")


def printed_in(notebook: str, section: str) -> str:
    """What the cells of a section hold and print, and what stands between them."""
    inside, said = False, []
    for cell in json.loads((CHAPTERS / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            for heading, text in re.findall(r"^#{2,3} (.+)$|^(.*)$", source, flags=re.MULTILINE):
                if heading:
                    inside = anchor(heading) == section
                elif inside:
                    said.append(text)
        elif inside:
            said.append(source)
            for output in cell["outputs"]:
                said.append("".join(output.get("text", "")))
                said.append("".join(output.get("data", {}).get("text/plain", "")))
                said.append(re.sub(r"<[^>]+>", " ", "".join(output.get("data", {}).get("text/html", ""))))
    assert said, f"{notebook}.ipynb has no section {section}"
    return "\n".join(said)


def worths(text: str) -> set[float]:
    """The numbers of a text, as numbers."""
    return {
        float(n.replace(",", "")) for n in re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?", text)
    }
