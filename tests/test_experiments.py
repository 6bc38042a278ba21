"""The experiments: their machinery with a tiny one, each stored table, and real Keras, joblib and Dask on digits."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sgdlib import experiments
from sgdlib.experiments import Experiment, _table, autoencoder, convnet, find, missing, names, sweep
from sgdlib.experiments.__main__ import main
from sgdlib.experiments.digits import CAP, DEAD, EXPERIMENT, Run, digits, load, loss_map, made_with, train

# 1437 is three times 479: with a batch of a second size Keras would compile twice
TINY = [Run(eta, seed=seed, epochs=1, batch_size=479) for eta, seed in [(0.1, 0), (0.1, 1), (0.3, 0)]]
CURVES = ("training_loss", "validation_loss", "validation_accuracy")


@pytest.fixture(scope="module")
def table():
    return load()


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The tiny table, made in this process: two more would start Keras each."""
    path = tmp_path_factory.mktemp("sweep") / "local.csv"
    sweep(EXPERIMENT, TINY, path, workers=1)
    return path


def rows(path) -> list[str]:
    """The finished rows of a table, without its two lines of header."""
    return path.read_text(encoding="utf-8").splitlines(keepends=True)[2:]


# ---------------------------------------------------------------- the machinery, with an experiment of a moment


BALL = '''"""A ball that rolls: where it is, and how much of its way is left."""

from dataclasses import dataclass

import numpy as np

from sgdlib.experiments import Experiment


@dataclass(frozen=True, order=True)
class Roll:
    rule: str
    steps: int
    rate: float = 0.5
    heavy: bool = False


def train(roll):
    left = np.array([(1 - roll.rate) ** k for k in range(roll.steps)])
    return {"left": left, "bowl": np.diag([1.0, 2.0]) / 3, "rolled": roll.rate > 0, "count": 7}


EXPERIMENT = Experiment(
    module=__name__,
    setting=Roll,
    runs=lambda: [Roll(rule, 3, rate) for rule in ("sgd", "momentum") for rate in (0.25, 0.1)],
    train=train,
    columns=lambda roll: [("rolled", bool), ("count", int), ("left", float, (roll.steps,)), ("bowl", float, (2, 2))],
    packages=("numpy",),
)
'''


@pytest.fixture
def ball(tmp_path, monkeypatch) -> Experiment:
    """An experiment in a folder of its own, found by its place like the course's own."""
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "ball.py").write_text(BALL, encoding="utf-8")
    (tmp_path / "place" / "_helper.py").write_text("", encoding="utf-8")
    monkeypatch.setattr(experiments, "__path__", [*experiments.__path__, str(tmp_path / "place")])
    yield find("ball")
    del sys.modules["sgdlib.experiments.ball"], experiments.ball


def test_an_experiment_is_found_by_its_place(ball):
    assert names() == sorted(["ball", *NAMES])
    assert ball.sentence == "A ball that rolls: where it is, and how much of its way is left."
    assert ball.table == Path(sys.modules[ball.module].__file__).with_name("ball.csv")
    with pytest.raises(
        ValueError, match=r"^there is no experiment 'bal'; there is autoencoder, backends, ball, "
    ):
        find("bal")


def test_any_setting_and_any_shape_comes_back(ball, tmp_path):
    table = sweep(ball, ball.runs(), tmp_path / "table.csv", workers=1)
    assert (tmp_path / "table.csv").read_text(encoding="utf-8").splitlines()[1:3] == [
        "rule,steps,rate,heavy,rolled,count,left_1,left_2,left_3,bowl_1_1,bowl_1_2,bowl_2_1,bowl_2_2",
        "momentum,3,0.1,0,1,7,1,0.9,0.81,0.3333,0,0,0.6667",
    ]
    assert [ball.run_of(entry) for entry in table] == sorted(ball.runs())
    assert table["rule"].tolist() == ["momentum", "momentum", "sgd", "sgd"]
    assert (table["left"].shape, table["bowl"].shape) == ((4, 3), (4, 2, 2))
    assert (table["rolled"].dtype, table["count"].dtype.kind) == (bool, "i")
    np.testing.assert_allclose(table["bowl"][0], [[0.3333, 0], [0, 0.6667]])
    assert missing(ball, [*ball.runs(), replace(ball.runs()[0], steps=2)], tmp_path / "table.csv") == [
        replace(ball.runs()[0], steps=2)
    ]


def test_a_result_that_does_not_fit_is_refused(ball, tmp_path):
    run = ball.runs()[0]
    good = ball.train(run)
    with pytest.raises(
        ValueError, match=r"^left of Roll\(.*\) is not finite: put a cap on it before it is stored\.$"
    ):
        ball.row(run, good | {"left": np.array([1, np.nan, 1])})
    with pytest.raises(ValueError, match=r"^left of Roll\(.*\) must have shape \(3,\), not \(2,\)\.$"):
        ball.row(run, good | {"left": np.ones(2)})
    with pytest.raises(ValueError, match=r"^a setting must be a word without commas, .*, not 'a,b'\.$"):
        ball.row(replace(run, rule="a,b"), good)


def test_what_is_finished_stays_when_a_run_fails(ball, tmp_path):
    path = tmp_path / "table.csv"

    def fails(roll):
        if roll.rule == "sgd":
            raise OSError("the disk is full")
        return ball.train(roll)

    with pytest.raises(OSError):
        sweep(replace(ball, train=fails), ball.runs(), path, workers=1)
    assert len(rows(path)) == 2
    sweep(ball, ball.runs(), path, workers=1)
    assert len(rows(path)) == 4


def test_a_file_that_is_no_table_is_left_alone(ball, tmp_path):
    path = tmp_path / "letter.txt"
    for text in ("\n", "Dear reader,\nhow are you", "# numpy 2.0\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=r"letter\.txt is not the table of an experiment\.$"):
            sweep(ball, ball.runs(), path, workers=1)
        assert path.read_text(encoding="utf-8") == text
    path.write_bytes(EXPERIMENT.table.read_bytes())
    with pytest.raises(ValueError, match=r"letter\.txt has other columns than the experiment ball\.$"):
        sweep(ball, ball.runs(), path, workers=1)
    assert path.read_bytes() == EXPERIMENT.table.read_bytes()


def test_the_command_makes_a_table_and_makes_it_again(ball, capsys, monkeypatch):
    def said() -> str:
        return capsys.readouterr().out.rstrip("\n")

    assert main([]) == 0
    assert "ball: 0 of 4 runs stored\n    A ball that rolls" in said()
    assert main(["ball", "--workers", "1"]) == 0
    digest = _table.digest(ball.table)
    assert said() == (
        f"Trained 4 runs; {ball.table} has 4.\nIts digest is {digest}: write that into ball.py beside it."
    )
    assert main([]) == 0
    assert f"ball: 4 of 4 runs stored, made with numpy {np.__version__}\n" in said()

    made = ball.table.read_bytes()
    assert main(["ball", "--workers", "1"]) == 0
    assert said() == (
        f"Nothing to train: {ball.table} has all runs, made with numpy {np.__version__}; --again makes them anew."
    )
    ball.table.write_bytes(made.replace(b"0.9", b"0.8"))  # somebody's pen
    again = ball.table.with_name("ball.csv.again")

    def stopped(roll):
        if roll.rule == "sgd":
            raise KeyboardInterrupt
        return ball.train(roll)

    with monkeypatch.context() as patch:
        patch.setattr(sys.modules[ball.module], "EXPERIMENT", replace(ball, train=stopped))
        assert main(["ball", "--again", "--workers", "1"]) == 130
    assert said() == f"Stopped. The finished runs are in {again}; the same line goes on with the rest."
    assert b"0.8" in ball.table.read_bytes() and len(rows(again)) == 2
    assert main(["ball", "--again", "--workers", "1"]) == 0
    assert said().startswith("Trained 2 runs;")
    assert ball.table.read_bytes() == made and not again.exists()


def test_a_table_of_other_versions_is_not_mixed(ball, capsys):
    sweep(ball, ball.runs()[:1], ball.table, workers=1)
    ball.table.write_text(
        ball.table.read_text(encoding="utf-8").replace(np.__version__, "1.0.0"), encoding="utf-8"
    )
    assert main(["ball", "--workers", "1"]) == 2
    error = capsys.readouterr().err
    assert "ball.csv was made with numpy 1.0.0, and here is numpy" in error
    assert error.endswith("; make it anew (--again), delete it, or name another file (--output).\n")
    assert main(["ball", "--again", "--workers", "1"]) == 0
    assert ball.made_with() == {"numpy": np.__version__}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--workers", "0"], "argument --workers: must be a whole number of at least 1, not '0'"),
        (["--workers", "-3"], "argument --workers: must be a whole number of at least 1, not '-3'"),
        (["--workers", "x"], "argument --workers: must be a whole number of at least 1, not 'x'"),
        (["--data", "{}"], "error: argument --data: ball reads no files."),
        (["--output", "{}"], "python -m sgdlib.experiments: {} is a folder; name a file."),
        (
            ["--output", "{}/no/x.csv"],
            "python -m sgdlib.experiments: there is no folder {}/no; make it first.",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(ball, tmp_path, capsys, arguments, sentence):
    try:
        code = main(["ball", *(each.format(tmp_path) for each in arguments)])
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(sentence.format(tmp_path))


def test_the_table_is_shown(capsys):
    assert main(["backends", "--show"]) == 0
    assert capsys.readouterr().out == find("backends").table.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["dogits"], "argument NAME: invalid choice: 'dogits'"),
        (["--again"], "error: name the experiment to run."),
        (["--show"], "error: name the experiment to run."),
    ],
)
def test_a_wrong_word_is_answered_by_the_parser(arguments, sentence, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert sentence in capsys.readouterr().err


def test_no_cluster_is_said_at_once_and_leaves_no_table(tmp_path):
    line = [sys.executable, "-m", "sgdlib.experiments", "digits", "--output"]
    expected = {
        "nonsense": "a cluster has an address such as tcp://10.0.0.1:8786, not 'nonsense'.",
        "tcp://127.0.0.1:9": "no Dask scheduler answers at tcp://127.0.0.1:9.",
    }
    running = [
        subprocess.Popen(
            [*line, str(tmp_path / f"table{k}.csv"), "--cluster", cluster],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for k, cluster in enumerate(expected)
    ]
    for process, sentence in zip(running, expected.values(), strict=True):
        out, error = process.communicate(timeout=60)
        assert (process.returncode, out, error) == (2, "", f"python -m sgdlib.experiments: {sentence}\n")
    assert not list(tmp_path.iterdir())


def test_a_cluster_is_asked_for_in_a_notebook_too(ball, tmp_path, monkeypatch):
    """Where an event loop runs already, as in every notebook."""
    monkeypatch.setattr("sgdlib.experiments._running.PATIENCE", 0.5)

    async def cell():
        with pytest.raises(ConnectionError, match=r"^no Dask scheduler answers at tcp://127\.0\.0\.1:9\.$"):
            sweep(ball, ball.runs(), tmp_path / "table.csv", cluster="tcp://127.0.0.1:9")

    # in a thread of its own, since Playwright may have an event loop running in this one
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(cell())).result()


def test_something_else_that_listens_is_not_taken_for_a_cluster(ball, tmp_path, monkeypatch):
    import socket

    monkeypatch.setattr("sgdlib.experiments._running.PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Dask's own
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(ConnectionError, match=f"^no Dask scheduler answers at {address}.$"):
            sweep(ball, ball.runs(), tmp_path / "table.csv", cluster=address)


def test_a_cluster_gives_the_same_table(ball, tmp_path, monkeypatch):
    """One worker in this process; two that start Keras each: `make foreign`."""
    from distributed import LocalCluster

    monkeypatch.setattr("sgdlib.experiments._running.PATIENCE", 120)  # the machine may be busy
    sweep(ball, ball.runs(), tmp_path / "local.csv", workers=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Dask's own
        with LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=False,
            protocol="tcp",
            host="127.0.0.1",
            dashboard_address=None,
        ) as cluster:
            sweep(ball, ball.runs(), tmp_path / "dask.csv", cluster=cluster.scheduler_address)
    assert (tmp_path / "dask.csv").read_bytes() == (tmp_path / "local.csv").read_bytes()


# ---------------------------------------------------------------- every stored table

NAMES = names()


@pytest.fixture(params=NAMES)
def experiment(request) -> Experiment:
    return find(request.param)


def test_a_table_lies_beside_every_experiment_and_none_is_left_over():
    folder = EXPERIMENT.table.parent
    assert NAMES
    assert sorted(path.stem for path in folder.glob("*.csv")) == NAMES
    assert all(find(name).name == name and find(name).sentence.endswith(".") for name in NAMES)


def test_a_table_holds_the_runs_of_its_experiment(experiment):
    assert [experiment.run_of(entry) for entry in experiment.load()] == sorted(experiment.runs())
    assert len(set(experiment.runs())) == len(experiment.runs())


def test_a_table_says_which_versions_made_it(experiment, root):
    pinned = (root / "requirements.txt").read_text(encoding="utf-8")
    assert list(experiment.made_with()) == list(experiment.packages)
    for name, version in experiment.made_with().items():
        is_pinned = f"\n{name}=={version}" in pinned
        assert is_pinned or name in experiment.elsewhere, (
            f"make {experiment.table.name} again: {name} {version}"
        )


def test_no_number_of_a_table_was_changed_by_hand(experiment):
    assert _table.digest(experiment.table) == experiment.digest, (
        f"{experiment.table.name} is not what the command wrote: python -m sgdlib.experiments {experiment.name} --again"
    )


def test_a_table_is_as_its_rows_are_written(experiment):
    entries = experiment.load()
    text = _table.head(experiment.made_with(), _table.spread_out(entries.dtype))
    for entry in entries:
        result = {name: entry[name] for name in entries.dtype.names}
        text += _table.line(experiment.row(experiment.run_of(entry), result))
    assert experiment.table.read_bytes() == text.encode()


# Half a minute and more: `make foreign` makes one of their rows again.
LONG = ("backends", "residual")
# When the residual network leaves its plateau, rounding has grown to tenths: processors agree on the way to there.
UNTIL = {"residual": 25}


@pytest.mark.parametrize("row", [0, pytest.param(1, marks=pytest.mark.foreign)])
def test_rows_made_again_are_the_stored_ones(experiment, row):
    if experiment.name in LONG and row == 0:
        pytest.skip("a long run: make foreign makes row 1 again")
    quick = [entry for entry in experiment.load() if experiment.quick(experiment.run_of(entry))]
    assert len(quick) >= 2
    entry = random.Random(experiment.name).sample(quick, 2)[row]
    if experiment.files and not os.environ.get("SGDLIB_DATA"):
        pytest.skip(
            f"the data of {experiment.name} are not here: SGDLIB_DATA=DIR says where {experiment.files[0]} is"
        )
    run = experiment.run_of(entry)
    again = experiment.train(run)
    for name, *_ in experiment.columns(run):
        new = again[name] if isinstance(again, dict) else getattr(again, name)
        stored = entry[name]
        if experiment.name in UNTIL and np.ndim(stored):
            assert np.shape(new) == stored.shape and np.isfinite(new).all()
            new, stored = new[: UNTIL[experiment.name]], stored[: UNTIL[experiment.name]]
        # another processor rounds otherwise; a hundredth of an accuracy is three images
        np.testing.assert_allclose(new, stored, rtol=0.02, atol=0.01, err_msg=f"{name} of {run}")


# ---------------------------------------------------------------- the digits: the committed table


def test_table_is_small_and_complete(table):
    assert EXPERIMENT.table.stat().st_size < 160_000
    assert len(table) == 336
    settings = table[["learning_rate", "momentum", "nesterov", "batch_size"]]
    assert len(np.unique(settings)) == 112
    assert set(table["seed"].tolist()) == {0, 1, 2}


def test_table_holds_plain_numbers(table):
    for curve in CURVES:
        assert table[curve].shape == (336, 20)
        assert np.isfinite(table[curve]).all()
        assert (table[curve] >= 0).all() and (table[curve] <= CAP).all()
    assert not {"nan", "inf", "-inf"} & set(
        EXPERIMENT.table.read_text(encoding="utf-8").replace("\n", ",").split(",")
    )


def test_accuracy_counts_the_360_images(table):
    right = 360 * table["validation_accuracy"]
    assert (right <= 360).all()
    # four significant digits of a share of 1 are up to 0.018 images
    assert np.abs(right - right.round()).max() < 0.02


def test_a_loss_and_an_accuracy_fit_each_other(table):
    """More than half of the images right needs a loss below the log of two for each of them, and so on."""
    wrong = 1 - table["validation_accuracy"]
    # a wrong image has at most half of the probability: it costs at least ln 2
    assert (table["validation_loss"] >= wrong * np.log(2) - 1e-3).all()


def test_a_run_that_ends_at_guessing_is_recorded_as_diverged(table):
    last = table["validation_loss"][:, -1]
    assert table["diverged"].any() and not table["diverged"].all()
    assert (last[table["diverged"]] >= DEAD - 1e-3).all()
    falling = (np.diff(table["validation_loss"]) <= 0).all(-1)
    assert not (table["diverged"] & falling).any()
    assert ((last <= DEAD + 1e-3) | falling)[~table["diverged"]].all()
    # one update an epoch at these rates is slow, and nothing else
    assert not table["diverged"][(table["batch_size"] == 1437) & (table["learning_rate"] <= 0.01)].any()


@pytest.mark.parametrize("run", [Run(0.1, 0.9), Run(0.01, 0.9, nesterov=True)], ids=["momentum", "nesterov"])
def test_rows_trained_again_agree_within_the_spread_of_the_seeds(table, run):
    same = [entry for entry in table if replace(EXPERIMENT.run_of(entry), seed=0) == run]
    final = np.array([entry["validation_loss"][-1] for entry in same])
    assert len(final) == 3
    again = train(run)
    assert not again.diverged
    assert abs(again.validation_loss[-1] - final.mean()) <= np.ptp(final)
    # and at the same place early on, before rounding can have grown
    assert again.validation_loss[0] == pytest.approx(same[0]["validation_loss"][0], rel=1e-2)


def test_map_is_the_mean_over_the_seeds(table):
    for nesterov in (False, True):
        rates, momenta, losses = loss_map(table, nesterov)
        np.testing.assert_allclose(rates, [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3])
        np.testing.assert_allclose(momenta, [0, 0.5, 0.9, 0.95, 0.99])
        chosen = (table["learning_rate"] == 0.03) & (table["momentum"] == 0.9) & (table["batch_size"] == 32)
        cell = table[chosen & (table["nesterov"] == nesterov)]["validation_loss"][:, -1]
        assert losses[2, 3] == pytest.approx(cell.mean())
        assert np.isnan(losses[4, 7])
    np.testing.assert_array_equal(loss_map(table)[2][0], loss_map(table, nesterov=True)[2][0])


def test_facts_of_the_course(table):
    """Claims 19 and 20 of the course: much of momentum's gain is the effective learning rate."""
    rates, momenta, losses = loss_map(table)
    at = {
        (float(mu), float(eta)): losses[i, j] for i, mu in enumerate(momenta) for j, eta in enumerate(rates)
    }
    assert at[0.9, 0.001] == pytest.approx(at[0.0, 0.01], rel=0.05)
    assert at[0.9, 0.01] == pytest.approx(at[0.0, 0.1], rel=0.05)
    assert at[0.0, 0.01] > 5 * at[0.0, 0.1]


# ---------------------------------------------------------------- the autoencoder


def test_the_autoencoder_has_the_board_of_the_digits(table):
    other = autoencoder.EXPERIMENT.load()
    assert autoencoder.EXPERIMENT.table.stat().st_size < 100_000
    setting = ["learning_rate", "momentum", "nesterov", "seed"]
    boards = [
        set(each[each["batch_size"] == size][setting].tolist()) for each, size in ((table, 32), (other, 128))
    ]
    assert boards[0] < boards[1]
    last = other["validation_loss"][:, -1]
    assert (last[other["diverged"]] >= autoencoder.DEAD - 1e-3).all() and other["diverged"].any()
    assert other["training_loss"].max() == CAP and other["training_loss"].min() > 0.3


def test_the_autoencoder_is_decided_by_its_seed_and_stays_finite():
    run = Run(0.1, 0.9, nesterov=True, batch_size=512, epochs=2)
    first, again, other = (autoencoder.train(each) for each in (run, run, replace(run, seed=1)))
    assert first.training_loss.tolist() == again.training_loss.tolist() != other.training_loss.tolist()
    lost = autoencoder.train(replace(run, learning_rate=1e30))
    assert lost.diverged and lost.validation_loss.tolist() == [CAP, CAP]
    slow = autoencoder.train(Run(1e-4, batch_size=1437, epochs=2))
    assert slow.validation_loss[-1] > autoencoder.DEAD and not slow.diverged


# ---------------------------------------------------------------- the convnet


@pytest.fixture
def few_images():
    rng = np.random.default_rng(0)
    images, labels = rng.random((70, 28, 28, 1), dtype="float32"), rng.integers(10, size=70)
    return images[:50], labels[:50], images[50:], labels[50:]


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param({"momentum": 0.9, "nesterov": True}, id="SGD", marks=pytest.mark.foreign),
        pytest.param({"optimizer": "Adam"}, id="Adam", marks=pytest.mark.foreign),
    ],
)
def test_the_convnet_is_trained_as_by_model_fit(few_images, rule):
    import keras

    run = convnet.Run(0.01, batch_size=16, epochs=2, seed=3, **rule)
    result = convnet.train(run, few_images)
    model = convnet.convnet(run.seed)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = (
        keras.optimizers.Adam(0.01)
        if run.optimizer == "Adam"
        else keras.optimizers.SGD(0.01, 0.9, nesterov=True)
    )
    model.compile(optimizer=optimizer, loss=loss)
    images, labels, *unseen = few_images
    rng = np.random.default_rng(run.seed)
    for k in range(run.epochs):
        rows = rng.permutation(50)[:48]  # three whole batches
        mean = model.fit(images[rows], labels[rows], batch_size=16, shuffle=False, verbose=0).history["loss"][
            0
        ]
        scores = model(unseen[0])
        assert result.training_loss[k] == pytest.approx(mean, rel=1e-4)
        assert result.validation_loss[k] == pytest.approx(float(loss(unseen[1], scores)), rel=1e-4)
        right = np.mean(np.argmax(scores, axis=1) == unseen[1])
        assert result.validation_accuracy[k] == pytest.approx(right)


def test_the_sharpness_is_that_of_all_weights_together():
    weights = [np.zeros((2, 3), "float32"), np.zeros(3, "float32")]
    curvatures = [np.arange(6.0).reshape(2, 3), np.array([1.0, 25.0, -30.0])]

    def product(vector):
        return [a * u for a, u in zip(curvatures, vector, strict=True)]

    assert convnet._sharpness(product, weights) == pytest.approx(25, rel=0.01)
    assert convnet._sharpness(lambda u: [1e9 * each for each in product(u)], weights) == CAP
    assert convnet._sharpness(lambda u: [np.nan * each for each in u], weights) == CAP


def test_the_convnet_is_decided_by_its_seed_and_stays_finite(few_images):
    run = convnet.Run(0.01, batch_size=16, epochs=2)
    first, again, other = (convnet.train(each, few_images) for each in (run, run, replace(run, seed=1)))
    assert first.validation_loss.tolist() == again.validation_loss.tolist() != other.validation_loss.tolist()
    lost = convnet.train(replace(run, learning_rate=1e30), few_images)
    assert lost.diverged and lost.validation_loss.tolist() == [CAP, CAP] and lost.sharpness == CAP


def test_mnist_comes_from_a_folder_or_from_keras(tmp_path, monkeypatch):
    import keras

    rng = np.random.default_rng(0)
    images = rng.integers(256, size=(7, 28, 28), dtype="uint8")
    labels = rng.integers(10, size=7, dtype="uint8")
    for name, head, values in zip(convnet.FILES, (16, 8), (images, labels), strict=False):
        (tmp_path / name).write_bytes(bytes(head) + values.tobytes())
    monkeypatch.setattr(convnet, "SAMPLES", 4)
    monkeypatch.setattr(convnet, "UNSEEN", 2)
    monkeypatch.setenv("SGDLIB_DATA", str(tmp_path))
    with pytest.raises(ValueError, match=r"^these are not the first 12,000 training images of MNIST"):
        convnet.mnist.__wrapped__()
    monkeypatch.setattr(convnet, "CHECKSUM", zlib.crc32(images[:6].tobytes() + labels[:6].tobytes()))
    found = convnet.mnist.__wrapped__()
    assert [each.shape for each in found] == [(4, 28, 28, 1), (4,), (2, 28, 28, 1), (2,)]
    np.testing.assert_allclose(found[2][..., 0], images[4:6] / 255, rtol=1e-6)
    assert found[3].tolist() == labels[4:6].tolist()
    monkeypatch.delenv("SGDLIB_DATA")
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: ((images, labels), (images, labels)))
    for ours, theirs in zip(found, convnet.mnist.__wrapped__(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"optimizer": "adam"}, """optimizer must be "SGD" or "Adam", not 'adam'."""),
        ({"optimizer": "Adam", "momentum": 0.9}, "Adam has neither SGD's momentum nor its nesterov."),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, not 0."),
    ],
)
def test_a_run_of_the_convnet_out_of_range_is_refused(wrong, message):
    with pytest.raises(ValueError) as error:
        convnet.Run(**{"learning_rate": 0.1} | wrong)
    assert str(error.value) == message


# ---------------------------------------------------------------- the digits: data, runs, training


def test_digits_are_split_once_and_for_all():
    images, labels, validation_images, validation_labels = digits()
    assert (images.shape, labels.shape) == ((1437, 64), (1437,))
    assert (validation_images.shape, validation_labels.shape) == ((360, 64), (360,))
    assert images.dtype == np.float32
    assert (images.min(), images.max()) == (0, 1)
    assert len(np.unique(np.vstack([images, validation_images]), axis=0)) == 1797
    assert set(labels) == set(validation_labels) == set(range(10))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be a finite number above 0, not 0.0."),
        ({"learning_rate": float("nan")}, "learning_rate must be a finite number above 0, not nan."),
        ({"learning_rate": 0.1, "momentum": 1.5}, "momentum must be a number from 0 to 1, not 1.5."),
        ({"learning_rate": 0.1, "batch_size": 0}, "batch_size must be a whole number of at least 1, not 0."),
        (
            {"learning_rate": 0.1, "batch_size": True},
            "batch_size must be a whole number of at least 1, not True.",
        ),
        ({"learning_rate": 0.1, "epochs": 2.0}, "epochs must be a whole number of at least 1, not 2.0."),
        ({"learning_rate": 0.1, "seed": -1}, "seed must be a whole number from 0 to 4294967295, not -1."),
    ],
)
def test_a_run_out_of_range_is_refused(wrong, message):
    with pytest.raises(ValueError) as error:
        Run(**wrong)
    assert str(error.value) == message


def test_the_seed_decides_everything(local):
    stored = load(local)
    assert len(np.unique(stored["validation_loss"])) == len(TINY)
    again = EXPERIMENT.row(TINY[1], train(TINY[1]))
    assert _table.line(again) == rows(local)[1]


def test_the_seed_decides_while_others_draw(local):
    """A cluster's worker draws from Python's own generator at any time, for its heartbeat."""
    done = threading.Event()

    def draw() -> None:
        while not done.is_set():
            random.random()
            time.sleep(0)

    other = threading.Thread(target=draw)
    other.start()
    try:
        result = train(TINY[0])
    finally:
        done.set()
        other.join()
    stored = load(local)["validation_loss"][0]
    assert [float(f"{loss:.4g}") for loss in result.validation_loss] == stored.tolist()


def test_a_run_that_explodes_is_a_finite_result():
    result = train(Run(1e30, epochs=2, batch_size=479))
    assert result.diverged
    assert result.validation_loss[-1] == CAP
    assert all(np.isfinite(getattr(result, curve)).all() for curve in CURVES)


@pytest.mark.parametrize(
    ("run", "lost"),
    [(Run(0.1, epochs=1, batch_size=479), False), (Run(30.0, epochs=1, batch_size=479), True)],
)
def test_slow_is_not_diverged_after_one_epoch_either(run, lost):
    result = train(run)
    assert result.validation_loss[-1] >= DEAD
    assert result.diverged == lost


def test_another_backend_is_refused(monkeypatch):
    import keras

    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(RuntimeError, match=r"^Keras runs on torch here; set .* KERAS_BACKEND=jax first\.$"):
        train(TINY[0])


def test_reading_the_table_needs_numpy_only():
    code = (
        "import sys, sgdlib.experiments.digits; sgdlib.experiments.digits.loss_map(sgdlib.experiments.digits.load()); "
        "print(sorted({'keras', 'jax', 'sklearn', 'joblib', 'distributed', 'tqdm', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_two_processes_make_the_table_of_one(tmp_path):
    runs = [Run(0.1, batch_size=512, seed=seed, epochs=1) for seed in range(3)]
    for workers in (1, 2):
        sweep(autoencoder.EXPERIMENT, runs, tmp_path / f"{workers}.csv", workers=workers)
    assert len(rows(tmp_path / "1.csv")) == 3
    assert (tmp_path / "2.csv").read_bytes() == (tmp_path / "1.csv").read_bytes()


# ---------------------------------------------------------------- the digits: sweeping


@pytest.mark.foreign  # two more processes that start Keras
def test_a_dask_cluster_gives_the_same_table(local, tmp_path, capfd, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr("sgdlib.experiments._running.PATIENCE", 120)  # the machine may be busy
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Dask's own
        with LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as cluster:
            table = sweep(EXPERIMENT, TINY, tmp_path / "dask.csv", cluster=cluster.scheduler_address)
            assert "3/3" in capfd.readouterr().err  # the progress bar

            missing_here = replace(EXPERIMENT, packages=("keras", "no-such-package"))
            # here only: the workers look into their own environment
            monkeypatch.setattr(_table, "metadata", SimpleNamespace(version=lambda name: "3.0.0"))
            with pytest.raises(
                RuntimeError, match=r"^the worker tcp.* has keras 3\.\d.*, and here is keras 3\.0\.0, "
            ):
                sweep(EXPERIMENT, TINY, tmp_path / "other.csv", cluster=cluster.scheduler_address)
            with pytest.raises(
                RuntimeError, match=r"^a worker of the cluster lacks no-such-package; install"
            ):
                sweep(missing_here, TINY, tmp_path / "other.csv", cluster=cluster.scheduler_address)
            assert not (tmp_path / "other.csv").exists()
    assert len(table) == len(TINY)
    assert (tmp_path / "dask.csv").read_bytes() == local.read_bytes()


def test_a_killed_sweep_loses_no_finished_run(ball, tmp_path):
    path = tmp_path / "killed.csv"
    code = (
        "import os, time; from dataclasses import replace; from sgdlib import experiments\n"
        f"experiments.__path__.append({str(tmp_path / 'place')!r}); ball = experiments.find('ball')\n"
        # It waits to be killed; if its finished rows do not come, it ends and takes them along.
        "train = lambda roll: (time.sleep(30) or os._exit(1)) if roll.rule == 'sgd' else ball.train(roll)\n"
        f"experiments.sweep(replace(ball, train=train), ball.runs(), {str(path)!r}, workers=1)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not (path.is_file() and len(rows(path)) == 2):
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    before = rows(path)
    assert len(before) == 2
    sweep(ball, ball.runs(), tmp_path / "whole.csv", workers=1)
    whole = (tmp_path / "whole.csv").read_bytes()
    with path.open("a", encoding="utf-8") as file:
        file.write(rows(tmp_path / "whole.csv")[-1][:8])  # killed in the middle of a row

    trained = []
    counting = replace(ball, train=lambda roll: trained.append(roll) or ball.train(roll))
    sweep(counting, ball.runs(), path, workers=1)
    assert len(trained) == len(ball.runs()) - sum(row.endswith("\n") for row in before)
    assert path.read_bytes() == whole
    sweep(counting, ball.runs(), path, workers=1)
    assert len(trained) <= len(ball.runs())


def test_command_line(local, tmp_path, monkeypatch, capsys):
    path = tmp_path / "table.csv"
    module = sys.modules[EXPERIMENT.module]

    def stopped(run):
        if run == TINY[1]:
            raise KeyboardInterrupt
        return train(run)

    two = replace(EXPERIMENT, runs=lambda: TINY[:2])
    monkeypatch.setattr(module, "EXPERIMENT", replace(two, train=stopped))
    assert main(["digits", "--output", str(path), "--workers", "1"]) == 130
    assert (
        capsys.readouterr().out
        == f"Stopped. The finished runs are in {path}; the same line goes on with the rest.\n"
    )
    assert rows(path) == rows(local)[:1]
    monkeypatch.setattr(module, "EXPERIMENT", two)
    assert main(["digits", "--output", str(path), "--workers", "1"]) == 0
    assert capsys.readouterr().out == f"Trained 1 runs; {path} has 2.\n"
    assert rows(path) == rows(local)[:2]


def test_tables_do_not_mix(local, tmp_path):
    with pytest.raises(
        ValueError, match=r"^the runs of a table must have the same columns, not .*\(2,\).*\(1,\)"
    ):
        sweep(EXPERIMENT, [TINY[0], Run(0.1, epochs=2)], tmp_path / "two.csv")
    with pytest.raises(ValueError, match=r"the same columns, not .*\(3,\).*\(1,\)"):
        sweep(EXPERIMENT, [Run(0.1, epochs=3)], local)
    old = tmp_path / "old.csv"
    text = local.read_text(encoding="utf-8")
    old.write_text(text.replace(f"keras {made_with(local)['keras']}", "keras 3.0.0"), encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"old\.csv was made with keras 3\.0\.0, .*; make it anew"):
        sweep(EXPERIMENT, TINY, old)
