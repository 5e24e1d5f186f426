/**
 * Decorations of a text of a thousand blocks. A set as ProseMirror makes it asks every decoration about every block, when it is
 * made and each time it is drawn: a million questions a key. Here a block finds what is drawn in it by where it stands, and a
 * block that nobody changed keeps what was made for it.
 */
import type { Node } from "@tiptap/pm/model";
import { DecorationSet, type Decoration } from "@tiptap/pm/view";

/** Its types leave out what its constructor takes: what stands at the top, and of each child with something inside its start, its end and its set. */
const Made = DecorationSet as unknown as new (around: readonly Decoration[], inside: readonly (number | DecorationSet)[]) => DecorationSet;

class BlockDecorations extends Made {
  readonly #inside = new Map<number, DecorationSet>();

  constructor(around: readonly Decoration[], inside: readonly [at: number, end: number, set: DecorationSet][]) {
    super(around, inside.flat());
    for (const [at, , set] of inside) this.#inside.set(at, set);
  }

  /** What stands around blocks is of whole nodes and reaches into none, so only what is inside is to be found. */
  override forChild(at: number): DecorationSet {
    return this.#inside.get(at) ?? DecorationSet.empty;
  }
}

/** Of whole blocks at the top of a text, in their order. */
export function aroundBlocks(found: readonly Decoration[]): DecorationSet {
  return found.length > 0 ? new BlockDecorations(found, []) : DecorationSet.empty;
}

/** Of what stands inside the blocks at the top of a text; positions in a block's set are counted from the beginning of its content. */
export function insideBlocks(doc: Node, setOf: (block: Node, at: number) => DecorationSet): DecorationSet {
  const found: [number, number, DecorationSet][] = [];
  doc.forEach((block, at) => {
    const set = setOf(block, at);
    if (set !== DecorationSet.empty) found.push([at, at + block.nodeSize, set]);
  });
  return found.length > 0 ? new BlockDecorations([], found) : DecorationSet.empty;
}

/** A block that nobody changed is the same node in the next version of the text: what is true of it alone is found once. */
export function perNode<Found extends NonNullable<unknown>>(find: (node: Node) => Found): (node: Node) => Found {
  const known = new WeakMap<Node, Found>();
  return (node) => {
    let found = known.get(node);
    if (found === undefined) known.set(node, (found = find(node)));
    return found;
  };
}

/** The same for decorations that also hang on something outside the block, which `said` names in full. */
export function perBlock(): (block: Node, said: string, make: () => Decoration[]) => DecorationSet {
  const known = new WeakMap<Node, { said: string; set: DecorationSet }>();
  return (block, said, make) => {
    let one = known.get(block);
    if (one?.said !== said) known.set(block, (one = { said, set: DecorationSet.create(block, make()) }));
    return one.set;
  };
}
