"""The page of code to take away: it has every piece, and each one runs alone and keeps what it promises."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import book
import nbformat
import paste
import pytest
from bs4 import BeautifulSoup
from site_pages import SITE
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent
SOURCE = (ROOT / "chapters" / "code.md").read_text(encoding="utf-8")
OWN = paste.fenced("chapters/code", SOURCE)
COLLECTED = paste.collect(book.pages(parse_toc_yaml(ROOT / "_toc.yml")), ROOT)
PIECES = {piece.title: piece.code for piece in [*COLLECTED, *OWN]}

TOY = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(64, 5)).astype("float32")
y = (x @ rng.normal(size=(5, 1)) + rng.normal(size=(64, 1))).astype("float32")

def line(optimizer):
    first = keras.initializers.Constant(0.1)
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer=first)
    model = keras.Sequential([keras.Input((5,)), layer])
    model.compile(optimizer, loss="mse")
    return model

def trained(optimizer, epochs=6, callbacks=()):
    model = line(optimizer)
    model.fit(x, y, batch_size=16, epochs=epochs, shuffle=False, verbose=0, callbacks=list(callbacks))
    return model.get_weights()[0]

def by_torch(rates, mu=0.9, nesterov=False, decay=0.0, clip=np.inf):
    w, b = np.full((5, 1), 0.1), 0.0
    for k, rate in enumerate(rates):
        rows = slice(16 * (k % 4), 16 * (k % 4) + 16)
        g = 2 * x[rows].T @ (x[rows] @ w - y[rows]) / 16
        g = g * min(1, clip / np.linalg.norm(g)) + decay * w
        b = mu * b + g
        w = w - rate * (g + mu * b if nesterov else b)
    return w
"""
# What a piece promises, run behind it in the same names.
PROMISES = {
    "First aid for NaN": """
assert abs(float(schedule(0)) - rate / warm_up) < 1e-7 and abs(float(schedule(5000)) - rate) < 1e-7
model = line(keras.optimizers.SGD(1e30))
lost = model.fit(x, y, epochs=50, batch_size=16, verbose=0, callbacks=callbacks).history["loss"]
assert len(lost) < 3
""",
    "Noise or curvature: do the gradients agree?": """
inputs = rng.normal(size=(1024, 5)).astype("float32")
targets = inputs.sum(axis=1, keepdims=True) + rng.normal(size=(1024, 1)).astype("float32")
for rate, nesterov, low, high in ((1e-4, False, 0.2, 1), (1e-4, True, 0.2, 1), (0.02, False, -0.1, 0.1)):
    model = line(keras.optimizers.SGD(rate, momentum=0.9, nesterov=nesterov))
    agree = model.fit(inputs, targets, batch_size=16, epochs=3, verbose=0, callbacks=[Agreement()])
    assert low < agree.history["agreement"][-1] < high
# at the limit of the curvature, on all rows at once
limit = 1.5 / np.linalg.eigvalsh(x.T @ x / len(x)).max()  # (1 + μ) / λ, with a loss twice the half square
swings = line(keras.optimizers.SGD(float(0.995 * limit), momentum=0.5))
agree = swings.fit(x, y, batch_size=len(x), epochs=80, verbose=0, callbacks=[Agreement()])
assert agree.history["agreement"][-1] < -0.5
""",
    "Momentum correction": """
for nesterov in (False, True):
    rates = [0.02] * 8 + [0.002] * 8 + [0.01] * 8
    def schedule():
        return keras.optimizers.schedules.PiecewiseConstantDecay([7, 15], [0.02, 0.002, 0.01])
    plain = trained(keras.optimizers.SGD(schedule(), 0.9, nesterov=nesterov))
    right = trained(keras.optimizers.SGD(schedule(), 0.9, nesterov=nesterov), callbacks=[MomentumCorrection()])
    theirs = by_torch(rates, nesterov=nesterov)
    assert np.abs(right - theirs).max() < 1e-5 < 1e-3 < np.abs(plain - theirs).max()
""",
    "Momentum by a schedule": """
import os, tempfile
for nesterov in (False, True):
    fixed = keras.optimizers.schedules.PolynomialDecay(0.9, 10, 0.9)
    same = trained(ScheduledMomentumSGD(0.01, fixed, nesterov=nesterov))
    assert np.abs(same - trained(keras.optimizers.SGD(0.01, 0.9, nesterov=nesterov))).max() < 1e-6
lowered = keras.optimizers.schedules.PiecewiseConstantDecay([11], [0.9, 0.5])
w, m = np.full((5, 1), 0.1), 0.0
for k in range(24):
    rows = slice(16 * (k % 4), 16 * (k % 4) + 16)
    m = (0.9 if k < 12 else 0.5) * m - 0.01 * 2 * x[rows].T @ (x[rows] @ w - y[rows]) / 16
    w = w + m
assert np.abs(trained(ScheduledMomentumSGD(0.01, lowered)) - w).max() < 1e-5
model = line(ScheduledMomentumSGD(0.01, lowered))
with tempfile.TemporaryDirectory() as folder:
    model.save(os.path.join(folder, "m.keras"))
    again = keras.models.load_model(os.path.join(folder, "m.keras"))
assert float(again.optimizer.schedule(20)) == 0.5
""",
    "Find where the learning rate breaks": """
finder = Finder(1e-3, 100.0, 60)
model = line(keras.optimizers.SGD(0.1))
model.fit(x, y, batch_size=64, epochs=100, verbose=0, callbacks=[finder])
limit = 2 / (2 * np.linalg.eigvalsh(x.T @ x / 64).max())
assert limit < finder.rates[-1] < 10 * limit
assert len(finder.rates) == len(finder.losses) < 60
own = Finder(1e-4, 1e-4 * 1.0001, 8)
line(keras.optimizers.SGD(0.1)).fit(x, y, batch_size=16, epochs=100, shuffle=False, verbose=0, callbacks=[own])
w = np.full((5, 1), 0.1)
assert np.isclose(own.losses[0], np.mean((x[:16] @ w - y[:16]) ** 2), rtol=1e-3)
assert np.allclose(own.losses[4:], own.losses[:4], rtol=0.02) and len(own.losses) == 8
""",
    "PyTorch's SGD: clipping and coupled decay": """
for nesterov in (False, True):
    rates = [0.02] * 8 + [0.002] * 8 + [0.0002] * 8
    theirs = by_torch(rates, nesterov=nesterov, decay=0.05, clip=1.0)
    falling = keras.optimizers.schedules.PiecewiseConstantDecay([7, 15], [0.02, 0.002, 0.0002])
    ours = TorchSGD(falling, 0.9, coupled_decay=0.05, nesterov=nesterov, global_clipnorm=1.0)
    assert np.abs(trained(ours) - theirs).max() < 1e-5
    again = TorchSGD.from_config(ours.get_config())
    assert again.coupled_decay == 0.05 and np.abs(trained(again) - theirs).max() < 1e-5
""",
    "PyTorch's StepLR": """
used = [float(step_lr(0.02, 2, 0.1, 4, 6)(k)) for k in range(24)]
assert np.allclose(used, [0.02] * 8 + [0.002] * 8 + [0.0002] * 8, rtol=1e-5)
""",
}
# Runs each piece, and what it promises, in names of its own; one line of JSON for each.
RUN = """
import contextlib, io, json, os, sys, tempfile, traceback
os.chdir(tempfile.mkdtemp())
for title, code, promise in json.load(sys.stdin):
    names, error = {"__name__": "__main__"}, ""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(code, title, "exec"), names)
            exec(compile(promise, title, "exec"), {"__name__": "__main__", **names})
    except Exception:
        error = traceback.format_exc()
    print(json.dumps({"title": title, "error": error}), flush=True)
"""
BACKENDS = ("jax", "tensorflow", "torch")


def run(titles, backend: str) -> dict[str, str]:
    """What went wrong with each piece, in a Python that has nothing of ours but the pieces."""
    told = [
        (title, PIECES[title], "import keras\n" + TOY + PROMISES[title] if title in PROMISES else "")
        for title in titles
    ]
    environment = {**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    environment.pop("JAX_ENABLE_X64", None)
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {found["title"]: found["error"] for found in map(json.loads, done.stdout.splitlines())}


@pytest.fixture(scope="module", params=BACKENDS)
def ran(request):
    """All pieces on a backend, each in names of its own; JAX always, the others where they are installed."""
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    able = [title for title, code in PIECES.items() if request.param == "jax" or "KERAS_BACKEND" not in code]
    return run(able, request.param)


@pytest.mark.parametrize("title", PIECES)
def test_a_piece_runs_alone_and_keeps_its_promise(ran, title):
    if title not in ran:
        pytest.skip("it asks for JAX itself")
    assert ran[title] == ""


@pytest.mark.foreign
@pytest.mark.parametrize("title", PIECES)
def test_a_piece_runs_in_a_python_of_its_own(title):
    assert run([title], "jax") == {title: ""}


def test_every_piece_of_the_page_promises_something():
    assert {piece.title for piece in OWN} <= set(PROMISES) <= set(PIECES)
    assert len(PIECES) == len(COLLECTED) + len(OWN)


def test_the_page_has_all_of_them():
    """With title and button, and a link to the chapter where there is one."""
    page = BeautifulSoup((SITE / "chapters" / "code.html").read_text(encoding="utf-8"), "html.parser")
    shown = {}
    for section in page.select("section > section"):
        heading = section.select_one("h2")
        heading.select_one("a.headerlink").decompose()
        number = heading.select_one(".section-number")
        title = heading.get_text().removeprefix(number.get_text() if number else "").strip()
        title = title.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        shown[title] = section
    assert set(shown) == set(PIECES)
    for title, code in PIECES.items():
        (block,) = shown[title].select("div.highlight pre")
        assert block.get_text().strip() == code
    for piece in COLLECTED:
        links = [link["href"] for link in shown[piece.title].select("p a[href]")]
        assert f"{Path(piece.page).name}.html" in links


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s, metadata=m) for s, m in cells])


def test_pieces_are_found_by_their_tag():
    made = notebook(("a = 1", {}), ("b = 2\n", {"tags": ["paste", "why"], "paste": " Two "}))
    assert paste.pieces_of("chapters/x", made) == [("Two", "b = 2", "chapters/x")]
    with pytest.raises(ValueError, match=r"^the cell \w+ of chapters/x is to be pasted: give it a title"):
        paste.pieces_of("chapters/x", notebook(("b = 2", {"tags": ["paste"]})))
    with pytest.raises(ValueError, match=r"^the piece 'Two' of chapters/x is not Python: "):
        paste.pieces_of("chapters/x", notebook(("b = = 2", {"tags": ["paste"], "paste": "Two"})))


def test_fences_below_headings_are_pieces():
    source = "# Page\n\n## One\n\nSaid.\n\n```python\na\n```\n\n## Two\n\nNo code.\n\n"
    source += "## Three\n\n```python\nb\n\nc\n```\n"
    assert paste.fenced("p", source) == [("One", "a", "p"), ("Three", "b\n\nc", "p")]
    assert paste.twice([paste.Piece("a", "", ""), paste.Piece("a", "", "q")]) == ["a"]
