"""Put what a teacher takes along into one archive of the built site: `_build/html/classroom.zip`.

Usage: python chapters/_tools/classroom.py SITE

In it: each figure and each widget's still as an SVG that stands alone, for slides; the widgets' own files, if the
site has them (`embed/`); the notebooks without the solutions; and index.html, which opens from disk.
"""

from __future__ import annotations

import html
import json
import re
import sys
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass
from pathlib import Path

from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.append(str(ROOT / "chapters" / "_ext"))

from book import pages  # noqa: E402

NAME = "classroom.zip"
LICENCE = "Code: MIT licence. Text and figures: CC BY 4.0."
SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
FIGURE = re.compile(
    r'<figure class="sgd-figure" id="figure-(\d+)"[^>]*>(.*?)</figure>', re.DOTALL
)
PANEL = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
# A widget's still follows its settings at once.
WIDGET = re.compile(
    r'data-widget="([\w-]+)">\s*<script type="application/json">[^<]*</script>\s*\Z'
)
COLOR = re.compile(r"var\(--[\w-]+,\s*([^()]+)\)")
FONT = "Arial, Helvetica, sans-serif"
GAP, COLUMNS = 14.0, 4
SOLUTION = "-solution"
# The same bytes every time.
DATE = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Still:
    """A figure of a page: its number there, the widget it belongs to or nothing, what it shows in words, the SVG."""

    number: int
    widget: str
    alt: str
    svg: str

    @property
    def name(self) -> str:
        return "-".join(filter(None, [f"figure-{self.number:02}", self.widget]))


def alone(panels: list[str]) -> tuple[str, str]:
    """The panels of a figure side by side as one SVG in light colours on white, and its words."""
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    parts = [
        ET.fromstring(COLOR.sub(r"\1", panel).replace("currentColor", "#000000"))
        for panel in panels
    ]
    alt = next((part.get("aria-label") for part in parts if part.get("aria-label")), "")
    sizes = [tuple(float(n) for n in part.get("viewBox").split()[2:]) for part in parts]
    columns = min(len(parts), COLUMNS)
    wide, high = (max(size[k] for size in sizes) for k in (0, 1))
    width = columns * (wide + GAP) - GAP
    height = -(-len(parts) // columns) * (high + GAP) - GAP
    whole = ET.Element(
        f"{{{SVG}}}svg",
        {
            "viewBox": f"0 0 {width:g} {height:g}",
            "width": f"{2 * width:g}",
            "height": f"{2 * height:g}",
            "role": "img",
            "aria-label": alt,
            "font-family": FONT,
        },
    )
    ET.SubElement(whole, f"{{{SVG}}}title").text = alt
    ET.SubElement(
        whole,
        f"{{{SVG}}}rect",
        {"width": f"{width:g}", "height": f"{height:g}", "fill": "#ffffff"},
    )
    for place, (part, size) in enumerate(zip(parts, sizes, strict=True)):
        for name in ("role", "aria-label", "aria-hidden", "style"):
            part.attrib.pop(name, None)
        for inner in part.iter():
            inner.attrib.pop("class", None)  # for the page's style
        part.set("x", f"{place % columns * (wide + GAP):g}")
        part.set("y", f"{place // columns * (high + GAP):g}")
        part.set("width", f"{size[0]:g}")
        part.set("height", f"{size[1]:g}")
        whole.append(part)
    return ET.tostring(whole, encoding="unicode"), alt


def stills(page: str) -> list[Still]:
    """The figures of a page of the site, in their order."""
    found = []
    for figure in FIGURE.finditer(page):
        svg, alt = alone(PANEL.findall(figure[2]))
        last = max(0, page.rfind("data-widget=", 0, figure.start()))
        widget = WIDGET.match(page, last, figure.start())
        found.append(Still(int(figure[1]), widget[1] if widget else "", alt, svg))
    return found


def homework(text: str) -> str:
    """A notebook to download without the solutions that are folded in it."""
    notebook = json.loads(text)
    notebook["cells"] = [
        cell for cell in notebook["cells"] if not cell["id"].endswith(SOLUTION)
    ]
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def title(page: str) -> str:
    """The title of a page, without the name of the book."""
    return html.unescape(re.search(r"<title>(.*?)</title>", page)[1]).split(" — ")[0]


INDEX = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>For the classroom: SGD, Momentum and Nesterov</title>
<style>
body {{ font-family: {font}; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }}
ul {{ padding-left: 1.2rem; }}
.pictures {{ list-style: none; padding: 0; display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(16rem, 100%), 1fr)); }}
.pictures img {{ width: 100%; height: 9rem; object-fit: contain; }}
.pictures p {{ margin: 0.3rem 0; font-size: 0.85rem; }}
a {{ color: #0b5394; }}
</style>
</head>
<body>
<h1>For the classroom: SGD, Momentum and Nesterov</h1>
<p>Pictures for slides, {widgets_named}and the notebooks without their solutions. {licence}</p>
{widgets}<h2>Notebooks</h2>
<ul>
{notebooks}
</ul>
{chapters}
</body>
</html>
"""
ITEM = (
    '<li><a href="{path}"><img loading="lazy" src="{path}" alt="{alt}"></a>'
    '<p><a href="{path}">{name}</a></p><p>{alt}</p></li>'
)


def index(
    titles: dict, pictures: dict, notebooks: list[str], widgets: list[str]
) -> str:
    """The page in front of the archive: a link to each file, each picture with its words."""
    text = html.escape
    chapters = []
    for chapter, found in pictures.items():
        if not found:
            continue
        items = [
            ITEM.format(
                path=f"pictures/{chapter}/{still.name}.svg",
                alt=text(still.alt),
                name=text(still.name),
            )
            for still in found
        ]
        chapters += [
            f"<h2>{text(titles[chapter])}</h2>",
            '<ul class="pictures">',
            *items,
            "</ul>",
        ]
    listed = [f'<li><a href="widgets/{name}.html">{name}</a></li>' for name in widgets]
    return INDEX.format(
        font=FONT,
        licence=LICENCE,
        widgets_named="the widgets as files for a slide or a course page, "
        * bool(listed),
        widgets="\n".join(["<h2>Widgets</h2>", "<ul>", *listed, "</ul>", ""])
        if listed
        else "",
        notebooks="\n".join(
            f'<li><a href="notebooks/{name}.ipynb" download>{text(each)}</a></li>'
            for name, each in titles.items()
            if name in notebooks
        ),
        chapters="\n".join(chapters),
    )


def contents(site: Path) -> dict[str, str]:
    """The files of the archive, by their path in it.

    Raises
    ------
    FileNotFoundError
        If the site is not built.
    """
    notebooks = sorted((site / "_sources" / "chapters").glob("*.ipynb"))
    if not notebooks:
        raise FileNotFoundError(f"There is no notebook in {site}: run make book.")
    files, titles, pictures = {}, {}, {}
    for name in map(Path, pages(parse_toc_yaml(ROOT / "_toc.yml"))):
        page = (site / name).with_suffix(".html").read_text(encoding="utf-8")
        found = stills(page)
        notebook = site / "_sources" / name.with_suffix(".ipynb")
        if found or notebook in notebooks:
            titles[name.stem], pictures[name.stem] = title(page), found
        if notebook in notebooks:
            text = notebook.read_text(encoding="utf-8")
            files[f"notebooks/{notebook.name}"] = homework(text)
        for still in found:
            files[f"pictures/{name.stem}/{still.name}.svg"] = still.svg
    widgets = sorted(path for path in (site / "embed").glob("*.html"))
    for path in widgets:
        files[f"widgets/{path.name}"] = path.read_text(encoding="utf-8")
    names = [path.stem for path in widgets if path.stem != "index"]
    return {
        "index.html": index(titles, pictures, [path.stem for path in notebooks], names),
        **files,
    }


def build(site: Path) -> Path:
    """Write the archive into a built site; return its path."""
    target = site / NAME
    files = contents(site)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, text in files.items():
            entry = zipfile.ZipInfo(f"classroom/{path}", DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return target


def main(arguments: list[str]) -> int:
    """Write the archive; return the exit code."""
    if len(arguments) != 1:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    try:
        build(Path(arguments[0]))
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
