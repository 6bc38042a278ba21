"""The trainer: a network that learns on the page, its stability meter, its schedules and its Keras code."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from patience import PATIENCE
from sklearn.datasets import load_digits
from widget_page import widget_page

from sgdlib import SGD, descend, theory
from sgdlib.data import batch_gradients
from sgdlib.widgets import Trainer
from sgdlib.widgets.page.flatten import flatten
from sgdlib.widgets.trainer import training
from sgdlib.widgets.trainer.training import SAMPLES, TOLD, digits, digits_text, factor, train

QUICK = {"updates": 200, "hidden": "16", "earlier": []}
SETTINGS = 8
OWN_POINTS = True
FOLDER = training.__file__.rpartition("/")[0]


def readouts(widget) -> dict:
    """What Python computes for the readouts, by the beginning of their labels."""
    limit = theory.stability_limit(widget.momentum, widget.nesterov) / widget.learning_rate
    return {"limit of the sharpness": [limit], "updates in an epoch": [-(-SAMPLES // widget.batch_size)]}


# ---------------------------------------------------------------- the run, in Python


def test_the_digits_are_scikit_learn_s():
    pixels, classes = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(classes))[: 2 * SAMPLES]
    np.testing.assert_array_equal(digits()[0], pixels[order] / 16)
    np.testing.assert_array_equal(digits()[1], classes[order])


@pytest.mark.parametrize("batch_size", [32, SAMPLES])
@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)])
def test_a_run_is_descend_s(batch_size, momentum, nesterov):
    """Keras' weights are the lookahead point of sgdlib's rule: w + μv with Nesterov, w without."""
    plan = Trainer(**QUICK, momentum=momentum, nesterov=nesterov, batch_size=batch_size).plan
    gradients = batch_gradients(plan.network, plan.batches())
    run = descend(SGD(0.08, momentum, nesterov), gradients, plan.first_weights(), plan.updates)
    ahead = run.positions + (momentum * run.velocities if nesterov else 0)
    history = train(plan)
    np.testing.assert_allclose(history.weights, ahead[-1], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(history.points[::20, 1], plan.network.value(ahead[::20]), rtol=1e-9)
    limit = theory.stability_limit(momentum, nesterov) / 0.08
    for k, L, share in history.meter[::8]:
        product = lambda u, at=ahead[int(k)]: plan.network.hessian_vector_product(at, u)  # noqa: E731
        assert pytest.approx(theory.sharpness(product, (plan.network.d,)), rel=0.03) == L
        assert share == pytest.approx(L / limit)


def test_changes_and_schedules_are_heard_at_their_update():
    rows = [[0, 1], [0.5, 1], [0.5, 0.1], [1, 0.2]]
    plan = Trainer(learning_rate=0.2, updates=200, schedule=rows, earlier=[[40, 0.1, 0.9, 1]]).plan
    assert plan.setting_at(39) == (0.1, 0.9, True)
    assert plan.setting_at(40) == (0.2, 0.0, False)
    assert plan.setting_at(100)[0] == pytest.approx(0.02)
    assert plan.setting_at(150)[0] == pytest.approx(0.03)


def test_a_schedule_is_straight_between_its_points():
    rng = np.random.default_rng(0)
    for _ in range(200):
        count = int(rng.integers(1, 7))
        x, y = np.sort(rng.uniform(0, 1, count)), rng.uniform(0, 1, count)
        share = float(rng.uniform(-0.1, 1.1))
        assert factor(tuple(zip(x, y, strict=True)), share) == pytest.approx(np.interp(share, x, y))


# ---------------------------------------------------------------- Python and the page


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page()
    page.add_script_tag(content=flatten(f"{FOLDER}/training.mjs", told={"trainer": TOLD}))
    yield page
    page.close()


PLANS = [
    {},
    {"learning_rate": 0.1, "momentum": 0.9},
    {"learning_rate": 0.045, "momentum": 0.9, "nesterov": True, "hidden": "32-32", "seed": 3},
    {"learning_rate": 0.1, "momentum": 0.9, "batch_size": 32, "loss": "cross-entropy", "activation": "relu"},
    {
        "schedule": [[0, 0], [0.1, 1], [1, 0]],
        "earlier": [[50, 0.05, 0.5, 1], [120, 0.05, 0, 0]],
        "hidden": "16",
    },
    {"learning_rate": 10.0, "momentum": 0.5},
]


@pytest.mark.parametrize("setting", PLANS, ids=str)
def test_python_and_the_page_agree(page, setting):
    """Over 200 updates to 1e-9, with mini-batches, schedules and changes; a run that diverges at the same update."""
    widget = Trainer(**{"updates": 200, **setting})
    its = page.evaluate(
        """([plan, digits]) => {
            const run = $training.training(plan, $training.read_digits(digits));
            run.advance(plan.updates);
            return { ...run.history, weights: Array.from(run.weights) };
        }""",
        [json.loads(json.dumps(widget.setting())), digits_text()],
    )
    history = widget.trajectory()
    assert its["diverged_at"] == history.diverged_at
    live = history.points[:, 1] < 1e3
    for name in ("points", "meter"):
        mine = getattr(history, name)
        theirs = np.array(its[name])
        assert theirs.shape == mine.shape
        some = live if name == "points" else mine[:, 2] < 1e3
        np.testing.assert_allclose(theirs[some], mine[some], rtol=1e-9, atol=1e-9)
    if history.diverged_at < 0:
        np.testing.assert_allclose(its["weights"], history.weights, rtol=1e-9, atol=1e-9)


# ---------------------------------------------------------------- the live widget, opened from disk


class Page:
    """The trainer alone on a page."""

    def __init__(self, page, address: str, hash: str = ""):
        self.page, self.wrong = page, []
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda message: message.type == "error" and self.wrong.append(message.text))
        page.goto(address + hash)
        page.locator(".sgd-live-widget").first.wait_for()

    def press(self, name: str) -> None:
        self.page.locator("button").filter(has_text=name).first.click()

    def type(self, nth: int, text: str) -> None:
        field = self.page.locator(".sgd-controls input[type=text]").nth(nth)
        field.fill(text)
        field.press("Enter")

    def verdict(self) -> str:
        return self.page.text_content(".sgd-verdict")

    def until(self, words: str, not_yet: str = "") -> str:
        self.page.wait_for_function(
            "([words, not_yet]) => { const said = document.querySelector('.sgd-verdict').textContent;"
            " return said.includes(words) && !(not_yet && said.includes(not_yet)); }",
            arg=[words, not_yet],
        )
        return self.verdict()

    def copied(self, button: str) -> str:
        self.page.evaluate(
            "() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }"
        )
        self.press(button)
        self.page.wait_for_function("window.copied")
        return self.page.evaluate("window.copied")

    def setting(self) -> dict:
        self.press("Copy link to this setting")
        return dict(part.split("=") for part in self.page.evaluate("location.hash").split("?")[1].split("&"))


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    return widget_page(tmp_path_factory.mktemp("trainer"), Trainer(updates=200, hidden="16"))


@pytest.fixture
def live(browser, address):
    page = browser.new_page()
    opened = Page(page, address)
    yield opened
    page.close()
    assert opened.wrong == []


def of(widget) -> str:
    """What the page says at the end of a run: Python's words without those of the setting."""
    return widget.words().partition(". ")[2]


def test_it_shows_a_run_before_it_has_trained(live):
    assert live.verdict() == of(Trainer(updates=200, hidden="16"))


def test_it_trains_to_what_python_computes(live):
    live.type(0, "0.05")
    assert live.until("Run trains with the new setting")
    live.press("To the end")
    live.until("After 200 updates", not_yet="Shown is")
    assert live.verdict() == of(Trainer(updates=200, hidden="16", learning_rate=0.05))


def test_one_update_one_epoch_and_back(live):
    live.press("Back to the start")
    live.until("knows nothing yet")
    live.press("One update")
    live.until("Update 1 of 200")
    live.press("One epoch")
    live.until("Update 2 of 200")
    live.page.locator("label", has_text="batch size B").locator("xpath=..//select").evaluate(
        "(select) => { select.value = '32'; select.dispatchEvent(new Event('change')); }"
    )
    live.until("Run trains with the new setting")
    live.press("One epoch")
    live.until("Update 12 of 200")


def test_a_change_in_mid_run_is_marked_and_comes_back_by_the_link(browser, live, address):
    live.press("Back to the start")
    live.until("knows nothing yet")
    for _ in range(3):
        live.press("One update")
    live.until("Update 3 of 200")
    live.type(1, "0.5")
    live.page.wait_for_function(
        "document.querySelector('.sgd-panel .sgd-line[stroke-dasharray=\"1 3\"]').getAttribute('d')"
    )
    # the limit changes at once: the needle divides the sharpness of the start by the new one
    live.press("One update")
    live.until("Update 4 of 200")
    start = Trainer(updates=200, hidden="16").trajectory().meter[0][1]
    needle = start * 0.08 / theory.stability_limit(0.5)
    assert float(live.page.locator(".sgd-reading").text_content()) == pytest.approx(needle, rel=0.01)
    live.press("To the end")
    said = live.until("After 200 updates")
    setting = live.setting()
    assert setting["earlier"] == "3%2C0.08%2C0%2C0"
    widget = Trainer(updates=200, hidden="16", momentum=0.5, earlier=[[3, 0.08, 0, 0]])
    assert said == of(widget)
    again = Page(browser.new_page(), address, live.page.evaluate("location.hash"))
    again.press("To the end")
    assert again.until("After 200 updates", not_yet="Shown is") == of(widget)
    assert again.wrong == []
    again.page.close()


def test_the_last_runs_stay_and_one_is_shown_again(live):
    first = live.verdict()
    for rate in ("0.02", "0.03", "0.04", "0.05"):
        live.type(0, rate)
        live.until("Run trains with the new setting")
        live.press("To the end")
        live.until("After 200 updates", not_yet="Shown is")
    runs = live.page.locator(".sgd-runs li")
    assert [
        f"learning rate {rate}" in text
        for rate, text in zip(("0.04", "0.03", "0.02"), runs.all_text_contents(), strict=True)
    ] == [True] * 3
    runs.nth(2).locator("input").fill("slow")
    changed = "(last) => document.querySelector('.sgd-verdict').textContent !== last"
    last = live.verdict()
    runs.nth(2).locator("button", has_text="Show again").click()
    live.page.wait_for_function(changed, arg=last)
    assert live.until("After 200 updates", not_yet="Shown is") == of(
        Trainer(updates=200, hidden="16", learning_rate=0.02)
    )
    assert live.setting()["learning_rate"] == "0.02"
    last = live.verdict()
    live.press("Reset")
    live.page.wait_for_function(changed, arg=last)
    assert live.until("After 200 updates") == first
    assert "slow" in [each.input_value() for each in live.page.locator(".sgd-runs input").all()]


# In the page: run, and pause at the first update that is told; a run takes 6 s at least, so it is far from its end.
RUN_AND_PAUSE = """async (box) => {
    const verdict = box.querySelector(".sgd-verdict");
    const press = (name) => [...box.querySelectorAll("button")].find((each) => each.textContent === name).click();
    press("Run");
    await new Promise((done) => {
        new MutationObserver((_, watch) => {
            if (!verdict.textContent.startsWith("Update ")) return;
            watch.disconnect();
            done();
        }).observe(verdict, { childList: true, characterData: true, subtree: true });
    });
    press("Pause");
}"""


def test_pause_holds_the_run(live):
    """What was asked for before the pause may still come, then nothing more: the run never comes to its end."""
    live.page.locator(".sgd-live-widget").evaluate(RUN_AND_PAUSE)
    held, now = "", live.verdict()
    while now != held:
        live.page.wait_for_timeout(1000)
        held, now = now, live.verdict()
    assert held.startswith("Update ")
    live.press("One update")
    k = int(held.split()[1])
    live.until(f"Update {k + 1} of 200")


def test_points_of_a_schedule_are_moved_by_keys_and_mouse(live):
    live.page.locator(".sgd-more summary").click()
    points = live.page.locator(".sgd-schedule").first.locator(".sgd-handle:visible")
    assert points.count() == 5
    last = points.nth(4)
    last.press("Shift+ArrowDown")
    last.press("ArrowLeft")
    assert live.setting()["schedule"].endswith("_0.98%2C0.8")
    assert "98 %" in last.get_attribute("aria-valuetext")
    points.nth(2).scroll_into_view_if_needed()
    box = points.nth(2).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    live.page.mouse.move(x, y)
    live.page.mouse.down()
    live.page.mouse.move(x + 500, y + 30, steps=5)
    live.page.mouse.up()
    third = live.setting()["schedule"].split("_")[2].split("%2C")
    assert float(third[0]) == 0.75, "a point stays between its neighbours"
    assert 0 < float(third[1]) < 1
    live.page.locator(".sgd-schedule select").first.select_option("cosine")
    assert live.setting()["schedule"].endswith("_1%2C0")
    live.press("To the end")
    assert "After 200 updates" in live.until("After", not_yet="Shown is")


@pytest.mark.parametrize(
    "setting",
    [
        pytest.param({"momentum": 0.9, "nesterov": True}, marks=pytest.mark.foreign),
        {"momentum": 0.9, "earlier": [[60, 0.05, 0.0, 0]], "batch_size": 128},
        {
            "schedule": [[0, 0.1], [0.3, 1], [1, 0]],
            "loss": "cross-entropy",
            "activation": "relu",
            "batch_size": 32,
        },
        pytest.param({"momentum": 0.8, "momentum_schedule": [[0, 1], [1, 0.5]]}, marks=pytest.mark.foreign),
    ],
    ids=str,
)
def test_the_copied_code_makes_the_run_again_in_keras(browser, address, setting, capsys):
    """The code as it is copied, run here; single precision explains what is left."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    widget = Trainer(**{"updates": 200, "hidden": "16", **setting})
    values = {
        name: value for name, value in widget.setting().items() if name in {*setting, "updates", "hidden"}
    }
    rows = lambda value: "_".join(",".join(map(str, row)) for row in value)  # noqa: E731
    words = "&".join(
        f"{name}={rows(value) if isinstance(value, list) else value}" for name, value in values.items()
    )
    page = Page(browser.new_page(), address, f"#trainer?{words}")
    page.press("To the end")
    page.until("After 200 updates", not_yet="Shown is")
    code = page.copied("Copy this run as Keras code")
    page.page.close()
    exec(compile(code, "copied", "exec"), {})
    printed = float(capsys.readouterr().out.split()[-1])
    assert printed == pytest.approx(widget.trajectory().points[-1, 1], rel=2e-3)


@pytest.mark.parametrize(
    "hash", ["#trainer?learning_rate=10", "#trainer?learning_rate=NaN&earlier=1,2", "#trainer?schedule=0,0"]
)
def test_hostile_settings_leave_a_sentence_and_a_working_widget(browser, address, hash):
    page = Page(browser.new_page(), address, hash)
    page.press("To the end")
    said = page.until("e", not_yet="Update ")
    assert "NaN" not in said
    page.press("Reset")
    page.press("To the end")
    assert "After 200 updates" in page.until("After 200 updates", not_yet="Shown is")
    assert page.wrong == []
    page.page.close()


def test_without_a_worker_the_page_trains(browser, address):
    page = browser.new_page()
    page.add_init_script("delete window.Worker;")
    opened = Page(page, address)
    opened.type(0, "0.05")
    opened.press("To the end")
    said = opened.until("After 200 updates", not_yet="Shown is")
    assert said == of(Trainer(updates=200, hidden="16", learning_rate=0.05))
    assert opened.wrong == []
    page.close()
