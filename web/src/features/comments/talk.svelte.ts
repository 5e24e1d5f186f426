/** The comments of a text beside its editor: where each thread's passage stands now, and which one is being looked at. */
import type { Uuid } from "$/api/types";
import { isChangeOrigin } from "@tiptap/extension-collaboration";
import type { Transaction } from "@tiptap/pm/state";
import { light, placeOf, type Place } from "../documents/editor/passages";
import type { EditorState } from "../documents/editor/state.svelte";
import { Threads } from "./threads.svelte";

export class Talk {
  readonly threads: Threads;
  chosen = $state<string | null>(null);
  /** A comment that is being written: it outlives the side being closed. */
  begun = $state("");
  #places = $state.raw<ReadonlyMap<string, Place>>(new Map());

  constructor(document: Uuid, comments: Uuid, user: { id: Uuid; name: string }) {
    this.threads = new Threads(document, comments, user);
  }

  get places(): ReadonlyMap<string, Place> {
    return this.#places;
  }

  close(): void {
    this.threads.close();
  }

  /** Looks passages up again after changes, at most once a frame; the function it returns ends that. */
  follow(text: EditorState): () => void {
    let frame = 0;
    const look = (): void => {
      frame = 0;
      if (text.editor.isDestroyed) return;
      const found = new Map<string, Place>();
      for (const thread of this.threads.all) {
        const place = thread.resolved ? null : placeOf(text.editor, thread);
        if (place) found.set(thread.id, place);
      }
      this.#places = found;
      light(text.editor, found, this.chosen);
    };
    const soon = (): void => void (frame ||= requestAnimationFrame(look));
    const changed = ({ transaction }: { transaction: Transaction }): void => {
      if (transaction.docChanged || isChangeOrigin(transaction)) soon();
    };
    text.editor.on("transaction", changed);
    soon();
    return () => {
      cancelAnimationFrame(frame);
      text.editor.off("transaction", changed);
    };
  }
}
