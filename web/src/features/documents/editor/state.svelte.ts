/** What the toolbar has to know of an editor, told at most once a frame: a fast typist must not redraw a toolbar at every letter. */
import type { Editor } from "@tiptap/core";
import { createSubscriber } from "svelte/reactivity";
import { partOf, type Part } from "./numbering";

export type Style = "paragraph" | "h1" | "h2" | "h3" | Part;

export class EditorState {
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
    const { doc } = this.#read().state;
    return doc.textBetween(0, doc.content.size, " ", " ").match(/\S*[\p{L}\p{N}]\S*/gu)?.length ?? 0;
  }

  #read(): Editor {
    this.#subscribe();
    return this.editor;
  }
}
