"use strict";
// Opens the search, which is loaded only then, and marks on the page what a hit was found by.

(() => {
  const root = new URL("..", document.currentScript.src);
  const dialog = document.getElementById("pst-search-dialog");
  // The page of the search has a field of its own, and needs no dialog.
  const own = document.querySelector("article form.bd-search");
  const isMac = /^(Mac|iPhone|iPad)/.test(navigator.platform);
  let loading;

  // A script and not data, for a page opened from disk may not fetch.
  function load() {
    loading ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = new URL("_static/search-index.js", root);
      script.onload = () => done(window.courseSearch);
      script.onerror = failed;
      document.head.append(script);
    });
    return loading;
  }

  async function start(form, most) {
    const box = document.createElement("div");
    box.className = "sgd-search";
    form.after(box);
    try {
      const { attach } = await load();
      attach(form, box, { root, most, pattern });
    } catch {
      box.textContent = "The search could not be loaded. Look the word up in the glossary.";
    }
  }

  let isReady = false;
  function open() {
    if (own) return own.querySelector("input").select();
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("input").select();
    if (isReady) return;
    isReady = true;
    const form = dialog.querySelector("form");
    start(form, 10);
    form.addEventListener("submit", (event) => {
      const best = dialog.querySelector(".sgd-hits a");
      if (!best) return;
      event.preventDefault();
      best.click();
    });
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close";
    close.addEventListener("click", () => dialog.close());
    form.append(close);
    // Else a browser only empties the field at the first Escape.
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      dialog.close();
    });
  }

  const isField = (element) => element.closest("textarea, select, [contenteditable], input:not([type=range])");
  // Before the theme, which would open its own search.
  addEventListener(
    "keydown",
    (event) => {
      const command = isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
      const isShortcut = command && !event.shiftKey && event.key.toLowerCase() === "k";
      const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !isField(event.target);
      if (event.altKey || !(isShortcut || isSlash)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      open();
    },
    true,
  );
  document.addEventListener(
    "click",
    (event) => {
      if (event.target === dialog) dialog.close(); // beside what it holds
      if (!event.target.closest(".search-button__button")) return;
      event.stopImmediatePropagation();
      open();
    },
    true,
  );

  // ---------------------------------------------------------------- what was found, marked

  const ANSWERS = ".sgd-choice, .tag_exercise details"; // stay as the reader left them
  const UNMARKED = "script, style, svg, .katex-mathml, .headerlink, .sgd-marks";

  /** What matches words as they are written; between two of a phrase there may be a line's end. */
  function pattern(words) {
    const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+"));
    const longest = escaped.sort((a, b) => b.length - a.length).join("|") || "(?!)";
    return new RegExp(`(?<![\\p{Script=Latin}\\d_])(${longest})(?![\\p{Script=Latin}\\d_])`, "giu");
  }

  /** Where the words stand in the article, as ranges. */
  function places(words) {
    const wanted = pattern(words);
    const walker = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
    const ranges = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.parentElement.closest(UNMARKED)) continue;
      for (const match of node.data.matchAll(wanted)) {
        const range = new Range();
        range.setStart(node, match.index);
        range.setEnd(node, match.index + match[0].length);
        ranges.push(range);
      }
    }
    return ranges;
  }

  function unmark() {
    CSS.highlights?.delete("sgd-found");
    document.querySelector(".sgd-marks")?.remove();
  }

  /** Open what hides the ranges in a section; those in other sections stay as they are. */
  function reveal(ranges, section) {
    for (const { startContainer } of ranges) {
      if (startContainer.parentElement.closest("section") !== section) continue;
      let box = startContainer.parentElement.closest(`details:not([open], ${ANSWERS})`);
      for (; box; box = box.parentElement.closest("details:not([open])")) box.open = true;
    }
  }

  /** Mark the words, show them in the section that a hit leads to, and offer to take the marks away. */
  function mark(words, anchor) {
    if (words.length === 0) return;
    unmark();
    const ranges = places(words);
    const target = document.getElementById(anchor);
    if (target) reveal(ranges, target.closest("section"));
    // A browser that cannot mark without changing the page leaves it as it is.
    if (CSS.highlights && ranges.length) {
      CSS.highlights.set("sgd-found", new Highlight(...ranges));
      const bar = document.createElement("p");
      bar.className = "sgd-marks";
      bar.innerHTML = `${ranges.length === 1 ? "1 place" : `${ranges.length} places`} marked
        <button type="button">Remove the marks</button>`;
      bar.querySelector("button").addEventListener("click", unmark);
      document.querySelector("article").prepend(bar);
    }
    target?.scrollIntoView({ behavior: "instant" });
  }

  const wordsOf = (address) => (new URL(address).searchParams.get("highlight") ?? "").split(",").filter(Boolean);
  mark(wordsOf(location.href), location.hash.slice(1));

  // A hit on this very page needs no loading.
  dialog?.addEventListener("click", (event) => {
    const link = event.target.closest(".sgd-hits a");
    if (!link || link.pathname !== location.pathname || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    dialog.close();
    location.hash = link.hash;
    mark(wordsOf(link.href), link.hash.slice(1));
  });

  if (own) {
    const field = own.querySelector("input");
    field.value = new URL(location.href).searchParams.get("q") ?? "";
    field.focus();
    start(own, 50);
  }
})();
