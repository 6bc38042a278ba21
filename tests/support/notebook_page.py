"""A chapter's notebook in JupyterLite: Pyodide's CDN, and what a reader does there."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from pyodide import VERSION

CDN = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
CURRENT = "window.jupyterapp?.shell?.currentWidget?.context"
KERNEL = f"{CURRENT}?.sessionContext?.session?.kernel"


def pretend_cdn(context, pyodide: Path) -> list[str]:
    """Answer for Pyodide's CDN from a distribution, refuse everyone else, and list what was refused."""
    refused: list[str] = []

    def answer(route):
        url = route.request.url
        path = pyodide / url.removeprefix(CDN)
        if url.startswith(CDN) and path.is_file():
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            headers = {"access-control-allow-origin": "*", "content-type": kind}
            route.fulfill(body=path.read_bytes(), headers=headers)
        else:
            refused.append(url)
            route.abort()

    context.route(lambda url: not url.startswith(("http://127.0.0.1:", "data:", "blob:")), answer)
    return refused


def wait_for_notebook(page) -> None:
    """Until the notebook is on the screen and has a kernel, which may not be up yet."""
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.wait_for_function(f"() => {KERNEL}")


def ask(page, code: str) -> str:
    """Run code in the notebook's kernel, beside its cells, and return what it printed or raised."""
    return page.evaluate(
        f"""async (code) => {{
            const heard = [], future = {KERNEL}.requestExecute({{ code, store_history: false }});
            future.onIOPub = ({{ content }}) => heard.push(content.text ?? content.evalue ?? "");
            await future.done;
            return heard.join("").trim();
        }}""",
        code,
    )


def command(page, name: str) -> None:
    """Carry out one of JupyterLab's commands, as its menu does, and wait until it is done."""
    page.evaluate("(name) => window.jupyterapp.commands.execute('notebook:' + name).then(() => true)", name)


def code_cells(page) -> list[dict]:
    """The code cells as they would be saved."""
    cells = page.evaluate(f"() => {CURRENT}.model.toJSON().cells")
    return [cell for cell in cells if cell["cell_type"] == "code"]


def go_to(page, text: str) -> None:
    """Scroll to the first code cell with this in its source, id or output.

    JupyterLab takes out of the page what is off the screen.
    """
    page.evaluate(
        """(text) => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            const number = notebook.widgets.findIndex(({ model }) => model.type === "code"
                && JSON.stringify(model.toJSON()).includes(text));
            notebook.activeCellIndex = number;
            return notebook.scrollToItem(number, "start").then(() => true);
        }""",
        text,
    )


def is_drawing(output: dict) -> bool:
    """Whether an output is a figure. A widget's still picture is there, too, but JupyterLab shows the widget."""
    data = output.get("data", {})
    return "sgd-figure" in "".join(data.get("text/html", "")) and not any("widget" in kind for kind in data)


def first_drawing(cells: list[dict]) -> str:
    """The id of the first cell with a figure."""
    return next(cell["id"] for cell in cells if any(map(is_drawing, cell["outputs"])))
