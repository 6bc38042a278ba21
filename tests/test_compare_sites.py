"""tests/support/compare_sites.py reports whatever a reader could see, and nothing else."""

from __future__ import annotations

import compare_sites
import pytest

PAGE = """<!doctype html><html><head><title>Title</title><link rel="stylesheet" href="../_static/a.css?v=1a2b">
<style>p { color: red }</style></head><body>
<h2 id="one">A <em>first</em> heading</h2><p>Some <b>words</b> here. <a href="other.html#there">a link</a></p>
<svg aria-label="A curve falls."><path d="M 0 0 L 1 1"/><text>loss</text></svg><img src="p.png" alt="A photograph.">
<form><label for="a">answer</label><input id="a" type="text" data-answer="3"></form>
<details open><summary>more</summary>hidden</details>
<div class="sgd-widget" data-widget="race"><script type="application/json">{"b": 1, "a": 2}</script>
<p class="sgd-widget-words">It arrives.</p></div><script>let x = 1;</script></body></html>"""


@pytest.fixture
def differences(tmp_path):
    """Write the page, and another one with a change; compare the two sites."""

    def compare(old, new):
        assert old in PAGE
        for name, html in (("before", PAGE), ("after", PAGE.replace(old, new))):
            (tmp_path / name / "chapters").mkdir(parents=True)
            (tmp_path / name / "chapters" / "page.html").write_text(html, encoding="utf-8")
        return compare_sites.compare(tmp_path / "before", tmp_path / "after")

    return compare


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        ("Some <b>words", "Some <b>sentences", "text: Some words here. a link → Some sentences here. a link"),
        ("other.html#there", "third.html", "link: chapters/other.html#there → chapters/third.html"),
        ("L 1 1", "L 1 2", 'picture: path d="M 0 0 L 1 1" → path d="M 0 0 L 1 2"'),
        ("p.png", "q.png", 'src="chapters/p.png" → img alt="A photograph." src="chapters/q.png"'),
        (
            "A curve falls.",
            "A curve rises.",
            "alt: svg aria-label: A curve falls. → svg aria-label: A curve rises.",
        ),
        ('"a": 2', '"a": 3', 'widget: {"a": 2, "b": 1} → {"a": 3, "b": 1}'),
        ("It arrives.", "It leaves.", "words: It arrives. → It leaves."),
        ('data-answer="3"', 'data-answer="4"', 'form: input data-answer="3"'),
        ('<h2 id="one">', '<h2 id="two">', "id: one → two"),
        ("<em>first</em> heading", "second heading", "heading: h2 A first heading → h2 A second heading"),
        ("<details open>", "<details>", "box: details open → details"),
        ("a.css?v=1a2b", "b.css", "file: stylesheet _static/a.css → stylesheet _static/b.css"),
        ("<img", "<p>New.</p><img", "text: nothing → New."),
    ],
)
def test_a_change_is_a_line(differences, old, new, reported):
    lines = differences(old, new)
    assert all(line.startswith("chapters/page.html: ") for line in lines)
    assert any(reported in line for line in lines), lines


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a.css?v=1a2b", "a.css?v=3c4d"),
        ("color: red", "color: blue"),
        ("let x = 1", "let y = 1"),
        ("{", "{ "),
    ],
)
def test_what_no_reader_sees_is_no_difference(differences, old, new):
    assert differences(old, new) == []


def test_pages_come_and_go(tmp_path, capsys):
    for name in ("before/a.html", "before/b.html", "after/b.html", "after/c.html", "after/lite/d.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("<p>Words.</p>", encoding="utf-8")
    folders = [str(tmp_path / name) for name in ("before", "after")]
    assert compare_sites.main(folders) == 1
    assert capsys.readouterr().out.splitlines() == [
        "a.html: page: there: gone",
        "c.html: page: nothing: new",
        "2 differences",
    ]
    assert compare_sites.main([folders[0], folders[0]]) == 0
    assert compare_sites.main([folders[0], str(tmp_path / "nowhere")]) == 2
