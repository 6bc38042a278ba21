"""What the reader typed is kept: whatever stands in the store, in two tabs, over editions and changed questions; it is
taken along, brought and forgotten; and where the browser keeps nothing, the page says so and its theme lives."""

from __future__ import annotations

import json
import re

import exercises as extension
import pytest
from patience import DRAWN, PATIENCE
from site_pages import AXE, BOOK, PHONE, ROOT, SITE, WIDE, axe_of

from sgdlib.exercises import Choice, Number, Quiz, exercises_of, quizzes_of

COURSE = "sgd-momentum-nesterov"
OURS = f"{COURSE}:2:"
CHAPTER = "what-next"  # the smallest page that has all of it
FIRST, PAGE = "chapters/index.html", f"chapters/{CHAPTER}.html"
FIELDS = [
    (name, key, wanted)
    for name, exercise in exercises_of(CHAPTER).items()
    for key, wanted in exercise.answers.items()
    if isinstance(wanted, Number)
]
QUIZZES = list(quizzes_of(CHAPTER).values())
DROPPED = "What was kept of your answer could not be read and is gone: answer again."
OLDER = "You answered an earlier version of this question"
NOT_KEPT = "Your answers will be gone when you leave or close this page: "

LONG = "1" * 1_000_000
# Values that no page of the course has written, as they stand in the store, whatever the kind.
HOSTILE = [
    *("", " ", "{", "undefined", "NaN", "'1'", "null", "0", "5", "1e999", "true", "false", '""', "[]", "{}", "[[]]"),
    *("[[[]]]", "[null]", "[1,2]", "[1,2,3]", '["1"]', '["1",true]', '["1",true,"a","b"]', '["1","true","a"]'),
    *('[1,true,"a"]', '[{},true,"a"]', '[[],true,"a"]', '[null,true,"a"]', '["",true,"a"]', '[1e999,true,"a"]'),
    *('["1",1,"a"]', '["1",null,"a"]', '["1",true,null]', '["1",true,5]', '["1",true,["a"]]', '[-1,"a"]', '[1.5,"a"]'),
    *('["0","a"]', '[null,"a"]', '[0]', '[0,null]', '[0,0]', '[true,"a"]', '{"length":5}', '{"length":0}'),
    *('{"length":[]}', '{"length":{}}', '{"length":true}', '{"length":{"0":"1","1":true}}', '{"0":"1","1":true}'),
    *('{"__proto__":["1",true,"a"]}', '{"constructor":1}', '{"toString":1}', '{"page":{}}', '{"page":""}'),
    *('{"exercises":{},"questions":[]}', '{"exercises":[1],"questions":[]}', '{"exercises":[]}'),
    *(f'["{LONG}",true,"a"]', f'["{"1" * 201}",true,"a"]', f'["1",true,"{"a" * 41}"]', f'{"[" * 5000}{"]" * 5000}'),
]  # fmt: skip
# What has the right form and is still no answer to anything on the page.
UNFIT = {
    "exercise": ['["1\\n2",true,"a"]', '["\\r",false,"a"]'],
    "quiz": ['[99,"a"]', '[4294967296,"a"]'],
}
DENIED = "get() { throw new DOMException('denied', 'SecurityError'); }"
FULL = "() => { throw new DOMException('full', 'QuotaExceededError'); }"
BROKEN = {
    "blocked": f"Object.defineProperties(window, {{ localStorage: {{ {DENIED} }}, sessionStorage: {{ {DENIED} }} }});",
    "null": "Object.defineProperty(window, 'localStorage', { value: null });",
    "full": f"Storage.prototype.setItem = {FULL};",
    "shut": f"for (const name of ['setItem', 'getItem', 'removeItem']) Storage.prototype[name] = {FULL};",
}
# In the page: fill the store to its last byte.
FILL = """() => {
    for (let size = 1 << 22, k = 0; size >= 1; )
        try { localStorage.setItem(`filler-${k}`, "x".repeat(size)); k += 1; } catch { size >>= 1; }
    try { for (let k = 0; ; k += 1) localStorage.setItem(String.fromCharCode(65 + k), ""); } catch { /* full */ }
}"""


@pytest.fixture
def open_page(browser, roots):
    """Open pages in tabs of one window; whatever is thrown on them fails the test."""
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    context.route("**/sgd-widgets.js*", lambda route: route.abort())
    wrong = []

    def opened(path: str = PAGE, scheme: str = "http"):
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(error.stack))
        page.goto(roots[scheme] + path, wait_until="domcontentloaded")
        return page

    opened.context = context
    yield opened
    context.close()
    assert wrong == []


def store(page, entries: dict[str, str]) -> None:
    page.evaluate(
        "(entries) => { for (const entry of Object.entries(entries)) localStorage.setItem(...entry); }",
        entries,
    )


def kept(page, kinds: tuple[str, ...] = ("",)) -> dict:
    """What stands in the store under the edition's keys, of these kinds or all, read."""
    found = page.evaluate("Object.entries(localStorage)")
    ours = {key.removeprefix(OURS): text for key, text in found if key.startswith(OURS)}
    return {place: json.loads(text) for place, text in ours.items() if place.startswith(kinds)}


def answers(page) -> dict:
    """What was answered, without the marks, which go on as the page scrolls."""
    return kept(page, ("exercise", "quiz"))


def again(page):
    page.reload(wait_until="domcontentloaded")
    return page


def field(page, name: str, key: str):
    return page.locator(f"#answer-{name}-{key}")


def said(page, name: str, key: str) -> str:
    return page.locator(f"#said-{name}-{key}").text_content()


def check(page, name: str, key: str, text: str) -> None:
    field(page, name, key).fill(text)
    field(page, name, key).press("Enter")


def choose(page, quiz: Quiz, place: int = 0) -> None:
    page.locator(f"[data-quiz='{quiz.name}'] summary").nth(place).click()


def verdict(page, quiz: Quiz) -> str:
    return page.locator(f"[data-quiz='{quiz.name}'] .sgd-predicted p").text_content()


def button(page, name: str):
    return page.locator(".sgd-kept").get_by_role("button", name=name, exact=True)


# ---------------------------------------------------------------- whatever is stored


def test_no_value_is_read_that_no_page_has_written(open_page):
    """Of every kind; what fits one kind by chance is what that kind may be."""
    page = open_page(FIRST)
    found = page.evaluate(
        """([texts, start]) => ["exercise", "quiz", "code", "page", "read", "left", "open"].flatMap((kind) =>
            texts.flatMap((text) => {
                localStorage.setItem(`${start}${kind}:x`, text);
                const value = sgdKept.read(kind, "x");
                localStorage.removeItem(`${start}${kind}:x`);
                return value === null ? [] : [[kind, JSON.stringify(value).slice(0, 40)]];
            }))""",
        [HOSTILE, OURS],
    )
    assert [tuple(each) for each in found] == [("code", '""'), ("read", "true"), ("open", "true")]
    assert page.evaluate("sgdKept.read('exercise', 'nothing')") is None
    assert page.evaluate("sgdKept.write('exercise', 'x', ['1', true])") is False
    assert page.evaluate("sgdKept.write('__proto__', 'x', true)") is False
    assert kept(page) == {}


# In the page: whether all forms are alive, what stands in each field and below it, and what is said of each question.
SEEN = """() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    return {
        forms: all(".sgd-exercise form").every((form) => form.checkVisibility()),
        fields: Object.fromEntries(all(".sgd-exercise input").map((field) => [
            `exercise:${field.closest(".sgd-exercise").dataset.exercise}/${field.name}`,
            [field.value, document.getElementById(field.getAttribute("aria-describedby")).textContent],
        ])),
        questions: Object.fromEntries(all(".sgd-quiz:has(.sgd-predicted)").map((quiz) => [
            quiz.dataset.quiz, quiz.querySelector(".sgd-predicted p").textContent,
        ])),
    };
}"""


def test_a_bad_value_takes_only_itself_away(open_page):
    """A bad value in each field, a good one beside them: forms and questions live, what is bad goes with a word."""
    page = open_page()
    (good, key, wanted), *others = FIELDS
    mark = page.evaluate(
        "([name, key]) => JSON.parse(document.querySelector(`[data-exercise='${name}']`).dataset.answers)[key].asked",
        [good, key],
    )
    some = HOSTILE[::4] + HOSTILE[-4:]
    bad, worst = UNFIT["exercise"] + some, UNFIT["quiz"] + some
    places = [f"exercise:{name}/{each}" for name, each, _ in others]
    for first in range(0, len(bad), len(places)):
        texts = dict(zip(places, bad[first:], strict=False))
        texts |= {f"quiz:{quiz.name}": text for quiz, text in zip(QUIZZES, worst[first:], strict=False)}
        texts |= {f"{kind}:{PAGE[:-5]}": bad[first] for kind in ("page", "read")} | {"left:last": bad[first]}
        answer = json.dumps([repr(float(wanted.answer)), True, mark])
        store(
            page, {OURS + place: text for place, text in {**texts, f"exercise:{good}/{key}": answer}.items()}
        )
        again(page)
        seen = page.evaluate(SEEN)
        assert seen["forms"] and len(seen["questions"]) == len(QUIZZES)
        assert seen["fields"].pop(f"exercise:{good}/{key}")[1].startswith("✓ Right.")
        assert seen["fields"] == {
            f"exercise:{name}/{each}": ["", DROPPED if f"exercise:{name}/{each}" in texts else ""]
            for name, each, _ in others
        }
        for quiz in QUIZZES:
            text = texts.get(f"quiz:{quiz.name}")
            sentence = f"{OLDER}: predict again." if text in UNFIT["quiz"] else DROPPED
            assert seen["questions"][quiz.name] == ("" if text is None else sentence), text
        assert set(answers(page)) == {f"exercise:{good}/{key}"}
    assert {"maxlength": "200"}.items() <= page.evaluate(
        "Object.fromEntries([...document.querySelector('.sgd-field input').attributes].map((a) => [a.name, a.value]))"
    ).items()


# ---------------------------------------------------------------- an older edition


def test_an_older_edition_is_read_over_once_and_left_alone(open_page):
    """Its answers are shown; which question they were answers to is not known, so they are checked again."""
    page = open_page(FIRST)
    quiz, other = QUIZZES[:2]
    name, key, wanted = FIELDS[0]
    old = {
        f"exercise:{name}": json.dumps({key: ["7", True], "__proto__": ["1", True], "bad": 5}),
        "exercise:read-the-arrows": '{"length":5}',
        f"quiz:{quiz.name}": json.dumps(quiz.choices[1].text),
        f"quiz:{other.name}": json.dumps("Words that stand there no more."),
        "code:half-terminal-speed": json.dumps("steps = 7"),
        "page:chapters/momentum": json.dumps({"exercises": [name], "questions": [quiz.name]}),
        "read:chapters/momentum": "true",
        "all-open": "true",
        "left:last": "[]",
    }
    store(page, {f"{COURSE}:{place}": text for place, text in old.items()})
    page = open_page()
    assert kept(page) == {
        f"exercise:{name}/{key}": ["7", True, ""],
        f"exercise:{name}/__proto__": ["1", True, ""],
        f"quiz:{quiz.name}": [1, page.locator(f"[data-quiz='{quiz.name}']").get_attribute("data-asked")],
        "code:half-terminal-speed": "steps = 7",
        "page:chapters/momentum": {"exercises": [name], "questions": [quiz.name]},
        "read:chapters/momentum": True,
        "open:all": True,
        "older:read": True,
    }
    assert field(page, name, key).input_value() == "7"
    assert said(page, name, key) == f"{OLDER}: check it again."
    assert verdict(page, quiz)[:1] in "✓✗" and verdict(page, other) == f"{OLDER}: predict again."
    assert page.locator("details.sgd-why[open]").count() == page.locator("details.sgd-why").count()
    # It has its own still, is not overwritten, and is not read again.
    check(page, name, key, repr(float(wanted.answer)))
    store(page, {f"{COURSE}:exercise:{name}": json.dumps({key: ["8", True]})})
    again(page)
    assert said(page, name, key).startswith("✓ Right.")
    assert (
        page.evaluate("(key) => localStorage.getItem(key)", f"{COURSE}:quiz:{quiz.name}")
        == old[f"quiz:{quiz.name}"]
    )


# ---------------------------------------------------------------- the question


def test_the_fingerprint_is_of_what_is_asked():
    number = Number("steps", 7, "Count.")
    assert extension.asked(number) == extension.asked(Number("steps", 7, "Look.", tolerance=0.1))
    others = [Number("updates", 7, "Count."), Number("steps", 8, "Count."), Number("steps", 7.1, "Count.")]
    two, eleven = Choice("2", "It is."), Choice("11", "It is.", right=True)
    quizzes = [
        Quiz("q", "1 + 1?", (two, eleven), bool),
        Quiz("q", "1 + 1?", (eleven, two), bool),
        Quiz("q", "1 + 2?", (two, eleven), bool),
        Quiz("q", "1 + 1?", (Choice("2", "It is.", right=True), Choice("11", "It is.")), bool),
    ]
    assert len({extension.asked(each) for each in [number, *others, *quizzes]}) == 8


def test_every_form_and_every_question_carries_it():
    for path in (SITE / "chapters").glob("*.html"):
        html = path.read_text(encoding="utf-8")
        marks = re.findall(r'data-quiz="[^"]*"( data-asked="[0-9a-f]{10}")?', html)
        assert all(marks), path.name
        assert html.count("&quot;slack&quot;") == len(
            re.findall("&quot;asked&quot;: &quot;[0-9a-f]{10}&quot;", html)
        )


def test_an_answer_to_another_question_is_shown_and_not_graded(open_page):
    page = open_page()
    (name, key, _), quiz = FIELDS[0], QUIZZES[0]
    check(page, name, key, "7")
    choose(page, quiz, 1)
    before = answers(page)
    store(page, {OURS + place: json.dumps([*value[:-1], "other"]) for place, value in before.items()})
    again(page)
    assert field(page, name, key).input_value() == "7"
    assert said(page, name, key) == f"{OLDER}: check it again."
    assert page.locator(f"#said-{name}-{key}").get_attribute("data-right") is None
    assert verdict(page, quiz) == f"{OLDER}."
    assert page.locator(f"[data-quiz='{quiz.name}'] .sgd-choice").nth(1).locator(".sgd-badge").count() == 1
    field(page, name, key).press("Enter")
    assert said(page, name, key).startswith(("✓", "✗"))
    page.locator(f"[data-quiz='{quiz.name}']").get_by_role("button", name=re.compile("Ask me again")).click()
    choose(page, quiz, 1)
    assert before.items() <= kept(page).items()


def test_a_renamed_field_finds_its_answer(open_page):
    page = open_page()
    name, key, _ = FIELDS[0]
    check(page, name, key, "7")
    value = kept(page)[f"exercise:{name}/{key}"]
    page.evaluate("localStorage.clear()")
    store(
        page,
        {f"{OURS}exercise:{name}/before": json.dumps(value), f"{OURS}exercise:{name}/more": '["8",true,"a"]'},
    )
    again(page)
    assert field(page, name, key).input_value() == "7" and said(page, name, key)
    assert {place: each[0] for place, each in kept(page).items() if place.startswith("exercise")} == {
        f"exercise:{name}/{key}": "7",
        f"exercise:{name}/more": "8",
    }


def test_a_translated_page_keeps_the_place_of_the_choice(open_page):
    page = open_page()
    quiz = QUIZZES[0]
    page.evaluate(
        """() => {
            for (const summary of document.querySelectorAll(".sgd-choice > summary")) {
                const font = document.createElement("font");
                font.textContent = "übersetzt";
                summary.firstChild.replaceWith(font);
            }
        }"""
    )
    choose(page, quiz, 1)
    again(page)
    badges = page.locator(f"[data-quiz='{quiz.name}'] .sgd-choice").nth(1).locator(".sgd-badge")
    assert badges.count() == 1 and verdict(page, quiz)[:1] in "✓✗"


# ---------------------------------------------------------------- two tabs


def test_two_tabs_show_each_others_answers(open_page):
    """Both opened before either was used: nothing is lost, and what one does the other shows."""
    one, other = open_page(), open_page()
    name, *_ = next(each for each in FIELDS if sum(each[0] == more[0] for more in FIELDS) > 1)
    keys = [key for exercise, key, _ in FIELDS if exercise == name]
    check(one, name, keys[0], "0.25")
    other.wait_for_function(
        "(id) => document.getElementById(id).value === '0.25'", arg=f"answer-{name}-{keys[0]}"
    )
    assert said(other, name, keys[0]) == said(one, name, keys[0])
    check(other, name, keys[1], "0.5")
    one.wait_for_function(
        "(id) => document.getElementById(id).value === '0.5'", arg=f"answer-{name}-{keys[1]}"
    )
    choose(one, QUIZZES[0], 1)
    other.wait_for_function("document.querySelector('.sgd-quiz .sgd-badge')")
    assert verdict(other, QUIZZES[0]) == verdict(one, QUIZZES[0])
    field(other, name, keys[1]).fill("")
    one.wait_for_function("(id) => document.getElementById(id).value === ''", arg=f"answer-{name}-{keys[1]}")
    fields = {place: value[0] for place, value in kept(one).items() if place.startswith("exercise")}
    assert fields == {f"exercise:{name}/{keys[0]}": "0.25"}
    button(one, "Forget my answers").click()
    button(one, "Forget all of it").click()
    other.wait_for_function(
        "(id) => document.getElementById(id).value === ''", arg=f"answer-{name}-{keys[0]}"
    )
    other.wait_for_function("!document.querySelector('.sgd-badge')")
    assert kept(one) == {}


# ---------------------------------------------------------------- nothing is kept


def theme_and_search(page) -> None:
    """The switch of the theme, the button of the search and its key."""
    seen = set()
    for _ in range(3):
        page.locator("button.theme-switch-button:visible").click()
        seen.add(page.evaluate("document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}
    own = page.locator("article form.bd-search")
    page.keyboard.press("Control+k")
    if own.count():
        assert page.evaluate("document.activeElement.closest('article form.bd-search') !== null")
        return
    assert page.locator("#pst-search-dialog").is_visible()
    page.keyboard.press("Escape")
    page.locator(".search-button:visible, .search-button__button:visible").first.click()
    assert page.locator("#pst-search-dialog").is_visible()
    page.keyboard.press("Escape")


SOME = ["chapters/index.html", "chapters/glossary.html", "search.html"]


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.foreign if kind == "shut" else ()) for kind in BROKEN]
)
@pytest.mark.parametrize("scheme", ["http", pytest.param("file", marks=pytest.mark.foreign)])
def test_without_a_store_the_page_says_so_and_lives(open_page, kind, scheme):
    """Exercises, questions, theme and search work, no script breaks down, and the answers can be taken along."""
    open_page.context.add_init_script(BROKEN[kind])
    page = open_page(PAGE, scheme)
    page.wait_for_load_state()
    line = page.locator(".sgd-not-kept")
    assert line.is_visible() and line.text_content().startswith(NOT_KEPT)
    theme_and_search(page)
    name, key, wanted = FIELDS[0]
    check(page, name, key, repr(float(wanted.answer)))
    choose(page, QUIZZES[0])
    assert said(page, name, key).startswith("✓ Right.") and page.locator(".sgd-badge").count() == 1
    with page.expect_download() as download:
        button(page, "Take my answers with me").click()
    file = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert {f"exercise:{name}/{key}", f"quiz:{QUIZZES[0].name}"} <= set(file["kept"])
    assert line.count() == 1


@pytest.mark.parametrize(
    "path", [*SOME, *(pytest.param(p, marks=pytest.mark.foreign) for p in BOOK if p not in SOME)]
)
def test_the_theme_lives_on_every_page_without_a_store(open_page, path):
    open_page.context.add_init_script(BROKEN["blocked"])
    page = open_page(path)
    page.wait_for_load_state()
    theme_and_search(page)
    # Where there is nothing to answer there is nothing to say.
    assert page.locator(".sgd-not-kept").count() == (
        path == FIRST or page.locator(".sgd-quiz, form .sgd-field").count() > 0
    )


def test_a_store_that_is_full_or_fills_up(open_page):
    """To the last byte; before the visit, and during it: then the line stands where the reader is."""
    page = open_page()
    page.evaluate(FILL)
    name, key, wanted = FIELDS[0]
    check(page, name, key, "7")
    before = page.locator(f"[data-exercise='{name}']").evaluate(
        "(box) => box.previousElementSibling.className"
    )
    assert before == "sgd-not-kept" and page.locator(".sgd-not-kept").is_visible()
    field(page, name, key).fill("77")
    assert page.evaluate("([n, k]) => sgdKept.read('exercise', `${n}/${k}`)[0]", [name, key]) == "77"
    again(page).wait_for_load_state()
    assert page.locator(".sgd-not-kept").is_visible()
    theme_and_search(page)
    # What was kept before can still be read, and with room again all is kept.
    page.evaluate("localStorage.clear()")
    again(page)
    check(page, name, key, repr(float(wanted.answer)))
    assert page.locator(".sgd-not-kept").count() == 0
    assert said(again(page), name, key).startswith("✓ Right.")


# ---------------------------------------------------------------- taken along, brought, forgotten


@pytest.mark.parametrize("scheme", ["http", pytest.param("file", marks=pytest.mark.foreign)])
def test_out_and_in(browser, roots, open_page, tmp_path, scheme):
    """One file out of one browser and into another, on the page of the chapter and on the first."""
    page = open_page(PAGE, scheme)
    name, key, wanted = FIELDS[0]
    assert (
        button(page, "Take my answers with me").is_hidden() and button(page, "Forget my answers").is_hidden()
    )
    check(page, name, key, repr(float(wanted.answer)))
    choose(page, QUIZZES[0], 1)
    with page.expect_download() as download:
        button(page, "Take my answers with me").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "sgd-momentum-nesterov-answers.json"
    before = answers(page)
    button(page, "Forget my answers").click()
    assert page.evaluate("document.activeElement.textContent") == "Keep it"
    page.keyboard.press("Escape")
    assert (
        answers(page) == before and page.evaluate("document.activeElement.textContent") == "Forget my answers"
    )
    page.keyboard.press("Enter")
    button(page, "Forget all of it").click()
    assert page.evaluate("document.activeElement.textContent").startswith("Forgotten")
    assert (
        page.evaluate("(course) => Object.keys(localStorage).filter((key) => key.startsWith(course))", COURSE)
        == []
    )
    assert (
        field(page, name, key).input_value() == "" and page.locator(".sgd-badge, .sgd-progress").count() == 0
    )
    page.locator(".sgd-kept input[type=file]").set_input_files(path)
    page.wait_for_function(
        "document.querySelector('.sgd-kept [role=status]').textContent.startsWith('Brought')"
    )
    assert answers(page) == before
    assert said(page, name, key).startswith("✓ Right.") and page.locator(".sgd-badge").count() == 1
    # Brought over what is newer, by mistake.
    check(page, name, key, "77")
    choose(page, QUIZZES[1])
    page.locator(f"[data-quiz='{QUIZZES[0].name}']").get_by_role("button").click()
    older = {f"{COURSE}:quiz:other": '"another edition\'s"'}
    store(page, older)
    newer = answers(page)
    page.locator(".sgd-kept input[type=file]").set_input_files(path)
    button(page, "As it was").click()
    assert field(page, name, key).input_value() == "77" and answers(page) == newer
    assert page.evaluate("(key) => localStorage.getItem(key)", *older) == older[f"{COURSE}:quiz:other"]

    first = open_page(FIRST, scheme)
    button(first, "Forget my answers").click()
    button(first, "Keep it").click()
    assert kept(first)[f"exercise:{name}/{key}"][0] == "77"
    button(first, "Forget my answers").click()
    button(first, "Forget all of it").click()
    assert kept(first) == {} and first.locator(".sgd-progress").count() == 0
    first.locator(".sgd-kept input[type=file]").set_input_files(path)
    first.wait_for_function("document.querySelector('.sgd-progress')")
    assert answers(first) == before


WRONG = {
    "empty": b"",
    "a picture": b"\x89PNG\r\n\x1a\n\x00\xff",
    "a list": b"[]",
    "another course": b'{"course": "adam", "edition": 2, "kept": {}}',
    "another edition": json.dumps({"course": COURSE, "edition": 3, "kept": {"read:a": True}}).encode(),
    "nothing in it": json.dumps({"course": COURSE, "edition": 2, "kept": [1]}).encode(),
}
ODD = {
    "exercise:__proto__/x": ["1", True, "a"],
    "__proto__:x": True,
    "constructor:x": True,
    "exercise": ["1", True, "a"],
    "exercise:": ["1", True, "a"],
    "older:read": True,
    "read:a": None,
    "quiz:b": [0, 1],
    "mode:x": "dark",
    f"read:{'a' * 300}": True,
    "code:c": "x" * 20_001,
    "read:chapters/sgd": True,
}


def test_a_file_that_is_not_ours(open_page):
    """One sentence, and nothing changes; of a file with odd entries only those that fit are kept."""
    page = open_page()
    status = page.locator(".sgd-kept [role=status]")
    for name, content in WRONG.items():
        page.locator(".sgd-kept input[type=file]").set_input_files(
            {"name": f"{name}.json", "mimeType": "application/json", "buffer": content}
        )
        words = f"“{name}.json” holds no answers to this edition of the course."
        page.wait_for_function(
            "(words) => document.querySelector('.sgd-kept [role=status]').textContent === words", arg=words
        )
        assert kept(page) == {}
    odd = json.dumps({"course": COURSE, "edition": 2, "kept": ODD}).encode()
    page.locator(".sgd-kept input[type=file]").set_input_files(
        {"name": "<img src=x>.json", "mimeType": "application/json", "buffer": odd}
    )
    page.wait_for_function(
        "document.querySelector('.sgd-kept [role=status]').textContent.startsWith('Brought')"
    )
    assert status.text_content().startswith("Brought from “<img src=x>.json”: 2 entries.")
    assert set(kept(page)) == {"exercise:__proto__/x", "read:chapters/sgd"}


def test_accessible_on_a_phone_and_not_on_paper(open_page):
    page = open_page()
    check(page, *FIELDS[0][:2], "7")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    # It reads the whole page first.
    page.evaluate("document.querySelector('article').replaceChildren(document.querySelector('.sgd-kept'))")
    page.evaluate(
        "for (const each of document.querySelectorAll('nav, .sidebar, dialog, .bd-sidebar')) each.remove()"
    )
    assert axe_of(page, ".sgd-kept") == []
    page.set_viewport_size(PHONE)
    page.evaluate(DRAWN)
    button(page, "Forget my answers").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert all(each.bounding_box()["height"] >= 24 for each in page.locator(".sgd-kept button:visible").all())
    page.emulate_media(media="print")
    assert page.locator(".sgd-kept:visible").count() == 0


def test_one_script_touches_the_store():
    """What another kept by itself would be neither checked, nor taken along, nor forgotten."""
    places = [ROOT / "sgdlib", *(ROOT / "chapters").glob("_[!t]*")]
    found = {
        path.name
        for place in places
        for path in place.rglob("*js")
        if re.search(r"(local|session)Storage", path.read_text(encoding="utf-8"))
    }
    assert found == {"kept.js"}
