/**
 * Passages that comments are about: a place in the shared text that survives edits around it, and the light it is shown in.
 * Decorations follow one's own edits by themselves; after somebody else's the whole text is new to the editor, so places are looked up again.
 */
import { isChangeOrigin } from "@tiptap/extension-collaboration";
import { Extension, type Editor } from "@tiptap/core";
import type { Node } from "@tiptap/pm/model";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import { absolutePositionToRelativePosition, relativePositionToAbsolutePosition, ySyncPluginKey } from "@tiptap/y-tiptap";
import * as Y from "yjs";

export interface Passage {
  id: string;
  start: string;
  end: string;
}

export interface Place {
  from: number;
  to: number;
}

interface Binding {
  doc: Y.Doc;
  type: Y.XmlFragment;
  mapping: Parameters<typeof absolutePositionToRelativePosition>[2];
}

interface Lit {
  set: DecorationSet;
  /** The text it is right for: after somebody else's change it waits to be looked up again. */
  doc: Node;
}

const key = new PluginKey<Lit>("passages");

export const Passages = Extension.create<{ onpicked: (id: string) => void }>({
  name: "passages",

  addOptions: () => ({ onpicked: () => {} }),

  addProseMirrorPlugins() {
    const { onpicked } = this.options;
    return [
      new Plugin<Lit>({
        key,
        state: {
          init: (_, { doc }) => ({ set: DecorationSet.empty, doc }),
          apply: (transaction, before) => {
            const shown: DecorationSet | undefined = transaction.getMeta(key);
            if (shown) return { set: shown, doc: transaction.doc };
            if (isChangeOrigin(transaction)) return before;
            const set = before.set.map(transaction.mapping, transaction.doc);
            return { set, doc: before.doc === transaction.before ? transaction.doc : before.doc };
          },
        },
        props: {
          decorations: (state) => key.getState(state)?.set,
          handleClick: (view, at) => {
            const [pressed] = key.getState(view.state)?.set.find(at, at) ?? [];
            if (pressed) onpicked(String(pressed.spec["id"]));
            return false;
          },
        },
      }),
    ];
  },
});

function bindingOf(editor: Editor): Binding | null {
  const { binding } = (ySyncPluginKey.getState(editor.state) ?? {}) as { binding?: Binding | null };
  return binding ?? null;
}

/** Null where nothing is chosen, or what is chosen is not in the shared text yet. */
export function anchorOf(editor: Editor, { from, to }: Place): { start: string; end: string } | null {
  const binding = bindingOf(editor);
  if (!binding || from >= to) return null;
  const place = (at: number): string => written(absolutePositionToRelativePosition(at, binding.type, binding.mapping) as Y.RelativePosition);
  return { start: place(from), end: place(to) };
}

/** Where a passage stands now; null when its words are gone. */
export function placeOf(editor: Editor, { start, end }: { start: string; end: string }): Place | null {
  const binding = bindingOf(editor);
  const [first, last] = [read(start), read(end)];
  if (!binding || !first || !last) return null;
  const at = (position: Y.RelativePosition): number | null => relativePositionToAbsolutePosition(binding.doc, binding.type, position, binding.mapping);
  const [from, to] = [at(first), at(last)];
  const { size } = editor.state.doc.content;
  return from === null || to === null || from >= to || to > size || editor.state.doc.textBetween(from, to).trim() === "" ? null : { from, to };
}

/** Asked after every edit; where all stands in its light already nothing is told, or each key would be answered by a second change. */
export function light(editor: Editor, places: ReadonlyMap<string, Place>, chosen: string | null): void {
  const now = key.getState(editor.state);
  const stands = ({ from, to, spec }: Decoration): boolean => {
    const { id, chosen: was } = spec as { id: string; chosen: boolean };
    const place = places.get(id);
    return place?.from === from && place.to === to && was === (id === chosen);
  };
  const lit = now?.doc === editor.state.doc ? now.set.find() : null;
  if (lit?.length === places.size && lit.every(stands)) return;
  const found = [...places].map(([id, { from, to }]) =>
    Decoration.inline(from, to, { class: id === chosen ? "discussed chosen" : "discussed" }, { id, chosen: id === chosen }),
  );
  editor.view.dispatch(editor.state.tr.setMeta(key, DecorationSet.create(editor.state.doc, found)).setMeta("addToHistory", false));
}

function written(position: Y.RelativePosition): string {
  return btoa(String.fromCharCode(...Y.encodeRelativePosition(position)));
}

function read(text: string): Y.RelativePosition | null {
  try {
    return Y.decodeRelativePosition(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  } catch {
    return null; // no position at all: a comment on the text as a whole
  }
}
