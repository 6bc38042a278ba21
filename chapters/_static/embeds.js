"use strict";
// The page of all widgets: a frame that is opened is as high as its widget, and the line to copy has its setting.

addEventListener("message", ({ data, source }) => {
  if (!/^sgd-embed:/.test(data?.type)) return;
  for (const frame of document.querySelectorAll(".sgd-embed iframe")) {
    if (frame.contentWindow !== source) continue;
    const line = frame.closest(".sgd-embed").querySelector("pre");
    if (data.type === "sgd-embed:height") {
      const height = Math.min(Number(data.height) || 0, 5000);
      frame.style.height = `${height}px`;
      line.textContent = line.textContent.replace(/ height="\d+"/, ` height="${height}"`);
    } else if (data.type === "sgd-embed:setting") {
      const query = String(new URLSearchParams(String(data.query))).replaceAll("&", "&amp;");
      line.textContent = line.textContent.replace(/\.html[^"]*"/, `.html?${query}"`);
    }
  }
});
