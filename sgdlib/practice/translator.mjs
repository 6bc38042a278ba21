// The form of the page "Translator": fields for a library, the code for another, what still differs. It computes all
// itself, and keeps the settings in the page's address.

import { QUIET, element } from "../widgets/page/dom.mjs";
import { told } from "../widgets/page/told.mjs";
import { pasted, translate } from "./translate.mjs";

const { NAMES, FIELDS, ORDER, EXAMPLE, SAYS } = told.translator;
const PREFIX = "#translator?";
const MEASURED = SAYS.size.split("{")[0]; // what a sentence about the optimizer ends with
const STRANGE = "The link holds settings that this form does not have; they are left out.";

/** Code, which a translating browser leaves alone. */
function written_code(text) {
  return element("code", { translate: "no" }, text);
}

/** A field of the form and its label; `changed` hears of each change. */
function field_of(field, value, changed) {
  const id = `translator-${field.name}`;
  const label = element("label", { for: id }, written_code(field.name));
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
  const pre = element("pre", { tabindex: "0" }, written_code(text));
  pre.ariaLabel = `Code: ${title}`;
  pre.setAttribute("role", "region");
  return element("div", { class: "sgd-translator-code" }, copy, pre);
}

/** A library to choose. */
function library_field(id, words) {
  const options = ORDER.map((name) => element("option", { value: name }, NAMES[name]));
  const input = element("select", { id }, ...options);
  const box = element("div", { class: "sgd-translator-field" }, element("label", { for: id }, words), input);
  return { input, box };
}

/** Put the parts of the form in their place, and return those that change. */
function laid_out(root) {
  const [from, to] = [library_field("translator-from", "From"), library_field("translator-to", "To")];
  const area = element("textarea", { id: "translator-pasted", rows: "4", spellcheck: "false", autocomplete: "off" });
  const read_it = element("button", { type: "button" }, "Read it");
  const words = "Paste lines of code (they are read, not run), or fill in the arguments";
  const label = element("label", { for: "translator-pasted" }, words);
  const grid = element("div", { class: "sgd-translator-fields" });
  const message = element("p", { class: "sgd-translator-message", role: "alert" });
  const status = element("p", { class: "sgd-unseen", role: "status" });
  const result = element("div", { class: "sgd-translator-result" });
  root.replaceChildren(
    element("div", { class: "sgd-translator-both" }, from.box, to.box),
    element("div", { class: "sgd-translator-paste" }, label, area, read_it),
    element("fieldset", {}, element("legend", {}, "Arguments"), grid),
    message,
    result,
    status,
  );
  return { from: from.input, to: to.input, area, read_it, grid, message, status, result };
}

/** The code and the list of one way to translate. */
function list_of(title, code, differs, say) {
  return [
    element("p", { class: "sgd-translator-title" }, title),
    code_box(title, code, say),
    element(
      "p",
      { class: "sgd-translator-differs" },
      title.startsWith("Exactly") ? "What still differs in the optimizer" : "What still differs",
    ),
    element("ul", {}, ...differs.map((each) => element("li", {}, each))),
  ];
}

/** Put what is not a default into the address. */
function keep(source, target, values) {
  const query = new URLSearchParams({ from: source, to: target });
  for (const { name, default: usual } of FIELDS[source])
    if (Object.hasOwn(values, name) && String(values[name]) !== String(usual ?? ""))
      query.set(name, String(values[name]));
  const url = new URL(window.location.href);
  url.hash = `${PREFIX.slice(1)}${query}`;
  window.history.replaceState(window.history.state, "", url);
}

/** What a link asks for, as far as there is such a thing. */
function asked_by(hash) {
  const query = new URLSearchParams(hash.slice(PREFIX.length));
  const library = (name, usual) => (ORDER.includes(query.get(name)) ? query.get(name) : usual);
  const [source, target] = [library("from", "torch"), library("to", "keras3")];
  const known = Object.fromEntries(FIELDS[source].map((field) => [field.name, field]));
  const right = ([name, value]) => Object.hasOwn(known, name) && (known[name].values ?? [value]).includes(value);
  const strange = [...query].some((pair) => !["from", "to"].includes(pair[0]) && !right(pair));
  return { source, target, values: Object.fromEntries([...query].filter(right)), strange };
}

/**
 * Build the form in its place and answer at every change.
 * @param {HTMLElement} root
 */
function start(root) {
  const { from, to, area, read_it, grid, message, status, result } = laid_out(root);
  /** @type {Record<string, ReturnType<typeof field_of>>} */
  let shown = {};
  let later = 0;

  const say = (words) => {
    status.textContent = "";
    setTimeout(() => {
      status.textContent = words;
    });
  };
  const given = () => {
    const seen = FIELDS[from.value].filter(({ name }) => !shown[name].box.hidden);
    return Object.fromEntries(seen.map(({ name }) => [name, shown[name].read()]));
  };

  function show(values) {
    shown = {};
    for (const field of FIELDS[from.value]) {
      const value = Object.hasOwn(values, field.name) ? values[field.name] : field.default;
      shown[field.name] = field_of(field, value, answer);
    }
    grid.replaceChildren(...Object.values(shown).map(({ box }) => box));
    answer();
  }

  function answer() {
    for (const { name, when } of FIELDS[from.value])
      shown[name].box.hidden = when.length > 0 && !when[1].includes(shown[when[0]].read());
    const [source, target, values] = [from.value, to.value, given()];
    const made = translate(source, values, target);
    message.textContent = made.error;
    for (const [name, { input }] of Object.entries(shown))
      input.setAttribute("aria-invalid", String(made.error.startsWith(`${name} must`)));
    clearTimeout(later);
    later = setTimeout(() => {
      keep(source, target, values);
      if (!made.error) say(`Translated to ${NAMES[target]}: ${made.differs[0]}`);
    }, QUIET);
    result.classList.toggle("sgd-translator-old", Boolean(made.error));
    if (made.error) return;
    const plain = made.exact_code ? "Nearly: the plain arguments" : `${NAMES[target]}, in plain arguments`;
    const exact = "Exactly: with a small class of your own";
    const of_itself = (each) => !made.differs.includes(each) || each.includes(MEASURED);
    const second = made.exact_code ? list_of(exact, made.exact_code, made.exact_differs.filter(of_itself), say) : [];
    result.replaceChildren(...list_of(plain, made.code, made.differs, say), ...second);
  }

  /** Show the arguments that lines of code give; the other side may not be the same library. */
  function read(text, usual) {
    const [library, found, wrong] = pasted(text, usual);
    if (library) {
      from.value = library;
      part();
      show(found);
    }
    message.textContent = [...wrong, message.textContent].filter(Boolean).join(" ");
  }
  function part() {
    if (from.value === to.value) to.value = from.value === "keras3" ? "torch" : "keras3";
  }

  function take() {
    if (!window.location.hash.startsWith(PREFIX)) return false;
    const { source, target, values, strange } = asked_by(window.location.hash);
    [from.value, to.value] = [source, target];
    show(values);
    if (strange) message.textContent = STRANGE;
    root.scrollIntoView({ block: "start" });
    return true;
  }

  from.addEventListener("change", () => {
    part();
    show({});
  });
  to.addEventListener("change", answer);
  read_it.addEventListener("click", () => read(area.value, from.value));
  window.addEventListener("hashchange", take);
  if (take()) return;
  area.value = EXAMPLE;
  read(EXAMPLE, "torch");
  clearTimeout(later); // the address is the reader's until they change something
}

for (const root of document.querySelectorAll(".sgd-translator")) start(/** @type {HTMLElement} */ (root));
