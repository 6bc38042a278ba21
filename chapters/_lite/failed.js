"use strict";
// In JupyterLite's page: shows what pyodide.js says from the kernel's worker when Python cannot be loaded.
{
  const Plain = window.Worker;
  window.Worker = class extends Plain {
    constructor(...options) {
      super(...options);
      this.addEventListener("message", ({ data }) => {
        if (data?.sgd_failed) show(data.sgd_failed);
      });
    }
  };
  function show(sentence) {
    const box = document.createElement("div");
    box.setAttribute("role", "alert");
    box.style.cssText =
      "position:fixed;inset:auto 0 0;z-index:10000;padding:1rem;background:#fff;color:#222;" +
      "border-top:4px solid #b00020;font:1rem/1.5 sans-serif;display:flex;gap:1rem;align-items:center;" +
      "justify-content:space-between";
    const close = document.createElement("button");
    close.textContent = "Close";
    close.addEventListener("click", () => box.remove());
    box.append(sentence, close);
    document.body.append(box);
  }
}
