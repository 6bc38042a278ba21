"""The tuning board: its cells in Python, and on a page opened from disk as a reader uses it."""

from __future__ import annotations

import json
import re
import warnings
from itertools import product
from urllib.parse import urlsplit

import numpy as np
import pytest
import traitlets
from patience import DRAWN, PATIENCE
from site_pages import AXE, Visitor
from widget_page import labelled, widget_page, written_button

from sgdlib import SGD
from sgdlib.experiments import find
from sgdlib.experiments.digits import LEARNING_RATES, MOMENTA
from sgdlib.widgets import TuningBoard
from sgdlib.widgets.page.words import number_words

BATCH_SIZES = {"digits": 32, "autoencoder": 128, "convnet": 64}
SETTINGS = [
    {"learning_rate": eta, "momentum": mu, "nesterov": nesterov, "task": task}
    for task, nesterov, mu, eta in product(BATCH_SIZES, (False, True), MOMENTA, LEARNING_RATES)
]


REST = {"nesterov": False, "task": "digits"}


# ---------------------------------------------------------------- Python


@pytest.mark.parametrize("name", ["learning_rate", "momentum", "task"])
@pytest.mark.parametrize("value", [0.25, -1, 2, "0.01", None, float("nan")])
def test_what_is_not_on_the_board_raises(name, value):
    with pytest.raises(traitlets.TraitError):
        TuningBoard(**{name: value})


def test_whole_numbers_from_the_page_become_floats():
    board = TuningBoard(learning_rate=1, momentum=0)
    assert repr(board) == "TuningBoard(learning_rate=1.0, momentum=0.0, nesterov=False, task='digits')"


def test_trajectory_is_the_rows_of_the_table():
    tables = {task: find(task).load() for task in BATCH_SIZES}
    for setting in SETTINGS:
        rows = TuningBoard(**setting).trajectory()
        assert rows["seed"].tolist() == [0, 1, 2]
        assert set(rows["learning_rate"]) == {setting["learning_rate"]}
        assert set(rows["momentum"]) == {setting["momentum"]}
        assert set(rows["nesterov"]) == {setting["nesterov"] and setting["momentum"] > 0}
        assert set(rows["batch_size"]) == {BATCH_SIZES[setting["task"]]}
        assert all(row in tables[setting["task"]] for row in rows)


def test_optimizer_is_that_of_the_cell():
    assert repr(TuningBoard(momentum=0.0, nesterov=True).optimizer) == repr(SGD(0.01, 0.0))
    assert repr(TuningBoard(nesterov=True).optimizer) == repr(SGD(0.01, 0.9, nesterov=True))


def test_cells_alike_share_the_effective_learning_rate():
    board = TuningBoard(learning_rate=0.01, momentum=0.9)
    assert [cell[:2] for cell in board.cells_alike()] == [(0.1, 0.0), (0.001, 0.99)]
    assert TuningBoard(learning_rate=3.0, momentum=0.99).cells_alike() == []


@pytest.mark.parametrize("task", BATCH_SIZES)
@pytest.mark.parametrize("nesterov", [False, True])
def test_best_is_the_lowest(nesterov, task):
    board = TuningBoard(nesterov=nesterov, task=task)
    cells = [cell for cell in board.cells() if cell.loss == cell.loss]
    assert len(board.cells()) == 40 > len(cells)
    assert board.best().loss == min(cell.loss for cell in cells) == np.nanmin(board.map())
    assert board.best(0.9).loss == np.nanmin(board.map()[MOMENTA.index(0.9)])


def test_words_of_every_cell():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = [TuningBoard(**setting).words() for setting in SETTINGS]
    assert not re.search(r"\b(nan|inf|None)\b", " ".join(said))
    assert sum("seeds diverged" in each for each in said) > 4
    assert "learning rate 0.1: validation loss 0.1" in TuningBoard().words()
    assert all("of the digits right" in each or "diverged" in each for each in said[:80])
    assert not any("of the digits right" in each for each in said[80:160])
    assert all("of the digits right" in each or "diverged" in each for each in said[160:])


def test_the_best_rate_of_every_momentum_lies_inside_the_map():
    for task, nesterov, mu in product(BATCH_SIZES, (False, True), MOMENTA):
        best = TuningBoard(nesterov=nesterov, task=task).best(mu)
        assert best.learning_rate not in (LEARNING_RATES[0], LEARNING_RATES[-1])


def test_page_stays_small():
    board = TuningBoard()
    assert len(board.picture().html) < 100_000
    assert len(board.static_html()) < 130_000


# ---------------------------------------------------------------- the page


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page with the board, opened from disk."""
    return widget_page(tmp_path_factory.mktemp("board"), TuningBoard())


class Board:
    """The board on a page."""

    def __init__(self, page):
        self.page, self.box = page, page.locator(".sgd-widget")
        self.box.locator(".sgd-live-widget").wait_for()

    def drawn(self):
        self.page.evaluate(DRAWN)

    def setting(self) -> dict:
        written_button(self.box, "Copy link to this setting").evaluate("(b) => b.click()")
        name, query = urlsplit(self.page.url).fragment.split("?")
        assert name == "tuning-board"
        values = dict(each.split("=") for each in query.split("&"))
        return {key: text if key == "task" else json.loads(text) for key, text in values.items()}

    def put(self, setting: dict):
        texts = [f"{key}={str(value).lower()}" for key, value in setting.items()]
        hash = "&".join(texts)
        self.page.evaluate("(hash) => { location.hash = hash; }", f"tuning-board?{hash}")
        self.drawn()

    def tile(self, learning_rate: float, momentum: float):
        index = MOMENTA.index(momentum) * len(LEARNING_RATES) + LEARNING_RATES.index(learning_rate)
        return self.box.locator(".sgd-tile").nth(index)

    def shows(self, setting: dict):
        """Fail unless words, readouts and Keras line are those of Python's board."""
        self.drawn()
        board = TuningBoard(**setting)
        found = self.box.evaluate(
            """(box) => ({
                verdict: box.querySelector(".sgd-verdict").textContent,
                label: box.querySelectorAll(".sgd-panel")[1].getAttribute("aria-label"),
                code: box.querySelector(".sgd-code").textContent,
                readouts: [...box.querySelectorAll("dd")].map((each) => each.textContent),
                tiles: [...box.querySelectorAll(".sgd-tile + text")].map((each) => each.textContent),
                html: box.textContent,
            })"""
        )
        assert board.words() in found["label"]
        assert found["verdict"].split(": ")[1] == board.words().split(": ")[1].split(". The")[0] + "."
        assert not re.search("NaN|Infinity|undefined|null", found["html"])
        optimizer = board.optimizer
        code = f"learning_rate={optimizer.learning_rate}"
        code += f", momentum={optimizer.momentum}" if optimizer.momentum else ""
        code += ", nesterov=True" if optimizer.nesterov else ""
        assert found["code"] == f"keras.optimizers.SGD({code})"
        effective, alike, *best = found["readouts"]
        assert float(effective) == pytest.approx(
            setting["learning_rate"] / (1 - setting["momentum"]), rel=6e-3
        )
        expected = [
            f"μ {cell.momentum:g}: " + (number_words(cell.loss) if cell.loss == cell.loss else "diverged")
            for cell in board.cells_alike()
        ]
        assert alike == ("; ".join(expected) or "no other cell")
        marked = (board.best(0.0), board.best(0.9), board.best())
        assert best == [
            f"{number_words(each.loss)} at η {each.learning_rate:g}, μ {each.momentum:g}" for each in marked
        ]
        assert found["tiles"] == [
            number_words(cell.loss, 2) if cell.loss == cell.loss else "×" for cell in board.cells()
        ]


@pytest.fixture(scope="module")
def tab(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    visitor = Visitor(context.new_page(), address.rsplit("/", 1)[0])
    visitor.page.goto(address)
    yield visitor, Board(visitor.page)
    context.close()


@pytest.fixture
def board(tab):
    visitor, board = tab
    visitor.page.set_viewport_size({"width": 1280, "height": 900})
    visitor.page.mouse.move(0, 0)
    visitor.trouble.clear()
    board.put(TuningBoard().setting())
    yield board
    assert visitor.trouble == []


def test_every_cell_shows_what_python_says(board):
    for setting in [*SETTINGS[:160], *SETTINGS[160::5]]:  # the third task by a fifth: its code is the first's
        board.put(setting)
        board.shows(setting)


def test_arrow_keys_walk_over_the_map(board):
    point = board.box.get_by_role("slider", name="the cell shown: learning rate and momentum")
    for key, setting in [
        ("ArrowRight", (0.03, 0.9)),
        ("ArrowUp", (0.03, 0.95)),
        ("ArrowLeft", (0.01, 0.95)),
        ("ArrowDown", (0.01, 0.9)),
        ("Shift+ArrowLeft", (0.001, 0.9)),
        ("ArrowLeft", (0.001, 0.9)),
        ("Shift+ArrowUp", (0.001, 0.99)),
    ]:
        before = point.get_attribute("aria-valuetext")
        point.press(key)
        wanted = dict(zip(("learning_rate", "momentum"), setting, strict=True), **REST)
        board.shows(wanted)
        assert board.setting() == wanted
        assert (point.get_attribute("aria-valuetext") != before) == (key != "ArrowLeft" or setting[1] != 0.9)
    low, value, high = (float(point.get_attribute(f"aria-value{each}")) for each in ("min", "now", "max"))
    assert low <= value <= high


def test_hover_shows_a_cell_and_a_click_keeps_it(board):
    kept = TuningBoard().setting()
    board.tile(0.3, 0.5).hover()
    board.shows({"learning_rate": 0.3, "momentum": 0.5, **REST})
    assert board.setting() == kept
    board.page.mouse.move(0, 0)
    board.shows(kept)
    board.tile(0.3, 0.5).click()
    board.page.mouse.move(0, 0)
    wanted = {"learning_rate": 0.3, "momentum": 0.5, **REST}
    board.shows(wanted)
    assert board.setting() == wanted


def test_the_cell_can_be_dragged(board):
    start, end = (board.tile(*cell).bounding_box() for cell in [(0.01, 0.9), (0.3, 0.0)])
    middle = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in (start, end)]
    board.page.mouse.move(*middle[0])
    board.page.mouse.down()
    board.page.mouse.move(*middle[1], steps=12)
    board.page.mouse.up()
    board.page.mouse.move(0, 0)
    board.shows({"learning_rate": 0.3, "momentum": 0.0, **REST})


def test_controls_and_reset(board):
    labelled(board.box, "learning rate η").select_option("1")
    labelled(board.box, "momentum μ").select_option("0.5")
    labelled(board.box, "Nesterov’s lookahead").check()
    board.shows({"learning_rate": 1.0, "momentum": 0.5, "nesterov": True, "task": "digits"})
    labelled(board.box, "task").select_option("autoencoder")
    board.shows({"learning_rate": 1.0, "momentum": 0.5, "nesterov": True, "task": "autoencoder"})
    written_button(board.box, "Reset").click()
    board.shows(TuningBoard().setting())


@pytest.mark.parametrize(
    "query",
    [
        "learning_rate=0.25&momentum=2",
        "learning_rate=<img src=x onerror=alert(1)>",
        "_data=1&__proto__=2",
        "momentum=NaN",
    ],
)
def test_a_bad_link_changes_nothing(board, query):
    board.page.evaluate("(hash) => { location.hash = hash; }", f"tuning-board?{query}")
    board.shows(TuningBoard().setting())
    assert board.box.locator("img").count() == 0


def test_a_link_from_before_there_were_two_tasks_leads_to_the_digits(board):
    board.put({"learning_rate": 0.1, "momentum": 0.95, "nesterov": True, "task": "autoencoder"})
    board.put({"learning_rate": 0.1, "momentum": 0.5, "nesterov": False})
    board.shows({"learning_rate": 0.1, "momentum": 0.5, **REST})


def test_touch(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(address)
    board = Board(page)
    board.tile(0.1, 0.5).tap()
    board.shows({"learning_rate": 0.1, "momentum": 0.5, **REST})
    context.close()


def test_fits_from_phone_to_wide_screen(board):
    for width in (360, 390, 760, 1600):
        board.page.set_viewport_size({"width": width, "height": 900})
        board.drawn()
        assert board.page.evaluate("document.documentElement.scrollWidth") <= width
        cut = board.box.evaluate(
            """(box) => [...box.querySelectorAll("svg")].flatMap((svg) => {
                const frame = svg.getBoundingClientRect();
                return [...svg.querySelectorAll("text")].filter((text) => {
                    const r = text.getBoundingClientRect();
                    return r.left < frame.left - 1 || r.right > frame.right + 1 || r.bottom > frame.bottom + 1;
                }).map((text) => text.textContent);
            })"""
        )
        assert cut == [], width
        crowded = board.box.evaluate(
            """(box) => [...box.querySelectorAll(".sgd-tile")].filter((tile) => tile.nextSibling
                .getBoundingClientRect().width > tile.getBoundingClientRect().width).length"""
        )
        assert crowded == 0, width


def test_accessible_in_both_themes(board):
    board.page.evaluate(AXE.read_text(encoding="utf-8"))
    for theme in ("light", "dark"):
        board.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        found = board.page.evaluate("axe.run('.sgd-widget', { preload: false, resultTypes: ['violations'] })")
        bad = [
            f"{rule['id']}: {node['html'][:200]}"
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]
        assert bad == [], theme
    board.page.evaluate("() => { document.documentElement.dataset.theme = 'light'; }")


def test_the_numbers_in_the_cells_can_be_read(board):
    """Axe cannot see through SVG: the ink on the most colourful cell, worked out here."""
    contrast = board.box.evaluate(
        """(box) => {
            const parse = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
            const light = (rgb) => rgb.map((c) => c / 255)
                .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
                .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
            const worst = () => Math.min(...[...box.querySelectorAll(".sgd-tile")].map((tile) => {
                const look = getComputedStyle(tile), page = parse(getComputedStyle(document.body).backgroundColor);
                const share = Number(look.fillOpacity);
                const mixed = parse(look.fill).map((c, i) => share * c + (1 - share) * page[i]);
                const [a, b] = [light(mixed), light(parse(getComputedStyle(tile.nextSibling).fill))];
                return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            }));
            return ["light", "dark"].map((theme) => {
                document.documentElement.dataset.theme = theme;
                return worst();
            });
        }"""
    )
    board.page.evaluate("() => { document.documentElement.dataset.theme = 'light'; }")
    assert min(contrast) > 4.5


def test_one_input_costs_less_than_a_frame(board):
    """The handler and its drawing with style and layout; the cheapest of many, for the machine may be busy."""
    costs = board.box.evaluate(
        """async (box) => {
            const point = box.querySelector(".sgd-handle"), costs = [];
            for (let i = 0; i < 80; i++) {
                const key = ["ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"][i % 4];
                // callbacks of a frame run in order: one before the widget's own, and one after it
                await new Promise((done) => {
                    let begun;
                    requestAnimationFrame(() => (begun = performance.now()));
                    const start = performance.now();
                    point.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
                    const handled = performance.now() - start;
                    requestAnimationFrame(() => {
                        box.getBoundingClientRect();
                        costs.push(handled + performance.now() - begun);
                        done();
                    });
                });
            }
            return costs;
        }"""
    )
    assert min(costs) < 8


def test_without_scripts_the_picture_stands(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    board = TuningBoard()
    assert board.words() in page.locator("p.sgd-widget-words").inner_text()
    assert board.words() in page.locator('svg[role="img"]').get_attribute("aria-label")
    assert page.locator("svg").count() == 2
    assert page.locator("input, button").count() == 0
    context.close()
