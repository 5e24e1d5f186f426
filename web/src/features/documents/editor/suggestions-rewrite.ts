/**
 * Turns an edit into a suggestion: what it would delete is struck through, what it would put in is marked as proposed. Words and
 * whole paragraphs can be proposed; splitting or joining paragraphs, tables, pictures and looks cannot, and the person is told.
 */
import { Fragment, Slice, type Mark, type Node, type ResolvedPos } from "@tiptap/pm/model";
import { TextSelection, type EditorState, type Transaction } from "@tiptap/pm/state";
import { ReplaceStep } from "@tiptap/pm/transform";
import { isOwn, isOwnInsertion, isSuggestion, proposedBy, writtenProposal, type Said } from "./suggestions-judge";

/** Why an edit cannot be a suggestion. */
export type Why = "join" | "split" | "look" | "block" | "move";

export type Rewritten = { transaction: Transaction } | { refused: Why };

interface Line {
  content: Fragment;
  attrs: Record<string, unknown>;
}

export function asSuggestion(transaction: Transaction, state: EditorState, me: string): Rewritten {
  if (!transaction.steps.every((step) => step instanceof ReplaceStep)) return { refused: "look" };
  const change = changeOf(transaction);
  if (change === null) return { refused: "look" };
  const lines = linesOf(change.slice);
  if (lines === null) return { refused: "block" };
  const made = state.tr;
  const said = saidAround(state.doc, change.from, change.to, me) ?? fresh(me);
  const struck = strike(made, change.from, change.to, said);
  const at = made.mapping.map(change.to);
  const placed = lines.length > 0 ? propose(made, at, lines, change.slice, said) : null;
  if (placed !== null && "refused" in placed) return placed;
  if (placed === null && !struck && made.steps.length === 0 && !onlyPassedOver(state.doc, change.from, change.to)) {
    return { refused: holdsBlock(state.doc, change.from, change.to) ? "block" : "join" };
  }
  const back = state.selection.empty && state.selection.head === change.from && change.to > change.from && placed === null;
  const cursor = placed !== null ? placed.cursor : back ? at : made.mapping.map(change.from, -1);
  made.setSelection(TextSelection.near(made.doc.resolve(Math.min(cursor, made.doc.content.size)), placed === null && !back ? -1 : 1));
  return { transaction: made.scrollIntoView() };
}

/** One replacement that does what the transaction does; null where nothing was replaced. */
function changeOf(transaction: Transaction): { from: number; to: number; slice: Slice } | null {
  const [only, ...more] = transaction.steps;
  if (only instanceof ReplaceStep && more.length === 0) return { from: only.from, to: only.to, slice: only.slice };
  const { before, doc } = transaction;
  const from = before.content.findDiffStart(doc.content);
  const ends = before.content.findDiffEnd(doc.content);
  if (from === null || ends === null) return null;
  const overlap = Math.max(0, from - Math.min(ends.a, ends.b)); // equal letters on both sides of the place
  return { from, to: ends.a + overlap, slice: doc.slice(from, ends.b + overlap) };
}

/** The textblocks of what is put in; null where something else than words is among them. */
function linesOf(slice: Slice): Line[] | null {
  if (slice.content.size === 0) return [];
  if (slice.content.firstChild?.isInline) return [{ content: wordsOf(slice.content), attrs: {} }];
  const lines: Line[] = [];
  let only = true;
  slice.content.descendants((node) => {
    if (node.isTextblock) {
      lines.push({ content: wordsOf(node.content), attrs: node.type.name === "paragraph" ? node.attrs : {} });
      return false;
    }
    if (node.isLeaf || node.type.spec["tableRole"]) only = false;
    return only;
  });
  return only ? lines : null;
}

/** Words with their looks; a line break becomes a space, for a suggestion cannot hold one. */
function wordsOf(content: Fragment): Fragment {
  const found: Node[] = [];
  content.forEach((node) => {
    if (node.isText) found.push(node.mark(node.marks.filter((mark) => !isSuggestion(mark))));
    else if (node.type.name === "hardBreak") found.push(node.type.schema.text(" "));
  });
  return Fragment.fromArray(found);
}

/** Strikes what may be struck: own proposals go, other words get the mark. True when there was anything. */
function strike(made: Transaction, from: number, to: number, said: Said): boolean {
  if (from === to) return false;
  const { deletion } = made.doc.type.schema.marks;
  const gone: [number, number][] = [];
  let any = false;
  made.doc.nodesBetween(from, to, (node, at) => {
    if (node.isTextblock && at >= from && at + node.nodeSize <= to && isOwnBlock(node, said.by)) {
      gone.push([at, at + node.nodeSize]);
      return false;
    }
    if (!node.isText) return true;
    const [start, end] = [Math.max(at, from), Math.min(at + node.nodeSize, to)];
    if (isOwnInsertion(node, said.by)) gone.push([start, end]);
    else if (!node.marks.some((mark) => mark.type === deletion)) {
      made.addMark(start, end, deletion!.create(said));
      any = true;
    }
    return false;
  });
  for (const [start, end] of gone.reverse()) made.delete(start, end);
  return any || gone.length > 0;
}

function isOwnBlock(block: Node, me: string): boolean {
  if (proposedBy(block.attrs["proposed"])?.by !== me) return false;
  let own = true;
  block.content.forEach((node) => (own &&= isOwnInsertion(node, me)));
  return own;
}

function propose(made: Transaction, at: number, lines: Line[], slice: Slice, said: Said): { cursor: number } | { refused: Why } {
  const { insertion } = made.doc.type.schema.marks;
  const mark = insertion!.create(said);
  const marked = (content: Fragment): Node[] => content.content.map((node) => node.mark(mark.addToSet(node.marks)));
  const place = made.doc.resolve(at);
  if (!place.parent.isTextblock) return { refused: "block" };
  const inline = slice.openStart > 0 || slice.content.firstChild?.isInline === true || lines.length === 1;
  const [first, ...more] = inline ? lines : [{ content: Fragment.empty, attrs: {} }, ...lines];
  const blank = more.every((line) => line.content.size === 0);
  if (more.length > 0 && blank && first!.content.size === 0 && !atEnd(place)) {
    if (place.parentOffset > 0) return { refused: "split" };
    return beside(made, place, "before", [paragraph(place, more[0]!, [], said)]);
  }
  let cursor = at;
  if (first!.content.size > 0) {
    made.insert(at, marked(first!.content));
    cursor = at + first!.content.size;
  }
  if (more.length === 0) return { cursor };
  const blocks = more.map((line) => paragraph(place, line, marked(line.content), said));
  return beside(made, made.doc.resolve(cursor), "after", blocks);
}

/** Whole paragraphs are proposed beside the one the cursor is in, where its parent may hold them. */
function beside(made: Transaction, place: ResolvedPos, side: "before" | "after", blocks: Node[]): { cursor: number } | { refused: Why } {
  const at = side === "before" ? place.before() : place.after();
  const index = place.index(place.depth - 1) + (side === "after" ? 1 : 0);
  const holder = place.node(place.depth - 1);
  if (!holder.canReplace(index, index, Fragment.fromArray(blocks))) return { refused: "block" };
  made.insert(at, blocks);
  const size = blocks.reduce((sum, block) => sum + block.nodeSize, 0);
  return { cursor: at + size - 1 };
}

function paragraph(place: ResolvedPos, line: Line, content: Node[], said: Said): Node {
  const { paragraph: type } = place.doc.type.schema.nodes;
  const { part = null, textAlign = null } = line.attrs;
  return type!.create({ part, textAlign, proposed: writtenProposal(said) }, content);
}

function atEnd(place: ResolvedPos): boolean {
  return place.parentOffset === place.parent.content.size;
}

/** Only words that are struck already lie here: the cursor goes past them. */
function onlyPassedOver(doc: Node, from: number, to: number): boolean {
  return from < to && doc.textBetween(from, to).length > 0;
}

function holdsBlock(doc: Node, from: number, to: number): boolean {
  let found = false;
  doc.nodesBetween(from, to, (node) => {
    found ||= node.isBlock && (node.isLeaf || node.type.spec["tableRole"] !== undefined);
    return !found;
  });
  return found;
}

/** A suggestion goes on where one's own stands next to it: a word typed letter by letter is one suggestion. */
function saidAround(doc: Node, from: number, to: number, me: string): Said | null {
  const [start, end] = [doc.resolve(from), doc.resolve(to)];
  for (const node of [start.nodeBefore, end.nodeAfter, start.nodeAfter]) {
    const mark = node?.marks.find((one) => isSuggestion(one) && isOwn(one, me));
    if (mark) return saidBy(mark);
  }
  const block = proposedBy(start.parent.attrs["proposed"]);
  return block?.by === me ? block : null;
}

function saidBy(mark: Mark): Said {
  return { id: String(mark.attrs["id"]), by: String(mark.attrs["by"]), at: String(mark.attrs["at"]) };
}

function fresh(me: string): Said {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(36).padStart(2, "0")).join("");
  return { id, by: me, at: `${new Date().toISOString().slice(0, 19)}Z` };
}

/**
 * Marks that letters typed next get, null to leave them. In suggestion mode the mark is there before the first letter, or a
 * Vietnamese keyboard's composition would be cut when the mark came after it. Whoever writes does not write in another's name.
 */
export function storedMarksFor(state: EditorState, me: string | null): readonly Mark[] | null {
  const { $from, $to, empty } = state.selection;
  const { insertion } = state.schema.marks;
  const now = state.storedMarks ?? (empty ? $from.marks() : ($from.marksAcross($to) ?? []));
  const clean = now.filter((mark) => !isSuggestion(mark));
  if (me === null) return clean.length === now.length ? null : clean;
  if (!(state.selection instanceof TextSelection)) return null;
  const own = now.find((mark) => mark.type === insertion && isOwn(mark, me));
  const said = saidAround(state.doc, $from.pos, $to.pos, me);
  if (own && state.storedMarks && now.length === clean.length + 1 && (said === null || said.id === own.attrs["id"])) return null;
  return insertion!.create(said ?? fresh(me)).addToSet(clean);
}

/** What is pasted or dropped is words, whoever proposed them where they were copied. */
export function plainSlice(slice: Slice): Slice {
  return new Slice(plain(slice.content), slice.openStart, slice.openEnd);
}

function plain(content: Fragment): Fragment {
  return Fragment.fromArray(
    content.content.map((node) => {
      const bare = node.mark(node.marks.filter((mark) => !isSuggestion(mark)));
      if (bare.isText || bare.isLeaf) return bare;
      const attrs = bare.attrs["proposed"] ? { ...bare.attrs, proposed: null } : bare.attrs;
      return bare.type.create(attrs, plain(bare.content), bare.marks);
    }),
  );
}
