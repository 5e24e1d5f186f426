/** The suggestions in a text as a drafter reads them, and what accepting or rejecting does to the text. */
import { Fragment, type Node } from "@tiptap/pm/model";
import type { Transaction } from "@tiptap/pm/state";
import { perNode } from "./drawn";
import { Counter, type Block } from "./numbering";
import { isSuggestion, proposedBy, type Said } from "./suggestions-judge";

export type Verdict = "accepted" | "rejected";

export interface Found extends Said {
  /** Words it takes out, and words it puts in; between paragraphs a line break. */
  removed: string;
  added: string;
  /** "Điều 3, khoản 2": the labels above the place; empty before the first of them. */
  place: readonly string[];
  from: number;
  to: number;
}

const blockOf = (node: Node): Block => {
  if (node.type.name === "heading") return [1, 2, 3].includes(Number(node.attrs["level"])) ? (Number(node.attrs["level"]) as Block) : null;
  const part: unknown = node.type.name === "paragraph" && node.attrs["proposed"] === null ? node.attrs["part"] : null;
  return part === "article" || part === "clause" || part === "point" || part === "ground" ? part : null;
};

/** Whether anything is proposed in a block: of most of a long text it is known that nothing is. */
const bears = perNode((block): boolean => {
  let any = false;
  const look = (node: Node): boolean => {
    any ||= proposedBy(node.attrs["proposed"]) !== null || node.marks.some(isSuggestion);
    return !any;
  };
  if (look(block)) block.descendants(look);
  return any;
});

/** In the order of the text. */
export function suggestionsIn(doc: Node): Found[] {
  const found = new Map<string, Found & { lastRemoved: number; lastAdded: number }>();
  const counter = new Counter();
  let place: { article?: string; clause?: string; point?: string } = {};
  const note = (said: Said, at: number, to: number): Found & { lastRemoved: number; lastAdded: number } => {
    const key = `${said.by}|${said.id}`;
    let one = found.get(key);
    if (!one) {
      one = { ...said, removed: "", added: "", place: labels(place), from: at, to, lastRemoved: -1, lastAdded: -1 };
      found.set(key, one);
    }
    one.to = Math.max(one.to, to);
    return one;
  };
  let top = -1;
  doc.forEach((block, offset) => {
    top += 1;
    place = placeAfter(place, blockOf(block), counter);
    const visit = (node: Node, at: number): boolean => {
      const proposed = proposedBy(node.attrs["proposed"]);
      if (proposed) note(proposed, at, at + node.nodeSize);
      if (!node.isText) return true;
      for (const mark of node.marks) {
        if (mark.type.name !== "insertion" && mark.type.name !== "deletion") continue;
        const one = note({ id: String(mark.attrs["id"]), by: String(mark.attrs["by"]), at: String(mark.attrs["at"]) }, at, at + node.nodeSize);
        if (mark.type.name === "insertion") {
          one.added += (one.added !== "" && one.lastAdded !== top ? "\n" : "") + node.text!;
          one.lastAdded = top;
        } else {
          one.removed += (one.removed !== "" && one.lastRemoved !== top ? "\n" : "") + node.text!;
          one.lastRemoved = top;
        }
      }
      return false;
    };
    if (bears(block) && visit(block, offset)) block.descendants((node, at) => visit(node, offset + 1 + at));
  });
  return [...found.values()].map(({ lastRemoved: _removed, lastAdded: _added, ...one }) => one);
}

function placeAfter(place: { article?: string; clause?: string; point?: string }, block: Block, counter: Counter): typeof place {
  const label = counter.next(block)?.replace(/[.)]$/, "") ?? null;
  switch (block) {
    case "article":
      return { article: label! };
    case "clause":
      return { ...(place.article ? { article: place.article } : {}), clause: label! };
    case "point":
      return { ...(place.article ? { article: place.article } : {}), ...(place.clause ? { clause: place.clause } : {}), point: label! };
    case 1:
    case 2:
    case 3:
      return {};
    default:
      return place;
  }
}

/** Always as the law says it: it goes into the table of opinions. */
function labels({ article, clause, point }: { article?: string; clause?: string; point?: string }): string[] {
  return [...(point ? [`điểm ${point}`] : []), ...(clause ? [`khoản ${clause}`] : []), ...(article ? [article] : [])];
}

/** Accepting makes the text say it; rejecting leaves the text as it was. A paragraph struck out whole goes with its words. */
export function settle(transaction: Transaction, which: (said: Said) => boolean, verdict: Verdict): Transaction {
  const { insertion, deletion } = transaction.doc.type.schema.marks;
  const gone: [number, number][] = [];
  const plain: number[] = [];
  transaction.doc.descendants((node, at) => {
    const proposed = proposedBy(node.attrs["proposed"]);
    const settled = proposed !== null && which(proposed);
    if (settled && verdict === "accepted") plain.push(at);
    if (!node.isTextblock) return true;
    let left = node.content.size;
    let taken = 0;
    const inside: [number, number][] = [];
    node.content.forEach((child, offset) => {
      const [from, to] = [at + 1 + offset, at + 1 + offset + child.nodeSize];
      const mine = child.marks.filter((mark) => (mark.type === insertion || mark.type === deletion) && which({ id: String(mark.attrs["id"]), by: String(mark.attrs["by"]), at: "" }));
      if (mine.length === 0) return;
      if (mine.some((mark) => (mark.type === deletion) === (verdict === "accepted"))) {
        inside.push([from, to]);
        left -= child.nodeSize;
        taken += child.nodeSize;
      } else for (const mark of mine) transaction.removeMark(from, to, mark);
    });
    const emptied = left === 0 && (taken > 0 || settled) && (verdict === "accepted" ? taken > 0 && !settled : settled);
    if (emptied) gone.push([at, at + node.nodeSize]);
    else {
      gone.push(...inside);
      if (settled && verdict === "rejected") plain.push(at); // somebody else's words stand in it
    }
    return false;
  });
  for (const at of plain) transaction.setNodeAttribute(at, "proposed", null);
  for (const [from, to] of gone.reverse()) remove(transaction, from, to);
  return transaction;
}

/** A block goes whole where its parent can do without it; else only its words do. */
function remove(transaction: Transaction, from: number, to: number): void {
  const place = transaction.doc.resolve(from);
  const node = place.nodeAfter;
  if (node?.isTextblock && node.nodeSize === to - from) {
    if (place.parent.canReplace(place.index(), place.index() + 1, Fragment.empty) && place.parent.childCount > 1) transaction.delete(from, to);
    else transaction.delete(from + 1, to - 1);
  } else transaction.delete(from, to);
}
