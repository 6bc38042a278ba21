"""Find a Chromium for the site's tests; `--install` fetches Playwright's own when there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No sandbox: containers run as root. No GPU: where tests run there is none, and these pages need no stand-in for it.
# The rest keeps the browser from calling home, here and in tests.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NONE = (
    "No Chromium found: install one (Debian: apt-get install chromium), or name one in the environment "
    "variable CHROMIUM, or let Playwright fetch its own (python -m playwright install chromium)."
)


class NoBrowser(Exception):
    """There is no browser to test the site with; the message says what to do."""


def find_browser() -> str:
    """Return the path of a Chromium: $CHROMIUM, then the system's, then Playwright's own."""
    if named := os.environ.get("CHROMIUM"):
        if found := shutil.which(named):
            return found
        raise NoBrowser(f"CHROMIUM names {named}, which is not a program here.")
    for name in NAMES:
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    raise NoBrowser(NONE)


def main() -> int:
    """Print the browser's path, after installing one if asked and needed; return the exit code."""
    try:
        print(f"Browser for the site's tests: {find_browser()}")
    except NoBrowser as error:
        if os.environ.get("CHROMIUM") or "--install" not in sys.argv:
            print(error, file=sys.stderr)
            return 1
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
        try:
            print(f"Browser for the site's tests: {find_browser()}")
        except NoBrowser as still:
            print(still, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
