"""The recipe: what it tries next, the store that outlives a kill, and tune on real Keras models."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sgdlib.practice import _store, recipe
from sgdlib.practice.recipe import Frame, Tuned, tune
from sgdlib.practice.search import BOXES, Candidate, Plan, Trial, plan, ranking, suggest

LOST = float("inf")


def bowl(candidate: Candidate) -> float:
    """A loss over the square with its best at (0.6, 0.3), a cliff beyond 0.8, and seeds that differ a little."""
    u, v = candidate.place
    if u > 0.8:
        return LOST
    return 0.1 + (u - 0.6) ** 2 + 0.3 * (v - 0.3) ** 2 + 0.001 * np.sin(50 * u + 7 * candidate.seed)


def searched(budget: int, loss=bowl, seed: int = 0) -> list[Trial]:
    history = []
    while (candidate := suggest(history, budget, seed)) is not None:
        history.append(Trial(candidate, float(loss(candidate))))
        assert len(history) <= budget
    return history


# ---------------------------------------------------------------- what is tried next


@pytest.mark.parametrize("budget", [*range(1, 13), 30, 100, 1000])
def test_a_plan_spends_its_budget_and_no_more(budget):
    shares = plan(budget)
    assert shares.budget == budget and min(shares.spread - 1, shares.steps, shares.repeats) >= 0


@pytest.mark.parametrize("budget", [0, -1, 2.5, True])
def test_a_budget_is_a_whole_number(budget):
    with pytest.raises(ValueError, match="budget must be a whole number of at least 1"):
        suggest([], budget)


def test_a_search_spends_its_budget_as_planned_and_finds_the_best():
    history = searched(30)
    kinds = [trial.candidate.why for trial in history]
    assert Plan(*map(kinds.count, ("spread", "step", "repeat"))) == plan(30)
    assert kinds == sorted(kinds, key=["spread", "step", "repeat"].index)  # repeats at the end only
    best = ranking(history)[0]
    assert abs(best[0] - 0.6) < 0.1 and abs(best[1] - 0.3) < 0.15
    assert {trial.candidate.seed for trial in history if trial.candidate.why != "repeat"} == {0}
    repeated = [t.candidate for t in history if t.candidate.why == "repeat"]
    assert min(each.seed for each in repeated) == 1
    assert len({(each.place, each.seed) for each in repeated}) == 6


def test_the_next_run_depends_on_the_history_alone():
    history = searched(12)
    for k, trial in enumerate(history):
        assert suggest(tuple(history[:k]), 12) == trial.candidate
    assert suggest(history[:2], 12, seed=1) != history[2].candidate


@settings(max_examples=12, deadline=None)
@given(
    budget=st.integers(1, 14),
    values=st.lists(st.sampled_from([LOST, -3.0, 0.0, 1e-9, 0.5, 2.0, 1e30, None]), min_size=14, max_size=14),
)
def test_whatever_comes_of_the_runs_the_search_stays_in_its_square_and_budget(budget, values):
    history = []
    while (candidate := suggest(history, budget)) is not None:
        assert all(0 <= u <= 1 for u in candidate.place)
        history.append(Trial(candidate, values[len(history)]))
    assert len(history) == budget
    if any(trial.value is not None for trial in history):
        assert ranking(history)


def test_no_place_is_searched_twice():
    places = [trial.candidate.place for trial in searched(30) if trial.candidate.why != "repeat"]
    assert len({*places}) == len(places) == 24


def test_one_step_below_the_cliff():
    """The better of two is not taken when a rate less than twice as large was lost."""
    step = np.log10(2) / 3
    far, near = (0.4, 0.5), (0.7, 0.5)
    tried = {far: 0.3, near: 0.1}
    beyond = {(0.7 + 0.9 * step, 0.1): LOST}, {(0.7 + 1.1 * step, 0.1): LOST}
    firsts = [ranking([Trial(Candidate(p), v) for p, v in (tried | lost).items()])[0] for lost in beyond]
    assert firsts == [far, near]


def test_a_lucky_run_that_is_lost_with_another_seed_is_not_taken():
    trials = [Trial(Candidate((0.3, 0.5)), 0.3), Trial(Candidate((0.6, 0.5)), 0.1)]
    assert ranking(trials)[0] == (0.6, 0.5)
    assert ranking([*trials, Trial(Candidate((0.6, 0.5), 1, "repeat"), LOST)])[0] == (0.3, 0.5)


def test_when_all_is_lost_the_search_spreads_on():
    assert {trial.candidate.why for trial in searched(12, lambda candidate: LOST)} == {"spread"}


@pytest.mark.parametrize(("optimizer", "low", "high"), [("SGD", 0.001, 1.0), ("Adam", 1e-4, 0.1)])
def test_the_corners_of_the_square_are_the_ends_of_the_box(optimizer, low, high):
    box = BOXES[optimizer]
    corners = [box.setting(place) for place in ((0, 0), (1, 1))]
    assert np.allclose([each["learning_rate"] for each in corners], [low, high])
    assert np.allclose([each["weight_decay"] for each in corners], box.weight_decay)


# ---------------------------------------------------------------- the store

SETTINGS = {"version": 1, "optimizer": "SGD", "budget": 30}
ROWS = [
    {"run": k, "place": [0.5, k / 7], "seed": 0, "why": "step", "value": v}
    for k, v in enumerate((0.25, LOST, 1))
]


def stored(path):
    _store.opened(path, SETTINGS)
    for row in ROWS:
        _store.append(path, row)
    return path.read_bytes()


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0, 1))
def test_a_store_cut_at_any_byte_loses_at_most_its_last_run(tmp_path_factory, share):
    path = tmp_path_factory.mktemp("store") / "runs.jsonl"
    whole = stored(path)
    at = round(share * len(whole))
    path.write_bytes(whole[:at])
    kept = _store.opened(path, SETTINGS)
    full = max(0, whole[:at].count(b"\n") - 1)  # every line that stands to its end but the first
    assert kept == ROWS[:full]
    for row in ROWS[full:]:
        _store.append(path, row)
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("text", "settings_", "said"),
    [
        (None, SETTINGS | {"budget": 10}, "budget 30 there, 10 here. Nothing was written"),
        (None, SETTINGS | {"version": 2}, "version 1 there, 2 here"),
        ("my notes\nof today\n", SETTINGS, "is not a store of tune, or is damaged; nothing was written"),
        ("{}\n", SETTINGS, "is not a store of tune"),
        ('["made by"]\n', SETTINGS, "is not a store of tune"),
        (b"\xff\xfe\n", SETTINGS, "is not a store of tune"),
    ],
)
def test_a_store_that_is_not_ours_is_left_alone(tmp_path, text, settings_, said):
    path = tmp_path / "runs.jsonl"
    before = stored(path) if text is None else text if isinstance(text, bytes) else text.encode()
    path.write_bytes(before)
    with pytest.raises(ValueError, match=said):
        _store.opened(path, settings_)
    assert path.read_bytes() == before and [each.name for each in tmp_path.iterdir()] == ["runs.jsonl"]


def test_a_store_with_a_broken_or_a_missing_line_is_left_alone(tmp_path):
    path = tmp_path / "runs.jsonl"
    lines = stored(path).splitlines(keepends=True)
    broken = (b"{oops\n", b"\xff\n", b"\n", b"[" * 100_000 + b"\n")
    for damaged in (*([*lines[:2], line, lines[3]] for line in broken), [*lines[:2], lines[3]]):
        path.write_bytes(b"".join(damaged))
        with pytest.raises(ValueError, match="is damaged: its line 3 is not run 2 of the search"):
            _store.opened(path, SETTINGS)
        assert path.read_bytes() == b"".join(damaged)


# ---------------------------------------------------------------- tune, with a loss in place of a network

DATA = (np.zeros((64, 3)), np.zeros(64), np.zeros((32, 3)), np.zeros(32))


class Killed(BaseException):
    """Like SIGKILL: nothing of tune's may run after it that would be missed."""


@pytest.fixture
def quick(monkeypatch):
    """Runs that take no time; set `left` to be killed after so many more."""
    control = {"left": 10**9, "made": 0}

    def trained(build_model, parts, frame, weights, candidate, number):
        if control["left"] == 0:
            raise Killed
        control["left"] -= 1
        control["made"] += 1
        return float(bowl(candidate))

    monkeypatch.setattr(recipe, "_trained", trained)
    monkeypatch.setattr(recipe, "_probed", lambda *others: {"weights": [1, 2], "keras": "none"})
    return control


def run(store, **how):
    how = {"budget": 12, "epochs": 2, "say": None, "progress": False} | how
    return tune(lambda: None, DATA, store=store, **how)


def test_a_search_that_is_killed_again_and_again_ends_as_one_that_never_was(quick, tmp_path):
    whole = run(None)
    assert [trial.candidate for trial in whole.trials] == [trial.candidate for trial in searched(12)]
    path, kills = tmp_path / "runs.jsonl", 0
    quick["made"] = 0
    while True:
        quick["left"] = 5
        try:
            again = run(path)
            break
        except Killed:
            kills += 1
    assert kills == 2 and again == whole and quick["made"] == 12
    assert len(path.read_text().splitlines()) == 13
    assert run(path) == whole and quick["made"] == 12  # all there: nothing is trained


def test_runs_at_a_time_are_the_same_wherever_the_search_was_stopped():
    frame = Frame("SGD", 11, 1, 32, "val_loss", "min", 0, 20)
    history = []
    while len(history) < 11:
        asked = list(recipe._batch(history, frame, 3))
        assert len(asked) == min(3, 11 - len(history))
        begin = len(history)
        for candidate in asked:
            history.append(Trial(candidate, bowl(candidate)))
        for stop in range(begin, len(history)):
            assert list(recipe._batch(history[:stop], frame, 3)) == asked[stop - begin :]


def test_a_store_knows_the_data_and_the_frame(quick, tmp_path):
    path = tmp_path / "runs.jsonl"
    run(path)
    before = path.read_bytes()
    for change in ({"epochs": 3}, {"seed": 1}, {"optimizer": "Adam"}, {"budget": 13}):
        with pytest.raises(ValueError, match=f"{next(iter(change))} .* there, .* here"):
            run(path, **change)
    with pytest.raises(ValueError, match=r"data .* there"):
        tune(lambda: None, (DATA[0] + 1, *DATA[1:]), 12, epochs=2, store=path, say=None)
    assert path.read_bytes() == before


def test_it_says_what_it_does_and_whether_it_is_luck(quick):
    said = []
    found = run(None, budget=30, say=said.append)
    text = "\n".join(said)
    assert (
        "30 runs of SGD: 9 spread, 15 steps, 6 repeats. val_loss at the end of 2 epochs is to be small."
        in text
    )
    assert "From run 10: each where the losses so far promise most." in text and "a stop loses all" in text
    assert "their seeds overlap, so call the two equal" in text and found.line in text
    assert "rows that none of them saw" in text


def test_without_tqdm_the_runs_are_made_and_it_says_what_is_missing(quick, monkeypatch):
    """Keras does not bring it, and neither does sgdlib's wheel."""
    monkeypatch.setitem(sys.modules, "tqdm", None)
    said = []
    assert run(None, say=said.append, progress=True) == run(None)
    assert sum("pip install tqdm" in sentence for sentence in said) == 1


def test_seeds_that_do_not_overlap_are_called_so():
    frame = Frame("SGD", 4, 1, 32, "val_loss", "min", 0, 20)
    one, two = Candidate((0.5, 0.5)), Candidate((0.2, 0.5))
    trials = [
        Trial(one, 0.1),
        Trial(two, 0.3),
        Trial(Candidate(one.place, 1), 0.11),
        Trial(Candidate(two.place, 1), 0.29),
    ]
    assert "no seed of one reaches the other" in Tuned(frame, tuple(trials)).says()
    assert "One seed" in Tuned(frame, tuple(trials[:2])).says()


def test_the_metric_may_be_one_that_grows(quick):
    frame = run(None, metric="val_accuracy").frame
    assert frame.mode == "max" and frame.value(0.9) == pytest.approx(0.1) and frame.said(0.25) == "0.75"
    assert Frame("SGD", 1, 1, 1, "val_psnr", "max", 0, 2).value(30.0) == -30.0
    assert frame.value(float("nan")) == LOST


def test_the_result_is_drawn(quick):
    picture = run(None, budget=30).plot()
    html = picture._repr_html_()
    assert html.count("<svg") == 2 and "30 runs of SGD" in html


@pytest.mark.parametrize(
    ("data", "how", "said"),
    [
        (DATA[:2], {}, "data has no validation part"),
        (DATA[0], {}, "data has no validation part"),
        ((DATA[:2], None), {}, "data has no validation part"),
        (((row for row in DATA[0]), DATA[2:]), {}, "data is a generator"),
        (DATA, {"optimizer": "Adagrad"}, "optimizer must be one of SGD, Adam, not 'Adagrad'"),
        (DATA, {"mode": "big"}, 'mode must be "auto", "min" or "max"'),
        (DATA, {"epochs": 0}, "epochs must be a whole number"),
        (DATA, {"epochs": 1, "batch_size": 64}, "a run has one update"),
    ],
)
def test_what_cannot_be_used_gets_a_sentence(quick, data, how, said):
    with pytest.raises(ValueError, match=said) as caught:
        tune(lambda: None, data, **how)
    assert "\n" not in str(caught.value)


def test_when_every_run_is_lost_it_says_what_to_do(quick, monkeypatch):
    monkeypatch.setattr(recipe, "_trained", lambda *others: LOST)
    with pytest.raises(RuntimeError, match=r"all 3 runs were lost.*scale the inputs"):
        run(None, budget=3)


@pytest.mark.parametrize("workers", [1, 4])
def test_when_the_lowest_rate_is_lost_too_the_search_ends(quick, monkeypatch, tmp_path, workers):
    """After the runs that are spread over the square; one run that ends at a number goes on."""
    monkeypatch.setattr(recipe, "_trained", lambda *others: LOST)
    monkeypatch.setattr(
        recipe, "_runner", lambda *them: recipe.nullcontext(lambda asked, n: [LOST for _ in asked])
    )
    for _ in range(2):  # the second time from the store
        with pytest.raises(RuntimeError, match=rf"all {10 if workers == 1 else 12} runs were lost"):
            run(tmp_path / "runs.jsonl", budget=30, workers=workers)
    ends = iter([*[LOST] * 9, *[0.5] * 21])
    monkeypatch.setattr(
        recipe, "_runner", lambda *them: recipe.nullcontext(lambda asked, n: [next(ends) for _ in asked])
    )
    assert len(run(None, budget=30, workers=workers).trials) == 30


def test_runs_at_a_time_are_said_to_take_other_steps(quick, monkeypatch):
    monkeypatch.setattr(
        recipe, "_runner", lambda *them: recipe.nullcontext(lambda asked, n: map(bowl, asked))
    )
    for workers, count in ((1, 0), (2, 1)):
        said = []
        run(None, workers=workers, say=said.append)
        assert "\n".join(said).count("the steps are other ones than one at a time") == count


# ---------------------------------------------------------------- tune, with Keras


@pytest.fixture(scope="module")
def keras():
    from sgdlib.experiments._keras import keras_on_jax

    return keras_on_jax()


RNG = np.random.default_rng(0)
X = RNG.normal(size=(96, 3)).astype("float32")
Y = (X[:, :1] - X[:, 1:2] ** 2).astype("float32")
REAL = (X[:64], Y[:64], X[64:], Y[64:])


def built(keras, loss="mse", metrics=(), layers=None):
    model = keras.Sequential(
        [keras.Input((3,)), *(layers or [keras.layers.Dense(4, "relu")]), keras.layers.Dense(1)]
    )
    if loss:
        model.compile(loss=loss, metrics=list(metrics))
    return model


def test_tune_trains_a_real_model_and_goes_on_after_a_kill(keras, tmp_path, capsys):
    how = {"budget": 2, "epochs": 2, "store": tmp_path / "runs.jsonl", "progress": False}
    found = tune(lambda: built(keras), REAL, **how)
    assert len(found.trials) == 2 and np.isfinite([trial.value for trial in found.trials]).all()
    assert "val_loss" in capsys.readouterr().out
    lines = (tmp_path / "runs.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "runs.jsonl").write_text("".join(lines[:2]) + lines[2][:20])
    assert tune(lambda: built(keras), REAL, **how, say=None) == found  # the run is trained again, alike
    made = found.optimizer()
    scope = {"keras": keras}
    exec(found.line, scope)
    assert made.get_config()["weight_decay"] == scope["optimizer"].get_config()["weight_decay"]
    assert json.dumps(made.get_config()["learning_rate"]["config"]["warmup_target"]) in found.line


def test_what_is_no_model_gets_a_sentence(keras, tmp_path):
    here = built(keras)
    frozen = built(keras)
    frozen.trainable = False
    frozen.compile(loss="mse")

    def broken():
        raise ZeroDivisionError("oops.")

    cases = [
        (broken, {}, RuntimeError, r"build_model\(\) raised ZeroDivisionError: oops\. Nothing"),
        (lambda: "model", {}, ValueError, "must return a keras.Model, not str"),
        (lambda: built(keras, loss=None), {}, ValueError, "the model is not compiled"),
        (lambda: here, {}, ValueError, "returned a model that was there before"),
        (lambda: frozen, {}, ValueError, "no trainable weights"),
        (
            lambda: built(keras),
            {"metric": "val_acc"},
            ValueError,
            "metric must be one of loss, val_loss, not 'val_acc'",
        ),
    ]
    for build, how, kind, said in cases:
        with pytest.raises(kind, match=said):
            tune(build, REAL, 2, epochs=2, say=None, progress=False, **how)
    with pytest.raises(ValueError, match="cannot be judged on the validation data"):
        tune(lambda: built(keras), (*REAL[:2], X[:5, :2], Y[:5]), 2, epochs=2, say=None, progress=False)


def test_a_model_of_another_size_each_time_is_noticed(keras, tmp_path):
    sizes = iter((4, 4, 5))
    build = lambda: built(keras, layers=[keras.layers.Dense(next(sizes))])  # noqa: E731
    path = tmp_path / "runs.jsonl"
    with pytest.raises(
        ValueError, match=r"a model of 21 weights first and of 26, .* for run 2: .* The 1 before it are"
    ):
        tune(build, REAL, 3, epochs=2, store=path, say=None, progress=False)
    assert len(path.read_text().splitlines()) == 2


@pytest.mark.foreign
def test_a_loss_of_no_number_is_a_lost_run_and_a_budget_of_one_is_enough(keras):
    rows = (X[:64], Y[:64] * np.nan, X[64:], Y[64:])
    with pytest.raises(RuntimeError, match="all 1 runs were lost"):
        tune(lambda: built(keras), rows, 1, epochs=2, say=None, progress=False)
    assert "One seed" in tune(lambda: built(keras), REAL, 1, epochs=2, say=None, progress=False).says()


@pytest.mark.foreign
def test_a_dataset_and_layers_with_states_of_their_own(keras):
    class Rows(keras.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, k):
            return X[16 * k : 16 * k + 16], Y[16 * k : 16 * k + 16]

    layers = [keras.layers.Dense(4), keras.layers.BatchNormalization(), keras.layers.Dropout(0.1)]

    def build():
        return built(keras, layers=[layer.__class__.from_config(layer.get_config()) for layer in layers])

    found = tune(build, (Rows(), REAL[2:]), 2, epochs=2, say=None, progress=False)
    assert found.frame.updates == 8 and not any(trial.lost for trial in found.trials)


@pytest.mark.foreign
def test_two_at_a_time_by_joblib(keras, tmp_path):
    def build():
        import keras

        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile(loss="mse")
        return model

    how = {"budget": 4, "epochs": 2, "say": None, "progress": False, "workers": 2}
    found = tune(build, REAL, store=tmp_path / "runs.jsonl", **how)
    frame, parts = found.frame, (REAL[:2], REAL[2:])
    weights = recipe._weights_of(build())
    alone = [recipe._trained(build, parts, frame, weights, t.candidate, 0) for t in found.trials]
    assert np.allclose(alone, [trial.value for trial in found.trials], rtol=1e-4)


# ---------------------------------------------------------------- the race


def test_the_benchmarks_table_is_the_stored_race():
    from pathlib import Path

    from sgdlib.practice import race

    readme = (Path(__file__).resolve().parent.parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
    stored = race.load()
    tasks = list(dict.fromkeys(stored["task"].tolist()))
    assert len(tasks) == 5 and set(stored["method"]) <= {*race.METHODS}
    names = [name for name in race.METHODS if name in stored["method"]]
    for budget in (10, 30):
        for task in tasks:
            means = [f"{race.scores(stored, task, budget, name).mean():.4f}" for name in names]
            assert f"| {task} | {' | '.join(means)} | {race.verdict(stored, task, budget)} |" in readme
        assert all(sentence in readme for sentence in race.said(stored, budget))
