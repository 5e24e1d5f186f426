/**
 * Pictures in a text: uploaded first, then referenced by their address. A data: URL never gets into the shared document,
 * where every keystroke of everybody would carry it. While a picture is on its way, a mark stands in its place.
 */
import { ask } from "$/api";
import type { Uuid } from "$/api/types";
import { Extension, type Editor } from "@tiptap/core";
import { Image } from "@tiptap/extension-image";
import { DOMParser, type Slice } from "@tiptap/pm/model";
import { Plugin, PluginKey, TextSelection, type EditorState } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import { Counter } from "./numbering";
import { cleanPasted, cleanPastedText, linesAsHtml, type Cleaned } from "./pasted";
import { blockOf } from "./structure";

export const PICTURES: readonly string[] = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const UPLOAD_MS = 60_000;
/** A telephone's photograph is made smaller before it is sent: on paper a page is no wider than this. */
const WIDEST_PX = 2000;
const SMALL_BYTES = 1_000_000;

declare module "@tiptap/core" {
  interface Commands<ReturnType> {
    pictures: {
      insertPictures: (files: readonly Blob[], at?: number) => ReturnType;
    };
  }
}

export const Picture = Image.extend({
  parseHTML() {
    return [{ tag: 'img[src^="/api/images/"]' }];
  },
});

export interface Options {
  document: Uuid;
  /** The words of the mark that stands for a picture on its way. */
  waiting: () => string;
  onfailed: (error: unknown) => void;
  onwrong: () => void;
  onlost: (count: number) => void;
}

type Change = { add: { key: string; at: number } } | { remove: string };

let uploads = 0;

const key = new PluginKey<DecorationSet>("pictures");

export const Pictures = Extension.create<Options>({
  name: "pictures",

  addCommands() {
    return {
      insertPictures:
        (files, at) =>
        ({ editor, state }) => {
          const place = at ?? state.selection.to;
          queueMicrotask(() => takeIn(editor, this.options, files, place)); // after this command's own transaction
          return true;
        },
    };
  },

  addProseMirrorPlugins() {
    const { editor, options } = this;
    let cleaned: Cleaned | null = null;
    return [
      new Plugin<DecorationSet>({
        key,
        state: {
          init: () => DecorationSet.empty,
          apply: (transaction, before) => {
            const marks = before.map(transaction.mapping, transaction.doc);
            const change: Change | undefined = transaction.getMeta(key);
            if (!change) return marks;
            if ("remove" in change) return marks.remove(marks.find(undefined, undefined, (spec) => spec["key"] === change.remove));
            return marks.add(transaction.doc, [Decoration.widget(change.add.at, () => mark(options.waiting()), { key: change.add.key, side: 1 })]);
          },
        },
        props: {
          decorations: (state) => key.getState(state),
          transformPastedHTML: (html, view) => {
            cleaned = cleanPasted(html, countedBefore(view.state));
            return cleaned.html;
          },
          transformPastedText: cleanPastedText,
          clipboardTextParser: (text, _context, plain, view) => {
            // Null leaves it to the editor, which asks for it in spite of its types.
            if (plain || !/\n/.test(text.trim())) return null as unknown as Slice;
            const box = window.document.createElement("div");
            box.innerHTML = cleanPasted(linesAsHtml(text), countedBefore(view.state)).html;
            return DOMParser.fromSchema(view.state.schema).parseSlice(box, { preserveWhitespace: true });
          },
          handlePaste: (view, event, slice) => {
            const found = cleaned;
            cleaned = null;
            const files = picturesIn(event.clipboardData);
            // Word sends a picture of the text along with the text: the text is what is meant.
            const words = slice.content.size > 0 || (found !== null && found.html !== "");
            if (found && found.lost > 0 && files.length === 0) options.onlost(found.lost);
            if (files.length > 0 && !words) {
              takeIn(editor, options, files, view.state.selection.to);
              return true;
            }
            if (found && found.pictures.length > 0) {
              queueMicrotask(() => takeIn(editor, options, found.pictures.map(blobOf).filter((blob) => blob !== null), editor.state.selection.to));
            }
            return false;
          },
          handleDrop: (view, event, _slice, moved) => {
            if (moved || !event.dataTransfer?.files.length) return false;
            const at = view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos ?? view.state.selection.to;
            takeIn(editor, options, [...event.dataTransfer.files], at);
            return true;
          },
        },
      }),
    ];
  },
});

/** The text counted up to where something is put in; an empty paragraph there is replaced and does not count. */
function countedBefore({ doc, selection }: EditorState): Counter {
  const counter = new Counter();
  doc.forEach((node, at) => {
    if (at < selection.from && !(at + node.nodeSize >= selection.to && node.content.size === 0)) counter.next(blockOf(node));
  });
  return counter;
}

function picturesIn(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])].filter((file) => file.type.startsWith("image/"));
}

function takeIn(editor: Editor, options: Options, files: readonly Blob[], at: number): void {
  if (!editor.isEditable) return;
  const wanted = files.filter((file) => PICTURES.includes(file.type));
  if (wanted.length < files.length) options.onwrong();
  for (const file of wanted) void upload(editor, options, file, at);
}

async function upload(editor: Editor, options: Options, file: Blob, at: number): Promise<void> {
  const mine = `picture-${(uploads += 1)}`;
  editor.view.dispatch(editor.state.tr.setMeta(key, { add: { key: mine, at: afterBlock(editor, at) } } satisfies Change));
  try {
    const body = await fitting(file);
    const { url } = await ask<{ url: string }>(`/api/documents/${options.document}/images`, { method: "POST", body, timeout_ms: UPLOAD_MS });
    const place = placeOf(editor, mine);
    if (place !== null) insert(editor, url, place);
  } catch (error) {
    options.onfailed(error);
  } finally {
    if (!editor.isDestroyed) editor.view.dispatch(editor.state.tr.setMeta(key, { remove: mine } satisfies Change));
  }
}

/** Behind the paragraph one stands in: a picture is a block of its own and never cuts a sentence. */
function afterBlock(editor: Editor, at: number): number {
  const place = editor.state.doc.resolve(Math.min(at, editor.state.doc.content.size));
  const depth = place.parent.isTextblock ? place.depth : 0;
  return depth > 0 ? place.after(depth) : place.pos;
}

/** Null when the text around it was deleted meanwhile, or the editor closed. */
function placeOf(editor: Editor, mine: string): number | null {
  if (editor.isDestroyed) return null;
  return key.getState(editor.state)?.find(undefined, undefined, (spec) => spec["key"] === mine)[0]?.from ?? null;
}

function insert(editor: Editor, src: string, at: number): void {
  const picture = editor.schema.nodes["image"]!.create({ src, alt: null });
  const transaction = editor.state.tr.insert(at, picture);
  const behind = at + picture.nodeSize;
  if (!transaction.doc.resolve(behind).nodeAfter?.isTextblock) {
    transaction.insert(behind, editor.schema.nodes["paragraph"]!.create());
    if (editor.isFocused) transaction.setSelection(TextSelection.create(transaction.doc, behind + 1));
  }
  editor.view.dispatch(transaction);
}

/** As it is when small or moving; else drawn again no wider than a page, which also drops where it was taken. */
async function fitting(file: Blob): Promise<Blob> {
  if (file.type === "image/gif" || file.size <= SMALL_BYTES) return file;
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return file; // the hub says what is wrong with it
  const scale = Math.min(1, WIDEST_PX / bitmap.width);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const type = file.type === "image/png" && scale === 1 ? "image/png" : "image/jpeg";
  const drawn = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, 0.85));
  return drawn !== null && drawn.size < file.size ? drawn : file;
}

function blobOf(url: string): Blob | null {
  const found = /^data:([a-z]+\/[a-z0-9.+-]+);base64,([A-Za-z0-9+/=\s]+)$/.exec(url);
  if (!found) return null;
  const bytes = Uint8Array.from(atob(found[2]!.replace(/\s/g, "")), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: found[1]! });
}

function mark(words: string): HTMLElement {
  const element = document.createElement("p");
  element.className = "picture-waiting";
  element.contentEditable = "false";
  element.textContent = words;
  return element;
}
