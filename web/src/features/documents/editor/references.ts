/**
 * Cross-references: a node that names the part it means, and reads as that part is numbered now. The words are drawn from the
 * whole text and never written, so renumbering edits nothing.
 */
import { mergeAttributes, Node } from "@tiptap/core";
import { Fragment, Slice, type Node as PMNode } from "@tiptap/pm/model";
import { Plugin, PluginKey, TextSelection, type EditorState, type Transaction } from "@tiptap/pm/state";
import { Decoration, DecorationSet, type EditorView } from "@tiptap/pm/view";
import { isChangeOrigin } from "@tiptap/extension-collaboration";
import { insideBlocks, perBlock } from "./drawn";
import { newId, structureOf, type Numbered, type Structure } from "./structure";

export interface Options {
  /** Somebody wants to refer to a part; `typed` is what was typed for it, to be put in where none is chosen. */
  onwanted: (typed: string) => void;
  /** False where the text itself may not be changed, as while only suggesting. */
  may: () => boolean;
}

declare module "@tiptap/core" {
  interface Commands<ReturnType> {
    references: {
      /** Puts a reference to the part that begins at this position. */
      insertReference: (at: number) => ReturnType;
    };
  }
}

const key = new PluginKey<DecorationSet>("references");

/** Of this moment. */
export function structureIn(state: EditorState): Structure {
  return structureOf(state.doc);
}

export const Reference = Node.create<Options>({
  name: "reference",
  group: "inline",
  inline: true,
  atom: true,

  addOptions() {
    return { onwanted: () => {}, may: () => false };
  },

  addAttributes() {
    return {
      to: { default: "", parseHTML: (element) => element.getAttribute("data-reference"), renderHTML: ({ to }) => ({ "data-reference": String(to) }) },
      /** Only on the way through a clipboard, for programs that know no reference. */
      words: { default: null, parseHTML: (element) => element.textContent, rendered: false },
    };
  },

  parseHTML: () => [{ tag: "span[data-reference]" }],

  renderHTML: ({ node, HTMLAttributes }) => ["span", mergeAttributes(HTMLAttributes, { class: "reference" }), ...(node.attrs["words"] ? [String(node.attrs["words"])] : [])],

  renderText({ node, pos }) {
    return this.editor ? wordsAt(this.editor.state, node, pos) : "";
  },

  addCommands() {
    return {
      insertReference:
        (at) =>
        ({ state, tr, dispatch }) => {
          const target = structureIn(state).blocks.find((block) => block.at === at && block.label !== null);
          if (!target || !state.selection.$from.parent.inlineContent) return false;
          if (dispatch) refer(state, tr, target);
          return true;
        },
    };
  },

  addKeyboardShortcuts() {
    return {
      "Mod-Alt-8": () => {
        if (this.options.may()) this.options.onwanted("");
        return true;
      },
      "Mod-Enter": () => {
        const { selection } = this.editor.state;
        const node = "node" in selection ? (selection.node as PMNode) : null;
        return node?.type === this.type && go(this.editor.view, node);
      },
    };
  },

  addProseMirrorPlugins() {
    const { options } = this;
    return [
      new Plugin<DecorationSet>({
        key,
        state: {
          init: (_, state) => drawn(state.doc),
          apply: (transaction, before) => (transaction.docChanged ? drawn(transaction.doc) : before),
        },
        appendTransaction: (transactions, before, state) =>
          transactions.some((one) => one.docChanged && !isChangeOrigin(one)) ? withoutCopies(transactions, before, state) : null,
        props: {
          decorations: (state) => key.getState(state),
          handleTextInput: (view, _from, _to, text) => {
            if (text !== "@" || !options.may()) return false;
            const { $from } = view.state.selection;
            if (!$from.parent.inlineContent || /\S$/u.test($from.parent.textBetween(0, $from.parentOffset, " ", "x"))) return false;
            options.onwanted("@");
            return true;
          },
          handleClickOn: (view, _pos, node, _at, event, direct) =>
            direct && node.type.name === "reference" && (!view.editable || event.ctrlKey || event.metaKey) && go(view, node),
          transformPasted: (slice, view) => known(slice, view.state),
        },
      }),
    ];
  },
});

const drawnIn = perBlock();

function drawn(doc: PMNode): DecorationSet {
  const { references } = structureOf(doc);
  let next = 0;
  return insideBlocks(doc, (block, at) => {
    const first = next;
    while (next < references.length && references[next]!.at < at + block.nodeSize) next += 1;
    if (next === first) return DecorationSet.empty;
    const mine = references.slice(first, next);
    return drawnIn(block, mine.map(({ words }) => words).join("\n"), () =>
      mine.map(({ at: place, node, words }) => Decoration.node(place - at - 1, place - at - 1 + node.nodeSize, { "data-words": words, role: "link", "aria-label": words })),
    );
  });
}

/** The part gets its id when it is first referred to: looking at a text writes nothing, and most parts never need one. */
function refer(state: EditorState, tr: Transaction, target: Numbered): void {
  const own: unknown = target.node.attrs["id"];
  const to = typeof own === "string" && structureIn(state).targets.get(own)?.at === target.at ? own : newId();
  if (to !== own) tr.setNodeAttribute(target.at, "id", to);
  const { from, to: end } = tr.selection;
  tr.replaceWith(from, end, state.schema.nodes["reference"]!.create({ to }));
  tr.setSelection(TextSelection.create(tr.doc, from + 1)).scrollIntoView();
}

/** A copy pasted into the same text is another part: it leaves the id to the one that had it. Only the browser that pastes says so. */
function withoutCopies(transactions: readonly Transaction[], before: EditorState, state: EditorState): Transaction | null {
  const seen = new Map<string, number[]>();
  state.doc.forEach((node, at) => {
    const id: unknown = node.attrs["id"];
    if (typeof id === "string") seen.set(id, [...(seen.get(id) ?? []), at]);
  });
  const copies = [...seen].filter(([, places]) => places.length > 1);
  if (copies.length === 0) return null;
  const { targets } = structureIn(before);
  const tr = state.tr;
  for (const [id, places] of copies) {
    const was = targets.get(id);
    if (!was) continue; // it came twice at once: the first counts
    const now = transactions.reduce((at, one) => one.mapping.map(at, 1), was.at);
    const kept = places.includes(now) ? now : places[0]!;
    for (const at of places) if (at !== kept) tr.setNodeAttribute(at, "id", null);
  }
  return tr.docChanged ? tr : null;
}

/** A reference pasted where its part is not stays what it said, as words. */
function known(slice: Slice, state: EditorState): Slice {
  const ids = new Set(structureIn(state).targets.keys());
  slice.content.descendants((node) => {
    const id: unknown = node.attrs["id"];
    if (typeof id === "string") ids.add(id);
    return !node.isTextblock;
  });
  const kept = (node: PMNode): PMNode | null => {
    if (node.type.name !== "reference") return node.isLeaf ? node : node.copy(all(node.content));
    const { to, words } = node.attrs as { to: string; words: string | null };
    if (ids.has(to)) return node.type.create({ to }, null, node.marks);
    return words ? state.schema.text(words, node.marks) : null;
  };
  const all = (content: Fragment): Fragment => Fragment.fromArray(content.content.map(kept).filter((node) => node !== null));
  return new Slice(all(slice.content), slice.openStart, slice.openEnd);
}

/** References in what is copied carry their words, for the programs that know none. */
export function withWords(content: Fragment, state: EditorState): Fragment {
  const words = new Map(structureIn(state).references.map((one) => [one.node, one.words]));
  const said = (node: PMNode): PMNode => {
    if (node.type.name === "reference") return node.type.create({ ...node.attrs, words: words.get(node) ?? null }, null, node.marks);
    return node.isLeaf ? node : node.copy(Fragment.fromArray(node.content.content.map(said)));
  };
  return Fragment.fromArray(content.content.map(said));
}

function wordsAt(state: EditorState, node: PMNode, at: number): string {
  const { references } = structureIn(state);
  return (references.find((one) => one.at === at) ?? references.find((one) => one.node === node))?.words ?? String(node.attrs["words"] ?? "");
}

/** Brings the part into view and puts the cursor there. */
function go(view: EditorView, node: PMNode): boolean {
  const target = structureIn(view.state).targets.get(String(node.attrs["to"]));
  if (!target) return false;
  const place = view.nodeDOM(target.at);
  if (place instanceof HTMLElement) place.scrollIntoView({ block: "center" });
  if (view.editable) view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, target.at + 1)));
  return true;
}
