"use strict";
// What a reader takes along with one press: the code of a box, the address of a heading or of a figure. All of it is
// one stop of the Tab key, the last that the reader has passed, so Shift+Tab leads to it; the arrow keys to the others.

(() => {
  const article = document.querySelector(".bd-article");
  if (!article) return;

  const said = document.createElement("p");
  said.className = "sgd-unseen";
  said.role = "status";
  article.append(said);

  /** The title of the section around an element, as a reader sees it. */
  function titleAround(node) {
    const heading =
      node.closest("h1, h2, h3, h4, h5, h6") ?? node.closest("section")?.querySelector("h1, h2, h3, h4, h5, h6");
    const copy = heading?.cloneNode(true);
    for (const unseen of copy?.querySelectorAll(".headerlink, .section-number, .katex-html, annotation") ?? [])
      unseen.remove();
    return copy?.textContent.trim() ?? document.title;
  }

  /** Call the things to copy by what they copy and where they stand. */
  function nameAll(things) {
    const count = new Map();
    for (const thing of things) {
      const figure = thing.closest("figure");
      const what = thing.matches(".copybtn") ? "the code" : `the link to this ${figure ? "figure" : "heading"}`;
      const name = `Copy ${what}: ${titleAround(thing)}`;
      count.set(name, (count.get(name) ?? 0) + 1);
      thing.ariaLabel = count.get(name) > 1 ? `${name}, ${count.get(name)}` : name;
      thing.ariaDescription = "Arrow keys: the other things to copy";
      if (!thing.matches(".copybtn")) thing.title = `Copy ${what}`;
    }
  }

  /** Copy where a link leads, with the right to write to the clipboard or without. */
  async function copyLink(link) {
    let copied = true;
    try {
      await navigator.clipboard.writeText(link.href);
    } catch {
      copied = typeof ClipboardJS !== "undefined" && Boolean(ClipboardJS.copy(link.href));
      link.focus(); // which copying without that right has taken away
    }
    said.textContent = copied ? "Copied the link." : "The link is in the address bar.";
    link.classList.toggle("success", copied);
    setTimeout(() => link.classList.remove("success"), 2000);
  }

  for (const figure of article.querySelectorAll("figure[id]")) {
    const link = document.createElement("a");
    link.className = "headerlink";
    link.href = `#${figure.id}`;
    link.textContent = "#";
    figure.append(link);
  }

  const things = [...article.querySelectorAll(".copybtn, a.headerlink")];
  nameAll(things);

  for (const thing of things) {
    thing.addEventListener("click", () => {
      said.textContent = "";
      if (thing.href) return copyLink(thing);
      // after the script that copies, which takes the focus away
      setTimeout(() => {
        thing.focus();
        if (thing.classList.contains("success")) said.textContent = "Copied the code.";
      });
    });
  }

  // ---------------------------------------------------------------- one stop of the Tab key

  // Asked of as few as can be: each answer has the browser style a part of the page that may be far from the screen.
  const shown = (thing) => thing.checkVisibility();
  const MOVES = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

  /** Make things one stop; those that `keeps` names stay stops of their own. */
  function oneStop(things, keeps = () => false) {
    function stopAt(stop) {
      for (const thing of things) thing.tabIndex = thing === stop || keeps(thing) ? 0 : -1;
    }

    article.addEventListener("focusin", ({ target }) => {
      if (things.includes(target)) return stopAt(target);
      const before = (thing) => thing.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING;
      stopAt(things.findLast((thing) => before(thing) && shown(thing)) ?? things.find(shown));
    });

    article.addEventListener("keydown", (event) => {
      const move = MOVES[event.key];
      if (!things.includes(event.target) || !move || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      const there = things.filter(shown);
      const at = there.indexOf(event.target);
      there[Math.min(there.length - 1, Math.max(0, at + move))].focus();
    });

    stopAt(things.find(shown));
  }

  oneStop(things);
  Object.assign(globalThis, { sgdOneStop: oneStop }); // for the buttons of run.js
})();
