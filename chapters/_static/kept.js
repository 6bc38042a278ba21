"use strict";
// The one place that touches this browser's storage for what the reader did: answers, code, marks and the place. What
// is read has been checked, what is written has been checked, and all of it can be taken along, brought and forgotten.
//
// It is loaded before the theme's script. Where storage is blocked or full, a stand-in that lasts as long as the page
// takes its place, for that script, too: without one it breaks down, and with it the theme's switch and the search.

globalThis.sgdKept = (() => {
  const COURSE = "sgd-momentum-nesterov";
  // In every key, so that another edition in another folder of the same disk keeps its own. Raise it when a kept value
  // changes its form, and say in readOlder what becomes of the old ones.
  const EDITION = 2;
  const OURS = `${COURSE}:${EDITION}:`;
  const LONGEST_CODE = 20_000; // letters
  const LONGEST = 8 * LONGEST_CODE; // of a stored value: a letter in JSON takes six at most
  const PROBE = [`${COURSE}-probe`, "-".repeat(64)];

  // ---------------------------------------------------------------- a place to keep it

  /** A store for this page alone, over a real one (or null) that can be read and is full; it has Storage's methods. */
  function standIn(real) {
    const own = new Map();
    const names = () => {
      const below = Array.from({ length: real?.length ?? 0 }, (_, k) => real.key(k));
      return [...new Set([...below, ...own.keys()])];
    };
    return {
      getItem: (key) => own.get(String(key)) ?? real?.getItem(key) ?? null,
      setItem(key, value) {
        own.set(String(key), String(value));
        try {
          real.setItem(key, value);
          own.delete(String(key));
        } catch {
          // no room, or no store: it is here
        }
      },
      removeItem(key) {
        own.delete(String(key));
        real?.removeItem(key);
      },
      clear() {
        own.clear();
        real?.clear();
      },
      key: (k) => names()[k] ?? null,
      get length() {
        return names().length;
      },
    };
  }

  function replace(name, real) {
    const made = standIn(real);
    try {
      Object.defineProperty(window, name, { configurable: true, value: made });
    } catch {
      // Then it is ours alone.
    }
    return made;
  }

  /** The browser's own store, or a stand-in for one that cannot be reached or has no room. */
  function storage(name) {
    let real = null;
    try {
      real = window[name];
      real.getItem(PROBE[0]);
    } catch {
      return replace(name, null);
    }
    try {
      real.setItem(...PROBE);
      real.removeItem(PROBE[0]);
      return real;
    } catch {
      return replace(name, real);
    }
  }

  storage("sessionStorage");
  let store = storage("localStorage");
  let lost = !(globalThis.Storage && store instanceof Storage);

  // ---------------------------------------------------------------- what fits

  const isText = (value, most = 200) => typeof value === "string" && value !== "" && value.length <= most;
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const isAsked = (value) => typeof value === "string" && value.length <= 40;
  const areTexts = (value) => Array.isArray(value) && value.length <= 200 && value.every((each) => isText(each));
  const isTrue = (value) => value === true;

  // Of each kind, what may be kept; `asked` is the fingerprint of a question (chapters/_ext/exercises.py).
  const FITS = {
    // exercise/field: [the text, whether it was checked, asked]
    exercise: (value) =>
      Array.isArray(value) &&
      value.length === 3 &&
      isText(value[0]) &&
      typeof value[1] === "boolean" &&
      isAsked(value[2]),
    // [the place of the choice, asked]; an edition without a number kept the words of the choice
    quiz: (value) =>
      isText(value, 1000) ||
      (Array.isArray(value) && value.length === 2 && Number.isInteger(value[0]) && value[0] >= 0 && isAsked(value[1])),
    code: (value) => value === "" || isText(value, LONGEST_CODE),
    page: (value) => isObject(value) && areTexts(value.exercises) && areTexts(value.questions),
    read: isTrue,
    left: (value) => isObject(value) && isText(value.page),
    open: isTrue,
    older: isTrue, // that an older edition's were read
  };

  const keyOf = (kind, name) => `${OURS}${kind}:${name}`;

  /** The kind and the name in a key without its beginning. */
  function parts(rest) {
    const [kind, ...name] = rest.split(":");
    return [kind, name.join(":")];
  }

  function parse(text) {
    try {
      return text.length <= LONGEST ? JSON.parse(text) : undefined;
    } catch {
      return undefined;
    }
  }

  const fits = (kind, value) => Object.hasOwn(FITS, kind) && FITS[kind](value);

  // ---------------------------------------------------------------- one value

  /** What is kept under a name; undefined if nothing is, null if it is nothing that a page of ours has written. */
  function read(kind, name) {
    const text = store.getItem(keyOf(kind, name));
    if (text === null) return undefined;
    const value = parse(text);
    return fits(kind, value) ? value : null;
  }

  /** Keep a value, or with null none; return whether it is one that may be kept. */
  function write(kind, name, value) {
    const key = keyOf(kind, name);
    if (value === null) {
      store.removeItem(key);
      return true;
    }
    if (!fits(kind, value)) return false;
    const text = JSON.stringify(value);
    try {
      store.setItem(key, text);
    } catch {
      lost = true;
      store = replace("localStorage", store);
      store.setItem(key, text);
    }
    return true;
  }

  const allKeys = () => Array.from({ length: store.length }, (_, k) => store.key(k) ?? "");
  const kept = () =>
    allKeys()
      .filter((key) => key.startsWith(OURS))
      .map((key) => parts(key.slice(OURS.length)));

  /** The names under which something of a kind is kept. */
  const names = (wanted) => kept().flatMap(([kind, name]) => (kind === wanted ? [name] : []));

  const isEmpty = () => kept().every(([kind]) => kind === "older");

  // ---------------------------------------------------------------- an older edition

  /** What the edition without a number has kept, once; an exercise's fields were under one name. */
  function readOlder() {
    if (kept().length) return;
    const start = `${COURSE}:`;
    const old = allKeys().filter((key) => key.startsWith(start) && !/^\d+:/.test(key.slice(start.length)));
    for (const key of old) {
      const [kind, name] = parts(key.slice(start.length));
      const value = parse(store.getItem(key));
      if (kind === "all-open") write("open", "all", value);
      else if (kind !== "exercise") write(kind, name, value);
      else if (isObject(value))
        for (const [field, each] of Object.entries(value)) {
          // Nobody knows what was asked then: the text is kept, and not judged.
          if (Array.isArray(each)) write(kind, `${name}/${field}`, [each[0], each[1], ""]);
        }
    }
    if (old.length) write("older", "read", true);
  }
  readOlder();

  // ---------------------------------------------------------------- changed elsewhere

  const listeners = [];

  /** Call a function with the kind and the name of what another tab has changed; without them, if all may have. */
  const whenChanged = (listener) => listeners.push(listener);

  function tell(kind, name) {
    for (const listener of listeners) {
      try {
        listener(kind, name);
      } catch (error) {
        reportError(error); // one box that breaks down takes no other with it
      }
    }
  }

  addEventListener("storage", ({ key }) => {
    if (key === null) tell();
    else if (key.startsWith(OURS)) tell(...parts(key.slice(OURS.length)));
  });
  // Shown again as the reader had left it, while other pages went on.
  addEventListener("pageshow", (event) => {
    if (event.persisted) tell();
  });

  // ---------------------------------------------------------------- all of it

  /** All that is kept, as the text of a file. */
  function pack() {
    const found = kept().flatMap(([kind, name]) => {
      const value = kind === "older" ? null : read(kind, name);
      return value === null ? [] : [[`${kind}:${name}`, value]];
    });
    return JSON.stringify({ course: COURSE, edition: EDITION, kept: Object.fromEntries(found) }, null, 1);
  }

  /**
   * Keep what such a file holds, in the place of what has the same name, or alone; return how much, or null for another
   * file.
   */
  function unpack(text, isAlone = false) {
    let file = null;
    try {
      file = JSON.parse(text);
    } catch {
      // no JSON
    }
    if (!isObject(file) || file.course !== COURSE || file.edition !== EDITION || !isObject(file.kept)) return null;
    if (isAlone) for (const [kind, name] of kept()) if (kind !== "older") write(kind, name, null);
    let count = 0;
    for (const [key, value] of Object.entries(file.kept)) {
      const [kind, name] = parts(key);
      if (kind !== "older" && isText(name) && value !== null && write(kind, name, value)) count += 1;
    }
    tell();
    return count;
  }

  /** Forget all of it, an older edition's, too: the next reader at this computer is another. */
  function forget() {
    for (const key of allKeys()) if (key.startsWith(`${COURSE}:`)) store.removeItem(key);
    tell();
  }

  return { read, write, names, isEmpty, isLost: () => lost, whenChanged, pack, unpack, forget };
})();
