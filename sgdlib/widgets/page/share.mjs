// A widget for a page of one's own: the line that shows it there, as it is now.

import { button } from "./buttons.mjs";
import { element } from "./dom.mjs";
import { query_of } from "./settings.mjs";

/** px, the width that the line asks for; what stands around a widget in its own file. */
const [WIDTH, AROUND] = [720, 90];

/**
 * The button that copies the line, on a page of the course's site; none elsewhere. Where copying is blocked the line
 * stands in a field, selected.
 * @param {{kind: string, title: string, root: HTMLElement, values: import("./settings.mjs").Values,
 *   say: (words: string) => void}} widget
 * @returns {HTMLButtonElement[]}
 */
export function embed_button({ kind, title, root, values, say }) {
  const up = document.documentElement.dataset.content_root;
  if (up === undefined) return [];
  const name = `The line that embeds the ${title[0].toLowerCase()}${title.slice(1)}`;
  const field = element("textarea", { class: "sgd-line-to-copy", readonly: "", rows: 4, "aria-label": name });
  const made = button("Embed", async () => {
    const line = line_for(`${kind}.html?${query_of(values)}`, title, root.offsetHeight + AROUND, up);
    field.remove();
    try {
      await navigator.clipboard.writeText(line);
      say(`Copied a line of HTML that shows this setting in a page of your own.${from_disk()}`);
    } catch {
      field.value = line;
      made.parentElement.after(field);
      field.focus();
      field.select();
      say(`This browser lets no page copy by itself: the line stands selected in the field.${from_disk()}`);
    }
  });
  return [made];
}

function from_disk() {
  if (window.location.protocol !== "file:") return "";
  return " Its address is relative: put this site's folder embed beside your page.";
}

/** The element of HTML for a page of the folder embed; its address is absolute where this page has one that lasts. */
function line_for(page, title, height, up) {
  const path = `embed/${page}`;
  const here = window.location.protocol === "file:";
  const address = here ? path : new URL(up + path, window.location.href).href;
  const words = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return (
    `<iframe src="${words(address)}" title="${words(title)}" width="${WIDTH}" height="${height}" loading="lazy" ` +
    'allow="clipboard-write; fullscreen" style="max-width: 100%; border: 0"></iframe>'
  );
}
