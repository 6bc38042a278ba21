"""JavaScript in Node, asked as a page in a browser is: what needs no document can be tested without one."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

NODE = Path(sys.executable).parent / "node"
# A line comes in, a line goes out; JSON has no infinities, no NaN and no −0.
SERVER = """
const vm = require("node:vm");
const lines = require("node:readline").createInterface({ input: process.stdin });
const odd = (v) => typeof v === "number" && (!Number.isFinite(v) || Object.is(v, -0));
const sent = (_, v) => {
  if (odd(v)) return { $number: Object.is(v, -0) ? "-0" : String(v) };
  return ArrayBuffer.isView(v) ? Array.from(v) : v;
};
const read = (_, v) => (v && typeof v === "object" && "$number" in v ? Number(v.$number) : v);
lines.on("line", async (line) => {
  const { code, given } = JSON.parse(line, read);
  try {
    let value = vm.runInThisContext(code);
    if (typeof value === "function") value = value(given);
    process.stdout.write(JSON.stringify({ value: await value }, sent) + "\\n");
  } catch (error) {
    process.stdout.write(JSON.stringify({ error: String(error.stack) }) + "\\n");
  }
});
"""


class Node:
    """A Node that keeps what its scripts declare."""

    def __init__(self):
        self._process = subprocess.Popen(
            [NODE, "-e", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def evaluate(self, code: str, given: Any = None) -> Any:
        """The value of an expression, or of a function for what is given."""
        self._process.stdin.write(json.dumps({"code": code, "given": _sent(given)}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline(), object_hook=_read)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer.get("value")

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def _sent(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sent(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_sent(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"$number": "NaN" if value != value else f"{'-' * (value < 0)}Infinity"}
    return value


def _read(found: dict) -> Any:
    return float(found["$number"]) if "$number" in found else found
