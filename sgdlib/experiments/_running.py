"""Run what a table lacks, here or on a Dask cluster; every finished run is written at once."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from sgdlib import _stores
from sgdlib.checks import path as file_of
from sgdlib.checks import shown, whole
from sgdlib.experiments import _table
from sgdlib.experiments._experiment import Experiment

__all__ = ["missing", "sweep"]

PATIENCE = 5  # seconds, until a cluster must have answered


def missing(experiment: Experiment, runs: Iterable[Any], path: str | Path) -> list:
    """Return the runs that the table at the path lacks, sorted; all of them when there is no table.

    Raises
    ------
    ValueError
        When the file is not a table of the experiment.

    Notes
    -----
    Says in the list of experiments whether the table of the tuning workshop is whole.

    Examples
    --------
    >>> from sgdlib.experiments import find
    >>> digits = find("digits")
    >>> missing(digits, digits.runs(), digits.table)
    []
    """
    path, runs = file_of("path", path), _settings(experiment, runs)
    table = experiment.load(path) if _table.begun(path) else []
    done = {experiment.run_of(entry) for entry in table}
    return sorted(set(runs) - done)


def _settings(experiment: Experiment, runs: Iterable[Any]) -> list:
    """The runs, each once and sorted, or a word that they are none of this experiment."""
    if not isinstance(experiment, Experiment):
        raise ValueError(f"experiment must come from find(...), not {shown(experiment)}.")
    listed = list(runs) if isinstance(runs, Iterable) else [runs]
    for each in listed:
        if type(each) is not experiment.setting:
            kind = experiment.setting.__name__
            raise ValueError(
                f"runs must each be a {kind} of the experiment {experiment.name}, not {shown(each)}."
            )
    return sorted(set(listed))


def sweep(
    experiment: Experiment,
    runs: Iterable[Any],
    path: str | Path,
    cluster: str | None = None,
    workers: int | None = None,
) -> NDArray:
    """Run all that the table at the path does not hold yet, and return the table as ``Experiment.load`` does.

    Every finished run is added to the file at once, so that a stopped sweep loses none; at the end the rows are
    sorted, and the file depends on the runs and the versions alone.

    Parameters
    ----------
    runs
        Settings of the experiment, all with the same columns.
    path
        The table; made if it is not there.
    cluster
        The address of a running Dask scheduler, such as "tcp://10.0.0.1:8786"; this machine when left out.
    workers
        How many runs at a time, at least 1; one for each core, or for each thread of the cluster, when left out.

    Raises
    ------
    ValueError
        For runs with different columns, a file that is not a table of the experiment, a number of workers below 1, or
        what is not an address.
    RuntimeError
        When the table, or a worker of the cluster, has other versions of the packages than this machine.
    ConnectionError
        When there is no cluster, or no worker in it.
    OSError
        When the table cannot be written, or another process is writing to it.

    Notes
    -----
    ``python -m sgdlib.experiments`` is this with the runs of the course; it made the table of the tuning workshop.
    Source: joblib's documentation, "Using Dask for single-machine parallel computing".

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from sgdlib.experiments import find
    >>> with TemporaryDirectory() as folder:
    ...     table = sweep(find("digits"), [], Path(folder, "table.csv"))
    >>> len(table)
    0
    """
    if workers is not None:
        whole("workers", workers)
    path, runs = file_of("path", path), _settings(experiment, runs)
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}; make it first.")
    with _stores.held(path):
        _fill(experiment, runs, path, cluster, workers)
        return experiment.load(path)


def _fill(experiment: Experiment, runs: list, path: Path, cluster: str | None, workers: int | None) -> None:
    """Make what the table lacks, and sort it."""
    import joblib
    from tqdm import tqdm

    versions = _table.versions_here(experiment.packages)
    stored = [experiment.run_of(entry) for entry in experiment.load(path)] if _table.begun(path) else []
    columns = _table.spread_out(experiment.dtype(*(runs + stored or experiment.runs()[:1])))
    if stored and (theirs := experiment.made_with(path)) != versions:
        raise RuntimeError(
            f"{path} was made with {_table.listed(theirs)}, and here is {_table.listed(versions)}; "
            "make it anew (--again), delete it, or name another file (--output)."
        )
    todo = sorted(set(runs) - set(stored))
    with backend(cluster, experiment.packages):
        # in place, for the file is held: another one put here would not be
        _stores.cut(path, _table.whole(path) if stored else 0)
        if not stored:
            _stores.add(path, _table.head(versions, columns))
        results = joblib.Parallel(n_jobs=workers or -1, return_as="generator_unordered")(
            joblib.delayed(_trained)(experiment.train, run) for run in todo
        )
        for run, result in tqdm(results, total=len(runs), initial=len(runs) - len(todo), unit="run"):
            _stores.add(path, _table.line(experiment.row(run, result)))
    _, columns, rows = _table.read(path)
    ordered = sorted(rows, key=experiment.run_in)
    _stores.put(path, _table.head(versions, columns) + "".join(map(_table.line, ordered)))


def _trained(train: Callable[[Any], Any], run: Any) -> tuple[Any, Any]:
    """A run with its result: they come back in any order."""
    return run, train(run)


@contextlib.contextmanager
def backend(cluster: str | None, packages: tuple[str, ...]) -> Iterator[None]:
    """Where joblib runs: here, or on the Dask cluster at the address."""
    if cluster is None:
        yield
        return
    _reach(cluster)
    import joblib
    from distributed import Client

    with Client(cluster, set_as_default=False, timeout=PATIENCE) as client:
        here = _table.versions_here(packages)
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
            found = client.run(_table.versions_here, packages)
        except TimeoutError:
            raise ConnectionError(
                f"the cluster at {cluster} has no workers; start one: dask worker {cluster}"
            ) from None
        except ModuleNotFoundError as error:
            raise RuntimeError(
                f"a worker of the cluster lacks {error.name}; install the same requirements.txt on both."
            ) from None
        for worker, theirs in found.items():
            if theirs != here:
                raise RuntimeError(
                    f"the worker {worker} has {_table.listed(theirs)}, and here is {_table.listed(here)}; "
                    "install the same requirements.txt on both."
                )
        with joblib.parallel_config(backend="dask", client=client):
            yield


def _reach(cluster: str) -> None:
    """See that a Dask scheduler answers: its client would wait for one that does not, and go on when told to end."""
    from distributed.comm import connect

    if not isinstance(cluster, str) or not re.fullmatch(r"(tcp|tls)://[^/]+:\d+", cluster):
        raise ValueError(f"a cluster has an address such as tcp://10.0.0.1:8786, not {shown(cluster)}.")

    async def knock() -> None:
        comm = await asyncio.wait_for(connect(cluster, timeout=PATIENCE), PATIENCE)
        await comm.close()

    try:
        # in a thread of its own: a notebook's has an event loop already
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(knock())).result()
    except OSError:
        raise ConnectionError(f"no Dask scheduler answers at {cluster}.") from None
