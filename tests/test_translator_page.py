"""The page "Translator" as a reader uses it: fields, pasted code, a link, the keyboard, and without JavaScript."""

from __future__ import annotations

import pytest

PAGE = "chapters/translator.html"


@pytest.fixture(scope="module")
def tab(browser, roots):
    """The page, opened from disk; what a test changes it loads anew."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(roots["file"] + PAGE)
    yield page
    context.close()


def message(tab) -> str:
    return tab.locator(".sgd-translator-message").inner_text()


def code(tab) -> list[str]:
    return tab.locator(".sgd-translator-code pre").all_inner_texts()


def test_the_example_is_translated_and_fits_a_phone(tab):
    nearly, exactly = code(tab)
    assert "global_clipnorm=1.0" in nearly and "class TorchSGD" in exactly
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert "#" not in tab.url and tab.errors == []


def test_fields_answer_and_the_address_follows(tab):
    tab.fill("#translator-lr", "fast")
    assert message(tab) == "lr must be a number above 0, not fast."
    assert tab.get_attribute("#translator-lr", "aria-invalid") == "true"
    tab.fill("#translator-lr", "1/4")
    assert message(tab) == "" and "0.25" in code(tab)[0]
    tab.wait_for_function("location.hash.includes('lr=1%2F4')")
    tab.wait_for_function(
        "document.querySelector('.sgd-translator [role=status]').textContent.startsWith('Trans')"
    )
    tab.select_option("#translator-scheduler", "none")
    assert tab.is_hidden("#translator-gamma")
    tab.select_option("#translator-to", "optax")
    assert "optax.sgd(0.25" in code(tab)[0] and len(code(tab)) == 1


def test_pasted_code_fills_the_fields(tab):
    tab.fill("#translator-pasted", "SGDClassifier(loss='log_loss', alpha=1e-3, penalty='l1')")
    tab.focus("#translator-pasted")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.input_value("#translator-from") == "sgdclassifier"
    assert message(tab) == "penalty=l1 is another method: only l2 is translated."
    tab.fill("#translator-pasted", "hello")
    tab.click("text=Read it")
    assert message(tab).startswith("Nothing of scikit-learn's SGDClassifier was found here")


def test_a_link_is_followed(tab, roots):
    tab.goto("about:blank")
    tab.goto(roots["file"] + PAGE + "#translator?from=keras2&to=keras3&learning_rate=0.5&decay=0.01&speed=2")
    assert code(tab) == [
        "import keras\n\nschedule = keras.optimizers.schedules.InverseTimeDecay(0.5, 1, 0.01)\n\n"
        "optimizer = keras.optimizers.SGD(schedule)"
    ]
    assert message(tab).startswith("The link holds settings")
    assert tab.errors == []


def test_without_javascript_the_example_and_the_table_stand(browser, roots):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(roots["file"] + PAGE)
    text = page.locator("article").text_content()
    assert "The form needs JavaScript" in text and "class TorchSGD" in text and "Apart by up to" in text
    assert page.locator("article table tr").count() > 10
    context.close()
