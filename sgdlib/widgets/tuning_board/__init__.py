"""The tuning board of the workshop: what real runs of Keras' SGD came to, over learning rate and momentum."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from sgdlib import figures, theory
from sgdlib.experiments.digits import BATCH_SIZE, DEAD, LEARNING_RATES, MOMENTA, load, loss_map
from sgdlib.optimizer import SGD
from sgdlib.widgets.page.base import CourseWidget, flag, one_of

__all__ = ["TuningBoard"]

BRIGHTEST = 0.03  # the final loss whose cell is the most colourful, as in tuning-board.mjs


@cache
def _table() -> NDArray:
    """The runs of the map, in its order."""
    table = load()
    return table[table["batch_size"] == BATCH_SIZE]


class Cell(NamedTuple):
    """A cell of the map: its setting, and the mean loss over the seeds, NaN if one of them diverged."""

    learning_rate: float
    momentum: float
    loss: float


class TuningBoard(CourseWidget):
    """The final validation loss of a real network over learning rate and momentum, and the learning curves behind it.

    ::

        effective learning rate = η / (1 − μ); the cells that share it lie on a diagonal of the map

    Every number was measured: Keras trained the network of ``sgdlib.experiments.digits`` for 20 epochs with each
    setting from three seeds. Nothing is computed when the reader moves over the map, and nothing between the cells.

    Parameters
    ----------
    learning_rate
        η of the cell: 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1 or 3.
    momentum
        μ of the cell: 0, 0.5, 0.9, 0.95 or 0.99.
    nesterov
        The map with Nesterov's lookahead; the cells of momentum 0 are the same in both maps.

    Raises
    ------
    traitlets.TraitError
        For a setting that is not on the board.

    Notes
    -----
    Stands in the tuning workshop. Source: the runs themselves, ``sgdlib.experiments.digits.load``.

    Examples
    --------
    >>> board = TuningBoard(learning_rate=0.01, momentum=0.9)
    >>> board.trajectory()["validation_loss"].shape
    (3, 20)
    >>> board.cells_alike()[0].learning_rate
    0.1
    """

    learning_rate = one_of(LEARNING_RATES, 0.01)
    momentum = one_of(MOMENTA, 0.9)
    nesterov = flag(False)

    @property
    def optimizer(self) -> SGD:
        return SGD(self.learning_rate, self.momentum, self.nesterov and self.momentum > 0)

    def trajectory(self) -> NDArray:
        """The rows of the table behind the cell, one for each seed, as ``sgdlib.experiments.digits.load`` gives them.

        The other widgets compute a run of a few steps; the runs of this one are measured, so their curves stand here.
        """
        return self._rows(self.learning_rate, self.momentum, self.nesterov)

    def map(self) -> NDArray:
        """The mean final validation loss, shape (momenta, learning rates); NaN where a seed diverged."""
        return loss_map(_table(), self.nesterov)[2]

    def cells(self) -> list[Cell]:
        """All cells of the map, momentum by momentum."""
        losses = self.map()
        return [
            Cell(eta, mu, float(losses[i, j]))
            for i, mu in enumerate(MOMENTA)
            for j, eta in enumerate(LEARNING_RATES)
        ]

    def best(self, momentum: float | None = None) -> Cell:
        """The cell with the lowest loss: of all, or of those with this momentum."""
        cells = [each for each in self.cells() if each.loss == each.loss]
        return min((each for each in cells if momentum in (None, each.momentum)), key=lambda each: each.loss)

    def cells_alike(self) -> list[Cell]:
        """The other cells with the same effective learning rate η/(1−μ)."""
        here = self._effective(self.learning_rate, self.momentum)
        return [
            each
            for each in self.cells()
            if np.isclose(self._effective(each.learning_rate, each.momentum), here, rtol=1e-9)
            and each.momentum != self.momentum
        ]

    def data(self) -> dict:
        """The map's part of the table: for each of the two maps, momentum and learning rate, the seeds' curves."""

        def of_each_cell(value):
            return [
                [[value(self._rows(eta, mu, nesterov)) for eta in LEARNING_RATES] for mu in MOMENTA]
                for nesterov in (False, True)
            ]

        return {
            "learning_rates": list(LEARNING_RATES),
            "momenta": list(MOMENTA),
            "validation_loss": of_each_cell(lambda rows: rows["validation_loss"].tolist()),
            "accuracy": of_each_cell(lambda rows: rows["validation_accuracy"][:, -1].tolist()),
            "diverged": of_each_cell(lambda rows: int(rows["diverged"].sum())),
        }

    def words(self) -> str:
        rows, best = self.trajectory(), self.best()
        effective = self._effective(self.learning_rate, self.momentum)
        lookahead = " and Nesterov’s lookahead" if self.optimizer.nesterov else ""
        return (
            f"Learning rate {self.learning_rate:.3g}, momentum {self.momentum:.3g}{lookahead}, effective learning "
            f"rate {effective:.3g}: {_outcome(rows)}. The best of the map has learning rate "
            f"{best.learning_rate:.3g}, momentum {best.momentum:.3g}: {best.loss:.3g}."
        )

    def picture(self) -> figures.Picture:
        board = figures.panel(
            "Final validation loss, × diverged", xlabel="learning rate η", ylabel="momentum μ"
        )
        alike = {each[:2] for each in self.cells_alike()}
        for k, cell in enumerate(self.cells()):
            i, j = divmod(k, len(LEARNING_RATES))
            self._draw_cell(board, i, j, cell, cell[:2] in alike)
        for momentum, symbol in [(0.0, "◆"), (0.9, "■"), (None, "★")]:
            best = self.best(momentum)
            i, j = MOMENTA.index(best.momentum), LEARNING_RATES.index(best.learning_rate)
            right = momentum is None
            board.text(
                j + (0.42 if right else -0.42), i + 0.4, symbol, ha="right" if right else "left", va="top"
            )
        board.set(xlim=(-0.5, len(LEARNING_RATES) - 0.5), ylim=(-0.5, len(MOMENTA) - 0.5))
        board.set_xticks(range(len(LEARNING_RATES)), [f"{eta:g}" for eta in LEARNING_RATES], fontsize=7.5)
        board.set_yticks(range(len(MOMENTA)), [f"{mu:g}" for mu in MOMENTA])
        board.grid(False)

        curves = figures.panel("Its learning curves", xlabel="epoch", ylabel="validation loss", log=True)
        seeds, best = self.trajectory()["validation_loss"], self.best()
        epochs = np.arange(1, seeds.shape[1] + 1)
        method = "SGD" if self.momentum == 0 else "Nesterov" if self.nesterov else "momentum"
        for seed in seeds:
            figures.curve(curves, seed, method, x=epochs, linewidth=0.8, linestyle="-")
        figures.curve(curves, seeds.mean(0), method, x=epochs, linewidth=2.4, linestyle="-")
        lowest = self._rows(*best[:2], self.nesterov)["validation_loss"].mean(0)
        curves.plot(epochs, lowest, color=figures.MUTED, linewidth=1)
        curves.text(epochs[-1], lowest[-1] / 1.1, "best cell ★", ha="right", va="top")
        curves.axhline(DEAD, color=figures.INK, linewidth=0.8, linestyle=":")
        curves.text(epochs[-1], DEAD * 1.08, "guessing, ln 10", ha="right", va="bottom")
        curves.set(xlim=(0, epochs[-1]), ylim=(0.01, 10))
        curves.text(epochs[-1], 8.5, "thin: each seed; bold: their mean", ha="right", va="top")
        alt = (
            "The map of final validation loss over learning rate and momentum, and the learning curves of the marked "
            f"cell, a line for each seed and their mean. {self.words()}"
        )
        return figures.show(board, curves, alt=alt)

    def _draw_cell(self, board, i: int, j: int, cell: Cell, alike: bool) -> None:
        diverged = cell.loss != cell.loss
        share = 0 if diverged else np.log(DEAD / cell.loss) / np.log(DEAD / BRIGHTEST)
        color = figures.MUTED if diverged else figures.LOOKS["gradient descent"].color
        alpha = 0.18 if diverged else 0.04 + 0.46 * float(np.clip(share, 0, 1))
        board.add_patch(
            Rectangle((j - 0.48, i - 0.47), 0.96, 0.94, facecolor=color, alpha=alpha, linewidth=0)
        )
        board.text(j, i, "×" if diverged else f"{cell.loss:.2g}", ha="center", va="center", fontsize=7.5)
        here = cell[:2] == (self.learning_rate, self.momentum)
        if here or alike:
            frame = {"fill": False, "edgecolor": figures.INK, "linewidth": 2 if here else 1}
            frame["linestyle"] = "-" if here else (0, (3, 2))
            board.add_patch(Rectangle((j - 0.48, i - 0.47), 0.96, 0.94, **frame))

    @staticmethod
    def _effective(learning_rate: float, momentum: float) -> float:
        return float(theory.effective_learning_rate(learning_rate, momentum))

    @staticmethod
    def _rows(learning_rate: float, momentum: float, nesterov: bool) -> NDArray:
        table = _table()
        chosen = (table["learning_rate"] == learning_rate) & (table["momentum"] == momentum)
        return table[chosen & (table["nesterov"] == (nesterov and momentum > 0))]


def _outcome(rows: NDArray) -> str:
    """What came of a cell, in words; the same as in tuning-board.mjs."""
    if diverged := int(rows["diverged"].sum()):
        return f"{diverged} of {len(rows)} seeds diverged"
    losses = rows["validation_loss"][:, -1]
    right = 100 * rows["validation_accuracy"][:, -1].mean()
    return (
        f"validation loss {losses.mean():.3g} after {rows['validation_loss'].shape[1]} epochs "
        f"(seeds {losses.min():.3g} to {losses.max():.3g}), {right:.3g} % of the digits right"
    )
