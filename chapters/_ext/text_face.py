"""The face of the text: Source Serif 4 (SIL Open Font License), with the characters that stand in the book.

Upright and slanted, in the weights from plain to bold, Latin and Greek; made once when the book is built and held in
text.css, so that a page opened from disk has it, too.
"""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FAMILY = "Source Serif 4"
PACKAGE = "@fontsource-variable/source-serif-4"
WEIGHTS = (400, 700)
STYLES = ("normal", "italic")
SCRIPTS = ("latin", "greek")
logging.getLogger("fontTools").setLevel(
    logging.WARNING
)  # it tells every table it touches
FEATURES = ["kern", "liga", "lnum", "tnum"]


def face_of(
    file: Path,
    style: str,
    characters: set[int],
    weights: tuple[int, int] = WEIGHTS,
) -> str:
    """A font face with those of the characters that the file has; empty if it has none."""
    font = TTFont(file, recalcTimestamp=False)  # the same bytes from every build
    held = characters & set(font.getBestCmap())
    if not held:
        return ""
    options = subset.Options(flavor="woff2", layout_features=FEATURES, hinting=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=held)
    subsetter.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": weights})
    font.flavor = "woff2"
    written = io.BytesIO()
    font.save(written)
    data = base64.b64encode(written.getvalue()).decode()
    ranges = ",".join(f"U+{code:X}" for code in sorted(held))
    return (
        f'@font-face{{font-family:"{FAMILY}";font-style:{style};font-weight:{weights[0]} {weights[1]};'
        f"font-display:swap;unicode-range:{ranges};src:url(data:font/woff2;base64,{data})}}"
    )


def text_faces(
    modules: Path, html: str, weights: Iterable[tuple[int, int]] = (WEIGHTS,)
) -> str:
    """The style that holds the face, for the characters of all pages together; with a face for each span of weights."""
    files, characters = modules / PACKAGE / "files", {ord(each) for each in html}
    name = PACKAGE.rpartition("/")[2]
    faces = [
        face_of(files / f"{name}-{script}-wght-{style}.woff2", style, characters, each)
        for script in SCRIPTS
        for style in STYLES
        for each in weights
    ]
    return "\n".join(each for each in faces if each)
