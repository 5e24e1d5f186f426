/** What the toolbar has to know of an editor, told at most once a frame: a fast typist must not redraw a toolbar at every letter. */
import type { Editor } from "@tiptap/core";
import type { Node } from "@tiptap/pm/model";
import { createSubscriber } from "svelte/reactivity";
import { perNode } from "./drawn";
import { partOf, type Part } from "./numbering";
import { settle, suggestionsIn, type Found, type Verdict } from "./suggestions-found";
import type { Said } from "./suggestions-judge";

export type Style = "paragraph" | "h1" | "h2" | "h3" | Part;

export class EditorState {
  #found: { doc: Node; list: Found[] } | null = null;
  readonly #subscribe: () => void;

  constructor(readonly editor: Editor) {
    this.#subscribe = createSubscriber((update) => {
      let frame = 0;
      const changed = (): void => {
        frame ||= requestAnimationFrame(() => {
          frame = 0;
          update();
        });
      };
      editor.on("transaction", changed);
      return () => {
        cancelAnimationFrame(frame);
        editor.off("transaction", changed);
      };
    });
  }

  is(name: string): boolean {
    return this.#read().isActive(name);
  }

  aligned(to: string): boolean {
    return this.#read().isActive({ textAlign: to });
  }

  get style(): Style {
    const editor = this.#read();
    for (const level of [1, 2, 3] as const) if (editor.isActive("heading", { level })) return `h${level}`;
    return partOf(editor.getAttributes("paragraph")["part"]) ?? "paragraph";
  }

  get empty(): boolean {
    return this.#read().isEmpty;
  }

  get canUndo(): boolean {
    return this.#read().can().undo();
  }

  get canRedo(): boolean {
    return this.#read().can().redo();
  }

  get canMerge(): boolean {
    return this.#read().can().mergeCells();
  }

  get canSplit(): boolean {
    return this.#read().can().splitCell();
  }

  /** The chosen picture's description, or null when no picture is chosen. */
  get alt(): string | null {
    const editor = this.#read();
    return editor.isActive("image") ? String(editor.getAttributes("image")["alt"] ?? "") : null;
  }

  /** Words as an office counts them: what stands between spaces, the counted numbers left out. */
  get words(): number {
    return wordsOf(this.#read().state.doc);
  }

  /** What is proposed in the text, in its order. */
  get suggestions(): readonly Found[] {
    const { doc } = this.#read().state;
    if (this.#found?.doc !== doc) this.#found = { doc, list: suggestionsIn(doc) };
    return this.#found.list;
  }

  /** The words chosen now; null where there are none. */
  get chosen(): { from: number; to: number; words: string } | null {
    const { doc, selection } = this.#read().state;
    const words = selection.empty ? "" : doc.textBetween(selection.from, selection.to, "\n").trim();
    return words === "" ? null : { from: selection.from, to: selection.to, words };
  }

  /** The words of every paragraph, heading and cell. */
  get lines(): readonly string[] {
    const found: string[] = [];
    this.#read().state.doc.descendants((node) => {
      if (node.isTextblock) found.push(node.textContent);
      return !node.isTextblock;
    });
    return found;
  }

  settle(which: Said | readonly Said[], verdict: Verdict): void {
    const wanted = [which].flat();
    const { view } = this.editor;
    view.dispatch(settle(view.state.tr, ({ id, by }) => wanted.some((one) => one.id === id && one.by === by), verdict));
  }

  /** Brings a place into sight, with the cursor there. */
  show(at: number): void {
    this.editor.chain().setTextSelection(Math.min(at, this.editor.state.doc.content.size)).scrollIntoView().focus().run();
  }

  #read(): Editor {
    this.#subscribe();
    return this.editor;
  }
}

const wordsOf: (node: Node) => number = perNode((node) => {
  if (node.isTextblock) return node.textBetween(0, node.content.size, " ", " ").match(/\S*[\p{L}\p{N}]\S*/gu)?.length ?? 0;
  let count = 0;
  node.forEach((child) => (count += wordsOf(child)));
  return count;
});
