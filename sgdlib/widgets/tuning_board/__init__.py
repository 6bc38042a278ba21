"""The tuning board of the workshop: what real runs of SGD on three tasks came to, over learning rate and momentum."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sgdlib import figures, theory
from sgdlib.experiments import Experiment, autoencoder, convnet, digits
from sgdlib.experiments.digits import LEARNING_RATES, MOMENTA, loss_map
from sgdlib.optimizer import SGD
from sgdlib.widgets.page.base import CourseWidget, choice, flag, one_of
from sgdlib.widgets.page.words import number_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["TuningBoard"]

# the best cell of a momentum, or of all: its sign, the momentum, its readout
MARKED = (
    ("◆", 0.0, "◆ best plain SGD, μ = 0"),
    ("■", 0.9, "■ best at momentum 0.9"),
    ("★", None, "★ best of the map"),
)
OPACITY = {"diverged": 0.18, "guessing": 0.04, "brightest": 0.5}
PANELS = {
    "map": {"title": "Final validation loss, × diverged", "x": "learning rate η", "y": "momentum μ"},
    "curves": {"title": "Its learning curves", "x": "epoch", "y": "validation loss"},
}
LABELS = {
    "diverged": "×",
    "best": "best cell ★",
    "lines": "thin: each seed; bold: their mean",
}
SAYS = {
    "setting": "Learning rate {learning_rate}, momentum {momentum}",
    "lookahead": " and Nesterov’s lookahead",
    "diverged": "{diverged} of {seeds} seeds diverged",
    "outcome": "validation loss {loss} after {epochs} epochs (seeds {low} to {high})",
    "right": ", {right} % of the digits right",
    "words": "{setting}, effective learning rate {effective}: {outcome}. The best of the map has learning rate "
    "{best_rate}, momentum {best_momentum}: {best_loss}.",
    "heard": "This cell: {outcome}. Effective learning rate {effective}.",
}


class _Task(NamedTuple):
    """What was trained, and the scales of its pictures."""

    experiment: Experiment
    batch_size: int
    epochs: int  # from one point of a learning curve to the next
    dead: float  # the loss of a network that has learned nothing of the images
    guessing: str  # what that is called
    brightest: float  # the final loss whose cell is the most colourful
    losses: tuple[float, float]  # what the learning curves show


TASKS = {
    "digits": _Task(
        digits.EXPERIMENT, digits.BATCH_SIZE, 1, digits.DEAD, "guessing, ln 10", 0.03, (0.01, 10.0)
    ),
    "autoencoder": _Task(
        autoencoder.EXPERIMENT,
        autoencoder.BATCH_SIZE,
        5,
        autoencoder.DEAD,
        "always the mean image",
        0.6,
        (0.5, 10.0),
    ),
    "convnet": _Task(
        convnet.EXPERIMENT, convnet.BATCH_SIZE, 1, convnet.DEAD, "guessing, ln 10", 0.1, (0.05, 10.0)
    ),
}


@cache
def _table(task: str) -> NDArray:
    """The runs of a task's map, in its order."""
    table = TASKS[task].experiment.load()
    on_the_board = np.isin(table["learning_rate"], LEARNING_RATES)
    if "optimizer" in table.dtype.names:
        on_the_board &= table["optimizer"] == "SGD"
    return table[on_the_board & (table["batch_size"] == TASKS[task].batch_size)]


class _Cell(NamedTuple):
    """A cell of the map: its setting, and the mean loss over the seeds, NaN if one of them diverged."""

    learning_rate: float
    momentum: float
    loss: float


class TuningBoard(CourseWidget):
    """The final validation loss of a real network over learning rate and momentum, and the learning curves behind it.

    ::

        effective learning rate = η / (1 − μ); the cells that share it lie on a diagonal of the map

    Every number was measured, each setting from three seeds: Keras trained the network of
    ``sgdlib.experiments.digits`` for 20 epochs and that of ``sgdlib.experiments.convnet`` for 4, and ``sgdlib.network``
    that of ``sgdlib.experiments.autoencoder`` for 100. Nothing is computed when the reader moves over the map, and
    nothing between the cells.

    Parameters
    ----------
    learning_rate
        η of the cell: 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1 or 3.
    momentum
        μ of the cell: 0, 0.5, 0.9, 0.95 or 0.99.
    nesterov
        The map with Nesterov's lookahead; the cells of momentum 0 are the same in both maps.
    task
        What is learned: "digits", the classifier, "autoencoder", or "convnet".

    Raises
    ------
    traitlets.TraitError
        For a setting that is not on the board.

    Notes
    -----
    Stands in the tuning workshop. Source: the runs themselves, ``sgdlib.experiments.digits``, ``autoencoder`` and
    ``convnet``.

    Examples
    --------
    >>> board = TuningBoard(learning_rate=0.01, momentum=0.9)
    >>> board.trajectory()["validation_loss"].shape
    (3, 20)
    >>> board.cells_alike()[0].learning_rate
    0.1
    """

    told: ClassVar[dict] = {
        "TASKS": {
            name: {key: value for key, value in task._asdict().items() if key != "experiment"}
            for name, task in TASKS.items()
        },
        "MARKED": MARKED,
        "OPACITY": OPACITY,
        "PANELS": PANELS,
        "LABELS": LABELS,
        "SAYS": SAYS,
    }

    learning_rate = one_of(LEARNING_RATES, 0.01)
    momentum = one_of(MOMENTA, 0.9)
    nesterov = flag(False)
    task = choice(*TASKS)

    @property
    def optimizer(self) -> SGD:
        """The optimizer of the cell shown; without momentum there is nothing to look ahead with."""
        return SGD(self.learning_rate, self.momentum, self.nesterov and self.momentum > 0)

    def trajectory(self) -> NDArray:
        """The rows of the table behind the cell, one for each seed, as ``Experiment.load`` gives them.

        The other widgets compute a run of a few steps; the runs of this one are measured, so their curves stand here.
        """
        return _rows(self.task, self.learning_rate, self.momentum, self.nesterov)

    def map(self) -> NDArray:
        """The mean final validation loss, shape (5 momenta, 8 learning rates); NaN where a seed diverged."""
        return loss_map(_table(self.task), self.nesterov, TASKS[self.task].batch_size)[2]

    def cells(self) -> list[_Cell]:
        """All 40 cells of the map, momentum by momentum."""
        losses = self.map()
        return [
            _Cell(eta, mu, float(losses[i, j]))
            for i, mu in enumerate(MOMENTA)
            for j, eta in enumerate(LEARNING_RATES)
        ]

    def best(self, momentum: float | None = None) -> _Cell:
        """The cell with the lowest loss: of all, or of those with this momentum."""
        cells = [each for each in self.cells() if each.loss == each.loss]
        return min((each for each in cells if momentum in (None, each.momentum)), key=lambda each: each.loss)

    def cells_alike(self) -> list[_Cell]:
        """The other cells with the same effective learning rate η/(1−μ)."""
        here = _effective(self.learning_rate, self.momentum)
        return [
            each
            for each in self.cells()
            if np.isclose(_effective(each.learning_rate, each.momentum), here, rtol=1e-9)
            and each.momentum != self.momentum
        ]

    def data(self) -> dict:
        """The maps' part of the tables: for each task, map, momentum and learning rate, the seeds' curves."""
        found = {"learning_rates": list(LEARNING_RATES), "momenta": list(MOMENTA), "tasks": {}}
        for task in TASKS:

            def of_each_cell(value, task=task):
                return [
                    [[value(_rows(task, eta, mu, nesterov)) for eta in LEARNING_RATES] for mu in MOMENTA]
                    for nesterov in (False, True)
                ]

            found["tasks"][task] = {
                "validation_loss": of_each_cell(lambda rows: rows["validation_loss"].tolist()),
                "right": of_each_cell(_right),
                "diverged": of_each_cell(lambda rows: int(rows["diverged"].sum())),
            }
        return found

    def words(self) -> str:
        """What came of the cell, and where the best of its map is, in two sentences."""
        best = self.best()
        setting = SAYS["setting"].format(
            learning_rate=number_words(self.learning_rate), momentum=number_words(self.momentum)
        )
        return SAYS["words"].format(
            setting=setting + (SAYS["lookahead"] if self.optimizer.nesterov else ""),
            effective=number_words(_effective(self.learning_rate, self.momentum)),
            outcome=_outcome(self.trajectory(), TASKS[self.task].epochs),
            best_rate=number_words(best.learning_rate),
            best_momentum=number_words(best.momentum),
            best_loss=number_words(best.loss),
        )

    def picture(self) -> figures.Picture:
        """The map with its best cells and the one shown, and the learning curves of that one beside the best's."""
        alt = (
            "The map of final validation loss over learning rate and momentum, and the learning curves of the marked "
            f"cell, a line for each seed and their mean. {self.words()}"
        )
        return figures.show(self._map_panel(), self._curves_panel(), alt=alt)

    def _map_panel(self) -> Axes:
        names = PANELS["map"]
        board = figures.panel(names["title"], xlabel=names["x"], ylabel=names["y"])
        alike = {each[:2] for each in self.cells_alike()}
        for k, cell in enumerate(self.cells()):
            i, j = divmod(k, len(LEARNING_RATES))
            self._draw_cell(board, i, j, cell, cell[:2] in alike)
        for symbol, momentum, _ in MARKED:
            best = self.best(momentum)
            i, j = MOMENTA.index(best.momentum), LEARNING_RATES.index(best.learning_rate)
            right = momentum is None
            board.text(
                j + (0.42 if right else -0.42), i + 0.4, symbol, ha="right" if right else "left", va="top"
            )
        board.set(xlim=(-0.5, len(LEARNING_RATES) - 0.5), ylim=(-0.5, len(MOMENTA) - 0.5))
        board.set_xticks(
            range(len(LEARNING_RATES)), [number_words(eta) for eta in LEARNING_RATES], fontsize=7.5
        )
        board.set_yticks(range(len(MOMENTA)), [number_words(mu) for mu in MOMENTA])
        board.grid(False)
        return board

    def _curves_panel(self) -> Axes:
        names, task = PANELS["curves"], TASKS[self.task]
        curves = figures.panel(names["title"], xlabel=names["x"], ylabel=names["y"], log=True)
        seeds, best = self.trajectory()["validation_loss"], self.best()
        epochs = task.epochs * np.arange(1, seeds.shape[1] + 1)
        method = "SGD" if self.momentum == 0 else "Nesterov" if self.nesterov else "momentum"
        for seed in seeds:
            figures.curve(curves, seed, method, x=epochs, linewidth=0.8, linestyle="-")
        figures.curve(curves, seeds.mean(0), method, x=epochs, linewidth=2.4, linestyle="-")
        lowest = _rows(self.task, *best[:2], self.nesterov)["validation_loss"].mean(0)
        curves.plot(epochs, lowest, color=figures.MUTED, linewidth=1)
        curves.text(epochs[-1], lowest[-1] / 1.1, LABELS["best"], ha="right", va="top")
        curves.axhline(task.dead, color=figures.INK, linewidth=0.8, linestyle=":")
        curves.text(epochs[-1], task.dead * 1.08, task.guessing, ha="right", va="bottom")
        curves.set(xlim=(0, epochs[-1]), ylim=task.losses)
        curves.text(epochs[-1], 0.85 * task.losses[1], LABELS["lines"], ha="right", va="top")
        return curves

    def _draw_cell(self, board: Axes, i: int, j: int, cell: _Cell, alike: bool) -> None:
        from matplotlib.patches import Rectangle

        diverged = cell.loss != cell.loss
        color = figures.MUTED if diverged else figures.LOOKS["gradient descent"].color
        board.add_patch(
            Rectangle(
                (j - 0.48, i - 0.47),
                0.96,
                0.94,
                facecolor=color,
                alpha=_opacity(cell.loss, TASKS[self.task]),
                linewidth=0,
            )
        )
        text = LABELS["diverged"] if diverged else number_words(cell.loss, 2)
        board.text(j, i, text, ha="center", va="center", fontsize=7.5)
        here = cell[:2] == (self.learning_rate, self.momentum)
        if here or alike:
            frame = {"fill": False, "edgecolor": figures.INK, "linewidth": 2 if here else 1}
            frame["linestyle"] = "-" if here else (0, (3, 2))
            board.add_patch(Rectangle((j - 0.48, i - 0.47), 0.96, 0.94, **frame))


def _rows(task: str, learning_rate: float, momentum: float, nesterov: bool) -> NDArray:
    """The rows behind a cell, one for each seed."""
    table = _table(task)
    chosen = (table["learning_rate"] == learning_rate) & (table["momentum"] == momentum)
    return table[chosen & (table["nesterov"] == (nesterov and momentum > 0))]


def _effective(learning_rate: float, momentum: float) -> float:
    return float(theory.effective_learning_rate(learning_rate, momentum))


def _opacity(loss: float, task: _Task) -> float:
    """How strong the colour of a cell is: the lower the loss on a log scale, the stronger."""
    if loss != loss:
        return OPACITY["diverged"]
    share = float(np.clip(np.log(task.dead / loss) / np.log(task.dead / task.brightest), 0, 1))
    return OPACITY["guessing"] + (OPACITY["brightest"] - OPACITY["guessing"]) * share


def _right(rows: NDArray) -> float | None:
    """Which percentage of the digits is named right in the end; an autoencoder names none."""
    if "validation_accuracy" not in rows.dtype.names:
        return None
    return float(100 * rows["validation_accuracy"][:, -1].mean())


def _outcome(rows: NDArray, epochs: int) -> str:
    """What came of a cell, in words; with the epochs from one point of its curves to the next."""
    if diverged := int(rows["diverged"].sum()):
        return SAYS["diverged"].format(diverged=diverged, seeds=len(rows))
    losses, right = rows["validation_loss"][:, -1], _right(rows)
    outcome = SAYS["outcome"].format(
        loss=number_words(losses.mean()),
        epochs=epochs * rows["validation_loss"].shape[1],
        low=number_words(losses.min()),
        high=number_words(losses.max()),
    )
    return outcome + ("" if right is None else SAYS["right"].format(right=number_words(right)))
