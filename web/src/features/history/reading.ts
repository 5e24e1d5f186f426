/**
 * A text out of its Yjs state, as the editor would show it, and whose letters stand where. The copy is one's own: what the editor's
 * schema does not know is dropped from it, and nobody else notices.
 */
import { initProseMirrorDoc } from "@tiptap/y-tiptap";
import { getSchema, type Extensions } from "@tiptap/core";
import type { Node, Schema } from "@tiptap/pm/model";
import * as Y from "yjs";
import { contents } from "../documents/editor/extensions";
import type { Options as FactOptions } from "../documents/editor/facts";

export type Say = FactOptions["say"];

/** Letters in a row by one Yjs client. Positions are those of the text's nodes. */
export interface Run {
  from: number;
  to: number;
  client: number;
}

export interface Read {
  node: Node;
  runs: Run[];
}

/** The editor's own list, with nothing that talks to anybody. `say`: what the blocks of facts in it say. */
export function textExtensions(say?: Say): Extensions {
  return contents({
    ...(say ? { facts: { say, onchange: () => () => {} } } : {}),
    pictures: { document: "", waiting: () => "", onfailed: () => {}, onwrong: () => {}, onlost: () => {} },
    placeholder: () => "",
  });
}

let known: Schema | undefined;

export function textSchema(): Schema {
  return (known ??= getSchema(textExtensions()));
}

export function readText(state: Uint8Array): Read {
  const doc = new Y.Doc();
  if (state.length > 0) Y.applyUpdate(doc, state);
  const fragment = doc.getXmlFragment("default");
  const { doc: node } = initProseMirrorDoc(fragment, textSchema()) as { doc: Node };
  const runs: Run[] = [];
  walk(fragment, node, 0, runs);
  doc.destroy();
  return { node, runs };
}

/** Both trees side by side. Where they do not agree (something odd was mended on the way), that part has no author. */
function walk(kept: Y.XmlFragment, node: Node, start: number, runs: Run[]): void {
  let at = start;
  let index = 0;
  for (const child of kept.toArray()) {
    if (child instanceof Y.XmlText) {
      const letters = lettersOf(child);
      let length = letters.reduce((sum, { length }) => sum + length, 0);
      let place = at;
      for (const { client, length } of letters) {
        add(runs, { from: place, to: place + length, client });
        place += length;
      }
      while (length > 0) {
        const text = node.maybeChild(index);
        if (!text?.isText) return;
        length -= text.nodeSize;
        at += text.nodeSize;
        index += 1;
      }
      if (length < 0) return;
    } else if (child instanceof Y.XmlElement) {
      const element = node.maybeChild(index);
      if (!element || element.type.name !== child.nodeName) return;
      if (element.isLeaf) {
        const client = child._item?.id.client;
        if (client !== undefined && !element.isInline) add(runs, { from: at, to: at + element.nodeSize, client });
      } else walk(child, element, at + 1, runs);
      at += element.nodeSize;
      index += 1;
    }
  }
}

function lettersOf(text: Y.XmlText): { client: number; length: number }[] {
  const found: { client: number; length: number }[] = [];
  for (let item = text._start; item !== null; item = item.right) {
    if (!item.deleted && item.countable) found.push({ client: item.id.client, length: item.length });
  }
  return found;
}

function add(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  if (last && last.to === run.from && last.client === run.client) last.to = run.to;
  else if (run.to > run.from) runs.push(run);
}
