"""The runs behind the entries of "What is wrong with this run?": what is trained is what the entry says."""

from __future__ import annotations

import numpy as np
import pytest

from sgdlib.experiments import residual
from sgdlib.experiments.symptoms import LOST, RUNS, Phase, Recipe, Setting, train


def test_a_run_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"^there is no run of 'waves' with the remedy 'luck'\.$"):
        Setting("waves", "luck")
    with pytest.raises(ValueError, match=r'^remedy must be "none", "half", .*, not \'luck\'\.$'):
        residual.Setting("luck")


def test_a_schedule_that_starts_again_is_at_its_peak():
    again, kept = (RUNS["resume"][key].phases[1] for key in ("none", "schedule kept"))
    assert again.rate(480) == pytest.approx(0.1) and kept.rate(480) == pytest.approx(0.00955, abs=1e-5)
    assert again.at_rest and kept.at_rest and not RUNS["resume"]["all kept"].phases[1].at_rest
    rising = RUNS["nan"]["warm-up"].phases[0].rate
    assert [rising(0), rising(99), rising(400)] == pytest.approx([0.001, 0.1, 0.1])


def test_one_picture_is_too_bright():
    bad, good = (RUNS["spikes"][key].network().features for key in ("none", "repaired"))
    assert np.flatnonzero((bad != good).any(axis=1)).tolist() == [7]
    assert np.allclose(bad[7], 16 * good[7])


def made(monkeypatch, **how) -> np.ndarray:
    """The losses of a short run."""
    recipe = Recipe((Phase(120, 32, lambda update: 0.05),), samples=64, **how)
    monkeypatch.setitem(RUNS, "made", {"none": recipe})
    return train(Setting("made"))


def test_clipping_shortens_the_steps(monkeypatch):
    """At a length of 1e-9 nothing moves; at one that no gradient has, nothing changes."""
    free = made(monkeypatch)["training_loss"]
    assert np.ptp(made(monkeypatch, clip=1e-9)["training_loss"]) < 1e-4 < np.ptp(free)
    assert np.array_equal(made(monkeypatch, clip=1e9)["training_loss"], free)


def test_a_lost_run_says_when(monkeypatch):
    lost = made(monkeypatch, scale=50.0, depth=6)
    assert lost["training_loss"][-1] == LOST and 0 < lost["lost_at"] < 60
    assert made(monkeypatch)["lost_at"] == 0
