# Finds the course's package, sgdlib; where it is missing, installs it, with what else this notebook imports.
# NumPy, Matplotlib and all that is here already stay as they are. Run it once, before the other cells.

import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys


class CannotRun(Exception):
    """Says in a sentence or two what is missing, and what to do; Jupyter shows only that."""

    def _render_traceback_(self):
        return [str(self)]


def installed(name):
    """The version of an installed package; None if it is not there."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def parts(version):
    """The first two numbers of a version."""
    return [int("".join(filter(str.isdigit, n)) or 0) for n in version.split(".")[:2]]


def is_right(version, sha256):
    """Whether sgdlib is here, in this version, and if pip noted the file it came from, from this one."""
    try:
        import sgdlib
    except ImportError:
        return False
    if sgdlib.__version__ != version:
        return False
    try:
        note = importlib.metadata.distribution("sgdlib").read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        note = None  # a folder on the search path
    came_from = json.loads(note or "{}").get("archive_info", {}).get("hash")
    return came_from in (None, f"sha256={sha256}")


def pip(*wanted):
    """Install what is wanted into the Python of this notebook, with pip or with uv."""
    if importlib.util.find_spec("pip"):
        command = [sys.executable, "-m", "pip", "install", "--retries=1"]
    elif shutil.which("uv"):
        command = ["uv", "pip", "install", f"--python={sys.executable}"]
    else:
        raise CannotRun(
            f"This Python ({sys.executable}) has no pip. Install with your own tool: "
            f"{' '.join(each for each in wanted if each[0] != '-')}. Then run this cell again."
        )
    quiet = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(
        [*command, "--quiet", *wanted], capture_output=True, text=True, env=quiet
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "ERROR" in line]
        raise CannotRun(
            f"pip could not install {' '.join(each for each in wanted if each[0] != '-')}. "
            f"Is this machine on the internet? (On Kaggle: Settings, Internet.) pip said: "
            f"{(said or done.stderr.strip().splitlines() or ['nothing'])[-1]}"
        )


def wheel_of(carried, address, sha256):
    """The bytes of sgdlib's wheel, from this cell or from the course's site, checked."""
    import hashlib

    if carried:
        import base64
        import lzma

        wheel = lzma.decompress(base64.b64decode(carried))
    else:
        from urllib.request import urlopen

        try:
            with urlopen(address, timeout=60) as answer:
                wheel = answer.read()
        except OSError as error:
            raise CannotRun(
                f"The course's package cannot be fetched from {address} ({error}). "
                "Is this machine on the internet? (On Kaggle: Settings, Internet.)"
            ) from None
    if hashlib.sha256(wheel).hexdigest() != sha256:
        raise CannotRun(
            "The course's package is not the one that this notebook was made with: "
            "download the notebook again."
        )
    return wheel


def bring(version, sha256, needs, address="", carried=""):
    """Make sure that sgdlib, of this version, and the packages that the notebook needs can be imported."""
    if sys.platform == "emscripten":
        return  # in the browser all of it is there
    least = dict(need.split(">=") for need in needs)
    here = {name: installed(name) for name in least}
    for name, found in here.items():
        if found and parts(found) < parts(least[name]):
            raise CannotRun(
                f"This notebook needs {name} {least[name]} or later; here is {found}, which it leaves as it is. "
                f'Update it: pip install "{name}>={least[name]}", restart the kernel, and run this cell again.'
            )
    missing = [need for need in needs if not here[need.split(">=")[0]]]
    if missing:
        print(f"Installing {', '.join(missing)} …")
        pip(*missing, *(f"{name}=={found}" for name, found in here.items() if found))
    if is_right(version, sha256):
        return
    import tempfile

    wheel = wheel_of(carried, address, sha256)
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, f"sgdlib-{version}-py3-none-any.whl")
    with open(path, "wb") as file:
        file.write(wheel)
    pip("--no-deps", "--force-reinstall", path)
    shutil.rmtree(folder)  # where pip fails it stays, to be installed by hand
    for name in [n for n in sys.modules if n.partition(".")[0] == "sgdlib"]:
        del sys.modules[name]  # another version, imported before
    importlib.invalidate_caches()
    print(f"Installed the course's package, sgdlib {version}.")
    if "anywidget" in " ".join(missing):
        print("In Jupyter, reload the page once, so that it shows the widgets.")
