"""A widget in a real JupyterLab: the page changes the kernel's trait, and Python changes the picture."""

from __future__ import annotations

import ast

import pytest
from lab import jupyter_lab, run_all, run_cell
from patience import PATIENCE
from widget_page import labelled

CELLS = [
    "from sgdlib.widgets import FrictionLab\n"
    "heard = []\n"
    "w = FrictionLab(learning_rate=0.1, momentum=0.5)\n"
    "w.observe(lambda change: heard.append(change.new), 'momentum')\n"
    "w",
    "print((w.learning_rate, w.momentum, len(heard)))",
]
ASK = CELLS[1]


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    """A notebook with a widget, run in JupyterLab."""
    with jupyter_lab(tmp_path_factory.mktemp("lab"), CELLS) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 1400})
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        trouble = []
        page.on("pageerror", lambda error: trouble.append(str(error)))
        run_all(page, address)
        page.locator(".sgd-live-widget").wait_for()
        yield page
        context.close()
        assert trouble == []


def slider(page, label: str):
    return labelled(page.locator(".sgd-live-widget"), label)


def test_the_page_changes_the_kernel(lab):
    assert ast.literal_eval(run_cell(lab, 1, ASK)) == (0.1, 0.5, 0)
    momentum = slider(lab, "momentum μ")
    for _ in range(4):
        momentum.press("ArrowRight")
    assert momentum.get_attribute("aria-valuetext") == "0.52"
    learning_rate, now, first = ast.literal_eval(run_cell(lab, 1, ASK))
    assert (learning_rate, now) == (0.1, 0.52)
    # ipywidgets sends the newest value only when the kernel has answered: four presses are one to four messages
    assert 1 <= first <= 4
    lab.locator(".sgd-handle").press("ArrowUp")
    assert ast.literal_eval(run_cell(lab, 1, ASK)) == (0.1, 0.53, first + 1)
    box = momentum.bounding_box()
    y = box["y"] + box["height"] / 2
    lab.mouse.move(box["x"] + 0.53 * box["width"], y)
    lab.mouse.down()
    lab.mouse.move(box["x"] + 0.9 * box["width"], y, steps=10)
    lab.mouse.up()
    shown = float(momentum.get_attribute("aria-valuetext"))
    learning_rate, now, heard = ast.literal_eval(run_cell(lab, 1, ASK))
    assert (learning_rate, now) == (0.1, shown)
    assert 0.8 < now < 1
    assert heard > first + 1


def test_python_changes_the_page(lab):
    picture = "() => [...document.querySelectorAll('.sgd-live-widget .sgd-line')].map((line) => line.getAttribute('d'))"
    before = lab.evaluate(picture)
    run_cell(lab, 1, "w.momentum = 0.25\nw.learning_rate = 1.5\nprint(w.trajectory().positions[60, 0])")
    lab.wait_for_function("() => document.querySelector('.sgd-code').textContent.includes('0.25')")
    assert lab.locator(".sgd-code").inner_text() == "keras.optimizers.SGD(learning_rate=1.5, momentum=0.25)"
    assert slider(lab, "momentum μ").get_attribute("aria-valuetext") == "0.25"
    assert slider(lab, "ηλ, the learning rate where λ = 1").get_attribute("aria-valuetext") == "1.5"
    assert lab.evaluate(picture) != before


def test_python_refuses_and_the_page_stays(lab):
    run_cell(
        lab,
        1,
        "w.momentum = 0.75\ntry:\n    w.momentum = 2\nexcept Exception as e:\n    print(type(e).__name__)",
    )
    lab.wait_for_function("() => document.querySelector('.sgd-code').textContent.includes('0.75')")
    assert run_cell(lab, 1, "print(w.momentum)") == "0.75"
