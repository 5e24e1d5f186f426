/**
 * Điều, khoản, điểm and căn cứ are paragraphs with one attribute, `part`. Not nodes of their own, and not nested: changing
 * an attribute keeps the paragraph's identity in the shared document, so making a paragraph an article does not throw away
 * what somebody else is typing in it.
 */
import { Extension, InputRule, type Editor } from "@tiptap/core";
import { Slice, type Fragment, type Node } from "@tiptap/pm/model";
import { Plugin, PluginKey, TextSelection, type EditorState } from "@tiptap/pm/state";
import { Decoration, type DecorationSet, type EditorView } from "@tiptap/pm/view";
import { Paragraph } from "@tiptap/extension-paragraph";
import { aroundBlocks } from "./drawn";
import { Counter, partOf, PARTS, type Part } from "./numbering";
import { withWords } from "./references";
import { blockOf, structureOf } from "./structure";

const DEEPER: readonly Part[] = ["article", "clause", "point"];

declare module "@tiptap/core" {
  interface Commands<ReturnType> {
    parts: {
      /** Makes the chosen paragraphs this part of a text, or plain ones. */
      setPart: (part: Part | null) => ReturnType;
    };
  }
}

export const PartParagraph = Paragraph.extend({
  addAttributes() {
    return {
      part: {
        default: null,
        parseHTML: (element) => partOf(element.getAttribute("data-part")),
        renderHTML: ({ part }: { part?: Part | null }) => (part ? { "data-part": part } : {}),
      },
      /** By which references know the part; a part nobody refers to has none. */
      id: {
        default: null,
        keepOnSplit: false,
        parseHTML: (element) => element.getAttribute("data-id"),
        renderHTML: ({ id }: { id?: string | null }) => (id ? { "data-id": id } : {}),
      },
    };
  },
});

const key = new PluginKey<DecorationSet>("parts");

export const Parts = Extension.create({
  name: "parts",
  priority: 1100, // before the list rules, which would make "1. " an ordered list

  addCommands() {
    return {
      setPart:
        (part) =>
        ({ chain }) => {
          chain().clearNodes().setNode("paragraph", { part }).run();
          return true; // setNode says false where there was nothing to change
        },
    };
  },

  addKeyboardShortcuts() {
    const shortcuts: Record<string, () => boolean> = {
      Enter: () => leavesEmptyPart(this.editor) || beginsBefore(this.editor),
      Backspace: () => atStartOfPart(this.editor) && plain(this.editor),
      Tab: () => shift(this.editor, 1),
      "Shift-Tab": () => shift(this.editor, -1),
    };
    PARTS.forEach((part, at) => (shortcuts[`Mod-Alt-${at + 4}`] = () => this.editor.commands.setPart(part)));
    return shortcuts;
  },

  addInputRules() {
    // "Điều 1. " typed at the beginning is the number and goes, in a part too, which has a number already; "Căn cứ " is the text and stays.
    const rule = (find: RegExp, part: Part): InputRule =>
      new InputRule({
        find,
        handler: ({ state, range, chain }) => {
          const { $from } = state.selection;
          if ($from.depth !== 1 || $from.parent.type.name !== "paragraph" || (part === "ground" && blockOf($from.parent) !== null)) return null;
          const said = chain().updateAttributes("paragraph", { part });
          if (part === "ground") said.insertContentAt(range.to, " ").run();
          else said.deleteRange(range).run();
          return undefined;
        },
      });
    const chapter = new InputRule({
      find: /^(?:(?:Phần|Chương)\s+(?:thứ\s+\p{L}+|[IVXLC]+|\d{1,2})|Mục\s+\d{1,2}[.:])\s$/iu,
      handler: ({ state, range, chain }) => {
        if (state.selection.$from.depth !== 1 || blockOf(state.selection.$from.parent) !== null) return null;
        chain().insertContentAt(range.to, " ").setNode("heading", { level: 3 }).run();
        return undefined;
      },
    });
    return [
      rule(/^Điều\s+\d{1,3}[.:]\s$/iu, "article"),
      rule(/^\d{1,3}\.\s$/, "clause"),
      rule(/^[a-zđ]{1,2}\)\s$/u, "point"),
      rule(/^Căn cứ\s$/u, "ground"),
      chapter,
    ];
  },

  addProseMirrorPlugins() {
    return [
      new Plugin<DecorationSet>({
        key,
        state: {
          init: (_, state) => numbered(state.doc),
          apply: (transaction, before) => (transaction.docChanged ? numbered(transaction.doc) : before),
        },
        props: {
          decorations: (state) => key.getState(state),
          transformCopied: (slice, view) => withLabels(slice, view),
          transformPasted: asBlocks,
        },
      }),
    ];
  },
});

/** The label is drawn by the style sheet from an attribute, so it can neither be edited nor selected. */
function numbered(doc: Node): DecorationSet {
  const found: Decoration[] = [];
  for (const { at, node, label } of structureOf(doc).blocks) {
    if (label !== null) found.push(Decoration.node(at, at + node.nodeSize, { "data-label": label }));
  }
  return aroundBlocks(found);
}

/** What goes to another program carries its numbers as text; pasted back here, they are read and counted again. */
function withLabels(slice: Slice, view: EditorView): Slice {
  const { $from, from } = view.state.selection;
  if (slice.content.childCount < 2 && slice.openStart > 0) return new Slice(withWords(slice.content, view.state), slice.openStart, slice.openEnd);
  const labelled: string[] = [];
  const counter = new Counter();
  view.state.doc.forEach((node, at) => {
    const label = counter.next(blockOf(node));
    if (at + node.nodeSize > from) labelled.push(label ?? "");
  });
  const midway = slice.openStart > 0 && $from.parentOffset > 0;
  const { schema } = view.state;
  let content: Fragment = withWords(slice.content, view.state);
  slice.content.forEach((node, _at, index) => {
    const label = labelled[index];
    if (!label || node.type.name !== "paragraph" || (index === 0 && midway)) return;
    const mark = node.attrs["part"] === "article" ? [schema.marks["bold"]!.create()] : [];
    const said = content.child(index);
    content = content.replaceChild(index, said.copy(said.content.addToStart(schema.text(`${label} `, mark))));
  });
  return new Slice(content, slice.openStart, slice.openEnd);
}

/** A pasted article stays an article: it is not poured into the paragraph one stands in, where its number would be lost. */
function asBlocks(slice: Slice): Slice {
  const first = slice.content.firstChild;
  const part = first ? blockOf(first) : null;
  const whole = part !== null && (part !== "ground" || slice.content.childCount > 1);
  return whole && slice.openStart > 0 ? new Slice(slice.content, 0, slice.openEnd) : slice;
}

function partHere(state: EditorState): Part | null {
  const { $from } = state.selection;
  return $from.depth === 1 ? partOf($from.parent.attrs["part"]) : null;
}

/** Enter in an empty part goes out one step, as in any list: from points to the next clause, from clauses to the next article, then to plain text. */
function leavesEmptyPart(editor: Editor): boolean {
  const { selection } = editor.state;
  const part = partHere(editor.state);
  if (!selection.empty || selection.$from.parent.content.size > 0 || part === null) return false;
  const up = DEEPER[DEEPER.indexOf(part) - 1];
  return up === undefined ? plain(editor) : editor.commands.updateAttributes("paragraph", { part: up });
}

/** Enter before the first letter puts a new part before this one, which stays itself: what refers to it, and who writes in it. */
function beginsBefore(editor: Editor): boolean {
  if (!atStartOfPart(editor)) return false;
  const { tr, selection, schema } = editor.state;
  const { part, textAlign } = selection.$from.parent.attrs as { part: Part; textAlign: unknown };
  editor.view.dispatch(tr.insert(selection.$from.before(), schema.nodes["paragraph"]!.create({ part, textAlign })).scrollIntoView());
  return true;
}

function plain(editor: Editor): boolean {
  return editor.commands.updateAttributes("paragraph", { part: null });
}

function atStartOfPart(editor: Editor): boolean {
  const { selection } = editor.state;
  return selection instanceof TextSelection && selection.empty && selection.$from.parentOffset === 0 && partHere(editor.state) !== null;
}

/** Tab makes an article's paragraph a clause of it, a clause a point; Shift-Tab the other way. Elsewhere Tab leaves the text. */
function shift(editor: Editor, by: 1 | -1): boolean {
  const part = partHere(editor.state);
  const at = part === null ? -1 : DEEPER.indexOf(part);
  if (at < 0) return false;
  const next = DEEPER[at + by];
  return next === undefined ? true : editor.commands.updateAttributes("paragraph", { part: next });
}
