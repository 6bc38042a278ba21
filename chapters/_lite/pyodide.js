"use strict";
// What the notebook's worker loads in place of Pyodide's own pyodide.js: Python comes from the public CDN,
// the course's packages from beside this file. Pyodide 0.27 resolves every name in its lock file against the
// address of pyodide.js, wherever the lock file itself is; so the names are made absolute here, where the
// address of the site is known.
const CDN = "@CDN@";
// JupyterLite would go on waiting without a word; failed.js, in the page, shows this.
function failed(error) {
  const host = new URL(CDN).host;
  self.postMessage({
    sgd_failed:
      `Python could not be loaded from ${host}. Check the connection, or ask whether this network lets ` +
      `${host} through, and reload the page. Without it, download the notebook from the chapter's page and ` +
      "run it on your machine.",
  });
  throw error;
}
try {
  importScripts(`${CDN}pyodide.js`);
} catch (error) {
  failed(error);
}
const start = self.loadPyodide;
self.loadPyodide = async (options) => {
  const site = options.indexURL;
  const lock = await (await fetch(new URL("pyodide-lock.json", site))).json();
  for (const one of Object.values(lock.packages)) one.file_name = new URL(one.file_name, site).href;
  const lockFileURL = URL.createObjectURL(new Blob([JSON.stringify(lock)], { type: "application/json" }));
  return start({ ...options, indexURL: CDN, lockFileURL }).catch(failed);
};
