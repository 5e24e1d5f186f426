/**
 * Suggestions in a text: words somebody proposes to put in or to take out, as marks that say whose they are. A name is never
 * written: it is looked up, so it is true. What may be a suggestion is decided once more by the hub (`hub/suggestions/guard.py`);
 * the two must agree, or an honest person's edit is refused there.
 */
import { colourOf } from "$/documents/people";
import { Extension, Mark, mergeAttributes } from "@tiptap/core";
import type { Node } from "@tiptap/pm/model";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { Decoration, DecorationSet, type EditorView } from "@tiptap/pm/view";
import { isChangeOrigin } from "@tiptap/extension-collaboration";
import { ySyncPluginKey, yUndoPluginKey } from "@tiptap/y-tiptap";
import { insideBlocks, perBlock, perNode } from "./drawn";
import { suggestionsIn } from "./suggestions-found";
import { isProposal, isSuggestion, proposedBy, type Said } from "./suggestions-judge";
import { asSuggestion, plainSlice, storedMarksFor, type Why } from "./suggestions-rewrite";

/** `write` puts words into the text, `suggest` proposes them, `read` does neither. */
export type Mode = "write" | "suggest" | "read";

export interface Options {
  me: string;
  mode: () => Mode;
  nameOf: (id: string) => string;
  /** What a suggestion cannot say was tried; nothing happened. */
  onrefused: (why: Why) => void;
  /** A suggestion was pressed. */
  onpicked: (said: Said) => void;
}

const words = { id: { default: null }, by: { default: null }, at: { default: null } };

export const Insertion = Mark.create({
  name: "insertion",
  inclusive: false,
  addAttributes: () => words,
  parseHTML: () => [],
  renderHTML: ({ HTMLAttributes }) => ["ins", mergeAttributes(shown(HTMLAttributes)), 0],
});

export const Deletion = Mark.create({
  name: "deletion",
  inclusive: false,
  addAttributes: () => words,
  parseHTML: () => [],
  renderHTML: ({ HTMLAttributes }) => ["del", mergeAttributes(shown(HTMLAttributes)), 0],
});

/** The attributes of a mark stay out of the page's HTML, where copying would carry them into another text. */
function shown(attributes: Record<string, unknown>): Record<string, string> {
  const by = String(attributes["by"] ?? "");
  return { class: "suggested", "data-suggestion": keyOf({ by, id: String(attributes["id"] ?? "") }), style: `--person: ${colourOf(by)}` };
}

export function keyOf({ by, id }: { by: string; id: string }): string {
  return `${by}|${id}`;
}

const key = new PluginKey<DecorationSet>("suggestions");

export const Suggestions = Extension.create<Options>({
  name: "suggestions",
  priority: 2000, // before whatever else looks at a transaction: it may become another one

  addOptions() {
    return { me: "", mode: () => "write", nameOf: () => "", onrefused: () => {}, onpicked: () => {} };
  },

  addExtensions: () => [Insertion, Deletion],

  addGlobalAttributes() {
    return [
      {
        types: ["paragraph"],
        attributes: {
          /** "id by at" of a paragraph that is itself proposed: an object would be written anew at every keystroke. */
          proposed: {
            default: null,
            parseHTML: () => null,
            renderHTML: ({ proposed }: { proposed?: unknown }) => {
              const said = proposedBy(proposed);
              return said ? { "data-proposed": keyOf(said), style: `--person: ${colourOf(said.by)}` } : {};
            },
          },
        },
      },
    ];
  },

  dispatchTransaction({ transaction, next }) {
    const { me, mode, onrefused } = this.options;
    if (mode() !== "suggest" || !transaction.docChanged || isChangeOrigin(transaction)) return next(transaction);
    if (isProposal(transaction.before, transaction.doc, me)) return next(transaction);
    const { state } = this.editor;
    const made = asSuggestion(transaction, state, me);
    if ("refused" in made) {
      onrefused(made.refused);
      return;
    }
    next(made.transaction);
  },

  addProseMirrorPlugins() {
    const { options } = this;
    return [
      new Plugin<DecorationSet>({
        key,
        state: {
          init: (_, state) => named(state.doc, options.nameOf),
          apply: (transaction, before) => (transaction.docChanged ? named(transaction.doc, options.nameOf) : before),
        },
        appendTransaction: (_transactions, _before, state) => {
          if (options.mode() === "read") return null;
          const marks = storedMarksFor(state, options.mode() === "suggest" ? options.me : null);
          return marks === null ? null : state.tr.setStoredMarks(marks).setMeta("addToHistory", false);
        },
        // The last word: what came past the rewriting (a list rule, a tidying extension) must not leave this page.
        filterTransaction: (transaction) =>
          options.mode() !== "suggest" || !transaction.docChanged || isChangeOrigin(transaction) || isProposal(transaction.before, transaction.doc, options.me),
        props: {
          decorations: (state) => key.getState(state),
          transformPasted: plainSlice,
          handleDOMEvents: {
            // A browser that deletes by itself rearranges the elements around what is struck, and is read wrongly afterwards.
            beforeinput: (view, event) => options.mode() === "suggest" && event.cancelable && strikeBy(view, event),
          },
          handleDrop: (_view, _event, _slice, moved) => {
            if (options.mode() !== "suggest" || !moved) return false;
            options.onrefused("move");
            return true;
          },
          handleClick: (view, at) => {
            const said = saidAt(view.state.doc, at);
            if (said) options.onpicked(said);
            return false;
          },
        },
      }),
      undoable(options),
    ];
  },
});

/**
 * What somebody else decided about one's own suggestion cannot be undone by its author: undoing would take words out of the
 * text that have been accepted into it, and the hub would refuse that.
 */
function undoable({ me, mode }: Options): Plugin {
  const mine = new PluginKey<{ said: string; decided: number }>("own-suggestions");
  const said = (doc: Node): string => JSON.stringify(suggestionsIn(doc).filter(({ by }) => by === me).map(({ id, added, removed }) => [id, added, removed]));
  return new Plugin({
    key: mine,
    state: {
      init: (_, state) => ({ said: said(state.doc), decided: 0 }),
      apply: (transaction, before) => {
        if (mode() !== "suggest" || !transaction.docChanged) return before;
        const now = said(transaction.doc);
        const { isUndoRedoOperation: undone } = (transaction.getMeta(ySyncPluginKey) ?? {}) as { isUndoRedoOperation?: boolean };
        return { said: now, decided: before.decided + Number(now !== before.said && isChangeOrigin(transaction) && !undone) };
      },
    },
    view: () => ({
      update: (view, before) => {
        if (mine.getState(view.state)?.decided !== mine.getState(before)?.decided) (yUndoPluginKey.getState(view.state) as { undoManager: { clear: () => void } }).undoManager.clear();
      },
    }),
  });
}

/** Whose words stand in a block, counted from the beginning of its content. */
const wordsOf = perNode((block): readonly { from: number; to: number; by: string }[] => {
  const found: { from: number; to: number; by: string }[] = [];
  block.descendants((node, at) => {
    for (const mark of node.marks) if (isSuggestion(mark)) found.push({ from: at, to: at + node.nodeSize, by: String(mark.attrs["by"] ?? "") });
  });
  return found;
});

const namedIn = perBlock();

/** The author's name on his words, for a pointer and for a screen reader. */
function named(doc: Node, nameOf: (id: string) => string): DecorationSet {
  return insideBlocks(doc, (block) => {
    const words = wordsOf(block);
    if (words.length === 0) return DecorationSet.empty;
    const names = words.map(({ by }) => nameOf(by));
    return namedIn(block, names.join("\n"), () => words.map(({ from, to }, at) => Decoration.inline(from, to, { title: names[at]! })));
  });
}

/** What the browser is about to delete, as an edit like any other. False where it is not known: then the browser does it. */
function strikeBy(view: EditorView, event: InputEvent): boolean {
  if (!event.inputType.startsWith("delete") || view.composing) return false;
  const [range] = event.getTargetRanges();
  if (!range) return false;
  const [from, to] = [view.posAtDOM(range.startContainer, range.startOffset), view.posAtDOM(range.endContainer, range.endOffset)];
  event.preventDefault();
  if (from < to) view.dispatch(view.state.tr.delete(from, to));
  return true;
}

function saidAt(doc: Node, at: number): Said | null {
  const place = doc.resolve(at);
  for (const node of [place.nodeAfter, place.nodeBefore]) {
    const mark = node?.marks.find(({ type }) => type.name === "insertion" || type.name === "deletion");
    if (mark) return { id: String(mark.attrs["id"]), by: String(mark.attrs["by"]), at: String(mark.attrs["at"]) };
  }
  return proposedBy(place.parent.attrs["proposed"]);
}
