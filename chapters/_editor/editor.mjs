// The editor of a cell: CodeMirror, with the colours that the site gives to code. Tab is not caught: it leads on.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The classes that Pygments writes, which the page's style colours in both themes.
const COLORS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], class: "k" },
  { tag: tags.moduleKeyword, class: "kn" },
  { tag: [tags.bool, tags.null], class: "kc" },
  { tag: tags.comment, class: "c1" },
  { tag: [tags.string, tags.special(tags.string)], class: "s2" },
  { tag: tags.number, class: "mi" },
  { tag: tags.operator, class: "o" },
  { tag: tags.function(tags.definition(tags.variableName)), class: "nf" },
  { tag: tags.definition(tags.className), class: "nc" },
  { tag: tags.meta, class: "nd" },
]);

/** Marks a line, or none. */
const mark = StateEffect.define();
const marked = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    const effect = transaction.effects.findLast((each) => each.is(mark));
    if (!effect) return transaction.docChanged ? Decoration.none : marks;
    const { doc } = transaction.state;
    if (!(effect.value >= 1 && effect.value <= doc.lines)) return Decoration.none;
    return Decoration.set(Decoration.line({ class: "sgd-bad-line" }).range(doc.line(effect.value).from));
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * Put an editor into a place.
 * @param {{place: HTMLElement, text: string, label: string, run: () => void, changed: (text: string) => void}} wanted
 * @returns {{text: () => string, set: (text: string) => void, mark: (line?: number) => void, focus: () => void}}
 */
function editor({ place, text, label, run, changed }) {
  function press() {
    run();
    return true;
  }
  const keys = ["Shift-Enter", "Ctrl-Enter", "Cmd-Enter"].map((key) => ({ key, run: press }));
  const view = new EditorView({
    parent: place,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of(keys)),
        keymap.of([...defaultKeymap, ...historyKeymap]),
        history(),
        lineNumbers(),
        python(),
        indentUnit.of("    "),
        indentOnInput(),
        bracketMatching(),
        syntaxHighlighting(COLORS),
        marked,
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
        EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
      ],
    }),
  });
  // A letter typed here is no command of the page: Sphinx takes every "/" outside of a form's field for its search.
  view.dom.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
  });
  return {
    text: () => view.state.doc.toString(),
    set: (words) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: words } }),
    mark: (line) => view.dispatch({ effects: mark.of(line ?? 0) }),
    focus: () => view.focus(),
  };
}

Object.assign(globalThis, { sgdEditor: editor });
