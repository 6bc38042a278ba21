"""Where the reader is: kept in the browser, shown in the sidebar and on the first page, forgotten by one button."""

from __future__ import annotations

import json

import pytest
from patience import DRAWN, PATIENCE
from site_pages import AXE, PHONE, WIDE, axe_of

COURSE = "sgd-momentum-nesterov:2"
FIRST, CHAPTER, NEXT = "chapters/index.html", "chapters/momentum.html", "chapters/nesterov.html"
OURS = ("progress.js", "exercises.js", "tracks.js", "kept.js", "answers.js")
JUNK = ["{", "null", "[[[]]]", '{"length": 5}', '{"exercises": {}, "a": [1, true], "b": [null]}']
# An error with a stack, which says whose it is.
BLOCKED = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })"


# In the page: every name that the course keeps something under; and the same under all of them.
KEYS = """(course) => {
    const of = (kind) => [...document.querySelectorAll(`[data-${kind}]`)]
        .map((each) => `${course}:${kind}:${each.dataset[kind]}`);
    const fields = [...document.querySelectorAll("[data-exercise] input")]
        .map((each) => `${course}:exercise:${each.closest("[data-exercise]").dataset.exercise}/${each.name}`);
    const more = ["left:last", "page:chapters/sgd", "read:chapters/sgd", "open:all"].map((key) => `${course}:${key}`);
    const kept = Object.keys(localStorage).filter((key) => key.startsWith(course));
    return [...kept, ...more, ...fields, ...of("quiz")];
}"""
SPOIL = "([names, junk]) => { for (const name of names) localStorage.setItem(name, junk); }"


@pytest.fixture
def open_page(browser, roots):
    """Open pages in tabs of one window; what our scripts throw fails the test."""
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    context.route("**/sgd-widgets.js*", lambda route: route.abort())
    wrong = []

    def heard(error):
        if any(name in error.stack for name in OURS):
            wrong.append(error.stack)

    def opened(path: str, scheme: str = "http"):
        page = context.new_page()
        page.on("pageerror", heard)
        page.goto(roots[scheme] + path, wait_until="domcontentloaded")
        return page

    opened.context = context
    yield opened
    context.close()
    assert wrong == []


def mark(page, name: str = "momentum"):
    """What a screen reader hears of a chapter's mark in the sidebar; None without one."""
    return page.evaluate(
        """(name) => {
            const links = [...document.querySelectorAll(".bd-links a")];
            const link = links.find((each) => each.href.split("#")[0].endsWith(`/${name}.html`));
            return link.querySelector(".sgd-progress .sgd-unseen")?.textContent.trim() ?? null;
        }""",
        name,
    )


def kept(page) -> list[str]:
    return page.evaluate(
        "(course) => Object.keys(localStorage).filter((key) => key.startsWith(course))", COURSE
    )


def wait_for_mark(page, words: str):
    page.wait_for_function(
        "(words) => document.querySelector('.bd-links .current .sgd-progress .sgd-unseen')?.textContent === words",
        arg=words,
    )


def check(page, exercise: str = "half-terminal-speed", text: str = "7"):
    """Type into the first field of an exercise and check it."""
    form = page.locator(f"[data-exercise='{exercise}'] form")
    form.locator("input").first.fill(text)
    form.locator("button[type=submit]").click()


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_go_on_and_forget(open_page, scheme):
    """Opened is not begun; then a section, an answer, a prediction, the end; and all is forgotten by one button."""
    page = open_page(CHAPTER, scheme)
    page.evaluate(DRAWN)
    assert mark(page) is None and kept(page) == []
    page.evaluate("document.getElementById('the-ball-itself').scrollIntoView()")
    wait_for_mark(page, " (begun)")
    first = open_page(FIRST, scheme)
    way = first.locator(".sgd-go-on a")
    assert way.text_content() == "3. Momentum as friction, The ball itself"
    way.click()
    first.wait_for_url("**/momentum.html#the-ball-itself")

    check(page)
    page.locator("[data-quiz='most-friction'] summary").first.click()
    wait_for_mark(page, " (begun, 1 of 4 exercises answered, 1 of 5 predictions made)")
    page.evaluate("document.querySelector('.prev-next-area').scrollIntoView()")
    wait_for_mark(page, " (read, 1 of 4 exercises answered, 1 of 5 predictions made)")

    page.goto(page.url.split("chapters/")[0] + FIRST, wait_until="domcontentloaded")
    assert page.locator(".sgd-go-on p").first.text_content() == "Go on with 4. Nesterov’s lookahead"
    assert page.locator("ol.sgd-chapters .sgd-progress").all_text_contents() == [
        "✓ 1/4 (read, 1 of 4 exercises answered, 1 of 5 predictions made)"
    ]
    page.get_by_role("button", name="Forget my answers").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Forget all of it").click()
    assert page.evaluate("document.activeElement.textContent").startswith("Forgotten")
    assert kept(page) == [] and page.locator(".sgd-progress").count() == 0
    page.reload(wait_until="domcontentloaded")
    assert page.locator(".sgd-go-on").is_hidden()


def test_two_tabs_lose_nothing(open_page):
    """Both opened before either was used; the fields of one exercise are answered in different tabs."""
    one, other = open_page(CHAPTER), open_page(CHAPTER)
    name = "memory-and-friction"
    for page, field in ((one, 0), (other, 1)):
        page.locator(f"[data-exercise='{name}'] input").nth(field).fill("0.25")
        page.locator(f"[data-exercise='{name}'] button[type=submit]").click()
    check(one)
    wait_for_mark(other, " (begun, 2 of 4 exercises answered)")
    assert len([key for key in kept(one) if key.startswith(f"{COURSE}:exercise:{name}/")]) == 2


def test_whatever_is_stored(open_page):
    """No error, no mark that makes no sense, and all forms and questions alive."""
    page = open_page(CHAPTER)
    page.evaluate("document.getElementById('the-map').scrollIntoView()")
    wait_for_mark(page, " (begun)")
    check(page)
    names = page.evaluate(KEYS, COURSE)
    page.close()
    page = open_page(FIRST)  # which keeps nothing itself
    for junk in JUNK:
        page.evaluate(SPOIL, [names, junk])
        page.reload(wait_until="domcontentloaded")
        assert page.locator(".sgd-go-on a").count() == 0, junk
        said = page.locator(".sgd-progress .sgd-unseen").all_text_contents()
        assert set(said) <= {" (begun)", " (read)"}, junk
        chapter = open_page(CHAPTER)
        forms = chapter.locator(".sgd-exercise form")
        assert [form.is_visible() for form in forms.all()] == [True] * 4, junk
        assert chapter.locator(".sgd-quiz .sgd-predicted").count() == 5, junk
        values = chapter.locator(".sgd-exercise input").evaluate_all(
            "(all) => all.map((field) => field.value)"
        )
        assert set(values) == {""}, junk
        chapter.close()


def test_a_place_that_is_not_in_the_book(open_page):
    """A link leads to a page of the sidebar or is not there; words are words."""
    page = open_page(FIRST)
    for last, shown in (
        ({"page": "javascript:alert(1)", "id": "a", "title": "b"}, None),
        ({"page": "../../elsewhere", "id": "a", "title": "b"}, None),
        (
            {"page": "chapters/sgd", "id": 'a b"><img src=x>', "title": "<img src=x>"},
            "sgd.html#a%20b%22%3E%3Cimg%20src%3Dx%3E",
        ),
        ({"page": "chapters/sgd", "id": 5, "title": "x" * 100_000}, "sgd.html"),
    ):
        page.evaluate(
            "([key, last]) => localStorage.setItem(key, last)", [f"{COURSE}:left:last", json.dumps(last)]
        )
        page.reload(wait_until="domcontentloaded")
        links = page.locator(".sgd-go-on a")
        assert [link.get_attribute("href").rpartition("/")[2] for link in links.all()] == (
            [shown] if shown else []
        )
        assert page.locator(".sgd-go-on img").count() == 0


def test_without_a_place_to_keep_it(browser, roots, open_page):
    """Storage that throws: the marks last as long as the page. No scripts: nothing is shown, nothing fails."""
    open_page.context.add_init_script(BLOCKED)
    page = open_page(CHAPTER)
    page.evaluate("document.getElementById('the-map').scrollIntoView()")
    check(page)
    wait_for_mark(page, " (begun, 1 of 4 exercises answered)")
    assert open_page(FIRST).locator(".sgd-go-on").is_hidden()
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(roots["file"] + FIRST, timeout=PATIENCE)
    assert plain.locator(".sgd-go-on, .sgd-progress").count() == 0
    context.close()


def test_accessible_on_a_phone_and_not_on_paper(open_page):
    page = open_page(CHAPTER)
    page.evaluate("document.getElementById('the-map').scrollIntoView()")
    check(page)
    wait_for_mark(page, " (begun, 1 of 4 exercises answered)")
    page = open_page(FIRST)
    page.set_viewport_size(PHONE)
    page.evaluate(DRAWN)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size(WIDE)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert axe_of(page, ".sgd-go-on", ".bd-links", "ol.sgd-chapters") == []
    page.emulate_media(media="print")
    assert page.locator(".sgd-go-on:visible, .sgd-progress:visible").count() == 0
