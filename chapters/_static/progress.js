"use strict";
// Where the reader is: which chapters were begun or read to their end, how many exercises and questions are answered,
// and the section left last. It is kept in this browser and nowhere else (kept.js), and forgotten with the answers.

(() => {
  if (!globalThis.sgdKept) return;
  const { read, write, names, whenChanged } = globalThis.sgdKept;
  const LONGEST = 200; // letters of a heading
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href);

  const isText = (value) => typeof value === "string" && value !== "" && value.length <= LONGEST;

  /** The exercises that were checked, with whatever result; what is only typed is not yet an answer. */
  function checkedExercises() {
    const checked = names("exercise").filter((name) => read("exercise", name)?.[1]);
    return new Set(checked.map((name) => name.replace(/\/[^/]*$/, "")));
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
  function progressOf(page, answered = checkedExercises()) {
    const known = read("page", page);
    if (!known) return null;
    const [exercises, questions] = [new Set(known.exercises), new Set(known.questions)];
    return {
      isRead: read("read", page) === true,
      exercises: exercises.size,
      checked: [...exercises].filter((name) => answered.has(name)).length,
      questions: questions.size,
      predicted: [...questions].filter((name) => read("quiz", name)).length,
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
    const answered = checkedExercises();
    for (const [page, places] of links) {
      const progress = progressOf(page, answered);
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
    const last = read("left", "last");
    const [link] = (last && links.get(last.page)) || [];
    box.hidden = !link;
    box.replaceChildren();
    if (link) {
      const line = document.createElement("p");
      const way = document.createElement("a");
      const isSection = isText(last.id) && isText(last.title);
      way.href = isSection ? `${link.href.split("#")[0]}#${encodeURIComponent(last.id)}` : link.href;
      way.textContent = isSection ? `${titleOf(link)}, ${last.title}` : titleOf(link);
      line.append(isSection ? "Go on where you were: " : "Go on with ", way);
      box.append(line);
    }
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
      write("page", here, { exercises, questions });
    }

    // Who has read to the end goes on with the next page.
    function finish() {
      begin();
      finishedAt = scrollY;
      write("read", here, true);
      const next = document.querySelector("a.right-next");
      if (next) write("left", "last", { page: pageOf(next.href) });
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
      write("left", "last", { page: here, id: heading.parentElement.id, title: wordsOfHeading(heading) });
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
  // What another tab has done, what was brought or forgotten, and what was done before the reader came back.
  whenChanged(show);
})();
