/**
 * What changed between two texts: blocks that came and went, and within the blocks that stayed the words that did. Everything is said
 * in positions of the later text; what was taken out is carried along to be shown where it stood.
 */
import { diffArrays } from "diff";
import type { Node } from "@tiptap/pm/model";

export type Change =
  | { is: "added"; from: number; to: number; block: boolean }
  | { is: "removed"; at: number; nodes: readonly Node[]; block: boolean }
  /** The same words in another style, or a paragraph that became another part. */
  | { is: "restyled"; from: number; to: number; block: boolean };

/** Two texts that share hardly anything: past so long the rest counts as replaced. */
const PATIENCE_MS = 1_500;
/** Blocks with so many of their words in common are one block that was edited. */
const ALIKE = 0.35;
const MOST_PAIRS = 40_000;

interface Step {
  is: "same" | "removed" | "added";
  count: number;
}

export function compare(before: Node, after: Node): Change[] {
  const until = Date.now() + PATIENCE_MS;
  const changes: Change[] = [];
  inside(before, after, 0, changes, () => Math.max(1, until - Date.now()));
  return changes;
}

/** Changes that touch are one to a reader: a word replaced by another is one place. */
export function places(changes: readonly Change[]): number[] {
  let place = -1;
  let end = -1;
  return changes.map((change) => {
    const [from, to] = change.is === "removed" ? [change.at, change.at] : [change.from, change.to];
    if (from > end || place < 0) place += 1;
    end = Math.max(end, to);
    return place;
  });
}

/** `start`: of the later node's contents. */
function inside(before: Node, after: Node, start: number, changes: Change[], left: () => number): void {
  if (after.inlineContent) return words(before, after, start, changes, left);
  const [have, want] = [childrenOf(before), childrenOf(after)];
  let [i, j, at] = [0, 0, start];
  let gone: Node[] = [];
  let come: Node[] = [];
  const settle = (): void => {
    for (const [one, other] of paired(gone, come)) {
      if (one && other) {
        if (!sameStyle(one, other)) changes.push({ is: "restyled", from: at, to: at + other.nodeSize, block: true });
        if (!other.isLeaf) inside(one, other, at + 1, changes, left);
      } else if (one) changes.push({ is: "removed", at, nodes: [one], block: true });
      else if (other) changes.push({ is: "added", from: at, to: at + other.nodeSize, block: true });
      at += other?.nodeSize ?? 0;
    }
    gone = [];
    come = [];
  };
  const keys = (nodes: readonly Node[], side: string): string[] => nodes.map((node, at) => (isBlank(node) ? `${side}${at}` : keyOf(node)));
  for (const { is, count } of steps(keys(have, "-"), keys(want, "+"), left())) {
    if (is === "removed") gone.push(...have.slice(i, i + count));
    if (is === "added") come.push(...want.slice(j, j + count));
    if (is === "same") {
      settle();
      for (const node of want.slice(j, j + count)) at += node.nodeSize;
    }
    if (is !== "added") i += count;
    if (is !== "removed") j += count;
  }
  settle();
}

interface Word {
  key: string;
  node: Node;
  size: number;
}

function words(before: Node, after: Node, start: number, changes: Change[], left: () => number): void {
  const [have, want] = [wordsOf(before), wordsOf(after)];
  let [i, j, at] = [0, 0, start];
  for (const { is, count } of slid(have, want, left())) {
    const old = have.slice(i, i + count);
    const fresh = want.slice(j, j + count);
    const size = fresh.reduce((sum, word) => sum + word.size, 0);
    if (is === "removed") changes.push({ is, at, nodes: old.map(({ node }) => node), block: false });
    if (is === "added") changes.push({ is, from: at, to: at + size, block: false });
    if (is === "same") restyled(old, fresh, at, changes);
    if (is !== "added") i += count;
    if (is !== "removed") {
      j += count;
      at += size;
    }
  }
}

function restyled(old: Word[], fresh: Word[], start: number, changes: Change[]): void {
  let at = start;
  fresh.forEach((word, index) => {
    const last = changes.at(-1);
    if (!sameMarks(old[index]!.node, word.node)) {
      if (last?.is === "restyled" && !last.block && last.to === at) last.to += word.size;
      else changes.push({ is: "restyled", from: at, to: at + word.size, block: false });
    }
    at += word.size;
  });
}

/** A word with the space after it; a picture or a line break is a word. Its style is not part of its key: it is compared on its own. */
function wordsOf(block: Node): Word[] {
  const found: Word[] = [];
  block.forEach((child) => {
    if (!child.isText) {
      found.push({ key: keyOf(child), node: child, size: child.nodeSize });
      return;
    }
    let at = 0;
    for (const word of child.text!.match(/[\p{L}\p{N}\p{M}]+\s*|[^\p{L}\p{N}\p{M}\s]|\s+/gu) ?? []) {
      found.push({ key: word, node: child.cut(at, at + word.length), size: word.length });
      at += word.length;
    }
  });
  return found;
}

/** A sentence put in behind another is told from its first word to its full stop, not from the stop before it. */
function slid(have: Word[], want: Word[], timeout: number): Step[] {
  const keys = [have.map(({ key }) => key), want.map(({ key }) => key)] as const;
  const all = steps(keys[0], keys[1], timeout);
  let [i, j] = [0, 0];
  all.forEach((step, index) => {
    const [before, after] = [all[index - 1], all[index + 1]];
    const row = step.is === "added" ? keys[1] : keys[0];
    let at = step.is === "added" ? j : i;
    if (step.is !== "same" && before?.is === "same" && after?.is === "same") {
      while (after.count > 0 && !/[\p{L}\p{N}]/u.test(row[at]!) && row[at] === row[at + step.count]) {
        before.count += 1;
        after.count -= 1;
        at += 1;
        i += 1;
        j += 1;
      }
    }
    if (step.is !== "added") i += step.count;
    if (step.is !== "removed") j += step.count;
  });
  return all.filter(({ count }) => count > 0);
}

function steps(have: string[], want: string[], timeout: number): Step[] {
  const found = diffArrays(have, want, { timeout });
  if (found === undefined) {
    const all: Step[] = [
      { is: "removed", count: have.length },
      { is: "added", count: want.length },
    ];
    return all.filter(({ count }) => count > 0);
  }
  return found.map((each) => ({ is: each.added ? "added" : each.removed ? "removed" : "same", count: each.value.length }));
}

/** Which of the blocks that went became which of those that came, in order; the rest went or came. */
function paired(gone: readonly Node[], come: readonly Node[]): [Node | null, Node | null][] {
  if (gone.length * come.length > MOST_PAIRS) return [...gone.map((node): [Node, null] => [node, null]), ...come.map((node): [null, Node] => [null, node])];
  const like = gone.map((one) => come.map((other) => alikeness(one, other)));
  // The best sum of likeness over pairs that do not cross: as in any comparison of two rows.
  const best = Array.from({ length: gone.length + 1 }, () => new Array<number>(come.length + 1).fill(0));
  for (let i = gone.length - 1; i >= 0; i -= 1) {
    for (let j = come.length - 1; j >= 0; j -= 1) {
      const here = like[i]![j]!;
      best[i]![j] = Math.max(best[i + 1]![j]!, best[i]![j + 1]!, here >= ALIKE ? here + best[i + 1]![j + 1]! : 0);
    }
  }
  const pairs: [Node | null, Node | null][] = [];
  let [i, j] = [0, 0];
  while (i < gone.length || j < come.length) {
    const here = like[i]?.[j] ?? 0;
    if (here >= ALIKE && best[i]![j] === here + best[i + 1]![j + 1]!) pairs.push([gone[i++]!, come[j++]!]);
    else if (i < gone.length && best[i]![j]! === best[i + 1]![j]!) pairs.push([gone[i++]!, null]);
    else pairs.push([null, come[j++]!]);
  }
  return pairs;
}

function alikeness(one: Node, other: Node): number {
  const related = one.type === other.type || (one.isTextblock && other.isTextblock);
  if (!related) return 0;
  if (one.isLeaf || other.isLeaf) return 0;
  const [a, b] = [countsOf(one), countsOf(other)];
  let [shared, all] = [0, 0];
  for (const [word, count] of a) shared += Math.min(count, b.get(word) ?? 0);
  for (const count of [...a.values(), ...b.values()]) all += count;
  return all === 0 ? 1 : (2 * shared) / all;
}

function countsOf(node: Node): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of node.textBetween(0, node.content.size, " ", " ").split(/\s+/)) if (word) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function sameStyle(one: Node, other: Node): boolean {
  return one.type === other.type && JSON.stringify(one.attrs) === JSON.stringify(other.attrs);
}

function sameMarks(one: Node, other: Node): boolean {
  return one.marks.length === other.marks.length && one.marks.every((mark) => mark.isInSet(other.marks));
}

/** All blank lines are alike, so none of them says where it was. */
function isBlank(node: Node): boolean {
  return node.isTextblock && node.content.size === 0;
}

function childrenOf(node: Node): Node[] {
  const found: Node[] = [];
  node.forEach((child) => void found.push(child));
  return found;
}

function keyOf(node: Node): string {
  return JSON.stringify(node.toJSON());
}
