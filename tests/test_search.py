"""The search: what it finds, where a hit leads, from the keyboard, from disk, with storage blocked, and its weight."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import search_entries
from patience import PATIENCE, SETTLED
from search_questions import ASKED, FRESH, QUESTIONS
from site_pages import AXE, SITE

ROOT = Path(__file__).resolve().parent.parent
WEIGHT = 160_000  # compressed: the library, the entries and the scripts
SYNONYMS = json.loads((ROOT / "chapters" / "_search" / "synonyms.json").read_text(encoding="utf-8"))
BLOCKED = (
    "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
    "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
)
FIND = """(queries) => queries.map((query) =>
    courseSearch.find(query).slice(0, 3).map(({ address, anchor, kind }) => ({ address, anchor, kind })))"""
MARKED = "[...(CSS.highlights.get('sgd-found') ?? [])].map(String)"
PAGE = """<article><section id="top"><h1><span class="section-number">3. </span>Momentum<a class="headerlink">#</a></h1>
<p>The speed is <span class="math"><span class="katex"><span class="katex-mathml"><math><semantics><mrow><mfrac>
<mi>η</mi><mrow><mn>1</mn><mo>−</mo><msub><mi>μ</mi><mn>1</mn></msub></mrow></mfrac></mrow><annotation>TeX</annotation></semantics>
</math></span><span class="katex-html">η1−μ</span></span></span>. It
is large.</p>
<p class="sgd-asked" id="why"><strong>Why?</strong> Because.</p>
<svg><text>a picture</text></svg>
<section id="code"><h2>Code</h2><table><tr><th>name</th><td><p>clipnorm</p></td></tr></table>
<pre>import keras
SGD(global_clipnorm=1.0)</pre><div class="tag_exercise"><pre>secret</pre></div></section>
</section><dl class="glossary"><dt id="term-batch">batch</dt><dt id="term-mini">mini-batch</dt><dd>
<p>Some samples.</p></dd></dl></article>"""


def test_entries_are_read_off_a_page():
    """By section, question and term; formulas in a line, code as words, no solution, no picture."""
    title, found = search_entries.entries(PAGE, "momentum")
    assert title == "3. Momentum"
    assert {entry[0]: entry[1:] for entry in found} == {
        "term-batch": ("term", "batch, mini-batch", "Some samples.", ""),
        "why": ("asked", "Why?", "Because.", ""),
        "code": ("section", "Code", "name, clipnorm", "keras SGD global_clipnorm"),
        "top": ("section", "Momentum", "The speed is η/(1 − μ_1). It is large.", ""),
    }


def test_synonyms_are_phrases_in_small_letters():
    for group in SYNONYMS:
        assert len(group) == len(set(group)) >= 2
        assert [phrase for phrase in group if phrase != phrase.lower() or not phrase.strip()] == []


def test_the_search_is_light_and_alone():
    ours = [SITE / "_static" / name for name in ("search.js", "search-index.js")]
    assert sum(len(gzip.compress(path.read_bytes())) for path in ours) <= WEIGHT
    left = {path.name for path in SITE.rglob("*.js")} & {
        "searchindex.js",
        "searchtools.js",
        "language_data.js",
    }
    assert left == set()


@pytest.fixture
def tab(browser, roots):
    """A page opened from disk by a reader whose browser stores nothing; `loaded` are the files it has asked for."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    context.add_init_script(BLOCKED)
    page = context.new_page()
    page.loaded = []
    page.on("request", lambda request: page.loaded.append(request.url.split("/")[-1]))
    page.goto(roots["file"] + "chapters/keras.html")
    page.evaluate(SETTLED)
    yield page
    context.close()


def ask(page, query: str) -> None:
    """Type into the open search, and wait until it says how much it has found."""
    page.locator("#pst-search-dialog input").fill(query)
    page.wait_for_function(
        "document.querySelector('.sgd-search [role=status]')?.textContent.includes('found')"
    )


def answered(page, questions: dict[str, list[str]]) -> list[str]:
    """The questions with an answer among the first three hits."""
    found = page.evaluate(FIND, list(questions))
    good = []
    for (question, answers), hits in zip(questions.items(), found, strict=True):
        for hit in hits:
            name = Path(hit["address"]).stem
            # A question asked inside a chapter stands in the section that was meant.
            section = "what-people-ask" if hit["kind"] == "asked" else hit["anchor"]
            if {name, f"{name}#{section}"} & set(answers):
                good.append(question)
                break
    return good


def test_the_right_section_is_among_the_first_three_hits(tab):
    tab.keyboard.press("/")
    ask(tab, "momentum")
    assert len(QUESTIONS) == 30
    assert [question for question in QUESTIONS if question not in answered(tab, QUESTIONS)] == []
    assert [question for question in ASKED if question not in answered(tab, ASKED)] == []
    # What nobody has tuned it to: "why is my training unstable" and "reduce lr when loss plateaus" find nothing of use.
    assert len(answered(tab, FRESH)) >= 13
    # The sign of micro, which a German keyboard has, is meant as the letter.
    micro, letter = tab.evaluate(FIND, ["\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}"])
    assert micro == letter != []
    # A hit shows sentences; those of a question are its answer.
    ask(tab, "lr ignored")
    assert tab.locator(".sgd-hits p").first.inner_text().startswith("In Keras 3 it is not ignored")


def test_answers_that_the_questions_name_exist():
    """Else a heading that changes its name would be an answer that nothing can find."""
    for answers in (QUESTIONS | FRESH).values():
        held = []
        for answer in answers:
            page, _, anchor = answer.partition("#")
            html = (SITE / "chapters" / f"{page}.html").read_text(encoding="utf-8")
            held.append(f'id="{anchor}"' in html if anchor else True)
        assert any(held), answers


def test_from_the_key_to_the_marked_words_in_a_folded_part(tab):
    """No mouse, no network, no storage, and nothing loaded before the search is opened."""
    assert "search-index.js" not in tab.loaded
    tab.keyboard.press("/")
    tab.keyboard.type("drop_and_rescale")
    tab.wait_for_function(
        "document.querySelector('.sgd-search [role=status]')?.textContent.includes('found')"
    )
    assert tab.loaded.count("search-index.js") == 1
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    assert (
        tab.evaluate("axe.run('#pst-search-dialog', { preload: false }).then((found) => found.violations)")
        == []
    )
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate("document.activeElement === document.querySelector('.sgd-hits a')")
    tab.keyboard.press("ArrowUp")
    assert tab.evaluate("document.activeElement.name") == "q"
    tab.keyboard.press("ArrowDown")
    tab.evaluate("window.stayed = true")
    tab.keyboard.press("Enter")
    tab.wait_for_function(f"{MARKED}.length > 0")
    # The hit is on this page, which stays; the words are in code in a box that was closed.
    assert tab.evaluate("window.stayed && !document.querySelector('#pst-search-dialog').open")
    assert "drop_and_rescale" in tab.evaluate(MARKED)
    folded = tab.locator("#when-the-learning-rate-drops details.sgd-why", has_text="drop_and_rescale")
    assert folded.get_attribute("open") is not None
    assert "drop_and_rescale" in folded.inner_text()
    assert tab.locator("details:is(.hide, .sgd-why)[open]").count() == 1
    top = "document.getElementById('when-the-learning-rate-drops').getBoundingClientRect().top"
    assert -5 <= tab.evaluate(top) <= 150
    tab.get_by_role("button", name="Remove the marks").press("Enter")
    assert tab.evaluate(MARKED) == []
    assert tab.get_by_role("button", name="Remove the marks").count() == 0


def test_a_hit_on_another_page_is_marked_there(tab):
    """Opened with Ctrl-K; Enter in the field takes the first hit, and an answer stays folded."""
    tab.keyboard.press("Control+k")
    assert tab.evaluate("document.activeElement.name") == "q"
    ask(tab, "clipnorm")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/questions.html*")
    tab.wait_for_function(f"{MARKED}.length > 0")
    marked = [each for each in tab.evaluate(MARKED) if each]  # what is folded has no words to see
    assert "global_clipnorm" in marked and all("clip" in each.lower() for each in marked)
    chapter = tab.url.split("?")[0].replace("questions", "updates")
    tab.goto(chapter + "?highlight=learning%20rate,η#exercise-1-read-off-two-clipped-updates")
    tab.wait_for_function(f"{MARKED}.length > 0")
    assert {"learning rate", "η"} <= set(tab.evaluate(MARKED))
    assert tab.locator(":is(.sgd-choice, .tag_exercise details)[open]").count() == 0


def test_the_search_closes_and_keeps_out_of_fields(tab):
    tab.keyboard.press("Control+k")
    ask(tab, "qqqqqqqq")
    assert tab.locator(".sgd-search [role=status]").inner_text().startswith("Nothing found")
    tab.keyboard.press("Escape")
    assert not tab.evaluate("document.querySelector('#pst-search-dialog').open")
    tab.locator(".sgd-exercise input").first.press("/")
    assert not tab.evaluate("document.querySelector('#pst-search-dialog').open")
    tab.locator("button.search-button__button:visible").click()
    assert tab.evaluate("document.querySelector('#pst-search-dialog').open")
    tab.get_by_role("button", name="Close").click()
    assert not tab.evaluate("document.querySelector('#pst-search-dialog').open")


def test_the_page_of_the_search(browser, roots, tab):
    """The same search, by its address; without JavaScript, ways to look things up by hand."""
    tab.goto(roots["file"] + "search.html?q=momentm")
    first = tab.locator(".sgd-hits a").first
    first.wait_for()
    assert first.get_attribute("href").endswith("chapters/glossary.html?highlight=momentum#term-momentum")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(roots["file"] + "search.html")
    assert not page.locator("article input").is_visible()
    shown = page.locator("article a:visible").evaluate_all("links => links.map((link) => link.href)")
    assert {Path(address).name for address in shown} == {"glossary.html", "questions.html", "genindex.html"}
    context.close()
