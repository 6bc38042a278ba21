"""Write the Content-Security-Policy of a built site, ready to be included: `headers/` of the site.

Usage: python chapters/_tools/policy.py SITE

`nginx.conf` for nginx, `_headers` for Netlify and Cloudflare Pages. A page may run its own inline scripts and event
handlers, which are named by their hashes, and files of the site; a worker that was made from a Blob, and WebAssembly,
where code runs on the page; Pyodide's CDN unless the site has a Pyodide of its own. It may send nothing anywhere.
Embeds may stand in the pages of others. JupyterLab, in `lite/`, makes functions from text: that part of the site, which
runs whatever a reader types, may.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

from lite import HERE, LOCK, cdn

FOLDER = "headers"
# Templates of the theme and sources lie here: no pages.
NO_PAGES = ("_static", "_sources", FOLDER)
HOW = """\
# Content-Security-Policy of the course, written by the build: other pages, other hashes.
"""
NGINX = """\
# Inside http {{ }}:            include /where/the/site/is/headers/nginx.conf;
# Inside its location {{ }}:    add_header Content-Security-Policy $course_policy always;
map $uri $course_policy {{
{rows}
}}
"""


class Inline(HTMLParser):
    """The scripts and the event handlers that stand in a page."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.scripts, self.handlers, self._open = set(), set(), None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.handlers |= {
            value for name, value in attributes if re.fullmatch(r"on[a-z]+", name)
        }
        data = given.get("type") in ("application/json", "text/plain")
        if tag == "script" and "src" not in given and not data:
            self._open = []

    def handle_data(self, data):
        if self._open is not None:
            self._open.append(data)

    def handle_endtag(self, tag):
        if tag == "script" and self._open is not None:
            self.scripts.add("".join(self._open))
            self._open = None


def sha256(text: str) -> str:
    """A script as a policy names it."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def inline(paths: list[Path]) -> tuple[list[str], list[str]]:
    """The hashes of the scripts and of the event handlers of pages."""
    scripts, handlers = set(), set()
    for path in paths:
        page = Inline()
        page.feed(path.read_text(encoding="utf-8"))
        page.close()
        scripts |= page.scripts
        handlers |= page.handlers
    return sorted(map(sha256, scripts)), sorted(map(sha256, handlers))


def parts(site: Path) -> list[str]:
    """The hashes of the scripts that `_static/site.js` holds as texts, each run by itself (chapters/_ext/lean.py)."""
    script = site / "_static" / "site.js"
    text = script.read_text(encoding="utf-8") if script.is_file() else ""
    found = re.match(r"[^\[]*(\[.*\])\) \{\n", text, re.DOTALL)
    return sorted(map(sha256, json.loads(found[1]))) if found else []


def policy(
    paths: list[Path], code: str = "", far: str = "", framed="'self'", more=()
) -> str:
    """The policy of some pages: `code` is what running code needs, `far` the one other host."""
    scripts, handlers = inline(paths)
    hashed = [*scripts, *more, *(["'unsafe-hashes'", *handlers] if handlers else [])]
    rules = {
        "default-src": "'self'",
        "script-src": " ".join(filter(None, ["'self'", code, far, *hashed])),
        "worker-src": "'self' blob:",
        # figures and formulas are placed by style attributes
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": " ".join(filter(None, ["'self'", code and "blob: data:", far])),
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": framed,
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def policies(site: Path) -> dict[str, str]:
    """The policy of each part of a site: "" for its pages, "lite/", and each file of "embed/".

    Raises
    ------
    FileNotFoundError
        If the site is not built.
    """
    pages, lite, embeds = [], [], []
    for path in sorted(site.rglob("*.html")):
        part = path.relative_to(site).parts[0]
        if part not in NO_PAGES:
            {"lite": lite, "embed": embeds}.get(part, pages).append(path)
    if not pages:
        raise FileNotFoundError(f"There is no page in {site}: run make book.")
    own = (site / "lite" / "pyodide" / "pyodide.asm.wasm").is_file()
    version = re.search(r'"version": "([\d.]+)"', (HERE / LOCK).read_text())[1]
    far = "" if own else cdn(version)
    runs = "blob: 'wasm-unsafe-eval'"
    return {
        "": policy(pages, runs, far, more=parts(site)),
        "lite/": policy(lite, "blob: 'unsafe-eval'", far),
        **{
            f"embed/{path.name}": policy([path], framed="*").replace(
                "connect-src 'self'", "connect-src 'none'"
            )
            for path in embeds
        },
    }


def nginx(found: dict[str, str]) -> str:
    """A map from the address to the policy, wherever below the host's root the course stands."""
    rows = [f'  default "{found[""]}";']
    for part, text in found.items():
        if part:
            end = "" if part.endswith("/") else "$"
            rows.append(f'  "~/{re.escape(part)}{end}" "{text}";')
    return HOW + NGINX.format(rows="\n".join(rows))


def listed(site: Path, found: dict[str, str]) -> str:
    """Netlify's and Cloudflare's file, to be put at the site's root; no address is in two of its rows."""
    tops = sorted(path.name for path in site.glob("*.html"))
    rows = {"/": found[""], "/chapters/*": found[""], "/lite/*": found["lite/"]}
    rows |= {f"/{name}": found[""] for name in tops}
    for part, text in found.items():
        if part.startswith("embed/"):
            rows |= {f"/{part}": text, f"/{part.removesuffix('.html')}": text}
    return HOW + "".join(
        f"{address}\n  Content-Security-Policy: {text}\n"
        for address, text in rows.items()
    )


def build(site: Path) -> Path:
    """Write the policies into a built site; return their folder."""
    found, folder = policies(site), site / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / "nginx.conf").write_text(nginx(found), encoding="utf-8")
    (folder / "_headers").write_text(listed(site, found), encoding="utf-8")
    return folder


def main(arguments: list[str]) -> int:
    """Write the policies; return the exit code."""
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
