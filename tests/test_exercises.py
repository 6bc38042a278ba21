"""The exercises and questions in the kernel: every answer, every known mistake, every cell in which they stand.

The same in a browser is test_exercises_browser.py.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import math
import re
import shutil
import subprocess
import sys
import warnings
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import book
import exercises as extension
import nbformat
import numpy as np
import pytest
from sphinx_external_toc.parsing import parse_toc_yaml

from sgdlib.exercises import (
    GRADES,
    Choice,
    Exercise,
    Function,
    Mistake,
    Number,
    Quiz,
    chapters,
    check,
    exercises_of,
    grading,
    places,
    predict,
    quizzes_of,
)
from sgdlib.exercises.quizzes import NUMBER

ROOT = Path(__file__).resolve().parent.parent
EXERCISES = {name: each for chapter in chapters() for name, each in exercises_of(chapter).items()}
QUIZZES = {name: each for chapter in chapters() for name, each in quizzes_of(chapter).items()}
NAMES = sorted(EXERCISES)
NUMBERS = {
    f"{name}/{key}": answer
    for name, exercise in EXERCISES.items()
    for key, answer in exercise.answers.items()
    if isinstance(answer, Number)
}
FUNCTIONS = {
    f"{name}/{key}": answer
    for name, exercise in EXERCISES.items()
    for key, answer in exercise.answers.items()
    if isinstance(answer, Function)
}
# The same result in other words: whoever returns it so is right.
SPELLINGS = {
    "a list": lambda result: list(result) if isinstance(result, tuple | np.ndarray) else [result],
    "an array": np.array,
    "a column": lambda result: np.array(result)[..., None],
    "single precision": lambda result: np.array(result, dtype=np.float32),
    "numbers of NumPy": lambda result: (
        tuple(map(np.array, result)) if isinstance(result, tuple) else np.array(result)
    ),
}
MISTAKES = [
    (f"{where}/{k}", answer, mistake)
    for where, answer in {**NUMBERS, **FUNCTIONS}.items()
    for k, mistake in enumerate(answer.mistakes)
]


# ---------------------------------------------------------------- every exercise


@pytest.mark.parametrize("name", NAMES)
def test_right_answers_are_right(name):
    exercise = EXERCISES[name]
    verdict = check(name, **{key: wanted.answer for key, wanted in exercise.answers.items()})
    assert verdict.right
    assert all(message.startswith("Right.") for _, _, message in verdict.findings)


@pytest.mark.parametrize("name", NAMES)
def test_three_dots_are_no_answer(name):
    verdict = check(name, **dict.fromkeys(EXERCISES[name].answers, ...))
    assert [right for _, right, _ in verdict.findings] == [False] * len(EXERCISES[name].answers)
    assert {message for _, _, message in verdict.findings} == {grading.UNANSWERED}


@pytest.mark.parametrize(
    ("answer", "mistake"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES]
)
def test_a_known_mistake_is_told_its_own_sentence(answer, mistake):
    assert answer.grade(mistake.answer) == (False, f"Not yet. {mistake.message}")


@pytest.mark.parametrize("where", [*NUMBERS, *FUNCTIONS])
def test_a_known_mistake_is_told_more_than_the_hint(where):
    answer = {**NUMBERS, **FUNCTIONS}[where]
    assert answer.hint not in [mistake.message for mistake in answer.mistakes]


@pytest.mark.parametrize("where", [*NUMBERS, *FUNCTIONS])
def test_right_and_wrong_answers_are_kept_with_the_question(where):
    """Three of each at least, and each is judged rightly; a number's known mistakes are wrong ones, too."""
    wanted = {**NUMBERS, **FUNCTIONS}[where]
    wrong = [*wanted.wrong, *(mistake.answer for mistake in wanted.mistakes if where in NUMBERS)]
    assert len(wanted.right) >= 3 and len(wrong) >= 3
    for given in wanted.right:
        right, message = wanted.grade(given)
        assert right and message.startswith("Right") and message.endswith(wanted.why), given
    for given in wrong:
        right, message = wanted.grade(given)
        assert not right and message.startswith("Not yet. "), given


@pytest.mark.parametrize("where", NUMBERS)
def test_a_number_rounded_or_cut(where):
    """Right with as many digits as are asked for, in any type; told so with fewer, unless it is a known mistake."""
    wanted = NUMBERS[where]
    answer = float(wanted.answer)
    if wanted.whole or not answer:
        assert wanted.too_short == []
        return
    known = {f"Not yet. {mistake.message}" for mistake in wanted.mistakes}
    for digits in range(wanted.digits, 15):
        for each in wanted._shortened(digits)[: 1 if digits == wanted.digits else 2]:
            assert abs(each - answer) <= 10.0 ** (1 - digits) * abs(answer)
            assert (
                wanted.grade(each)[0]
                and wanted.grade(Fraction(each))[0]
                and wanted.grade(np.array([each]))[0]
            )
    assert wanted.grade(np.float32(answer))[0]
    asked = grading.DIGITS.format(grading.WORDS[wanted.digits])
    for each in wanted.too_short:
        assert wanted.grade(each)[1] in {asked, *known}, each


@pytest.mark.parametrize("how", SPELLINGS)
@pytest.mark.parametrize("where", FUNCTIONS)
def test_a_function_in_another_spelling(where, how):
    wanted = FUNCTIONS[where]
    right, message = wanted.grade(lambda *given: SPELLINGS[how](wanted.answer(*given)))
    assert right and message.startswith("Right")


@pytest.mark.parametrize("where", FUNCTIONS)
def test_a_function_leaves_its_arguments_alone(where):
    wanted = FUNCTIONS[where]
    changed = [k for k, given in enumerate(wanted.cases[0]) if isinstance(given, np.ndarray)]

    def careless(*given):
        result = wanted.answer(*given)
        for each in given:
            if isinstance(each, np.ndarray):
                each += 1
        return result

    right, message = wanted.grade(careless)
    assert right == (not changed)
    if changed:
        name = [*inspect.signature(wanted.answer).parameters][changed[0]]
        assert message == grading.IN_PLACE.format(name)


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
def test_the_schedule_of_keras_is_the_schedule_asked_for():
    from keras.optimizers.schedules import CosineDecay

    def rate(k, steps, warmup, peak):
        return CosineDecay(0.1 * peak, steps - warmup, warmup_target=peak, warmup_steps=warmup)(k)

    right, message = FUNCTIONS["write-the-schedule/rate"].grade(rate)
    assert right and message.startswith(grading.LESS_PRECISE)


@pytest.mark.parametrize("where", NUMBERS)
def test_a_number_a_little_off(where):
    """What is told of a wrong sign, a percentage, too few digits, a fraction of a whole: never "right"."""
    wanted = NUMBERS[where]
    known = {f"Not yet. {mistake.message}" for mistake in wanted.mistakes}
    answer = float(wanted.answer)
    if answer:
        right, message = wanted.grade(-answer)
        assert not right and (message == grading.SIGN or message in known)
    if wanted.whole:
        right, message = wanted.grade(answer + 0.4)
        assert not right and (message.startswith(grading.WHOLE) or message in known)
        assert not wanted.grade(answer + 1)[0] and not wanted.grade(answer - 1)[0]
    elif answer:
        right, message = wanted.grade(1.0199 * answer)
        assert not right and (message == f"{grading.NOT_DIGITS}{wanted.hint}" or message in known)
        assert wanted.grade((1 + 0.9 * wanted.tolerance) * answer)[0]
        right, message = wanted.grade(100 * answer)
        assert not right and (message == grading.PERCENT) == wanted.share
    right, message = wanted.grade(answer + 1e6 + 7)
    assert not right and message.endswith(wanted.hint)


@pytest.mark.parametrize("where", FUNCTIONS)
def test_a_function_that_does_not_work(where):
    wanted = FUNCTIONS[where]
    assert wanted.grade(lambda *given: None)[1].startswith("Not yet. Your function returns nothing")
    assert "stops with ZeroDivisionError: division by zero. Look" in wanted.grade(lambda *given: 1 / 0)[1]
    assert "stops with TypeError" in wanted.grade(lambda: 1)[1]
    assert wanted.grade(lambda *given: ...) == (False, grading.UNANSWERED)
    assert wanted.grade(lambda *given: "a word") == (False, f"Not yet. Hint: {wanted.hint}")
    assert wanted.grade(3)[1] == "Not yet. Your answer must be a function; it is of the type int."


DIGITS = r"\d+(?:[.,]\d+)*(?:e[-−]?\d+)?"
TOKEN = re.compile(rf"(?<![\w.,])[-−]?{DIGITS}(?:/{DIGITS})?")


def value(token: str) -> float:
    """What a number in a sentence stands for, as a reader would take it."""
    above, _, below = token.replace("−", "-").replace(",", "").partition("/")
    return float(above) / float(below or 1)


def given_away(wanted: Number) -> list[str]:
    """The numbers in what may be said of a wrong answer that would be graded as right.

    A single digit is in every formula; anything longer would be the answer.
    """
    said = [wanted.label, wanted.hint, *(mistake.message for mistake in wanted.mistakes)]
    tokens = [token for text in said for token in TOKEN.findall(text) if len(token) > 1]
    return [token for token in tokens if wanted.grade(value(token))[0]]


@pytest.mark.parametrize("where", NUMBERS)
def test_no_sentence_gives_the_answer_away(where):
    assert given_away(NUMBERS[where]) == []


@pytest.mark.parametrize(
    "hint", ["It is 0.4762.", "About 0.476.", "Twice −0.4762 or 0.4762.", "It is 10/21.", "4.762e-1 it is"]
)
def test_a_sentence_that_gives_the_answer_away_is_caught(hint):
    assert given_away(Number("the best rate", 10 / 21, hint))
    assert not given_away(Number("the best rate", 10 / 21, "Two over 4.2."))
    assert given_away(Number("the steps", 155, "All 155 of them."))


PAGE = """
const source = require("fs").readFileSync(process.argv[1], "utf8");
const grade = source.match(/function grade\\([^]*?\\n  }/)[0];
const judge = new Function(`${grade}; return grade;`)();
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(asked.map(([wanted, numbers]) => numbers.map((number) => judge(wanted, number)))));
"""


def nearby(wanted: Number) -> list[float]:
    """Right and wrong numbers of every kind: known ones, rounded and cut ones, near and far ones, percentages."""
    answer = float(wanted.answer)
    known = [*(each.answer for each in wanted.mistakes), *wanted.right, *wanted.wrong, *wanted.too_short]
    short = [each for digits in range(1, 9) for each in wanted._shortened(digits)] if answer else []
    scaled = [
        factor * answer for factor in (-1, 0.01, 100, 0.98, 0.996, 1.002, 1.004, 1.006, 1.02, 1.04, 1.2)
    ]
    moved = [answer + change for change in (-1, 1, 0.4, 1e6)]
    return [
        float(np.asarray(each, dtype=float).reshape(()))
        for each in (0.0, answer, *known, *short, *scaled, *moved)
    ]


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_the_page_judges_as_the_kernel_does():
    asked = [(wanted.page_data(), nearby(wanted)) for wanted in NUMBERS.values()]
    script = ROOT / "chapters" / "_static" / "exercises.js"
    done = subprocess.run(
        ["node", "-e", PAGE, str(script)], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    heard = json.loads(done.stdout)
    for where, (_, numbers), answers in zip(NUMBERS, asked, heard, strict=True):
        for number, answer in zip(numbers, answers, strict=True):
            assert answer == [*NUMBERS[where].grade(number)], (where, number)


# ---------------------------------------------------------------- numbers and functions as such

BEST = Number(
    "the best learning rate", 2 / 4.2, "Two over the sum.", (Mistake(0.5, "That is 2/L."),), why="2/(L+m)."
)
STEPS = Number("steps", 155, "Count.", (Mistake(154, "One short."), Mistake(154.75, "Round it up.")))


@pytest.mark.parametrize(
    "given",
    [
        2 / 4.2,
        0.4762,
        np.float64(0.476),
        np.float32(0.476),
        np.array(0.476),
        np.array([[0.476]]),
        Fraction(10, 21),
    ],
    ids=repr,
)
def test_any_kind_of_number_will_do(given):
    assert BEST.grade(given) == (True, "Right. 2/(L+m).")


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (None, "NoneType"),
        ([0.476], "list"),
        (True, "bool"),
        (np.bool_(True), "bool"),
        (0.476 + 0j, "complex"),
        (np.array([0.476, 0.476]), "ndarray"),
        (np.array([]), "ndarray"),
        (np.array([None]), "ndarray"),
        (abs, "builtin_function_or_method"),
    ],
    ids=repr,
)
def test_what_is_no_number_is_told_so(given, kind):
    right, message = BEST.grade(given)
    assert not right and f"must be one number; it is of the type {kind}" in message


@pytest.mark.parametrize("given", [math.nan, math.inf, -math.inf, np.float64("nan"), 10**400])
def test_a_number_that_is_not_finite(given):
    assert BEST.grade(given) == (False, grading.NOT_FINITE)


def test_the_order_of_what_is_said():
    three, hint = grading.DIGITS.format("three"), "Hint: Two over the sum."
    said = {0.5: "Not yet. That is 2/L.", -0.476: grading.SIGN, 0.48: three, 0.47: three}
    said |= {
        47.62: f"Not yet. {hint}",
        0.485: f"{grading.NOT_DIGITS}Two over the sum.",
        0.4: f"Not yet. {hint}",
    }
    assert {given: BEST.grade(given)[1] for given in said} == said
    share = Number("a share", 10 / 21, "Ten of 21.", share=True, tolerance=5e-4)
    said = {
        47.62: grading.PERCENT,
        0.476: "Right.",
        0.48: grading.DIGITS.format("three"),
        0.477: grading.NOT_DIGITS,
    }
    assert all(share.grade(given)[1].startswith(words) for given, words in said.items())
    fine = Number("four digits", 1.12345, "Count.", tolerance=1e-4)
    assert (
        fine.digits == 5 and fine.grade(1.1235)[0] and fine.grade(1.123)[1] == grading.DIGITS.format("five")
    )
    assert BEST.grade(0.9) == (False, "Not yet. Hint: Two over the sum.")
    said = {154: "Not yet. One short.", 154.75: "Not yet. Round it up.", 154.8: "Not yet. Round it up."}
    assert {given: STEPS.grade(given)[1] for given in said} == said
    assert STEPS.grade(155.0)[0] and not STEPS.grade(155.01)[0]
    assert STEPS.grade(152.5)[1] == f"{grading.WHOLE} Hint: Count."
    assert STEPS.grade(15500)[1] == "Not yet. Hint: Count."  # steps are no share
    zero = Number("a zero", 0, "None.")
    assert zero.grade(-0.0)[0] and zero.grade(1)[1] == "Not yet. Hint: None."


def test_a_function_may_not_change_what_it_is_given():
    def careless(w):
        w *= 2
        return w

    double = Function(lambda w: 2 * w, ((np.array([1.0, 2.0]),), (np.array([3.0]),)), "Add it to itself.")
    for _ in range(2):
        assert double.grade(careless) == (
            False,
            "Not yet. You change the w that you are given in place: work on a copy.",
        )
    assert double.grade(lambda w: [float(2 * each) for each in w])[0]
    assert not double.grade(lambda w: 2 * w[0])[0]


def test_a_function_that_is_nearly_exact():
    third = Function(lambda w: w / 3, ((1.0,), (np.array([2.0, 1e-9]),)), "A third.", why="Of it.")
    assert third.grade(lambda w: np.float32(w) / np.float32(3)) == (True, f"{grading.LESS_PRECISE} Of it.")
    assert third.grade(lambda w: np.round(w / 3, 6))[1] == f"{grading.LESS_PRECISE} Of it."
    assert third.grade(lambda w: w / 3 * (1 + 1e-10)) == (True, "Right. Of it.")
    assert third.grade(lambda w: w / 3 * (1 + 1e-7))[1].startswith(grading.LESS_PRECISE)
    assert third.grade(lambda w: w / 3 * (1 + 1e-4)) == (False, "Not yet. Hint: A third.")


def test_a_function_whose_shape_alone_is_wrong():
    both = Function(lambda w: np.outer(w, w), ((np.array([1.0, 2.0]),),), "Each by each.")
    said = both.grade(lambda w: np.outer(w, w).ravel())[1]
    assert said == "Not yet. The numbers are right, their shape is not: it is (4,), and (2, 2) is wanted."
    pair = Function(lambda w: (w, 2 * w), ((np.array([1.0, 2.0]),),), "It and its double.")
    said = {
        "That is one of the two values": lambda w: w,
        "That is one of the two values that": lambda w: 2 * w,
        "The numbers are right, their order": lambda w: (2 * w, w),
        "The numbers are right, their shape": lambda w: [*w, *(2 * w)],
        "Hint": lambda w: (w, 3 * w),
    }
    for words, function in said.items():
        assert pair.grade(function)[1].startswith(f"Not yet. {words}")


def test_a_function_of_several_results():
    pair = Function(
        lambda a: (a, -a), ((1.0,),), "Both.", (Mistake(lambda a: (-a, a), "The other way round."),)
    )
    assert pair.grade(lambda a: [a, -a])[0]
    assert pair.grade(lambda a: (-a, a))[1] == "Not yet. The other way round."
    assert pair.grade(lambda a: a)[1].startswith("Not yet. That is one of the two values that are wanted.")
    assert pair.grade(lambda a: (a, -a, 0))[1] == "Not yet. Hint: Both."


def test_a_verdict_says_so_in_words_and_in_html():
    exercise = Exercise("some", "compute", {"best": BEST, "steps": STEPS})
    verdict = exercise.check({"best": 0.476, "steps": 1})
    assert repr(verdict) == "best: Right. 2/(L+m).\nsteps: Not yet. Hint: Count."
    shown = verdict._repr_html_()
    assert [*re.findall('data-right="(true|false)"', shown)] == ["true", "false"]
    assert "✓" in shown and "✗" in shown


def test_check_wants_the_answers_by_name():
    name, exercise = next(iter(EXERCISES.items()))
    with pytest.raises(TypeError, match=f"wants {next(iter(exercise.answers))}="):
        check(name, something_else=1)
    with pytest.raises(TypeError, match="was given nothing"):
        check(name)
    with pytest.raises(ValueError, match=f"did you mean '{name}'"):
        check(name + "s")


# ---------------------------------------------------------------- what is not whole does not even import

GOOD = Choice("ten times", "It loses a tenth.", right=True)
BROKEN = {
    "a choice without an explanation": lambda: Choice("ten times", "  "),
    "a question with one choice": lambda: Quiz("q", "?", (GOOD,), bool),
    "a question with no right choice": lambda: Quiz("q", "?", (Choice("a", "b"), Choice("c", "d")), bool),
    "a question with two right choices": lambda: Quiz("q", "?", (GOOD, GOOD), bool),
    "a question with a name to trip over": lambda: Quiz("A question", "?", (GOOD, Choice("a", "b")), bool),
    "a mistake without a message": lambda: Mistake(3, " "),
    "a number without a hint": lambda: Number("steps", 3, ""),
    "a number without a label": lambda: Number("", 3, "Count."),
    "a mistake that is right": lambda: Number("steps", 0.5, "Count.", (Mistake(0.5001, "No."),)),
    "two mistakes that are one": lambda: Number(
        "n", 3.0, "Count.", (Mistake(4, "No."), Mistake(4.001, "No!"))
    ),
    "a function without a case": lambda: Function(abs, (), "Turn it round."),
    "a function without a hint": lambda: Function(abs, ((1.0,),), ""),
    "a wrong function that is right": lambda: Function(
        abs, ((1.0,),), "Turn.", (Mistake(lambda x: x, "No."),)
    ),
    "two wrong functions that are one": lambda: Function(
        abs, ((-1.0,),), "Turn.", (Mistake(lambda x: x, "No."), Mistake(lambda x: 1 * x, "No!"))
    ),
    "another grade": lambda: Exercise("e", "guess", {"steps": STEPS}),
    "an exercise without an answer": lambda: Exercise("e", "compute", {}),
    "an exercise with a name to trip over": lambda: Exercise('"e"', "compute", {"steps": STEPS}),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_not_whole_is_refused(what):
    with pytest.raises(ValueError):
        BROKEN[what]()


# ---------------------------------------------------------------- found by their place, loaded when asked for


def loaded_after(code: str) -> set[str]:
    """The modules of a fresh Python that has run this."""
    code = f"import sys, json, sgdlib.exercises as e; {code}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_is_light():
    """The site's extension and every notebook import it: it needs no more than NumPy, and no chapter's questions."""
    modules = loaded_after("pass")
    assert {"matplotlib", "keras", "jax", "sklearn", "anywidget"} & {
        name.split(".")[0] for name in modules
    } == set()
    assert [name for name in modules if name.startswith("sgdlib.exercises.questions")] == []
    assert [name for name in modules if name in ("sgdlib.theory", "sgdlib.surfaces", "sgdlib.data")] == []


@pytest.mark.parametrize("chapter", chapters())
def test_a_call_loads_the_questions_of_one_chapter(chapter):
    exercise, quiz = next(iter(exercises_of(chapter).values())), next(iter(quizzes_of(chapter)))
    call = (
        f"e.check({exercise.name!r}, **dict.fromkeys({list(exercise.answers)!r}, ...)); e.predict({quiz!r})"
    )
    modules = loaded_after(call)
    here = f"sgdlib.exercises.questions.{places.source_of(chapter).stem}"
    assert {name for name in modules if name.startswith("sgdlib.exercises.questions.")} == {here}
    assert {"matplotlib", "keras", "jax", "sklearn", "anywidget"} & {
        name.split(".")[0] for name in modules
    } == set()


@pytest.mark.parametrize("name", chapters())
def test_every_name_is_found_in_its_file(name):
    """Reading the file finds just what running it makes."""
    assert [each for each, home in places.where(Exercise).items() if home == name] == list(exercises_of(name))
    assert [each for each, home in places.where(Quiz).items() if home == name] == list(quizzes_of(name))


QUESTIONS = """
from sgdlib.exercises import Choice, Exercise, Number, Quiz

EXERCISES = (Exercise("{exercise}", "compute", {{"steps": Number("steps", 3, "Count.")}}),)
QUIZZES = (
    Quiz(
        "{quiz}", "?", (Choice("a", "Yes.", right=True), Choice("b", "No.")), lambda: True
    ),
)
"""


@pytest.fixture
def questions(tmp_path, monkeypatch):
    """A folder of questions that is not the course's; write into it by chapter."""
    monkeypatch.setattr(places, "QUESTIONS", tmp_path)
    # the package whose modules are imported
    monkeypatch.setattr(sys.modules["sgdlib.exercises.questions"], "__path__", [str(tmp_path)])

    def write(chapter: str, exercise: str, quiz: str):
        (tmp_path / f"{chapter}.py").write_text(
            QUESTIONS.format(exercise=exercise, quiz=quiz), encoding="utf-8"
        )

    yield write
    for name in [name for name in sys.modules if name.startswith("sgdlib.exercises.questions.a_new_")]:
        del sys.modules[name]


def test_a_new_chapter_is_a_new_file(questions):
    questions("a_new_chapter", "fresh", "newer")
    assert chapters() == ["a-new-chapter"]
    assert check("fresh", steps=3).right and not check("fresh", steps=4).right
    assert predict("newer").question == "?"
    with pytest.raises(ValueError, match=r"there is no exercise 'fresch'; did you mean 'fresh'\?"):
        check("fresch")
    with pytest.raises(ValueError, match=r"there is no question 'fresh'\.$"):
        predict("fresh")
    with pytest.raises(
        ValueError, match=r"no exercises for a chapter 'a-new-chapters'; did you mean 'a-new-ch"
    ):
        exercises_of("a-new-chapters")


def test_one_name_in_two_files_is_refused(questions):
    questions("a_new_chapter", "fresh", "newer")
    questions("a_new_page", "fresh", "newest")
    with pytest.raises(ValueError, match="called 'fresh': see a-new-chapter and a-new-page"):
        check("fresh", steps=3)
    assert predict("newest").name == "newest"
    questions("a_new_page", "fresher", "newer")
    with pytest.raises(ValueError, match="called 'newer'"):
        predict("newer")


# ---------------------------------------------------------------- every question


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
@pytest.mark.parametrize("name", sorted(QUIZZES))
def test_the_proof_of_a_question_holds(name):
    """It says of each choice whether it is right; with another mark, text or number it holds no more."""
    quiz = QUIZZES[name]
    found = quiz.proof()
    assert dataclasses.replace(quiz, proof=lambda: found).unproved() == []
    assert all(isinstance(held, bool | np.bool_) for held in found[0].values())

    def with_choices(change) -> list[str]:
        changed = tuple(change(k, choice) for k, choice in enumerate(quiz.choices))
        return dataclasses.replace(quiz, choices=changed, proof=lambda: found).unproved()

    for moved in range(len(quiz.choices)):
        said = with_choices(lambda k, choice, m=moved: dataclasses.replace(choice, right=k == m))
        assert bool(said) != quiz.choices[moved].right
        assert with_choices(
            lambda k, choice, m=moved: dataclasses.replace(
                choice, text=f"Not {choice.text}" if k == m else choice.text
            )
        )
    checked = [token for choice in quiz.choices for token in NUMBER.findall(choice.why) if len(token) > 1]
    asked = NUMBER.findall(" ".join([quiz.question, *(choice.text for choice in quiz.choices)]))
    for token in set(checked) - set(asked):
        other = str(float(token) + 1000) if "." in token else str(int(token) + 1000)
        assert with_choices(
            lambda k, choice, t=token, o=other: dataclasses.replace(choice, why=choice.why.replace(t, o))
        )


def test_a_proof_that_says_only_yes_is_none():
    with pytest.raises(TypeError):
        Quiz("asked", "?", (GOOD, Choice("a hundred times", "No.")), lambda: True).unproved()
    said = Quiz(
        "asked", "?", (GOOD, Choice("a hundred times", "No.")), lambda: ({"ten": True}, ())
    ).unproved()
    assert said == ["the proof knows 1 choices of 2"]


@pytest.mark.parametrize("name", sorted(QUIZZES))
def test_a_question_is_shown_whole(name):
    quiz = predict(name)
    box = Reader(quiz._repr_html_())
    assert quiz.question in box.text
    assert box.tags.count("details") == box.tags.count("summary") == len(quiz.choices)
    assert (
        len({choice.text for choice in quiz.choices})
        == len({c.why for c in quiz.choices})
        == len(quiz.choices)
    )
    for choice in quiz.choices:
        assert f"{choice.text} {'Right.' if choice.right else 'Not so.'} {choice.why}" in box.text
        assert choice.text in repr(quiz) and choice.why not in repr(quiz)


class Reader(HTMLParser):
    """The text of a piece of HTML, and its tags."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.words.append(data)


# ---------------------------------------------------------------- every chapter


def chapter(name: str):
    return nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4)


@pytest.mark.parametrize("name", chapters())
def test_a_chapter_asks_for_something(name):
    exercises = exercises_of(name)
    assert len(exercises) >= 3
    assert {exercise.grade for exercise in exercises.values()} == set(GRADES)
    assert len(quizzes_of(name)) >= 1


@pytest.mark.parametrize("name", chapters())
def test_a_chapter_holds_what_is_written_for_it(name):
    assert extension.complaints(chapter(name), exercises_of(name), quizzes_of(name)) == []


def test_every_numbered_chapter_has_exercises():
    """And what else has some is in the book: the pages before the course; the final project is one exercise."""
    pages = parse_toc_yaml(ROOT / "_toc.yml")
    numbered = {page.rpartition("/")[2] for page in book.chapters(pages)}
    assert numbered and numbered <= set(chapters())
    assert extension.homeless(set(book.pages(pages)), chapters()) == []


@pytest.mark.parametrize("name", chapters())
def test_every_stored_solution_passes_its_check(name):
    cells = [cell for cell in chapter(name).cells if extension.is_exercise(cell)]
    assert len(cells) == len(exercises_of(name))
    for cell in cells:
        [name] = extension.calls(cell.source, "check")
        shown = "".join(str(output.get("data", {}).get("text/html", "")) for output in cell.outputs)
        assert re.findall('class="sgd-finding" data-right="(true|false)"', shown) == ["true"] * len(
            EXERCISES[name].answers
        ), name


def value_of(source: str, names: dict):
    """Run a cell and return the value of its last line."""
    tree = ast.parse(source)
    last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, "<cell>", "exec"), names)
    return eval(compile(last, "<cell>", "eval"), names)


@pytest.mark.parametrize("name", chapters())
def test_every_starter_runs_and_fails_its_check(name, precision):
    """With nothing run before it but the imports: a reader may begin with any exercise."""
    code = [cell for cell in chapter(name).cells if cell.cell_type == "code"]
    starters = [extension.split(cell.source)[0] for cell in code if extension.is_exercise(cell)]
    assert starters
    imports = next(cell for cell in code if "from sgdlib.exercises import check" in cell.source)
    names: dict = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries, while they are imported
        exec(compile(imports.source, "<imports>", "exec"), names)
    for source in starters:
        verdict = value_of(source, dict(names))
        assert verdict.findings and not any(right for _, right, _ in verdict.findings), source


# ---------------------------------------------------------------- split and starter

TWO = """half = ...  # the first step
most = ...
### BEGIN SOLUTION
# Count.
half = 7
most = half * 3 + 1
### END SOLUTION
check("half-terminal-speed", half=half, most=most)"""
STEP = """def step(gradient, w, v, learning_rate, momentum):
    ### BEGIN SOLUTION
    v = momentum * v - learning_rate * gradient(w)
    return w + v, v
    ### END SOLUTION


check("write-the-momentum-step", step=step)"""


def test_split_of_numbers():
    starter, shown = extension.split(TWO)
    assert starter == (
        "half = ...  # the first step\nmost = ...\n...  # your code here\n"
        'check("half-terminal-speed", half=half, most=most)'
    )
    assert shown == (
        '# Count.\nhalf = 7\nmost = half * 3 + 1\ncheck("half-terminal-speed", half=half, most=most)'
    )


def test_split_of_a_function():
    starter, shown = extension.split(STEP)
    assert starter.splitlines()[:3] == [STEP.splitlines()[0], "    ...  # your code here", ""]
    assert shown == "\n".join(line for line in STEP.splitlines() if "###" not in line)
    verdict = value_of(starter, {"check": check})
    assert "returns nothing" in repr(verdict)


def test_split_of_two_regions():
    starter, shown = extension.split(f"{STEP}\n{TWO}")
    assert starter.count("your code here") == 2
    assert "half = 7" in shown and "return w + v" in shown and "= ..." not in shown and "###" not in shown


UNBALANCED = {
    "no markers": "check('a')",
    "no end": "### BEGIN SOLUTION\nx = 1\ncheck('a')",
    "no beginning": "x = 1\n### END SOLUTION\ncheck('a')",
    "the wrong way round": "### END SOLUTION\nx = 1\n### BEGIN SOLUTION\ncheck('a')",
    "one in another": "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION\n### END SOLUTION",
    "two ends": "### BEGIN SOLUTION\n### END SOLUTION\n### END SOLUTION",
}


@pytest.mark.parametrize("what", UNBALANCED)
def test_unbalanced_markers_are_caught(what):
    with pytest.raises(ValueError, match="BEGIN SOLUTION and then ### END SOLUTION"):
        extension.split(UNBALANCED[what])


def code_cell(source: str, *tags: str, name: str = "a"):
    output = nbformat.v4.new_output("execute_result", data={"text/plain": "Right."}, execution_count=3)
    metadata = {"tags": list(tags)}
    return nbformat.v4.new_code_cell(source, id=name, metadata=metadata, execution_count=3, outputs=[output])


def notebook_of(*cells):
    title = nbformat.v4.new_markdown_cell("# Title", id="title")
    named = [nbformat.from_dict({**cell, "id": f"{cell.id}-{k}"}) for k, cell in enumerate(cells)]
    return nbformat.v4.new_notebook(cells=[title, *named])


def test_the_starter_notebook():
    before = notebook_of(
        code_cell("x = 1", name="x"), code_cell(TWO, "hide-cell", "exercise", name="two" * 20)
    )
    copy = extension.dumps(before)
    after = extension.starter(before)
    nbformat.validate(after)
    assert extension.dumps(before) == copy, "it must leave the notebook alone"
    assert after.cells[:2] == before.cells[:2]
    empty, folded = after.cells[2:]
    assert (empty.source, empty.metadata) == (extension.split(TWO)[0], {"tags": ["exercise"]})
    assert (empty.outputs, empty.execution_count, empty.id) == ([], None, before.cells[2].id)
    assert folded.source == (
        "<details><summary>Show the solution</summary>\n\n"
        f"```python\n{extension.split(TWO)[1]}\n```\n\n</details>"
    )
    assert extension.dumps(extension.starter(before)) == extension.dumps(after)


def test_a_notebook_without_exercises_is_its_own_starter():
    before = notebook_of(code_cell("x = 1"))
    assert extension.dumps(extension.starter(before)) == extension.dumps(before)


def test_the_notebook_of_the_page():
    before = notebook_of(code_cell(TWO, "hide-cell", "exercise"))
    _, form, cell = extension.page(before, exercises_of("momentum"), {}).cells
    assert cell.source == extension.split(TWO)[1]
    assert cell.outputs == before.cells[1].outputs and cell.metadata == before.cells[1].metadata
    assert before.cells[1].source == TWO
    assert form.cell_type == "markdown" and 'data-exercise="half-terminal-speed"' in form.source
    assert form.source.count("<input") == 2


@pytest.mark.parametrize("name", NAMES)
def test_a_form_is_one_block_and_shows_no_answer(name):
    form = extension.form(EXERCISES[name])
    assert "\n\n" not in form, "a blank line would end the block of HTML"
    reader = Reader(form)
    keys = EXERCISES[name].answers
    assert reader.tags.count("input") == sum(isinstance(answer, Number) for answer in keys.values())
    assert reader.text.startswith(EXERCISES[name].grade.capitalize())
    for key, answer in keys.items():
        assert (answer.label if isinstance(answer, Number) else f"{key} ") in reader.text
        if isinstance(answer, Number):
            assert answer.hint not in reader.text


# ---------------------------------------------------------------- what stops the build

OWN = Exercise("own", "compute", {"steps": STEPS})
ASKED = Quiz("asked", "?", (GOOD, Choice("a hundred times", "No.")), bool)
SOLVED = '### BEGIN SOLUTION\nsteps = 3\n### END SOLUTION\ncheck("{}", steps=steps)'


def said(*cells) -> list[str]:
    return extension.complaints(notebook_of(*cells), {"own": OWN}, {"asked": ASKED})


OTHERS = next(iter(exercises_of("sgd")))
FINE = (code_cell(SOLVED.format("own"), "exercise"), code_cell('predict("asked")', "remove-input"))
WRONG = {
    "an unknown exercise": (
        (*FINE, code_cell(SOLVED.format("won"), "exercise")),
        'check("won") names nothing',
    ),
    "another chapter's": (
        (*FINE, code_cell(SOLVED.format(OTHERS), "exercise")),
        "belongs to the chapter sgd",
    ),
    "one twice": ((*FINE, FINE[0]), 'check("own") stands in the chapter 2 times'),
    "one missing": (FINE[1:], 'sgdlib.exercises has check("own")'),
    "an unknown question": ((*FINE, code_cell('predict("who")')), 'predict("who") names nothing'),
    "a question twice": ((*FINE, FINE[1]), 'predict("asked") stands in the chapter 2 times'),
    "a question missing": (FINE[:1], 'sgdlib.exercises has predict("asked")'),
    "no tag": ((code_cell(FINE[0].source), FINE[1]), "tag it exercise"),
    "no check": (
        (*FINE, code_cell(SOLVED.split("check")[0], "exercise")),
        'must call check("name", ...) once',
    ),
    "no markers": ((code_cell('steps = 3\ncheck("own", steps=steps)', "exercise"), FINE[1]), "in pairs"),
    "a hole": (
        (
            code_cell('### BEGIN SOLUTION\nif 3:\n### END SOLUTION\n    check("own", steps=3)', "exercise"),
            FINE[1],
        ),
        "without its solution does not run",
    ),
}


def test_a_chapter_in_order_has_no_complaint():
    assert said(*FINE) == []


@pytest.mark.parametrize("what", WRONG)
def test_a_chapter_out_of_order_is_caught(what):
    cells, words = WRONG[what]
    assert [complaint for complaint in said(*cells) if words in complaint]
    assert len(said(*cells)) == 1


def test_an_exercise_for_no_chapter_is_caught():
    assert extension.homeless({"chapters/sgd", "chapters/index"}, ["sgd", "momentum"]) == ["momentum"]
    assert extension.homeless({"chapters/sgd", "chapters/momentum"}, ["sgd", "momentum"]) == []
