"""Lean pages: one style, one script and no icon font for all that the theme and the extensions load by the dozen.

- The styles of all pages become site.css, without the rules that no page can use (PurgeCSS, over pages and scripts).
- The icons that are left are a few hundred bytes of the theme's font, inside it; the theme's icon script goes.
- The fonts of the formulas, with the characters that stand in the book, are formulas.css, loaded after the text; the
  face of the text is text.css.
- The scripts become site.js, which waits until the page is read.
- Code keeps the marks that give it a colour; names and brackets, a third of a page's elements, have the text's own.

What a page may load is listed here by name. A file that is not listed stops the build: the theme has changed, and
somebody must say whether its file is needed.
"""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError
from text_face import text_faces

TOOLS = Path(__file__).resolve().parent.parent / "_tools"
sys.path.append(str(TOOLS))

from node_packages import install, run  # noqa: E402

STYLES = [
    "theme.css",
    "pydata-sphinx-theme.css",
    "pygments.css",
    "sphinx-book-theme.css",
    "togglebutton.css",
    "copybutton.css",
    "mystnb.css",
    "sphinx-design.min.css",
    "katex.min.css",
    "katex-math.css",
    "sgd-palette.css",
    "sgd-widgets.css",
    "sgd-translator.css",
    "course.css",
    "reading.css",
    "embeds.css",
    "run.css",
    "print.css",
]
SCRIPTS = [
    "documentation_options.js",
    "doctools.js",
    "clipboard.min.js",
    "copybutton.js",
    "sphinx-book-theme.js",
    "togglebutton.js",
    "bootstrap.js",
    "pydata-sphinx-theme.js",
    "copy-tex.min.js",
]
# Ours, which work on where the theme's break down, and those of a single page; after site.js, in the page's order.
KEPT = [
    "course.js",
    "copy.js",
    "numbers.js",
    "exercises.js",
    "answers.js",
    "terms.js",
    "tracks.js",
    "run.js",
    "progress.js",
    "embeds.js",
    "sgd-translator.js",
]
# Before site.js: a key that moves a slider comes to the widget, and one that opens the search to ours, before they come
# to the theme; and kept.js gives the theme a store where the browser has none.
FIRST = ["kept.js", "sgd-widgets.js", "search.js"]
# Icons as pictures drawn by a script; tabs, of which the course has none; marks for what Sphinx' search has found.
DROPPED = ["fontawesome.js", "design-tabs.js", "sphinx_highlight.js"]
# Parts of Sphinx' search that no page names.
UNUSED = ["searchtools.js", "language_data.js"]

# What the theme's parts do to every page that would make the browser lay out all of it before the reader sees any.
UNDONE = {
    # course.js marks the boxes that scroll, those near the screen.
    "pydata-sphinx-theme.js": (
        ',"complete"===document.readyState?O():window.addEventListener("load",O)',
        "",
    ),
}
# The theme's first script says "auto" and a later one what that is, so that all is styled twice; and it breaks down
# where the browser keeps nothing.
THEME_SCRIPT = re.compile(r'(<script data-cfasync="false">).*?(</script>)', re.DOTALL)
THEME_SET = """
    {
      const { dataset } = document.documentElement;
      try {
        dataset.mode = localStorage.getItem("mode") || "auto";
      } catch {
        dataset.mode = "auto";
      }
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      dataset.theme = dataset.mode === "auto" ? (dark ? "dark" : "light") : dataset.mode;
    }
  """

STYLE_LINK = re.compile(
    r'[ \t]*<link [^>]*?href="[^"]*?_static/([^"?]+\.css)(?:\?[^"]*)?"[^>]*>\n?'
)
PRELOAD = re.compile(r'[ \t]*<link rel="preload" as="script"[^>]*>\n?')
SCRIPT_TAG = re.compile(
    r'[ \t]*<script[^>]*?src="([^"?]+\.js)(?:\?[^"]*)?"[^>]*></script>\n?'
)
PAGE_NAME = re.compile(
    r"[ \t]*<script>DOCUMENTATION_OPTIONS\.pagename = [^<]*</script>\n?"
)
COLORLESS = re.compile(r'<span class="(?:n|p|w)">([^<]*)</span>')
FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
# The classes of a formula that ask for another kind of its font.
KINDS = {
    "KaTeX_Main-Bold": "mathbf|textbf",
    "KaTeX_Main-Italic": "mathit|textit",
    "KaTeX_Main-BoldItalic": "textboldit",
    "KaTeX_Math-BoldItalic": "boldsymbol",
}
SOURCE_MAP = re.compile(r"/[/*]# sourceMappingURL=[^\n*]*(?:\*/)?")


def plain(path: str) -> str:
    """The name of a file without folders, and without the hash that MyST-NB puts into one."""
    return re.sub(r"\.[0-9a-f]{64}\.css$", ".css", path.split("/")[-1])


def pages_of(out: Path) -> list[Path]:
    """The pages of the book; not those of JupyterLite, and not the front door, which loads nothing."""
    found = (page.relative_to(out) for page in out.rglob("*.html"))
    pages = (p for p in found if p.parts[0] not in ("_static", "lite"))
    return sorted(out / p for p in pages if str(p) != "index.html")


def check_known(page: Path, names: list[str], known: list[str]) -> None:
    """Stop the build at a file that nobody has judged."""
    for name in names:
        if name not in known:
            raise ExtensionError(
                f"{page.name} loads {name}, which chapters/_ext/lean.py does not know: say there what becomes of it."
            )


def undo(name: str, text: str) -> str:
    """A script of the theme without what UNDONE takes out of it."""
    old, new = UNDONE.get(name, ("", ""))
    if old and text.count(old) != 1:
        raise ExtensionError(
            f"{name} has changed: see what of UNDONE in lean.py holds."
        )
    return text.replace(old, new) if old else text


def rewrite(html: str, page: Path, root: str) -> str:
    """The page with one style and one script in place of all; `root` leads to the folder of static files."""
    styles = [plain(path) for path in STYLE_LINK.findall(html)]
    scripts = [plain(path) for path in SCRIPT_TAG.findall(html)]
    check_known(page, styles, STYLES)
    check_known(page, scripts, SCRIPTS + KEPT + FIRST + DROPPED)
    tags = {
        plain(match[1]): re.sub(r"<script(?! defer)", "<script defer", match[0].strip())
        for match in SCRIPT_TAG.finditer(html)
    }
    first, later = (
        [tags[name] for name in tags if name in some] for some in (FIRST, KEPT)
    )
    html, found = THEME_SCRIPT.subn(rf"\1{THEME_SET}\2", html)
    if found != 1:
        raise ExtensionError(f"{page.name} does not set its theme as lean.py knows it.")
    html = COLORLESS.sub(r"\1", html)
    html = PAGE_NAME.sub("", PRELOAD.sub("", SCRIPT_TAG.sub("", html)))
    html = STYLE_LINK.sub("", html)
    style = f'<link rel="stylesheet" href="{root}site.css" />'
    # At the end: on a slow line the words and the style need all of it first.
    scripts = [*first, f'<script defer src="{root}site.js"></script>', *later]
    fonts = ["text.css"] + ["formulas.css"] * ('class="katex"' in html)
    fonts = [f'<link rel="stylesheet" href="{root}{name}" />' for name in fonts]
    html = html.replace("</head>", f"{style}\n</head>", 1)
    return html.replace("</body>", "\n".join([*fonts, *scripts, "</body>"]), 1)


def one_script(parts: list[str]) -> str:
    """A script that runs each part as a script of its own: one that breaks down takes no other with it."""
    texts = json.dumps([SOURCE_MAP.sub("", part) for part in parts])
    return (
        f"for (const part of {texts}) {{\n"
        '  const script = document.createElement("script");\n'
        "  script.textContent = part;\n"
        "  document.head.append(script);\n"
        "  script.remove();\n"
        "}\n"
    )


def subset_font(path: Path, characters: set[int]) -> str:
    """A font with some characters only, as an address that holds the whole file."""
    options = subset.Options(flavor="woff2", layout_features=[], hinting=False)
    font = TTFont(path, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font.flavor = "woff2"
    held = io.BytesIO()
    font.save(held)
    return f"data:font/woff2;base64,{base64.b64encode(held.getvalue()).decode()}"


def icon_face(css: str, static: Path) -> str:
    """The icons that the style mentions, as a font face."""
    found = re.findall(r"\\(f[0-9a-f]{3})\b", css) + [
        f"{ord(character):x}" for character in re.findall("[\uf000-\uf8ff]", css)
    ]
    font = static / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.woff2"
    address = subset_font(font, {int(code, 16) for code in found})
    return (
        '@font-face{font-family:"Font Awesome 6 Free";font-style:normal;font-weight:900;'
        f"font-display:block;src:url({address})}}"
    )


def formula_faces(css: str, static: Path, html: str) -> str:
    """The fonts that the formulas use, with the characters that stand in the book."""
    faces, rules = [], FONT_FACE.sub("", css)
    characters = {ord(character) for character in html}
    for face in FONT_FACE.findall(css):
        if "KaTeX" not in face:
            continue
        name = re.search(r"fonts/(KaTeX_[\w-]+)\.woff2", face)[1]
        family = name.split("-")[0]
        asked = KINDS.get(name)
        if family not in rules or (asked and not re.search(asked, html)):
            continue
        address = subset_font(static / "fonts" / f"{name}.woff2", characters)
        faces.append(re.sub(r"src:[^}]*", f"src:url({address})", face))
    return "\n".join(faces)


def purge(static: Path, css: str) -> str:
    """The style without the rules that no page and no script can use."""
    (static / "site.css").write_text(css, encoding="utf-8")
    node = TOOLS / "node"
    tool = install(node) / ".bin" / "purgecss"
    if run(tool, "--config", node / "purgecss.config.cjs", folder=static.parent):
        raise ExtensionError("PurgeCSS failed; its words stand above.")
    return (static / "purged" / "site.css").read_text(encoding="utf-8")


def make_lean(app, exception) -> None:
    """Rewrite every page, and write the files that they load instead."""
    if exception is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    static, pages = out / "_static", pages_of(out)
    files = {plain(str(path)): path for path in static.rglob("*.*s*")}
    texts = {page: page.read_text(encoding="utf-8") for page in pages}
    loaded = {plain(p) for html in texts.values() for p in STYLE_LINK.findall(html)}
    for page, html in texts.items():
        root = "../" * (len(page.relative_to(out).parts) - 1) + "_static/"
        page.write_text(rewrite(html, page, root), encoding="utf-8")
    parts = [undo(name, files[name].read_text(encoding="utf-8")) for name in SCRIPTS]
    (static / "site.js").write_text(one_script(parts), encoding="utf-8")
    css = "\n".join(
        files[name].read_text(encoding="utf-8")
        for name in ("basic.css", *STYLES)
        if name in loaded or name == "basic.css"
    )
    css = purge(
        static, SOURCE_MAP.sub("", re.sub(r'@charset "[^"]*";|@import[^;]*;', "", css))
    )
    formulas = formula_faces(css, static, "".join(texts.values()))
    css = icon_face(css, static) + FONT_FACE.sub("", css)
    (static / "site.css").write_text(css, encoding="utf-8")
    (static / "formulas.css").write_text(formulas, encoding="utf-8")
    faces = text_faces(install(TOOLS / "node"), "".join(texts.values()))
    (static / "text.css").write_text(faces, encoding="utf-8")
    for gone in ("vendor", "fonts", "locales", "purged", "scripts", "styles"):
        shutil.rmtree(static / gone, ignore_errors=True)
    for name in ("basic.css", *STYLES, *SCRIPTS, *DROPPED, *UNUSED):
        if name in files:
            files[name].unlink(missing_ok=True)


def setup(app):
    """Sphinx calls this; last of all, when every page is as it will be."""
    app.connect("build-finished", make_lean, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
