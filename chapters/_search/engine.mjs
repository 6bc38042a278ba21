// Finds the sections that answer a query: words by their stems, phrases by what they mean, misspelt words by the
// likeliest.
import entries from "entries";
import MiniSearch from "minisearch";
import { stem } from "porter2";
import synonyms from "./synonyms.json";

const UNHEARD = new Set(
  `a an and any are as at be been but by can could did do does for from get had has have how i if in into is it its
  just me my of on or should so than that too vs the their them then there these they this to was we were what when
  where which while who why will with would you your s t`.split(/\s+/),
);
const GREEK = {
  α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "epsilon", ϵ: "epsilon", ζ: "zeta", η: "eta", θ: "theta",
  κ: "kappa", λ: "lambda", μ: "mu", ρ: "rho", σ: "sigma", τ: "tau", φ: "phi", ϕ: "phi", ψ: "psi", ω: "omega",
}; // biome-ignore format: a table
const WORD = /\d+(?:\.\d+)+|[\p{Script=Latin}\d_]+/gu;
const WRITTEN = /[α-ωϵϕ]|\d+(?:\.\d+)+|[\p{Script=Latin}\d_]+/gu;
// How much a kind of entry counts: the questions that people ask and the words of the course come first.
const WEIGHTS = { question: 1.6, term: 1.6, asked: 1.2, section: 1, exercise: 0.6, work: 0.5, object: 0.25 };
// In a query a phrase counts as one word: half for what it means, half for how it is said. A name from code counts as
// itself, and its words for little.
const NAME = 2;
const PART = 0.1;
const FUZZY_FROM = 4; // letters; a shorter word has too many neighbours

const partsOf = new Map(); // of each word met, for a book says the same ones over and over

/** What a word is found by: its stem; "weight_decay" is found whole and by its words. */
function parts(word) {
  if (!partsOf.has(word)) {
    const inside = word.split("_").filter((part) => part && !UNHEARD.has(part));
    const stemmed = inside.map((part) => stem(part));
    partsOf.set(word, inside.length > 1 ? [...stemmed, word] : stemmed);
  }
  return partsOf.get(word);
}

/** The parts of a text that can be found, in order. */
function stems(text) {
  const plain = text
    .normalize("NFKC") // a µ typed as the sign of micro is the letter μ
    .toLowerCase()
    .replace(/[α-ωϵϕ]/g, (letter) => ` ${GREEK[letter] ?? letter} `)
    .replace(/ _/g, "_");
  return (plain.match(WORD) ?? []).flatMap(parts);
}

// The words that a phrase begins with lead to the phrases, and these to the number of what they mean.
const phrases = new Map();
synonyms.forEach((group, k) => {
  for (const phrase of group) {
    const words = stems(phrase);
    phrases.set(words[0], [...(phrases.get(words[0]) ?? []), [words, `=${k}`]]);
  }
});

/** The phrases with synonyms that stand in a list of stems: what each means, and from where to where it stands. */
function meanings(words) {
  return words.flatMap((word, k) =>
    (phrases.get(word) ?? [])
      .filter(([phrase]) => phrase.every((part, at) => part === words[k + at]))
      .map(([phrase, meaning]) => ({ meaning, from: k, to: k + phrase.length })),
  );
}

/** All that a text can be found by: its stems, and a sign for each phrase that has synonyms. */
function terms(text) {
  const words = stems(text);
  return [...words, ...meanings(words).map(({ meaning }) => meaning)];
}

const known = new Set();
const documents = entries.flatMap(([address, page, places]) =>
  places.map(([anchor, kind, title, text, words]) => ({ address, page, anchor, kind, title, text, words })),
);
const index = new MiniSearch({
  fields: ["title", "text", "words", "page"],
  tokenize: terms,
  processTerm: (term) => {
    known.add(term);
    return term;
  },
});
/** Kept when all can be found; it is put in by pieces, so that a slow phone takes what is typed meanwhile. */
export const ready = index.addAllAsync(
  documents.map((document, id) => ({ ...document, id })),
  { chunkSize: 40 },
);

/** The terms of a query: how much each counts, and which of the query's words it stands for. */
function asked(query) {
  const words = stems(query);
  const meant = meanings(words);
  const found = new Map();
  const add = (term, weight, from, to) => {
    const { weight: before = 0, places = [] } = found.get(term) ?? {};
    const more = Array.from({ length: to - from }, (_, k) => from + k);
    found.set(term, { weight: before + weight, places: [...places, ...more] });
  };
  const inNames = new Set(words.filter((word) => word.includes("_")).flatMap((name) => parts(name)));
  words.forEach((word, k) => {
    const around = meant.filter(({ from, to }) => from <= k && k < to).map(({ from, to }) => to - from);
    const weight = around.length ? 0.5 / Math.max(...around) : 1;
    add(word, word.includes("_") ? NAME : inNames.has(word) ? PART : weight, k, k + 1);
  });
  for (const { meaning, from, to } of meant) add(meaning, 0.5, from, to);
  return found;
}

/** The places that answer a query, best first; a word that is still being typed is found by its beginning. */
export function find(query) {
  const wanted = asked(query);
  const last = stems(query).at(-1);
  const typing = /\w$/.test(query);
  const hits = index.search(query, {
    processTerm: (term) => term,
    boost: { title: 3, words: 0.5, page: 0.5 },
    boostDocument: (id) => WEIGHTS[documents[id].kind],
    boostTerm: (term) => wanted.get(term).weight,
    prefix: (term) => typing && term === last && term.length > 2,
    fuzzy: (term) => !known.has(term) && term.length >= FUZZY_FROM && 0.25,
    weights: { fuzzy: 0.4, prefix: 0.3 },
  });
  // MiniSearch multiplies by how many terms are there; that of a phrase's words, and of what it means, is one.
  const score = ({ score, queryTerms }) =>
    (score / queryTerms.length) * new Set(queryTerms.flatMap((term) => wanted.get(term).places)).size;
  return hits
    .map((hit) => ({ ...documents[hit.id], score: score(hit), terms: toMark(hit.terms) }))
    .sort((a, b) => b.score - a.score);
}

/** The terms that are worth a mark: where a whole name was found, its words alone are not. */
function toMark(terms) {
  const words = new Set(terms.filter((term) => term.includes("_")).flatMap((name) => parts(name).slice(0, -1)));
  return new Set(terms.filter((term) => !words.has(term)));
}

/** What to mark of a hit, as it is written there: words with a stem that was found, and phrases that mean the same. */
export function written({ title, text, words, terms: matched }) {
  const found = new Set();
  const all = `${title}\n${text}\n${words}`;
  const pieces = [...all.matchAll(WRITTEN)].map((piece) => ({
    word: piece[0],
    at: piece.index,
    stems: stems(piece[0]),
  }));
  pieces.forEach(({ word, at, stems: own }, k) => {
    if (own.some((part) => matched.has(part))) found.add(word);
    for (const [phrase, meaning] of phrases.get(own[0]) ?? []) {
      if (!matched.has(meaning) || !phrase.every((part, j) => pieces[k + j]?.stems[0] === part)) continue;
      const end = pieces[k + phrase.length - 1];
      found.add(all.slice(at, end.at + end.word.length));
    }
  });
  return [...found];
}
