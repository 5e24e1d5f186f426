/**
 * Places in an order that can be edited by several people at once: a position is a fraction written in base 62 ("V" is
 * about one half), and moving an item writes one new fraction and touches no other item. Any string of the alphabet is
 * a valid position, because other clients write them too; two people may even write the same one (the id breaks the tie).
 */

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE = DIGITS.length;
const LAST = BASE - 1;

export interface Placed {
  readonly id: string;
  readonly position: string;
}

/** Code unit order, the order of the alphabet: never `localeCompare`, which would put "a" before "B". */
export function inOrder(one: Placed, other: Placed): number {
  return compare(one.position, other.position) || compare(one.id, other.id);
}

/** A position strictly between two others; `null` is the beginning or the end. `before` must be smaller than `after`. */
export function between(before: string | null, after: string | null): string {
  const low = digits(before ?? "");
  const high = after === null ? null : digits(after);
  if (high !== null && compareDigits(low, high) >= 0) throw new RangeError(`No place between ${before} and ${after}`);
  return text(high === null ? following(low) : middle(low, high));
}

/** `count` positions in increasing order strictly between two others. */
export function severalBetween(before: string | null, after: string | null, count: number): string[] {
  const found: string[] = [];
  let low = before;
  for (let made = 0; made < count; made += 1) {
    low = between(low, after);
    found.push(low);
  }
  return found;
}

/**
 * The new positions that put `id` at `index` of the list without it. Usually one; when the neighbours share one position
 * (two people added at the same place at the same moment) the tied ones behind it are set apart as well.
 */
export function placeAt(all: readonly Placed[], id: string, index: number): Map<string, string> {
  const others = all.filter((item) => item.id !== id).sort(inOrder);
  const at = Math.max(0, Math.min(index, others.length));
  const before = at > 0 ? others[at - 1]!.position : null;
  let end = at;
  while (end < others.length && compareDigits(digits(others[end]!.position), digits(before ?? "")) <= 0) end += 1;
  const after = others[end]?.position ?? null;
  const moved = [id, ...others.slice(at, end).map((item) => item.id)];
  const places = severalBetween(before, after, moved.length);
  return new Map(moved.map((each, number) => [each, places[number]!]));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Trailing zeros say nothing in a fraction; characters outside the alphabet count as its nearest smaller digit. */
function digits(position: string): number[] {
  const found = Array.from(position, (letter) => {
    const known = DIGITS.indexOf(letter);
    if (known >= 0) return known;
    let nearest = 0;
    while (nearest < LAST && DIGITS[nearest + 1]! <= letter) nearest += 1;
    return nearest;
  });
  while (found.at(-1) === 0) found.pop();
  return found;
}

function text(fraction: readonly number[]): string {
  return fraction.map((digit) => DIGITS[digit]).join("");
}

function compareDigits(one: readonly number[], other: readonly number[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The next round fraction: adding at the end a thousand times must not make keys of a thousand letters by halving. */
function following(low: readonly number[]): number[] {
  if (low.length === 0) return [BASE >> 1];
  const at = low.findIndex((digit) => digit < LAST);
  return at < 0 ? [...low, BASE >> 1] : [...low.slice(0, at), low[at]! + 1];
}

function middle(low: readonly number[], high: readonly number[]): number[] {
  const shared: number[] = [];
  for (let at = 0; ; at += 1) {
    const one = low[at] ?? 0;
    const other = high[at] ?? 0;
    if (one === other) shared.push(one);
    else if (other - one > 1) return [...shared, one + ((other - one) >> 1)];
    else return [...shared, one, ...following(low.slice(at + 1))];
  }
}
