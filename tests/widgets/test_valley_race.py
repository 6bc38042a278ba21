"""The valley race: several methods from the same start, Adam as a fourth; in Python, and on a page opened from disk."""

from __future__ import annotations

import re

import numpy as np
import pytest
from patience import DRAWN, PATIENCE
from site_pages import Visitor
from widget_page import labelled, widget_page
from widget_settings import same

from sgdlib import SGD, Adam, descend
from sgdlib.surfaces import valley
from sgdlib.widgets import ValleyRace
from sgdlib.widgets.page.words import number_words
from sgdlib.widgets.valley_race import RACERS, TRACKS

SETTINGS = 8  # a race in Python takes most of a second

BUTTONS = {"tuned": "Tune each"}
THREE, FOUR = list(RACERS[:3]), list(RACERS)
ADAMS_COLOR = "--sgd-adam"
START_AT_HOME = {"start_x": 0.0, "start_y": 0.0}


# ---------------------------------------------------------------- Python


def readouts(widget) -> dict:
    """What Python computes for the readouts, by the beginning of their labels."""
    shown, expected = min(widget.step, widget.steps), {}
    lowest = 0.0 if widget.surface != "saddle" else -0.25
    for method, run in widget.trajectory().items():
        rule = widget.optimizers[method]
        uses = [rule.learning_rate, *([rule.momentum] if method in ("momentum", "Nesterov") else [])]
        flown = 0 <= run.diverged_at <= shown
        expected[method] = "flown off" if flown else [*uses, max(0.0, run.losses[shown] - lowest)]
    return expected


def test_methods_run_side_by_side():
    runs = ValleyRace(learning_rate=0.1, momentum=0.8, steps=30, start_x=1).trajectory()
    optimizers = {
        "gradient descent": SGD(0.1),
        "momentum": SGD(0.1, 0.8),
        "Nesterov": SGD(0.1, 0.8, nesterov=True),
    }
    bowl = valley(20.0)
    for method, optimizer in optimizers.items():
        same(runs[method], descend(optimizer, bowl.gradient, (1, 2), 30, loss=bowl.value))


def verdict(widget) -> str:
    """The sentence under the picture: all that Python says."""
    return widget.words()


def test_adam_races_only_if_asked():
    off, on = ValleyRace(), ValleyRace(adam=True)
    assert list(off.arrived()) == list(off.trajectory()) == list(off.optimizers) == THREE
    assert list(on.arrived()) == list(on.trajectory()) == list(on.optimizers) == FOUR
    assert "Adam" not in off.words() + off.picture().alt
    assert ADAMS_COLOR not in off.picture().html
    assert {method: on.arrived()[method] for method in THREE} == off.arrived()


@pytest.mark.parametrize("surface", TRACKS)
def test_adam_runs_as_sgdlib_does(surface):
    race = ValleyRace(surface=surface, adam=True, steps=40)
    run = race.trajectory()["Adam"]
    own = descend(Adam(race.learning_rate), race.loss.gradient, [race.start_x, race.start_y], 40)
    assert repr(race.optimizers["Adam"]) == repr(Adam(race.learning_rate))
    np.testing.assert_array_equal(run.positions, own.positions)


def test_the_still_picture_holds_all_four():
    picture = ValleyRace(adam=True).picture()
    assert "gradient descent, momentum, Nesterov and Adam from (−5, 2)" in picture.alt
    assert picture.html.count(ADAMS_COLOR) > 2 * ValleyRace().picture().html.count(ADAMS_COLOR) + 2
    assert re.search(r">\s*Adam\s*<", picture.html)


def test_words_of_four():
    assert ValleyRace(adam=True).words() == (
        "Nesterov wins, within 1e-6 of the minimum after 269 steps; momentum 295; Adam 424; gradient descent 1535."
    )


@pytest.mark.parametrize(("adam", "number"), [(False, "three"), (True, "four")])
def test_a_dead_heat_counts_the_racers(adam, number):
    assert ValleyRace(adam=adam, **START_AT_HOME).words() == (
        f"A dead heat: all {number} are within 1e-6 of the minimum after 0 steps."
    )


def test_three_of_four_tie():
    """A round valley and a step as long as the way: SGD arrives at once, without momentum, and Adam later."""
    race = ValleyRace(adam=True, condition_number=1.0, learning_rate=0.25, momentum=0.0)
    adam = race.arrived()["Adam"]
    assert race.arrived() == {"gradient descent": 1, "momentum": 1, "Nesterov": 1, "Adam": adam}
    assert race.words() == (
        "Gradient descent, momentum and Nesterov tie, within 1e-6 of the minimum after 1 step; "
        f"Adam {adam if adam >= 0 else 'not in 5000'}."
    )


def test_tuned_adam_stands_aside():
    race = ValleyRace(adam=True, tuned=True)
    assert list(race.arrived()) == THREE
    assert race.words() == (
        "Each at its best for this valley: momentum wins, within 1e-6 of the minimum after 42 steps; Nesterov 62; "
        "gradient descent 155. Adam stands aside: no formula is known for its best setting."
    )
    assert ValleyRace(tuned=True).words() == race.words().split(" Adam")[0]


def test_elsewhere_tuning_has_no_effect_and_adam_races():
    race = ValleyRace(adam=True, tuned=True, surface="beale")
    assert list(race.arrived()) == FOUR
    assert race.words().startswith("Tuning is known for the valley only. ")


def test_the_optimizer_is_the_winners():
    race = ValleyRace(adam=True, condition_number=1000.0, learning_rate=0.1)
    assert min(race.arrived(), key=lambda method: race.arrived()[method] % 10_000) == "Adam"
    assert repr(race.optimizer) == repr(Adam(0.1))
    race.adam = False
    assert repr(race.optimizer) == repr(SGD(0.1, 0.9))


def test_adam_on_an_axis_does_not_feel_the_condition_number():
    """Adam divides each coordinate by the size of its own gradients: along the axes κ cancels, but for ε."""
    counts = {
        ValleyRace(adam=True, condition_number=kappa, learning_rate=0.1).arrived()["Adam"]
        for kappa in (1.0, 20.0, 1000.0)
    }
    assert len(counts) == 1


@pytest.mark.parametrize("start", [(-6.0, -6.0), pytest.param((6.0, 0.0), marks=pytest.mark.foreign)])
@pytest.mark.parametrize("condition_number", [1.0, 1000.0])
@pytest.mark.parametrize(
    ("learning_rate", "momentum"),
    [(1e-4, 0.0), (1e-4, 1.0), (1.0, 0.0), (1.0, 1.0), (0.25, 0.5), (0.05, 0.99)],
)
def test_the_counts_at_the_ends_of_the_sliders(learning_rate, momentum, condition_number, start):
    """5000 steps written out here: after how many the position is, and stays, within 1e-6 of the minimum."""
    race = ValleyRace(
        learning_rate=learning_rate,
        momentum=momentum,
        condition_number=condition_number,
        start_x=start[0],
        start_y=start[1],
    )
    curvatures = np.array([4 / condition_number, 4.0])
    for method, mu, ahead in (
        ("gradient descent", 0, 0),
        ("momentum", momentum, 0),
        ("Nesterov", momentum, 1),
    ):
        x, v, far = np.array(start), np.zeros(2), []
        for _ in range(5001):
            far.append(np.hypot(*x))
            v = mu * v - learning_rate * curvatures * (x + ahead * mu * v)
            x = x + v
            if far[-1] > 1e100:
                break
        outside = np.flatnonzero(np.array(far) > 1e-6)
        there = 0 if outside.size == 0 else int(outside[-1]) + 1
        assert race.arrived()[method] == (there if there < len(far) else -1), method


# ---------------------------------------------------------------- the page


class Race:
    """The race on a page."""

    def __init__(self, page):
        self.page, self.box = page, page.locator(".sgd-widget")
        self.box.locator(".sgd-live-widget").wait_for()

    def put(self, **setting):
        """Follow a link to a setting; what is not named is as at the start."""
        values = {**ValleyRace().setting(), **setting}
        query = "&".join(f"{key}={str(value).lower()}" for key, value in values.items())
        self.page.evaluate(
            """(hash) => new Promise((done) => {
                if (location.hash.slice(1) === hash) return done();
                addEventListener("hashchange", () => setTimeout(done), { once: true });
                location.hash = hash;
            })""",
            f"valley-race?{query}",
        )
        self.drawn()
        return ValleyRace(**values)

    def drawn(self):
        self.page.evaluate(DRAWN)

    def adams(self) -> list[str]:
        """The outlines in Adam's colour, but for the one in the legend."""
        return self.box.evaluate(
            """(box, color) => [...box.querySelectorAll(`svg path[style*="${color}"]`)]
                .filter((path) => !path.closest("g[transform]"))
                .map((path) => path.getAttribute("d")).filter(Boolean)""",
            ADAMS_COLOR,
        )

    def in_legend(self) -> bool:
        return self.box.locator("svg g[aria-hidden]", has_text="Adam").last.is_visible()

    def shows(self, race: ValleyRace) -> None:
        """Fail unless words, readouts and Keras line are those of Python's race."""
        self.drawn()
        words, rule = race.words(), race.optimizer
        readouts = self.box.evaluate(
            """(box) => Object.fromEntries([...box.querySelectorAll(".sgd-readouts > div")].filter((row) => !row.hidden)
                .map((row) => [row.querySelector("dt").textContent, row.querySelector("dd").textContent]))"""
        )
        lowest = float(race.loss.value(np.array(TRACKS[race.surface].minima[0])))
        shown, expected = min(race.step, race.steps), {}
        for method, run in race.trajectory().items():
            own = race.optimizers[method]
            uses = f"η {number_words(own.learning_rate)}"
            uses += f", μ {number_words(own.momentum)}" if method in ("momentum", "Nesterov") else ""
            flown = 0 <= run.diverged_at <= shown
            loss = number_words(max(0.0, run.losses[shown] - lowest))
            expected[method] = f"{uses}: {'flown off' if flown else f'loss {loss}'}"
        assert readouts == expected
        assert self.box.locator(".sgd-verdict").text_content() == words.replace("1e-6", "10⁻⁶")
        labels = self.box.locator("svg").evaluate_all(
            "(all) => all.map((svg) => svg.getAttribute('aria-label'))"
        )
        assert all(label.endswith(words) for label in labels)
        assert all(f"the {'four' if len(expected) == 4 else 'three'} methods" in label for label in labels)
        assert not re.search("NaN|Infinity|undefined|null", self.box.inner_html())
        line = self.box.locator(".sgd-code").text_content()
        if isinstance(rule, Adam):
            assert line == f"keras.optimizers.Adam(learning_rate={rule.learning_rate})"
        else:
            assert line.startswith(
                f"keras.optimizers.SGD(learning_rate={race.optimizer.learning_rate:.6g}"[:45]
            )


@pytest.fixture(scope="module")
def tab(browser, tmp_path_factory):
    address = widget_page(tmp_path_factory.mktemp("race"), ValleyRace())
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    visitor = Visitor(context.new_page(), address.rsplit("/", 1)[0])
    visitor.page.goto(address)
    yield visitor, Race(visitor.page)
    context.close()


@pytest.fixture
def live(tab):
    visitor, live = tab
    visitor.trouble.clear()
    live.put()
    yield live
    assert visitor.trouble == []


def test_the_checkbox_brings_the_fourth_racer(live):
    live.shows(ValleyRace())
    assert not any(live.adams())
    assert not live.in_legend()
    live.box.locator(".sgd-more").evaluate("(more) => { more.open = true; }")
    box = labelled(live.box, "race Adam, too")
    box.check()
    live.shows(ValleyRace(adam=True))
    # its path and where it is on it, its losses and where it is on them; no marks on 150 steps
    assert len(live.adams()) == 4
    assert live.in_legend()
    box.uncheck()
    live.shows(ValleyRace())
    assert not any(live.adams())


def test_a_few_steps_have_a_mark_each(live):
    live.shows(live.put(adam=True, step=20))
    marks = [d for d in live.adams() if d.count("M") == 21]
    assert len(marks) == 1


@pytest.mark.parametrize("surface", TRACKS)
def test_four_on_every_surface(live, surface):
    x, y = TRACKS[surface].start
    setting = {"start_x": x, "start_y": y, "learning_rate": TRACKS[surface].learning_rate, "surface": surface}
    live.shows(live.put(adam=True, **setting))
    live.shows(live.put(adam=True, **(setting | {"learning_rate": 0.1})))


def test_tune_each_sets_adam_aside(live):
    live.put(adam=True)
    live.box.get_by_role("button", name="Tune each").click()
    live.shows(ValleyRace(adam=True, tuned=True))
    assert not any(live.adams())
    assert not live.in_legend()


def test_adams_line_of_keras_when_it_wins(live):
    race = live.put(adam=True, condition_number=1000.0, learning_rate=0.1)
    assert isinstance(race.optimizer, Adam)
    live.shows(race)


def test_the_legend_has_room(live):
    for width in (360, 1280):
        live.page.set_viewport_size({"width": width, "height": 900})
        live.put(adam=True)
        overlaps = live.box.evaluate(
            """(box) => {
                const texts = [...box.querySelectorAll("svg")[1].querySelectorAll(".sgd-title, .sgd-label")]
                    .filter((text) => text.textContent).map((text) => [text.textContent, text.getBoundingClientRect()]);
                const frame = box.querySelectorAll("svg")[1].getBoundingClientRect();
                const cross = (p, q) => p.left < q.right && q.left < p.right
                    && p.top + 2 < q.bottom && q.top + 2 < p.bottom;
                return texts.flatMap(([a, p], i) => texts.slice(i + 1)
                    .filter(([, q]) => cross(p, q)).map(([b]) => `${a} and ${b}`))
                    .concat(texts.filter(([, r]) => r.right > frame.right).map(([a]) => `${a} outside`));
            }"""
        )
        assert overlaps == [], width
    live.page.set_viewport_size({"width": 1280, "height": 900})
