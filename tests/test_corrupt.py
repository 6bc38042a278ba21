"""Whatever rots is found: of each kind of file something is spoiled in a copy, and a check sees it."""

from __future__ import annotations

import re
from pathlib import Path

import corrupt
import pytest
from corrupt import Rot, kind, tracked, waves
from rotten import CODE, PEOPLE, ROTTEN, SITE, WORDS

ROOT = Path(__file__).resolve().parent.parent
# Of most kinds one that a check without a browser sees, and without much to import first: the rest is foreign.
QUICK_FILES = ("back_matter_numbers", "references", "readme", "notebooks")
QUICK = [
    each
    for each in WORDS
    if each.check.partition("::")[0] in {f"tests/test_{name}.py" for name in QUICK_FILES}
]


def test_every_kind_of_file_has_an_entry():
    """A file of a new kind needs one: spoil it in tests/support/rotten.py, and see what finds it."""
    assert {kind(name) for name in tracked()} - {kind(each.file) for each in ROTTEN} == set()


def test_every_entry_finds_its_place():
    names = [each.name for each in ROTTEN]
    assert len(names) == len(set(names))
    for each in ROTTEN:
        text = (ROOT / each.file).read_bytes().decode("utf-8", "surrogateescape")
        assert each.spoiled(text) != text
    with pytest.raises(ValueError, match=r"README\.md has no 'xyzzy' to spoil"):
        Rot("a", "README.md", "xyzzy", "", "tests/test_a.py").spoiled("a text")


@pytest.mark.parametrize("each", ROTTEN, ids=lambda each: each.name)
def test_every_check_is_one(each):
    if each.check.startswith("$"):
        assert each.check.split()[:2] == ["$", "{python}"]
        return
    file, _, test = each.check.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not test or re.search(rf"^def {test.partition('[')[0]}\w*\(", text, re.MULTILINE)


def test_what_people_read_is_said_in_words():
    assert PEOPLE and all(len(why.split()) > 3 for why in PEOPLE.values())


def rot(check: str, says: str = "", alone: bool = False) -> Rot:
    return Rot(f"{check} {says}", "a.md", "a", "b", check, says, alone)


def test_no_failure_speaks_for_two():
    """The same test twice in a run only where its words tell which; what is alone is alone."""
    one, two, three = rot("t.py::test_a", "x"), rot("t.py::test_a", "y"), rot("t.py::test_a")
    assert waves([one, two, three]) == [[one, two], [three]]
    first, second = rot("t.py::test_a[p]"), rot("t.py::test_a[q]")
    assert waves([first, second, first]) == [[first, second], [first]]
    alone, command = rot("t.py", alone=True), rot("$ {python} -c 0")
    assert waves([one, alone, command]) == [[one], [alone], [command]]


def test_a_failure_is_told_from_others():
    one = rot("t.py::test_a", "chapters/glossary.md is wrong")
    report = {"node": "t.py::test_a[1]", "failed": True, "words": "chapters/glossary.md is wrong: 3"}
    assert one.seen([report]) == "t.py::test_a[1]"
    for other in ({"failed": False}, {"failed": "collecting"}, {"words": "no"}, {"node": "t.py::test_b"}):
        assert one.seen([report | other]) == ""
    assert rot("t.py", alone=True).seen([{"node": "t.py", "failed": "collecting", "words": ""}]) == "t.py"


def test_the_list_names_all(capsys):
    assert corrupt.main(["--list"]) == 0
    said = capsys.readouterr().out
    assert all(f"{each.name} " in said and each.file in said for each in ROTTEN)
    assert said.count("read by people") == len(PEOPLE)


def unseen(rotten: list[Rot]) -> list[str]:
    found: dict[str, str] = {}
    for wave in waves(rotten):
        found |= corrupt.judge(wave)
    assert set(found) == {each.name for each in rotten}
    return [name for name, test in found.items() if not test]


def test_what_is_spoiled_in_words_and_numbers_is_found():
    (first, *_) = waves(QUICK)
    assert len(first) > 40
    assert unseen(first) == []


def test_what_no_check_sees_is_told(capsys, monkeypatch):
    """The command names it, and ends with 1; else with 0."""
    names = [WORDS[0].name, WORDS[1].name]
    for found, code in (("", 1), ("t.py::test_a", 0)):
        monkeypatch.setattr(
            corrupt, "judge", lambda wave, spoil, found=found: {wave[0].name: found, wave[1].name: "b"}
        )
        assert corrupt.main(names) == code
        said = capsys.readouterr().out
        assert ("NOT FOUND" in said) == bool(code) and f"2 spoiled, {code} not found." in said
    with pytest.raises(SystemExit, match="2"):
        corrupt.main(["no such name"])
    assert "--list has the names" in capsys.readouterr().err


@pytest.mark.foreign
def test_the_rest_of_the_words_is_found():
    assert unseen([each for each in WORDS if each not in waves(QUICK)[0]]) == []


@pytest.mark.foreign
@pytest.mark.parametrize("each", CODE, ids=lambda each: each.name)
def test_what_is_spoiled_in_code_is_found(each):
    assert unseen([each]) == []


def test_what_needs_a_built_site_is_left_to_the_command():
    """`corrupt.py --slow` builds the book once for each: minutes, and too long even for make foreign."""
    assert {each.site for each in SITE} == {True} and not any(each.site for each in WORDS + CODE)
