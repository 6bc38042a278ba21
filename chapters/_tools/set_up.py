"""Make the course's environment, or what is missing in it; the Makefile calls this with the Python to make it of.

Usage: python3 chapters/_tools/set_up.py .venv
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from alone import alone

ROOT = Path(__file__).resolve().parent.parent.parent
DONE = ".installed"  # holds the folder it was installed for
BEGUN = ".installing"


def why_anew(venv: Path) -> str:
    """Why an environment cannot be gone on with; nothing if it can, or is not there."""
    done = venv / DONE
    if (venv / BEGUN).exists():
        return "The last installation was cut off"
    if done.exists() and done.read_text(encoding="utf-8") not in ("", f"{ROOT}\n"):
        return "This folder was moved or copied"
    return ""


def installed(venv: Path) -> int:
    """Fill the environment and return pip's exit code. A mark stands in it while it is not whole."""
    if reason := why_anew(venv):
        print(f"{reason}: the environment {venv} is made anew.", flush=True)
        shutil.rmtree(venv)
    was_whole = (venv / DONE).exists()
    venv.mkdir(parents=True, exist_ok=True)
    (venv / BEGUN).touch()
    python = venv / "bin" / "python"
    code = 0
    if not python.exists():
        code = subprocess.call(
            [sys.executable, "-m", "venv", str(venv)], close_fds=False
        )
    if not code:
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        pip += ["--disable-pip-version-check", "-r", "requirements.txt"]
        code = subprocess.call(pip, cwd=ROOT, close_fds=False)
    if code and not was_whole:
        return code
    (venv / BEGUN).unlink()
    if not code:
        (venv / DONE).write_text(f"{ROOT}\n", encoding="utf-8")
    return code


def main(arguments: list[str]) -> int:
    """Set up; return the exit code."""
    if len(arguments) != 1:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    try:
        with alone(ROOT):
            code = installed(ROOT / arguments[0])
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        print(
            f"The environment cannot be made: {error}. Make room, or say where: make VENV=...",
            file=sys.stderr,
        )
        return 1
    if code:
        print(
            "The packages of requirements.txt are not installed; what hindered it stands above. The same line "
            "tries again.",
            file=sys.stderr,
        )
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
