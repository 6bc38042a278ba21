"use strict";
// The worker in which a page's Python runs. kernel.js makes it from text (a Blob), so that it starts on a page opened
// from disk, too. It loads Pyodide, each file checked before it is used, then runs cells, one at a time.

{
  /** @type {any} */
  const scope = globalThis;
  const network = scope.fetch.bind(scope);
  // Pyodide looks for its files under an address of nobody: they are handed to it from memory.
  const NOWHERE = "https://python.invalid/";
  const CACHE = "sgd-python";
  const LOCK = "pyodide-lock.json";
  const CORE = ["pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip"];
  const STALLED = 60_000;
  const OFTEN = 50;
  const QUIET = 1_000;
  // Beyond 2 GB this Python reads texts at wrong places: figures come out empty, and sources in other letters.
  const FULL = 2 ** 31 - 2 ** 26;
  // What a cell may put on the page, and what is said of one that goes on when it is full.
  const GOES_ON = "The cell runs to its end all the same, unless it is stopped.";
  const MOST = { characters: 100_000, lines: 2_000, displays: 40, one: 2_000_000, all: 6_000_000 };

  /** What cannot be loaded, in a sentence for the reader. */
  class CannotLoad extends Error {}

  const tell = (type, more = {}) => scope.postMessage({ type, ...more });

  // ------------------------------------------------------------ files

  let lock;
  const files = new Map();
  const brought = new Map();
  let disk = {};
  let loaded = 0;
  let total = 0;
  let told = 0;

  function progress(file, bytes) {
    loaded += bytes;
    const now = Date.now();
    if (now - told < OFTEN && loaded < total) return;
    told = now;
    tell("progress", { what: file.what, bytes: file.bytes, loaded, total });
  }

  async function cache() {
    try {
      return await scope.caches.open(CACHE);
    } catch {
      return null; // not over plain http, nor from disk: the browser's own cache is left
    }
  }

  // What Python has made of the packages' source: good as long as all of them are the same.
  const COMPILED = "/home/pyodide/.compiled";
  const compiledKey = () =>
    `${NOWHERE}compiled?${Array.from(files.values(), (file) => file.sha256.slice(0, 8)).join("")}`;

  const key = (file) => `${NOWHERE}${file.name}?${file.sha256}`;

  const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const base64 = (digits) => btoa(digits.replace(/../g, (two) => String.fromCharCode(Number.parseInt(two, 16))));

  const unreached = (file) =>
    new CannotLoad(
      `Python cannot be loaded, because ${new URL(file.url).host || "the site"} cannot be reached: ` +
        "run the cell again when there is a connection, or download the notebook and run it on your machine.",
    );
  const another = (file) =>
    new CannotLoad(
      `${file.name} from ${new URL(file.url).host} is not the file that this course was tested with, so it was not ` +
        "run: load the page again, or download the notebook and run it on your machine.",
    );

  function joined(parts, length) {
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /** The bytes of a file from the network, as they come; nobody waits for a connection that is dead. */
  async function download(file, how) {
    const stop = new AbortController();
    // A file that the browser hashes is given only when it is whole.
    const patience = how.integrity ? 10 * STALLED : STALLED;
    let watch = setTimeout(() => stop.abort(), patience);
    let got = 0;
    try {
      const response = await network(file.url, { ...how, signal: stop.signal });
      if (!response.ok) throw unreached(file);
      const parts = [];
      const reader = response.body.getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        clearTimeout(watch);
        watch = setTimeout(() => stop.abort(), patience);
        parts.push(part.value);
        got += part.value.length;
        progress(file, part.value.length);
      }
      return joined(parts, got);
    } catch {
      progress(file, -got);
      throw unreached(file);
    } finally {
      clearTimeout(watch);
    }
  }

  async function fromNetwork(file) {
    const subtle = scope.crypto?.subtle;
    // The name holds no version, but the hash does: what the browser keeps is as good as what the server has.
    for (const keep of ["force-cache", "reload"]) {
      // Over plain http the browser hashes for nobody but itself.
      const how = subtle ? { cache: keep } : { cache: keep, integrity: `sha256-${base64(file.sha256)}` };
      const bytes = await download(file, how);
      if (!subtle || hex(await subtle.digest("SHA-256", bytes)) === file.sha256) return bytes;
      progress(file, -bytes.length);
    }
    throw another(file);
  }

  async function fromDisk(text) {
    // No Blob: from disk WebKit can make one, but not read it.
    const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Response(packed).body.pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  async function look(file) {
    if (disk[file.name]) {
      const bytes = await fromDisk(disk[file.name]);
      delete disk[file.name];
      progress(file, file.bytes);
      return bytes;
    }
    const kept = await cache();
    const found = await kept?.match(key(file)).catch(() => null);
    if (found) {
      const bytes = new Uint8Array(await found.arrayBuffer());
      progress(file, file.bytes);
      return bytes;
    }
    const bytes = await fromNetwork(file);
    kept?.put(key(file), new Response(bytes.slice())).catch(() => {}); // no room: it is loaded again next time
    return bytes;
  }

  /** A file's bytes; one that could not be had is asked for again. */
  function bring(name) {
    if (!brought.has(name)) {
      const coming = look(files.get(name));
      coming.catch(() => brought.delete(name));
      brought.set(name, coming);
    }
    return brought.get(name);
  }

  /** Take out of the cache what another version of the site has put there. */
  async function tidy() {
    const kept = await cache();
    const wanted = new Set([compiledKey(), ...Array.from(files.values(), key)]);
    for (const request of (await kept?.keys()) ?? [])
      if (!wanted.has(request.url)) kept.delete(request).catch(() => {});
  }

  const TYPES = { wasm: "application/wasm", json: "application/json" };

  scope.fetch = async (address, options) => {
    const url = String(address?.url ?? address);
    if (!url.startsWith(NOWHERE)) return network(address, options);
    const name = url.slice(NOWHERE.length);
    if (name === LOCK) return new Response(JSON.stringify(lock));
    const bytes = await bring(name);
    brought.delete(name); // it is asked for once, and is large
    return new Response(bytes, { headers: { "content-type": TYPES[name.split(".").pop()] ?? "" } });
  };

  /** Run a script that was checked: as a Blob, which a site's policy allows; from disk WebKit lets nobody read one. */
  function execute(bytes) {
    if (!scope.location.href.startsWith("blob:http")) return scope.eval(new TextDecoder().decode(bytes));
    const address = URL.createObjectURL(new Blob([bytes], { type: "text/javascript" }));
    try {
      return scope.importScripts(address);
    } finally {
      URL.revokeObjectURL(address);
    }
  }

  // ------------------------------------------------------------ outputs

  let job = null;
  const decoders = {};
  let pending = { stream: "", text: "" };
  let count;

  function begin(id) {
    job = id;
    count = { characters: 0, lines: 0, displays: 0, all: 0, sent: 0, cut: false, full: false };
    for (const stream of ["stdout", "stderr"]) decoders[stream] = new TextDecoder();
    pending = { stream: "", text: "" };
  }

  const out = (output) => tell("output", { id: job, output });

  function flush() {
    if (pending.text) {
      out({ kind: "text", ...pending });
      if (count) count.sent = Date.now();
    }
    pending = { stream: pending.stream, text: "" };
  }

  function note(text) {
    flush();
    out({ kind: "text", stream: "stderr", text: `${text}\n` });
  }

  function print(stream, bytes) {
    if (!count || count.cut) return;
    let text = decoders[stream].decode(bytes, { stream: true });
    if (pending.stream !== stream) flush();
    pending.stream = stream;
    const room = MOST.characters - count.characters;
    const full = text.length > room;
    if (full) text = text.slice(0, room);
    count.characters += text.length;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count.lines++;
    pending.text += text;
    if (full || count.lines >= MOST.lines) {
      count.cut = true;
      note(`\nThe cell prints more than a page can hold; what comes after this is left out.\n${GOES_ON}`);
    } else if (Date.now() - count.sent > OFTEN) flush();
  }

  function send(kind, data) {
    if (kind === "flush") return flush();
    if (!count || count.full) return undefined;
    if (data.length > MOST.one)
      return note(
        `An output of ${data.length.toLocaleString("en")} characters is too large for a page and is left out.`,
      );
    count.displays++;
    count.all += data.length;
    if (count.displays > MOST.displays || count.all > MOST.all) {
      count.full = true;
      return note(
        `The cell shows more than a page holds; after ${count.displays - 1} outputs the rest is left out. ${GOES_ON}`,
      );
    }
    flush();
    const text = data.length > MOST.characters && kind === "result" ? `${data.slice(0, MOST.characters)}\n…` : data;
    if (kind === "html") return out({ kind, html: data });
    return out(kind === "image" ? { kind, src: data } : { kind, text });
  }

  // ------------------------------------------------------------ Python

  let pyodide;
  let cells;
  let imports;
  const installed = new Set();

  async function start(message) {
    for (const file of message.files) {
      files.set(file.name, file);
      total += file.bytes;
    }
    ({ disk, lock, imports } = message);
    try {
      const core = await Promise.all(CORE.map((name) => bring(name)));
      // The packages come while Python starts; who fails is asked for again by the cell that needs it.
      for (const name of files.keys()) if (!CORE.includes(name)) bring(name).catch(() => {});
      tell("progress", { what: "starting Python", bytes: 0, loaded, total });
      execute(core[0]);
      execute(core[1]);
      pyodide = await scope.loadPyodide({ indexURL: NOWHERE, lockFileURL: NOWHERE + LOCK, stdout: () => {} });
      for (const name of CORE) brought.delete(name);
      for (const stream of ["stdout", "stderr"]) {
        const write = (bytes) => {
          print(stream, bytes);
          return bytes.length;
        };
        pyodide[stream === "stdout" ? "setStdout" : "setStderr"]({ write });
      }
      pyodide.setStdin({ error: true });
      if (message.buffer) pyodide.setInterruptBuffer(message.buffer);
      for (const [name, text] of Object.entries(message.python)) pyodide.FS.writeFile(`/home/pyodide/${name}`, text);
      const compiled = await (await cache())?.match(compiledKey()).catch(() => null);
      if (compiled) pyodide.FS.writeFile(COMPILED, new Uint8Array(await compiled.arrayBuffer()));
      cells = pyodide.pyimport("sgd_cells");
      cells.reuse_compiled(COMPILED, "/lib/");
      cells.install(send);
    } catch (error) {
      const why = error instanceof CannotLoad ? error.message : `Python did not start in this browser: ${error}`;
      return tell("failed", { sentence: why });
    }
    tell("ready");
    return tidy();
  }

  /** The packages that these stand on, and they themselves. */
  function closure(names, found = new Set()) {
    for (const name of names) {
      if (found.has(name)) continue;
      found.add(name);
      closure(lock.packages[name].depends, found);
    }
    return found;
  }

  async function install(source) {
    const asked = cells.imported(source);
    const modules = asked.toJs?.() ?? asked;
    const names = modules.map((module) => imports[module]).filter((name) => name);
    const missing = [...closure(names)].filter((name) => !installed.has(name));
    if (!missing.length) return;
    await Promise.all(missing.map((name) => bring(lock.packages[name].file_name)));
    const quiet = { messageCallback: () => {}, errorCallback: () => {}, checkIntegrity: false };
    await pyodide.loadPackage(missing, quiet);
    for (const name of missing) installed.add(name);
    if (missing.includes("matplotlib")) cells.leave_fonts_of_printers();
  }

  let keeping;
  async function keep() {
    const kept = await cache();
    if (!kept || !cells.store_compiled(COMPILED)) return;
    const bytes = pyodide.FS.readFile(COMPILED);
    pyodide.FS.unlink(COMPILED);
    await kept.put(compiledKey(), new Response(bytes)).catch(() => {});
  }

  async function run({ id, source, cell, live }) {
    clearTimeout(keeping);
    begin(id);
    try {
      await install(source);
      const answer = JSON.parse(await cells.run(source, cell, live));
      const full = pyodide._module.HEAP8.length > FULL; // it grows only
      if (full) note("The memory is full: Python is started again, and its variables are gone.");
      flush();
      tell("done", { id, ...answer, full });
      if (!full) keeping = setTimeout(keep, QUIET); // when nothing else is to be done
    } catch (/** @type {any} */ error) {
      flush();
      if (error instanceof CannotLoad) {
        const plain = { name: "CannotLoad", sentence: error.message, line: null, traceback: "" };
        tell("done", { id, ok: false, error: plain });
      } else if (error?.type === "KeyboardInterrupt") {
        const sentence = "The cell was stopped; the variables are kept.";
        tell("done", { id, ok: false, error: { name: error.type, sentence, line: null, traceback: "" } });
      } else tell("broken", { id, detail: String(error?.message ?? error).slice(0, 300) });
    }
  }

  // A cell that ends Python, as with os._exit, is never answered: the way out is an error that nobody awaits.
  function notice(event) {
    const why = event.reason ?? event.error;
    if (["Exit", "ExitStatus", "RangeError", "RuntimeError"].includes(why?.name)) tell("broken");
  }
  for (const kind of ["error", "unhandledrejection"]) scope.addEventListener(kind, notice);

  /** The names that a text takes from before it, for the page to know which cells it needs. */
  function names({ id, source }) {
    tell("done", { id, ok: true, names: JSON.parse(cells.taken(source)) });
  }

  const answers = { start, run, names };
  scope.onmessage = ({ data }) => answers[data.type](data);
}
