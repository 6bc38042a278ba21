"use strict";
// Loaded by every page. Nothing here is needed to read: it helps keyboards and printers.

// A box that scrolls sideways needs a tab stop, one that does not should have none. Each is measured once the browser
// has laid it out: a question about one far below would have it lay out all the chapter.
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else if (target.tabIndex === 0) target.removeAttribute("tabindex");
  }
});
const BOXES = ".bd-article :is(.katex-display, pre, .pst-scrollable-table-container, div.output.text_html)";
function watchScrollers() {
  sizes.disconnect();
  for (const box of document.querySelectorAll(BOXES)) sizes.observe(box);
}
watchScrollers();
document.fonts.ready.then(watchScrollers); // with its own font a formula has another width

// What is far below takes its height only when it comes near, so the place that a link leads to may move while the
// browser goes there: go again until it stays, or the reader takes over. Who comes back is taken back by the browser.
let frame = 0;
let taken = false;
function arrive({ type }) {
  const place = document.getElementById(location.hash.slice(1));
  if (!place || history.state?.sgd_arrived === location.hash) return;
  history.replaceState({ ...history.state, sgd_arrived: location.hash }, "");
  if (type === "load" && taken) return; // read on while the page was still loading
  let [top, same, left] = [Number.NaN, 0, 120];
  function again() {
    const now = place.getBoundingClientRect().top;
    same = Math.abs(now - top) < 1 ? same + 1 : 0;
    if (same > 9 || left-- === 0) return;
    place.scrollIntoView({ behavior: "instant" });
    top = place.getBoundingClientRect().top;
    frame = requestAnimationFrame(again);
  }
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(again);
}
for (const kind of ["wheel", "touchstart", "keydown", "pointerdown"]) {
  const take = () => {
    taken = true;
    cancelAnimationFrame(frame);
  };
  addEventListener(kind, take, { passive: true });
}
addEventListener("hashchange", arrive);
addEventListener("load", arrive);

// A closed box cannot be opened on paper: open all to print, then close those again. The answers of questions and
// exercises stay as the reader left them. And paper is white, whatever the theme on the screen.
const { dataset } = document.documentElement;
let opened = [];
let theme = dataset.theme;
addEventListener("beforeprint", () => {
  theme = dataset.theme;
  dataset.theme = "light";
  opened = [...document.querySelectorAll("details:not([open], .sgd-choice, .tag_exercise details)")];
  for (const box of opened) box.open = true;
});
addEventListener("afterprint", () => {
  dataset.theme = theme;
  for (const box of opened) box.open = false;
  opened = [];
});

// Where the reader's system sets the colours, the ground is the system's, and pictures made for the other one would
// fade into it: the theme follows the system, whatever was chosen here.
const forced = matchMedia("(forced-colors: active)");
const dark = matchMedia("(prefers-color-scheme: dark)");
function followSystem() {
  if (forced.matches) dataset.theme = dark.matches ? "dark" : "light";
}
followSystem();
new MutationObserver(followSystem).observe(document.documentElement, { attributeFilter: ["data-mode"] });
for (const system of [forced, dark]) system.addEventListener("change", followSystem);

// From disk no browser lets Python start: say so, instead of opening a page that stays empty.
if (location.protocol === "file:") {
  document.addEventListener("click", (event) => {
    const rocket = event.target.closest?.("a.btn-rocket");
    if (!rocket) return;
    event.preventDefault();
    const box = document.createElement("dialog");
    const page = location.pathname.split("/").slice(-2).join("/");
    box.className = "sgd-dialog";
    box.setAttribute("aria-label", rocket.getAttribute("aria-label") ?? rocket.title);
    box.innerHTML = `<p>A page opened from disk may not start Python, so run <code>python -m http.server</code> in
      the folder that holds <code>chapters</code> and <code>lite</code>, then open
      <a href="http://localhost:8000/${page}">http://localhost:8000/${page}</a>.</p>
      <form method="dialog"><button>Close</button></form>`;
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
  });
}

// From disk the browser ignores `download` and shows the source; a script may bring it instead.
if (location.protocol === "file:") {
  let name = "";
  window.saveSource = (source) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([source], { type: "application/octet-stream" }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[download][href*='_sources/']");
    if (!link) return;
    event.preventDefault();
    name = link.href.split("/").pop();
    const script = document.createElement("script");
    script.src = `${link.href}.js`;
    script.onload = () => script.remove();
    document.head.append(script);
  });
}
