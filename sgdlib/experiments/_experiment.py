"""What an experiment is, and where to find it."""

from __future__ import annotations

import math
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from sgdlib.checks import path as file_of
from sgdlib.checks import shown
from sgdlib.experiments import _table

__all__ = ["Experiment", "find", "names"]

# How a setting is read from its text; it is written by `_text`.
READ = {bool: {"0": False, "1": True}.__getitem__, int: int, float: float, str: str}


def names() -> list[str]:
    """Return the names of the experiments, sorted: the modules of this folder without a leading underscore.

    Notes
    -----
    The first of them is told in the tuning workshop.

    Examples
    --------
    >>> "digits" in names(), "_table" in names()
    (True, False)
    """
    package = import_module("sgdlib.experiments")
    return sorted(each.name for each in pkgutil.iter_modules(package.__path__) if each.name[0] != "_")


def find(name: str) -> Experiment:
    """Return the experiment with this name.

    Raises
    ------
    ValueError
        When there is none.

    Notes
    -----
    Used by the command; the tuning workshop imports its experiment by name.

    Examples
    --------
    >>> find("digits").table.name
    'digits.csv'
    """
    if not isinstance(name, str) or name not in names():
        raise ValueError(f"there is no experiment {shown(name)}; there is {', '.join(names())}.")
    return import_module(f"sgdlib.experiments.{name}").EXPERIMENT


def _always(run: Any) -> bool:
    """True for every run: what `quick` says unless it is given."""
    return True


@dataclass(frozen=True)
class Experiment:
    """Settings to run, how to run one, and the table of what came of them.

    Parameters
    ----------
    module
        The name of the module that holds it, ``__name__``; the table lies beside the module.
    setting
        All that decides a run: a frozen dataclass with ``order=True``, its fields bool, int, float or str.
    runs
        A function that returns the settings of the stored table.
    train
        A function of the module that runs a setting, and returns a mapping or a dataclass with what ``columns`` names.
    columns
        A function that says what the result of a setting holds, as NumPy describes a structured type: (name, kind)
        for a number, (name, kind, shape) for a curve; kinds are bool, int and float. All runs of a table have the same.
    packages
        The packages whose versions the numbers depend on.
    digest
        Of the stored table, as the command says it: a number that was changed by hand is found.
    elsewhere
        Those of the packages that the course does not require: its table is made in an environment of its own.
    quick
        Whether a setting takes seconds and rounding does not grow in it: the tests run two of these again.
    files
        Of data that do not come with a package: what a folder given as ``--data`` must hold. ``train`` finds the folder
        in the environment variable SGDLIB_DATA.

    Notes
    -----
    Stands behind the tuning workshop.

    Examples
    --------
    >>> digits = find("digits")
    >>> digits.name, len(digits.load()) == len(digits.runs())
    ('digits', True)
    >>> digits.setting(0.1), digits.columns(digits.setting(0.1))[:2]
    (Run(learning_rate=0.1, momentum=0.0, nesterov=False, batch_size=32, seed=0, epochs=20),
     [('diverged', <class 'bool'>), ('training_loss', <class 'float'>, (20,))])
    """

    module: str
    setting: type
    runs: Callable[[], list]
    train: Callable[[Any], Any]
    columns: Callable[[Any], list[tuple]]
    packages: tuple[str, ...]
    digest: str = ""
    elsewhere: tuple[str, ...] = ()
    quick: Callable[[Any], bool] = _always
    files: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the command calls it: the module's name without its package."""
        return self.module.rpartition(".")[2]

    @property
    def sentence(self) -> str:
        """What is measured: the first line of the module's docstring."""
        return import_module(self.module).__doc__.partition("\n")[0]

    @property
    def table(self) -> Path:
        """The stored table, beside the module."""
        return Path(import_module(self.module).__file__).with_suffix(".csv")

    def load(self, path: str | Path | None = None) -> NDArray:
        """Return a table, the stored one when left out, as a structured array: an entry for each run, sorted.

        The fields are those of ``setting``, then ``columns`` in their shapes, with floats to 4 significant digits.

        Raises
        ------
        ValueError
            When the file is not a table of this experiment.
        """
        path = self.table if path is None else file_of("path", path)
        _, columns, rows = _table.read(path)
        other = f"{path} has other columns than the experiment {self.name}."
        if columns[: len(self._kinds())] != list(self._kinds()):
            raise ValueError(other)
        runs = {}
        for number, row in enumerate(rows, 3):
            try:
                run = self.run_in(row)
            except (ValueError, TypeError, KeyError):
                run = None
            if run is None or [_text(value) for value in astuple(run)] != row[: len(fields(run))]:
                raise _damaged(path, number, f"is no setting of the experiment {self.name}")
            if run in runs:
                raise _damaged(path, number, "has a setting that is there already")
            runs[run] = number, row
        dtype = self.dtype(*runs) if runs else self.dtype(*self.runs()[:1])
        if runs and columns != _table.spread_out(dtype):
            raise ValueError(other)
        entries = []
        for run, (number, row) in sorted(runs.items()):
            entry = _entry(run, row, dtype)
            if entry is None:
                raise _damaged(
                    path, number, "is not what a run writes: a number is missing, too many, or none"
                )
            entries.append(entry)
        return np.array(entries, dtype=dtype)

    def made_with(self, path: str | Path | None = None) -> dict[str, str]:
        """Return the versions of the packages that made a table, the stored one when left out, by name.

        Raises
        ------
        ValueError
            When the file is not a table.
        """
        return _table.read(self.table if path is None else file_of("path", path))[0]

    def dtype(self, *runs: Any) -> np.dtype:
        """Return the structured type of the table of these runs.

        Raises
        ------
        ValueError
            When the runs have different columns.
        """
        columns = {str(self.columns(run)): self.columns(run) for run in runs}
        if len(columns) > 1:
            raise ValueError(f"the runs of a table must have the same columns, not {' and '.join(columns)}.")
        setting = []
        for name, kind in self._kinds().items():
            longest = max((len(getattr(run, name)) for run in runs), default=1) if kind is str else 0
            setting.append((name, f"U{longest}" if kind is str else kind))
        return np.dtype([*setting, *(field for each in columns.values() for field in each)])

    def row(self, run: Any, result: Any) -> list[str]:
        """Return the texts of a run and its result, as they stand in the table.

        Raises
        ------
        ValueError
            When a number is not finite, or has another shape than ``columns`` says.
        """
        values = result if isinstance(result, Mapping) else vars(result)
        texts, dtype = [_text(value) for value in astuple(run)], np.dtype(self.columns(run))
        for name in dtype.names:
            numbers = np.asarray(values[name])
            if numbers.shape != dtype[name].shape:
                raise ValueError(f"{name} of {run} must have shape {dtype[name].shape}, not {numbers.shape}.")
            if not np.isfinite(numbers).all():
                raise ValueError(f"{name} of {run} is not finite: put a cap on it before it is stored.")
            texts += _numbers(numbers, dtype[name])
        return texts

    def run_of(self, entry: np.void) -> Any:
        """Return the setting of an entry of a loaded table."""
        return self.setting(*(entry[field.name].item() for field in fields(self.setting)))

    def run_in(self, row: list[str]) -> Any:
        """Return the setting of a row of the file, given as its texts.

        Raises
        ------
        ValueError
            When it is not a setting.
        """
        return self.setting(
            *(READ[kind](text) for kind, text in zip(self._kinds().values(), row, strict=False))
        )

    def _kinds(self) -> dict[str, type]:
        """The kind of each field of a setting."""
        kinds = get_type_hints(self.setting)
        return {field.name: kinds[field.name] for field in fields(self.setting)}


def _text(value: bool | int | float | str) -> str:
    """A value of a setting as it stands in the table, without loss."""
    if isinstance(value, str):
        if not value or set(value) & set(',"\r\n'):
            raise ValueError(
                f"a setting must be a word without commas, quotes and line breaks, not {value!r}."
            )
        return value
    return repr(float(value)) if isinstance(value, float) else str(int(value))


def _entry(run: Any, row: list[str], dtype: np.dtype) -> tuple | None:
    """A row of the file as an entry of the array; None when its numbers are not written as `row` writes them."""
    settings = astuple(run)
    texts, entry = row[len(settings) :], list(settings)
    for name in dtype.names[len(settings) :]:
        field = dtype[name]
        here, texts = texts[: math.prod(field.shape)], texts[math.prod(field.shape) :]
        try:
            values = np.reshape([float(text) for text in here], field.shape)
        except ValueError:
            return None
        if not np.isfinite(values).all() or _numbers(values.astype(field.base), field) != here:
            return None
        entry.append(values.astype(field.base))
    return None if texts else tuple(entry)


def _numbers(values: NDArray, field: np.dtype) -> list[str]:
    """The numbers of a field as they stand in the table."""
    if field.base.kind in "bi":
        return [str(int(number)) for number in values.flat]
    return [f"{number:.4g}" for number in values.flat]


def _damaged(path: Path, number: int, how: str) -> ValueError:
    return ValueError(
        f"{path} is damaged: its line {number} {how}. Nothing was written; delete the line, and its run is made "
        "again, or name another file."
    )
