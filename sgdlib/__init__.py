"""sgdlib: the mathematics of SGD, momentum and Nesterov's lookahead, in a few lines you can read.

Read ``optimizer`` first, then ``descent``; ``adam`` is another rule, ``surfaces``, ``data`` and ``network`` are what a
rule runs on, ``theory`` what it should do there, ``figures`` and ``claims`` how the chapters show it.
"""

import logging
import sys

from sgdlib.adam import Adam
from sgdlib.descent import Trajectory, descend, steps_to_stay_within
from sgdlib.optimizer import SGD

__version__ = "0.1.0"
__all__ = ["SGD", "Adam", "Trajectory", "descend", "steps_to_stay_within"]

if sys.platform == "emscripten":
    # In the browser every start is Matplotlib's first, and it would say so above the first figure of every chapter.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
