/**
 * Blocks that say what the meeting's facts say: who was there, what was decided. The text holds only which fact is meant, so nobody
 * can edit what it says; the words come from the hub, the same as in print. They stand at the top of a text, never inside a table.
 */
import { mergeAttributes, Node, type JSONContent } from "@tiptap/core";
import { DOMSerializer, Fragment, type Node as PMNode, type Schema } from "@tiptap/pm/model";
import { NodeSelection, Plugin, TextSelection } from "@tiptap/pm/state";
import type { EditorView } from "@tiptap/pm/view";
import { t, type Key } from "$/i18n/index.svelte";

export const FACT_KINDS = ["opening", "attendance", "officers", "roll", "agenda", "item", "speeches", "vote", "conclusion", "ending"] as const;
export type FactKind = (typeof FACT_KINDS)[number];

export interface Options {
  /** Its words as nodes; null while nobody knows, undefined where there is no such fact (any more). */
  say: (kind: string, ref: string) => readonly JSONContent[] | null | undefined;
  /** Tells when the words may have changed. */
  onchange: (listener: () => void) => () => void;
}

declare module "@tiptap/core" {
  interface Commands<ReturnType> {
    facts: {
      /** Puts a block behind the paragraph one stands in, with a line to write on after it. */
      insertFact: (kind: FactKind, ref: string | null) => ReturnType;
    };
  }
}

/** The text itself, in which alone such blocks may stand. */
export const Sheet = Node.create({ name: "doc", topNode: true, content: "(block|fact)+" });

export const FactBlock = Node.create<Options>({
  name: "factBlock",
  group: "fact",
  atom: true,
  selectable: true,
  draggable: true,

  addOptions() {
    return { say: () => null, onchange: () => () => {} };
  },

  addAttributes() {
    return {
      kind: { default: "", parseHTML: (element) => element.getAttribute("data-fact"), renderHTML: ({ kind }) => ({ "data-fact": String(kind) }) },
      ref: { default: null, parseHTML: (element) => element.getAttribute("data-ref"), renderHTML: ({ ref }) => (ref ? { "data-ref": String(ref) } : {}) },
    };
  },

  parseHTML: () => [{ tag: "section[data-fact]" }],

  renderHTML: ({ HTMLAttributes }) => ["section", mergeAttributes(HTMLAttributes, { class: "fact" })],

  renderText({ node }) {
    return (said(this.options, node) ?? []).map(wordsOf).join("\n");
  },

  addCommands() {
    return {
      insertFact:
        (kind, ref) =>
        ({ state, tr, dispatch }) => {
          const { $to } = state.selection;
          const at = $to.depth > 0 ? $to.after(1) : $to.pos;
          if (dispatch) {
            const { paragraph } = state.schema.nodes;
            tr.insert(at, this.type.create({ kind, ref }));
            if (!tr.doc.resolve(at + 1).nodeAfter?.isTextblock) tr.insert(at + 1, paragraph!.create());
            tr.scrollIntoView();
          }
          return true;
        },
    };
  },

  /** Who has pressed a block and types means to write, not to replace it: his words go behind it. Backspace and Delete do take it out. */
  addProseMirrorPlugins() {
    const writes = ({ key, ctrlKey, metaKey }: KeyboardEvent): boolean => !ctrlKey && !metaKey && (key.length === 1 || key === "Enter" || key === "Process");
    return [
      new Plugin({
        props: {
          handleKeyDown: (view, event) => writes(event) && stepBehind(view) && event.key === "Enter",
          handlePaste: (view) => stepBehind(view) && false,
          handleDOMEvents: {
            compositionstart: (view) => stepBehind(view) && false,
            beforeinput: (view, event) => event.inputType.startsWith("insert") && stepBehind(view) && false,
          },
        },
      }),
    ];
  },

  addNodeView() {
    return ({ node, editor }) => {
      const { options } = this;
      const dom = document.createElement("div");
      dom.className = "fact";
      dom.contentEditable = "false";
      dom.dataset["fact"] = String(node.attrs["kind"]);
      if (node.attrs["ref"]) dom.dataset["ref"] = String(node.attrs["ref"]);
      const draw = (): void => sayIn(dom, editor.schema, options);
      draw();
      const stop = options.onchange(draw);
      return { dom, ignoreMutation: () => true, destroy: stop };
    };
  },
});

function stepBehind(view: EditorView): boolean {
  const { selection, schema, tr } = view.state;
  if (!view.editable || !(selection instanceof NodeSelection) || selection.node.type.name !== "factBlock") return false;
  if (!tr.doc.resolve(selection.to).nodeAfter?.isTextblock) tr.insert(selection.to, schema.nodes["paragraph"]!.create());
  view.dispatch(tr.setSelection(TextSelection.create(tr.doc, selection.to + 1)).scrollIntoView());
  return true;
}

function said(options: Options, node: PMNode): readonly JSONContent[] | null | undefined {
  return options.say(String(node.attrs["kind"]), String(node.attrs["ref"] ?? ""));
}

/** Puts a block's words into its element. */
export function sayIn(dom: HTMLElement, schema: Schema, { say }: Pick<Options, "say">): void {
  const kind = dom.dataset["fact"] ?? "";
  const name = t(nameKey(kind));
  const nodes = say(kind, dom.dataset["ref"] ?? "");
  dom.setAttribute("role", "group"); // many of one name: no landmarks
  dom.setAttribute("aria-label", t("minutes.block_label", { name }));
  dom.title = t("minutes.block_title");
  if (nodes && nodes.length > 0) {
    dom.replaceChildren(DOMSerializer.fromSchema(schema).serializeFragment(Fragment.fromJSON(schema, nodes)));
    return;
  }
  const line = document.createElement("p");
  line.className = "fact-nothing";
  line.textContent = nodes === null ? name : t(nodes === undefined ? "minutes.block_gone" : "minutes.block_nothing", { name });
  dom.replaceChildren(line);
}

function nameKey(kind: string): Key {
  const known = FACT_KINDS.find((one) => one === kind);
  return known ? `minutes.kind_${known}` : "minutes.kind_unknown";
}

function wordsOf(node: JSONContent): string {
  return (node.text ?? "") + (node.content ?? []).map(wordsOf).join(node.type === "table" || node.type?.endsWith("List") ? "\n" : node.type === "tableRow" ? "\t" : "");
}
