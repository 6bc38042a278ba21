"""The still picture and the live widget say the same words: Python's `words()` and the module's `words`."""

from __future__ import annotations

import numpy as np
import pytest
import widget_settings

from sgdlib.widgets.page.base import all_widgets, site_script

SETTINGS = 60
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


@pytest.mark.parametrize("name", WIDGETS)
def test_the_still_and_the_live_say_the_same(page, name):
    cls = WIDGETS[name]
    rng = np.random.default_rng(3)
    limits = cls()._limits
    settings = [cls().setting()]
    count = getattr(widget_settings.particular(name), "SETTINGS", SETTINGS)
    settings += [{key: somewhere(limit, rng) for key, limit in limits.items()} for _ in range(count)]
    live = page.evaluate(
        "([name, settings, data]) => settings.map((values) => window.said[name](values, data))",
        [name, settings, cls().data()],
    )
    different = [
        (setting, mine, its)
        for setting, its in zip(settings, live, strict=True)
        if (mine := cls(**setting).words()) != its
    ]
    assert not different, f"{len(different)} of {len(settings)}; the first: {different[0]}"
