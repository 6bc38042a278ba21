"use strict";
// A Pyodide for the tests of the worker's protocol: it loads what it is told to as the real one does, and its cells are
// JavaScript. Nothing of Python is in it.

{
  /** @type {any} */
  const scope = globalThis;
  scope.loadPyodide = async ({ indexURL, lockFileURL }) => {
    const lock = await (await fetch(lockFileURL)).json();
    for (const name of ["pyodide.asm.wasm", "python_stdlib.zip"]) await fetch(indexURL + name);
    const streams = {};
    let stop = null;
    let send;
    const heap = { length: 0 };
    const print = (text, stream = "stdout") => streams[stream](new TextEncoder().encode(text));
    const tools = {
      print,
      bytes: (...codes) => streams.stdout(new Uint8Array(codes)),
      send: (kind, data) => send(kind, data),
      stopped: () => stop?.[0] === 2,
      fill: (bytes) => {
        heap.length = bytes;
      },
      wait: (time) => new Promise((done) => setTimeout(done, time)),
      leave: () => {
        Promise.reject(Object.assign(new Error("Program terminated with exit(3)"), { name: "Exit" }));
        return new Promise(() => {});
      },
    };
    const cells = {
      install: (given) => {
        send = given;
      },
      reuse_compiled: () => {},
      store_compiled: () => false,
      leave_fonts_of_printers: () => {},
      imported: (source) => Array.from(source.matchAll(/^import (\w+)/gm), (found) => found[1]),
      async run(source, _cell, live) {
        const body = source.replace(/^import .*/gm, "");
        const AsyncFunction = (async () => {}).constructor;
        const error = await AsyncFunction(...Object.keys(tools), "live", body)(...Object.values(tools), live);
        return JSON.stringify({ ok: !error, error: error ?? null });
      },
    };
    return {
      _module: { HEAP8: heap },
      setStdout: ({ write }) => {
        streams.stdout = write;
      },
      setStderr: ({ write }) => {
        streams.stderr = write;
      },
      setStdin: () => {},
      setInterruptBuffer: (buffer) => {
        stop = buffer;
      },
      FS: { writeFile: () => {} },
      pyimport: () => cells,
      loadPackage: async (names) => {
        for (const name of names) await (await fetch(indexURL + lock.packages[name].file_name)).arrayBuffer();
      },
    };
  };
}
