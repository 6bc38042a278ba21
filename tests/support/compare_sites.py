"""Compare what two builds of the site show: python tests/support/compare_sites.py BEFORE AFTER

Each difference is one line: page, kind, before, after. Compared on every page, in order, are the visible text, the
links, the pictures, the alt texts, the forms, the widgets with their state and their words, the headings, the ids,
and the style sheets and scripts by name. Left out is what IGNORED lists, what Python draws nothing with (scripts,
styles), and `lite/` and the search index, which hold no page.
"""

from __future__ import annotations

import difflib
import json
import posixpath
import re
import sys
from html.parser import HTMLParser
from itertools import zip_longest
from pathlib import Path
from urllib.parse import urlsplit

# What may differ between two builds of the same: versions of static files in addresses, hashes in their names; and the
# names inside a picture, a hash of all of it, alt text included (sgdlib.figures.show).
IGNORED = [
    re.compile(r"\?(?:v|digest)=[0-9a-f]+"),
    re.compile(r"(?<=\.)[0-9a-f]{64}(?=\.)"),
    re.compile(r"(?<=\bf)[0-9a-f]{8}(?=\d+-\d)"),
]
SKIPPED = ("_static", "_sources", "lite", "embed")
VOID = set("area base br col embed hr img input link meta source track wbr".split())
INLINE = set("a abbr b code em i kbd mark small span strong sub sup tspan u var".split())
DRAWN = set("svg g path circle ellipse rect line polyline polygon use text image clippath".split())
FORM = set("form input button select option textarea label fieldset".split())
SHOWN = 70


class Page(HTMLParser):
    """What a page shows, as lists in the page's order, by kind."""

    def __init__(self, path: str, html: str):
        super().__init__()
        self.path, self.open, self.found = path, [], {}
        self.words: list[str] = []
        self.feed(html)
        self.close()
        self._end_of_block()

    def add(self, kind: str, value: str) -> None:
        for pattern in IGNORED:
            value = pattern.sub("", value)
        self.found.setdefault(kind, []).append(value)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag not in INLINE:
            self._end_of_block()
        if "id" in given:
            self.add("id", given["id"])
        for name in ("alt", "aria-label", "title"):
            if name in given:
                self.add("alt", f"{tag} {name}: {given[name]}")
        if tag == "a" and "href" in given:
            self.add("link", self._resolved(given["href"]))
        if tag in ("link", "script") and (address := given.get("href") or given.get("src")):
            self.add("file", f"{given.get('rel', tag)} {self._resolved(address)}")
        if tag == "img" or tag in DRAWN:
            if "src" in given:
                given["src"] = self._resolved(given["src"])
            self.add("picture", _written(tag, given))
        if tag in FORM:
            self.add("form", _written(tag, given))
        if tag == "details":
            self.add("box", _written(tag, given))
        if "data-widget" in given:
            self.add("widget", given["data-widget"])
        if tag not in VOID:
            self.open.append((tag, given))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag not in INLINE:
            self._end_of_block()
        for at in range(len(self.open) - 1, -1, -1):
            if self.open[at][0] == tag:
                del self.open[at:]
                break

    def handle_data(self, data):
        tag, given = self.open[-1] if self.open else ("", {})
        if tag == "script" and given.get("type") == "application/json" and self._inside("data-widget"):
            self.add("widget", json.dumps(json.loads(data), sort_keys=True))
        elif tag not in ("script", "style"):
            self.words.append(data)

    def _end_of_block(self) -> None:
        text = " ".join("".join(self.words).split())
        self.words = []
        if not text:
            return
        block = next((each for each in reversed(self.open) if each[0] not in INLINE), ("", {}))
        if re.fullmatch("h[1-6]", block[0]):
            self.add("heading", f"{block[0]} {text}")
        self.add("words" if "sgd-widget-words" in block[1].get("class", "") else "text", text)

    def _inside(self, attribute: str) -> bool:
        return any(attribute in given for _, given in self.open)

    def _resolved(self, address: str) -> str:
        parts = urlsplit(address)
        if parts.scheme or not parts.path:
            return address
        where = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), parts.path))
        return parts._replace(path=where).geturl()


def _written(tag: str, given: dict) -> str:
    return " ".join([tag, *(f'{name}="{value}"' if value else name for name, value in sorted(given.items()))])


def pages(site: Path) -> dict[str, Path]:
    """The site's pages, by their path."""
    found = {path.relative_to(site).as_posix(): path for path in sorted(site.rglob("*.html"))}
    return {name: path for name, path in found.items() if not name.startswith(SKIPPED)}


def changes(before: list[str], after: list[str]):
    """What is other in a list, as pairs (before, after); the empty string for what is not there."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    matcher = difflib.SequenceMatcher(None, before[start:], after[start:], autojunk=False)
    for what, i, j, k, m in matcher.get_opcodes():
        if what != "equal":
            old, new = before[start + i : start + j], after[start + k : start + m]
            yield from zip_longest(old, new, fillvalue="")


def shortened(one: str, other: str) -> str:
    """A value, from a little before where it begins to differ from the other one."""
    start = next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    start = max(0, start - SHOWN // 3) if len(one) > SHOWN else 0
    text = one[start : start + SHOWN]
    return f"{'…' if start else ''}{text}{'…' if start + SHOWN < len(one) else ''}" or "nothing"


def compare(before: Path, after: Path) -> list[str]:
    """The differences between two sites, a line each."""
    old, new = pages(before), pages(after)
    lines = [f"{name}: page: there: gone" for name in old if name not in new]
    lines += [f"{name}: page: nothing: new" for name in new if name not in old]
    for name in old:
        if name not in new:
            continue
        was, now = (Page(name, path[name].read_text(encoding="utf-8")).found for path in (old, new))
        for kind in sorted(was.keys() | now.keys()):
            for one, other in changes(was.get(kind, []), now.get(kind, [])):
                lines.append(f"{name}: {kind}: {shortened(one, other)} → {shortened(other, one)}")
    return lines


def main(arguments: list[str]) -> int:
    """Print the differences; return 1 if there is one, 2 for a folder without a page."""
    if len(arguments) != 2 or not all(pages(Path(folder)) for folder in arguments):
        print("Two folders of built pages are needed: compare_sites.py BEFORE AFTER", file=sys.stderr)
        return 2
    lines = compare(*map(Path, arguments))
    print("\n".join([*lines, f"{len(lines)} differences"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
