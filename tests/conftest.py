"""What several test files share: where the book is, and one browser for all of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent

# JAX prints to stderr when it looks for an accelerator, Keras picks TensorFlow unless told.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("KERAS_BACKEND", "jax")

# The same examples every time: a failure is a bug, not the luck of the draw.
hypothesis.settings.register_profile("course", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.load_profile("course")


# A worker takes a file at a time, in this order: whoever starts the longest last is waited for.
LONGEST_FIRST = (
    "test_widgets_browser.py",
    "test_lite.py",
    "test_recipes.py",
    "test_site.py",
    "test_exercises_browser.py",
    "test_experiments.py",
    "tuning.ipynb",
    "test_engines.py",
    "test_widgets.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take minutes in front; all else keeps its place."""
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def site() -> Path:
    """The built book: $SITE, or `_build/html`. Not built is a failure, not a reason to skip."""
    from site_pages import SITE as built

    if not (built / "index.html").is_file():
        pytest.fail(
            f"The book is not built: there is no {built / 'index.html'}. Run: make book", pytrace=False
        )
    return built


@pytest.fixture(scope="module")
def http_root(site):
    """The built book over http."""
    from served import served

    with served(site) as address:
        yield address


@pytest.fixture(scope="module")
def roots(site, http_root):
    """Where the site can be opened: scheme -> address that a page's path is added to."""
    return {"http": http_root, "file": site.resolve().as_uri() + "/"}


@pytest.fixture(scope="module")
def keras():
    """The real Keras 3 on the JAX backend, in double precision for this test file."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras

    assert keras.backend.backend() == "jax"
    before = keras.config.floatx()
    # Layers take the policy, which remembers the floatx of its first use.
    for setting in (keras.config.set_floatx, keras.config.set_dtype_policy):
        setting("float64")
    yield keras
    for setting in (keras.config.set_floatx, keras.config.set_dtype_policy):
        setting(before)
    jax.config.update("jax_enable_x64", False)


@pytest.fixture
def precision():
    """Put Keras' and JAX's precision back to their defaults after a chapter's imports have changed it."""
    yield
    if "keras" in sys.modules:
        import jax
        import keras

        for setting in (keras.config.set_floatx, keras.config.set_dtype_policy):
            setting("float32")
        jax.config.update("jax_enable_x64", False)


@pytest.fixture(scope="session")
def browser():
    """One headless Chromium for the whole run."""
    from find_browser import FLAGS, NoBrowser, find_browser
    from playwright.sync_api import sync_playwright

    try:
        path = find_browser()
    except NoBrowser as error:
        pytest.fail(str(error), pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def context(browser):
    """A window as wide as a desk's, of a reader who asked for no motion."""
    from patience import PATIENCE
    from site_pages import WIDE

    made = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()
