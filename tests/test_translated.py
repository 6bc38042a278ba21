"""Pages that a browser has translated, and hostile addresses: what widgets say stays true, and nothing gets in."""

from __future__ import annotations

import json
import random

import pytest
from patience import DRAWN
from site_pages import Visitor
from widget_page import watched_page

from sgdlib.widgets.page.base import all_widgets, small_figures

LARGE = {cls.widget_name(): cls for cls in all_widgets().values()}
SMALL = {cls.widget_name(): cls for cls in small_figures().values()}
# As Chrome does it: each text in two elements of its own. What is marked translate="no" it leaves, unless told to.
WRAP = """(all) => {
    const words = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), found = [];
    while (words.nextNode()) {
        const { data, parentElement: parent } = words.currentNode;
        if (!data.trim() || parent.closest("svg, script, style, textarea, option")) continue;
        if (all || !parent.closest("[translate=no]")) found.push(words.currentNode);
    }
    for (const text of found) {
        const [outer, inner] = [document.createElement("font"), document.createElement("font")];
        text.replaceWith(outer);
        outer.append(inner);
        inner.append(text);
    }
    return found.length;
}"""
# The page has the settings of these addresses, one after the other: what each widget says then.
SAID = """async (queries) => {
    const said = [];
    // What is announced comes a moment later, what is hidden stays as it was, and pictures are not translated.
    const now = () => Object.values(linked).map(({ root }) => {
        const words = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), said = [];
        while (words.nextNode()) {
            const { data, parentElement: parent } = words.currentNode;
            if (!parent.closest("svg, .sgd-announcer") && parent.checkVisibility()) said.push(data);
        }
        return said.join(" ").replace(/\\s+/g, " ");
    });
    for (const query of queries) {
        for (const [name, widget] of Object.entries(linked)) if (query[name]) widget.take(query[name], []);
        // some of it is computed in pieces, over several frames
        for (let [words, still] = ["", 0]; still < 4; ) {
            await new Promise((done) => requestAnimationFrame(done));
            const next = JSON.stringify(now());
            still = next === words ? still + 1 : 0;
            words = next;
        }
        said.push(now());
    }
    return said;
}"""
LIMITS = "Object.fromEntries(Object.entries(linked).map(([name, { limits }]) => [name, limits]))"


@pytest.fixture(scope="module")
def opened(context, tmp_path_factory):
    """A page from disk with these widgets."""
    folder = tmp_path_factory.mktemp("pages")

    def tab(names) -> Visitor:
        visitor = Visitor(context.new_page(), "file:")
        widgets = [(LARGE | SMALL)[name]() for name in names]
        visitor.page.goto(watched_page(folder, "-".join(names)[:80], widgets))
        visitor.page.locator(".sgd-widget[data-alive=true]").nth(len(names) - 1).wait_for()
        visitor.page.evaluate(DRAWN)
        return visitor

    return tab


def drawn(limits: dict, draw: random.Random) -> str:
    """An address with a value for each setting."""
    parts = []
    for name, limit in limits.items():
        kind = limit["kind"]
        if kind == "choice":
            value = draw.choice(limit["values"])
        elif kind == "flag":
            value = str(draw.random() < 0.5).lower()
        elif kind in ("number", "integer"):
            value = limit["min"] + draw.random() * (limit["max"] - limit["min"])
            value = round(value) if kind != "number" else round(value, 4)
        else:
            continue
        parts.append(f"{name}={value}")
    return "&".join(parts)


def first_difference(found: list[list[str]], wanted: list[list[str]]) -> str:
    """Where the words of two pages part."""
    for k, (mine, theirs) in enumerate(zip(found, wanted, strict=True)):
        for one, other in zip(mine, theirs, strict=True):
            if one != other:
                at = next(
                    (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
                    min(len(one), len(other)),
                )
                return f"setting {k}: ...{one[max(0, at - 200) : at + 60]!r}, not {other[max(0, at - 200) : at + 60]!r}"
    return ""


GROUPS = [
    pytest.param([name], id=name, marks=() if name == "valley-race" else pytest.mark.foreign)
    for name in LARGE
    if name != "trainer"
] + [
    pytest.param(list(SMALL)[k::4], id=f"small figures {k + 1}", marks=pytest.mark.foreign) for k in range(4)
]


@pytest.mark.parametrize(
    "translated_too",
    [pytest.param(False, id="marked is left", marks=pytest.mark.foreign), pytest.param(True, id="all")],
)
@pytest.mark.parametrize("names", GROUPS)
def test_a_translated_page_goes_on_telling_the_truth(opened, names, translated_too):
    plain, translated = opened(names), opened(names)
    limits = plain.page.evaluate(LIMITS)
    draw = random.Random(0)
    queries = [{name: drawn(limits[name], draw) for name in limits} for _ in range(6)]
    translated.page.evaluate(SAID, queries[:1])
    assert translated.page.evaluate(WRAP, translated_too) > 10
    wanted = plain.page.evaluate(SAID, queries)
    assert first_difference(translated.page.evaluate(SAID, queries), wanted) == ""
    translated.page.evaluate(WRAP, translated_too)  # what was said since is translated, too
    assert first_difference(translated.page.evaluate(SAID, queries[::-1]), wanted[::-1]) == ""
    assert len({json.dumps(each) for each in wanted}) > 3, "the settings differ in what is said"
    assert plain.trouble == translated.trouble == []
    for visitor in (plain, translated):
        visitor.page.close()


PIECES = [
    "<img src=x onerror=pwned=1>", "<script>pwned=1</script>", "javascript:pwned=1", "\"'><svg onload=pwned=1>",
    "__proto__", "constructor", "toString", "%", "%00", "%E0%A4%A", "\u202e", "\ud83d\ude00", "NaN", "Infinity", "-0",
    "1e400", "1e-400", "0x10", "0b11", "0,25", "1,5", "1.000,5", "½", "5%", "٠٫٥", "9" * 400, "", " ", "null", "true",
    "[object Object]", "{}", "[]", "${pwned=1}", "{{pwned=1}}", "&", "=", "#", "?", ";", "\n", "../..",
]  # fmt: skip
# Takes each address and returns what went wrong: an error, a setting outside its limits, something that came in.
HOSTILE = """async (queries) => {
    const all = () => document.querySelectorAll("img, script, iframe, object, embed, [onerror], [onload]").length;
    const [before, wrong] = [all(), []];
    for (const [k, query] of queries.entries()) {
        for (const [name, widget] of Object.entries(linked)) {
            try {
                widget.take(query, []);
                for (const [setting, limit] of Object.entries(widget.limits)) {
                    const value = widget.values[setting];
                    if (!("min" in limit)) continue;
                    const inside = Number.isFinite(value) && value >= limit.min && value <= limit.max;
                    if (!inside) wrong.push([name, query, setting, String(value)]);
                }
            } catch (error) {
                wrong.push([name, query, String(error)]);
            }
        }
        if (k % 25 === 0) await new Promise((done) => requestAnimationFrame(done));
    }
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    if (all() !== before) wrong.push(["injected", all() - before]);
    if ("pwned" in globalThis || "pwned" in {}) wrong.push(["ran"]);
    return wrong.slice(0, 5);
}"""


def hostile(names: list[str], count: int) -> list[str]:
    draw = random.Random(1)

    def value() -> str:
        if draw.random() < 0.3:
            return str(draw.uniform(-2, 2) * 10 ** draw.randint(-9, 9))
        return "".join(draw.choice(PIECES) for _ in range(draw.randint(1, 3)))

    def part() -> str:
        name = draw.choice(names) if draw.random() < 0.8 else draw.choice(PIECES)
        return f"{name}={value()}" if draw.random() < 0.95 else value()

    return ["&".join(part() for _ in range(draw.randint(1, 5))) for _ in range(count)]


@pytest.mark.parametrize(
    "count", [pytest.param(200, id="200"), pytest.param(10_000, id="10000", marks=pytest.mark.foreign)]
)
def test_hostile_addresses_are_answered_and_let_nothing_in(opened, count):
    few = ["valley-race", "friction-lab", *list(SMALL)[:3]]
    visitor = opened(few if count == 200 else [name for name in LARGE if name != "trainer"] + list(SMALL)[:8])
    limits = visitor.page.evaluate(LIMITS)
    names = sorted({setting for each in limits.values() for setting in each})
    queries = hostile(names, count)
    for k in range(0, count, 500):
        assert visitor.page.evaluate(HOSTILE, queries[k : k + 500]) == []
    assert visitor.trouble == []
    visitor.page.close()
