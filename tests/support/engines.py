"""Three browser engines behind one face: Chromium by Playwright, Firefox by WebDriver BiDi, WebKit by WebDriver.

Playwright's own Firefox and WebKit are builds to be downloaded; Debian's are driven here by the protocols they speak.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import websocket
from patience import DRAWN, PATIENCE, SETTLED
from selenium.webdriver.common.keys import Keys

# A browser that does not come up within so many seconds will not.
START = 60
# What a reader presses, by Playwright's name, in the private letters of WebDriver.
KEYS = {"ArrowRight": Keys.ARROW_RIGHT, "ArrowLeft": Keys.ARROW_LEFT, "Enter": Keys.ENTER, "Tab": Keys.TAB}
MINI_BROWSER = "webkit2gtk-4.*/MiniBrowser"

# The first script of each page: not every protocol tells of errors, so the page writes them down itself.
WITNESS = """<script>
    window.trouble = [];
    addEventListener("error", (event) => {
        // What a box that has just grown is told a frame later: no fault, and no console shows it. From disk WebKit
        // names no error at all; over http it names those of the same page.
        if (/^ResizeObserver loop/.test(event.message)) return;
        if (location.protocol === "file:" && event.message === "Script error." && !event.filename) return;
        trouble.push(event.message || "not loaded: " + (event.target.src || event.target.href));
    }, true);
    addEventListener("unhandledrejection", (event) => trouble.push("rejected: " + event.reason));
    for (const kind of ["error", "warn"]) console[kind] = (...words) => trouble.push(kind + ": " + words.join(" "));
</script>"""


def witnessed(site: Path, folder: Path) -> Path:
    """Copy the site's own pages into a folder, each with the witness as its first script."""
    shutil.copytree(site, folder, ignore=shutil.ignore_patterns("lite", "_sources"), dirs_exist_ok=True)
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace("<head>", "<head>" + WITNESS, 1), encoding="utf-8")
    return folder


class NoEngine(Exception):
    """The engine cannot be had here; the message says what to install."""


class Engine:
    """One tab of a browser. A driver adds: _go, _run, _set_size, press, type, _click, picture."""

    def open(self, address: str) -> None:
        """Open a page and wait until it is loaded, and drawn in its fonts."""
        self._go(address)
        self.evaluate(SETTLED)

    def evaluate(self, function: str, *values):
        """Call a JavaScript function in the page, with values, and return what it gives, as JSON can hold it."""
        told = ", ".join(json.dumps(value) for value in values)
        return json.loads(self._run(f"(async () => JSON.stringify((await ({function})({told})) ?? null))()"))

    def wait_for(self, function: str, *values):
        """Wait until a function in the page gives something true, and return that."""
        end = time.monotonic() + PATIENCE / 1000
        while not (found := self.evaluate(function, *values)):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {function} of {values}")
            time.sleep(0.05)
        return found

    def size(self, width: int, height: int) -> None:
        """Make the page's window so large, and wait until it is laid out."""
        self._set_size(width, height)
        self.wait_for("(width) => innerWidth === width", width)
        self.evaluate(DRAWN)

    def click(self, selector: str) -> None:
        """Click in the middle of an element, where a reader would."""
        at = self.evaluate(
            f"""async (selector) => {{
                const element = document.querySelector(selector);
                // twice: what comes into view on the way may turn out larger than it was taken for
                for (let k = 0; k < 2; k++) {{
                    element.scrollIntoView({{ block: "center", behavior: "instant" }});
                    await ({DRAWN})();
                }}
                const box = element.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2];
            }}""",
            selector,
        )
        self._click(*at)

    def trouble(self) -> list[str]:
        """What has gone wrong in this page so far."""
        return self.evaluate("() => window.trouble")


class Chromium(Engine):
    """Chromium, by Playwright."""

    def __init__(self, stack: contextlib.ExitStack, browser):
        self.page = browser().new_page()
        stack.callback(self.page.close)
        self.page.set_default_timeout(PATIENCE)

    def _go(self, address):
        self.page.goto(address)

    def _run(self, expression):
        return self.page.evaluate(expression)

    def _set_size(self, width, height):
        self.page.set_viewport_size({"width": width, "height": height})

    def _click(self, x, y):
        self.page.mouse.click(x, y)

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type a text."""
        self.page.keyboard.type(text)

    def picture(self) -> bytes:
        """What the window shows, as PNG."""
        return self.page.screenshot()


class Webdriver(Engine):
    """What the two protocols of WebDriver have in common: mouse and keys. A driver adds _perform."""

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        self.type(KEYS[key])

    def type(self, text: str) -> None:
        """Type a text."""
        strokes = [{"type": way, "value": letter} for letter in text for way in ("keyDown", "keyUp")]
        self._perform({"type": "key", "id": "keys", "actions": strokes})

    def _click(self, x, y):
        steps = [{"type": "pointerMove", "x": int(x), "y": int(y), "duration": 0}]
        steps += [{"type": way, "button": 0} for way in ("pointerDown", "pointerUp")]
        self._perform(
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}
        )


class Firefox(Webdriver):
    """Firefox, by WebDriver BiDi, which it speaks with no driver between."""

    def __init__(self, stack: contextlib.ExitStack, _browser):
        program = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
        if program is None:
            raise NoEngine("No Firefox found: install one (Debian: apt-get install firefox-esr).")
        profile = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        # Bars that lie on the page and take no room, as on a phone and in the other two.
        Path(profile, "user.js").write_text('user_pref("ui.useOverlayScrollbars", 1);', encoding="utf-8")
        command = [
            program,
            "--headless",
            "--no-remote",
            "--profile",
            profile,
            "--remote-debugging-port",
            "0",
        ]
        # A home of its own: as root, Firefox refuses the home of somebody else.
        process = started(stack, command, {**os.environ, "HOME": profile}, stderr=subprocess.PIPE)
        address = awaited(process, process.stderr, "WebDriver BiDi listening on ").split()[-1]
        self.socket = websocket.create_connection(
            address + "/session", timeout=PATIENCE / 1000, suppress_origin=True
        )
        stack.callback(self.socket.close)
        self.asked = 0
        self._ask("session.new", capabilities={})
        self.tab = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def _ask(self, method: str, **values) -> dict:
        self.asked += 1
        self.socket.send(json.dumps({"id": self.asked, "method": method, "params": values}))
        # Events may come first.
        while (answer := json.loads(self.socket.recv())).get("id") != self.asked:
            pass
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['message']}")
        return answer["result"]

    def _go(self, address):
        self._ask("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def _run(self, expression):
        answer = self._ask(
            "script.evaluate", expression=expression, target={"context": self.tab}, awaitPromise=True
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"]["value"]

    def _set_size(self, width, height):
        self._ask(
            "browsingContext.setViewport", context=self.tab, viewport={"width": width, "height": height}
        )

    def _perform(self, actions):
        self._ask("input.performActions", context=self.tab, actions=[actions])

    def picture(self) -> bytes:
        """What the window shows, as PNG."""
        return base64.b64decode(self._ask("browsingContext.captureScreenshot", context=self.tab)["data"])


class WebKit(Webdriver):
    """WebKitGTK's small browser, by its WebDriver, on a screen of its own that nobody sees."""

    def __init__(self, stack: contextlib.ExitStack, _browser):
        from selenium import webdriver
        from selenium.webdriver.webkitgtk.service import Service

        driver = shutil.which("WebKitWebDriver")
        # beside it in Debian: /usr/lib/<machine>/
        browser = next(Path("/usr").glob(f"lib*/*/{MINI_BROWSER}"), None)
        screen = shutil.which("Xvfb")
        if not (driver and browser and screen):
            raise NoEngine("No WebKit found: install one (Debian: apt-get install webkit2gtk-driver xvfb).")
        xvfb = started(
            stack, [screen, "-displayfd", "1", "-screen", "0", "1400x1100x24"], stdout=subprocess.PIPE
        )
        surroundings = {**os.environ, "DISPLAY": f":{awaited(xvfb, xvfb.stdout, '').strip()}"}
        # Its buttons would keep the window wider than a phone.
        config = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        (config / "gtk-3.0").mkdir()
        (config / "gtk-3.0" / "gtk.css").write_text(
            "* { border: 0; font-size: 1px; margin: 0; min-width: 0; padding: 0; }", encoding="utf-8"
        )
        surroundings["XDG_CONFIG_HOME"] = str(config)
        if os.geteuid() == 0:
            surroundings["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"
        options = webdriver.WebKitGTKOptions()
        options.binary_location = str(browser)
        options.add_argument("--automation")
        with warnings.catch_warnings():
            # Selenium's WebKitGTK calls what Selenium has retired.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.driver = webdriver.WebKitGTK(options=options, service=Service(driver, env=surroundings))
        stack.callback(self.driver.quit)
        self.driver.set_script_timeout(PATIENCE / 1000)

    def _go(self, address):
        self.driver.get(address)

    def _run(self, expression):
        good, text = self.driver.execute_async_script(
            # under a name that no page has: the expression sees it
            f"const $tell = arguments[0]; "
            f"({expression}).then((t) => $tell([true, t]), (e) => $tell([false, String(e)]));"
        )
        if not good:
            raise RuntimeError(text)
        return text

    def _set_size(self, width, height):
        # The page is smaller than the window by the browser's bars.
        inner = self.evaluate("() => [innerWidth, innerHeight]")
        outer = self.driver.get_window_size()
        self.driver.set_window_size(outer["width"] - inner[0] + width, outer["height"] - inner[1] + height)

    def _perform(self, actions):
        self.driver.execute("actions", {"actions": [actions]})

    def picture(self) -> bytes:
        """What the window shows, as PNG."""
        return self.driver.get_screenshot_as_png()


ENGINES = {"chromium": Chromium, "firefox": Firefox, "webkit": WebKit}


@contextlib.contextmanager
def engine(name: str, browser: Callable) -> Iterator[Engine]:
    """Start an engine, and end it with all that it needed; NoEngine if it is not installed.

    ``browser()`` gives Playwright's Chromium: a process can start Playwright but once.
    """
    with contextlib.ExitStack() as stack:
        yield ENGINES[name](stack, browser)


def started(stack: contextlib.ExitStack, command: list[str], surroundings=None, **pipes) -> subprocess.Popen:
    """A program that is ended with the stack."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **pipes}
    process = stack.enter_context(subprocess.Popen(command, env=surroundings, text=True, **quiet))
    stack.callback(process.terminate)
    return process


def awaited(process: subprocess.Popen, stream, words: str) -> str:
    """The first line of a stream that holds the words; what comes after is read and dropped."""
    watch = threading.Timer(START, process.kill)
    watch.start()
    line = next((line for line in stream if words in line), None)
    watch.cancel()
    if line is None:
        raise RuntimeError(f"{process.args[0]} did not start.")
    threading.Thread(target=drain, args=(stream,), daemon=True).start()
    return line


def drain(stream) -> None:
    """Read a stream to its end, which is also when the program's end closes it while it is read."""
    with contextlib.suppress(ValueError, OSError):
        for _ in stream:
            pass
