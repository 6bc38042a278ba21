"""The still picture and the live widget say the same words: Python's `words()` and the module's `words`."""

from __future__ import annotations

import numpy as np
import pytest
import widget_settings

from sgdlib.widgets.page.base import all_widgets, site_script

SETTINGS = 30
WIDGETS = all_widgets()


@pytest.fixture(scope="module")
def page(browser):
    """A page that has run the widgets' modules, with what each says of a setting at hand."""
    page = browser.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    said = ", ".join(f"{name}: ${name}.words" for name in WIDGETS)
    page.add_script_tag(
        content=site_script().replace(
            "$live.bring_alive(", f"window.said = {{ {said} }};\n$live.bring_alive("
        )
    )
    yield page
    page.close()
    assert wrong == []


def somewhere(limit: dict, rng):
    """A random value inside a limit, often one of its ends or a round number, where sentences turn."""
    if limit["kind"] == "flag":
        return bool(rng.random() < 0.5)
    if limit["kind"] == "choice":
        return limit["values"][rng.integers(len(limit["values"]))]
    if limit["kind"] == "rows":
        return widget_settings.somewhere(limit, rng)
    low, high = limit["min"], limit["max"]
    if rng.random() < 0.25:
        return [low, high][rng.integers(2)]
    if limit["kind"] == "integer":
        return int(rng.integers(low, high + 1))
    value = rng.uniform(low, high)
    return (
        float(np.clip(round(value, int(rng.integers(0, 4))), low, high))
        if rng.random() < 0.5
        else float(value)
    )


@pytest.mark.parametrize(("seed", "times"), [(3, 1), pytest.param(4, 3, marks=pytest.mark.foreign)])
@pytest.mark.parametrize("name", WIDGETS)
def test_the_still_and_the_live_say_the_same(page, name, seed, times):
    cls = WIDGETS[name]
    rng = np.random.default_rng(seed)
    limits = cls()._limits
    settings = [cls().setting()]
    own = widget_settings.particular(name)
    quick, count = getattr(own, "QUICK", {}), getattr(own, "SETTINGS", SETTINGS)
    settings += [
        {key: somewhere(limit, rng) for key, limit in limits.items()} | quick for _ in range(times * count)
    ]
    live = page.evaluate(
        "([name, settings, data]) => settings.map((values) => window.said[name](values, data))",
        [name, settings, cls().data()],
    )
    different = [
        (setting, mine, its)
        for setting, its in zip(settings, live, strict=True)
        if (mine := cls(**setting).words()) != its and not chaotic(cls, setting)
    ]
    assert not different, f"{len(different)} of {len(settings)}; the first: {different[0]}"


def chaotic(cls, setting: dict) -> bool:
    """Whether Python itself says something else when a number of the setting moves by less than it can be written.

    Such a run (Adam's at a learning rate of 1 on Beale's surface) ends otherwise on every processor.
    """
    for key, limit in cls()._limits.items():
        if limit["kind"] != "number":
            continue
        nudged = setting[key] * (1 + 4e-16) or 4e-16
        if limit["min"] <= nudged <= limit["max"]:
            if cls(**setting | {key: nudged}).words() != cls(**setting).words():
                return True
    return False


def test_a_wrong_sentence_is_not_called_chaotic():
    settings = [{"learning_rate": 0.05, "surface": surface} for surface in ("valley", "saddle")]
    cls = WIDGETS["valley_race"]
    assert not any(chaotic(cls, cls(**setting).setting()) for setting in settings)
