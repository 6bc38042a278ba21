"use strict";
// What the notebook's worker loads in place of Pyodide's own pyodide.js: Python comes from the public CDN,
// the course's packages from beside this file. Pyodide 0.27 resolves every name in its lock file against the
// address of pyodide.js, wherever the lock file itself is; so the names are made absolute here, where the
// address of the site is known.
const CDN = "@CDN@";
importScripts(`${CDN}pyodide.js`);
const start = self.loadPyodide;
self.loadPyodide = async (options) => {
  const site = options.indexURL;
  const lock = await (await fetch(new URL("pyodide-lock.json", site))).json();
  for (const one of Object.values(lock.packages)) one.file_name = new URL(one.file_name, site).href;
  const lockFileURL = URL.createObjectURL(new Blob([JSON.stringify(lock)], { type: "application/json" }));
  return start({ ...options, indexURL: CDN, lockFileURL });
};
