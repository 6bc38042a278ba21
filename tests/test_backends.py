"""What the chapter says of the backends: JAX always, TensorFlow and PyTorch where they are installed.

In an environment of its own, for they weigh gigabytes: pip install tensorflow-cpu torch; then this file alone.
"""

from __future__ import annotations

import pytest

from sgdlib.experiments.backends import (
    BACKENDS,
    EXPERIMENT,
    FINDINGS,
    WAYS,
    Case,
    measured,
    missing_package,
    runs,
    train,
)

# Keras hands NumPy its variables in a way that NumPy 2 calls old; neither is ours.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy")
TABLE = {EXPERIMENT.run_of(entry): entry["value"] for entry in EXPERIMENT.load()}
OBEYED, IGNORED = 0.5 * (1 - 0.9**30) / 0.1 + 1, (1 - 0.9**31) / 0.1


@pytest.mark.parametrize("case", runs(), ids=lambda case: "-".join(vars(case).values()))
def test_the_backend_does_what_the_table_says(case):
    if reason := missing_package(case.backend):
        pytest.skip(reason)
    # JAX is this process' own; a second backend needs a second process
    value = measured(case.finding, case.way) if case.backend == "jax" else train(case)["value"]
    assert value == pytest.approx(TABLE[case], rel=1e-3)


def test_who_obeys():
    """The sentence of the chapter: assigned, the momentum is ignored where it was compiled in."""
    ignored = {
        (case.backend, case.way)
        for case, value in TABLE.items()
        if case.finding == "momentum assigned" and value == pytest.approx(IGNORED, rel=1e-3)
    }
    assert ignored == {("jax", "default"), ("tensorflow", "default"), ("tensorflow", "jit_compile=False")}
    for finding in ("momentum in a variable", "momentum and compile again"):
        values = [value for case, value in TABLE.items() if case.finding == finding]
        assert len(values) == len(BACKENDS) * len(WAYS)
        assert values == pytest.approx([OBEYED] * 9, rel=1e-3)


def test_what_is_alike_on_all():
    alike = {
        "ReduceLROnPlateau on a schedule": 4,
        "load_weights before the build": 0,
        "thawed with the same optimizer": 1,
        "rate assigned": 0.5,
    }
    for finding, value in alike.items():
        assert {TABLE[Case(finding, backend)] for backend in BACKENDS} == {value}
    assert {case.finding for case in TABLE} == set(FINDINGS)


def test_what_is_not_there_is_said(monkeypatch):
    monkeypatch.setitem(BACKENDS, "no_such_backend", "no-such-package")
    with pytest.raises(
        RuntimeError, match=r"^no_such_backend is not installed here: pip install no-such-package,"
    ):
        train(Case("rate assigned", "no_such_backend"))
    with pytest.raises(ValueError, match=r"^finding must be \"momentum assigned\", .*, not 'speed'\.$"):
        Case("speed", "jax")
