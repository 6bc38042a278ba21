"""What stands in _toc.yml, as Sphinx has read it: the pages in the order of reading, and which of them are chapters."""

from __future__ import annotations

from collections.abc import Iterator


def name_of(entry) -> str:
    """A page as Sphinx calls it, without the suffix that _toc.yml may give it."""
    return str(entry).removesuffix(".ipynb").removesuffix(".md")


def pages(site_map, entry: str | None = None) -> Iterator[str]:
    """All pages in the order of reading."""
    document = site_map.root if entry is None else site_map[entry]
    yield name_of(document.docname)
    for part in document.subtrees:
        for item in part.items:
            if item in site_map:
                yield from pages(site_map, item)


def chapters(site_map) -> list[str]:
    """The chapters of the course: the pages of a numbered part, in order."""
    return [
        name_of(item)
        for part in site_map.root.subtrees
        if part.numbered
        for item in part.items
    ]
