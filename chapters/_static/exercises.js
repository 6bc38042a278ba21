"use strict";
// Checks the numbers that a reader types, and keeps the prediction of each question. Every sentence about an answer
// comes from sgdlib.exercises, in the page; nothing leaves the browser.

(() => {
  // What is kept from visit to visit; without kept.js the page only forgets.
  const kept = globalThis.sgdKept ?? { read() {}, write() {}, names: () => [], whenChanged() {} };
  const DROPPED = "What was kept of your answer could not be read and is gone: answer again.";
  const OLDER = "You answered an earlier version of this question";

  // ---------------------------------------------------------------- numbers

  const { meanings, is_double, which } = globalThis.sgdNumbers;

  /** What Number.grade says of a number: whether it is right, and the sentence. */
  function grade(wanted, number) {
    const same = (given) => Math.abs(given - wanted.answer) <= wanted.slack;
    if (same(number)) return [true, wanted.said.right];
    for (const [answer, slack, sentence] of wanted.mistakes) {
      if (Math.abs(number - answer) <= slack) return [false, sentence];
    }
    if (wanted.answer && same(-number)) return [false, wanted.said.sign];
    if (wanted.share && same(number / 100)) return [false, wanted.said.percent];
    if (wanted.whole && number !== Math.round(number)) return [false, wanted.said.whole];
    const rounded = (short) => Math.abs(number - short) <= 1e-9 * Math.abs(short);
    if (wanted.short.some(rounded)) return [false, wanted.said.digits];
    if (!wanted.whole && Math.abs(number - wanted.answer) <= wanted.close) return [false, wanted.said.close];
    return [false, wanted.said.hint];
  }

  /** What is said of a text: right if one of its meanings is; asked about, if it has two and none is. */
  function judge(wanted, text) {
    const { values, why } = meanings(text);
    if (!values.length) return [false, why[0].toUpperCase() + why.slice(1)];
    const graded = values.map((value) => grade(wanted, value));
    const right = graded.find(([isRight]) => isRight);
    return right ?? (is_double(text, values) ? [false, which(text, values)] : graded[0]);
  }

  function mark(right) {
    const sign = document.createElement("span");
    sign.ariaHidden = "true";
    sign.textContent = right ? "✓ " : "✗ ";
    return sign;
  }

  function startExercise(box) {
    const form = box.querySelector("form");
    if (!form) return;
    const name = box.dataset.exercise;
    const wanted = JSON.parse(box.dataset.answers);
    const fields = [...form.querySelectorAll("input")];
    const names = fields.map((field) => `${name}/${field.name}`);
    const checked = new Set();
    const notes = new Map(); // what is said of a field that is not checked

    function say(field) {
      const said = document.getElementById(field.getAttribute("aria-describedby"));
      const words = document.createElement("span");
      said.replaceChildren();
      delete said.dataset.right;
      field.removeAttribute("aria-invalid");
      words.textContent = notes.get(field) ?? "";
      if (!checked.has(field)) return said.append(words);
      const [right, sentence] = judge(wanted[field.name], field.value);
      words.textContent = sentence;
      said.dataset.right = right;
      said.append(mark(right), words);
      if (!right) field.setAttribute("aria-invalid", "true");
    }

    // Field by field: of the others another tab may know more.
    function save(field) {
      const value = field.value && [field.value, checked.has(field), wanted[field.name].asked];
      kept.write("exercise", `${name}/${field.name}`, value || null);
    }

    /** What is kept of a field that has another name now: it was asked the same. */
    function moveHere(field) {
      const before = kept.names("exercise").filter((each) => each.startsWith(`${name}/`) && !names.includes(each));
      const old = before.find((each) => kept.read("exercise", each)?.[2] === wanted[field.name].asked);
      if (!old) return;
      kept.write("exercise", `${name}/${field.name}`, kept.read("exercise", old));
      kept.write("exercise", old, null);
    }

    /** Show what is kept of a field. */
    function show(field) {
      const found = kept.read("exercise", `${name}/${field.name}`);
      const [text, wasChecked, asked] = found ?? ["", false, ""];
      checked.delete(field);
      notes.delete(field);
      field.value = text;
      // Not what this field can hold, by its length or by what the browser has made of it.
      if (found === null || field.value !== text || text.length > field.maxLength) {
        field.value = "";
        kept.write("exercise", `${name}/${field.name}`, null);
        notes.set(field, DROPPED);
      } else if (wasChecked && asked === wanted[field.name].asked) checked.add(field);
      else if (wasChecked) notes.set(field, `${OLDER}: check it again.`);
      say(field);
    }

    for (const field of fields) {
      if (kept.read("exercise", `${name}/${field.name}`) === undefined) moveHere(field);
      show(field);
      // A reader who comes back should not hear the old messages: from here on, what changes is announced.
      document.getElementById(field.getAttribute("aria-describedby")).role = "status";
      field.addEventListener("input", () => {
        checked.delete(field);
        notes.delete(field);
        say(field);
        save(field);
      });
    }
    kept.whenChanged((kind, which) => {
      if (!kind) fields.forEach(show);
      else if (kind === "exercise" && names.includes(which)) show(fields[names.indexOf(which)]);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const written = fields.filter((field) => field.value.trim());
      checked.clear();
      // An empty field can wait, unless all are empty.
      for (const field of written.length ? written : fields) checked.add(field);
      fields.forEach(say);
      for (const field of written) save(field);
      fields.find((field) => field.ariaInvalid === "true")?.focus();
    });
    box.querySelector(".sgd-plain").hidden = true;
    form.hidden = false;
  }

  // ---------------------------------------------------------------- questions

  function startQuiz(quiz) {
    const name = quiz.dataset.quiz;
    const asked = quiz.dataset.asked ?? "";
    const choices = [...quiz.querySelectorAll(".sgd-choice")];

    const foot = document.createElement("div");
    foot.className = "sgd-predicted";
    const said = document.createElement("p");
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = "Ask me again";
    again.id = `again-${name}`;
    again.setAttribute("aria-labelledby", `${again.id} ${quiz.getAttribute("aria-labelledby")}`);
    again.hidden = true;
    foot.append(said, again);
    quiz.append(foot);

    let predicted = null;
    function predict(choice) {
      predicted = choice;
      const badge = document.createElement("span");
      badge.className = "sgd-badge";
      badge.textContent = "your prediction";
      choice.querySelector("summary").append(" ", badge);
      again.hidden = false;
    }

    function grade(choice) {
      const right = choice.dataset.right === "true";
      said.replaceChildren(
        mark(right),
        right ? "Your prediction is right." : "Your prediction is not right. Which one is?",
      );
      said.dataset.right = right;
    }

    function clear() {
      const summary = predicted?.querySelector("summary");
      summary?.replaceChildren(summary.firstChild);
      if (predicted) for (const choice of choices) choice.open = false;
      predicted = null;
      said.replaceChildren();
      delete said.dataset.right;
      again.hidden = true;
    }

    /** Show the prediction that is kept. */
    function show() {
      clear();
      let found = kept.read("quiz", name);
      if (typeof found === "string") {
        // An older edition kept the words of the choice.
        const place = choices.findIndex((each) => each.querySelector("summary").textContent === found);
        found = place < 0 ? [choices.length, ""] : [place, asked];
        kept.write("quiz", name, found);
      }
      if (found === undefined) return;
      const choice = choices[found?.[0]];
      if (choice) {
        choice.open = true;
        predict(choice);
        if (found[1] === asked) grade(choice);
        else said.textContent = `${OLDER}.`;
      } else {
        kept.write("quiz", name, null);
        said.textContent = found ? `${OLDER}: predict again.` : DROPPED;
      }
    }

    show();
    said.role = "status";
    kept.whenChanged((kind, which) => {
      if (!kind || (kind === "quiz" && which === name)) show();
    });
    for (const choice of choices) {
      // A click is the reader's, by mouse, finger or key; `toggle` would also be the printer's or the search's.
      choice.querySelector("summary").addEventListener("click", () => {
        if (predicted) return;
        kept.write("quiz", name, [choices.indexOf(choice), asked]);
        predict(choice);
        grade(choice);
      });
    }
    again.addEventListener("click", () => {
      kept.write("quiz", name, null);
      clear();
      choices[0].querySelector("summary").focus();
    });
  }

  /** One box that breaks down takes no other with it. */
  function startAll(selector, start) {
    for (const box of document.querySelectorAll(selector)) {
      try {
        start(box);
      } catch (error) {
        reportError(error);
      }
    }
  }
  startAll(".sgd-exercise", startExercise);
  startAll(".sgd-quiz", startQuiz);
})();
