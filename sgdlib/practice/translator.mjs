// The form of the page "Translator": fields for a library, the code for another, what still differs. It computes all
// itself, and keeps the settings in the page's address.

import { QUIET, element } from "../widgets/page/dom.mjs";
import { told } from "../widgets/page/told.mjs";
import { pasted, translate } from "./translate.mjs";

const { NAMES, FIELDS, ORDER, EXAMPLE } = told.translator;
const PREFIX = "#translator?";

/** A field of the form and its label; `changed` hears of each change. */
function field_of(field, value, changed) {
  const id = `translator-${field.name}`;
  const label = element("label", { for: id }, element("code", {}, field.name));
  let input = element("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false" });
  if (field.kind === "flag") {
    input = element("input", { id, type: "checkbox" });
    input.checked = value === true || value === "True" || value === "true";
  } else if (field.kind === "choice") {
    input = element("select", { id }, ...field.values.map((each) => element("option", { value: each }, each)));
    input.value = value;
  } else input.value = value === null || value === undefined ? "" : String(value);
  input.addEventListener(field.kind === "number" || field.kind === "count" ? "input" : "change", changed);
  const box = element("div", { class: "sgd-translator-field" }, label, input);
  const read = () => (field.kind === "flag" ? input.checked : input.value);
  return { box, input, read };
}

/** A box with code and a button that copies it. */
function code_box(title, text, say) {
  const copy = element("button", { type: "button" }, "Copy");
  copy.ariaLabel = `Copy the code: ${title}`;
  copy.addEventListener("click", async () => {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = element("textarea", {});
      area.value = text;
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      copy.focus();
    }
    say(done ? "Copied the code." : "The browser does not let this page copy: select the code.");
  });
  const pre = element("pre", { tabindex: "0" }, element("code", {}, text));
  pre.ariaLabel = `Code: ${title}`;
  pre.setAttribute("role", "region");
  return element("div", { class: "sgd-translator-code" }, copy, pre);
}

/**
 * Build the form in its place and answer at every change.
 * @param {HTMLElement} root
 */
function start(root) {
  const select = (id, words) => {
    const options = ORDER.map((name) => element("option", { value: name }, NAMES[name]));
    const input = element("select", { id }, ...options);
    return { input, box: element("div", { class: "sgd-translator-field" }, element("label", { for: id }, words), input) };
  };
  const [from, to] = [select("translator-from", "From"), select("translator-to", "To")];
  const swap = element("button", { type: "button" }, "Swap");
  const area = element("textarea", { id: "translator-pasted", rows: "4", spellcheck: "false", autocomplete: "off" });
  const read_it = element("button", { type: "button" }, "Read it");
  const paste = element(
    "div",
    { class: "sgd-translator-paste" },
    element("label", { for: "translator-pasted" }, "Paste lines of code (they are read, not run), or fill in the fields"),
    area,
    read_it,
  );
  const grid = element("div", { class: "sgd-translator-fields" });
  const fields = element("fieldset", {}, element("legend", {}, "Arguments"), grid);
  const message = element("p", { class: "sgd-translator-message", role: "alert" });
  const status = element("p", { class: "sgd-unseen", role: "status" });
  const result = element("div", { class: "sgd-translator-result" });
  const both = element("div", { class: "sgd-translator-both" }, from.box, to.box, swap);
  root.replaceChildren(both, paste, fields, message, result, status);

  /** @type {Record<string, ReturnType<typeof field_of>>} */
  let shown = {};
  let later = 0;

  const say = (words) => {
    status.textContent = "";
    setTimeout(() => {
      status.textContent = words;
    });
  };

  /** The arguments that the form gives, those in view. */
  function given() {
    const values = {};
    for (const field of FIELDS[from.input.value])
      if (!shown[field.name].box.hidden) values[field.name] = shown[field.name].read();
    return values;
  }

  function show_fields(values) {
    shown = {};
    for (const field of FIELDS[from.input.value])
      shown[field.name] = field_of(field, Object.hasOwn(values, field.name) ? values[field.name] : field.default, answer);
    grid.replaceChildren(...Object.values(shown).map(({ box }) => box));
  }

  function list_of(title, code, differs) {
    const items = differs.map((each) => element("li", {}, each));
    return [
      element("p", { class: "sgd-translator-title" }, title),
      code_box(title, code, say),
      element("p", { class: "sgd-translator-differs" }, "What still differs"),
      element("ul", {}, ...items),
    ];
  }

  function answer() {
    for (const { name, when } of FIELDS[from.input.value])
      shown[name].box.hidden = when.length > 0 && !when[1].includes(shown[when[0]].read());
    const [source, target, values] = [from.input.value, to.input.value, given()];
    const made = translate(source, values, target);
    message.textContent = made.error;
    for (const [name, { input }] of Object.entries(shown))
      input.toggleAttribute("aria-invalid", made.error.startsWith(`${name} must`));
    clearTimeout(later);
    later = setTimeout(() => {
      keep(source, target, values);
      if (!made.error) say(`Translated to ${NAMES[target]}: ${made.differs[0]}`);
    }, QUIET);
    if (made.error) return result.classList.add("sgd-translator-old");
    result.classList.remove("sgd-translator-old");
    const plain = made.exact_code ? "Nearly: the plain arguments" : `${NAMES[target]}, in plain arguments`;
    const exact = made.exact_code
      ? list_of("Exactly: with a small class of your own", made.exact_code, made.exact_differs)
      : [];
    result.replaceChildren(...list_of(plain, made.code, made.differs), ...exact);
  }

  /** Put what is not a default into the address. */
  function keep(source, target, values) {
    const query = new URLSearchParams({ from: source, to: target });
    for (const { name, default: usual } of FIELDS[source])
      if (Object.hasOwn(values, name) && String(values[name]) !== String(usual ?? "")) query.set(name, String(values[name]));
    const url = new URL(window.location.href);
    url.hash = `${PREFIX.slice(1)}${query}`;
    window.history.replaceState(window.history.state, "", url);
  }

  /** Take the settings of a link; what it asks that is not there is said. */
  function take(hash) {
    const query = new URLSearchParams(hash.slice(PREFIX.length));
    const source = ORDER.includes(query.get("from")) ? query.get("from") : "torch";
    from.input.value = source;
    to.input.value = ORDER.includes(query.get("to")) ? query.get("to") : "keras3";
    const known = FIELDS[source].map(({ name }) => name);
    const values = Object.fromEntries([...query].filter(([name]) => known.includes(name)));
    for (const field of FIELDS[source])
      if (field.kind === "choice" && !field.values.includes(values[field.name])) delete values[field.name];
    show_fields(values);
    answer();
    const strange = [...query.keys()].filter((name) => !["from", "to", ...known].includes(name));
    if (strange.length) message.textContent = "The link holds settings that this form does not have; they are left out.";
    root.scrollIntoView({ block: "start" });
  }

  function read_pasted() {
    const [library, found, wrong] = pasted(area.value, from.input.value);
    if (library) {
      from.input.value = library;
      if (library === to.input.value) to.input.value = library === "keras3" ? "torch" : "keras3";
      show_fields(found);
      answer();
    }
    message.textContent = [...wrong, message.textContent].filter(Boolean).join(" ");
  }

  from.input.addEventListener("change", () => {
    if (from.input.value === to.input.value) to.input.value = from.input.value === "keras3" ? "torch" : "keras3";
    show_fields({});
    answer();
  });
  to.input.addEventListener("change", answer);
  swap.addEventListener("click", () => {
    const made = translate(from.input.value, given(), to.input.value);
    const [library, found] = pasted(made.code ?? "", to.input.value);
    [from.input.value, to.input.value] = [to.input.value, from.input.value];
    show_fields(library === from.input.value ? found : {});
    answer();
  });
  read_it.addEventListener("click", read_pasted);
  window.addEventListener("hashchange", () => window.location.hash.startsWith(PREFIX) && take(window.location.hash));
  if (window.location.hash.startsWith(PREFIX)) take(window.location.hash);
  else {
    area.value = EXAMPLE;
    const [library, found] = pasted(EXAMPLE, "torch");
    [from.input.value, to.input.value] = [library, "keras3"];
    show_fields(found);
    answer();
    clearTimeout(later); // the address is the reader's until they change something
  }
}

/** Start the form of the page. */
export function start_all() {
  for (const root of document.querySelectorAll(".sgd-translator")) start(/** @type {HTMLElement} */ (root));
}
