"use strict";
// The page of all widgets: an entry that is opened shows its widget, in the page's theme and at its height, and the
// line to copy has its setting. The frame is made then, since some browsers load every frame from disk at once.

{
  /** The parts of each open entry, by its frame. */
  const opened = new Map();

  function put(line, part, text) {
    line.textContent = line.textContent.replace(part, () => text);
  }

  function load(frame, { line, file }) {
    const [, query] = line.textContent.match(/\.html\??([^"]*)"/);
    frame.src = `${file}?${query.replaceAll("&amp;", "&")}&theme=${document.documentElement.dataset.theme}`;
  }

  function show({ target }) {
    const box = target.closest(".sgd-embed > details");
    if (!box?.open || box.querySelector("iframe")) return;
    const entry = box.parentElement;
    const parts = { line: box.querySelector("pre"), file: entry.querySelector(".sgd-alone").href };
    const frame = document.createElement("iframe");
    frame.title = entry.querySelector("h3").textContent;
    frame.allow = "clipboard-write; fullscreen";
    opened.set(frame, parts);
    load(frame, parts);
    box.querySelector("summary").after(frame);
  }

  addEventListener("message", ({ data, source }) => {
    const [, { line } = {}] = [...opened].find(([frame]) => frame.contentWindow === source) ?? [];
    if (!line) return;
    if (data?.type === "sgd-embed:height" && Number.isFinite(data.height) && data.height > 0) {
      const height = Math.ceil(Math.min(data.height, 5000));
      line.closest("details").querySelector("iframe").style.height = `${height}px`;
      put(line, / height="\d+"/, ` height="${height}"`);
    } else if (data?.type === "sgd-embed:setting" && typeof data.query === "string") {
      const query = String(new URLSearchParams(data.query));
      put(line, /\.html[^"]*"/, `.html?${query.replaceAll("&", "&amp;")}"`);
    }
  });

  // On a server the lines are whole; from disk they are right where the folder of the widgets lies beside a page.
  if (location.protocol.startsWith("http")) {
    for (const entry of document.querySelectorAll(".sgd-embed"))
      put(entry.querySelector("pre"), / src="embed\/[\w-]+\.html/, ` src="${entry.querySelector(".sgd-alone").href}`);
  }
  document.addEventListener("toggle", show, { capture: true });
  new MutationObserver(() => {
    for (const [frame, parts] of opened) load(frame, parts);
  }).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}
