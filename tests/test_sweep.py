"""The sweep: real Keras, real joblib, a real Dask cluster on this machine; and the committed table."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace

import numpy as np
import pytest

from sgdlib.experiments import digits as module
from sgdlib.experiments.digits import (
    CAP,
    DEAD,
    TABLE,
    Run,
    course_runs,
    digits,
    load,
    loss_map,
    made_with,
    sweep,
    train,
)

TINY = [Run(eta, seed=seed, epochs=1, batch_size=128) for eta, seed in [(0.1, 0), (0.1, 1), (0.3, 0)]]


@pytest.fixture(scope="module")
def table():
    return load()


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The tiny table, made by two processes of this machine."""
    path = tmp_path_factory.mktemp("sweep") / "local.csv"
    sweep(TINY, path, workers=2)
    return path


def rows(path) -> list[str]:
    """The finished rows of a table, without its two lines of header."""
    return path.read_text(encoding="utf-8").splitlines(keepends=True)[2:]


# ---------------------------------------------------------------- the committed table


def test_table_is_small_and_complete(table):
    assert TABLE.stat().st_size < 160_000
    assert [module._run_of(entry) for entry in table] == course_runs()
    assert (
        len({(run.learning_rate, run.momentum, run.nesterov, run.batch_size) for run in course_runs()}) == 112
    )
    assert {run.seed for run in course_runs()} == {0, 1, 2}


def test_table_holds_plain_numbers(table):
    for curve in module.CURVES:
        assert table[curve].shape == (336, 20)
        assert np.isfinite(table[curve]).all()
        assert (table[curve] >= 0).all() and (table[curve] <= CAP).all()
    assert (table["validation_accuracy"] <= 1).all()
    assert not {"nan", "inf", "-inf"} & set(TABLE.read_text(encoding="utf-8").replace("\n", ",").split(","))


def test_a_run_that_ends_at_guessing_is_recorded_as_diverged(table):
    last = table["validation_loss"][:, -1]
    assert table["diverged"].any() and not table["diverged"].all()
    assert (last[table["diverged"]] >= DEAD - 1e-3).all()
    falling = (np.diff(table["validation_loss"]) <= 0).all(-1)
    assert not (table["diverged"] & falling).any()
    assert ((last <= DEAD + 1e-3) | falling)[~table["diverged"]].all()
    # one update an epoch at these rates is slow, and nothing else
    assert not table["diverged"][(table["batch_size"] == 1437) & (table["learning_rate"] <= 0.01)].any()


def test_table_says_which_versions_made_it(root):
    pinned = (root / "requirements.txt").read_text(encoding="utf-8")
    assert list(made_with()) == list(module.PACKAGES)
    for name, version in made_with().items():
        assert f"\n{name}=={version}" in pinned


def test_table_is_as_sweep_writes_it(tmp_path):
    copy = tmp_path / "copy.csv"
    copy.write_bytes(TABLE.read_bytes())
    module._sort(copy)
    assert copy.read_bytes() == TABLE.read_bytes()


@pytest.mark.parametrize("run", [Run(0.1, 0.9), Run(0.01, 0.9, nesterov=True)], ids=["momentum", "nesterov"])
def test_rows_trained_again_agree_within_the_spread_of_the_seeds(table, run):
    same = [entry for entry in table if replace(module._run_of(entry), seed=0) == run]
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


# ---------------------------------------------------------------- data, runs, training


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
        ({"learning_rate": 0.1, "momentum": 1.5}, "momentum must be from 0 to 1, not 1.5."),
        ({"learning_rate": 0.1, "batch_size": 0}, "batch_size must be a whole number of at least 1, not 0."),
        ({"learning_rate": 0.1, "epochs": 2.0}, "epochs must be a whole number of at least 1, not 2.0."),
        ({"learning_rate": 0.1, "seed": -1}, "seed must be a whole number of at least 0, not -1."),
    ],
)
def test_a_run_out_of_range_is_refused(wrong, message):
    with pytest.raises(ValueError) as error:
        Run(**wrong)
    assert str(error.value) == message


def test_the_seed_decides_everything(local):
    losses = load(local)["validation_loss"]
    assert len(np.unique(losses)) == len(losses)
    run = Run(0.1, 0.9, nesterov=True, epochs=2, batch_size=64)
    first, again = train(run), train(run)
    for curve in module.CURVES:
        np.testing.assert_array_equal(getattr(first, curve), getattr(again, curve))
    assert first.validation_loss.shape == (2,)


def test_a_run_that_explodes_is_a_finite_result():
    result = train(Run(1e30, epochs=2, batch_size=512))
    assert result.diverged
    assert result.validation_loss[-1] == CAP
    assert all(np.isfinite(getattr(result, curve)).all() for curve in module.CURVES)


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


# ---------------------------------------------------------------- sweeping


def test_a_dask_cluster_gives_the_same_table(local, tmp_path, capfd):
    from distributed import LocalCluster

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Dask's own
        with LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as cluster:
            table = sweep(TINY, tmp_path / "dask.csv", cluster=cluster.scheduler_address)
    assert len(table) == len(TINY)
    assert (tmp_path / "dask.csv").read_bytes() == local.read_bytes()
    assert "3/3" in capfd.readouterr().err  # the progress bar


def test_a_killed_sweep_loses_no_finished_run(local, tmp_path, monkeypatch):
    path = tmp_path / "killed.csv"
    code = f"import sys; from sgdlib.experiments.digits import Run, sweep; sweep({TINY!r}, {str(path)!r}, workers=1)"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not (path.is_file() and rows(path)):
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    before = rows(path)
    assert before
    with path.open("a", encoding="utf-8") as file:
        file.write(rows(local)[-1][:30])  # killed in the middle of a row

    trained = []
    monkeypatch.setattr(module, "train", lambda run: trained.append(run) or train(run))
    sweep(TINY, path, workers=1)
    assert len(trained) == len(TINY) - sum(row.endswith("\n") for row in before)
    assert path.read_bytes() == local.read_bytes()
    sweep(TINY, path, workers=1)
    assert len(trained) <= len(TINY)


def test_command_line(local, tmp_path, monkeypatch, capsys):
    path = tmp_path / "table.csv"
    monkeypatch.setattr(module, "course_runs", lambda: TINY[:2])

    def stopped(run):
        if run == TINY[1]:
            raise KeyboardInterrupt
        return train(run)

    monkeypatch.setattr(module, "train", stopped)
    assert module.main(["--output", str(path), "--workers", "1"]) == 130
    assert (
        capsys.readouterr().out
        == f"Stopped. The finished runs are in {path}; the same line goes on with the rest.\n"
    )
    assert rows(path) == rows(local)[:1]
    monkeypatch.setattr(module, "train", train)
    assert module.main(["--output", str(path), "--workers", "1"]) == 0
    assert capsys.readouterr().out == f"2 runs are in {path}, 0 of them diverged.\n"
    assert rows(path) == rows(local)[:2]


def test_tables_do_not_mix(local, tmp_path):
    with pytest.raises(ValueError, match=r"^the runs of a table must have the same epochs, not \[1, 2\]\.$"):
        sweep([TINY[0], Run(0.1, epochs=2)], tmp_path / "two.csv")
    with pytest.raises(ValueError, match=r"the same epochs, not \[1, 3\]\.$"):
        sweep([Run(0.1, epochs=3)], local)
    old = tmp_path / "old.csv"
    text = local.read_text(encoding="utf-8")
    old.write_text(text.replace(f"keras {made_with(local)['keras']}", "keras 3.0.0"), encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"old\.csv was made with keras 3\.0\.0, .*; name another file\.$"):
        sweep(TINY, old)
