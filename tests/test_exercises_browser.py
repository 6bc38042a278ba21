"""The exercises and questions on the built site, as a reader uses them: typed, by keys alone, after a reload, on paper.

What the page says of an answer is compared with what sgdlib says of it in Python.
"""

from __future__ import annotations

import re

import pytest
from patience import DRAWN, PATIENCE
from site_pages import AXE, BOOK, PHONE, SITE, WIDE

from sgdlib.exercises import GRADES, Exercise, Function, Number, Quiz, chapters, exercises_of, quizzes_of

PAGES = {f"chapters/{chapter}.html": chapter for chapter in chapters()}
every_page = pytest.mark.parametrize("path", PAGES, scope="module")
# Where the script is asked and not what stands on the page, some pages are enough; `make foreign` takes the others.
SOME = [f"chapters/{chapter}.html" for chapter in ("warm-up", "momentum", "tuning")]
some_pages = pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=() if path in SOME else pytest.mark.foreign) for path in PAGES],
    scope="module",
)
# In the page: type each text into its field, check, and read what is said.
CHECK = """(cases) => cases.map(([exercise, key, text]) => {
    const form = document.querySelector(`[data-exercise="${exercise}"] form`);
    for (const field of form.querySelectorAll("input")) field.value = "";
    const field = form.elements.namedItem(key);
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    form.requestSubmit();
    const said = document.getElementById(field.getAttribute("aria-describedby"));
    return [said.dataset.right, said.querySelector("span + span")?.textContent, said.textContent[0]];
})"""
NONSENSE = (
    "",
    "a lot",
    "1/0",
    "3/4/5",
    "--3",
    "0x10",
    "Infinity",
    "1e999",
    "1 2",
    "5 million",
    "98,765",
    "η = −1½ %",
    "9.876 steps",
    "e3",
    ".",
    "/2",
)


def exercises_on(path: str) -> list[Exercise]:
    """The exercises of a page, in its order."""
    return list(exercises_of(PAGES[path]).values())


def quizzes_on(path: str) -> list[Quiz]:
    """The questions of a page, in its order."""
    return list(quizzes_of(PAGES[path]).values())


def with_numbers(path: str) -> dict[str, dict[str, Number]]:
    """The exercises of a page that ask for numbers, and those numbers."""
    found = {
        exercise.name: {k: a for k, a in exercise.answers.items() if isinstance(a, Number)}
        for exercise in exercises_on(path)
    }
    return {name: numbers for name, numbers in found.items() if numbers}


def spellings(value: float) -> dict[str, float]:
    """The ways to write a number, and what each stands for."""
    plain = repr(value)
    return {
        plain: value,
        f"  {plain} ": value,
        plain.replace("-", "−"): value,
        plain.replace(".", ","): value,
        f"{value:+.6e}": float(f"{value:+.6e}"),
        f"{value:.6E}": float(f"{value:.6E}"),
        f"{3 * value!r}/3": 3 * value / 3,
        f"{-8 * value!r} / −8".replace("-", "−"): value,
    }


def cases(wanted: Number, *, odd: bool) -> dict[str, float | None]:
    """What to type for a number, and what is meant, None where the grammar alone reads it; few cases unless odd."""
    answer = float(wanted.answer)
    off = [
        -answer,
        100 * answer,
        1.02 * answer,
        1.004 * answer,
        0.98 * answer,
        answer + 0.4,
        answer + 1,
        answer - 1,
    ]
    off += [short for digits in range(1, 6) for short in wanted._shortened(digits)] if answer else []
    off += [0.996 * answer, 1.04 * answer, answer / 100]
    meant = [answer, *(float(mistake.answer) for mistake in wanted.mistakes), *off, answer + 1e6, 0.0]
    if not odd:
        return {"a lot": None, **{repr(each): each for each in meant[: 3 + len(wanted.mistakes)]}}
    return {**dict.fromkeys(NONSENSE), **{repr(each): each for each in meant}, **spellings(answer)}


# The widgets' script takes long, and has no part in this.
OTHERS = re.compile(r"sgd-widgets\.js")


@pytest.fixture(scope="module")
def contexts(browser, roots):
    """A window for each way to open the site."""
    made = {scheme: browser.new_context(viewport=WIDE, reduced_motion="reduce") for scheme in roots}
    for context in made.values():
        context.set_default_timeout(PATIENCE)
        context.route(OTHERS, lambda route: route.abort())
    yield made
    for context in made.values():
        context.close()


@pytest.fixture(scope="module")
def opened(contexts, roots, path):
    """The page over http, opened once for its tests: pytest runs all tests of a path together."""
    page = contexts["http"].new_page()
    page.goto(roots["http"] + path, wait_until="domcontentloaded")
    yield page
    page.close()


# In the page: as on a first visit.
ANEW = """() => {
    for (const button of document.querySelectorAll(".sgd-quiz button:not([hidden])")) button.click();
    for (const box of document.querySelectorAll(".sgd-choice, .tag_exercise details")) box.open = false;
    for (const field of document.querySelectorAll(".sgd-exercise input")) {
        field.value = "";
        field.dispatchEvent(new Event("input"));
    }
    localStorage.clear();
    document.activeElement.blur();
}"""


@pytest.fixture
def page(opened):
    """The page over http, as on a first visit."""
    opened.set_viewport_size(WIDE)
    opened.emulate_media(media="screen", color_scheme="light", reduced_motion="reduce")
    opened.evaluate(ANEW)
    return opened


def said(page, exercise: str, key: str):
    """The sentence below a field."""
    return page.locator(f"#said-{exercise}-{key} span + span")


def names_on(path: str) -> list[str]:
    """The questions and exercises of a page of the site, in no order."""
    text = (SITE / path).read_text(encoding="utf-8") if (SITE / path).is_file() else ""
    return sorted(re.findall(r'class="sgd-(?:exercise|quiz)"[^>]* data-(?:exercise|quiz)="([^"]+)"', text))


# ---------------------------------------------------------------- what stands where


def test_some_of_the_pages_are_there():
    assert set(SOME) < set(PAGES)


@every_page
def test_the_page_has_its_exercises_and_questions(path):
    assert names_on(path) == sorted(each.name for each in (*exercises_on(path), *quizzes_on(path)))


@pytest.mark.parametrize("path", BOOK)
def test_only_these_pages_load_the_script(path):
    text = (SITE / path).read_text(encoding="utf-8")
    scripts = re.findall(r'<script[^>]*src="[^"]*exercises\.js[^"]*"[^>]*>', text)
    assert len(scripts) == (1 if names_on(path) else 0)
    assert all(" defer" in script and "module" not in script for script in scripts)


@every_page
def test_the_form_asks_for_what_the_exercise_wants(page, path):
    for exercise in exercises_on(path):
        box = page.locator(f'[data-exercise="{exercise.name}"]')
        assert (
            box.locator(".sgd-grade").text_content()
            == f"{exercise.grade.capitalize()}: {GRADES[exercise.grade]}."
        )
        for key, answer in exercise.answers.items():
            if isinstance(answer, Number):
                field = box.get_by_label(answer.label, exact=True)
                assert field.is_visible() and field.get_attribute("inputmode") is None
                assert page.locator(f"#said-{exercise.name}-{key}").get_attribute("role") == "status"
        functions = [key for key, answer in exercise.answers.items() if isinstance(answer, Function)]
        words = f"{' and '.join(functions)}: checked in the notebook, "
        assert [
            text.partition("to download")[0] for text in box.locator(".sgd-elsewhere").all_text_contents()
        ] == ([words] if functions else [])
        assert box.locator(".sgd-plain:visible").count() == 0


@some_pages
def test_the_solution_is_folded_below_the_form(page, path):
    boxes = page.locator(".sgd-exercise + .tag_exercise > details")
    assert boxes.count() == page.locator(".tag_exercise").count() == len(exercises_on(path))
    for k in range(boxes.count()):
        box = boxes.nth(k)
        box.scroll_into_view_if_needed()
        assert box.locator("summary p:visible").all_text_contents() == ["Show the solution"]
        assert not box.locator(".cell_input").is_visible()
        box.locator("summary").click()
        assert box.locator(".cell_input").is_visible() and box.locator(".sgd-check").is_visible()
        assert "SOLUTION" not in box.text_content() and "= ..." not in box.text_content()


# ---------------------------------------------------------------- numbers


@every_page
def test_the_page_says_what_python_says(page, path):
    """The right number, each known mistake, the wrong sign and a percentage; of a page's first exercise also too few
    digits and what is no number."""
    asked = [
        (exercise, key, text, meant, wanted)
        for place, (exercise, numbers) in enumerate(with_numbers(path).items())
        for key, wanted in numbers.items()
        for text, meant in cases(wanted, odd=place == 0).items()
    ]
    assert asked
    answers = page.evaluate(CHECK, [case[:3] for case in asked])
    for (exercise, key, text, meant, wanted), heard in zip(asked, answers, strict=True):
        right, sentence = wanted.grade(text)
        assert meant is None or (right, sentence) == wanted.grade(meant), (exercise, key, text)
        assert heard == [str(right).lower(), sentence, "✓" if right else "✗"], (exercise, key, text)


# In the page: what stands in each field of an exercise, and what is said of it.
FIELDS = """(exercise) => Object.fromEntries([...document.querySelectorAll(`[data-exercise="${exercise}"] input`)].map(
    (field) => [field.name, [field.value, document.getElementById(`said-${exercise}-${field.name}`).textContent]]))"""
# In the page: type without checking.
TYPE = """([exercise, texts]) => {
    for (const [key, text] of Object.entries(texts)) {
        const field = document.getElementById(`answer-${exercise}-${key}`);
        field.value = text;
        field.dispatchEvent(new Event("input", { bubbles: true }));
    }
}"""


@some_pages
def test_an_exercise_by_keys_alone(page, path):
    exercise, numbers = next(iter(with_numbers(path).items()))
    box = page.locator(f'[data-exercise="{exercise}"]')
    # Where a reader has come to: the place just before the form.
    box.evaluate("(box) => { box.tabIndex = -1; box.focus(); }")
    page.keyboard.press("Tab")
    for key, wanted in numbers.items():
        assert page.evaluate("document.activeElement.id") == f"answer-{exercise}-{key}"
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        page.keyboard.type(repr(float(wanted.answer)))
        page.keyboard.press("Enter")
        assert said(page, exercise, key).text_content() == wanted.grade(wanted.answer)[1]
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").startswith("Check (Exercise 1")
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    last = list(numbers)[-1]
    assert said(page, exercise, last).text_content() == numbers[last].grade("?")[1]
    # What is wrong is where the reader goes on, and its sentence is what the field is described by.
    field = page.evaluate("[document.activeElement.id, document.activeElement.ariaInvalid]")
    assert field == [f"answer-{exercise}-{last}", "true"]


@some_pages
def test_an_empty_field_can_wait(page, path):
    for exercise, numbers in with_numbers(path).items():
        first, last = next(iter(numbers)), list(numbers)[-1]
        if first == last:
            continue
        button = page.locator(f'[data-exercise="{exercise}"] button[type=submit]')
        page.locator(f"#answer-{exercise}-{last}").fill(repr(float(numbers[last].answer)))
        button.click()
        assert said(page, exercise, first).count() == 0
        assert said(page, exercise, last).text_content().startswith("Right.")
        page.locator(f"#answer-{exercise}-{last}").fill("")
        button.click()
        both = [said(page, exercise, key).text_content() for key in (first, last)]
        assert both == [numbers[last].grade("")[1]] * 2


# ---------------------------------------------------------------- questions

# In the page: the words of the choice that has the focus, whether its answer is seen, and what it says.
HERE = """() => {
    const here = document.activeElement, answer = here.parentElement.querySelector("p");
    return [here.firstChild.textContent, answer.checkVisibility(), answer.textContent];
}"""


@some_pages
def test_every_choice_says_why_by_keys_alone(page, path):
    for quiz in quizzes_on(path):
        box = page.locator(f'[data-quiz="{quiz.name}"]')
        box.evaluate("(box) => { box.tabIndex = -1; box.focus(); }")
        for k, choice in enumerate(quiz.choices):
            page.keyboard.press("Tab")
            before = page.evaluate(HERE)
            page.keyboard.press("Enter" if k % 2 else "Space")
            verdict = "Right." if choice.right else "Not so."
            assert before == [choice.text, False, before[2]]
            assert page.evaluate(HERE)[1:] == [True, f"{verdict} {choice.why}"]


# In the page: which choices are open, each summary's words, the line below the question, and the button.
QUIZ = """(name) => {
    const quiz = document.querySelector(`[data-quiz="${name}"]`);
    const choices = [...quiz.querySelectorAll(".sgd-choice")];
    const seen = (element) => (element.checkVisibility() ? element.textContent : "");
    return {
        open: choices.map((choice) => choice.open),
        marked: choices.map((choice) => choice.querySelector("summary").textContent.endsWith(" your prediction")),
        said: seen(quiz.querySelector("[role=status]")),
        button: seen(quiz.querySelector("button")),
    };
}"""
CLICK = (
    """([name, k]) => document.querySelectorAll(`[data-quiz="${name}"] :is(summary, button)`)[k].click()"""
)


@some_pages
def test_the_first_choice_is_the_prediction(page, path):
    for quiz in quizzes_on(path):
        right = next(k for k, choice in enumerate(quiz.choices) if choice.right)
        count = len(quiz.choices)
        first = page.evaluate(QUIZ, quiz.name)
        assert first == {"open": [False] * count, "marked": [False] * count, "said": "", "button": ""}
        for k in (right, (right + 1) % count):
            page.evaluate(CLICK, [quiz.name, k])
        assert page.evaluate(QUIZ, quiz.name) == {
            "open": [k in (right, (right + 1) % count) for k in range(count)],
            "marked": [k == right for k in range(count)],
            "said": "✓ Your prediction is right.",
            "button": "Ask me again",
        }
        page.evaluate(CLICK, [quiz.name, count])
        assert page.evaluate(QUIZ, quiz.name) == first
        assert page.evaluate("document.activeElement.parentElement.parentElement.dataset.quiz") == quiz.name


# ---------------------------------------------------------------- the next visit


@some_pages
def test_all_is_kept_over_a_reload(page, path):
    check_that_all_is_kept(page, path)


def test_all_is_kept_on_a_page_from_disk(contexts, roots):
    page = contexts["file"].new_page()
    page.goto(roots["file"] + "chapters/momentum.html", wait_until="domcontentloaded")
    check_that_all_is_kept(page, "chapters/momentum.html")
    page.close()


def check_that_all_is_kept(page, path: str) -> None:
    """Answer all wrongly, come back; change the first answers, come back."""
    numbers, quizzes = with_numbers(path), quizzes_on(path)
    fields, questions = {}, {}
    for name, wanted in numbers.items():
        wrong = {key: float(each.answer) + 1e6 for key, each in wanted.items()}
        page.evaluate(TYPE, [name, {key: repr(number) for key, number in wrong.items()}])
        page.evaluate(
            "(name) => document.querySelector(`[data-exercise='${name}'] form`).requestSubmit()", name
        )
        fields[name] = {k: [repr(number), f"✗ {wanted[k].grade(number)[1]}"] for k, number in wrong.items()}
    for quiz in quizzes:
        right = next(k for k, choice in enumerate(quiz.choices) if choice.right)
        wrong = (right + 1) % len(quiz.choices)
        page.evaluate(CLICK, [quiz.name, wrong])
        page.evaluate(CLICK, [quiz.name, right])
        # The prediction is open and marked; what was opened after it is closed again.
        chosen = [k == wrong for k in range(len(quiz.choices))]
        words = "✗ Your prediction is not right. Which one is?"
        questions[quiz.name] = {"open": chosen, "marked": chosen, "said": words, "button": "Ask me again"}
    # What is kept goes to another process of the browser; a reader does not come back within the same frame.
    page.evaluate(DRAWN)
    page.reload(wait_until="domcontentloaded")
    assert {name: page.evaluate(FIELDS, name) for name in numbers} == fields
    assert {quiz.name: page.evaluate(QUIZ, quiz.name) for quiz in quizzes} == questions

    # What is typed anew is not judged before it is checked, and is kept all the same; what is emptied is forgotten.
    first, *others = numbers
    texts = {key: repr(float(each.answer)) for key, each in numbers[first].items()}
    page.evaluate(TYPE, [first, texts])
    fields[first] = {key: [text, ""] for key, text in texts.items()}
    assert page.evaluate(FIELDS, first) == fields[first]
    for name in others:
        page.evaluate(TYPE, [name, dict.fromkeys(numbers[name], "")])
        fields[name] = {key: ["", ""] for key in numbers[name]}
    page.evaluate(CLICK, [quizzes[0].name, len(quizzes[0].choices)])
    no = [False] * len(quizzes[0].choices)
    questions[quizzes[0].name] = {"open": no, "marked": no, "said": "", "button": ""}
    page.reload(wait_until="domcontentloaded")
    assert {name: page.evaluate(FIELDS, name) for name in numbers} == fields
    assert {quiz.name: page.evaluate(QUIZ, quiz.name) for quiz in quizzes} == questions


# ---------------------------------------------------------------- every reader


@some_pages
def test_without_scripts_or_storage(browser, roots, path):
    context = browser.new_context(java_script_enabled=False, viewport=WIDE)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(roots["file"] + path, wait_until="domcontentloaded")
    count = len(with_numbers(path))
    assert page.locator(".sgd-exercise .sgd-plain:visible").count() == count > 0
    assert page.locator(".sgd-exercise :is(form, input, button):visible").count() == 0
    assert page.locator(":is(.sgd-choice, .tag_exercise details)[open]").count() == 0
    choices = page.locator(".sgd-choice")
    assert choices.count() == sum(len(quiz.choices) for quiz in quizzes_on(path)) > 0
    choices.first.locator("summary").press("Enter")
    assert choices.first.locator("p").is_visible()
    context.close()


def test_a_browser_that_keeps_nothing(browser, roots):
    """Storage that throws, as with all cookies blocked: the page forgets, and works."""
    context = browser.new_context(viewport=WIDE)
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    page = context.new_page()
    page.goto(roots["http"] + "chapters/momentum.html", wait_until="domcontentloaded")
    exercise, numbers = next(iter(with_numbers("chapters/momentum.html").items()))
    for key, wanted in numbers.items():
        page.locator(f"#answer-{exercise}-{key}").fill(repr(float(wanted.answer)))
        page.locator(f"#answer-{exercise}-{key}").press("Enter")
        assert said(page, exercise, key).text_content().startswith("Right.")
    page.locator(".sgd-choice summary").first.click()
    assert page.locator(".sgd-badge").count() == 1
    context.close()


# In the page: fill every field with something wrong, predict, open every choice and solution.
ALL_OPEN = """() => {
    for (const form of document.querySelectorAll(".sgd-exercise form")) {
        [...form.querySelectorAll("input")].forEach((field, k) => (field.value = k ? "123456789" : "?"));
        form.requestSubmit();
    }
    for (const quiz of document.querySelectorAll(".sgd-quiz"))
        for (const summary of quiz.querySelectorAll("summary")) summary.click();
    for (const box of document.querySelectorAll(".tag_exercise details")) box.open = true;
    document.activeElement.blur();
}"""


@every_page
def test_fits_a_phone(page, path):
    page.set_viewport_size(PHONE)
    page.evaluate(ALL_OPEN)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    lost = page.evaluate(
        """() => [...document.querySelectorAll(":is(.sgd-quiz, .sgd-exercise), :is(.sgd-quiz, .sgd-exercise) *")]
            .filter((element) => element.getBoundingClientRect().right > innerWidth)
            .map((element) => element.outerHTML.slice(0, 150))"""
    )
    assert lost == []
    small = page.evaluate(
        """() => [...document.querySelectorAll(".sgd-quiz :is(summary, button), .sgd-exercise :is(input, button)")]
            .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 24)
            .map((element) => element.outerHTML.slice(0, 150))"""
    )
    assert small == []


@some_pages
def test_a_printed_page_is_a_work_sheet(page, path):
    """Closed answers stay closed on paper, opened ones open: the sheet and its key."""
    quizzes = quizzes_on(path)
    page.locator(f'[data-quiz="{quizzes[0].name}"] summary').first.click()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    shown = page.locator(".sgd-choice > p, .tag_exercise .cell_input")
    seen = [shown.nth(k).is_visible() for k in range(shown.count())]
    first = page.locator(f'[data-quiz="{quizzes[0].name}"] .sgd-choice > p').first
    assert first.is_visible() and sum(seen) == 1
    assert page.locator(".sgd-exercise button:visible, .sgd-predicted:visible").count() == 0
    assert page.locator(".sgd-exercise input:visible").count() == sum(map(len, with_numbers(path).values()))
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.sgd-choice[open]").count() == 1


# In the page: leave what axe is to look at, for it reads the whole page first; then have it look. Afterwards the page
# is of no use to another test: this one comes last.
LOOK = """(only) => {
    const article = document.querySelector("article");
    article.replaceChildren(...document.querySelectorAll(".sgd-quiz, .sgd-exercise, .sgd-check"));
    document.querySelectorAll("nav, .sidebar, dialog, .bd-sidebar").forEach((element) => element.remove());
    const here = { include: [[".sgd-quiz"], [".sgd-exercise"], [".sgd-check"]] };
    const words = { include: [[".sgd-question"], [".sgd-choice"], [".sgd-field"]],
        exclude: [[".sgd-choice strong"], [".sgd-badge"], [".sgd-said > span:first-child"]] };
    const all = { preload: false, resultTypes: ["violations"], ...only };
    const book = { preload: false, runOnly: ["color-contrast-enhanced"] };
    return axe.run(here, all).then((first) => axe.run(words, book).then((second) => [
        first.violations.filter((rule) => ["serious", "critical"].includes(rule.impact)),
        second.violations,
        second.passes,
    ]));
}"""


@some_pages
def test_accessible(page, path):
    """Nothing that axe calls serious; for the words of questions and answers a contrast of 7:1, the AAA of WCAG."""
    page.evaluate(ALL_OPEN)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=theme)
        # in the dark the page is the same but for its colours
        only = {} if theme == "light" else {"runOnly": ["color-contrast", "link-in-text-block"]}
        serious, pale, passed = page.evaluate(LOOK, only)
        bad = [
            f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
            for rule in serious + pale
            for node in rule["nodes"]
        ]
        assert not bad, "\n".join([theme, *bad])
        assert passed, "no contrast was measured"
