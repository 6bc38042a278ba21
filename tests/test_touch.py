"""Fingers, by real touch events through the browser's protocol: what scrolls, what drags, and what is given back."""

from __future__ import annotations

import random

import pytest
from patience import DRAWN, PATIENCE
from site_pages import PHONE, Visitor
from widget_page import page_with, watched_page

from sgdlib.widgets.page.base import all_widgets, small_figures

WIDGETS = {cls.widget_name(): cls for cls in [*all_widgets().values(), *small_figures().values()]}
# With settings that bring others with them, with points that go one way and both ways, with schedules to draw.
FEW = ("valley-race", "wrong-run", "trainer", "turned-valley")
SMALL_PHONE = {"width": 360, "height": 640}
SIZES = [
    pytest.param(SMALL_PHONE, id="360x640"),
    pytest.param(PHONE, id="390x844", marks=pytest.mark.foreign),
]
every_size = pytest.mark.parametrize("size", SIZES)
every_widget = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in FEW else pytest.mark.foreign) for name in WIDGETS]
)
# Settings that differ from the first, so that a change which brings others with it is seen to.
OTHER = {"valley-race": {"tuned": True}, "wrong-run": {"case": 3, "cause": "noise", "remedy": "momentum"}}
SLIDERS = ".sgd-live-widget input[type=range]"
# In the page: until it has stood still for ten frames; a page that was swiped goes on for a while, and a finger that
# comes down then stops it and does nothing else.
AT_REST = """() => new Promise((done) => {
    let [last, still] = [scrollY, 0];
    const look = () => {
        still = scrollY === last ? still + 1 : 0;
        last = scrollY;
        if (still >= 10) done();
        else requestAnimationFrame(look);
    };
    setTimeout(done, 60_000);
    look();
})"""


class Finger:
    """Touches a page, with one finger or two."""

    def __init__(self, page):
        self.page, self.client = page, page.context.new_cdp_session(page)

    def send(self, kind: str, *points):
        touched = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(points)]
        self.client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    def swipe(self, start, by, *, up=True) -> None:
        """From a place by so many pixels; the finger may stay down."""
        x, y = start
        self.send("touchStart", (x, y))
        for k in range(1, 9):
            self.send("touchMove", (x + by[0] * k / 8, y + by[1] * k / 8))
        if up:
            self.send("touchEnd")
            self.page.evaluate(AT_REST)
        self.page.evaluate(DRAWN)

    def pinch(self, one, other) -> None:
        """Two fingers move apart, the first of them down first."""
        self.send("touchStart", one)
        self.send("touchStart", one, other)
        for k in range(1, 9):
            self.send("touchMove", (one[0] - 5 * k, one[1]), (other[0] + 5 * k, other[1]))
        self.send("touchEnd")
        self.page.evaluate(AT_REST)


@pytest.fixture(scope="module")
def context(browser):
    made = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce")
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture(scope="module")
def tabs(context, tmp_path_factory):
    """A page for each widget, with room above and below to scroll."""
    folder, opened = tmp_path_factory.mktemp("pages"), {}

    def tab(name: str, size: dict):
        if name not in opened:
            visitor = Visitor(context.new_page(), "file:")
            visitor.page.goto(watched_page(folder, name, [WIDGETS[name](**OTHER.get(name, {}))]))
            visitor.page.locator(".sgd-widget[data-alive=true]").wait_for()
            visitor.page.add_style_tag(content="main { padding-block: 700px 1500px; }")
            opened[name] = visitor
        visitor = opened[name]
        visitor.page.bring_to_front()
        visitor.page.set_viewport_size(size)
        visitor.page.evaluate(
            "document.querySelectorAll('.sgd-more').forEach((more) => { more.open = true; })"
        )
        visitor.page.evaluate(DRAWN)
        return visitor

    return tab


def some(nodes: list, size: dict) -> list:
    """The first and the last two, which are told by the same code; on the larger phone, in `make foreign`, all."""
    return nodes if size == PHONE else [*nodes[:1], *nodes[1:][-2:]]


def setting(page) -> str:
    """All settings of the page's widget, also those that no control shows."""
    return page.evaluate("Object.values(linked)[0].query()")


def place_of(node, across: float = 0.5) -> tuple[float, float]:
    """A place on a part of the page, in the middle of the screen below a widget's pictures."""
    node.evaluate("(node) => node.scrollIntoView({ block: 'center', behavior: 'instant' })")
    node.page.evaluate(DRAWN)
    box = node.bounding_box()
    return box["x"] + across * box["width"], box["y"] + box["height"] / 2


def scrolled(page, before: float) -> None:
    page.wait_for_function("(before) => Math.abs(scrollY - before) > 20", arg=before)


@every_size
@every_widget
def test_a_finger_that_goes_up_or_down_on_a_slider_scrolls(tabs, name, size):
    """Nothing is changed for a moment: neither the setting nor what goes with it, nor is it told to anyone."""
    visitor = tabs(name, size)
    page, finger = visitor.page, Finger(visitor.page)
    before, first = (
        setting(page),
        page.evaluate("(sel) => [...document.querySelectorAll(sel)].map((s) => s.value)", SLIDERS),
    )
    page.evaluate(
        """() => {
            globalThis.seen = new Set();
            const [widget] = Object.values(linked);
            widget.on_drawn(() => seen.add(widget.query()));
        }"""
    )
    for slider in some(page.locator(SLIDERS).all(), size):
        for across in (0.3, 0.8):
            for by in ((3, -140), (-3, 140)) if size == PHONE else ((3, -140),):
                start = place_of(slider, across)
                top = page.evaluate("scrollY")
                finger.swipe(start, by)
                scrolled(page, top)
                assert setting(page) == before
    assert page.evaluate("[...seen]") in ([], [before])
    assert page.evaluate("(sel) => [...document.querySelectorAll(sel)].map((s) => s.value)", SLIDERS) == first
    assert visitor.trouble == []


@pytest.mark.foreign
@every_size
@every_widget
def test_a_finger_that_goes_sideways_or_taps_moves_a_slider(tabs, name, size):
    visitor = tabs(name, size)
    page, finger = visitor.page, Finger(visitor.page)
    for slider in some(page.locator(SLIDERS).all(), size):
        for start, by in ((0.3, (60, 4)), (0.7, (-50, 0)), (0.2, (0, 0)), (0.85, (0, 0))):
            before, top = setting(page), page.evaluate("scrollY")
            x, y = place_of(slider, start)
            top = page.evaluate("scrollY")
            finger.swipe((x, y), by)
            assert page.evaluate("scrollY") == top
            label = slider.evaluate("(slider) => slider.closest('[data-setting]').dataset.setting")
            assert setting(page) != before, (label, start, by)
    assert visitor.trouble == []


@every_size
@every_widget
def test_points_go_with_a_finger(tabs, name, size):
    """In each way that they are free to go; in the other the page scrolls."""
    visitor = tabs(name, size)
    page, finger = visitor.page, Finger(visitor.page)
    for point in some(page.locator(".sgd-handle:visible").all(), size):
        moved = 0
        for by in ((40, 0), (-40, 0), (0, -30), (0, 30)):
            reach = point.locator(":scope > *").first
            start = place_of(reach)
            # the picture on the screen, not scrollY: words that grow above it scroll the page and move nothing
            picture = reach.locator("xpath=ancestor::*[local-name() = 'svg'][1]")
            before, top, at = setting(page), picture.bounding_box()["y"], reach.bounding_box()
            finger.swipe(start, by)
            now, went = reach.bounding_box(), picture.bounding_box()["y"] - top
            if abs(went) > 1:
                assert by[0] == 0 and setting(page) == before
            else:
                moved += setting(page) != before
                # no farther than the finger, but a cell at a time
                assert abs(now["x"] - at["x"]) <= max(abs(by[0]), at["width"]) + 2
        assert moved >= 1, point.get_attribute("aria-label")
    assert visitor.trouble == []


@pytest.fixture(scope="module")
def a_slider_lets_zoom(context) -> bool:
    """Whether this browser zooms by two fingers on a slider of its own, which nobody listens to."""
    page = context.new_page()
    page.set_content(
        '<meta name="viewport" content="width=device-width"><body style="margin: 300px 0 2000px">'
        '<input type="range" style="width: 90vw; touch-action: pan-y pinch-zoom">'
    )
    x, y = place_of(page.locator("input"), 0.4)
    Finger(page).pinch((x, y), (x + 60, y + 5))
    zoomed = page.evaluate("visualViewport.scale > 1.05")
    page.close()
    return zoomed


@every_widget
def test_two_fingers_zoom_and_change_nothing(tabs, name, a_slider_lets_zoom):
    """Whether they begin on a slider or on a point, and also when the first has dragged it already."""
    visitor = tabs(name, SMALL_PHONE)
    page, finger = visitor.page, Finger(visitor.page)
    for node in some(page.locator(f"{SLIDERS}, .sgd-handle:visible > .sgd-reach").all(), SMALL_PHONE):
        before, (x, y) = setting(page), place_of(node, 0.4)
        finger.pinch((x, y), (x + 60, y + 5))
        if a_slider_lets_zoom or node.evaluate("(node) => node.tagName") != "INPUT":
            page.wait_for_function("visualViewport.scale > 1.05")
        assert setting(page) == before
        finger.client.send("Emulation.setPageScaleFactor", {"pageScaleFactor": 1})
        page.wait_for_function("visualViewport.scale === 1")
        before, (x, y) = setting(page), place_of(node, 0.4)
        finger.swipe((x, y), (40, 0), up=False)
        finger.send("touchCancel")
        page.evaluate(DRAWN)
        assert setting(page) == before
    assert visitor.trouble == []


def test_a_second_finger_gives_back_what_the_first_has_changed(tabs):
    """And the slider is heard again once both are up."""
    visitor = tabs("valley-race", SMALL_PHONE)
    page, finger = visitor.page, Finger(visitor.page)
    slider = page.locator(SLIDERS).last
    before, place = setting(page), slider.input_value()
    x, y = place_of(slider, 0.3)
    finger.swipe((x, y), (60, 0), up=False)
    assert setting(page) != before
    finger.send("touchStart", (x + 60, y), (x + 90, y + 40))
    finger.send("touchMove", (x + 80, y), (x + 120, y + 60))
    page.evaluate(DRAWN)
    assert (setting(page), slider.input_value()) == (before, place)
    finger.send("touchEnd")
    page.evaluate(AT_REST)
    assert (setting(page), slider.input_value()) == (before, place)
    finger.client.send("Emulation.setPageScaleFactor", {"pageScaleFactor": 1})
    finger.swipe(place_of(slider, 0.3), (60, 0))
    assert setting(page) != before
    assert visitor.trouble == []


SENTENCE = (
    '<p style="margin-top:700px">With a momentum of <span class="sgd-scrub" data-of="valley-race" '
    'data-what="momentum">0.8765</span> it is <span class="sgd-shown" data-of="valley-race" '
    'data-what="momentum" translate="no">0.8765</span>.</p>'
)


@pytest.fixture
def sentence(context, tmp_path):
    """A page with a number to drag, at a momentum between two places of its slider."""
    visitor = Visitor(context.new_page(), "file:")
    widget = WIDGETS["valley-race"](momentum=0.8765, tuned=False, surface="valley")
    visitor.page.goto(
        page_with(tmp_path, "sentence", SENTENCE + widget.static_html() + "<p style='margin:900px'>")
    )
    visitor.page.locator(".sgd-scrub[role=slider]").wait_for()
    yield visitor.page
    assert visitor.trouble == []
    visitor.page.close()


def test_a_number_in_the_text_goes_with_a_finger(sentence):
    """Sideways; up and down the page scrolls; and what is lost is given back to the last digit."""
    page, finger = sentence, Finger(sentence)
    number = page.locator(".sgd-scrub")
    for by in ((3, -140), (-4, 140)):
        start, top = place_of(number), page.evaluate("scrollY")
        finger.swipe(start, by)
        scrolled(page, top)
        assert page.locator(".sgd-shown").inner_text() == number.inner_text() == "0.8765"
    start, top = place_of(number), page.evaluate("scrollY")
    finger.swipe(start, (-48, 6), up=False)
    assert float(number.inner_text()) < 0.8
    finger.send("touchCancel")
    page.evaluate(DRAWN)
    assert page.locator(".sgd-shown").inner_text() == number.inner_text() == "0.8765"
    finger.swipe(start, (-48, 6))
    assert page.locator(".sgd-shown").inner_text() == number.inner_text() < "0.8"
    assert page.evaluate("scrollY") == top
    before = number.inner_text()
    finger.pinch(start, (start[0] + 60, start[1]))
    page.wait_for_function("visualViewport.scale > 1.05")
    assert number.inner_text() == before


@pytest.mark.foreign
@every_widget
def test_a_hundred_swipes_at_random(tabs, name):
    """Steep ones change nothing, flat ones never scroll."""
    visitor, draw = tabs(name, PHONE), random.Random(5)
    page, finger = visitor.page, Finger(visitor.page)
    nodes = page.locator(SLIDERS).all()
    for _ in range(100 if nodes else 0):
        node, steep, long = (
            draw.choice(nodes),
            draw.random() < 0.5,
            draw.choice((-1, 1)) * draw.uniform(60, 140),
        )
        by = (draw.uniform(-0.3, 0.3) * long, long) if steep else (long / 2, draw.uniform(-0.2, 0.2) * long)
        before, start = setting(page), place_of(node, draw.uniform(0.35, 0.65))
        top = page.evaluate("scrollY")
        finger.swipe(start, by)
        if steep:
            assert setting(page) == before, by
        else:
            assert page.evaluate("scrollY") == top, by
    assert visitor.trouble == []
