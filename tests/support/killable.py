"""A sweep, a search and a meter whose runs take no time, to be killed and to meet a full disk.

python tests/support/killable.py sweep|tune|meter FILE [BYTES]

Every run writes a dot to stdout before it begins. With BYTES no file may grow longer: a full disk.
"""

from __future__ import annotations

import math
import resource
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sgdlib.experiments import Experiment, sweep
from sgdlib.practice import recipe
from sgdlib.practice.meter import Meter, Reading

RUNS = 40
SECONDS = 0.003  # a run


def begun() -> None:
    """A run begins."""
    sys.stdout.write(".")
    sys.stdout.flush()
    time.sleep(SECONDS)


@dataclass(frozen=True, order=True)
class Throw:
    """A run: which die, how often."""

    die: str
    often: int
    weight: float = 0.5


def thrown(throw: Throw) -> dict:
    """What a throw comes to."""
    begun()
    return {"sum": throw.often * 7, "mean": np.full(3, throw.weight / 3), "even": throw.often % 2 == 0}


DICE = Experiment(
    module=__name__,
    setting=Throw,
    runs=lambda: [Throw(die, k, k / 7) for die in ("red", "blue") for k in range(RUNS // 2)],
    train=thrown,
    columns=lambda throw: [("sum", int), ("mean", float, (3,)), ("even", bool)],
    packages=("numpy",),
)


def swept(path: Path) -> None:
    """The whole table."""
    sweep(DICE, DICE.runs(), path, workers=1)


def tuned(path: Path) -> None:
    """The whole search, with a bowl in place of a network."""

    def trained(build_model, parts, frame, weights, candidate, number):
        begun()
        return math.inf if number == 3 else sum((x - 0.4) ** 2 for x in candidate.place)

    recipe._trained = trained
    recipe._probed = lambda *others: {"weights": [1, 2], "keras": "none"}
    data = (np.zeros((64, 3)), np.zeros(64), np.zeros((32, 3)), np.zeros(32))
    recipe.tune(lambda: None, data, 20, epochs=2, store=path, say=None, progress=False)


def metered(path: Path) -> None:
    """A log of as many readings."""
    meter = Meter(np.ones((8, 2)), log=path)
    for k in range(RUNS):
        begun()
        meter.readings.append(Reading(update=k, learning_rate=0.1, step=1 / 3, loss=math.nan))
        meter._write()


WORK = {"sweep": swept, "tune": tuned, "meter": metered}

if __name__ == "__main__":
    kind, path, *rest = sys.argv[1:]
    if rest:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(rest[0]), resource.RLIM_INFINITY))
    try:
        WORK[kind](Path(path))
    except (OSError, ValueError) as error:
        sys.exit(str(error))
