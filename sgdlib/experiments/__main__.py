"""The command: list the experiments, or run one: ``python -m sgdlib.experiments [NAME]``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from sgdlib.checks import whole
from sgdlib.experiments import _table
from sgdlib.experiments._experiment import Experiment, find, names
from sgdlib.experiments._running import missing, sweep

PROGRAM = "python -m sgdlib.experiments"


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code: 0, 2 for what cannot be done, 130 when it is stopped.

    Notes
    -----
    Made the table of the tuning workshop.

    Examples
    --------
    >>> main(["--help"])
    Traceback (most recent call last):
        ...
    SystemExit: 0
    """
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Without a name, list the experiments of the course. With one, train what its stored table lacks. "
        "Every finished run is written at once: stop when you like, the same line goes on.",
    )
    parser.add_argument(
        "name", nargs="?", choices=names(), metavar="NAME", help=f"one of: {', '.join(names())}"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="the table to make (the stored one)")
    parser.add_argument(
        "--again", action="store_true", help="make the whole table anew, and replace it at the end"
    )
    parser.add_argument(
        "--cluster", metavar="ADDRESS", help="a Dask scheduler, such as tcp://10.0.0.1:8786 (here)"
    )
    parser.add_argument(
        "--workers", type=_at_least_one, metavar="N", help="runs at a time (one for each core)"
    )
    parser.add_argument("--show", action="store_true", help="print the table, and train nothing")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="a folder with the experiment's files (Keras downloads them)"
    )
    chosen = parser.parse_args(arguments)
    if chosen.name is None:
        if any((chosen.output, chosen.again, chosen.cluster, chosen.workers, chosen.data, chosen.show)):
            parser.error("name the experiment to run.")
        print("\n".join(map(described, names())))
        return 0
    experiment = find(chosen.name)
    if chosen.data:
        lacking = [name for name in experiment.files if not (chosen.data / name).is_file()]
        if lacking or not experiment.files:
            wanted = (
                f"{chosen.data} lacks {', '.join(lacking)}" if lacking else f"{chosen.name} reads no files"
            )
            parser.error(f"argument --data: {wanted}.")
        os.environ["SGDLIB_DATA"] = str(chosen.data.resolve())  # the processes that train inherit it
    path = chosen.output or experiment.table
    # anew: beside the old table, which stays until the new one is whole
    target = path.with_name(path.name + ".again") if chosen.again else path
    try:
        if chosen.show:
            print(path.read_text(encoding="utf-8"), end="")
            return 0
        if chosen.again and path.is_file():
            _table.read(path)  # what is no table is not replaced by one
        trained = _run(experiment, target, chosen.cluster, chosen.workers)
        os.replace(target, path)
    except KeyboardInterrupt:
        print(f"Stopped. The finished runs are in {target}; the same line goes on with the rest.")
        return 130
    except (ModuleNotFoundError, OSError, RuntimeError, ValueError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2
    print(_told(experiment, path, trained))
    return 0


def described(name: str) -> str:
    """Return what the list says of an experiment: how much of it is stored, what made it, what it measures.

    Notes
    -----
    The experiment of the tuning workshop is one of them.

    Examples
    --------
    >>> print(described("digits").partition(",")[0])
    digits: 336 of 336 runs stored
    """
    experiment = find(name)
    wanted = experiment.runs()
    if experiment.table.is_file():
        stored = len(wanted) - len(missing(experiment, wanted, experiment.table))
        how = f"{stored} of {len(wanted)} runs stored, made with {_table.listed(experiment.made_with())}"
    else:
        how = f"0 of {len(wanted)} runs stored"
    return f"{name}: {how}\n    {experiment.sentence}"


def _run(experiment: Experiment, path: Path, cluster: str | None, workers: int | None) -> int:
    """Train what the table at the path lacks; how many runs that were."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name a file.")
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}; make it first.")
    runs = experiment.runs()
    todo = missing(experiment, runs, path)
    sweep(experiment, runs, path, cluster, workers)
    return len(todo)


def _told(experiment: Experiment, path: Path, trained: int) -> str:
    """What was done."""
    stored = len(experiment.load(path))
    if not trained:
        made_with = _table.listed(experiment.made_with(path))
        return f"Nothing to train: {path} has all runs, made with {made_with}; --again makes them anew."
    said = f"Trained {trained} runs; {path} has {stored}."
    if path == experiment.table and (digest := _table.digest(path)) != experiment.digest:
        said += f"\nIts digest is {digest}: write that into {experiment.name}.py beside it."
    return said


def _at_least_one(text: str) -> int:
    try:
        return whole("it", int(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}") from None


if __name__ == "__main__":
    raise SystemExit(main())
