/**
 * Is a change nothing but somebody's own suggestion? Take his suggestions out of the text before and after it: what is left
 * must be the same. The hub asks the same question of every edit by somebody who may comment but not write.
 */
import { Fragment, type Mark, type Node } from "@tiptap/pm/model";

/** Who said a suggestion, and when; two people may use one id, so both parts name it. */
export interface Said {
  id: string;
  by: string;
  at: string;
}

export function proposedBy(value: unknown): Said | null {
  if (typeof value !== "string") return null;
  const [id, by, at, ...rest] = value.split(" ");
  return id && by && at && rest.length === 0 ? { id, by, at } : null;
}

export function writtenProposal({ id, by, at }: Said): string {
  return `${id} ${by} ${at}`;
}

export function isOwn(mark: Mark, me: string): boolean {
  return mark.attrs["by"] === me;
}

export function isSuggestion(mark: Mark): boolean {
  return mark.type.name === "insertion" || mark.type.name === "deletion";
}

export function isOwnInsertion(node: Node, me: string): boolean {
  return node.marks.some((mark) => mark.type.name === "insertion" && isOwn(mark, me));
}

export function isProposal(before: Node, after: Node, me: string): boolean {
  const from = before.content;
  const to = after.content;
  const most = Math.min(from.childCount, to.childCount);
  let left = 0;
  while (left < most && from.child(left) === to.child(left)) left += 1;
  let right = 0;
  while (left + right < most && from.child(from.childCount - right - 1) === to.child(to.childCount - right - 1)) right += 1;
  return without(slice(from, left, right), me).eq(without(slice(to, left, right), me));
}

function slice(content: Fragment, left: number, right: number): readonly Node[] {
  return content.content.slice(left, content.childCount - right);
}

/** The blocks as they are without this person's suggestions. */
export function without(blocks: readonly Node[], me: string): Fragment {
  return Fragment.fromArray(blocks.map((block) => withoutBlock(block, me)).filter((block) => block !== null));
}

function withoutBlock(block: Node, me: string): Node | null {
  if (block.isLeaf) return block;
  if (!block.isTextblock) return block.copy(without(block.content.content, me));
  const kept: Node[] = [];
  block.content.forEach((node) => {
    if (isOwnInsertion(node, me)) return;
    kept.push(node.marks.some(isSuggestion) ? node.mark(node.marks.filter((mark) => !(mark.type.name === "deletion" && isOwn(mark, me)))) : node);
  });
  if (kept.length === 0 && proposedBy(block.attrs["proposed"])?.by === me) return null;
  return block.copy(Fragment.fromArray(kept));
}
