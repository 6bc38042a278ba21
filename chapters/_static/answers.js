"use strict";
// Where a page has something to answer, and after the list of the chapters: three buttons to take all answers along as
// a file, to bring such a file, and to forget them; and one line where this browser keeps nothing.

(() => {
  const kept = globalThis.sgdKept;
  const list = document.querySelector("ol.sgd-chapters");
  const article = document.querySelector(".bd-article");
  if (!kept || !(list || document.querySelector(".sgd-exercise form, .sgd-quiz"))) return;

  const FILE = "sgd-momentum-nesterov-answers.json";
  const LARGEST = 20e6; // bytes; more than a browser keeps
  const KEPT = "Your answers are kept in this browser only.";
  const NOT_KEPT =
    "Your answers will be gone when you leave or close this page: this browser’s storage is blocked or full.";

  function made(tag, words = "", of = {}) {
    const element = Object.assign(document.createElement(tag), of);
    element.append(words);
    return element;
  }

  function button(words, press) {
    const element = made("button", words, { type: "button" });
    element.addEventListener("click", press);
    return element;
  }

  // ---------------------------------------------------------------- the box

  const where = made("p", KEPT);
  const said = made("p", "", { role: "status", tabIndex: -1 });
  const take = button("Take my answers with me", () => {
    const link = made("a", "", { download: FILE });
    link.href = URL.createObjectURL(new Blob([kept.pack()], { type: "application/json" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // some browsers read it later
    said.textContent = `Saved as ${FILE}: bring that file to the page that you go on with.`;
  });
  const chosen = made("input", "", { type: "file", accept: ".json,application/json", hidden: true });
  const bring = button("Bring my answers", () => chosen.click());
  const forget = button("Forget my answers", ask);
  const question = made("span", "Forget the answers, code and marks of all chapters? ");
  const yes = button("Forget all of it", () => {
    kept.forget();
    answered("Forgotten: your answers, your code, the marks and the place.");
    said.focus();
  });
  const no = button("Keep it", () => {
    answered("");
    forget.focus();
  });
  const asked = made("p", question, { className: "sgd-kept-asks", hidden: true });
  asked.append(yes, no);
  const buttons = made("p", take);
  buttons.append(bring, forget, chosen);
  const box = made("div", where, { className: "sgd-kept", role: "group", ariaLabel: "Your answers" });
  box.append(buttons, asked, said);

  function ask() {
    said.textContent = "";
    buttons.hidden = true;
    asked.hidden = false;
    no.focus();
  }

  function answered(words) {
    buttons.hidden = false;
    asked.hidden = true;
    said.textContent = words;
    show();
  }

  asked.addEventListener("keydown", (event) => {
    if (event.key === "Escape") no.click();
  });

  async function read(file) {
    try {
      return file.size <= LARGEST ? await file.text() : "";
    } catch {
      return "";
    }
  }

  chosen.addEventListener("change", async () => {
    const [file] = chosen.files;
    if (!file) return;
    const before = kept.pack();
    const count = kept.unpack(await read(file));
    chosen.value = ""; // so that the same file can be chosen again
    if (count === null) answered(`“${file.name}” holds no answers to this edition of the course.`);
    else {
      answered(`Brought from “${file.name}”: ${count} ${count === 1 ? "entry" : "entries"}. `);
      const back = button("As it was", () => {
        kept.unpack(before, true);
        answered("As it was.");
        bring.focus();
      });
      if (count) said.append(back);
    }
  });

  // ---------------------------------------------------------------- nothing is kept

  const line = made("p", `${NOT_KEPT} “Take my answers with me”, at the end of the page, saves them.`, {
    className: "sgd-not-kept",
    role: "status",
  });

  /** Say so at the head of the page, or, where it turns out later, beside what the reader is answering. */
  function warn() {
    if (line.isConnected || !kept.isLost()) return;
    const here = document.activeElement?.closest(".sgd-exercise, .sgd-quiz");
    const head = article.querySelector(".sgd-head") ?? article.querySelector("h1");
    if (here) here.before(line);
    else head.after(line);
  }

  function show() {
    const isEmpty = kept.isEmpty();
    take.hidden = isEmpty;
    forget.hidden = isEmpty;
    where.textContent = kept.isLost() ? NOT_KEPT : KEPT;
    if (isEmpty && !kept.isLost()) where.textContent = "Have you answered questions of this course elsewhere?";
    where.className = list && kept.isLost() ? "sgd-not-kept" : "";
    // Where nothing is kept, a chapter has nothing to take along or forget; the first page is where to bring it.
    box.hidden = !list && isEmpty && !kept.isLost() && !said.textContent;
    if (!list) warn();
  }

  if (list) list.after(box);
  else article.append(box);
  show();
  kept.whenChanged(show);
  // After what is answered there has been kept.
  for (const kind of ["input", "submit", "click"]) {
    document.addEventListener(kind, (event) => {
      if (event.target.closest?.(".sgd-exercise, .sgd-quiz")) show();
    });
  }
})();
