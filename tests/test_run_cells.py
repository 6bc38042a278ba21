"""The cells of a page as sgd_cells.py runs them: outputs, errors and sentences, in this machine's Python."""

from __future__ import annotations

import asyncio
import builtins
import json
import linecache
import logging
import os
import re
import shutil
import subprocess
import sys
import time
import types
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import sgd_cells


@pytest.fixture
def shown(monkeypatch) -> list:
    """A page's namespace, and what is shown on it; this Python is itself again afterwards."""
    heard: list = []
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    monkeypatch.setattr(sgd_cells, "_send", lambda kind, data: kind == "flush" or heard.append((kind, data)))
    monkeypatch.setattr(builtins, "input", builtins.input)
    monkeypatch.setattr(builtins, "display", None, raising=False)
    monkeypatch.setattr(linecache, "cache", dict(linecache.cache))
    return heard


def run(source: str, cell: str = "a", live: bool = False) -> dict:
    # in a thread: a test in a browser leaves its event loop in this one
    with ThreadPoolExecutor(1) as thread:
        return json.loads(thread.submit(lambda: asyncio.run(sgd_cells.run(source, cell, live))).result())


def test_a_widget_on_a_page_that_enlivens_it_is_not_drawn(shown):
    """Its picture would need Matplotlib, which takes longer to import in the browser than all the rest."""
    source = "from sgdlib.widgets.small import OneWell\nOneWell()"
    for live in (True, False, True):
        assert run(source, live=live)["ok"]
    (kind, html), (_, drawn), (_, again) = shown
    assert kind == "html" and "<svg" not in html and again == html
    assert re.sub(r"<figure.*</figure>\n", "", drawn, flags=re.S) == html
    assert run("from sgdlib.widgets.small import OneWell\nOneWell", live=True)["ok"]
    assert shown[-1] == ("result", "<class 'sgdlib.widgets.small.one_well.OneWell'>")


def test_matplotlib_draws_without_the_fonts_of_printers(tmp_path):
    """In a process of its own, with a copy of Matplotlib: it has the fonts that it draws with, and no others."""
    copy = tmp_path / "matplotlib"
    shutil.copytree(Path(matplotlib.__file__).parent, copy)
    code = (
        "import sgd_cells; sgd_cells.leave_fonts_of_printers(); sgd_cells.leave_fonts_of_printers()\n"
        f"import matplotlib.font_manager as m; assert m.__file__.startswith({str(copy)!r}), m.__file__\n"
        "assert m.fontManager.afmlist == [] and len(m.fontManager.ttflist) > 30\n"
        "import matplotlib.pyplot as plt, io; plt.title('$x^2$'); plt.savefig(io.BytesIO(), format='svg')\n"
        "plt.savefig(io.BytesIO(), format='pdf')\n"
    )
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(sgd_cells.__file__).parent)]),
        "MPLCONFIGDIR": str(tmp_path / "config"),
        "MPLBACKEND": "agg",
    }
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    left = {path.name for path in (copy / "mpl-data" / "fonts").iterdir()}
    assert left == {"ttf"}


def sentence(source: str) -> str:
    answer = run(source)
    assert not answer["ok"]
    return answer["error"]["sentence"]


@pytest.mark.parametrize(
    ("source", "outputs"),
    [
        ("1 + 1", [("result", "2")]),
        ("1 + 1;", []),
        ("1 + 1;  # a comment", []),
        ("';'", [("result", "';'")]),
        ("x = 5", []),
        ("None", []),
        ("", []),
        ("# nothing", []),
        ("display('a', 2)\n3", [("result", "'a'"), ("result", "2"), ("result", "3")]),
        ("import asyncio\nawait asyncio.sleep(0)\n4", [("result", "4")]),
        ("list(range(2000))", [("result", "a list of 2,000 values; show some of them")]),
        ("['word' * 10] * 3", [("result", "['wordwordwordwordwordwordwordwordwordword',\n" * 1)]),
    ],
)
def test_what_a_cell_shows(shown, source, outputs):
    assert run(source) == {"ok": True, "error": None}
    assert len(shown) == len(outputs)
    for (kind, text), (expected, start) in zip(shown, outputs, strict=True):
        assert kind == expected and text.startswith(start)


def test_cells_share_their_names_and_print(shown, capsys, monkeypatch):
    monkeypatch.delattr(builtins, "_", raising=False)  # a doctest before has left its last result there
    assert run("def twice(x):\n    return 2 * x\nprint('made')")["ok"]
    assert run("print(twice(4)); _")["error"]["name"] == "NameError"
    assert capsys.readouterr().out == "made\n8\n"
    run("twice(21)")
    run("_ + 1")
    assert shown == [("result", "42"), ("result", "43")]


def test_the_best_picture_of_a_value_is_shown(shown):
    run(
        "class Html:\n    def _repr_html_(self): return '<b>1</b>'\n"
        "class Both:\n    def _repr_mimebundle_(self, **kw): return {'text/plain': 'p', 'text/html': 'h'}, {}\n"
        "class Png:\n    def _repr_png_(self): return b'png'\n"
        "class Svg:\n    def _repr_svg_(self): return '<svg/>'\n"
        "display(Html(), Both(), Png(), Svg(), Html)"
    )
    assert shown[:4] == [
        ("html", "<b>1</b>"),
        ("html", "h"),
        ("image", "data:image/png;base64,cG5n"),
        ("html", "<svg/>"),
    ]
    assert shown[4][0] == "result"


def test_figures_claims_and_widgets_are_shown_as_in_a_notebook(shown):
    from sgdlib.figures import panel, show
    from sgdlib.widgets import FrictionLab

    ax = panel(xlabel="x", ylabel="y")
    ax.plot([0, 1], [0, 1])
    picture = show(ax, alt="A straight line rises from the lower left to the upper right corner.")
    sgd_cells.display(picture, FrictionLab(momentum=0.5), np.arange(3))
    assert shown[0] == ("html", picture.html)
    assert shown[1][0] == "html" and 'data-widget="friction-lab"' in shown[1][1]
    assert shown[2] == ("result", "array([0, 1, 2])")


def test_pyplot_shows_each_figure_where_it_is_made(shown):
    from matplotlib import pyplot as plt

    before = plt.get_backend()
    try:
        plt.switch_backend("module://sgd_backend")
        run(
            "from matplotlib import pyplot as plt\nfor k in range(2):\n    plt.plot([k]); plt.show()\n    display(k)"
        )
        assert [kind for kind, _ in shown] == ["image", "result", "image", "result"]
        shown.clear()
        run("_ = plt.plot([1, 2])")
        assert [kind for kind, _ in shown] == ["image"] and plt.get_fignums() == []
        assert shown[0][1].startswith("data:image/png;base64,iVBOR")
    finally:
        plt.switch_backend(before)


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("x = 1\nx / 0", 2, "Line 2 failed with ZeroDivisionError: division by zero."),
        ("def f():\n    return {}['a']\n\nf()", 2, "Line 2 failed with KeyError: 'a'."),
        ("for k in range(3):\n  y = (", 2, "Python cannot read line 2: '(' was never closed."),
        ("if True:\nx = 1", 2, "Python cannot read line 2: expected an indented block"),
        ("y = 1\n%timeit y", 2, "%timeit is a command of Jupyter, not Python, and is not to be had here"),
        ("!ls", 1, "!ls is a command of Jupyter"),
        ("len?", 1, "? is a command of Jupyter"),
        ("1\ninput('name')", 2, "There is nobody to ask here: write the answer into the cell"),
        (
            "import torch",
            1,
            "PyTorch has no build for the browser: from sgdlib import SGD gives the same rule",
        ),
        ("import no_such_package.part", 1, "There is no package no_such_package here"),
        ("import sys\nsys.exit()", 2, "That ends a program; here it ended the cell"),
        ("raise KeyboardInterrupt", 1, "The cell was stopped; the variables are kept."),
        ("raise MemoryError", 1, "Line 1 wants more memory than the browser gives"),
        ("def f():\n    f()\nf()", 2, "Line 2 leads to a function that calls itself without an end."),
        ("a = 1\nb + a", 2, "Line 2 uses b, which has no value yet: run the cells above first"),
        ("assert 1 == 2", 1, "What line 1 asserts is not so."),
        ("raise ValueError('w' * 10_000)", 1, "Line 1 failed with ValueError: www"),
        ("raise ValueError", 1, "Line 1 failed with ValueError: there is no message."),
        ("class E(Exception):\n    def __str__(self): raise self\nraise E", 3, "Line 3 failed with E: "),
    ],
)
def test_what_goes_wrong_is_one_sentence(shown, monkeypatch, source, line, said):
    if "torch" in source:
        monkeypatch.setitem(sys.modules, "torch", None)
    error = run(source)["error"]
    assert error["line"] == line
    assert error["sentence"].startswith(said) and "\n" not in error["sentence"]
    assert len(error["sentence"]) < 400
    assert "sgd_cells.py" not in error["traceback"] and "ast.py" not in error["traceback"]
    assert error["traceback"].rstrip().splitlines()[-1].startswith(("sgd_cells.", error["name"], "__main__."))
    assert len(error["traceback"]) < sgd_cells.DEEP + 100


def test_the_line_is_the_cells_own_where_another_cell_fails(shown):
    run("def broken():\n    a = 1\n    return a / 0", "above")
    error = run("x = 1\n\nbroken()", "below")["error"]
    assert error["line"] == 3
    assert 'File "<cell above>", line 3, in broken' in error["traceback"]
    assert "return a / 0" in error["traceback"]


def test_a_cause_is_told_without_the_machinery(shown):
    error = run("try:\n    input()\nexcept EOFError as e:\n    raise ValueError('v') from e")["error"]
    assert error["line"] == 4 and "direct cause" in error["traceback"]
    assert "sgd_cells.py" not in error["traceback"]


def test_a_cell_may_spoil_its_names_and_streams(shown, capsys):
    run("import builtins, sys\nbuiltins.input = builtins.display = print = 3\nsys.stdout = None\ndel print")
    assert sentence("input()").startswith("There is nobody to ask")
    assert run("print('on')\ndisplay(1)")["ok"]
    assert shown == [("result", "1")]


def test_what_a_cell_imports_is_read_without_running_it():
    source = "import numpy.linalg as la, os\ntry:\n    from sgdlib.figures import show\nexcept E: pass\nfrom . import x"
    assert sgd_cells.imported(source) == ["numpy", "os", "sgdlib"]
    assert sgd_cells.imported("import (") == []


def test_what_was_compiled_once_is_not_compiled_again(tmp_path, monkeypatch):
    loader = sgd_cells.SourceFileLoader
    monkeypatch.setattr(loader, "source_to_code", loader.source_to_code)
    monkeypatch.setattr(sgd_cells, "_compiled", {})
    monkeypatch.setattr(sgd_cells, "_fresh", [])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(tmp_path)
    stored, module = tmp_path / "compiled", tmp_path / "only_a_probe.py"
    module.write_text("value = 1", encoding="utf-8")
    sgd_cells.reuse_compiled(str(stored), str(tmp_path))
    assert not sgd_cells.store_compiled(str(stored))
    import only_a_probe as first

    assert first.value == 1 and sgd_cells.store_compiled(str(stored))
    assert not sgd_cells.store_compiled(str(stored))
    # another reader's Python, another day: the source is not read for its code
    del sys.modules["only_a_probe"]
    module.write_text("value = 2", encoding="utf-8")
    monkeypatch.setattr(sgd_cells, "_compiled", {})
    sgd_cells.reuse_compiled(str(stored), str(tmp_path))
    import only_a_probe as second

    assert second.value == 1 and second.__file__ == str(module)
    assert not sgd_cells.store_compiled(str(stored))
    del sys.modules["only_a_probe"]


def test_it_takes_ipythons_place(shown, monkeypatch):
    """What ipywidgets asks of IPython is there without it, and a sleep shows what was printed before."""
    heard = []
    for name in [name for name in sys.modules if name.split(".")[0] == "IPython"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(time, "sleep", lambda seconds: heard.append("slept"))
    monkeypatch.setattr(os, "environ", dict(os.environ))
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(sys, stream, getattr(sys, f"__{stream}__"))
    logger = logging.getLogger("matplotlib.font_manager")
    before = logger.level
    try:
        with warnings.catch_warnings():
            sgd_cells.install(lambda kind, data: heard.append(kind))
        time.sleep(0)
        assert heard[-2:] == ["flush", "slept"]
        from IPython import get_ipython
        from IPython.core.interactiveshell import InteractiveShell
        from IPython.display import HTML, clear_output, display

        assert get_ipython() is None and not InteractiveShell.initialized() and clear_output() is None
        display(HTML("<i>i</i>"))
        assert heard[-1] == "html"
        assert os.environ["MPLBACKEND"] == "module://sgd_backend"
    finally:
        logger.setLevel(before)
        for name in [name for name in sys.modules if name.split(".")[0] == "IPython"]:
            del sys.modules[name]
