"""One recipe as a program: ``tune`` tries settings of SGD, or of Adam, on a Keras model of the reader's own.

What is tried next is decided in ``sgdlib.practice.search``; here it is trained, stored, said and drawn.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sgdlib import _stores
from sgdlib.checks import POSITIVE, whole
from sgdlib.checks import number as number_of
from sgdlib.practice import _store
from sgdlib.practice.search import BOXES, LOWEST, Box, Candidate, Plan, Trial, plan, ranking, suggest

__all__ = ["Frame", "Tuned", "schedule", "tune"]

VERSION = 1  # of what is tried and how it is trained: a store of another one is not gone on with
WARM_UP = 20  # one update in so many; it begins at a tenth of the peak
GROW = (
    "acc",
    "auc",
    "precision",
    "recall",
    "f1",
    "r2",
    "iou",
    "fbeta",
)  # metrics that are to be large, at most 1


@dataclass(frozen=True)
class Frame:
    """What is the same in all runs of a search.

    Parameters
    ----------
    optimizer, budget, epochs, batch_size, metric, mode, seed
        As ``tune`` takes them; mode is "min" or "max".
    updates
        Of a whole run.

    Notes
    -----
    Used on the page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> Frame("SGD", 30, 20, 32, "val_accuracy", "max", 0, 680).value(0.75)
    0.25
    """

    optimizer: str
    budget: int
    epochs: int
    batch_size: int
    metric: str
    mode: str
    seed: int
    updates: int

    @property
    def box(self) -> Box:
        """Where the settings are looked for."""
        return BOXES[self.optimizer]

    @property
    def at_most_one(self) -> bool:
        """Whether the metric is to be large and ends at 1."""
        return self.mode == "max" and any(name in self.metric.lower() for name in GROW)

    def value(self, metric: float) -> float:
        """What is to be small, from the metric; inf for what is no number."""
        if not np.isfinite(metric):
            return float("inf")
        return float(1 - metric if self.at_most_one else -metric if self.mode == "max" else metric)

    def said(self, value: float) -> str:
        """The metric again, in three digits."""
        return "lost" if value == float("inf") else f"{self.value(value):.3g}"


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Attributes
    ----------
    frame
        What was the same in all runs.
    trials
        Every run with what came of it, in order.

    Notes
    -----
    Used on the page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> frame = Frame("SGD", 2, 20, 32, "val_loss", "min", 0, 680)
    >>> tuned = Tuned(frame, (Trial(Candidate((0.5, 0.5)), 0.2), Trial(Candidate((0.6, 0.2)), 0.1)))
    >>> tuned.setting
    {'learning_rate': 0.0631, 'weight_decay': 0.00119, 'momentum': 0.9, 'nesterov': True}
    >>> print(tuned.line)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.00631, decay_steps=646, warmup_target=0.0631, warmup_steps=34
    )
    optimizer = keras.optimizers.SGD(schedule, weight_decay=0.00119, momentum=0.9, nesterov=True)
    """

    frame: Frame
    trials: tuple[Trial, ...]

    @property
    def places(self) -> list[tuple[float, float]]:
        """The places of the square, the best first; those with seeds of their own before all others."""
        again = {trial.candidate.place for trial in self.trials if trial.candidate.seed}
        return sorted(ranking(self.trials), key=lambda place: bool(again) and place not in again)

    @property
    def setting(self) -> dict[str, float | bool]:
        """The best setting, as the optimizer's arguments; its learning rate is the schedule's peak."""
        return self.frame.box.setting(self.places[0])

    def values(self, rank: int = 0) -> list[float]:
        """The metric of each seed at the place of this rank."""
        place = self.places[rank]
        found = [trial.value for trial in self.trials if trial.candidate.place == place]
        return [self.frame.value(value) for value in found]

    @property
    def line(self) -> str:
        """The code that makes the best optimizer in Keras."""
        return _code(self.frame, self.setting)

    def optimizer(self):
        """A new optimizer with the best setting, for a whole run.

        Raises
        ------
        ValueError
            For runs of fewer than 2 updates.
        """
        return _optimizer(self.frame, self.setting)

    def says(self) -> str:
        """What was found, and whether it is more than luck."""
        frame, found = self.frame, sorted(self.values())
        lost = sum(trial.lost for trial in self.trials)
        lines = [f"{frame.metric} {_range(found)} at the end of {frame.epochs} epochs, with"]
        lines += ["", self.line, ""]
        if lost:
            lines.append(
                f"{lost} of {len(self.trials)} runs were lost: the cliff is in sight, and left alone."
            )
        if len(found) == 1:
            lines.append("One seed: what luck did is not known. A larger budget repeats the best three.")
        elif len(self.places) > 1:
            second = sorted(self.values(1))
            apart = found[-1] < second[0] or second[-1] < found[0]
            lines.append(
                f"The second best has {_range(second)}: "
                + (
                    "no seed of one reaches the other."
                    if apart
                    else "their seeds overlap, so call the two equal."
                )
            )
        lines.append(f"The runs chose by {frame.metric}: report a number from rows that none of them saw.")
        return "\n".join(lines)

    def plot(self):
        """Draw the runs: the metric against the rate, and the square with the best place."""
        return _drawn(self)


def schedule(peak: float, updates: int) -> dict[str, float | int]:
    """Return the arguments of Keras' ``CosineDecay``: a twentieth of the updates to warm up, then a cosine to 0.

    Raises
    ------
    ValueError
        For a peak that is not above 0, or fewer than 2 updates.

    Notes
    -----
    In every run of the page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> schedule(0.1, 680)
    {'initial_learning_rate': 0.01, 'decay_steps': 646, 'warmup_target': 0.1, 'warmup_steps': 34}
    """
    peak, updates = number_of("peak", peak, POSITIVE), whole("updates", updates, 2)
    warm_up = max(1, updates // WARM_UP)
    return {
        "initial_learning_rate": float(f"{peak / 10:.3g}"),
        "decay_steps": updates - warm_up,
        "warmup_target": peak,
        "warmup_steps": warm_up,
    }


def tune(
    build_model: Callable[[], Any],
    data: Sequence,
    budget: int = 30,
    *,
    epochs: int = 20,
    batch_size: int = 32,
    optimizer: str = "SGD",
    metric: str = "val_loss",
    mode: str = "auto",
    seed: int = 0,
    store: str | Path | None = None,
    workers: int = 1,
    cluster: str | None = None,
    say: Callable[[str], Any] | None = print,
    progress: bool = True,
) -> Tuned:
    """Find a learning rate and a weight decay for a Keras model, in a budget of whole runs.

    Parameters
    ----------
    build_model
        Makes the model anew, compiled with its loss and metrics; its optimizer is replaced.
    data
        (x, y, validation x, validation y), or (training, validation) with whatever ``model.fit`` can go through more
        than once: pairs of arrays, a PyDataset, a tf.data.Dataset, a DataLoader.
    budget
        Runs in all; ``plan`` says how many are for what.
    epochs, batch_size
        Of each run. A dataset has batches of its own.
    optimizer
        "SGD" or "Adam".
    metric
        What to choose by, as ``model.fit`` names it, at the end of a run.
    mode
        Whether the metric is to be small, "min", or large, "max"; "auto" tells by its name.
    seed
        Of the first weights and of the shuffling.
    store
        A file for the runs. The same call goes on where it was stopped; without a store a stop loses all.
    workers
        Runs at a time, by joblib. More than one take other steps: each knows less of what came before.
    cluster
        The address of a Dask scheduler, such as "tcp://10.0.0.1:8786"; this machine when left out.
    say
        What is told each sentence; None for silence.
    progress
        Whether a bar shows the runs and the time left.

    Raises
    ------
    ValueError
        For arguments, data or a store that cannot be used.
    RuntimeError
        When building or training raises, or when every run is lost; one at the lowest rate ends it early.
    OSError
        When the store cannot be written, or another process is writing to it.

    Notes
    -----
    The page "One recipe", after the tuning workshop.

    Examples
    --------
    >>> tune(lambda: None, ([0.0], [0.0]))
    Traceback (most recent call last):
        ...
    ValueError: data has no validation part: give (x, y, validation x, validation y), or (training, validation).
    """
    shares = plan(budget)
    for name, value in {"epochs": epochs, "batch_size": batch_size, "workers": workers}.items():
        whole(name, value)
    whole("seed", seed, 0)
    if optimizer not in BOXES:
        raise ValueError(f"optimizer must be one of {', '.join(BOXES)}, not {optimizer!r}.")
    if mode not in ("auto", "min", "max"):
        raise ValueError(f'mode must be "auto", "min" or "max", not {mode!r}.')
    training, validation = parts = _parts(data)
    updates = epochs * _batches(training, batch_size)
    if updates < 2:
        raise ValueError("a run has one update: take more epochs or smaller batches.")
    if mode == "auto":
        mode = "max" if any(name in metric.lower() for name in GROW) else "min"
    frame = Frame(optimizer, budget, epochs, batch_size, metric, mode, seed, updates)
    known = _probed(build_model, frame, validation)
    path = None if store is None else Path(store)
    settings = {"version": VERSION, **asdict(frame), **known, "data": _print_of(parts)}
    say = say or (lambda sentence: None)
    with _stores.held(path) if path else nullcontext():
        done = _store.opened(path, settings) if path else []
        history = [
            Trial(Candidate(tuple(run["place"]), run["seed"], run["why"]), run["value"]) for run in done
        ]
        ways = _Ways(shares, path, workers, cluster, say, progress, known["weights"])
        say(_introduced(frame, ways, len(history)))
        _search(history, build_model, parts, frame, ways)
    if all(trial.lost for trial in history):
        raise RuntimeError(
            f"all {len(history)} runs were lost: none ended at a number. Look for NaN in the data, and scale the "
            "inputs and the targets first."
        )
    found = Tuned(frame, tuple(history))
    say("\n" + found.says())
    return found


@dataclass(frozen=True)
class _Ways:
    """How a search is run and told."""

    shares: Plan
    path: Path | None
    workers: int
    cluster: str | None
    say: Callable[[str], Any]
    progress: bool
    weights: list[int]


def _search(history: list[Trial], build_model, parts, frame: Frame, ways: _Ways) -> None:
    """Make all runs that the history lacks, and add them to it and to the store."""
    begins = {
        0: "spread over the square",
        ways.shares.spread: "each where the losses so far promise most",
        ways.shares.spread + ways.shares.steps: "the best again, with new seeds, to see how much is luck",
    }
    with _bar(len(history), frame, ways) as bar, _runner(build_model, parts, frame, ways) as run_all:
        while len(history) < frame.budget and not _is_hopeless(history):
            asked = list(_batch(history, frame, ways.workers))
            for candidate, value in zip(asked, run_all(asked, len(history)), strict=True):
                number = len(history)
                if number in begins:
                    ways.say(f"From run {number + 1}: {begins[number]}.")
                best = min((trial.value for trial in history), default=float("inf"))
                if ways.path:
                    _store.append(ways.path, {"run": number, **asdict(candidate), "value": value})
                history.append(Trial(candidate, value))
                if value < best or value == float("inf"):
                    setting = frame.box.setting(candidate.place)
                    ways.say(
                        f"run {number + 1}: η {setting['learning_rate']:g}, weight decay "
                        f"{setting['weight_decay']:g}: {frame.metric} {frame.said(value)}"
                        + (", the best so far" if value < best else "")
                    )
                if bar is not None:
                    bar.update()


def _is_hopeless(history: Sequence[Trial]) -> bool:
    """Whether all runs were lost, that at the lowest rate of the square among them."""
    return any(trial.candidate.place == LOWEST for trial in history) and all(trial.lost for trial in history)


def _bar(done: int, frame: Frame, ways: _Ways):
    """A context that gives a bar with the time left; None where it is not wanted, or there is no tqdm to draw it."""
    if ways.progress:
        try:
            from tqdm import tqdm
        except ModuleNotFoundError:
            ways.say("No bar shows the time left: pip install tqdm brings what draws it.")
        else:
            return tqdm(total=frame.budget, initial=done, unit="run")
    return nullcontext()


def _batch(history: Sequence[Trial], frame: Frame, workers: int) -> Iterator[Candidate]:
    """The runs to make at a time, the same whether or not the search was stopped among them."""
    begin = len(history) // workers * workers
    told, under_way = list(history[:begin]), []
    for number in range(begin, min(begin + workers, frame.budget)):
        if number < len(history):
            candidate = history[number].candidate
        else:
            candidate = suggest([*told, *under_way], frame.budget, frame.seed)
            yield candidate
        under_way.append(Trial(candidate, None))


def _runner(build_model, parts, frame: Frame, ways: _Ways):
    """A context that gives what trains candidates: in turn here, or by joblib, on Dask if there is an address."""

    same = (build_model, parts, frame, ways.weights)

    def here(asked, number):
        return (_trained(*same, each, number + k) for k, each in enumerate(asked))

    def side_by_side(asked, number):
        from joblib import Parallel, delayed

        jobs = (delayed(_trained)(*same, each, number + k) for k, each in enumerate(asked))
        return Parallel(ways.workers, return_as="generator")(jobs)

    if ways.cluster is None:
        return nullcontext(here if ways.workers == 1 else side_by_side)
    from sgdlib.experiments._running import backend

    return _given(backend(ways.cluster, ("keras", "numpy")), side_by_side)


class _given(nullcontext):
    """Another context, that gives this."""

    def __init__(self, other, result):
        super().__init__(result)
        self.other = other

    def __enter__(self):
        self.other.__enter__()
        return super().__enter__()

    def __exit__(self, *error):
        return self.other.__exit__(*error)


def _trained(
    build_model, parts, frame: Frame, weights: list[int], candidate: Candidate, number: int
) -> float:
    """Train a candidate from its seed; what is to be small at the end, inf if the run was lost."""
    import keras

    training, validation = parts
    keras.utils.set_random_seed(frame.seed + candidate.seed)
    model = _built(build_model)
    if (made := _weights_of(model)) != weights:
        raise ValueError(
            f"build_model() made a model of {weights[0]:,} weights first and of {made[0]:,}, or of other shapes, for "
            f"run {number + 1}: runs of unequal models cannot be compared, so make the same each time. The {number} "
            "before it are in the store, if there is one."
        )
    model.optimizer = _for(model, _optimizer(frame, frame.box.setting(candidate.place)))
    data = {"x": training}
    if isinstance(training, tuple):
        data = {"x": training[0], "y": training[1], "batch_size": frame.batch_size}
    try:
        curves = model.fit(
            **data,
            epochs=frame.epochs,
            validation_data=validation,
            callbacks=[keras.callbacks.TerminateOnNaN()],
            verbose=0,
        ).history
    except Exception as error:
        raise RuntimeError(
            f"run {number + 1} of {frame.budget} raised {type(error).__name__}: {error} "
            f"The {number} before it are in the store, if there is one."
        ) from error
    ended = len(curves.get(frame.metric, ())) == frame.epochs
    return frame.value(float(curves[frame.metric][-1])) if ended else float("inf")


def _built(build_model):
    """A new model, compiled.

    Raises
    ------
    RuntimeError
        When building raises.
    ValueError
        For what is no compiled Keras model, or not a new one.
    """
    import keras

    try:
        model = build_model()
    except Exception as error:
        raise RuntimeError(
            f"build_model() raised {type(error).__name__}: {error} Nothing that was stored is lost."
        ) from error
    if not isinstance(model, keras.Model):
        raise ValueError(f"build_model() must return a keras.Model, not {type(model).__name__}.")
    if not model.compiled or model.optimizer is None:
        raise ValueError(
            "the model is not compiled: end build_model with model.compile(loss=..., metrics=[...])."
        )
    if getattr(model, "_tuned_before", False) or int(model.optimizer.iterations):
        raise ValueError("build_model() returned a model that was there before: make it inside the function.")
    model._tuned_before = True
    return model


def _weights_of(model) -> list[int]:
    """How many weights are trained, and a checksum of their shapes."""
    shapes = [tuple(variable.shape) for variable in model.trainable_variables]
    return [int(sum(math.prod(shape) for shape in shapes)), zlib.crc32(repr(shapes).encode())]


def _for(model, optimizer):
    """The optimizer as the compiled model needs it: with a scaled loss under mixed precision."""
    import keras

    if isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer):
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def _optimizer(frame: Frame, setting):
    """A new optimizer of Keras."""
    from keras import optimizers

    others = {name: value for name, value in setting.items() if name != "learning_rate"}
    falling = optimizers.schedules.CosineDecay(**schedule(setting["learning_rate"], frame.updates))
    return getattr(optimizers, frame.optimizer)(falling, **others)


def _code(frame: Frame, setting) -> str:
    others = ", ".join(f"{name}={value}" for name, value in setting.items() if name != "learning_rate")
    rates = schedule(setting["learning_rate"], frame.updates)
    return (
        "schedule = keras.optimizers.schedules.CosineDecay(\n"
        f"    {rates.pop('initial_learning_rate'):g}, "
        + ", ".join(f"{name}={value:g}" for name, value in rates.items())
        + f"\n)\noptimizer = keras.optimizers.{frame.optimizer}(schedule, {others})"
    )


def _parts(data) -> tuple:
    """(training, validation), each a pair of arrays or a dataset."""
    missing = (
        "data has no validation part: give (x, y, validation x, validation y), or (training, validation)."
    )
    if not isinstance(data, tuple | list):
        raise ValueError(missing)
    if len(data) == 4:
        data = (tuple(data[:2]), tuple(data[2:]))
    if len(data) != 2 or any(hasattr(part, "shape") for part in data):
        raise ValueError(missing)
    training, validation = (tuple(part) if isinstance(part, list) else part for part in data)
    for part in (training, validation):
        if part is None or (isinstance(part, tuple) and (len(part) != 2 or not hasattr(part[0], "__len__"))):
            raise ValueError(missing)
        if isinstance(part, Iterator):
            raise ValueError(
                "data is a generator, which is used up after one epoch: give arrays, a keras.utils.PyDataset, a "
                "tf.data.Dataset or a DataLoader."
            )
    return training, validation


def _batches(training, batch_size: int) -> int:
    """Updates an epoch."""
    if isinstance(training, tuple):
        return math.ceil(len(training[0]) / batch_size)
    try:
        return len(training)
    except TypeError:
        raise ValueError(
            "the training data does not say how many batches it has: give one with a length, such as "
            "dataset.apply(tf.data.experimental.assert_cardinality(n))."
        ) from None


def _probed(build_model, frame: Frame, validation) -> dict[str, Any]:
    """Build the model once and judge it untrained on a batch: what is wrong shows before a run is spent."""
    import keras

    keras.utils.set_random_seed(frame.seed)
    model = _built(build_model)
    try:
        if isinstance(validation, tuple):
            x, y = (part[: frame.batch_size] for part in validation)
            names = model.evaluate(x, y, verbose=0, return_dict=True)
        else:
            names = model.evaluate(validation, steps=1, verbose=0, return_dict=True)
    except Exception as error:
        raise ValueError(
            f"the model cannot be judged on the validation data: {type(error).__name__}: {error}"
        ) from error
    named = sorted({name for each in names for name in (each, f"val_{each}")})
    if frame.metric not in named:
        raise ValueError(f"metric must be one of {', '.join(named)}, not {frame.metric!r}.")
    if not model.trainable_variables:
        raise ValueError("the model has no trainable weights: there is nothing to tune.")
    return {
        "weights": _weights_of(model),
        "keras": f"{keras.version()} on {keras.backend.backend()}",
    }


def _print_of(parts) -> list:
    """What tells one set of data from another: sizes, and for arrays a checksum."""
    found = []
    for part in parts:
        if isinstance(part, tuple):
            arrays = [np.ascontiguousarray(each) for each in part]
            found += [[list(each.shape), zlib.crc32(each.tobytes())] for each in arrays]
        else:
            found.append([type(part).__name__, len(part) if hasattr(part, "__len__") else None])
    return found


def _introduced(frame: Frame, ways: _Ways, done: int) -> str:
    """What will be done."""
    shares, path = ways.shares, ways.path
    box, rate = frame.box, "η/(1−μ)" if frame.optimizer == "SGD" else "η"
    goal = "large" if frame.mode == "max" else "small"
    return (
        f"{frame.budget} runs of {frame.optimizer}: {shares.spread} spread, {shares.steps} steps, "
        f"{shares.repeats} repeats. {frame.metric} at the end of {frame.epochs} epochs is to be {goal}.\n"
        f"{rate} from {box.rate[0]:g} to {box.rate[1]:g}, weight decay from {box.weight_decay[0]:g} to "
        f"{box.weight_decay[1]:g}; every run warms up, then falls along a cosine to 0.\n"
        + (
            f"{ways.workers} runs at a time: the steps are other ones than one at a time.\n"
            if ways.workers > 1
            else ""
        )
        + (
            f"{done} runs are in {path.name} already."
            if done
            else f"Runs go to {path.name}."
            if path
            else "There is no store: a stop loses all."
        )
    )


def _range(values: Sequence[float]) -> str:
    """Numbers as a span."""
    low, high = (f"{value:.3g}" for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high} ({len(values)} seeds)"


def _drawn(tuned: Tuned):
    """Two panels: what each run came to against its rate, and where it stood in the square."""
    from sgdlib.figures import INK, LOOKS, MUTED, panel, show

    frame = tuned.frame
    color = LOOKS["Adam" if frame.optimizer == "Adam" else "Nesterov"].color
    divided = 1 - frame.box.momentum
    settings = [frame.box.setting(trial.candidate.place) for trial in tuned.trials]
    rates = np.array([each["learning_rate"] / divided for each in settings])
    decays = np.array([each["weight_decay"] for each in settings])
    values = np.array([trial.value for trial in tuned.trials])
    lost, best = ~np.isfinite(values), tuned.places[0]
    mine = np.array([trial.candidate.place == best for trial in tuned.trials])
    good = ~lost & (values <= np.median(values[~lost]))
    metrics = np.array([frame.value(value) for value in np.where(lost, np.max(values[~lost]), values)])
    rate = "η/(1 − μ)" if frame.optimizer == "SGD" else "η"
    one = panel("what the runs came to", xlabel=rate, ylabel=frame.metric, log=bool((metrics > 0).all()))
    two = panel("where they stood", xlabel=rate, ylabel="weight decay", log=True)
    for ax, heights in ((one, metrics), (two, decays)):
        ax.set_xscale("log")
        dots = (
            (~lost & ~good, "o", "none", MUTED, "worse half"),
            (good & ~mine, "o", color, color, "better half"),
            (lost, "x", MUTED, MUTED, "lost"),
            (mine, "*", INK, INK, "chosen"),
        )
        for here, marker, face, edge, label in dots:
            if here.any():
                size = 11 if marker == "*" else 5.5
                ax.plot(
                    rates[here],
                    heights[here],
                    marker,
                    markersize=size,
                    markerfacecolor=face,
                    markeredgecolor=edge,
                    label=label,
                )
    two.legend(loc="best")
    found = tuned.setting
    return show(
        one,
        two,
        alt=f"""{len(values)} runs of {frame.optimizer}. Left: {frame.metric} against {rate}; the chosen setting,
        a star, has {_range(tuned.values())}. Right: the square of {rate} and weight decay; the star stands at
        {found["learning_rate"] / divided:.2g} and {found["weight_decay"]:.2g}; {lost.sum()} runs were lost.""",
    )
