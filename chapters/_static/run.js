"use strict";
// A Run button at each cell that runs in a browser, and in each exercise a button to write its code on the page. All
// else is loaded at the first press: chapters/_editor, the cells of the chapter, and Python.

(() => {
  const root = document.documentElement.dataset.content_root ?? "./";
  const chapter = location.pathname
    .split("/")
    .pop()
    .replace(/\.html$/, "");
  const count = new Map();
  let loading = null;

  function fetched(tag, address) {
    return new Promise((done, failed) => {
      const part = document.createElement(tag);
      if (tag === "link") part.rel = "stylesheet";
      part[tag === "link" ? "href" : "src"] = `${root}_static/run/${address}`;
      part.onload = done;
      part.onerror = () => {
        part.remove();
        failed();
      };
      document.head.append(part);
    });
  }

  async function load() {
    await Promise.all([
      fetched("link", "page.css"),
      fetched("script", "editor.js"),
      fetched("script", `cells/${chapter}.js`),
    ]);
    await fetched("script", "page.js");
  }

  /** Call a button by the section it stands in. */
  function name(bar, words) {
    const heading = bar.closest("section")?.querySelector("h1, h2, h3, h4, h5, h6")?.cloneNode(true);
    for (const unseen of heading?.querySelectorAll(".headerlink, .section-number, .katex-html, annotation") ?? [])
      unseen.remove();
    const title = heading?.textContent.trim() ?? document.title;
    const key = words + title;
    count.set(key, (count.get(key) ?? 0) + 1);
    return count.get(key) > 1 ? `${title}, ${count.get(key)}` : title;
  }

  function offer(place, words, becomes) {
    const bar = document.createElement("div");
    bar.className = "sgd-run";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words;
    bar.append(button);
    place.append(bar);
    bar.dataset.name = name(bar, words);
    button.ariaLabel = `${words}: ${bar.dataset.name}`;
    button.addEventListener("click", async () => {
      if (bar.dataset.pressed) return;
      bar.dataset.pressed = "true";
      button.tabIndex = 0; // a stop of its own, also where the page has not heard of the focus
      bar.querySelector("p")?.remove();
      try {
        loading ??= load();
        await loading;
        button.textContent = becomes;
        button.ariaLabel = `${becomes}: ${bar.dataset.name}`;
        globalThis.sgdRun.press(bar);
      } catch {
        loading = null;
        delete bar.dataset.pressed;
        const said = document.createElement("p");
        said.role = "status";
        bar.append(said);
        said.textContent = "A part of this page could not be loaded: are you offline? Press again to try again.";
      }
    });
  }

  const WITHOUT = "Needs Keras or scikit-learn, which the browser's Python has not: the output is the stored one.";
  for (const input of document.querySelectorAll(".sgd-needs-keras:not(.sgd-has-twin) div.cell_input")) {
    const bar = document.createElement("div");
    bar.className = "sgd-run";
    const words = document.createElement("p");
    words.textContent = WITHOUT;
    bar.append(words);
    input.append(bar);
  }
  for (const input of document.querySelectorAll("div.cell[id^='cell-']:not(.sgd-needs-keras) div.cell_input"))
    offer(input, "Run", "Run");
  // The code on the page needs Keras; its rule with sgdlib alone does not.
  for (const input of document.querySelectorAll(".sgd-has-twin div.cell_input"))
    offer(input, "Run the rule with sgdlib", "Run");
  for (const cell of document.querySelectorAll("div.tag_exercise[id^='cell-']:not(.sgd-needs-keras)")) {
    const box = cell.previousElementSibling;
    if (!box?.matches(".sgd-exercise")) continue;
    const begun = typeof globalThis.sgdKept?.read("code", box.dataset.exercise) === "string";
    offer(box, begun ? "Go on with your code" : "Write it here", "Run");
    const elsewhere = box.querySelector(".sgd-elsewhere");
    if (elsewhere) elsewhere.hidden = true;
  }

  // As copy.js has it: one stop of the Tab key, and the arrow keys lead to the others. Below an editor each is a stop.
  const buttons = [...document.querySelectorAll(".sgd-run > button")];
  for (const button of buttons) button.ariaDescription = "Arrow keys: the other cells to run";
  globalThis.sgdOneStop?.(buttons, (button) => button.parentElement.dataset.pressed);
})();
