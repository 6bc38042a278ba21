"""The files of measured runs: killed at any moment, on a full disk, held by two, damaged by anything."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import killable
import numpy as np
import pytest

from sgdlib import _stores
from sgdlib.experiments import find, missing, names, sweep
from sgdlib.practice import _store
from sgdlib.practice.meter import Meter

PROGRAM = Path(killable.__file__)
HEADS = {"sweep": 2, "tune": 1, "meter": 1}  # lines in front of the rows


def started(kind: str, path: Path, *more: str) -> subprocess.Popen:
    """The work under way."""
    line = [sys.executable, str(PROGRAM), kind, str(path), *more]
    environment = os.environ | {"PYTHONPATH": str(PROGRAM.parent.parent.parent), "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def ended(kind: str, path: Path, *more: str) -> tuple[int, int, str]:
    """How many runs the work made until it ended, its exit code, the last line of what it complained of."""
    process = started(kind, path, *more)
    out, error = process.communicate()
    return out.count(b"."), process.returncode, error.decode().replace("\r", "\n").strip().split("\n")[-1]


def rows(kind: str, path: Path) -> int:
    """How many whole rows a file has."""
    return max(0, path.read_bytes().count(b"\n") - HEADS[kind]) if path.is_file() else 0


@pytest.fixture(scope="module")
def wholes(tmp_path_factory) -> dict[str, bytes]:
    """What each kind of work writes when nothing comes between."""
    folder = tmp_path_factory.mktemp("whole")
    for kind in killable.WORK:
        assert ended(kind, folder / kind)[1] == 0
    return {kind: (folder / kind).read_bytes() for kind in killable.WORK}


def killed_and_again(kind: str, folder: Path, whole: bytes, kills: int, seed: int) -> None:
    """Kill the work at random moments until it is done; nothing but a run under way may be lost."""
    path, last = folder / "killed", whole.count(b"\n") - HEADS[kind]
    moments, made = random.Random(seed), 0
    for _ in range(kills):
        before, process = rows(kind, path), started(kind, path)
        process.stdout.read(1)  # it has begun
        if moments.random() < 0.8:
            time.sleep(moments.uniform(0, 0.03))
        else:
            process.stdout.read()  # all is made: the table is being sorted
            time.sleep(moments.uniform(0, 0.003))
        process.send_signal(signal.SIGKILL)
        begun = 1 + process.communicate()[0].count(b".")
        assert rows(kind, path) >= min(before + begun - 1, last) or kind == "meter"
        made += begun
        if kind == "sweep":
            assert len(killable.DICE.load(path)) == rows(kind, path)
    if kind == "meter":  # goes on behind what it has
        assert ended(kind, path)[1] == 0
        lines = path.read_text(encoding="utf-8").splitlines()
        assert {line.count(",") for line in lines} == {lines[0].count(",")}
        assert sum(line.startswith("update,") for line in lines) == 1
        assert len(lines) - 1 >= made - kills + killable.RUNS
    else:
        assert ended(kind, path)[1] == 0
        assert path.read_bytes() == whole
    assert [each.name for each in folder.iterdir()] == ["killed"]


@pytest.mark.parametrize("kind", killable.WORK)
def test_a_kill_at_any_moment_loses_at_most_the_run_under_way(kind, wholes, tmp_path):
    killed_and_again(kind, tmp_path, wholes[kind], kills=2, seed=1)


@pytest.mark.foreign
@pytest.mark.parametrize("kind", killable.WORK)
@pytest.mark.parametrize("seed", range(10))
def test_many_kills_lose_at_most_the_run_under_way_each(kind, seed, wholes, tmp_path):
    killed_and_again(kind, tmp_path, wholes[kind], kills=8, seed=seed)


@pytest.mark.parametrize("kind", killable.WORK)
def test_a_full_disk_is_said_in_a_sentence_and_costs_no_finished_run(kind, wholes, tmp_path):
    path = tmp_path / "full"
    made, code, said = ended(kind, path, str(len(wholes[kind]) // 2))
    assert code == 1 and said == (
        f"{path} cannot be written (file too large); what it held is untouched. Make room, or name a file in a "
        "folder where you may write."
    )
    assert rows(kind, path) == made - 1 and path.read_bytes()[-1:] == b"\n"
    if kind != "meter":
        assert ended(kind, path)[:2] == (wholes[kind].count(b"\n") - HEADS[kind] - made + 1, 0)
        assert path.read_bytes() == wholes[kind]
    assert [each.name for each in tmp_path.iterdir()] == ["full"]


def test_a_file_put_anew_is_the_old_one_until_it_is_whole(tmp_path, monkeypatch):
    path, link = tmp_path / "table", tmp_path / "link"
    _stores.put(path, "old\n")
    path.chmod(0o640)
    link.symlink_to(path)
    _stores.put(link, "new\n")
    assert link.is_symlink() and path.read_text() == "new\n" and path.stat().st_mode & 0o777 == 0o640

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        OSError, match=r"table cannot be written \(no space left on device\); what it held is"
    ):
        _stores.put(path, "newer\n")
    with pytest.raises(OSError, match=r"table cannot be written \(no space left on device\)"):
        _stores.add(path, "more\n")
    assert path.read_text() == "new\n" and {each.name for each in tmp_path.iterdir()} == {"table", "link"}


def test_two_cannot_write_to_one_file(tmp_path):
    path = tmp_path / "table.csv"
    with _stores.held(path):
        for kind in ("sweep", "tune"):
            made, code, said = ended(kind, path)
            assert (made, code) == (0, 1)
            assert said == f"another process is writing to {path}: let it end, or name another file."
    assert not path.exists()


# ---------------------------------------------------------------- damaged tables


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> str:
    """The text of a whole table."""
    path = tmp_path_factory.mktemp("dice") / "table.csv"
    sweep(killable.DICE, killable.DICE.runs()[:6], path, workers=1)
    return path.read_text(encoding="utf-8")


def changed(text: str, line: int, old: str, new: str) -> str:
    """A text with something else in one of its lines, which are counted from 1."""
    lines = text.splitlines(keepends=True)
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    return "".join(lines)


RUN_5 = "red,2,"
TABLES = {
    "a number that is none": (lambda text: changed(text, 5, ",14,", ",nan,"), "its line 5 is not what a run"),
    "an infinite number": (lambda text: changed(text, 5, ",14,", ",inf,"), "its line 5 is not what a run"),
    "a word for a number": (lambda text: changed(text, 5, ",14,", ",many,"), "its line 5 is not what a run"),
    "a fraction for a count": (
        lambda text: changed(text, 5, ",14,", ",14.5,"),
        "its line 5 is not what a run",
    ),
    "a number too much": (lambda text: changed(text, 5, "\n", ",1\n"), "its line 5 is not what a run"),
    "a number too few": (lambda text: changed(text, 5, ",14,", ","), "its line 5 is not what a run"),
    "digits too many": (lambda text: changed(text, 5, "0.09524", "0.095242"), "its line 5 is not what a run"),
    "half a line among others": (lambda text: changed(text, 5, ",14,", "\n"), "is damaged: its line"),
    "a setting that is none": (lambda text: changed(text, 5, RUN_5, "red,two,"), "its line 5 is no setting"),
    "a setting in other digits": (
        lambda text: changed(text, 5, RUN_5, "red,02,"),
        "its line 5 is no setting",
    ),
    "a line twice": (
        lambda text: text + text.splitlines()[4] + "\n",
        "its line 9 has a setting that is there",
    ),
    "an empty line": (lambda text: text + "\n", "its line 9 is no setting"),
    "zeros, as after a power cut": (lambda text: text + "\0" * 40 + "\n", "its line 9 is no setting"),
    "another column": (lambda text: changed(text, 2, "mean_1", "median_1"), "has other columns"),
    "no columns": (lambda text: text.replace(text.splitlines()[1] + "\n", ""), "has other columns"),
    "no versions": (lambda text: text.partition("\n")[2], "is not the table of an experiment"),
    "another experiment": (lambda text: find("digits").table.read_text(), "has other columns"),
    "a picture": (lambda text: b"\x89PNG\r\n\x1a\n\xff\xfe", "is not the table of an experiment"),
}


@pytest.mark.parametrize("how", TABLES)
def test_a_damaged_table_is_refused_and_left_alone(how, table, tmp_path):
    path, (damage, said) = tmp_path / "table.csv", TABLES[how]
    text = damage(table)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = path.read_bytes()
    for use in (lambda: killable.DICE.load(path), lambda: missing(killable.DICE, [], path)):
        with pytest.raises(ValueError, match=said):
            use()
    with pytest.raises(ValueError, match=said) as refused:
        sweep(killable.DICE, killable.DICE.runs(), path, workers=1)
    assert str(path) in str(refused.value) and "\n" not in str(refused.value)
    assert path.read_bytes() == before


def test_a_table_cut_at_any_byte_of_its_rows_ends_whole(table, tmp_path):
    path = tmp_path / "table.csv"
    head = len("".join(table.splitlines(keepends=True)[:2]))
    for at in (0, head, head + 1, head + 9, len(table) - 20, len(table) - 1):
        path.write_text(table[:at], encoding="utf-8")
        sweep(killable.DICE, killable.DICE.runs()[:6], path, workers=1)
        assert path.read_text(encoding="utf-8") == table


@pytest.mark.parametrize("name", names())
def test_the_stored_tables_are_not_damaged(name):
    assert len(find(name).load()) == len(find(name).runs())


# ---------------------------------------------------------------- damaged stores and logs

SETTINGS = {"version": 1, "budget": 4}
GOOD = {"run": 1, "place": [0.5, 0.25], "seed": 0, "why": "step", "value": 0.5}


@pytest.mark.parametrize(
    "bad",
    [
        {"value": np.nan},
        {"value": -np.inf},
        {"value": True},
        {"value": "0.5"},
        {"value": None},
        {"run": True},
        {"run": 2},
        {"run": 0},  # twice
        {"seed": -1},
        {"seed": 0.5},
        {"why": "luck"},
        {"place": [0.5]},
        {"place": [0.5, 1.5]},
        {"place": [0.5, np.nan]},
        {"place": "ab"},
        {"place": {"0": 1, "1": 1}},
        {"more": 1},
        None,
        [],
        7,
    ],
    ids=str,
)
def test_a_damaged_store_is_refused_and_left_alone(bad, tmp_path):
    path = tmp_path / "runs.jsonl"
    _store.opened(path, SETTINGS)
    _store.append(path, GOOD | {"run": 0})
    with path.open("a") as file:
        file.write(json.dumps(GOOD | bad if isinstance(bad, dict) else bad) + "\n")
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"runs\.jsonl is damaged: its line 3 is not run 2 of the search"):
        _store.opened(path, SETTINGS)
    assert path.read_bytes() == before


def test_a_store_with_more_runs_than_its_budget_is_refused(tmp_path):
    path = tmp_path / "runs.jsonl"
    _store.opened(path, SETTINGS)
    for k in range(5):
        _store.append(path, GOOD | {"run": k})
    with pytest.raises(ValueError, match="its line 6 is not run 5 of the search"):
        _store.opened(path, SETTINGS)


def test_a_meter_writes_into_no_file_of_somebody_else(tmp_path):
    path = tmp_path / "notes.txt"
    for text in ("my notes\n", "my notes", "update,loss\n1,2\n", "\n"):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"notes\.txt holds something else than readings of a Meter"):
            Meter(np.ones((8, 2)), log=path)
        assert path.read_text() == text
    for place, sentence in (
        (tmp_path, "is a folder"),
        (tmp_path / "no" / "log.csv", "in a folder that is there"),
    ):
        with pytest.raises(ValueError, match=sentence):
            Meter(np.ones((8, 2)), log=place)
