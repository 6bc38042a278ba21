"use strict";
// Stands in for the page's Python in tests of what the page does with it. `sgdFake.ran` holds what was run, in order;
// what a cell does is written in its code: `figure()`, `widget()`, `wrong()`, `forever()`.

(() => {
  const fake = {
    ran: [],
    created: 0,
    bytes: 21_000_000,
    from: "cdn",
    restarts: true,
    refuses: "",
    refusal: "CannotLoad",
  };
  Object.assign(globalThis, { sgdFake: fake });
  const SVG = '<figure class="sgd-figure"><svg role="img" aria-label="a line" viewBox="0 0 9 9"></svg></figure>';
  const pause = (time) => new Promise((done) => setTimeout(done, time));

  function create({ onProgress, onState }) {
    fake.created += 1;
    let loaded = null;
    let stop = null;
    let queue = Promise.resolve();

    async function load() {
      onState("loading");
      for (const part of [0, 0.5, 1]) {
        onProgress({ what: "Python", loaded: part * fake.bytes, total: fake.bytes });
        await pause(60);
      }
      onState("ready");
    }

    async function answer(source, { cell, onOutput }) {
      if (fake.refuses) {
        onState("dead", fake.refuses);
        return { ok: false, error: { name: fake.refusal, sentence: fake.refuses, line: null, traceback: "" } };
      }
      loaded ??= load();
      await loaded;
      onState("busy");
      fake.ran.push([cell, source]);
      const lines = source.split("\n");
      const wrong = lines.findIndex((line) => line.includes("wrong()"));
      if (source.includes("forever()")) {
        const sentence = await new Promise((done) => {
          stop = done;
        });
        return { ok: false, error: { name: "Restarted", sentence, line: null, traceback: "" } };
      }
      if (source.includes("figure()")) onOutput({ kind: "html", html: SVG });
      if (source.includes("widget()"))
        onOutput({ kind: "html", html: document.querySelector("[data-still]").innerHTML });
      if (source.includes("print(")) onOutput({ kind: "text", stream: "stdout", text: "printed\n" });
      if (source.includes("check(")) onOutput({ kind: "html", html: '<div class="sgd-check">x: Right.</div>' });
      onState("ready");
      if (wrong < 0) return { ok: true };
      const sentence = `Line ${wrong + 1}: the name wrong is not known.`;
      return { ok: false, error: { name: "NameError", sentence, line: wrong + 1, traceback: "Traceback" } };
    }

    return {
      run(source, options) {
        queue = queue.then(() => answer(source, options));
        return queue;
      },
      async names(source) {
        if (fake.refuses) return answer(source, {});
        loaded ??= load();
        await loaded;
        return { ok: true, names: [...new Set(source.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? [])] };
      },
      async interrupt() {
        const sentence = "Python was started again: its variables are gone.";
        if (fake.restarts) onState("restarted", sentence);
        onState("ready");
        stop?.(sentence);
        return { restarted: fake.restarts, sentence };
      },
      size: async () => ({ bytes: loaded ? 0 : fake.bytes, from: loaded ? "cache" : fake.from }),
      dispose() {},
    };
  }
  Object.assign(globalThis, { sgdKernel: { create } });
})();
