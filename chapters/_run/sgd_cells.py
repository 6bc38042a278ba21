"""Runs the cells of a page one after the other, as a notebook does. The worker (worker.js) writes this file into the
browser's Python and imports it; IPython, which takes longer to load than all the rest, is not there.

What IPython is asked for by ipywidgets, by Matplotlib and by readers stands here instead: ``display`` and its classes,
a ``get_ipython`` that answers None, and a Matplotlib backend that shows figures where the cell makes them.
"""

from __future__ import annotations

import ast
import base64
import builtins
import inspect
import json
import linecache
import logging
import marshal
import os
import pprint
import shutil
import sys
import time
import tokenize
import traceback
import types
import warnings
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from io import BytesIO, StringIO
from pathlib import Path

import cell_names

# What a page shows, the best first; the kernel's name for it, and whether it comes as bytes.
KINDS = {
    "text/html": "html",
    "image/svg+xml": "html",
    "image/png": "image",
    "image/jpeg": "image",
    "text/plain": "result",
}
METHODS = {
    "text/html": "_repr_html_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "text/markdown": "_repr_markdown_",
}
NO_BUILD = {
    "keras": "Keras",
    "tensorflow": "TensorFlow",
    "torch": "PyTorch",
    "jax": "JAX",
    "optax": "Optax",
}
LONG = 300
DEEP = 20_000
ALLOW_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class NobodyToAsk(EOFError):
    """``input()`` on a page."""


_send = print
_live = False
_compiled: dict[str, bytes] = {}
_fresh: list[str] = []


def install(send) -> None:
    """Make this Python the one of a page; ``send(kind, text)`` takes what is to be shown."""
    global _send
    _send = send
    builtins.display = display
    builtins.input = _input
    wait = time.sleep

    def sleep(seconds):
        flush()
        wait(seconds)

    time.sleep = sleep
    os.environ["MPLBACKEND"] = "module://sgd_backend"
    # What Matplotlib says of a font cache, and of a window that no page has.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message=".*non-interactive.*cannot be shown")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace", line_buffering=True)
    if "IPython" not in sys.modules:
        sys.modules.update(_ipython())


def flush() -> None:
    """Show what has been printed so far."""
    sys.stdout.flush()
    sys.stderr.flush()
    _send("flush", "")


def _input(prompt: str = "", /):
    raise NobodyToAsk(str(prompt))


# ---------------------------------------------------------------- packages, compiled once


def reuse_compiled(path: str, under: str) -> None:
    """Take what a former visit has compiled from a file, which need not be there, and note what it lacks.

    Half of the time to import Matplotlib goes into compiling it. ``under`` is the folder of the packages, whose files
    are the same as long as their hashes are: the worker keeps the file under these.
    """
    if os.path.exists(path):
        with open(path, "rb") as file:
            _compiled.update(marshal.load(file))
    compiled_here = SourceFileLoader.source_to_code

    def source_to_code(self, data, name, *args, **more):
        name = str(name)
        if name in _compiled:
            return marshal.loads(_compiled[name])
        code = compiled_here(self, data, name, *args, **more)
        if name.startswith(under):
            _compiled[name] = marshal.dumps(code)
            _fresh.append(name)
        return code

    SourceFileLoader.source_to_code = source_to_code


def store_compiled(path: str) -> bool:
    """Write a file for the next visit; False where there is nothing new."""
    if not _fresh:
        return False
    _fresh.clear()
    with open(path, "wb") as file:
        marshal.dump(_compiled, file)
    return True


def leave_fonts_of_printers() -> None:
    """Delete the fonts that Matplotlib reads, for half a second, in case it writes PostScript with a printer's own."""
    fonts = Path(find_spec("matplotlib").origin).parent / "mpl-data" / "fonts"
    for kind in ("afm", "pdfcorefonts"):
        shutil.rmtree(fonts / kind, ignore_errors=True)


# ---------------------------------------------------------------- a cell


def imported(source: str) -> list[str]:
    """The modules that a cell imports, each by the first part of its name; none where it cannot be read."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return sorted(found)


def taken(source: str) -> str:
    """The names that a cell takes from the cells above, as JSON; null where it cannot be read."""
    return json.dumps(cell_names.taken(source))


def ends_quietly(source: str) -> bool:
    """Whether a cell ends in a semicolon, comments aside: then its last value is not shown."""
    last = ""
    skip = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER}
    for token in tokenize.generate_tokens(StringIO(source).readline):
        if token.type not in skip and token.type != tokenize.DEDENT:
            last = token.string
    return last == ";"


async def _execute(code, names: dict):
    value = eval(code, names)
    return await value if code.co_flags & inspect.CO_COROUTINE else value


async def run(source: str, cell: str, live: bool = False) -> str:
    """Run a cell in ``__main__``, show its outputs, and return as JSON whether it worked and, if not, why.

    ``live`` says that the page brings widgets to life, which then need no picture.
    """
    global _live
    _live = live
    names, filename, error = sys.modules["__main__"].__dict__, f"<cell {cell}>", None
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    # A reader who wrote over these has meant it for that cell.
    builtins.input, builtins.display = _input, display
    try:
        tree = ast.parse(source, filename)
        last = (
            tree.body.pop()
            if tree.body and isinstance(tree.body[-1], ast.Expr)
            else None
        )
        await _execute(compile(tree, filename, "exec", ALLOW_AWAIT), names)
        if last:
            code = compile(ast.Expression(last.value), filename, "eval", ALLOW_AWAIT)
            value = await _execute(code, names)
            if value is not None and not ends_quietly(source):
                names["_"] = value
                display(value)
        show()
    except BaseException as raised:
        error = explained(raised, filename, lines)
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
    _flush_at_the_end()
    return json.dumps({"ok": error is None, "error": error})


def _flush_at_the_end() -> None:
    # A cell may have closed or replaced its streams: the next one has them again.
    for name in ("stdout", "stderr"):
        own = getattr(sys, f"__{name}__")
        try:
            getattr(sys, name).flush()
        except Exception:
            setattr(sys, name, own)
    _send("flush", "")


# ---------------------------------------------------------------- what goes wrong


def explained(error: BaseException, filename: str, lines: list[str]) -> dict:
    """An error as the page shows it: a sentence, the cell's line, and a traceback without this file's frames."""
    whole = traceback.TracebackException.from_exception(error)
    _without_ours(whole)
    if isinstance(error, SyntaxError) and error.filename == filename:
        line, whole.stack = error.lineno, traceback.StackSummary()
    else:
        own = [frame.lineno for frame in whole.stack if frame.filename == filename]
        line = own[-1] if own else None
    text = "".join(whole.format())
    if len(text) > DEEP:
        text = f"{text[: DEEP // 2]}\n…\n{text[-DEEP // 2 :]}"
    return {
        "name": type(error).__name__,
        "sentence": sentence(error, line, lines),
        "line": line,
        "missing": error.name if isinstance(error, NameError) else None,
        "traceback": text,
    }


def _without_ours(whole: traceback.TracebackException) -> None:
    seen, todo = set(), [whole]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        kept = [frame for frame in one.stack if frame.filename != __file__]
        one.stack = traceback.StackSummary.from_list(kept)
        todo += [one.__cause__, one.__context__]


def sentence(error: BaseException, line: int | None, lines: list[str]) -> str:
    """What went wrong, in one sentence or two."""
    try:
        said = " ".join(str(error).split())
    except Exception:
        said = ""
    if len(said) > LONG:
        said = said[:LONG] + "…"
    where = f"Line {line}" if line else "The cell"
    match error:
        case SyntaxError():
            return _unreadable(error, line, lines)
        case ModuleNotFoundError(name=str(name)):
            return _no_module(name.partition(".")[0])
        case NobodyToAsk():
            return "There is nobody to ask here: write the answer into the cell, as in answer = 3."
        case KeyboardInterrupt():
            return "The cell was stopped; the variables are kept."
        case SystemExit():
            return "That ends a program; here it ended the cell, and the variables are kept."
        case MemoryError():
            return f"{where} wants more memory than the browser gives: take smaller arrays."
        case RecursionError():
            return f"{where} leads to a function that calls itself without an end."
        case NameError(name=str(name)) if name:
            return f"{where} uses {name}, which has no value yet: run the cells above first, or look at the spelling."
        case AssertionError() if not said:
            return f"What {where[0].lower() + where[1:]} asserts is not so."
    said = said or "there is no message"
    return f"{where} failed with {type(error).__name__}: {said}{'' if said[-1] in '.!?…' else '.'}"


def _unreadable(error: SyntaxError, line: int | None, lines: list[str]) -> str:
    text = lines[line - 1].strip() if line and line <= len(lines) else ""
    if text[:1] in ("%", "!") or text[-1:] == "?":
        word = text.split()[0] if text[0] in "%!" else "?"
        return (
            f"{word} is a command of Jupyter, not Python, and is not to be had here: "
            "take the line out, or download the notebook."
        )
    return f"Python cannot read line {line}: {error.msg}."


def _no_module(name: str) -> str:
    if name in NO_BUILD:
        return (
            f"{NO_BUILD[name]} has no build for the browser: from sgdlib import SGD gives the same rule, "
            f"and the downloaded notebook runs where {NO_BUILD[name]} is installed."
        )
    return (
        f"There is no package {name} here: the page's Python has NumPy, Matplotlib and sgdlib. "
        "The downloaded notebook can use what your machine has."
    )


# ---------------------------------------------------------------- what is shown


def bundle(value) -> dict:
    """What a value looks like, by media type; its words always among it."""
    if _live and hasattr(type(value), "_repr_live_html_"):
        return {"text/html": value._repr_live_html_()}
    found: dict = {}
    whole = (
        None if inspect.isclass(value) else getattr(value, "_repr_mimebundle_", None)
    )
    if callable(whole):
        data = whole(include=None, exclude=None)
        found |= (data[0] if isinstance(data, tuple) else data) or {}
    if not inspect.isclass(value):
        for kind, name in METHODS.items():
            method = getattr(value, name, None)
            if (
                kind not in found
                and callable(method)
                and (data := method()) is not None
            ):
                found[kind] = data[0] if isinstance(data, tuple) else data
        module = sys.modules.get("matplotlib.figure")
        if module and isinstance(value, module.Figure):
            found["image/png"] = _png(value)
    if not set(found) & set(KINDS):
        found["text/plain"] = found.get("text/markdown") or words(value)
    return found


def words(value) -> str:
    """A value as text: containers that are too wide for a line over several, the endless ones cut."""
    if type(value) in (list, tuple, set, frozenset, dict):
        if len(value) > 1000:
            return (
                f"a {type(value).__name__} of {len(value):,} values; show some of them"
            )
        text = repr(value)
        return text if len(text) < 80 else pprint.pformat(value, sort_dicts=False)
    return repr(value)


def display(*values, **ignored) -> None:
    """Show values where the cell's outputs stand."""
    for value in values:
        shown = bundle(value)
        kind = next(kind for kind in KINDS if kind in shown)
        data = shown[kind]
        if KINDS[kind] == "image":
            text = data if isinstance(data, str) else base64.b64encode(data).decode()
            data = f"data:{kind};base64,{text}"
        sys.stdout.flush()
        sys.stderr.flush()
        _send(KINDS[kind], data if isinstance(data, str) else "".join(data))


def _png(figure) -> bytes:
    buffer = BytesIO()
    figure.savefig(
        buffer, format="png", dpi=144, bbox_inches="tight", facecolor="white"
    )
    return buffer.getvalue()


# ---------------------------------------------------------------- what stands in for IPython and for a window


def show(*args, **kwargs) -> None:
    """Matplotlib's ``plt.show()``, and the end of each cell: the figures that are open are shown and closed."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not pyplot.get_fignums():
        return
    for number in pyplot.get_fignums():
        display(pyplot.figure(number))
    pyplot.close("all")


def _ipython() -> dict[str, types.ModuleType]:
    def shown(kind: str):
        class Shown:
            def __init__(self, data=None, **ignored):
                self.data = data

            def _repr_mimebundle_(self, **ignored):
                return {kind: self.data, "text/plain": repr(self)}

        return Shown

    class InteractiveShell:
        """Never made: ipywidgets asks whether there is one."""

        @classmethod
        def initialized(cls) -> bool:
            return False

    parts = {
        "IPython": {
            "get_ipython": lambda: None,
            "version_info": (8, 24, 0),
            "__version__": "8.24.0",
        },
        "IPython.display": {
            "display": display,
            "clear_output": lambda *args, **kwargs: None,
            "HTML": shown("text/html"),
            "SVG": shown("image/svg+xml"),
            "Markdown": shown("text/plain"),
            "Math": shown("text/plain"),
            "Latex": shown("text/plain"),
        },
        "IPython.core": {},
        "IPython.core.display": {"display": display},
        "IPython.core.getipython": {"get_ipython": lambda: None},
        "IPython.core.interactiveshell": {"InteractiveShell": InteractiveShell},
    }
    modules = {name: types.ModuleType(name) for name in parts}
    for name, names in parts.items():
        vars(modules[name]).update(names)
        above, _, own = name.rpartition(".")
        if above:
            setattr(modules[above], own, modules[name])
    vars(modules["IPython"])["display"] = modules["IPython.display"].display
    modules["IPython"].display = modules["IPython.display"]
    for class_name in ("HTML", "SVG", "Markdown", "Math", "Latex"):
        modules["IPython.display"].__dict__[class_name].__name__ = class_name
    return modules
