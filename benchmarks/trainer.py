"""Time the trainer: its network in the page beside NumPy and Keras, and what a run costs the page's main thread.

.venv/bin/python benchmarks/trainer.py            print the tables
.venv/bin/python benchmarks/trainer.py --write    and put them into benchmarks/README.md
"""

# The search path and Keras must be set up before the imports.
# ruff: noqa: E402
from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

import argparse
import tempfile
import time
from statistics import median

import numpy as np
import readme
from find_browser import FLAGS, find_browser
from playwright.sync_api import sync_playwright
from widget_page import widget_page

from sgdlib import SGD, descend
from sgdlib.data import batch_gradients
from sgdlib.experiments.digits import digits
from sgdlib.network import Dense, Network
from sgdlib.widgets import Trainer
from sgdlib.widgets.maths import generator
from sgdlib.widgets.page.base import WIDGETS
from sgdlib.widgets.page.flatten import flatten

REPEATS, EPOCHS, BATCH_SIZE = 3, 20, 32
IMAGES, LABELS, _, _ = digits()
NETWORK = Network((Dense(64, "relu"), Dense(10)), IMAGES, LABELS, loss="cross-entropy")
BATCHES = generator.shuffled_batches(1, len(LABELS), BATCH_SIZE, EPOCHS)
START = NETWORK.draw(np.random.default_rng(0))

IN_THE_PAGE = """
([features, classes, start, batch_size, epochs]) => {
    const layers = [{ units: 64, activation: "relu" }, { units: 10, activation: "linear" }];
    const problem = { layers, inputs: 64, features: Float64Array.from(features), classes, loss: "cross-entropy" };
    const network = $network.network(problem);
    const batches = $generator.shuffled_batches($generator.uniforms(1), classes.length, batch_size, epochs);
    const w = Float64Array.from(start);
    const [v, g] = [new Float64Array(w.length), new Float64Array(w.length)];
    const began = performance.now();
    for (const rows of batches) {
        network.gradient(w, g, rows);
        for (let i = 0; i < w.length; i++) { v[i] = 0.9 * v[i] - 0.01 * g[i]; w[i] += v[i]; }
    }
    return [(performance.now() - began) / 1000, network.value(w).loss];
}
"""
# One task after the other, until the run is over: the longest way from one to the next is the longest task between.
GAPS = """
() => new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    const gaps = [];
    let before = performance.now();
    const began = before;
    port1.onmessage = () => {
        const now = performance.now();
        gaps.push(now - before);
        before = now;
        const said = document.querySelector(".sgd-verdict").textContent;
        if (said.startsWith("After") && now - began > 500) done([gaps, (now - began) / 1000]);
        else port2.postMessage(0);
    };
    [...document.querySelectorAll("button")].find((each) => each.textContent === "BUTTON").click();
    port2.postMessage(0);
})
"""


def numpy_seconds() -> float:
    began = time.perf_counter()
    gradients = batch_gradients(NETWORK, BATCHES)
    run = descend(SGD(0.01, 0.9), gradients, START, len(BATCHES), path=False)
    numpy_seconds.loss = float(NETWORK.value(run.positions[-1]))
    return time.perf_counter() - began


def keras_seconds() -> float:
    import keras

    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.01, 0.9), loss)
    began = time.perf_counter()
    model.fit(IMAGES, LABELS, batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=0)
    return time.perf_counter() - began


def work_table(browser) -> str:
    page = browser.new_page()
    modules = (WIDGETS / "maths" / name for name in ("network.mjs", "generator.mjs"))
    page.add_script_tag(content=flatten(*modules))
    given = [IMAGES.astype(float).ravel().tolist(), LABELS.tolist(), START.tolist(), BATCH_SIZE, EPOCHS]
    times: dict[str, list[float]] = {
        "the page (JavaScript, double precision)": [],
        "sgdlib (NumPy)": [],
        "Keras (JAX)": [],
    }
    keras_seconds()  # starts Keras
    for _ in range(REPEATS):
        seconds, loss = page.evaluate(IN_THE_PAGE, given)
        for name, taken in zip(times, (seconds, numpy_seconds(), keras_seconds()), strict=True):
            times[name].append(taken)
    assert abs(loss - numpy_seconds.loss) < 1e-9, "the page and sgdlib end at the same loss"
    page.close()
    keras = median(times["Keras (JAX)"])
    lines = [
        "| 20 epochs of 64-64-10 on 1,437 digits, batches of 32 | seconds, median | Keras takes |",
        "| --- | ---: | ---: |",
    ]
    lines += [
        f"| {name} | {median(taken):.2f} | {keras / median(taken):.1f} × |" for name, taken in times.items()
    ]
    return "\n".join(lines)


def frames_table(browser) -> str:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        address = widget_page(Path(folder), Trainer())
        for button, what in (("Run", "a run as the reader watches it"), ("To the end", "as fast as it goes")):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(address)
            page.locator(".sgd-live-widget").wait_for()
            page.locator(".sgd-controls input[type=text]").first.fill("0.1")
            page.locator(".sgd-controls input[type=text]").first.press("Enter")
            page.wait_for_function(
                "document.querySelector('.sgd-verdict').textContent.includes('new setting')"
            )
            gaps, seconds = page.evaluate(GAPS.replace("BUTTON", button))
            gaps = np.array(gaps)
            over = (gaps > 8).sum()
            rows.append(
                f"| {what} | {seconds:.1f} | {np.percentile(gaps, 99.9):.1f} | {gaps.max():.1f} | {over} |"
            )
            page.close()
    head = "| 1,000 updates over 360 digits | seconds | 99.9 % of tasks, ms | longest, ms | over 8 ms |"
    return "\n".join([head, "| --- | ---: | ---: | ---: | ---: |", *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/README.md")
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        load = os.getloadavg()[0]
        tables = [work_table(browser), frames_table(browser)]
        browser.close()
    result = "\n\n".join([*tables, f"{os.cpu_count()} cores; load of the machine before {load:.1f}."])
    print(result)
    if arguments.write:
        readme.store("trainer", result)


if __name__ == "__main__":
    main()
