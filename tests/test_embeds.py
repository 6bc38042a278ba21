"""The widgets' files for other pages: alone from disk, shut in a frame, set by their address; the line that shows one.

What a widget does itself is tested where it stands in the course, in test_widgets_browser.py and test_small_figures.py.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import random
import re
from html import unescape
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import embeds
import pytest
from engines import ENGINES, WITNESS, NoEngine, engine
from patience import DRAWN, PATIENCE
from site_pages import AXE, PHONE, SITE, WIDE, Visitor
from sphinx.errors import ExtensionError
from widget_page import written_button
from widget_settings import other

WIDGETS = embeds.widgets()
FOLDER = SITE / embeds.FOLDER
PAGE = "chapters/embeds.html"
every_kind = pytest.mark.parametrize("kind", embeds.KINDS)
# In a page of one's own: all that its frames have told it.
HEARD = "<script>window.heard = []; addEventListener('message', ({ data }) => heard.push(data));</script>"
SHUT_IN = '<iframe sandbox="allow-scripts" src="{address}" title="{name}" width="720" height="400"></iframe>'
# In a frame: move a slider, a list or a point, the first that there is, as a reader does.
MOVE = """() => {
    const input = document.querySelector(".sgd-live-widget input[type=range]");
    const list = document.querySelector(".sgd-live-widget select");
    if (input) {
        input.value = input.value === input.max ? +input.max - 1 : +input.value + 1;
        input.dispatchEvent(new Event("input"));
    } else if (list) {
        list.selectedIndex = (list.selectedIndex + 1) % list.options.length;
        list.dispatchEvent(new Event("change"));
    } else {
        const point = document.querySelector(".sgd-handle");
        for (const key of ["ArrowLeft", "ArrowRight", "ArrowRight"])
            point.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }
}"""
# In a frame: the picture, and the numbers and words beside it.
SHOWN = "() => document.querySelector('.sgd-live-widget').innerText + document.querySelector('.sgd-stage').innerHTML"
# In a frame: what its controls are set to, where its points stand, and what it says.
SET_TO = f"""async () => {{
    await ({DRAWN})();
    return [...document.querySelectorAll(".sgd-live-widget :is(input, select, .sgd-handle, .sgd-verdict)")]
        .map((each) => [each.value, each.checked, each.getAttribute("transform"), each.textContent]);
}}"""


def address_of(name: str) -> str:
    return (FOLDER / f"{name}.html").resolve().as_uri()


def html_of(name: str) -> str:
    return (FOLDER / f"{name}.html").read_text(encoding="utf-8")


def first_setting(name: str) -> dict:
    """The setting that a file has when its address says nothing."""
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html_of(name))[1])
    return {key: value for key, value in state.items() if not key.startswith("_")}


@pytest.fixture
def visitor(context):
    """A tab in which whatever goes wrong, or is asked for elsewhere, is written down and fails the test."""
    made = Visitor(context.new_page(), "file:")
    yield made
    made.page.close()
    assert made.trouble == []


def own_page(folder, html: str) -> str:
    """A page of one's own with this in it; its address."""
    page = folder / "own.html"
    page.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Own</title><link rel="icon" href="data:,">'
        f"{HEARD}<body>{html}",
        encoding="utf-8",
    )
    return page.as_uri()


def framed(page, name: str):
    """The frame of a widget in a page, when the widget in it is live."""
    frame = page.locator(f'iframe[src*="{name}.html"]').element_handle().content_frame()
    frame.wait_for_selector(".sgd-widget[data-alive=true]")
    return frame


TOLD = "([type, name]) => heard.filter((each) => each.type === type && each.name === name)"


def told(page, kind: str, name: str) -> list[dict]:
    """What a frame has told the page around it."""
    return page.evaluate(TOLD, [f"sgd-embed:{kind}", name])


def until_told(page, kind: str, name: str, count: int) -> None:
    """Wait until a frame has told more than so much."""
    page.wait_for_function(
        f"(given) => ({TOLD})(given).length > given[2]", arg=[f"sgd-embed:{kind}", name, count]
    )


# ---------------------------------------------------------------- the files


def test_every_widget_has_a_light_file_that_asks_for_nothing():
    assert {path.stem for path in FOLDER.glob("*.html")} == set(WIDGETS)
    for name, cls in WIDGETS.items():
        html = html_of(name)
        assert len(gzip.compress(html.encode(), 9)) <= 60_000, name
        page = re.sub("<script>.*?</script>", "", html, flags=re.DOTALL)
        assert re.findall(r"(?:src|href)=(?![\"'](?:data:|#)).{30}", page) == []
        assert re.findall(r"@import|url\((?![\"']?(?:data:|#)).{20}", page) == []
        assert html.count("</script") == 2 and '<html lang="en">' in html
        assert f"<title>{embeds.title_of(cls)} · SGD, Momentum and Nesterov</title>" in html
        assert re.search(r'<svg [^>]*aria-label="[^"]{20,}"', html), "the still"


def test_a_file_that_is_too_heavy_stops_the_build():
    noise = random.Random(1).randbytes(70_000).hex()
    embeds.check_weight("light", noise[:1000])
    with pytest.raises(
        ExtensionError, match=r"embed/heavy\.html has \d+ bytes when compressed, and may have 60000: "
    ):
        embeds.check_weight("heavy", noise)


def test_the_link_to_the_course_needs_an_address():
    place = {"damping": embeds.Place("chapters/momentum", "memory", "Memory", "")}
    for site, made in (
        ("", "Down &amp; up"),
        (
            "https://example.org/course/",
            '<a href="https://example.org/course/chapters/momentum.html" target="_blank" rel="noopener">'
            "Down &amp; up</a>",
        ),
    ):
        config = SimpleNamespace(html_title="Down & up", html_baseurl=site)
        app = SimpleNamespace(
            config=config, builder=SimpleNamespace(get_target_uri=lambda page: f"{page}.html")
        )
        assert embeds.back(app, "damping", place) == made


# ---------------------------------------------------------------- in a frame that is shut in


def test_every_widget_works_shut_in_from_disk(visitor, tmp_path):
    """All in one page: each comes alive, tells its height, answers a control, and tells of that."""
    page = visitor.page
    frames = [SHUT_IN.format(address=address_of(name), name=name) for name in WIDGETS]
    page.goto(own_page(tmp_path, "\n".join(frames)))
    for name in WIDGETS:
        frame = framed(page, name)
        # a browser draws nothing of a frame that is not on the screen
        page.locator(f'iframe[title="{name}"]').scroll_into_view_if_needed()
        assert (
            frame.evaluate("() => { try { return Boolean(localStorage); } catch { return 'shut in'; } }")
            == "shut in"
        )
        before, told_before = frame.evaluate(SHOWN), len(told(page, "setting", name))
        frame.evaluate(MOVE)
        frame.evaluate(DRAWN)
        assert frame.evaluate(SHOWN) != before, name
        until_told(page, "setting", name, told_before)
        height = told(page, "height", name)[-1]["height"]
        assert 150 < height == frame.evaluate("document.documentElement.offsetHeight"), name


# Some of both kinds alone; the others: `make foreign`.
FEW = ("friction-lab", "trainer", "damping", "opening-race")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in FEW else pytest.mark.foreign) for name in WIDGETS]
)
def test_a_widget_alone_from_disk(visitor, name):
    """Set by its address, in the colours asked for, wide and on a phone; Reset comes back to what the address said."""
    page, setting = visitor.page, other(WIDGETS[name])
    query = "&".join(f"{key}={text_of(value)}" for key, value in setting.items())
    shown = []
    for ask in ("?theme=dark", f"?{query}&theme=dark", f"?theme=dark#{name}?{query.upper()}"):
        page.goto("about:blank")
        page.goto(address_of(name) + ask)
        page.locator(".sgd-widget[data-alive=true]").wait_for()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert page.locator(".sgd-message").first.text_content() == ""
        shown.append(page.evaluate(SET_TO))
    assert shown[0] != shown[1] and (name == "trainer" or shown[1] == shown[2])
    page.evaluate(MOVE)
    assert page.evaluate(SET_TO) != shown[1]
    written_button(page, "Reset").click()
    # a network trains anew, as far as it has come
    assert name == "trainer" or page.evaluate(SET_TO) == shown[1]
    page.set_viewport_size(PHONE)
    page.evaluate(DRAWN)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def text_of(value) -> str:
    """A value as an address has it."""
    if isinstance(value, list):
        return "_".join(",".join(str(each) for each in row) for row in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_the_theme_is_the_address_or_the_system_and_paper_is_light(visitor):
    page = visitor.page
    seen = """() => [document.documentElement.dataset.theme,
        getComputedStyle(document.body).backgroundColor === "rgb(255, 255, 255)" ? "light" : "dark"]"""
    cases = {
        ("", "light"): "light",
        ("", "dark"): "dark",
        ("?theme=auto", "dark"): "dark",
        ("?theme=light", "dark"): "light",
        ("?theme=dark", "light"): "dark",
        ("?theme=light#theme=dark", "light"): "dark",
    }
    for (query, system), wanted in cases.items():
        page.emulate_media(color_scheme=system)
        page.goto("about:blank")
        page.goto(address_of("damping") + query)
        assert page.evaluate(seen) == [wanted, wanted], query
    page.emulate_media(media="print")
    page.wait_for_function("document.documentElement.dataset.theme === 'light'")
    assert page.locator(".sgd-buttons").is_hidden() and page.locator("svg.sgd-panel").is_visible()
    page.emulate_media(media="screen", color_scheme="light")
    page.goto("about:blank")
    page.goto(address_of("damping") + "?theme=<b>")
    assert page.locator(".sgd-message").text_content() == "theme must be light, dark or auto; it stays auto."


def test_a_reader_without_javascript_sees_the_still(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address_of("friction-lab"))
    assert page.locator("svg.sgd-panel").count() == 4 and page.locator("svg.sgd-panel").first.is_visible()
    assert page.locator(".sgd-widget-words").is_visible()
    assert page.locator("noscript p").count() == 1
    context.close()


@pytest.mark.parametrize("name", ["friction-lab", "damping"])
def test_axe_finds_nothing(visitor, name):
    page = visitor.page
    for theme in ("light", "dark"):
        page.goto("about:blank")
        page.goto(f"{address_of(name)}?theme={theme}")
        page.locator(".sgd-widget[data-alive=true]").wait_for()
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("() => axe.run({ resultTypes: ['violations'], preload: false })")
        assert [each["id"] for each in found["violations"]] == [], theme


# ---------------------------------------------------------------- what an address may hold

BAD = [
    "<img src=x onerror=hit()>",
    "%3Cscript%3Ehit()%3C/script%3E",
    "NaN",
    "Infinity",
    "-1e999",
    "1e400",
    "0x10",
    "%00",
]
BAD += [
    "%",
    "%E0%A4%A",
    "'\"><svg onload=hit()>",
    "javascript:hit()",
    "9" * 3000,
    "",
    " ",
    "null",
    "_,_",
    "1,2_3",
]
KEYS = [
    "__proto__",
    "constructor",
    "toString",
    "_limits",
    "_initial",
    "theme",
    "learning_rate",
    "momentum",
    "step",
    "x",
]


def hostile(name: str, count: int, seed: int) -> list[str]:
    """So many addresses that nobody means well by, each behind a #, of a widget's own settings and of others."""
    draw = random.Random(seed)
    keys = [*first_setting(name), *KEYS, *BAD]
    made = []
    for _ in range(count):
        pairs = [f"{draw.choice(keys)}={draw.choice(BAD)}" for _ in range(draw.randint(1, 6))]
        hash = "&".join(pairs)
        front = draw.choice(
            ["", "", f"{name}?", f"{name.upper()}?", "stranger?", "<i>?", ";?", f"x?;{name}?"]
        )
        made.append(front + hash + draw.choice(["", "&&", "=", "#", ";", "?"]))
    return list(dict.fromkeys(made))


def attack(page, name: str, hashes: list[str]) -> None:
    """Set a frame to one address after the other: never an error, an element or a request, always a setting inside."""
    frame = framed(page, name)
    frame.evaluate("() => { window.hit = () => { throw new Error('hit'); }; }")
    first, limits = first_setting(name), WIDGETS[name]()._limits
    for hash in hashes:
        seen = len(told(page, "setting", name))
        page.evaluate(
            """([name, hash]) => {
                const frame = document.querySelector(`iframe[title="${name}"]`);
                frame.src = frame.src.split("#")[0] + "#" + hash;
            }""",
            [name, hash],
        )
        until_told(page, "setting", name, seen)
        values = parse_qs(told(page, "setting", name)[-1]["query"], keep_blank_values=True)
        assert set(values) == set(limits), hash[:80]
        for key, (text,) in values.items():
            limit = limits[key]
            if limit["kind"] in ("number", "integer"):
                assert limit["min"] <= float(text) <= limit["max"], hash[:80]
            else:
                assert text == text_of(first[key]) or limit["kind"] in ("choice", "flag"), hash[:80]
        said = frame.evaluate("document.querySelector('.sgd-message').textContent")
        assert said, hash[:80]
        assert not re.search(r"[<>%]|onerror|undefined|stays at NaN", said), said
    assert (
        frame.evaluate("document.querySelectorAll('img, i, b, svg[onload], .sgd-widget script').length") == 0
    )


# Some addresses every time, on one page; thousands, of all widgets: `make foreign`.
def test_hostile_addresses_leave_the_default_and_a_word(visitor, tmp_path):
    page, names = visitor.page, ("valley-race", "damping")
    page.goto(
        own_page(tmp_path, "".join(SHUT_IN.format(address=address_of(name), name=name) for name in names))
    )
    for name in names:
        attack(page, name, hostile(name, 100, 3))


@pytest.mark.foreign
def test_thousands_of_hostile_addresses(visitor, tmp_path):
    page = visitor.page
    for k, name in enumerate(WIDGETS):
        page.goto(own_page(tmp_path, SHUT_IN.format(address=address_of(name), name=name)))
        attack(page, name, hostile(name, 100, k))


def test_what_is_wrong_in_an_address_is_said(visitor):
    page = visitor.page
    for query, sentence in {
        "?momentum=7": "momentum μ goes from 0 to 1; set to 1.",
        "?momentum=x": "momentum μ must be a number; it stays at 0.9.",
        "?momentun=0.5": "The friction lab has no setting momentun.",
        "#damping?momentum=0.5": "Here is no widget damping.",
        "?momentum=0.5": "",
    }.items():
        page.goto("about:blank")
        page.goto(address_of("friction-lab") + query)
        page.locator(".sgd-widget[data-alive=true]").wait_for()
        assert page.locator(".sgd-message").text_content() == sentence


# ---------------------------------------------------------------- the line


@contextlib.contextmanager
def chapter(browser, root: str, copying: bool):
    """The friction lab on its chapter's page, with a momentum of the reader's own."""
    context = browser.new_context(
        viewport=WIDE, permissions=["clipboard-read", "clipboard-write"] if copying else []
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(root + "chapters/momentum.html#friction-lab?momentum=0.35&learning_rate=1.5")
    box = page.locator('.sgd-widget[data-widget="friction-lab"]')
    box.locator(".sgd-live-widget").wait_for()
    if not copying:
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    written_button(box, "Embed").click()
    box.locator(".sgd-message:not(:empty)").wait_for()
    yield page, box
    context.close()


def in_own_page(visitor, tmp_path, line: str) -> None:
    """Fail unless a page with the line shows the setting of `chapter`."""
    visitor.root = ""  # the line may lead to the server
    page = visitor.page
    page.goto(own_page(tmp_path, line))
    frame = framed(page, "friction-lab")
    frame.evaluate(DRAWN)
    fields = [frame.locator("input[type=text]").nth(k).input_value() for k in (0, 1)]
    assert fields == ["1.5", "0.35"]
    box = page.locator("iframe")
    assert box.get_attribute("title") == "Friction lab" and box.get_attribute("loading") == "lazy"
    assert int(box.get_attribute("height")) >= frame.evaluate("document.documentElement.offsetHeight") - 60


def test_the_copied_line_shows_the_setting(browser, roots, visitor, tmp_path):
    with chapter(browser, roots["http"], copying=True) as (page, box):
        said = box.locator(".sgd-message").text_content()
        assert said == "Copied a line of HTML that shows this setting in a page of your own."
        assert box.locator(".sgd-message").get_attribute("role") == "status"
        line = page.evaluate("navigator.clipboard.readText()")
        assert f'src="{roots["http"]}embed/friction-lab.html?' in line
        in_own_page(visitor, tmp_path, line)


def test_from_disk_and_where_copying_is_blocked_the_line_stands_in_a_field(browser, roots, visitor, tmp_path):
    with chapter(browser, roots["file"], copying=False) as (page, box):
        said = box.locator(".sgd-message").text_content()
        assert "the line stands selected in the field" in said and "Its address is relative" in said
        field = page.get_by_label("The line that embeds the friction lab")
        line = field.input_value()
        assert field.evaluate(
            "(f) => f === document.activeElement && f.selectionEnd - f.selectionStart"
        ) == len(line)
        assert 'src="embed/friction-lab.html?' in line
        written_button(box, "Embed").click()
        assert field.count() == 1
    (tmp_path / "embed").symlink_to(FOLDER)
    in_own_page(visitor, tmp_path, line)


# ---------------------------------------------------------------- the page of all


def test_the_page_lists_every_widget_with_its_line():
    html = (SITE / PAGE).read_text(encoding="utf-8")
    entries = re.split(r'<div class="sgd-embed"', html)[1:]
    assert [re.search(r'id="([^"]+)"', each)[1] for each in entries] == list(WIDGETS)
    for name, entry in zip(WIDGETS, entries, strict=True):
        title = embeds.title_of(WIDGETS[name])
        assert f"<h3>{title}</h3>" in entry and f'href="../embed/{name}.html">Open it alone' in entry
        line = unescape(re.sub("<[^>]*>", "", re.search(r"<pre>(.*?)</pre>", entry, re.DOTALL)[1]))
        assert re.match(
            rf'\s*<iframe src="embed/{name}\.html" title="{title}" width="720" height="\d+"', line
        )
        there = urlsplit(re.search(r'In <a href="([^"]+)"', entry)[1])
        chapter = (SITE / "chapters" / there.path).read_text(encoding="utf-8")
        assert f'data-widget="{name}"' in chapter
        assert not there.fragment or f'id="{there.fragment}"' in chapter
        assert (FOLDER / f"{name}.svg").is_file() and f'src="../embed/{name}.svg"' in entry
    assert len(gzip.compress(html.encode())) < 60_000


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_widget_opened_on_the_page_sets_its_line(browser, roots, scheme):
    context = browser.new_context(viewport=WIDE)
    visitor = Visitor(context.new_page(), roots[scheme])
    page = visitor.open(PAGE)
    assert len(page.frames) == 1, "no widget is loaded before it is asked for"
    entry = page.locator(".sgd-embed#damping")
    entry.locator("summary").click()
    entry.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.sgd-embed#damping iframe').style.height")
    frame = framed(page, "damping")
    frame.evaluate(MOVE)
    page.wait_for_function(
        "document.querySelector('.sgd-embed#damping pre').textContent.includes('momentum=0.91')"
    )
    line = entry.locator("pre").text_content()
    height = frame.evaluate("document.documentElement.offsetHeight")
    assert f'height="{height}"' in line and entry.locator("iframe").bounding_box()["height"] == height
    front = roots["http"] if scheme == "http" else ""
    assert (
        f'<iframe src="{front}embed/damping.html?momentum=0.91" title="One ball in one well" width="720"'
        in line
    )
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.querySelector('.sgd-embed#damping iframe').src.includes('theme=dark')")
    frame = framed(page, "damping")
    frame.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    assert frame.locator("input[type=text]").input_value() == "0.91"
    assert visitor.trouble == []
    context.close()


def test_the_lines_of_the_page_size_a_frame_in_a_page_of_ones_own(visitor, tmp_path):
    html = (SITE / PAGE).read_text(encoding="utf-8")
    code = next(each for each in re.findall(r"<pre>.*?</pre>", html, re.DOTALL) if "addEventListener" in each)
    listener = unescape(re.sub("<[^>]*>", "", code))
    page = visitor.page
    frames = "".join(
        SHUT_IN.format(address=address_of(name), name=name) for name in ("damping", "friction-lab")
    )
    page.goto(own_page(tmp_path, listener + frames))
    for name in ("damping", "friction-lab"):
        frame, box = framed(page, name), page.locator(f'iframe[title="{name}"]')
        page.wait_for_function(
            "(name) => document.querySelector(`iframe[title=${name}]`).style.height", arg=name
        )
        frame.evaluate(DRAWN)
        page.evaluate(DRAWN)
        wanted = frame.evaluate("document.documentElement.offsetHeight")
        assert box.evaluate("(frame) => frame.clientHeight") == wanted
    page.evaluate("postMessage({ type: 'sgd-embed:height', height: 'x' }, '*')")


# ---------------------------------------------------------------- the other engines


# In a file: what goes wrong is told to the page around it, too.
TELL_TROUBLE = """<script>
    for (const kind of ["error", "unhandledrejection"])
        addEventListener(kind, (event) => parent.postMessage({ trouble: String(event.message ?? event.reason) }, "*"));
</script>"""


@pytest.mark.foreign
@pytest.mark.parametrize("name", ENGINES)
def test_the_files_in_every_engine(name, request, tmp_path):
    """Some of both kinds alone from disk, each with a witness of what goes wrong, and all shut in by one page."""
    for path in FOLDER.glob("*.html"):
        text = path.read_text(encoding="utf-8").replace("<head>", f"<head>{WITNESS}{TELL_TROUBLE}", 1)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    frames = [SHUT_IN.format(address=f"{each}.html?theme=dark", name=each) for each in WIDGETS]
    page = own_page(tmp_path, "\n".join(frames))
    try:
        with engine(name, lambda: request.getfixturevalue("browser")) as tab:
            for widget in FEW:
                tab.open((tmp_path / f"{widget}.html").as_uri() + "?theme=dark")
                tab.wait_for("() => Boolean(document.querySelector('.sgd-widget[data-alive=true]'))")
                before = tab.evaluate(SHOWN)
                tab.evaluate(MOVE)
                tab.wait_for(f"(before) => ({SHOWN})() !== before", before)
                assert tab.evaluate("() => document.documentElement.dataset.theme") == "dark"
                assert tab.trouble() == [], widget
            tab.open(page)
            told = "(names) => names.every((name) => heard.some((each) => each.name === name && each.height > 150))"
            tab.wait_for(told, list(WIDGETS))
            assert (
                tab.evaluate("() => heard.filter((each) => each.trouble).map((each) => each.trouble)") == []
            )
    except NoEngine as missing:
        if os.environ.get("REQUIRE_ENGINES"):
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
