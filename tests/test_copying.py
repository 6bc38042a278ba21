"""What a reader takes along from a page: code, formulas, links; by mouse and by keys, and called by their names."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from patience import PATIENCE, SETTLED
from site_pages import BOOK, WIDE

# What counts as a stop of the Tab key, but for lists of links; `details` and its content only while it is open.
STOPS = """(lists) => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
    .filter((each) => each.tabIndex >= 0 && !each.disabled && each.getClientRects().length
        && each.checkVisibility({ visibilityProperty: true }) && !each.closest(lists)).length"""
MOST_STOPS = 190
# The pages of the book, one stop each; on the page of names its contents are the index of them.
LISTS, NAMES = ".bd-sidebar-primary nav", {"chapters/reference.html": ", .bd-sidebar-secondary"}
CONTROLS = {
    "button",
    "slider",
    "spinbutton",
    "textbox",
    "checkbox",
    "combobox",
    "radio",
    "DisclosureTriangle",
}


@pytest.fixture(scope="module")
def context(browser):
    made = browser.new_context(viewport=WIDE, permissions=["clipboard-read", "clipboard-write"])
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture(scope="module")
def tab(context, roots):
    """A page opened from disk; the same tab for as long as it is the same page."""
    page = context.new_page()
    opened = []

    def open_page(path: str):
        if opened != [path]:
            page.goto(roots["file"] + path)
            page.evaluate(SETTLED)
            opened[:] = [path]
        return page

    return open_page


def copied(page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


def copy_code(page, box) -> str:
    """What the button of a code box copies."""
    page.evaluate("navigator.clipboard.writeText('')")
    box.locator("button.copybtn").evaluate("(button) => button.click()")
    box.locator("button.copybtn.success").wait_for(state="attached")
    return copied(page)


def controls(page) -> list[tuple[str, str]]:
    """The role and the name of every control, as a screen reader lists them."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    seen = [node for node in nodes if not node["ignored"] and node["role"]["value"] in CONTROLS]
    return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in seen]


@pytest.mark.parametrize("path", BOOK)
def test_controls_are_told_apart_and_few_stop_the_tab_key(tab, path):
    page = tab(path)
    assert page.evaluate(STOPS, LISTS + NAMES.get(path, "")) <= MOST_STOPS
    found = controls(page)
    assert all(name for _, name in found), found
    assert [each for each, count in Counter(found).items() if count > 1] == []
    visible = page.evaluate(
        """() => [...document.querySelectorAll(".bd-article button[aria-label]:not(.copybtn)")]
            .map((each) => [each.getAttribute("aria-label"), each.textContent.trim()])"""
    )
    assert [pair for pair in visible if pair[1] and pair[1].lower() not in pair[0].lower()] == []


def test_a_doctest_is_copied_without_prompts_and_results(tab):
    page = tab("chapters/reference.html")
    boxes = page.locator(".doctest div.highlight")
    for box in [boxes.nth(0), boxes.filter(has_text="... ").first]:
        shown = box.locator("pre").text_content()
        code = [line[4:] for line in shown.splitlines() if re.match(r">>> |\.\.\. ", line)]
        assert copy_code(page, box).splitlines() == code
        assert code


def test_a_cell_is_copied_as_it_stands_and_results_have_no_button(tab):
    page = tab("chapters/momentum.html")
    box = page.locator(".cell_input div.highlight").filter(has_text="run = descend(").first
    assert copy_code(page, box).strip() == box.locator("pre").text_content().strip()
    assert page.locator(".cell_output div.highlight pre").count() > 3
    assert page.locator(".cell_output button.copybtn").count() == 0


def test_a_formula_is_copied_as_latex(tab):
    page = tab("chapters/momentum.html")
    page.evaluate(
        """() => {
            const formula = document.querySelector(".bd-article .katex");
            getSelection().selectAllChildren(formula.closest("p, li"));
            document.execCommand("copy");
        }"""
    )
    source = page.locator(".bd-article .katex annotation").first.text_content()
    assert f"${source}$" in copied(page)
    page.evaluate("getSelection().removeAllRanges()")


@pytest.mark.parametrize("kind", ["h2", "figure"])
def test_a_link_is_copied_with_one_press_and_opens_there(tab, context, kind):
    page = tab("chapters/momentum.html")
    link = page.locator(f".bd-article {kind} > a.headerlink").nth(2)
    link.evaluate("(link) => link.click()")
    page.wait_for_function("document.querySelector('.bd-article > .sgd-unseen[role=status]').textContent")
    address = copied(page)
    assert address.startswith("file:") and address == link.evaluate("(link) => link.href") == page.url
    opened = context.new_page()
    opened.goto(address)
    # the page scrolls there smoothly
    top = "document.getElementById(location.hash.slice(1)).getBoundingClientRect().top"
    opened.wait_for_function(f"{top} >= 50 && {top} < innerHeight / 3")
    opened.close()


def test_keys_lead_through_all_there_is_to_copy(tab):
    """Shift+Tab leads to what the reader has passed, the arrows to the next and the one before; Enter copies."""
    page = tab("chapters/momentum.html")
    field = page.locator(".sgd-exercise input").nth(3)
    field.focus()
    page.evaluate("navigator.clipboard.writeText('')")
    focused = "document.activeElement.getAttribute('aria-label')"
    stop = page.locator(".bd-article :is(.copybtn, .headerlink)[tabindex='0']")
    assert stop.count() == 1
    assert stop.get_attribute("aria-label") == (
        "Copy the link to this heading: Exercise 3: Compute a memory and a friction"
    )
    stop.focus()
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == "Copy the link to this heading: Exercise 2: Write the step"
    for _ in range(40):
        page.keyboard.press("ArrowUp")
        if page.evaluate(focused).startswith("Copy the code"):
            break
    name = page.evaluate(focused)
    page.keyboard.press("Enter")
    page.wait_for_function(
        "document.querySelector('.bd-article > .sgd-unseen[role=status]').textContent === 'Copied the code.'"
    )
    assert copied(page) == page.evaluate("document.activeElement.previousElementSibling.textContent").rstrip(
        "\n"
    )
    assert page.evaluate(focused) == name
