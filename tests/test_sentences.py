"""Sentences that act on the widgets of their page: what Markdown makes of them, what is refused, what they do."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from patience import DRAWN, PATIENCE
from site_pages import AXE, BOOK, OPEN_FOLDS, SITE, WIDE, Visitor
from widget_page import page_with

from sgdlib.widgets import FrictionLab, Trainer, TuningBoard, ValleyRace

ROOT = Path(__file__).resolve().parent.parent

# How many sentences that act, and numbers to drag, the chapters have at least: none, until they are written.
MINIMUM = {"sgd-act": 40, "sgd-scrub": 15}

LAB, RACE = FrictionLab(), ValleyRace(surface="valley")
SECOND = FrictionLab(momentum=0.5)
RIGHT = """
# Sentences

Above all: [the first](#friction-lab?momentum=0.25) and [the second](#friction-lab-2?momentum=0.75).

{lab}

The [rule $\\mu = 0$ and *no* momentum](#friction-lab?momentum=0&step=12), or [another](#friction-lab?momentum=0.3).
See [the curve](#friction-lab!curve=momentum), [the slider](#friction-lab!control=momentum) and
[the cap](#friction-lab!readout=top-speed). With [0.9](#friction-lab~momentum) it remembers
[10](#friction-lab=top-speed) steps, at [−0.01](#friction-lab=where-the-ball-is:2):
[underdamped](#friction-lab=the-motion), with momentum [0.9](#friction-lab=momentum).

{race}

[Banana](#valley-race?surface=rosenbrock), [Adam](#valley-race?adam=true), [who wins](#valley-race!verdict).

{second}

With [0.5](#friction-lab~momentum) instead. A link to [its heading](#sentences).
"""
# The link, its words, and what the build says of it.
WRONG = {
    ("#wrong-run?momentum=0", "x"): "there is no widget wrong-run on the page, whose widgets are: "
    "friction-lab, friction-lab-2, trainer, tuning-board, valley-race",
    ("#friction-lab-3?momentum=0", "x"): "there is no widget friction-lab-3 on the page",
    ("#friction-lab?momentun=0", "x"): "friction-lab has no setting momentun; it has learning_rate, momentum",
    ("#friction-lab?momentum=1.5", "x"): 'momentum must be a number from 0.0 to 1.0, not "1.5"',
    ("#friction-lab?momentum=nan", "x"): 'momentum must be a number from 0.0 to 1.0, not "nan"',
    ("#friction-lab?momentum=", "x"): 'momentum must be a number from 0.0 to 1.0, not ""',
    ("#friction-lab?step=2.5", "x"): 'step must be a whole number from 0 to 60, not "2.5"',
    ("#friction-lab?", "x"): "it sets nothing",
    ("#trainer?nesterov=yes", "x"): 'nesterov must be true or false, not "yes"',
    (
        "#valley-race?surface=hill",
        "x",
    ): "surface must be one of valley, rosenbrock, beale, himmelblau, saddle, not ",
    (
        "#trainer?schedule=0,1_0.5",
        "x",
    ): "schedule must be 1 to 6 rows of numbers, 0 to 1 and 0 to 1, the first one ",
    ("#trainer?schedule=0.5,1_0,1", "x"): "schedule must be 1 to 6 rows of numbers",
    ("#tuning-board?learning_rate=0.02", "x"): "learning_rate must be one of ",
    ("#friction-lab!gravity", "x"): "gravity is no part to look at",
    ("#friction-lab!control=gravity", "x"): "friction-lab has no setting gravity",
    ("#friction-lab~gravity", "0.9"): "friction-lab has no setting gravity",
    ("#valley-race~surface", "valley"): "surface is no number",
    ("#friction-lab-2~momentum", "0.9"): 'it is written "0.9", but the widget begins at momentum 0.5',
    ("#friction-lab-2=momentum", "0.9"): 'it is written "0.9", but the widget begins at momentum 0.5',
    ("#friction-lab=", "x"): "it names nothing to show",
}


def raw(widget) -> str:
    """A widget's output, as MyST-NB leaves it to Sphinx."""
    return f"````{{raw}} html\n{widget.static_html()}\n````"


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, str]:
    """A small book with a page of right links and one of wrong ones: where it is, and what Sphinx said."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("out")
    source.joinpath("conf.py").write_text(
        "extensions = ['myst_parser', 'sentences']\nhtml_theme = 'basic'\nmyst_enable_extensions = ['dollarmath']\n"
        "myst_heading_anchors = 2\n",
        encoding="utf-8",
    )
    right = RIGHT.format(lab=raw(LAB), race=raw(RACE), second=raw(SECOND))
    source.joinpath("index.md").write_text(right, encoding="utf-8")
    links = "\n\n".join(f"[{words}]({link})" for link, words in WRONG)
    widgets = "\n\n".join(map(raw, (LAB, SECOND, Trainer(), TuningBoard(), RACE)))
    source.joinpath("wrong.md").write_text(
        f"---\norphan: true\n---\n# Wrong\n\n{widgets}\n\n{links}\n\n[x](#no-such-heading)\n",
        encoding="utf-8",
    )
    surroundings = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'chapters' / '_ext'}"}
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "--no-color", str(source), str(out)],
        env=surroundings,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return out, done.stderr


def body(built, page: str) -> str:
    """The text of a page of the small book, as it was built."""
    soup = BeautifulSoup((built[0] / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    return soup.select_one("div.body").decode_contents()


# ---------------------------------------------------------------- the build


@pytest.mark.parametrize(("link", "words"), WRONG)
def test_a_link_that_does_not_fit_is_a_warning(built, link, words):
    """With -W, as the book is built, each stops the build."""
    said = f"wrong: the link {link} does not fit: {WRONG[link, words]}"
    assert [line for line in built[1].splitlines() if "WARNING: " + said in line], built[1]


def test_nothing_else_is_a_warning_but_a_link_to_nowhere(built):
    """The right links pass, other links to the page itself are looked up as before."""
    warnings = [line for line in built[1].splitlines() if "WARNING" in line]
    others = [line for line in warnings if "does not fit" not in line]
    assert len(warnings) - len(others) == len(WRONG)
    assert len(others) == 1 and "no-such-heading" in others[0]


def test_links_become_words_that_name_their_widget(built):
    """The nearest above, else the first; what stands in the words stays."""
    page = BeautifulSoup(body(built, "index"), "html.parser")
    acts = {each.get_text(): each["data-of"] for each in page.select(".sgd-act, .sgd-scrub")}
    assert acts["the first"] == acts["0.9"] == acts["another"] == "friction-lab"
    assert acts["the second"] == acts["0.5"] == "friction-lab-2"
    assert acts["Banana"] == "valley-race"
    rich = page.select_one('.sgd-act[data-what="momentum=0&step=12"]')
    assert rich.select_one("em").get_text() == "no" and rich.select_one(".math")
    assert [link["href"] for link in page.select("p a:not(.headerlink)")] == ["#sentences"]


def test_wrong_links_leave_their_words(built):
    page = BeautifulSoup(body(built, "wrong"), "html.parser")
    assert not page.select(".sgd-act, .sgd-look, .sgd-scrub, .sgd-shown")
    assert [p.get_text() for p in page.select("section > p")][: len(WRONG)] == [words for _, words in WRONG]


# ---------------------------------------------------------------- the page


@pytest.fixture(scope="module")
def tab(browser, built, tmp_path_factory):
    """A tab for the page of right links, opened from disk, with the widgets and words alive."""
    context = browser.new_context(viewport=WIDE, has_touch=True)
    visitor = Visitor(context.new_page(), "file://")
    visitor.address = page_with(tmp_path_factory.mktemp("page"), "sentences", body(built, "index"))
    yield visitor
    context.close()


@pytest.fixture
def page(tab):
    """The page as it comes; whatever goes wrong on it fails the test."""
    tab.trouble.clear()
    tab.page.emulate_media(media="screen")
    tab.page.goto(tab.address)
    alive(tab.page)
    yield tab.page
    assert tab.trouble == []


def alive(page) -> None:
    """Wait until every widget is alive, and drawn."""
    page.wait_for_function("!document.querySelector('.sgd-widget:not([data-alive])')")
    page.evaluate(DRAWN)


def words(page, text: str):
    """The words of the page that act, by their text."""
    return page.locator(".sgd-act, .sgd-look, .sgd-scrub, .sgd-shown").filter(
        has_text=re.compile(f"^{text}$")
    )


def setting(page, name: str, nth: int = 0, of: str = "friction-lab") -> str:
    """What the widget's own input holds of a setting."""
    row = page.locator(f".sgd-widget[data-widget={of}]").nth(nth).locator(f"[data-setting={name}]")
    return row.locator("input[type=text], select, input[type=checkbox]").first.evaluate(
        "(input) => input.type === 'checkbox' ? String(input.checked) : input.value"
    )


def test_words_set_the_widget_and_set_it_back(page):
    """Those settings and no others; the focus stays, a screen reader is told, and what is far away comes into view."""
    rule = page.locator(".sgd-act", has_text="momentum")
    assert rule.get_attribute("role") == "button" and rule.get_attribute("aria-pressed") == "false"
    page.set_viewport_size({"width": 1280, "height": 300})
    rule.evaluate("(rule) => { rule.focus(); scrollTo(0, document.body.scrollHeight); }")
    page.keyboard.press("Enter")
    page.evaluate(DRAWN)
    seen = page.locator(".sgd-stage").first.bounding_box()
    assert seen["y"] < 150 < seen["y"] + seen["height"]
    page.set_viewport_size(WIDE)
    assert (setting(page, "momentum"), setting(page, "step"), setting(page, "learning_rate")) == (
        "0",
        "12",
        "0.1",
    )
    assert rule.get_attribute("aria-pressed") == "true"
    assert rule.evaluate("(rule) => rule === document.activeElement")
    message = page.locator(".sgd-message").first
    assert message.get_attribute("role") == "status"
    assert message.inner_text() == "Set: momentum μ 0, step k 12."
    page.keyboard.press(" ")
    page.evaluate(DRAWN)
    assert (setting(page, "momentum"), setting(page, "step")) == ("0.9", "60")
    assert rule.get_attribute("aria-pressed") == "false"
    assert message.inner_text() == "Set back: momentum μ 0.9, step k 60."


def test_a_change_from_elsewhere_ends_the_press(page):
    """The reader's own, or that of other words; the next press sets again, over what there is by then."""
    another = words(page, "another")
    another.click()
    page.locator("[data-setting=learning_rate] input[type=text]").first.fill("0.2")
    page.keyboard.press("Enter")
    page.evaluate(DRAWN)
    assert another.get_attribute("aria-pressed") == "false"
    assert (setting(page, "momentum"), setting(page, "learning_rate")) == ("0.3", "0.2")
    words(page, "the first").click()
    another.click()
    page.evaluate(DRAWN)
    assert words(page, "the first").get_attribute("aria-pressed") == "false"
    another.click()
    assert (setting(page, "momentum"), setting(page, "learning_rate")) == ("0.25", "0.2")


def test_each_word_sets_its_own_widget(page):
    words(page, "the second").click()
    assert (setting(page, "momentum"), setting(page, "momentum", 1)) == ("0.9", "0.75")
    words(page, "Banana").click()
    words(page, "Adam").click()
    assert setting(page, "surface", of="valley-race") == "rosenbrock"
    assert setting(page, "adam", of="valley-race") == "true"


@pytest.mark.parametrize(
    ("text", "selector", "others"),
    [
        ("the curve", "path[style*='--sgd-momentum']", "svg text.sgd-label"),
        ("the slider", "[data-setting=momentum]", "[data-setting=step]"),
        ("the cap", ".sgd-readouts > div:has(dt)", ".sgd-stage .sgd-pane"),
        ("who wins", ".sgd-verdict", ".sgd-pane"),
    ],
)
def test_words_show_where_to_look(page, text, selector, others):
    """Under the mouse, in the focus, and once pressed until Escape or another press."""
    look = words(page, text)
    box = page.locator(".sgd-widget", has=page.locator(".sgd-live-widget")).nth(int(text == "who wins"))
    looked, seen = box.locator(".sgd-looked"), "(part) => Number(getComputedStyle(part).opacity)"

    def stands_out(whether: bool):
        assert (looked.count() > 0) == whether
        assert (box.locator(others).first.evaluate(seen) < 0.5) == whether

    stands_out(False)
    look.hover()
    stands_out(True)
    assert looked.first.evaluate("(part, selector) => part.matches(selector)", selector)
    assert looked.first.evaluate(seen) > 0.3
    page.mouse.move(0, 0)
    stands_out(False)
    look.focus()
    stands_out(True)
    page.keyboard.press("Escape")
    stands_out(False)
    page.keyboard.press("Enter")
    stands_out(True)
    assert look.get_attribute("aria-pressed") == "true"
    page.keyboard.press("Enter")
    stands_out(False)
    assert page.locator(f"#{look.get_attribute('aria-describedby')}").count() == 1


def test_a_number_is_a_slider(page):
    """By keys, by mouse; the widget's input and the numbers that follow agree with it."""
    number = words(page, "0.9").first
    assert number.get_attribute("role") == "slider"
    assert number.get_attribute("aria-label") == "momentum μ, in the text (friction lab)"
    of = page.locator(".sgd-scrub[data-of=friction-lab]")
    cap, where, motion, same = page.locator(".sgd-shown").all()

    def says(value: str):
        page.evaluate(DRAWN)
        assert of.inner_text() == same.inner_text() == setting(page, "momentum") == value
        assert of.get_attribute("aria-valuenow") == of.get_attribute("aria-valuetext") == value
        readouts = page.locator(".sgd-widget").first.locator("dd").all_inner_texts()
        assert motion.inner_text() == readouts[0]
        assert readouts[3].startswith(cap.inner_text())
        assert f"x = {where.inner_text()}, " in readouts[4]

    says("0.9")
    assert cap.inner_text() == "10"
    of.focus()
    for key, value in {
        "ArrowLeft": "0.895",
        "ArrowUp": "0.9",
        "PageDown": "0.8",
        "Home": "0",
        "ArrowRight": "0.005",
        "End": "1",
        "PageDown ": "0.9",
    }.items():
        page.keyboard.press(key.strip())
        says(value)
    box = of.bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 4 - 160, box["y"] + 80)
    page.mouse.up()
    says("0.4")
    page.mouse.move(box["x"] + 100, box["y"])
    says("0.4")
    assert setting(page, "momentum", 1) == "0.5"
    page.locator("button", has_text="Reset").first.click()
    says("0.9")


def test_a_finger_drags_a_number_and_may_scroll_the_page(page):
    """Sideways it is the number's; up and down the browser's, which then takes the number back."""
    of = page.locator(".sgd-scrub").first
    event = """(number, [kind, x]) => {
        number.setPointerCapture = () => {};
        const { left } = number.getBoundingClientRect();
        number.dispatchEvent(new PointerEvent(kind, { pointerType: "touch", pointerId: 7, clientX: left + x }));
    }"""
    for kind, x in (("pointerdown", 0), ("pointermove", -32)):
        of.evaluate(event, [kind, x])
    page.evaluate(DRAWN)
    assert of.inner_text() == "0.8"
    of.evaluate(event, ["pointercancel", 0])
    page.evaluate(DRAWN)
    assert of.inner_text() == "0.9"


def test_words_that_name_what_is_not_there_stay_words_and_are_told(tab, built, tmp_path):
    """So that a browser test of the page fails, which no build can see to."""
    made = body(built, "index")
    for found, wanted in (("curve=momentum", "curve=adam"), ("readout=top-speed", "readout=top-hat")):
        assert found in made
        made = made.replace(found, wanted)
    tab.trouble.clear()
    tab.page.goto(
        page_with(tmp_path, "missing", made.replace('data-what="top-speed"', 'data-what="top-hat"'))
    )
    alive(tab.page)
    told = "\n".join(tab.trouble)
    for missing in ("has no part curve=adam", "has no part readout=top-hat", "reads out no top-hat"):
        assert missing in told
    assert words(tab.page, "the curve").get_attribute("role") is None
    assert words(tab.page, "10").inner_text() == "10"


def test_words_are_accessible(page):
    page.evaluate(AXE.read_text(encoding="utf-8"))
    words(page, "another").click()
    for theme in ("light", "dark"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        found = page.evaluate("() => axe.run('p [data-of]', { preload: false, resultTypes: ['violations'] })")
        bad = [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]
        assert bad == [], theme


def test_without_scripts_and_on_paper_they_are_words(browser, tab, page):
    """No link, no button, no colour and no line below; on paper, nothing of that either."""
    look = """() => [...document.querySelectorAll("[data-of]")].filter((words) => {
        const [own, around] = [words, words.parentElement].map((each) => getComputedStyle(each));
        return own.color !== around.color || own.textDecorationLine !== "none" || own.cursor !== "auto" ||
            getComputedStyle(words, "::after").content !== "none";
    }).length"""
    assert page.evaluate(look) > 10
    page.emulate_media(media="print")
    assert page.evaluate(look) == 0
    context = browser.new_context(java_script_enabled=False)
    still = context.new_page()
    still.goto(tab.address)
    assert still.evaluate(look) == 0
    assert still.locator("p [role], p [tabindex], p button").count() == 0
    assert "remembers\n10 steps" in still.locator("p", has_text="remembers").text_content()
    context.close()


# ---------------------------------------------------------------- the chapters

WORDS = re.compile(r'<span class="(sgd-act|sgd-look|sgd-scrub|sgd-shown)" data-of="')
WRITTEN = re.compile(r'<span class="sgd-(?:scrub|shown)" [^>]*>(.*?)</span>')
HOLDERS = [path for path in BOOK if WORDS.search((SITE / path).read_text(encoding="utf-8"))]

# In the page: the settings of a widget as its inputs have them, and all that it shows.
STATE = """(name) => {
    const [, kind, nth] = name.match(/^(.*?)(?:-([0-9]+))?$/);
    const box = document.querySelectorAll(`.sgd-widget[data-widget="${kind}"]`)[(nth ?? 1) - 1];
    const settings = {};
    for (const row of box.querySelectorAll("[data-setting]")) {
        const input = row.querySelector("input[type=text], select, input[type=checkbox]");
        settings[row.dataset.setting] = input.type === "checkbox" ? String(input.checked) : input.value;
    }
    const told = box.querySelector(".sgd-readouts, .sgd-verdict").innerText;
    return [settings, box.querySelector(".sgd-stage").innerHTML + told];
}"""


def close(shown: str, wanted: str) -> bool:
    """Whether an input shows a value, as far as it shows digits."""
    try:
        return float(shown.replace("−", "-")) == pytest.approx(float(wanted), rel=1e-3)
    except ValueError:
        return shown == wanted


def press_and_press_again(page, act) -> None:
    """Words that set a widget do what they say, and undo it."""
    what = act.get_attribute("data-what")
    before, drawn = page.evaluate(STATE, act.get_attribute("data-of"))
    act.evaluate("(words) => words.click()")
    page.evaluate(DRAWN)
    after, changed = page.evaluate(STATE, act.get_attribute("data-of"))
    for name, value in (pair.split("=") for pair in what.split("&")):
        assert name not in after or close(after[name], value), f"{what}: {after}"
    assert (after, changed) != (before, drawn), f"{what} changes nothing"
    assert act.get_attribute("aria-pressed") == "true"
    act.evaluate("(words) => words.click()")
    page.evaluate(DRAWN)
    assert page.evaluate(STATE, act.get_attribute("data-of"))[0] == before, what
    assert act.get_attribute("aria-pressed") == "false"


def drag_and_drag_back(page, number) -> None:
    """A number moves its setting, and shows it."""
    of, what = number.get_attribute("data-of"), number.get_attribute("data-what")
    before, shown = page.evaluate(STATE, of)[0][what], number.inner_text()
    number.focus()
    page.keyboard.press("ArrowLeft")
    page.evaluate(DRAWN)
    if number.inner_text() == shown:  # it began at its end
        page.keyboard.press("ArrowRight")
        page.evaluate(DRAWN)
    moved = page.evaluate(STATE, of)[0][what]
    assert moved != before and close(moved, number.inner_text().replace("−", "-"))


@pytest.mark.parametrize("path", HOLDERS)
def test_sentences_of_the_chapters_do_what_they_say(browser, roots, path):
    """Every one of every page: pressed twice, looked at, dragged; all numbers begin as written."""
    context = browser.new_context(viewport=WIDE)
    visitor = Visitor(context.new_page(), roots["file"])
    page = visitor.open(path)
    page.set_default_timeout(PATIENCE)
    page.evaluate(OPEN_FOLDS)
    alive(page)
    written = [html.unescape(text) for text in WRITTEN.findall((SITE / path).read_text(encoding="utf-8"))]
    assert page.locator(".sgd-scrub, .sgd-shown").all_text_contents() == written
    for act in page.locator(".sgd-act").all():
        press_and_press_again(page, act)
    for look in page.locator(".sgd-look").all():
        look.evaluate("(words) => words.click()")
        assert page.locator(".sgd-looked").count() > 0
        look.evaluate("(words) => words.click()")
    for number in page.locator(".sgd-scrub").all():
        drag_and_drag_back(page, number)
    assert visitor.trouble == []
    context.close()


def test_the_chapters_have_sentences_that_act(site):
    kinds = [kind for path in BOOK for kind in WORDS.findall((site / path).read_text(encoding="utf-8"))]
    for kind, least in MINIMUM.items():
        assert kinds.count(kind) >= least, kind
