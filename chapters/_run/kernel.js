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
  const AGAIN = "Python was started again, and the variables are gone: the next run begins with the cells above.";
  const KEPT = "The cell was stopped; the variables are kept.";
  const NOTHING = "Nothing is running.";
  const LEFT = "The cell was not run, because the one before it was stopped.";
  const BROKEN = `The cell was too much for the browser's Python. ${AGAIN}`;
  const FULL = `The memory that the browser gives Python is full. ${AGAIN}`;
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

  /** From disk no script may read a file, but one that holds it as text may be loaded. What is not there is left. */
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

  function deferred() {
    let resolve;
    const promise = new Promise((done) => {
      resolve = done;
    });
    return { promise, resolve };
  }

  class Kernel {
    worker = null;
    buffer = null;
    ready = false;
    started = null;
    current = null;
    queue = [];
    number = 0;

    /**
     * @param {{root: string, onProgress?: (p: any) => void, onState?: (state: string, why?: string) => void}} options
     */
    constructor({ root, onProgress = () => {}, onState = () => {} }) {
      this.base = new URL(root, document.baseURI).href;
      this.files = places(this.base);
      this.local = this.base.startsWith("file:");
      this.onProgress = onProgress;
      this.onState = onState;
    }

    // ---------------------------------------------------------- what a page asks for

    /** Load Python, unless it is there or on its way: {ok, sentence?}. */
    start() {
      if (this.started) return this.started.promise;
      const mine = deferred();
      this.started = mine;
      this.onState("loading");
      this.#begin(mine).catch(() => {
        if (this.started === mine) this.#fail(NO_WORKER);
      });
      return mine.promise;
    }

    /** Run a cell after those that wait: {ok, outputs, error?}. */
    run(source, { cell = "cell", onOutput = () => {} } = {}) {
      return this.#ask({ type: "run", source, cell, onOutput });
    }

    /** The names that a text takes from before it, null where it is no Python: {ok, names, error?}. */
    names(source) {
      return this.#ask({ type: "names", source });
    }

    #ask(job) {
      return new Promise((resolve) => {
        this.queue.push({ id: ++this.number, resolve, outputs: 0, ...job });
        this.start();
        this.#pump();
      });
    }

    /** Stop what runs, and what waits behind it: {restarted, sentence}. */
    async interrupt() {
      if (this.started && !this.ready) {
        this.#fail(HALTED, "Interrupted");
        return { restarted: false, sentence: HALTED };
      }
      if (!this.current) return { restarted: false, sentence: NOTHING };
      if (this.buffer && (await this.#asked(this.current))) return { restarted: false, sentence: KEPT };
      const sentence = `The cell was stopped. ${AGAIN}`;
      this.#renew(sentence);
      return { restarted: true, sentence };
    }

    /** The bytes that are still to be loaded, and from where: {bytes, from}. */
    async size() {
      let kept = [];
      try {
        kept = (await (await caches.open(CACHE)).keys()).map((request) => request.url);
      } catch {
        // there is no such cache here
      }
      const missing = this.files.filter(
        (file) => !(this.local && file.disk) && !kept.includes(`https://python.invalid/${file.name}?${file.sha256}`),
      );
      const bytes = missing.reduce((sum, file) => sum + file.bytes, 0);
      if (!missing.length) return { bytes, from: this.local ? "site" : "cache" };
      return { bytes, from: missing.some((file) => file.from === "cdn") ? "cdn" : "site" };
    }

    /** End the worker for good. */
    dispose() {
      const error = problem("Disposed", "The page has put its Python away.");
      this.#end({ ok: false, sentence: error.sentence });
      this.#settleAll(error, error);
    }

    // ---------------------------------------------------------- the worker

    async #begin(mine) {
      const disk = this.local ? await fromDisk(this.base, this.files) : {};
      if (this.started !== mine) return;
      const address = URL.createObjectURL(new Blob([PARTS.worker], { type: "text/javascript" }));
      const own = new Worker(address);
      this.worker = own;
      own.onmessage = ({ data }) => {
        URL.revokeObjectURL(address);
        if (this.worker === own) this.#hear(data);
      };
      own.onerror = (event) => {
        event.preventDefault();
        if (this.worker !== own) return;
        if (this.ready) this.#renew(BROKEN);
        else this.#fail(NO_WORKER);
      };
      this.buffer = page.crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : null;
      const { python, lock, imports } = PARTS;
      own.postMessage({ type: "start", files: this.files, python, lock, imports, buffer: this.buffer, disk });
    }

    /** @param {any} message */
    #hear({ type, ...said }) {
      if (type === "progress") this.onProgress(said);
      else if (type === "failed") this.#fail(said.sentence);
      else if (type === "broken") this.#renew(BROKEN);
      else if (type === "ready") {
        this.ready = true;
        this.onState("ready");
        this.started.resolve({ ok: true });
        this.#pump();
      } else if (said.id === this.current?.id) this.#answered(type, said);
    }

    #answered(type, { output, ok, error, full, names }) {
      const job = this.current;
      if (type === "output") {
        job.outputs++;
        job.onOutput(output);
        return;
      }
      this.current = null;
      this.onState("ready");
      settle(job, ok ? { ok, names } : { ok, error });
      if (full) this.#renew(FULL);
      this.#pump();
    }

    #pump() {
      if (!this.ready || this.current || !this.queue.length) return;
      this.current = this.queue.shift();
      this.onState("busy");
      const { id, type, source, cell } = this.current;
      if (this.buffer) this.buffer[0] = 0;
      const live = Boolean(globalThis.sgdWidgets); // which needs no picture of a widget
      this.worker.postMessage({ type, id, source, cell, live });
    }

    /** Ask Python to stop a cell; whether it did. */
    async #asked({ id }) {
      for (const job of this.queue.splice(0)) settle(job, { ok: false, error: problem("NotRun", LEFT) });
      this.buffer[0] = 2;
      for (let left = PATIENCE / 50; left && this.current?.id === id; left--)
        await new Promise((done) => setTimeout(done, 50));
      return this.current?.id !== id;
    }

    #end(answer) {
      this.worker?.terminate();
      this.worker = null;
      this.ready = false;
      const waiting = this.started;
      this.started = null;
      waiting?.resolve(answer);
    }

    /** Answer for all that was asked: `first` for the running cell, `rest` for those behind it. */
    #settleAll(first, rest) {
      const jobs = [this.current, ...this.queue];
      this.current = null;
      this.queue = [];
      for (const [place, job] of jobs.entries()) if (job) settle(job, { ok: false, error: place === 0 ? first : rest });
    }

    #fail(sentence, name = "CannotLoad") {
      const error = problem(name, sentence);
      this.#end({ ok: false, sentence });
      this.#settleAll(error, error);
      this.onState("dead", sentence);
    }

    #renew(sentence) {
      this.#end({ ok: false, sentence });
      this.#settleAll(problem("Restarted", sentence), problem("NotRun", LEFT));
      this.onState("restarted", sentence);
      this.start();
    }
  }

  const settle = (job, answer) => job.resolve({ outputs: job.outputs, ...answer });
  /** @param {ConstructorParameters<typeof Kernel>[0]} options */
  const create = (options) => new Kernel(options);

  page.sgdKernel = { create };
})();
