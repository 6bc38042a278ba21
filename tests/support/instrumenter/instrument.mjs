// Puts all mutants of Stryker's into modules at once; __STRYKER_ACTIVE_MUTANT__ in the environment switches one on.
// node instrument.mjs FILE...    writes the files anew, and prints the mutants as JSON

import { readFileSync, writeFileSync } from "node:fs";
import { Instrumenter } from "@stryker-mutator/instrumenter";

/** @type {any} */
const quiet = { debug() {}, info() {}, warn() {}, isDebugEnabled: () => false };
const files = process.argv.slice(2).map((name) => ({ name, content: readFileSync(name, "utf8"), mutate: true }));
const options = { plugins: null, excludedMutations: [], ignorers: [] };
const made = await new Instrumenter(quiet).instrument(files, options);
for (const { name, content } of made.files) writeFileSync(name, content);
process.stdout.write(JSON.stringify(made.mutants));
