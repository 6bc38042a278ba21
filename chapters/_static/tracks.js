"use strict";
// What is folded under "Why?" and in the claim boxes: one switch opens all of it and is kept from page to page, and a
// link that leads into a box opens it. Without this script each box still opens by itself.

(() => {
  const boxes = [...document.querySelectorAll("details:is(.sgd-why, .sgd-claim-evidence)")];
  const place = document.querySelector(".sgd-head") ?? document.querySelector("article h1");
  let isKept = false;

  const recall = () => {
    isKept = globalThis.sgdKept?.read("open", "all") === true;
  };

  const button = document.createElement("button");
  button.type = "button";
  button.className = "sgd-all-open";
  button.textContent = "Open all that is folded";
  function show() {
    button.setAttribute("aria-pressed", String(isKept));
    for (const box of boxes) box.open = isKept;
  }
  button.addEventListener("click", () => {
    isKept = !isKept;
    globalThis.sgdKept?.write("open", "all", isKept || null);
    show();
  });
  if (place.matches(".sgd-head")) place.append(button);
  else place.after(button);
  recall();
  show();
  globalThis.sgdKept?.whenChanged((kind) => {
    if (kind && kind !== "open") return;
    recall();
    show();
  });

  /** Open what hides the place that an address leads to, and what is folded below this heading or in this claim box. */
  function reveal(hash) {
    let name = hash.slice(1);
    try {
      name = decodeURIComponent(name);
    } catch {
      // A lone % stands for itself.
    }
    const target = document.getElementById(name);
    if (!target) return;
    const below = target.querySelector(":scope > :is(h2, h3) + details.sgd-why, :scope > .sgd-claim-evidence");
    if (below) below.open = true;
    for (let box = target.closest("details.sgd-why"); box; box = box.parentElement.closest("details.sgd-why")) {
      box.open = true;
    }
  }
  reveal(location.hash);
  addEventListener("hashchange", () => reveal(location.hash));
  // Before the browser goes there; and a link to where the address already leads changes nothing that could be heard.
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("a[href*='#']");
      if (link && link.pathname === location.pathname) reveal(link.hash);
    },
    true,
  );
})();
