"""The built site in Chromium, Firefox and WebKit: the pages, from a server and from disk, wide and on a phone.

One set of tests for the three: what only one of them could be asked stands in the other files on the site. An engine
that is not installed is skipped, and with REQUIRE_ENGINES=1 in the environment that is a failure.
"""

from __future__ import annotations

import os
import re

import pytest
from engines import ENGINES, NoEngine, engine, witnessed
from served import served
from sight import OPEN, TOO_WIDE
from site_pages import OPEN_FOLDS, PAGES, SITE, WIDE

# The front door has nothing but a link.
READ = [page for page in PAGES if page != "index.html"]
PHONES = (390, 320)
HEIGHT = 844


def held(path: str, pattern: str) -> list[str]:
    """What a page of the site holds, found by a pattern."""
    return re.findall(pattern, (SITE / path).read_text(encoding="utf-8")) if (SITE / path).is_file() else []


WIDGETS = {path: held(path, r'data-widget="([^"]+)"') for path in READ}
# From disk: the pages that do something. What they look like does not depend on where they come from.
VISITS = [("http", path) for path in READ] + [("file", path) for path in READ if WIDGETS[path]]
# One page of each kind: the first, a chapter, one from disk. `make foreign` sees all.
QUICK = [
    ("http", "chapters/index.html"),
    ("http", "chapters/momentum.html"),
    ("file", "chapters/sgd.html"),
]
EXERCISE = "chapters/gradient-descent.html"

# In the page: go to what a key moves in a widget: the learning rate's slider, another one, or a point of the picture.
GO = """(place) => {
    const widget = document.querySelectorAll(".sgd-widget")[place];
    const free = [...widget.querySelectorAll("input[type=range]")]
        .filter((slider) => Number(slider.value) < Number(slider.max) && slider.checkVisibility());
    const slider = free.find((each) => each.labels[0]?.textContent.includes("learning rate")) || free[0];
    const moved = slider || widget.querySelector(".sgd-handle");
    moved.focus();
    return moved === document.activeElement;
}"""
# In the page: the picture and the readouts of a widget.
SHOWN = """(place) => {
    const widget = document.querySelectorAll(".sgd-widget")[place];
    const drawn = widget.querySelector(".sgd-stage").innerHTML;
    return [drawn, widget.querySelector(".sgd-readouts")?.textContent ?? drawn];
}"""
CHANGED = f"(place, before) => {{ const now = ({SHOWN})(place); return now.every((each, k) => each !== before[k]); }}"
# In the page: load the fonts of formulas, and say which come; an error if one cannot be had.
FONTS = """async () => {
    const faces = [...document.fonts].filter((face) => face.family.includes("KaTeX"));
    await Promise.all(faces.map((face) => face.load()));
    return faces.filter((face) => face.status === "loaded").map((face) => face.family.replaceAll('"', ""));
}"""


@pytest.fixture(scope="module")
def places(site, tmp_path_factory):
    """A copy of the site in which each page writes down what goes wrong, over http and from disk."""
    folder = witnessed(site, tmp_path_factory.mktemp("site"))
    with served(folder) as address:
        yield {"http": address, "file": folder.as_uri() + "/"}


@pytest.fixture(scope="module", params=ENGINES)
def tab(request):
    """One tab of an engine, for all tests."""
    try:
        with engine(request.param, lambda: request.getfixturevalue("browser")) as started:
            yield started
    except NoEngine as missing:
        if os.environ.get("REQUIRE_ENGINES"):
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


def live(tab) -> None:
    """Wait until every widget of the page is live."""
    tab.wait_for("() => !document.querySelector('.sgd-widget:not([data-alive=true])')")


def test_a_page_of_each_kind_is_visited_every_time():
    assert set(QUICK) <= set(VISITS)


@pytest.mark.parametrize(
    ("scheme", "path"),
    [pytest.param(*visit, marks=() if visit in QUICK else pytest.mark.foreign) for visit in VISITS],
)
def test_a_page_works(tab, places, scheme, path):
    """Opened once: no complaint, formulas in their fonts, live widgets that answer a key, and room on a phone."""
    tab.size(WIDE["width"], WIDE["height"])
    tab.open(places[scheme] + path)
    if held(path, 'class="katex-html"'):
        assert {"KaTeX_Main", "KaTeX_Math"} <= set(tab.evaluate(FONTS))
    lines = "() => [...document.querySelectorAll('a.sgd-term')].map((a) => getComputedStyle(a).textDecorationLine)"
    assert set(tab.evaluate(lines)) <= {"underline"}
    live(tab)
    tab.evaluate(OPEN_FOLDS)
    for place, name in enumerate(WIDGETS[path]):
        before = tab.evaluate(SHOWN, place)
        assert tab.evaluate(GO, place), name
        tab.press("ArrowRight")
        tab.wait_for(CHANGED, place, before)
    tab.evaluate(OPEN)
    for width in PHONES if scheme == "http" else ():
        tab.size(width, HEIGHT)
        assert tab.evaluate(TOO_WIDE) == [], width
    assert tab.trouble() == []


def test_tab_leads_from_an_editor_to_run(tab, places):
    """Also in a window that is not in front, where no page hears of the focus."""
    tab.open(places["http"] + EXERCISE)
    tab.evaluate("""() => {
        const buttons = [...document.querySelectorAll(".sgd-run > button")];
        window.written = buttons.find((each) => each.textContent === "Write it here");
        written.click();
    }""")
    tab.wait_for("() => Boolean(document.querySelector('.cm-content'))")
    tab.evaluate("() => document.querySelector('.cm-content').focus()")
    # nor is a key that is typed there one of the page's own
    tab.type("1/2?")
    tab.wait_for("() => document.querySelector('.cm-content').textContent.includes('1/2?')")
    tab.press("Tab")
    assert tab.evaluate("() => [document.activeElement.textContent, document.activeElement === written]") == [
        "Run",
        True,
    ]


# From disk, where engines differ in what they keep; over http: `make foreign`.
@pytest.mark.parametrize("scheme", [pytest.param("http", marks=pytest.mark.foreign), "file"])
def test_answers_are_checked_and_kept(tab, places, scheme):
    """A number typed and checked, a question opened: both are there again when the page comes back."""
    said = "() => document.querySelector('.sgd-exercise .sgd-said').dataset.right"
    tab.size(WIDE["width"], WIDE["height"])
    tab.open(places[scheme] + EXERCISE)
    tab.evaluate("() => localStorage.clear()")
    tab.open(places[scheme] + EXERCISE)
    tab.click(".sgd-exercise input")
    tab.type("12345")
    tab.press("Enter")
    assert tab.wait_for(said) == "false"
    tab.click(".sgd-quiz .sgd-choice > summary")
    tab.wait_for("() => document.querySelector('.sgd-quiz .sgd-choice').open")
    badge = "() => document.querySelector('.sgd-quiz .sgd-badge')?.textContent"
    kept = tab.wait_for(badge)
    tab.open(places[scheme] + EXERCISE)
    assert tab.wait_for(badge) == kept
    assert tab.wait_for(said) == "false"
    assert tab.evaluate("() => document.querySelector('.sgd-exercise input').value") == "12345"
    tab.evaluate("() => localStorage.clear()")
    assert tab.trouble() == []


@pytest.mark.parametrize("scheme", ["http", pytest.param("file", marks=pytest.mark.foreign)])
def test_themes_switch(tab, places, scheme):
    """The button leads through light and dark, the page's ground with it, and the choice is there on the next page."""
    theme = "() => document.documentElement.dataset.theme"
    ground = "() => getComputedStyle(document.body).backgroundColor"
    tab.size(WIDE["width"], WIDE["height"])
    tab.open(places[scheme] + "chapters/warm-up.html")
    seen = {}
    for _ in range(3):
        mode = tab.evaluate("() => document.documentElement.dataset.mode")
        tab.click("button.theme-switch-button")
        tab.wait_for("(mode) => document.documentElement.dataset.mode !== mode", mode)
        seen[tab.evaluate(theme)] = tab.evaluate(ground)
    assert set(seen) == {"light", "dark"} and len(set(seen.values())) == 2
    while tab.evaluate("() => document.documentElement.dataset.mode") != "dark":
        tab.click("button.theme-switch-button")
    tab.open(places[scheme] + "chapters/sgd.html")
    assert tab.evaluate(theme) == "dark"
    tab.evaluate("() => localStorage.clear()")
    assert tab.trouble() == []


def test_the_trainer_trains_from_disk(tab, places):
    """In its worker: a change in mid-run is heard, and the run goes on to its end."""
    tab.size(WIDE["width"], WIDE["height"])
    tab.open(places["file"] + "chapters/edge.html")
    live(tab)
    widget = "document.querySelector('.sgd-widget[data-widget=trainer]')"
    press = f"(words) => [...{widget}.querySelectorAll('button')].find((each) => each.textContent === words).click()"
    said = f"{widget}.querySelector('.sgd-verdict').textContent"
    choose = f"""([label, value]) => {{
        const box = [...{widget}.querySelectorAll('select')].find((each) => each.labels[0].textContent === label);
        box.value = value;
        box.dispatchEvent(new Event('change'));
    }}"""
    for chosen in (["updates in a run", "200"], ["units of the hidden layers", "16"]):
        tab.evaluate(choose, chosen)
    tab.evaluate(press, "One update")
    tab.wait_for(f"() => {said}.startsWith('Update 1 of 200')")
    tab.evaluate(
        f"""() => {{
            const field = {widget}.querySelectorAll('.sgd-controls input[type=text]')[1];
            field.value = '0.5';
            field.dispatchEvent(new Event('change'));
        }}"""
    )
    tab.wait_for(f"() => {widget}.querySelector('.sgd-line[stroke-dasharray=\"1 3\"]').getAttribute('d')")
    tab.evaluate(press, "To the end")
    tab.wait_for(f"() => {said}.startsWith('After 200 updates')")
    assert tab.trouble() == []
