// Finds the sections that answer a query: words by their stems, phrases by what they mean, misspelt words by the likeliest.
import entries from "entries";
import MiniSearch from "minisearch";
import { stem } from "porter2";
import synonyms from "./synonyms.json";

const UNHEARD = new Set(
  `a an and any are as at be been but by can could did do does for from get had has have how i if in into is it its just
  me my of on or should so than that the their them then there these they this to was we were what when where which while
  who why will with would you your s t`.split(/\s+/),
);
const GREEK = {
  α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "epsilon", ϵ: "epsilon", ζ: "zeta", η: "eta", θ: "theta",
  κ: "kappa", λ: "lambda", μ: "mu", ρ: "rho", σ: "sigma", τ: "tau", φ: "phi", ϕ: "phi", ψ: "psi", ω: "omega",
}; // biome-ignore format: a table
const WORD = /\d+(?:\.\d+)+|[\p{Script=Latin}\d_]+/gu;
const WRITTEN = /[α-ωϵϕ]|\d+(?:\.\d+)+|[\p{Script=Latin}\d_]+/gu;
// How much a kind of entry counts: the questions that people ask and the words of the course come first.
const WEIGHTS = { question: 1.6, term: 1.6, section: 1, exercise: 0.6, work: 0.5, object: 0.4 };
const FUZZY_FROM = 4; // letters; a shorter word has too many neighbours

/** The parts of a text that can be found, in order: "weight_decay" is found whole and by its words. */
function stems(text) {
  const plain = text
    .toLowerCase()
    .replace(/[α-ωϵϕ]/g, (letter) => ` ${GREEK[letter] ?? letter} `)
    .replace(/ _/g, "_");
  return [...plain.matchAll(WORD)].flatMap(([word]) => {
    const parts = word.split("_").filter((part) => part && !UNHEARD.has(part));
    const whole = parts.length > 1 ? [word] : [];
    return [...parts.map((part) => stem(part)), ...whole];
  });
}

// The words that a phrase begins with lead to the phrases, and these to the number of what they mean.
const phrases = new Map();
synonyms.forEach((group, k) => {
  for (const phrase of group) {
    const words = stems(phrase);
    phrases.set(words[0], [...(phrases.get(words[0]) ?? []), [words, `=${k}`]]);
  }
});

/** All that a text can be found by: its stems, and a sign for each phrase that has synonyms. */
function terms(text) {
  const words = stems(text);
  const meant = words.flatMap((word, k) =>
    (phrases.get(word) ?? [])
      .filter(([phrase]) => phrase.every((part, at) => part === words[k + at]))
      .map(([, meaning]) => meaning),
  );
  return [...words, ...meant];
}

const known = new Set();
const documents = entries.flatMap(([address, page, places]) =>
  places.map(([anchor, kind, title, text, words]) => ({ address, page, anchor, kind, title, text, words })),
);
const index = new MiniSearch({
  fields: ["title", "text", "words", "page"],
  tokenize: terms,
  processTerm: (term) => term,
});
documents.forEach((document, id) => {
  index.add({ ...document, id });
  for (const field of ["title", "text", "words"]) for (const term of terms(document[field])) known.add(term);
});

/** The places that answer a query, best first; a word that is still being typed is found by its beginning. */
export function find(query) {
  const asked = terms(query);
  const last = asked.findLast((term) => !term.startsWith("="));
  const typing = /[\w]$/.test(query);
  return index
    .search(query, {
      boost: { title: 3, words: 0.5, page: 0.5 },
      boostDocument: (id) => WEIGHTS[documents[id].kind],
      prefix: (term) => typing && term === last && term.length > 2,
      fuzzy: (term) => !known.has(term) && !term.startsWith("=") && term.length > FUZZY_FROM && 0.25,
      weights: { fuzzy: 0.4, prefix: 0.3 },
    })
    .map(({ id, terms: matched, score }) => ({ ...documents[id], score, found: written(documents[id], new Set(matched)) }));
}

/** What to mark of a place, as it is written there: words with a stem that was found, and phrases that mean the same. */
function written({ title, text, words }, matched) {
  const found = new Set();
  const all = `${title}\n${text}\n${words}`;
  const pieces = [...all.matchAll(WRITTEN)].map((piece) => ({ word: piece[0], at: piece.index, parts: stems(piece[0]) }));
  pieces.forEach(({ word, at, parts }, k) => {
    if (parts.some((part) => matched.has(part))) found.add(word);
    for (const [phrase, meaning] of phrases.get(parts[0]) ?? []) {
      if (!matched.has(meaning) || !phrase.every((part, j) => pieces[k + j]?.parts[0] === part)) continue;
      const end = pieces[k + phrase.length - 1];
      found.add(all.slice(at, end.at + end.word.length));
    }
  });
  return [...found];
}
