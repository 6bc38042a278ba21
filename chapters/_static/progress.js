"use strict";
// Where the reader is: which chapters were begun or read to their end, how many exercises and questions are answered,
// and the section left last. It is kept in this browser and nowhere else, and one button on the first page forgets it.
// Without a place to keep it there is no progress, and no error.

(() => {
  const COURSE = "sgd-momentum-nesterov";
  const LONGEST = 200; // letters of what is kept in words
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href);

  // ---------------------------------------------------------------- what is kept

  /** The place where a browser keeps things, or null. */
  function storage() {
    try {
      return window.localStorage;
    } catch {
      return null;
    }
  }

  function recall(kind, name) {
    try {
      return JSON.parse(storage()?.getItem(`${COURSE}:${kind}:${name}`) ?? "null");
    } catch {
      return null; // not ours
    }
  }

  function keep(kind, name, what) {
    try {
      storage()?.setItem(`${COURSE}:${kind}:${name}`, JSON.stringify(what));
    } catch {
      // full, or blocked
    }
  }

  function forget() {
    try {
      const store = storage();
      const keys = Array.from({ length: store.length }, (_, k) => store.key(k));
      for (const key of keys) if (key.startsWith(`${COURSE}:`)) store.removeItem(key);
    } catch {
      // There was nothing.
    }
  }

  const isText = (value) => typeof value === "string" && value !== "" && value.length <= LONGEST;
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const names = (value) => (Array.isArray(value) ? [...new Set(value.filter(isText))] : []);

  /** Whether an exercise was checked, with whatever result; what is only typed is not yet an answer. */
  function isChecked(name) {
    const fields = recall("exercise", name);
    return isObject(fields) && Object.values(fields).some((field) => Array.isArray(field) && field[1] === true);
  }

  // ---------------------------------------------------------------- the pages

  /** A page by its address in the book, however the server spells it. */
  function pageOf(address) {
    const url = new URL(address, location.href);
    if (!url.href.startsWith(root.href)) return null;
    return url.href
      .slice(root.href.length)
      .replace(/[?#].*$/, "")
      .replace(/\.html$/, "");
  }

  const here = pageOf(location.href);
  const list = document.querySelector("ol.sgd-chapters");
  // Of each page: its links in the sidebar and in the list of chapters.
  const links = new Map();
  for (const link of document.querySelectorAll(
    ".bd-links a.reference.internal, ol.sgd-chapters a.reference.internal",
  )) {
    const page = pageOf(link.href);
    if (page) links.set(page, [...(links.get(page) ?? []), link]);
  }

  /** What is known of a page: null if it was never begun. */
  function progressOf(page) {
    const known = recall("page", page);
    if (!isObject(known)) return null;
    const [exercises, questions] = [names(known.exercises), names(known.questions)];
    return {
      isRead: recall("read", page) === true,
      exercises: exercises.length,
      checked: exercises.filter(isChecked).length,
      questions: questions.length,
      predicted: questions.filter((name) => isText(recall("quiz", name))).length,
    };
  }

  function wordsOf({ isRead, exercises, checked, questions, predicted }) {
    const said = [isRead ? "read" : "begun"];
    if (checked) said.push(`${checked} of ${exercises} exercises answered`);
    if (predicted) said.push(`${predicted} of ${questions} predictions made`);
    return said.join(", ");
  }

  function showMarks() {
    for (const old of document.querySelectorAll(".sgd-progress")) old.remove();
    for (const [page, places] of links) {
      const progress = progressOf(page);
      if (!progress) continue;
      const words = wordsOf(progress);
      for (const link of places) {
        const mark = document.createElement("span");
        mark.className = "sgd-progress";
        mark.title = words;
        const sign = document.createElement("span");
        sign.ariaHidden = "true";
        sign.textContent = [
          progress.isRead ? "✓" : "…",
          progress.checked ? `${progress.checked}/${progress.exercises}` : "",
        ].join(" ");
        const unseen = document.createElement("span");
        unseen.className = "sgd-unseen";
        unseen.textContent = ` (${words})`;
        mark.append(sign, unseen);
        link.append(mark);
      }
    }
  }

  // ---------------------------------------------------------------- the first page

  /** The words of a link, without our mark. */
  function titleOf(link) {
    const copy = link.cloneNode(true);
    for (const mark of copy.querySelectorAll(".sgd-progress")) mark.remove();
    return copy.textContent.trim().replace(/\s+/g, " ");
  }

  const box = document.createElement("div");
  box.className = "sgd-go-on";

  function showPlace() {
    const last = recall("left", "last");
    const [link] = (isObject(last) && isText(last.page) && links.get(last.page)) || [];
    const isAny = link || [...links.keys()].some(progressOf);
    box.hidden = !isAny;
    box.replaceChildren();
    if (!isAny) return;
    if (link) {
      const line = document.createElement("p");
      const way = document.createElement("a");
      const isSection = isText(last.id) && isText(last.title);
      way.href = isSection ? `${link.href.split("#")[0]}#${encodeURIComponent(last.id)}` : link.href;
      way.textContent = isSection ? `${titleOf(link)}, ${last.title}` : titleOf(link);
      line.append(isSection ? "Go on where you were: " : "Go on with ", way);
      box.append(line);
    }
    const words = document.createElement("p");
    words.className = "sgd-forget";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Forget my progress";
    button.addEventListener("click", () => {
      forget();
      showMarks();
      words.textContent = "Forgotten: what you have read, the place and your answers.";
      words.tabIndex = -1;
      box.replaceChildren(words);
      words.focus();
    });
    words.append(button, " It is kept in this browser only. Forgotten are the marks, the place and all your answers.");
    box.append(words);
  }

  // ---------------------------------------------------------------- a chapter

  function follow() {
    const article = document.querySelector("article");
    const found = (selector, name) => [...article.querySelectorAll(selector)].map((each) => each.dataset[name]);
    const exercises = found(".sgd-exercise:has(form)", "exercise");
    const questions = found(".sgd-quiz", "quiz");
    if (!here || !links.has(here) || exercises.length + questions.length === 0) return;

    const headings = [...article.querySelectorAll("section > :is(h2, h3)")];
    const end = headings.at(-1);

    /** The words of a heading, without its number and the link to itself. */
    function wordsOfHeading(heading) {
      const copy = heading.cloneNode(true);
      for (const extra of copy.querySelectorAll(".section-number, .headerlink")) extra.remove();
      return copy.textContent.trim().slice(0, LONGEST);
    }

    function begin() {
      keep("page", here, { exercises, questions });
    }

    // Who has read to the end goes on with the next page.
    function finish() {
      begin();
      finishedAt = scrollY;
      keep("read", here, true);
      const next = document.querySelector("a.right-next");
      if (next) keep("left", "last", { page: pageOf(next.href) });
      showMarks();
    }

    let left = null;
    let finishedAt = null; // where the page stood when its end was in view

    // Asked only when a heading comes or goes, and a reader who has just opened the page has read nothing.
    function look() {
      // Who stands at the end has left no section behind it, until the reader goes a screen back.
      if (scrollY === 0 || (finishedAt !== null && scrollY > finishedAt - innerHeight)) return;
      const above = headings.filter(
        (each) => each.getBoundingClientRect().top < innerHeight / 2 && each.checkVisibility?.() !== false,
      );
      const heading = above.at(-1);
      if (!heading || heading === left) return;
      left = heading;
      if (heading === end) return finish();
      begin();
      keep("left", "last", { page: here, id: heading.parentElement.id, title: wordsOfHeading(heading) });
      showMarks();
    }
    const sight = new IntersectionObserver(look, { rootMargin: "0px 0px -50% 0px" });
    for (const heading of headings) sight.observe(heading);
    // The last lines of a page may never come up to its middle.
    const last = new IntersectionObserver((seen) => {
      if (scrollY > 0 && seen.some((each) => each.isIntersecting)) finish();
    });
    last.observe(document.querySelector(".prev-next-footer, .prev-next-area") ?? end);

    // After exercises.js, which hears of it nearer to the place.
    for (const kind of ["submit", "click"]) {
      document.addEventListener(kind, (event) => {
        if (!event.target.closest?.(".sgd-exercise, .sgd-quiz")) return;
        begin();
        showMarks();
      });
    }
  }

  function show() {
    showMarks();
    if (list) showPlace();
  }
  if (list) document.querySelector("article h1").after(box);
  else follow();
  show();
  // What another tab has done, and what was done before the reader came back to this page.
  addEventListener("storage", show);
  addEventListener("pageshow", (event) => {
    if (event.persisted) show();
  });
})();
