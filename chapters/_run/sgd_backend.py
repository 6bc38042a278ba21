"""Matplotlib's backend on a page: it draws without a window, and ``plt.show()`` puts the figures where the cell is."""

from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas
from sgd_cells import show

__all__ = ["FigureCanvas", "show"]
