"""What stands under `make`: a build killed at any step, two at once, a cut installation, and the site's policy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import make_site
import policy
import pytest
import set_up

TOOLS = Path(make_site.__file__).parent


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with spaces and an umlaut that holds a site and what it is made from."""
    root = tmp_path / "Mein Kurs ä"
    for name in ("_config.yml", "_toc.yml", "requirements.txt", "chapters/a b.ipynb", "sgdlib/x.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    (root / "_build" / "html").mkdir(parents=True)
    (root / "_build" / make_site.PAGE).write_text("old")
    for name, value in {"ROOT": root, "SITE": root / "_build", "SCRATCH": root / ".build"}.items():
        monkeypatch.setattr(make_site, name, value)
    return root


STEP = "from pathlib import Path; p = Path('.build/_build/html'); p.mkdir(parents=True, exist_ok=True); "


def steps(*texts: str):
    """Programs in place of those that make a site."""
    return lambda pyodide, compress: [["-c", STEP + text] for text in texts]


PAGE = "(p / 'index.html').write_text('new')"


def test_a_whole_build_takes_the_old_ones_place(folder, monkeypatch):
    monkeypatch.setattr(make_site, "commands", steps(PAGE, "(p / 'more').touch()"))
    assert make_site.main([]) == 0
    assert (folder / "_build" / make_site.PAGE).read_text() == "new"
    assert (folder / "_build/html/more").exists() and not (folder / ".build").exists()
    assert not make_site.is_old(folder)


@pytest.mark.parametrize("how", ["raise SystemExit(3)", "import os; os.kill(os.getpid(), 9)"])
@pytest.mark.parametrize("step", [0, 1])
def test_a_build_that_ends_early_leaves_the_old_site(how, step, folder, monkeypatch, capsys):
    texts = [PAGE, "pass"]
    texts[step] = f"{PAGE}; {how}"
    monkeypatch.setattr(make_site, "commands", steps(*texts))
    assert make_site.main([]) != 0
    assert (folder / "_build" / make_site.PAGE).read_text() == "old"
    assert "The site is not built: " in (said := capsys.readouterr().err)
    assert said.endswith("; the one that was there is as it was.\n") and said.count("\n") == 1
    # and what it left is in nobody's way
    monkeypatch.setattr(make_site, "commands", steps(PAGE))
    assert make_site.main([]) == 0 and (folder / "_build" / make_site.PAGE).read_text() == "new"


def test_a_site_is_old_when_something_it_is_made_from_is_newer(folder, monkeypatch):
    later = time.time() + 10
    os.utime(folder / "_build" / make_site.PAGE, (later, later))
    (folder / "chapters/node_modules").mkdir()
    (folder / "chapters/node_modules/made.js").touch()
    os.utime(folder / "chapters/node_modules/made.js", (later + 5, later + 5))
    assert not make_site.is_old(folder)
    os.utime(folder / "chapters/a b.ipynb", (later + 5, later + 5))
    assert make_site.is_old(folder)
    monkeypatch.setattr(make_site, "commands", steps("raise SystemExit(9)"))
    assert make_site.main(["--if-old"]) == 9
    (folder / "_build" / make_site.PAGE).unlink()
    assert make_site.is_old(folder)


def test_a_second_one_waits_and_says_so(tmp_path):
    program = (
        f"import sys, time; sys.path.insert(0, {str(TOOLS)!r}); from alone import alone\n"
        "with alone(sys.argv[1]):\n    print('in', flush=True); time.sleep(float(sys.argv[2]))\nprint('out')"
    )
    line = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen([*line, "30"], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "in\n"
        with subprocess.Popen([*line, "0"], stdout=subprocess.PIPE, text=True) as second:
            assert second.stdout.readline() == (
                f"Another make is at work in {tmp_path}; this one waits for it.\n"
            )
            first.kill()  # the lock goes with it
            assert second.stdout.read() == "in\nout\n"
    assert not list(tmp_path.iterdir())


def test_an_environment_that_was_cut_off_or_moved_is_made_anew(tmp_path):
    assert set_up.why_anew(tmp_path / "none") == ""
    (tmp_path / set_up.DONE).write_text("/elsewhere\n")
    assert "moved or copied" in set_up.why_anew(tmp_path)
    (tmp_path / set_up.DONE).write_text(f"{set_up.ROOT}\n")
    assert set_up.why_anew(tmp_path) == ""
    (tmp_path / set_up.BEGUN).touch()
    assert "was cut off" in set_up.why_anew(tmp_path)


def test_the_makefile_asks_for_nothing_that_macos_make_lacks(root):
    """GNU make 3.81, and BSD's tools."""
    text = (root / "Makefile").read_text(encoding="utf-8")
    code = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    newer = r"\.ONESHELL|\$\(file |!=|::=|^define \w+ *=|: *export |sed -i|cp --|date -d|readlink -f|-printf|flock"
    assert re.findall(newer, code, re.MULTILINE) == []


def test_a_policy_names_every_script_and_handler(tmp_path):
    for name in ("chapters", "embed", "lite", "_static"):
        (tmp_path / name).mkdir()
        page = f"<script>one('{name}')</script><script src='x.js'></script><p onclick='two()'>"
        (tmp_path / name / "a.html").write_text(page + '<script type="application/json">{}</script>')
    found = policy.policies(tmp_path)
    assert set(found) == {"", "lite/", "embed/a.html"}
    for part, name in {"": "chapters", "lite/": "lite", "embed/a.html": "embed"}.items():
        rules = dict(rule.split(" ", 1) for rule in found[part].split("; "))
        assert rules["script-src"].count("'sha256-") == 2
        assert policy.sha256(f"one('{name}')") in rules["script-src"]
        assert "'unsafe-inline'" not in rules["script-src"]
        assert ("'unsafe-eval'" in rules["script-src"]) == (name == "lite")
        assert rules["frame-ancestors"] == ("*" if name == "embed" else "'self'")


def test_the_sites_policies_are_those_of_its_pages(site):
    found = policy.policies(site)
    assert (site / "headers/nginx.conf").read_text(encoding="utf-8") == policy.nginx(found)
    text = (site / "headers/_headers").read_text(encoding="utf-8")
    assert text == policy.listed(site, found)
    assert max(map(len, text.splitlines())) < 2000  # Cloudflare takes no more
    for rule in found.values():
        assert "unsafe-inline" not in re.search(r"script-src ([^;]*)", rule)[1]
