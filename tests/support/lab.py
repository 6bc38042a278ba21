"""A JupyterLab of one's own: a server on a free port, a notebook, and nothing of the user's settings."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
from patience import PATIENCE

QUIET = [
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--ServerApp.open_browser=False",
    "--ServerApp.allow_root=True",
    "--ServerApp.port_retries=0",
    "--log-level=ERROR",
]


@contextlib.contextmanager
def jupyter_lab(folder: Path, cells: list[str], patience: float = PATIENCE / 1000) -> Iterator[str]:
    """Start JupyterLab on a notebook with these code cells in an empty folder; yield the address that opens it."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    work = folder / "work"
    work.mkdir()
    nbformat.write(notebook, work / "widgets.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token, address = secrets.token_hex(16), f"http://127.0.0.1:{port}"
    # settings, data and workspaces in the folder too: the user's own are not touched, nor do they change the test
    homes = {f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    homes |= {
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "lab"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "lab"),
    }
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "lab",
        *QUIET,
        f"--ServerApp.port={port}",
        "--ServerApp.ip=127.0.0.1",
    ]
    with open(folder / "log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(
            [*command, f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={work}"],
            env=os.environ | homes,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_for(f"{address}/api?token={token}", server, time.monotonic() + patience, folder / "log")
            yield f"{address}/lab/tree/widgets.ipynb?reset&token={token}"
        finally:
            # twice: the first interrupt asks whether it is meant
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def _wait_for(address: str, server: subprocess.Popen, until: float, log: Path) -> None:
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')}")


def run_all(page, address: str) -> None:
    """Open the notebook and run every cell."""
    page.goto(address)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    # a cell run before there is a kernel would ask which one to start
    page.locator(".jp-Toolbar-kernelName", has_text="Python 3").wait_for()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    for cell in range(page.locator(".jp-CodeCell").count()):
        run_cell(page, cell)


def run_cell(page, number: int, source: str | None = None) -> str:
    """Run one code cell, after writing it anew if a source is given, and return what it printed."""
    cell = page.locator(".jp-CodeCell").nth(number)
    cell.locator(".cm-content").focus()
    page.wait_for_function(
        "(n) => document.querySelectorAll('.jp-CodeCell')[n].matches('.jp-mod-active')", arg=number
    )
    if source is not None:
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(source)
    prompt = "document.querySelectorAll('.jp-CodeCell')[n].querySelector('.jp-InputPrompt').innerText"
    before = page.evaluate(f"(n) => {prompt}", number)
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        f"([n, before]) => /\\[\\d+\\]/.test({prompt}) && {prompt} !== before", arg=[number, before]
    )
    if source is None:
        return ""
    # the output follows the number
    printed = cell.locator(".jp-OutputArea-output pre").last
    printed.wait_for()
    return printed.inner_text().strip()
