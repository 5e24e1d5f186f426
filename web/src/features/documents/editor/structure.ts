/** What a text says of itself as a whole: the label and place of each block, which parts may be referred to, where references stand. */
import type { Node } from "@tiptap/pm/model";
import { perNode } from "./drawn";
import { Counter, GONE, partOf, referenceWords, type Block, type Place } from "./numbering";

export interface Numbered {
  at: number;
  node: Node;
  label: string | null;
  place: Place;
}

export interface Pointing {
  at: number;
  node: Node;
  words: string;
}

export interface Structure {
  blocks: readonly Numbered[];
  /** The parts that have an id. Of two with one id (copied in two windows at once) the first counts, in every browser. */
  targets: ReadonlyMap<string, Numbered>;
  references: readonly Pointing[];
}

export function blockOf(node: Node): Block {
  if (node.type.name === "paragraph") return node.attrs["proposed"] ? null : partOf(node.attrs["part"]); // proposed: counted once accepted
  if (node.type.name === "factBlock") return node.attrs["kind"] === "item" ? 3 : null; // an item's title stands as a section's
  const level: unknown = node.type.name === "heading" ? node.attrs["level"] : null;
  return level === 1 || level === 2 || level === 3 ? level : null;
}

/** Where references stand in a block, counted from the beginning of its content. */
const referencesOf = perNode((block): readonly { inside: number; node: Node }[] => {
  const found: { inside: number; node: Node }[] = [];
  block.descendants((node, inside) => {
    if (node.type.name === "reference") found.push({ inside, node });
    return !node.isLeaf;
  });
  return found;
});

/** Counted once for each version of the text, whoever asks. */
export const structureOf = perNode((doc): Structure => {
  const counter = new Counter();
  const blocks: Numbered[] = [];
  const targets = new Map<string, Numbered>();
  const pointing: { at: number; node: Node; here: Place }[] = [];
  doc.forEach((node, at) => {
    const label = counter.next(blockOf(node));
    const block = { at, node, label, place: counter.place };
    blocks.push(block);
    const id: unknown = node.attrs["id"];
    if (label !== null && typeof id === "string" && !targets.has(id)) targets.set(id, block);
    for (const { inside, node: reference } of referencesOf(node)) pointing.push({ at: at + 1 + inside, node: reference, here: block.place });
  });
  const references = pointing.map(({ at, node, here }) => ({ at, node, words: referenceWords(targets.get(String(node.attrs["to"]))?.place ?? null, here) }));
  return { blocks, targets, references };
});

/** A part in full, as one names it from outside: "khoản 2 Điều 5". */
export function nameOf({ place }: Numbered): string {
  return referenceWords(place, { text: -1, article: 0, clause: 0, point: 0 });
}

/** Ten letters are enough for one text: of a thousand parts two meet once in 10¹². */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => (byte % 36).toString(36)).join("");
}

export { GONE };
