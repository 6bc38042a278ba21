"""The widgets on the built site, as a reader uses them: by mouse, keys and touch, from a link, on paper, on a phone.

What a widget shows is compared with what sgdlib computes in Python for the same setting.
"""

from __future__ import annotations

import ast
import functools
import json
import re
from itertools import pairwise
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
from patience import DRAWN, PATIENCE, SETTLED
from site_pages import AXE, BOOK, OPEN_FOLDS, PAGES, PHONE, SITE, WIDE, Visitor
from widget_page import labelled, written_button
from widget_settings import ends, limits, other, particular, somewhere

from sgdlib import SGD, Adam
from sgdlib.widgets.page.base import HERE as PAGE
from sgdlib.widgets.page.base import all_widgets

WIDGETS = {cls.widget_name(): cls for cls in all_widgets().values()}
every_widget = pytest.mark.parametrize("name", WIDGETS)
NUMERIC = {
    name: [key for key, limit in limits(cls).items() if limit["kind"] in ("number", "integer")]
    for name, cls in WIDGETS.items()
}
SLIDING = [name for name, settings in NUMERIC.items() if settings]
# One with few settings, one with many, one that trains; the others: `make foreign`.
TYPICAL = ("friction-lab", "valley-race", "trainer")


def typical_first(names):
    """The widgets as parameters of a test whose answer hangs on code that they share."""
    return [pytest.param(name, marks=() if name in TYPICAL else pytest.mark.foreign) for name in names]


some_widgets = pytest.mark.parametrize("name", typical_first(WIDGETS))
some_sliders = pytest.mark.parametrize("name", typical_first(SLIDING))


def held(page: str) -> list[str]:
    """The widgets that a page of the site holds; test_small_figures.py has its small figures."""
    path = SITE / page
    names = re.findall(r'data-widget="([^"]+)"', path.read_text(encoding="utf-8")) if path.is_file() else []
    return [name for name in names if name in WIDGETS]


HOLDERS = {page: held(page) for page in PAGES if held(page)}
# What a page shows, and where: the first page with each widget.
HOMES = {name: next((page for page, names in HOLDERS.items() if name in names), None) for name in WIDGETS}
# ms that the widgets wait before they tell a screen reader, and before a box shrinks
QUIET = int(re.search(r"export const QUIET = (\d+);", (PAGE / "dom.mjs").read_text(encoding="utf-8"))[1])
PHONE_WIDTHS, WIDTHS = (320, 360, 390), (320, 360, 390, 760, 1280, 1600)
PHONES = (PHONE, {"width": 360, "height": 640})


def numbers(text: str) -> list[float]:
    """The numbers in a readout, with the minus sign of good typography."""
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text.replace("−", "-"))]


def text_of(value) -> str:
    """A value as the page writes it: true for True, 1 for 1.0."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "_".join(",".join(text_of(each) for each in row) for row in value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def with_kind(text: str, limit: dict):
    """A value from a link, as Python has it."""
    if limit["kind"] == "flag":
        return text == "true"
    if limit["kind"] == "choice":
        return next(value for value in limit["values"] if text_of(value) == text)
    if limit["kind"] == "rows":
        return [[float(each) for each in row.split(",")] for row in text.split("_") if row]
    return {"number": float, "integer": int}[limit["kind"]](text)


class Live:
    """A widget on a page: its controls by setting, its readouts, and its setting in full precision."""

    def __init__(self, page, name: str):
        self.page, self.name, self.cls = page, name, WIDGETS[name]
        self.box = page.locator(f'.sgd-widget[data-widget="{name}"]').first
        self.limits = self.cls()._limits
        self.labels = dict(re.findall(r'setting: "(\w+)",\s*label: "([^"]+)"', str(self.cls._esm)))
        # the settings whose slider ends at another setting
        self.ends = dict(re.findall(r'setting: "(\w+)"[^}]*\bend: "(\w+)"', str(self.cls._esm)))
        self.own = particular(self.cls.folder())
        self.numeric = [key for key in self.labels if key in NUMERIC[name]]

    def wait(self):
        self.box.locator(".sgd-live-widget").wait_for()
        assert self.box.get_attribute("data-alive") == "true"
        self.box.evaluate(
            "(box) => box.querySelectorAll('.sgd-more').forEach((more) => { more.open = true; })"
        )
        return self

    def drawn(self) -> None:
        self.page.evaluate(DRAWN)

    def a_number(self) -> str:
        """A setting whose slider can go up: the learning rate, if it is one."""
        low = [key for key in self.numeric if getattr(self.cls(), key) < self.limits[key]["max"]]
        return "learning_rate" if "learning_rate" in low else low[0]

    def last(self, setting: str, values: dict):
        """Where the slider of a setting ends."""
        high = self.limits[setting]["max"]
        return min(high, values[self.ends[setting]]) if setting in self.ends else high

    def until(self, condition: str) -> None:
        """Wait until a condition on the widget's box holds, written in JavaScript."""
        self.page.wait_for_function(f"(box) => {condition}", arg=self.box.element_handle())

    def control(self, setting: str):
        """What a reader tabs to and moves with the arrow keys."""
        return labelled(self.box, self.labels[setting])

    def frames(self, count: int) -> None:
        """Let the page draw some frames, in which what should not happen could."""
        for _ in range(count // 2):
            self.drawn()

    def slider(self, setting: str):
        return self.control(setting)

    def field(self, setting: str):
        return self.slider(setting).locator("xpath=following-sibling::input")

    def button(self, words: str):
        return written_button(self.box, words)

    def press(self, words: str) -> None:
        self.button(words).evaluate("(button) => button.click()")
        self.drawn()

    def type(self, setting: str, text) -> None:
        self.field(setting).fill(str(text))
        self.field(setting).press("Enter")

    def put(self, setting: dict) -> None:
        """Bring about a setting by the controls, in the order in which one brings another with it."""
        for key in setting:
            if key in self.numeric:
                self.type(key, repr(setting[key]))
            elif self.limits[key]["kind"] == "choice":
                self.control(key).select_option(text_of(setting[key]))
            elif setting[key] != self.setting()[key]:
                self.turn(key)
        self.drawn()

    def turn(self, setting: str) -> None:
        """Turn a setting on or off, by its box or its button."""
        if setting in self.labels:
            self.control(setting).click()
            self.drawn()
        else:
            self.press(self.own.BUTTONS[setting])

    def follow(self, hash: str) -> None:
        """Follow a link on the page to a hash, and wait until the page has heard of it."""
        for wanted in ("", hash):
            self.page.evaluate(
                """(hash) => new Promise((done) => {
                    if (location.hash.slice(1) === hash) return done();
                    addEventListener("hashchange", () => setTimeout(done), { once: true });
                    location.hash = hash;
                })""",
                wanted,
            )
        self.drawn()

    def setting(self) -> dict:
        """The setting, from the link that the widget makes of it."""
        self.press("Copy link to this setting")
        name, query = urlsplit(self.page.url).fragment.split(";")[0].split("?")
        assert name == self.name
        values = parse_qs(query, strict_parsing=True, keep_blank_values=True)
        assert set(values) == set(self.limits)
        return {key: with_kind(text, self.limits[key]) for key, (text,) in values.items()}

    def text(self, selector: str) -> str:
        return self.box.locator(selector).text_content()

    def readouts(self) -> dict[str, str]:
        return self.box.evaluate(
            """(box) => Object.fromEntries([...box.querySelectorAll(".sgd-readouts > div")].filter((row) => !row.hidden)
                .map((row) => [row.querySelector("dt").textContent, row.querySelector("dd").textContent]))"""
        )

    def agrees(self) -> dict:
        """Fail unless fields and readouts show what sgdlib computes for the setting; return the setting."""
        self.drawn()
        setting, readouts = self.setting(), self.readouts()
        widget = computed(self.name, json.dumps(setting))
        for key in self.numeric:
            shown = min(setting[key], self.last(key, setting))
            assert float(self.field(key).input_value()) == pytest.approx(shown, rel=1e-5), key
        if hasattr(self.own, "verdict"):
            assert plain(self.text(".sgd-verdict")) == plain(self.own.verdict(widget))
        assert readouts
        if hasattr(self.own, "readouts"):
            self.compare(readouts, self.own.readouts(widget), setting)
        optimizer = widget.optimizer
        rule = rule_of(self.text(".sgd-code"))
        assert type(rule) is type(optimizer)
        for name, wanted in vars(optimizer).items():
            assert getattr(rule, name) == pytest.approx(wanted, rel=1e-5), name
        return setting

    def compare(self, readouts: dict, expected: dict, setting: dict) -> None:
        """Fail unless every readout shows the numbers, or has the words, that are expected under its label."""
        assert len(expected) == len(readouts)
        for label, wanted in expected.items():
            (shown,) = [text for each, text in readouts.items() if each.startswith(label)]
            if isinstance(wanted, str):
                assert wanted in shown, (setting, label)
            else:
                found = numbers(shown)[: len(wanted)]
                assert found == pytest.approx(wanted, rel=6e-3, abs=1e-12), (setting, label)


@functools.cache
def computed(name: str, setting: str):
    """The widget in Python with a setting, given as JSON."""
    return WIDGETS[name](**json.loads(setting))


def plain(words: str) -> str:
    """Words as they are compared: powers of ten and spaces as they are typed."""
    return words.replace("10⁻⁶", "1e-6").replace("\N{NO-BREAK SPACE}", " ")


def rule_of(line: str) -> SGD | Adam:
    """sgdlib's rule for a line of Keras code; every number in it must be a float, as Keras wants it."""
    call = ast.parse(line, mode="eval").body
    rule = {"keras.optimizers.SGD": SGD, "keras.optimizers.Adam": Adam}[ast.unparse(call.func)]
    assert not call.args
    found = {each.arg: ast.literal_eval(each.value) for each in call.keywords}
    assert all(type(value) is (bool if key == "nesterov" else float) for key, value in found.items()), line
    return rule(**found)


# ---------------------------------------------------------------- tabs


def patient(context):
    """A context that waits for what must come."""
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture(scope="module")
def contexts(browser):
    """Two kinds of reader: with a mouse, and with a finger on a phone."""
    mouse = browser.new_context(viewport=WIDE)
    mouse.grant_permissions(["clipboard-read", "clipboard-write"])
    touch = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield {"mouse": patient(mouse), "touch": patient(touch)}
    mouse.close()
    touch.close()


@pytest.fixture(scope="module")
def tabs(contexts, http_root):
    """One tab for each widget and kind of reader, opened once and used by many tests."""
    opened = {}

    def tab(name: str, kind: str = "mouse") -> tuple[Visitor, Live]:
        if HOMES[name] is None:
            pytest.fail(f"no page of the site holds the widget {name}", pytrace=False)
        if (name, kind) not in opened:
            visitor = Visitor(contexts[kind].new_page(), http_root)
            visitor.page.goto(http_root + HOMES[name])
            opened[name, kind] = visitor, Live(visitor.page, name).wait()
        # a tab behind another one draws no frames
        opened[name, kind][0].page.bring_to_front()
        # what lies under a resting mouse may show itself
        opened[name, kind][0].page.mouse.move(0, 0)
        return opened[name, kind]

    return tab


@pytest.fixture
def live(tabs, name):
    """The widget as it was when the page came; whatever went wrong in the meantime fails the test."""
    visitor, widget = tabs(name)
    visitor.page.set_viewport_size(WIDE)
    visitor.trouble.clear()
    widget.press("Reset")
    yield widget
    assert visitor.trouble == []


def initial(live: Live) -> dict:
    """The setting that Python wrote into the page."""
    html = (SITE / HOMES[live.name]).read_text(encoding="utf-8")
    state = json.loads(re.search(rf'data-widget="{live.name}">\s*<script[^>]*>(.*?)</script>', html)[1])
    return {key: state[key] for key in live.limits}


# ---------------------------------------------------------------- the site


def test_the_site_holds_every_widget():
    assert {name for names in HOLDERS.values() for name in names} == set(WIDGETS)


@pytest.mark.parametrize("path", BOOK)
def test_only_pages_with_widgets_load_their_script(path):
    html = (SITE / path).read_text(encoding="utf-8")
    assert html.count("sgd-widgets.js") == ("data-widget=" in html)


# Over http every page, from disk one; the others from disk: `make foreign`.
VISITS = [("http", path) for path in HOLDERS or ["index.html"]]
VISITS += [
    pytest.param("file", path, marks=pytest.mark.foreign if k else ()) for k, path in enumerate(HOLDERS)
]


@pytest.mark.parametrize(("scheme", "path"), VISITS)
def test_widgets_come_alive(browser, roots, path, scheme):
    context = patient(browser.new_context(viewport=WIDE))
    visitor = Visitor(context.new_page(), roots[scheme])
    page = visitor.open(path)
    page.evaluate(OPEN_FOLDS)
    for name in HOLDERS[path]:
        Live(page, name).wait().agrees()
    assert page.locator(".sgd-widget:not([data-alive])").count() == 0
    assert visitor.trouble == []
    context.close()


# ---------------------------------------------------------------- changing a setting


def drag_by_mouse(live, slider, share):
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    now = slider.evaluate("(s) => (s.value - s.min) / (s.max - s.min)")
    live.page.mouse.move(box["x"] + 8 + now * (box["width"] - 16), y)
    live.page.mouse.down()
    live.page.mouse.move(box["x"] + share * box["width"], y, steps=8)
    live.page.mouse.up()


def drag_by_keys(live, slider, share):
    slider.press("Home" if share < 0.5 else "End")
    for key in ["ArrowRight", "ArrowUp", "PageUp"] if share < 0.5 else ["ArrowLeft", "ArrowDown", "PageDown"]:
        slider.press(key)


def swipe(live, start, end):
    client = live.page.context.new_cdp_session(live.page)
    for kind, (x, y) in [
        ("touchStart", start),
        *(("touchMove", [a + (b - a) * k / 8 for a, b in zip(start, end, strict=True)]) for k in range(1, 9)),
    ]:
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    client.detach()


def drag_by_touch(live, slider, share):
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    swipe(live, (box["x"] + box["width"] / 2, y), (box["x"] + share * box["width"], y))


WAYS = {"mouse": drag_by_mouse, "keys": drag_by_keys, "touch": drag_by_touch}


# By keys every widget but the one with most settings, by mouse one with few, by touch that with most; `make foreign`
# has all.
ASKED = {("friction-lab", "mouse"), ("valley-race", "touch")}
ASKED |= {(name, "keys") for name in NUMERIC if name != "valley-race"}
MOVED = [
    pytest.param(name, way, marks=() if (name, way) in ASKED else pytest.mark.foreign)
    for name in SLIDING
    for way in WAYS
]


@pytest.mark.parametrize(("name", "way"), MOVED)
def test_sliders(tabs, name, way):
    visitor, live = tabs(name, "touch" if way == "touch" else "mouse")
    live.press("Reset")
    for setting in live.numeric:
        before = live.setting()
        slider = live.slider(setting)
        now = slider.evaluate("(s) => (s.value - s.min) / (s.max - s.min)")
        WAYS[way](live, slider, 0.7 if now < 0.2 else 0.3)
        assert live.setting()[setting] != before[setting], setting
    live.agrees()  # with all of them changed
    assert visitor.trouble == []


@pytest.mark.parametrize(
    "name",
    # with thousands of steps of four methods at every place of every slider: `make foreign`
    [pytest.param(name, marks=pytest.mark.foreign if name == "valley-race" else ()) for name in SLIDING],
)
def test_no_slider_sticks(live):
    """One step at a time, as the arrow keys move it, every slider gets from one end to the other."""
    for setting in live.numeric:
        stuck = live.slider(setting).evaluate(
            """(slider) => {
                const put = (at) => { slider.value = at; slider.dispatchEvent(new Event("input")); };
                for (put(0); +slider.value < +slider.max; ) {
                    const before = +slider.value;
                    put(before + 1);
                    if (+slider.value !== before + 1) return slider.getAttribute("aria-valuetext");
                }
            }"""
        )
        assert stuck is None, setting
        now = live.agrees()
        assert now[setting] == live.last(setting, now)


AS_TYPED = {
    "0,5": 0.5,
    "3/4": 0.75,
    "25%": 0.25,
    " .5 ": 0.5,
    "5e-1": 0.5,
    "½": 0.5,
    "10⁻¹": 0.1,
    "≈ ٠٫٥ %": 0.005,
    "−0.1": -0.1,
    "1,000": None,
    "0x1": None,
    "1e-400": None,
}


@pytest.mark.parametrize(
    "name",
    typical_first(
        name
        for name, settings in NUMERIC.items()
        if any(limits(WIDGETS[name])[each]["kind"] == "number" for each in settings)
    ),
)
def test_numbers_are_read_as_people_write_them(live):
    """A decimal comma, a share, a percentage; what could be two numbers, or none, is refused."""
    setting = next(key for key in live.numeric if live.limits[key]["kind"] == "number")
    before = live.setting()[setting]
    for typed, meant in AS_TYPED.items():
        live.press("Reset")
        live.type(setting, typed)
        limit = live.limits[setting]
        wanted = before if meant is None else min(max(meant, limit["min"]), limit["max"])
        assert live.setting()[setting] == wanted, typed
        live.type(setting, typed)
        assert ("must be a number" in live.text(".sgd-message")) == (meant is None), typed


@some_sliders
def test_a_finger_that_scrolls_changes_no_setting(tabs, name):
    visitor, live = tabs(name, "touch")
    live.press("Reset")
    before = live.setting()
    for setting in live.numeric:
        slider = live.slider(setting)
        slider.evaluate("(slider) => slider.scrollIntoView({ block: 'center', behavior: 'instant' })")
        box = slider.bounding_box()
        x, y = box["x"] + 0.4 * box["width"], box["y"] + box["height"] / 2
        top = live.page.evaluate("scrollY")
        swipe(live, (x, y), (x + 3, y - 150))
        live.page.wait_for_function("(top) => scrollY !== top", arg=top)
        assert live.setting() == before, setting
    assert visitor.trouble == []


WITH_POINTS = [
    name
    for name, cls in WIDGETS.items()
    if re.search(r"\w\.handle\(\{", str(cls._esm)) and not hasattr(particular(cls.folder()), "OWN_POINTS")
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", WITH_POINTS)
def test_points_to_drag(tabs, name, way):
    visitor, live = tabs(name, "touch" if way == "touch" else "mouse")
    live.press("Reset")
    points = live.box.locator(".sgd-handle")
    assert points.count() == len(re.findall(r"\w\.handle\(\{", str(live.cls._esm)))
    for point in points.all():
        assert point.get_attribute("aria-label")
        before, said = live.setting(), point.get_attribute("aria-valuetext")
        if way == "keys":
            for key in ["ArrowLeft", "ArrowDown", "Shift+ArrowLeft"]:
                place = point.get_attribute("transform")
                point.press(key)
                live.drawn()
                assert point.get_attribute("transform") != place, key
        else:
            point.scroll_into_view_if_needed()
            box = point.locator(":scope > *").first.bounding_box()
            start = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
            # towards the middle of its chart, or away from there
            chart = point.locator("xpath=ancestor::*[local-name()='svg']").bounding_box()
            share = (start[0] - chart["x"]) / chart["width"]
            across = 0.5 if abs(share - 0.5) > 0.2 else 0.25
            end = [chart["x"] + across * chart["width"], chart["y"] + 0.4 * chart["height"]]
            if way == "touch":
                point.evaluate(
                    "(point) => { window.lost = 0; point.addEventListener('pointercancel', () => lost++); }"
                )
                swipe(live, start, end)
                assert live.page.evaluate("lost") == 0, "the page took the finger away"
            else:
                live.page.mouse.move(*start)
                live.page.mouse.down()
                live.page.mouse.move(*end, steps=8)
                live.page.mouse.up()
        now = live.agrees()
        assert now != before
        assert point.get_attribute("aria-valuetext") != said
        low, value, high = (float(point.get_attribute(f"aria-value{each}")) for each in ("min", "now", "max"))
        assert low <= value <= high
    assert visitor.trouble == []


# As on a busy machine: the second key comes before a frame has drawn what the first one did.
TWO_KEYS = """(point, together) => {
    const press = (key) => point.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    press("ArrowDown");
    if (together) press("ArrowLeft");
    return drawn().then(() => together || press("ArrowLeft")).then(drawn);
}"""


@pytest.mark.parametrize("name", WITH_POINTS)
def test_two_keys_in_one_frame_are_both_heard(tabs, name):
    _, live = tabs(name, "mouse")
    for i in range(live.box.locator(".sgd-handle").count()):
        ends = []
        for together in (False, True):
            live.press("Reset")
            live.drawn()
            live.box.locator(".sgd-handle").nth(i).evaluate(TWO_KEYS, together)
            ends.append(live.setting())
        assert ends[0] == ends[1]


@some_sliders
def test_a_number_can_be_typed(live):
    for setting in live.numeric:
        limit = live.limits[setting]
        low, high = limit["min"], limit["max"]
        wanted = low + (high - low) / 3 if limit["kind"] == "number" else (2 * low + high) // 3
        live.type(setting, wanted)
        assert live.setting()[setting] == wanted
        assert live.text(".sgd-message").startswith("Copied") or live.text(".sgd-message") == ""
    live.agrees()


@some_sliders
def test_what_is_out_of_range_is_clamped_and_said(live):
    for setting in live.numeric:
        limit, now = live.limits[setting], live.setting()[setting]
        for text, kept in [(1e9, limit["max"]), (-1e9, limit["min"]), ("1e999", None), ("", None)]:
            now = now if kept is None else kept
            live.field(setting).focus()
            live.field(setting).press("Control+a")
            live.page.keyboard.type(str(text) or "-")
            live.page.keyboard.press("Enter")
            said = live.text(".sgd-message")
            assert live.labels[setting] in said, (setting, text)
            assert ("must be a number; it stays at" in said) or ("goes from" in said and "set to" in said)
            assert live.setting()[setting] == now
    live.agrees()
    assert not re.search("NaN|Infinity", live.box.inner_html())


@every_widget
def test_choices_and_flags(live):
    for setting, limit in live.limits.items():
        if limit["kind"] == "choice":
            # compared at both ends of the list; in between it is enough that the choice is heard
            for value in reversed(limit["values"]):
                live.put({setting: value})
                compared = value in (limit["values"][0], limit["values"][-1])
                assert (live.agrees() if compared else live.setting())[setting] == value
        elif limit["kind"] == "flag":
            before = live.setting()[setting]
            live.turn(setting)
            assert live.agrees()[setting] is not before
            if setting in live.labels:
                assert live.control(setting).is_checked() is not before
            else:
                button = live.button(live.own.BUTTONS[setting])
                assert button.get_attribute("aria-pressed") == str(not before).lower()


@every_widget
def test_reset(live):
    assert live.agrees() == initial(live)
    shown = live.readouts()
    live.put(other(live.cls))
    assert live.readouts() != shown
    live.press("Reset")
    assert live.setting() == initial(live)
    assert live.readouts() == shown


def anywhere(live: Live, rng) -> dict:
    """A random setting, half of its numbers at an edge."""
    return {key: somewhere(limit, rng, edge=0.5, digits=4) for key, limit in live.limits.items()}


@pytest.mark.parametrize("seed", [3, pytest.param(4, marks=pytest.mark.foreign)])
@every_widget
def test_random_settings_agree_with_python(live, seed):
    rng = np.random.default_rng(seed)
    for _ in range(3):
        wanted = anywhere(live, rng)
        live.follow(link(live.name, wanted))
        assert live.agrees() == wanted


@every_widget
def test_no_setting_prints_nan(live):
    """Every control at either end, the others at their defaults; then all at random, a hundred times."""
    bad = live.box.evaluate(
        """async (box) => {
            const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            const controls = [...box.querySelectorAll("input[type=text], select")];
            const put = (c, value) => { c.value = value; c.dispatchEvent(new Event("change")); return c.value; };
            const all = new Map(controls.map((c) => {
                return [c, c.options ? [...c.options].map((o) => o.value) : [put(c, "-1e12"), put(c, "1e12")]];
            }));
            const ends = (c) => all.get(c);
            const reset = [...box.querySelectorAll("button")].find((b) => b.textContent === "Reset");
            const offences = new Set();
            async function look(what) {
                await frame();
                const strings = [box.textContent];
                for (const e of box.querySelectorAll("*")) for (const a of e.attributes) strings.push(a.value);
                for (const s of strings) {
                    const found = s.match(/.{0,30}(NaN|Infinity|undefined|null|\\[object).{0,30}/);
                    if (found) offences.add(what + ": " + found[0]);
                }
            }
            for (const c of controls) for (const value of ends(c)) {
                reset.click();
                put(c, value);
                await look(c.getAttribute("aria-label") + "=" + value);
            }
            let seed = 1;
            const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
            for (let i = 0; i < 100; i++) {
                const what = [];
                for (const c of controls) {
                    const e = ends(c), edge = e[Math.floor(random() * e.length)];
                    const value = c.tagName === "SELECT" || random() < 0.4 ? edge : +e[0] + random() * (e[1] - e[0]);
                    put(c, value);
                    what.push(value);
                }
                await look(what.join());
            }
            return [...offences].slice(0, 5);
        }"""
    )
    assert bad == []


# ---------------------------------------------------------------- Keras, the link


@every_widget
@pytest.mark.parametrize("rate", [1, 0.0125])
def test_keras_line_is_copied(live, rate):
    if "learning_rate" in live.numeric:
        live.put({"learning_rate": rate})
        assert rule_of(live.text(".sgd-code")).learning_rate == rate
    live.button("Copy as Keras code").click()
    live.until("box.querySelector('.sgd-message').textContent")
    assert live.text(".sgd-message") == "Copied the line of Keras code."
    copied = live.page.evaluate("navigator.clipboard.readText()")
    assert copied == live.text(".sgd-code")
    optimizer = live.cls(**live.setting()).optimizer
    assert rule_of(copied).learning_rate == pytest.approx(optimizer.learning_rate, rel=1e-5)


@some_widgets
def test_without_the_right_to_copy_the_line_is_shown(live):
    live.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    live.press("Copy as Keras code")
    assert live.text(".sgd-message") == f"Copy this: {live.text('.sgd-code')}"
    live.page.evaluate("() => { delete navigator.clipboard.writeText; }")


def link(name: str, setting: dict) -> str:
    """The hash of a setting, as the widget writes it."""
    words = [f"{key}={quote(text_of(value))}" for key, value in setting.items()]
    return f"{name}?{'&'.join(words)}"


# Over http every widget, from disk one; the others from disk: `make foreign`.
OPENED = [("http", name) for name in WIDGETS]
OPENED += [
    pytest.param("file", name, marks=pytest.mark.foreign if k else ()) for k, name in enumerate(WIDGETS)
]


@pytest.mark.parametrize(("scheme", "name"), OPENED)
def test_link_restores_the_setting(contexts, roots, live, name, scheme):
    wanted = anywhere(live, np.random.default_rng(7))
    live.follow(link(name, wanted))
    live.button("Copy link to this setting").click()
    live.until("box.querySelector('.sgd-message').textContent.startsWith('Copied a link')")
    copied = live.page.evaluate("navigator.clipboard.readText()")
    address = roots[scheme] + HOMES[name]
    assert copied.startswith(roots["http"] + HOMES[name] + f"#{name}?")
    page = contexts["mouse"].new_page()
    page.goto(f"{address}#{urlsplit(copied).fragment}")
    assert Live(page, name).wait().agrees() == wanted
    page.close()


def in_other_case(live: Live, setting: dict) -> str:
    """The hash of a setting with the case of every letter changed."""
    return link(live.name, setting).swapcase().replace("%2f", "%2F")


@some_widgets
def test_a_link_sets_all_and_reads_any_letter_case(live):
    first = initial(live)
    wanted = other(live.cls)
    live.follow(link(live.name, anywhere(live, np.random.default_rng(11))))
    live.follow(in_other_case(live, wanted))
    assert live.text(".sgd-message") == ""
    now = live.agrees()
    # one's own rate ends a tuning
    assert {key: now[key] for key in first if key != "tuned"} == {
        key: value for key, value in {**first, **wanted}.items() if key != "tuned"
    }


@some_widgets
def test_all_that_a_link_has_wrong_is_said_at_once(live):
    wrong, sentences = (
        ["learning_rat=0.2"],
        ["has no setting learning_rat.", "This page has no widget no-such-one."],
    )
    for key, limit in live.limits.items():
        label = live.labels.get(key, key)
        text, sentence = {
            "number": ("0x10", f"{label} must be a number"),
            "integer": ("0b11", f"{label} must be a number"),
            "choice": ("nonsense", f"{label} must be one of"),
            "flag": ("1,5", f"{label} must be true or false"),
            "rows": ("nonsense", f"{label} must be {limit.get('least')} to {limit.get('most')} rows"),
        }[limit["kind"]]
        wrong.append(f"{key}={text}")
        sentences.append(sentence)
    live.follow(f"no-such-one?x=1;{live.name}?{'&'.join(wrong)}")
    said = live.text(".sgd-message")
    assert [each for each in sentences if each not in said] == []
    assert live.setting() == initial(live)
    for key, limit in live.limits.items():
        if limit["kind"] in ("number", "integer"):
            live.follow(f"{live.name}?{key}=1e9")
            assert "goes from" in live.text(".sgd-message")
        if limit["kind"] == "integer":
            live.follow(f"{live.name}?{key}={limit['min'] + 0.75}")
            assert "must be a whole number; set to" in live.text(".sgd-message")
            assert live.setting()[key] == limit["min"] + 1


def test_a_link_to_no_widget_of_the_page_is_answered(contexts, http_root):
    page = contexts["mouse"].new_page()
    page.goto(f"{http_root}{HOMES['valley-race']}#friction-log?step=3")
    note = page.locator(".bd-article h1 + .sgd-message")
    note.wait_for()
    assert note.text_content() == "This page has no widget friction-log."
    page.close()


# How far the widget's charts, verdict and controls are cut off above and below, in pixels, by header and screen.
CUT_OFF = """(box) => {
    const parts = [...box.querySelectorAll(".sgd-pane, .sgd-verdict, .sgd-controls")];
    const places = parts.map((part) => part.getBoundingClientRect());
    const [top, bottom] = [Math.min(...places.map((each) => each.top)), Math.max(...places.map((each) => each.bottom))];
    const seen = document.elementFromPoint(places[0].left + 5, top + 1);
    return [parts[0].contains(seen) ? 0 : 1, Math.max(0, bottom - innerHeight), bottom - top];
}"""


@some_sliders
def test_a_link_brings_into_view_and_lets_go(contexts, roots, name):
    """The widget is in view, and after a change by hand the address is the reader's own, for Back and reload, too."""
    page = contexts["mouse"].new_page()
    page.set_viewport_size(WIDE)
    page.goto(f"{roots['file']}{HOMES[name]}#{link(name, other(WIDGETS[name]))}")
    live = Live(page, name).wait()
    page.evaluate(SETTLED)
    above, below, height = live.box.evaluate(CUT_OFF)
    assert above == 0
    assert below == 0 or height > WIDE["height"] - 100
    setting = live.a_number()
    live.slider(setting).press("ArrowRight")
    live.slider(setting).press("ArrowRight")
    shown = live.field(setting).input_value()
    assert shown != f"{other(WIDGETS[name])[setting]:g}"
    page.wait_for_function("(text) => location.hash.includes(text)", arg=f"{setting}={shown}")
    page.evaluate("location.hash = document.querySelector('h2').parentElement.id")
    live.slider(setting).press("ArrowRight")
    shown = live.field(setting).input_value()
    page.go_back()
    page.wait_for_function("(text) => location.hash.includes(text)", arg=f"{setting}={shown}")
    assert live.field(setting).input_value() == shown
    page.reload()
    live = Live(page, name).wait()
    live.drawn()
    assert live.field(setting).input_value() == shown
    page.close()


def test_one_link_holds_several_widgets(contexts, http_root):
    path, names = next((path, names) for path, names in HOLDERS.items() if len(names) > 1)
    context, page = contexts["mouse"], contexts["mouse"].new_page()
    page.goto(http_root + path)
    lives = [Live(page, name).wait() for name in names]
    wanted = []
    for live in lives:
        live.put(other(live.cls))
        wanted.append(live.setting())
    said = lives[-1].text(".sgd-message")
    assert said.startswith("Copied a link to this setting and to that of the ")
    copied = page.evaluate("navigator.clipboard.readText()")
    page.close()
    page = context.new_page()
    page.goto(copied)
    assert [Live(page, name).wait().agrees() for name in names] == wanted
    page.close()


HOSTILE = [
    "{name}?learning_rate=<img src=x onerror=alert(1)>",
    "{name}?learning_rate=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
    "<img src=x onerror=alert(1)>",
    "{name}?<img src=x onerror=alert(1)>=1",
    "{name}?surface=<script>alert(1)</script>&dimensions=<b>three&axis=<i>&sampling=x",
    "{name}?learning_rate=NaN",
    "{name}?learning_rate=1e999&momentum=-1e999&step=1e400",
    "{name}?learning_rate=Infinity",
    "{name}?learning_rate=0x10&step=%00",
    "{name}?__proto__=1&constructor=2&toString=3&_limits=4&_initial=5",
    "{name}?learning_rate=" + "9" * 5000,
    "{name}?" + "&".join(["learning_rate=0.1"] * 5000),
    "{name}?learning_rate=%",
    "%E0%A4%A",
    "100%",
    "{name}?",
    "?learning_rate=1",
    "{name}?learning_rate",
]


# The valley race has settings of every kind; the others: `make foreign`.
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "valley-race" else pytest.mark.foreign) for name in WIDGETS],
)
def test_hostile_links_do_nothing_bad(tabs, name):
    visitor, live = tabs(name)
    page = visitor.page
    live.press("Reset")
    before = live.setting()
    visitor.trouble.clear()
    page.evaluate("() => { window.alert = () => { document.title = 'alerted'; }; }")
    for pattern in HOSTILE:
        hash = pattern.replace("{name}", name)
        live.follow(hash)
        assert visitor.trouble == [], hash[:80]
        assert live.box.locator("img, script, b, i").count() == 0, hash[:80]
        assert "onerror" not in live.box.inner_html()
        assert page.title() != "alerted"
        now = live.setting()
        for key, limit in live.limits.items():
            if limit["kind"] in ("choice", "flag"):
                assert now[key] in (before[key], initial(live)[key]) or f"{key}={text_of(now[key])}" in hash
        before = now
    live.agrees()
    assert page.evaluate("Object.prototype.hasOwnProperty.call(Object.prototype, 'learning_rate')") is False


@pytest.mark.parametrize(
    "hash",
    ["%E0%A4%A", "100%", "{name}?learning_rate=%", "{name}?learning_rate=<img src=x onerror=alert(1)>"],
)
def test_hostile_links_do_not_stop_a_page_from_coming_alive(contexts, http_root, hash):
    name = next(iter(WIDGETS))
    visitor = Visitor(contexts["mouse"].new_page(), http_root)
    visitor.page.goto(http_root + HOMES[name] + "#" + hash.replace("{name}", name))
    Live(visitor.page, name).wait().agrees()
    assert visitor.trouble == []
    visitor.page.close()


# ---------------------------------------------------------------- everybody


@pytest.mark.parametrize("path", HOLDERS or ["index.html"])
def test_without_scripts_the_picture_stands(browser, roots, path):
    context = patient(browser.new_context(java_script_enabled=False, viewport=WIDE))
    page = context.new_page()
    page.goto(roots["file"] + path)
    page.evaluate(OPEN_FOLDS)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for name in HOLDERS[path]:
            box = page.locator(f'.sgd-widget[data-widget="{name}"]').first
            for picture in box.locator("svg").all():
                size = picture.bounding_box()
                assert size["width"] > 150 and size["height"] > 100
            assert box.locator('svg[role="img"]').first.get_attribute("aria-label")
            assert len(box.locator("p.sgd-widget-words").text_content()) > 40
            assert box.locator("input, button, .sgd-live-widget").count() == 0
    context.close()


@every_widget
def test_fits_from_phone_to_wide_screen(live):
    for setting in live.numeric[:2]:
        limit = live.limits[setting]
        live.type(setting, limit["min"] + 0.123456 * (limit["max"] - limit["min"]))
    for width in WIDTHS:
        live.page.set_viewport_size({"width": width, "height": 900})
        live.drawn()
        assert live.page.evaluate("document.documentElement.scrollWidth") <= width
        outside = live.box.evaluate(
            """(box) => {
                const room = box.getBoundingClientRect(), texts = ".sgd-title, .sgd-axes text";
                const away = [...box.querySelectorAll("*:not(svg *, option, .sgd-announcer)")].filter((e) => {
                    const r = e.getBoundingClientRect();
                    return r.width > 0 && (r.left < room.left - 1 || r.right > room.right + 1);
                });
                const cut = [...box.querySelectorAll("svg")].flatMap((svg) => {
                    const frame = svg.getBoundingClientRect();
                    return [...svg.querySelectorAll(texts)].filter((text) => {
                        const r = text.getBoundingClientRect();
                        return r.left < frame.left - 1 || r.right > frame.right + 1 || r.bottom > frame.bottom + 1;
                    });
                });
                return [...away, ...cut].map((e) => e.outerHTML.slice(0, 120));
            }"""
        )
        assert outside == [], width
        if width in PHONE_WIDTHS:
            small = live.box.evaluate(
                """(box) => [...box.querySelectorAll("button, select, input")]
                    .map((e) => [e.outerHTML.slice(0, 80),
                        // a box is ticked by its label, too
                        (e.type === "checkbox" ? e.closest(".sgd-control") : e).getBoundingClientRect()])
                    .filter(([, r]) => r.height < 24 || r.width < 24).map(([html]) => html)"""
            )
            assert small == [], "too small for a finger"


# ---------------------------------------------------------------- on a phone


# In the page: for each control, scrolled to from above and from below and then used, whether it is not to be seen, and
# then what of the verdict and of the charts that it changed is not; a list is put to each of its values.
OUT_OF_SIGHT = """async (box) => {
    const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));
    const reset = [...box.querySelectorAll("button")].find((button) => button.textContent === "Reset");
    const controls = box.querySelectorAll(
        ".sgd-bar button, .sgd-control :is(input[type='range'], input[type='checkbox'], select)");
    const uses = (control) => {
        if (control.matches("select")) return [...control.options].map((option) => () => {
            control.value = option.value;
            control.dispatchEvent(new Event("change"));
        });
        if (control.type !== "range") return [() => control.click()];
        return [control.min, control.max].map((end) => () => {
            control.value = end;
            control.dispatchEvent(new Event("input"));
        });
    };
    const unseen = (element) => {
        const { top, bottom, left, right } = element.getBoundingClientRect();
        const points = [top + 4, bottom - 4].map((y) => document.elementFromPoint((left + right) / 2, y));
        return points.some((hit) => !hit || !(element.contains(hit) || hit.control === element));
    };
    const charts = () => [...box.querySelectorAll(".sgd-stage .sgd-panel, .sgd-stage .sgd-answers")];
    const found = [];
    let used = 0;
    let changing = 0;
    for (const control of controls) {
        if (control.closest(".sgd-schedule")) continue;
        used += 1;
        for (const from of ["above", "below"]) {
            for (const use of uses(control)) {
                reset.click();
                await drawn();
                scrollTo({ top: from === "above" ? 0 : document.body.scrollHeight, behavior: "instant" });
                await drawn();
                control.scrollIntoView({ block: "nearest", behavior: "instant" });
                control.focus({ preventScroll: true });
                const before = charts().map((chart) => chart.innerHTML);
                const away = unseen(control) ? [control] : [];
                use();
                await drawn();
                const changed = charts().filter((chart, i) => chart.innerHTML !== before[i]);
                changing += changed.length > 0;
                away.push(...[...changed, box.querySelector(".sgd-verdict")].filter(unseen));
                found.push(...away.map((each) => {
                    const { top, bottom } = each.getBoundingClientRect();
                    const what = each.getAttribute("aria-label")?.slice(0, 40) ?? each.className;
                    return [control.labels?.[0]?.textContent ?? control.textContent, from, what, top, bottom];
                }));
            }
        }
    }
    reset.click();
    return { found, used, changing };
}"""


@every_widget
@pytest.mark.parametrize(
    "size",
    [pytest.param(PHONES[0], marks=pytest.mark.foreign, id="390x844"), pytest.param(PHONES[1], id="360x640")],
)
def test_what_a_control_changes_is_on_a_phones_screen_with_it(tabs, name, size):
    visitor, live = tabs(name, "touch")
    live.page.set_viewport_size(size)
    seen = live.box.evaluate(OUT_OF_SIGHT)
    assert seen["found"] == []
    assert seen["used"] >= len(live.labels)
    assert seen["changing"] > len(live.labels) // 2  # some are heard by the next run of the trainer only
    assert visitor.trouble == []


@every_widget
def test_targets_are_large_enough_for_a_finger(tabs, name):
    """At least 44 pixels each way; a cell of the tuning board is chosen by its two lists, too."""
    _, live = tabs(name, "touch")
    for width in PHONE_WIDTHS:
        live.page.set_viewport_size({"width": width, "height": 700})
        live.drawn()
        small = live.box.evaluate(
            """(box) => [...box.querySelectorAll("button, select, input, summary, .sgd-reach")].map((each) => {
                // a box is ticked by its whole row
                const { width, height } = (each.closest(".sgd-flag") ?? each).getBoundingClientRect();
                return [each.outerHTML.slice(0, 80), width, height];
            }).filter(([, width, height]) => width && (width < 43.5 || height < 43.5))"""
        )
        assert small == [], width
        for row in live.box.locator(".sgd-flag").all():
            row.scroll_into_view_if_needed()
            edges = row.evaluate(
                """(row) => [0.01, 0.5, 0.99].map((share) => {
                    const { left, top, width, height } = row.getBoundingClientRect();
                    const hit = document.elementFromPoint(left + share * width, top + 0.9 * height);
                    return (hit.control ?? hit).type;
                })"""
            )
            assert edges == ["checkbox"] * 3


@some_widgets
def test_a_phone_can_be_turned(live):
    """The pictures are made anew, for the setting as it is, and every control is named once."""
    live.put(other(live.cls))
    before = live.setting()
    shapes = []
    for size in (PHONE, WIDE, PHONE, WIDE):
        live.page.set_viewport_size(size)
        live.drawn()
        assert live.agrees() == before
        shapes.append(live.box.locator(".sgd-panel").first.get_attribute("viewBox"))
        names = live.box.locator("[aria-label]").evaluate_all(
            "(all) => all.map((each) => each.getAttribute('aria-label'))"
        )
        title = f"({names[0][0].lower()}{names[0][1:]})"
        assert names[1:]
        assert all(each.count(title) <= 1 for each in names)
    assert shapes[0] != shapes[1]
    assert shapes[:2] == shapes[2:]


def folded(live: Live) -> list[str]:
    """The settings whose control stands in the folded part."""
    return [
        key
        for key, label in live.labels.items()
        if live.control(key).evaluate("(control) => control.closest('.sgd-more') !== null")
    ]


@every_widget
def test_a_few_controls_lead_and_a_link_shows_the_others_it_sets(live):
    hidden = folded(live)
    assert len(live.labels) - len(hidden) <= 3
    live.follow(f"{live.name}?{a_link_to(live, live.labels.keys() - hidden)}")
    fold = live.box.locator(".sgd-more")
    if not hidden:
        assert fold.count() == 0
    for key in hidden:
        fold.evaluate("(fold) => { fold.open = false; }")
        live.follow(f"{live.name}?")
        assert not fold.evaluate("(fold) => fold.open"), key
        live.follow(f"{live.name}?{a_link_to(live, [key])}")
        assert fold.evaluate("(fold) => fold.open"), key


def a_link_to(live: Live, keys) -> str:
    """The query of a link that sets some settings to another value."""
    first = live.cls().setting()
    wanted = {key: next(each for each in ends(live.limits[key]) if each != first[key]) for key in keys}
    return "&".join(f"{key}={text_of(value)}" for key, value in wanted.items())


# In the page: leave the widget alone, for axe reads the whole page first.
ALONE = """(box) => {
    document.querySelectorAll("nav, header, dialog, .bd-sidebar, .bd-footer").forEach((element) => element.remove());
    document.querySelector("article").replaceChildren(box);
}"""


@every_widget
def test_accessible_when_alive(contexts, http_root, name):
    page = contexts["mouse"].new_page()
    page.goto(http_root + HOMES[name])
    live = Live(page, name).wait()
    if live.numeric:
        live.type(live.a_number(), 1e9)
        live.drawn()
    live.box.evaluate(ALONE)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for theme in ("light", "dark"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        # in the dark the widget is the same but for its colours
        only = "" if theme == "light" else "runOnly: ['color-contrast', 'link-in-text-block'],"
        found = live.box.evaluate(
            f"(box) => axe.run(box, {{ preload: false, {only} resultTypes: ['violations'] }})"
        )
        bad = [
            f"{rule['id']}: {node['html'][:200]}"
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]
        assert bad == [], theme
    page.close()


@every_widget
def test_colours_follow_the_theme(live):
    look = """(box) => [...box.querySelectorAll("[style*='--sgd-']")].map((e) => getComputedStyle(e))
        .map((style) => style.stroke + style.fill)"""
    seen = {}
    for theme in ("light", "dark"):
        live.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        seen[theme] = live.box.evaluate(look)
    live.page.evaluate("() => { document.documentElement.dataset.theme = 'light'; }")
    assert seen["light"]
    assert all(light != dark for light, dark in zip(seen["light"], seen["dark"], strict=True))


HEARD = """(box) => {
    const announcer = box.querySelector("[aria-live=polite].sgd-announcer");
    window.changes = [];
    window.announcements = [];
    box.addEventListener("input", () => changes.push(performance.now()));
    window.listener?.disconnect();
    window.listener = new MutationObserver(() => announcements.push([performance.now(), announcer.textContent]));
    listener.observe(announcer, { childList: true, characterData: true, subtree: true });
}"""


@some_sliders
def test_changes_are_announced_after_quiet(live):
    """A screen reader hears what is new, briefly, once the reader has let go of it for a while."""
    live.page.wait_for_timeout(2 * QUIET)
    live.slider(live.a_number()).focus()
    live.box.evaluate(HEARD)
    for _ in range(10):
        live.page.keyboard.press("ArrowRight")
    live.page.wait_for_function(
        "announcements.length && performance.now() > changes.at(-1) + 2 * " + str(QUIET)
    )
    changes, announcements = live.page.evaluate("[changes, announcements]")
    assert len(changes) == 10
    # on a busy machine some keys may come so late that there was quiet between them
    pauses = sum(later - sooner > QUIET - 50 for sooner, later in pairwise(changes))
    assert 1 <= len(announcements) <= 1 + pauses
    for time, _ in announcements:
        assert time - max(each for each in changes if each < time) > QUIET - 5


@some_widgets
def test_what_is_announced_is_new_and_short(live):
    """Over settings from all over, in at most 120 characters; nothing that was said of the setting before."""
    rng = np.random.default_rng(5)
    live.page.wait_for_timeout(2 * QUIET)
    live.box.evaluate(HEARD)
    for _ in range(4):
        live.follow(link(live.name, anywhere(live, rng)))
        live.page.wait_for_timeout(2 * QUIET)
    said = [words for _, words in live.page.evaluate("announcements")]
    assert said
    for words in said:
        assert 8 <= len(words) <= 120, words
        assert not re.search(r"NaN|undefined|null", words)
    parts = [set(re.split(r"(?<=[.;]) ", words)) for words in said]
    assert all(not sooner & later for sooner, later in pairwise(parts))


@some_widgets
def test_paper_has_no_controls(live):
    live.page.emulate_media(media="print")
    shown = live.box.evaluate(
        "(box) => [...box.querySelectorAll('input, select, button')].filter((e) => e.checkVisibility())"
        ".map((e) => e.outerHTML.slice(0, 80))"
    )
    pictures = live.box.evaluate(  # but of those that are folded away with their control
        "(box) => [...box.querySelectorAll('svg[aria-label]')].filter((e) => !e.closest('details'))"
        ".map((e) => e.getBoundingClientRect().width)"
    )
    live.page.emulate_media(media="screen")
    assert shown == []
    assert pictures and min(pictures) > 100


WITH_PLAY = [name for name, cls in WIDGETS.items() if 'button("Play"' in str(cls._esm)]


@pytest.mark.parametrize("name", WITH_PLAY)
def test_play_advances_and_stops(live):
    live.put({"step": 0})
    live.box.evaluate(
        """async (box) => {
            const button = (words) => [...box.querySelectorAll("button")].find((each) => each.textContent === words);
            const shown = () => box.querySelector(".sgd-readouts").textContent;
            const frame = () => new Promise(requestAnimationFrame);
            const before = shown();
            button("Play").click();
            while (shown() === before || !button("Pause")) await frame();
            button("Pause").click();
        }"""
    )
    live.button("Play").wait_for()
    step = live.agrees()["step"]
    assert 0 < step < live.limits["step"]["max"]
    live.frames(20)
    assert live.setting()["step"] == step


@pytest.mark.parametrize("name", WITH_PLAY)
def test_play_ends_at_the_end(live):
    live.put({"step": live.last("step", live.setting()) - 4})
    live.button("Play").evaluate(
        """(button) => {
            window.labels = [];
            new MutationObserver(() => labels.push(button.textContent.split(" ")[0]))
                .observe(button, { subtree: true, childList: true, characterData: true });
            button.click();
        }"""
    )
    live.page.wait_for_function("labels.length > 1")
    assert live.page.evaluate("labels") == ["Pause", "Play"]
    assert live.agrees()["step"] == live.limits["step"]["max"]


@pytest.mark.parametrize("name", WITH_PLAY)
def test_less_motion_plays_at_once(live):
    live.page.emulate_media(reduced_motion="reduce")
    live.put({"step": 0})
    live.frames(3)  # what the change of step still has to draw is no frame of the play
    live.box.evaluate(
        """(box) => {
            window.seen = new Set();
            new MutationObserver(() => seen.add(box.querySelector(".sgd-readouts").textContent))
                .observe(box, { subtree: true, childList: true, characterData: true });
        }"""
    )
    live.press("Play")
    live.frames(20)
    frames = live.page.evaluate("seen.size")
    live.page.emulate_media(reduced_motion="no-preference")
    assert live.agrees()["step"] == live.limits["step"]["max"]
    assert frames == 1
    assert live.button("Pause").count() == 0


@pytest.mark.parametrize("name", [name for name in WIDGETS if "step" in WIDGETS[name]()._limits])
def test_single_steps(live):
    back, on = (
        live.box.locator("button").filter(has_text=re.compile(f"^({words})$"))
        for words in ("One step back|Step back", "One step on|Step forward")
    )
    live.put({"step": 2})
    for step, button in [(3, on), (4, on), (3, back)]:
        button.click()
        assert live.agrees()["step"] == step


OWN = [
    (name, test)
    for name, cls in WIDGETS.items()
    for test in vars(particular(cls.folder()))
    if test.startswith("on_page_")
]


@pytest.mark.parametrize(("name", "test"), OWN, ids=[f"{name}-{test}" for name, test in OWN])
def test_own(live, test):
    """What a widget's own tests say of it on the page."""
    getattr(live.own, test)(live)


# ---------------------------------------------------------------- on a projector


@some_widgets
def test_full_screen_is_larger_and_ends(live):
    panel = live.box.locator(".sgd-panel").first
    before = panel.bounding_box()["width"]
    live.button("Full screen").click()  # the browser wants a real click
    live.page.wait_for_function("document.fullscreenElement?.classList.contains('sgd-live-widget')")
    live.button("Leave full screen").wait_for()
    assert panel.bounding_box()["width"] > 1.2 * before
    assert live.page.evaluate("document.fullscreenElement.scrollWidth <= innerWidth")
    live.control(next(iter(live.labels))).first.press("ArrowRight")
    live.button("Leave full screen").click()
    live.page.wait_for_function("!document.fullscreenElement")
    live.button("Full screen").wait_for()
    live.press("Reset")


# ---------------------------------------------------------------- the page around a widget


def test_the_page_around_rests_and_stays_in_place(browser, roots):
    """Where a page is laid out as a whole, it leaves out what is off the screen while a widget is in use.

    Its size and the way of its links stay the same. The browser here lays out what is near at all times, unless the
    style that says so is taken for one that it does not know.
    """
    context = patient(browser.new_context(viewport={"width": 1700, "height": 900}, reduced_motion="reduce"))
    page = context.new_page()
    style = (SITE / "_static" / "site.css").read_text(encoding="utf-8")
    unknown, count = re.subn(r"@supports \(overflow-anchor: ?auto\)", "@supports (no-such: thing)", style)
    assert count == 1
    page.route("**/site.css", lambda route: route.fulfill(body=unknown, content_type="text/css"))
    page.goto(roots["file"] + next(iter(HOLDERS)))
    page.evaluate("() => document.fonts.ready.then(() => true)")
    page.wait_for_function("!document.querySelector('.sgd-widget:not([data-alive=true])')")
    height, left_out = (
        "document.documentElement.scrollHeight",
        """[...document.querySelectorAll(".bd-article section > p > *")]
            .filter((each) => !each.checkVisibility({ contentVisibilityAuto: true })).length""",
    )
    before = page.evaluate(height)
    assert page.evaluate(left_out) == 0
    page.locator(".sgd-live-widget input[type=range]").first.focus()
    page.wait_for_function(left_out + " > 10")
    assert page.evaluate(height) == before
    page.locator(".bd-sidebar-secondary a[href='#exercises']:visible").first.click()
    page.wait_for_function(
        "Math.abs(document.getElementById('exercises').getBoundingClientRect().top) < innerHeight / 4"
    )
    assert page.evaluate(left_out) == 0
    context.close()


@some_sliders
def test_keys_of_a_slider_do_not_trouble_the_page(live):
    """The theme hears nothing of a key that moves a slider, and so looks for nothing; it hears all other keys."""
    slider = live.slider(live.a_number())
    slider.press("Home")
    live.page.evaluate(
        """() => {
            window.heard = [];
            document.addEventListener("keydown", (event) => heard.push(event.key), true);
            const find = document.querySelectorAll;
            document.querySelectorAll = (selector) => {
                if (window.event?.type === "keydown") heard.push("search");
                return find.call(document, selector);
            };
        }"""
    )
    before = slider.input_value()
    for key in ("ArrowRight", "ArrowUp", "End", "PageDown"):
        slider.press(key)
    assert slider.input_value() != before
    assert live.page.evaluate("heard") == []
    for key in ("Control+ArrowLeft", "a", "Tab"):
        slider.press(key)
    assert [key for key in live.page.evaluate("heard") if key != "search"] == [
        "Control",
        "ArrowLeft",
        "a",
        "Tab",
    ]
    live.page.evaluate("() => { delete document.querySelectorAll; }")


@some_sliders
def test_a_change_lays_out_the_widget_alone(browser, live):
    """The layouts that a moved slider causes begin inside the widget, not at the page's root."""
    slider = live.slider(live.a_number())
    slider.press("ArrowRight")
    live.until("box.closest('.sgd-widget-in-use')")
    live.frames(20)
    browser.start_tracing(page=live.page, categories=["devtools.timeline"])
    for _ in range(12):
        live.page.keyboard.press("ArrowRight")
        live.drawn()
    events = json.loads(browser.stop_tracing())["traceEvents"]
    layouts = [event["args"]["beginData"]["partialLayout"] for event in events if event["name"] == "Layout"]
    # The page has layouts of its own while it goes to rest, and takes the widget's along; unconfined, none is partial.
    assert sum(layouts) >= 6


# How far the boxes that are laid out alone are from the height of their text, in pixels; none may be without text.
MISFIT = """(box) => Math.max(...[...box.querySelectorAll(".sgd-confined > div")].map((each) =>
    each.firstChild.offsetHeight > 10 ? Math.abs(each.clientHeight - each.firstChild.offsetHeight) : Infinity))"""


@every_widget
def test_a_box_is_as_high_as_its_text(live):
    """The boxes that are laid out alone take the height of their text, on a wide screen and on a phone."""
    assert live.box.locator(".sgd-confined > div").count() >= 2
    for size in (WIDE, PHONE):
        live.page.set_viewport_size(size)
        live.until(f"({MISFIT})(box) <= 1")


@every_widget
def test_a_box_grows_at_once_and_shrinks_when_quiet(live):
    """A longer text has its room in the next frame; a shorter one gives it back later, so that a drag moves no page."""
    line = live.box.locator(".sgd-keras code")
    before = line.text_content()
    at_once, soon, late = line.evaluate(
        """async (line) => {
            const box = line.closest(".sgd-confined > div"), short = line.textContent;
            const frame = () => new Promise(requestAnimationFrame);
            const after_frames = async (words) => {
                line.textContent = words;
                await frame();
                await frame();
                return box.clientHeight;
            };
            const low = box.clientHeight;
            const high = await after_frames((short + " ").repeat(20));
            const began = performance.now();
            const then = await after_frames(short);
            return [high / low, then / high, performance.now() - began];
        }"""
    )
    assert line.text_content() == before
    assert at_once > 2
    assert soon == 1 or late > QUIET  # on a busy machine two frames may take that long
    live.until(f"({MISFIT})(box) <= 1")
