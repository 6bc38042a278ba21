"use strict";
// A page's Python: one worker, made when the first cell is run. No look of its own: what it gives is handed on.
// The build puts before this file what it needs (chapters/_tools/run_kernel.py): the worker's text, the Python that
// runs cells, and the list of files with their hashes and sizes.

(() => {
  /** @type {any} */
  const page = globalThis;
  const PARTS = page.sgdKernelParts;
  const PATIENCE = 3_000;
  const CACHE = "sgd-python";
  const AGAIN = "Python was started again, and the variables are gone: run the cells above once more.";
  const KEPT = "The cell was stopped; the variables are kept.";
  const NOTHING = "Nothing is running.";
  const LEFT = "The cell was not run, because the one before it was stopped.";
  const BROKEN = `The cell was too much for the browser's Python. ${AGAIN}`;
  const HALTED = "Loading was stopped; run a cell to go on with it.";
  const NO_WORKER =
    "This browser lets no Python start on this page: download the notebook and run it on your machine, " +
    "or open the page from a server (python -m http.server).";

  const problem = (name, sentence) => ({ name, sentence, line: null, traceback: "" });

  /** Where each file is, seen from this page. */
  function places(root) {
    const from = { site: new URL(PARTS.folder, root).href, cdn: PARTS.cdn };
    return PARTS.files.map((file) => ({ ...file, url: from[file.from] + file.name }));
  }

  /** From disk no script may read a file; a script that holds it as text may be loaded. Those not there are passed by. */
  function fromDisk(root, files) {
    const held = {};
    page.sgdKernelDisk = (name, text) => {
      held[name] = text;
    };
    const one = ({ name }) =>
      new Promise((done) => {
        const script = document.createElement("script");
        script.src = new URL(`_static/run/disk/${name}.js`, root).href;
        script.onload = script.onerror = () => {
          script.remove();
          done(null);
        };
        document.head.append(script);
      });
    return Promise.all(files.filter((file) => file.disk).map(one)).then(() => held);
  }

  /**
   * @param {{root: string, onProgress?: (progress: any) => void, onState?: (state: string, sentence?: string) => void}} options
   */
  function create({ root, onProgress = () => {}, onState = () => {} }) {
    const base = new URL(root, document.baseURI).href;
    const files = places(base);
    const local = base.startsWith("file:");
    let worker = null;
    let buffer = null;
    let ready = false;
    let started = null;
    let current = null;
    let queue = [];
    let number = 0;

    function settle(job, answer) {
      job.resolve({ outputs: job.outputs, ...answer });
    }

    /** Answer for all that was asked: `first` for the running cell, `rest` for those behind it. */
    function settleAll(first, rest) {
      const jobs = [current, ...queue];
      current = null;
      queue = [];
      jobs.forEach((job, place) => {
        if (job) settle(job, { ok: false, error: place === 0 ? first : rest });
      });
    }

    function end() {
      worker?.terminate();
      worker = null;
      ready = false;
      const waiting = started;
      started = null;
      return waiting;
    }

    function fail(sentence, name = "CannotLoad") {
      const waiting = end();
      const error = problem(name, sentence);
      settleAll(error, error);
      onState("dead", sentence);
      waiting?.resolve({ ok: false, sentence });
    }

    function renew(sentence) {
      const waiting = end();
      settleAll(problem("Restarted", sentence), problem("NotRun", LEFT));
      waiting?.resolve({ ok: false, sentence });
      onState("restarted", sentence);
      start();
    }

    function pump() {
      if (!ready || current || !queue.length) return;
      current = queue.shift();
      onState("busy");
      const { id, source, cell } = current;
      worker.postMessage({ type: "run", id, source, cell });
    }

    const answers = {
      progress: ({ what, loaded, total, bytes }) => onProgress({ what, loaded, total, bytes }),
      ready() {
        ready = true;
        onState("ready");
        started.resolve({ ok: true });
        pump();
      },
      failed: ({ sentence }) => fail(sentence),
      output({ id, output }) {
        if (current?.id !== id) return;
        current.outputs++;
        current.onOutput(output);
      },
      done({ id, ok, error }) {
        if (current?.id !== id) return;
        const job = current;
        current = null;
        onState("ready");
        settle(job, ok ? { ok } : { ok, error });
        pump();
      },
      broken: () => renew(BROKEN),
    };

    /** Load Python, unless it is there or on its way. */
    function start() {
      if (started) return started.promise;
      started = Promise.withResolvers?.() ?? deferred();
      const mine = started;
      onState("loading");
      begin(mine).catch((error) => {
        if (started === mine) fail(`${NO_WORKER} (${error})`);
      });
      return mine.promise;
    }

    async function begin(mine) {
      const disk = local ? await fromDisk(base, files) : {};
      if (started !== mine) return;
      const address = URL.createObjectURL(new Blob([PARTS.worker], { type: "text/javascript" }));
      const own = new Worker(address);
      worker = own;
      own.onmessage = ({ data }) => {
        URL.revokeObjectURL(address);
        if (worker === own) answers[data.type](data);
      };
      own.onerror = (event) => {
        event.preventDefault();
        if (worker !== own) return;
        if (ready) renew(BROKEN);
        else fail(NO_WORKER);
      };
      buffer = page.crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : null;
      const { python, lock, imports } = PARTS;
      own.postMessage({ type: "start", files, python, lock, imports, buffer, disk });
    }

    function deferred() {
      let resolve;
      const promise = new Promise((done) => {
        resolve = done;
      });
      return { promise, resolve };
    }

    function run(source, { cell = "cell", onOutput = () => {} } = {}) {
      return new Promise((resolve) => {
        queue.push({ id: ++number, source, cell, onOutput, resolve, outputs: 0 });
        start();
        pump();
      });
    }

    async function interrupt() {
      if (worker && !ready) {
        fail(HALTED, "Interrupted");
        return { restarted: false, sentence: HALTED };
      }
      if (!current) return { restarted: false, sentence: NOTHING };
      if (buffer) {
        const { id } = current;
        for (const job of queue.splice(0)) settle(job, { ok: false, error: problem("NotRun", LEFT) });
        buffer[0] = 2;
        for (let left = PATIENCE / 50; left && current?.id === id; left--)
          await new Promise((done) => setTimeout(done, 50));
        if (current?.id !== id) return { restarted: false, sentence: KEPT };
      }
      const sentence = `The cell was stopped. ${AGAIN}`;
      renew(sentence);
      return { restarted: true, sentence };
    }

    /** The bytes that are still to be loaded, and from where. */
    async function size() {
      let kept = [];
      try {
        kept = (await (await caches.open(CACHE)).keys()).map((request) => request.url);
      } catch {
        // there is no such cache here
      }
      const missing = files.filter(
        (file) => !(local && file.disk) && !kept.includes(`https://python.invalid/${file.name}?${file.sha256}`),
      );
      const bytes = missing.reduce((sum, file) => sum + file.bytes, 0);
      if (!missing.length) return { bytes, from: local ? "site" : "cache" };
      return { bytes, from: missing.some((file) => file.from === "cdn") ? "cdn" : "site" };
    }

    function dispose() {
      const waiting = end();
      const error = problem("Disposed", "The page has put its Python away.");
      settleAll(error, error);
      waiting?.resolve({ ok: false, sentence: error.sentence });
    }

    return { start, run, interrupt, size, dispose };
  }

  page.sgdKernel = { create };
})();
