"""What is wrong with this run: twelve measured trainings, their causes and remedies."""

from __future__ import annotations

import numpy as np
import pytest

from sgdlib.experiments.wrong_runs import CASES, EXPERIMENT, LOST, REMEDIES, Setting, recipe_of, train
from sgdlib.widgets import WrongRun
from sgdlib.widgets.wrong_run import CAUSES, FITS, SEEN, TRIED

FIRST = {str(run["case"]) + " " + str(run["remedy"]): run for run in EXPERIMENT.load() if run["seed"] == 0}


def run_of(widget: WrongRun, remedy: str | None = None) -> np.void:
    """The entry of the table, found without the widget."""
    case = list(CASES)[widget.case - 1]
    wanted = f"{case} {widget.remedy if remedy is None else remedy}"
    return FIRST.get(wanted, FIRST[f"{case} none"])


def test_every_case_and_remedy_has_its_words():
    assert set(CAUSES) == set(CASES) == set(SEEN) and set(TRIED) == set(REMEDIES)


@pytest.mark.parametrize("case", range(1, 13))
def test_the_right_cause_is_confirmed_and_no_other(case):
    name = list(CASES)[case - 1]
    said = {cause: WrongRun(case=case, cause=cause).words() for cause in CAUSES}
    assert " Yes, " in said[name] and CAUSES[name][0] in said[name]
    for cause, words in said.items():
        alike = cause in FITS.get(name, ())
        assert (" No, not that. " in words) == (cause != name and not alike)
        assert (" That would look much the same" in words) == alike
        assert cause == name or alike or CAUSES[cause][1] in words
    assert len(set(said.values())) == len(CAUSES)


def test_what_looks_alike_is_not_called_wrong():
    """The signs of a cause, put as a rule on the curves alone: where another run shows them, the answer says so."""
    signs = {
        "rate-too-high": lambda run: run["meter"][0] > 1,
        "overfitting": lambda run: (
            run["training_loss"][-1] < 0.5 * run["training_loss"][0]
            and run["validation_loss"][-1] > 1.15 * run["validation_loss"].min()
            and run["training_loss"][-1] < LOST
        ),
        "rate-too-low": lambda run: (
            (np.diff(run["training_loss"]) < 0).all() and run["training_loss"][-1] > 0.4
        ),
    }
    for cause, shows in signs.items():
        for case in CASES:
            if shows(FIRST[f"{case} none"]) and case != cause:
                assert cause in FITS.get(case, ()), (cause, case)


@pytest.mark.parametrize("case", range(1, 13))
def test_a_remedy_is_judged_by_what_came_of_it(case):
    name = list(CASES)[case - 1]
    ends = {
        remedy: np.mean(FIRST[f"{name} {remedy}"]["validation_loss"][-5:])
        for remedy in REMEDIES
        if f"{name} {remedy}" in FIRST
    }
    for remedy in REMEDIES:
        words = WrongRun(case=case, remedy=remedy).words()
        if remedy not in ends:
            assert "nothing changes" in words and recipe_of(name, remedy) is None
        elif ends[remedy] >= LOST:
            assert words.endswith("the run is lost.")
        else:
            better = sum(end < ends[remedy] for end in ends.values())
            place = {0: "No other remedy does", 1: "One other remedy does"}.get(
                better, f"{better} other remedies do"
            )
            assert words.endswith(f"{place} better.") and f"ends at {ends[remedy]:.3g}" in words
    assert "What is wrong?" in WrongRun(case=case).words()


def test_a_setting_that_is_none_is_refused():
    with pytest.raises(
        ValueError, match=r"^case must be \"overfitting\", .* or \"large-batch\", not 'bad luck'\.$"
    ):
        Setting("bad luck")
    with pytest.raises(ValueError, match=r"^the remedy 'labels' changes nothing in the case 'waves'\.$"):
        Setting("waves", "labels")


def test_stopping_early_keeps_the_best():
    plain, stopped = train(Setting("large-batch")), train(Setting("large-batch", "stop-early"))
    assert stopped["validation_loss"][-1] == plain["validation_loss"][1:].min()
    best = FIRST["overfitting stop-early"]["validation_loss"]
    assert best[-1] == FIRST["overfitting none"]["validation_loss"].min() < 0.4


def test_the_dead_and_the_live():
    """A unit is asleep if it gives every digit the same, and only then."""
    assert FIRST["dead-units none"]["asleep"] > 0.95 > 0.1 > FIRST["dead-units lower"]["asleep"]


def verdict(widget: WrongRun) -> str:
    """What stands under the picture: all but what the run is."""
    words = widget.words()
    run = WrongRun(case=widget.case).words().removesuffix(" What is wrong?")
    assert words.startswith(run)
    return words.removeprefix(run + " ")


def readouts(widget: WrongRun) -> dict:
    """What Python computes for the readouts, by the beginning of their labels."""
    run, bare = run_of(widget), run_of(widget, "none")

    def end(value):
        return "lost" if value >= LOST else [value]

    recipe, before = CASES[list(CASES)[widget.case - 1]]
    otherwise = [
        f"{key}={value}" for key, value in vars(before or recipe).items() if value != vars(recipe)[key]
    ]
    pale = f"its predecessor, with {' and '.join(otherwise)}" if before else "none"
    found = {
        "what is trained": f"learns {recipe.samples} digits, {recipe.batch_size} in a batch, {recipe.epochs} epochs",
        "the pale curve": pale if run is bare else "the run without the remedy",
        "training loss at the end": end(run["training_loss"][-1]),
        "validation loss in the last sixth": end(run["validation_loss"][-5:].mean()),
        "lowest validation loss": end(run["validation_loss"].min()),
        "without the remedy": "none tried" if run is bare else end(bare["validation_loss"][-5:].mean()),
    }
    if widget.meter:
        found["meter, first and last"] = [run["meter"][0], run["meter"][-1]]
    return found


def on_page_another_run_is_another_question(live):
    """What was chosen is taken back when the run changes, and kept when a link names it."""
    live.put({"cause": "noise", "remedy": "higher"})
    live.type("case", 4)
    live.drawn()
    assert live.setting() == {"case": 4, "cause": "open", "remedy": "none", "meter": False}
    live.follow("wrong-run?case=5&cause=noise&remedy=higher")
    assert live.setting() == {"case": 5, "cause": "noise", "remedy": "higher", "meter": False}
