"use strict";
// Checks the numbers that a reader types, and keeps the prediction of each question. Every sentence about an answer
// comes from sgdlib.exercises, in the page; nothing leaves the browser.

(() => {
  // ---------------------------------------------------------------- what is kept from visit to visit

  const COURSE = "sgd-momentum-nesterov";

  function recall(kind, name) {
    try {
      return JSON.parse(localStorage.getItem(`${COURSE}:${kind}:${name}`));
    } catch {
      return null; // No storage, or not ours: the page works, it only forgets.
    }
  }

  function keep(kind, name, what) {
    try {
      const key = `${COURSE}:${kind}:${name}`;
      if (what === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(what));
    } catch {
      // As above.
    }
  }

  const LONGEST = 200; // letters in a field

  /** What was written in the fields of an exercise, and whether it was checked; what is not ours counts as nothing. */
  function recallFields(name) {
    const kept = recall("exercise", name);
    const isOurs = ([, field]) =>
      Array.isArray(field) &&
      typeof field[0] === "string" &&
      field[0] !== "" &&
      field[0].length <= LONGEST &&
      typeof field[1] === "boolean";
    const isObject = typeof kept === "object" && kept !== null && !Array.isArray(kept);
    return new Map(isObject ? Object.entries(kept).filter(isOurs) : []);
  }

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
    const checked = new Set();
    const touched = new Set(); // here; of the others another tab may know more

    function say(field) {
      const said = document.getElementById(field.getAttribute("aria-describedby"));
      said.replaceChildren();
      delete said.dataset.right;
      field.removeAttribute("aria-invalid");
      if (!checked.has(field)) return;
      const [right, sentence] = judge(wanted[field.name], field.value);
      const words = document.createElement("span");
      words.textContent = sentence;
      said.dataset.right = right;
      said.append(mark(right), words);
      if (!right) field.setAttribute("aria-invalid", "true");
    }

    function save() {
      const answers = recallFields(name);
      for (const field of touched) {
        if (field.value) answers.set(field.name, [field.value, checked.has(field)]);
        else answers.delete(field.name);
      }
      keep("exercise", name, answers.size ? Object.fromEntries(answers) : null);
    }

    const before = recallFields(name);
    for (const field of fields) {
      const [value, wasChecked] = before.get(field.name) ?? ["", false];
      field.value = value;
      if (wasChecked) checked.add(field);
      say(field);
      // A reader who comes back should not hear the old messages: from here on, what changes is announced.
      document.getElementById(field.getAttribute("aria-describedby")).role = "status";
      field.addEventListener("input", () => {
        touched.add(field);
        checked.delete(field);
        say(field);
        save();
      });
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const written = fields.filter((field) => field.value.trim());
      checked.clear();
      // An empty field can wait, unless all are empty.
      for (const field of written.length ? written : fields) {
        checked.add(field);
        touched.add(field);
      }
      fields.forEach(say);
      save();
      fields.find((field) => field.ariaInvalid === "true")?.focus();
    });
    box.querySelector(".sgd-plain").hidden = true;
    form.hidden = false;
  }

  // ---------------------------------------------------------------- questions

  function startQuiz(quiz) {
    const name = quiz.dataset.quiz;
    const choices = [...quiz.querySelectorAll(".sgd-choice")];
    // as written: a browser that translates the page changes the words later
    const texts = new Map(choices.map((choice) => [choice, choice.querySelector("summary").firstChild.textContent]));

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
      const right = choice.dataset.right === "true";
      said.replaceChildren(
        mark(right),
        right ? "Your prediction is right." : "Your prediction is not right. Which one is?",
      );
      said.dataset.right = right;
      again.hidden = false;
    }

    const before = choices.find((choice) => texts.get(choice) === recall("quiz", name));
    if (before) {
      before.open = true;
      predict(before);
    }
    said.role = "status";
    for (const choice of choices) {
      // A click is the reader's, by mouse, finger or key; `toggle` would also be the printer's or the search's.
      choice.querySelector("summary").addEventListener("click", () => {
        if (predicted) return;
        keep("quiz", name, texts.get(choice));
        predict(choice);
      });
    }
    again.addEventListener("click", () => {
      keep("quiz", name, null);
      const summary = predicted.querySelector("summary");
      summary.replaceChildren(summary.firstChild);
      predicted = null;
      for (const choice of choices) choice.open = false;
      said.replaceChildren();
      delete said.dataset.right;
      again.hidden = true;
      choices[0].querySelector("summary").focus();
    });
  }

  document.querySelectorAll(".sgd-exercise").forEach(startExercise);
  document.querySelectorAll(".sgd-quiz").forEach(startQuiz);
})();
