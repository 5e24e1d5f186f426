/**
 * The agenda as it lives in its shared document: `Y.Map "items"`, item id → `Y.Map` of fields. Reading forgives (any Yjs
 * client may have written), writing touches only the field that changed, so two people's edits of one item both stay.
 */
import * as Y from "yjs";
import { inOrder, placeAt } from "./positions.ts";

export const KINDS = ["information", "discussion", "decision", "vote", "election"] as const;
export type Kind = (typeof KINDS)[number];

export interface Item {
  readonly id: string;
  readonly position: string;
  readonly title: string;
  readonly presenter: string;
  readonly minutes: number;
  readonly kind: Kind;
}

/** What a person may fill in. */
export type Fields = Pick<Item, "title" | "presenter" | "minutes" | "kind">;

export const LONGEST_TITLE = 500;
export const LONGEST_PRESENTER = 200;
export const MOST_MINUTES = 600;

export type Items = Y.Map<unknown>;

export function agendaOf(doc: Y.Doc): Items {
  return doc.getMap("items");
}

/** The items that stand, in order. Removed ones stay in the document and come back with `restoreItem`. */
export function readItems(items: Items): Item[] {
  const found: Item[] = [];
  items.forEach((value, id) => {
    if (value instanceof Y.Map && value.get("removed") !== true) found.push(readItem(id, value));
  });
  return found.sort(inOrder);
}

function readItem(id: string, item: Y.Map<unknown>): Item {
  const kind = item.get("kind");
  const minutes = Number(item.get("minutes"));
  return {
    id,
    position: words(item.get("position")),
    title: words(item.get("title")),
    presenter: words(item.get("presenter")),
    minutes: Number.isFinite(minutes) ? Math.max(0, Math.min(Math.round(minutes), MOST_MINUTES)) : 0,
    kind: KINDS.find((known) => known === kind) ?? "discussion",
  };
}

/** A `Y.Text` written by another client reads as its text. */
function words(value: unknown): string {
  return value instanceof Y.Text || typeof value === "string" ? value.toString() : "";
}

/** Adds an item at `index` (the end unless told) and gives its id. */
export function addItem(items: Items, fields: Fields, index = Number.MAX_SAFE_INTEGER, id = newId()): string {
  write(items, () => {
    const item = new Y.Map<unknown>();
    items.set(id, item);
    for (const [field, value] of Object.entries(fields)) item.set(field, value);
    item.set("removed", false);
    place(items, id, index);
  });
  return id;
}

/** Writes only what differs: a field left alone keeps what somebody else is writing there. */
export function changeItem(items: Items, id: string, fields: Partial<Fields>): void {
  const item = items.get(id);
  if (!(item instanceof Y.Map)) return;
  const now: Fields = readItem(id, item);
  write(items, () => {
    for (const field of Object.keys(fields) as (keyof Fields)[]) {
      if (fields[field] !== now[field]) item.set(field, fields[field]);
    }
  });
}

/** Puts an item at `index` among those that stand. False when it stands there already or is gone. */
export function moveItem(items: Items, id: string, index: number): boolean {
  const standing = readItems(items);
  const from = standing.findIndex((item) => item.id === id);
  const to = Math.max(0, Math.min(index, standing.length - 1));
  if (from < 0 || from === to) return false;
  write(items, () => place(items, id, to));
  return true;
}

export function removeItem(items: Items, id: string): void {
  mark(items, id, true);
}

/** Brings a removed item back where it stood. */
export function restoreItem(items: Items, id: string): void {
  mark(items, id, false);
}

function mark(items: Items, id: string, removed: boolean): void {
  const item = items.get(id);
  if (item instanceof Y.Map && (item.get("removed") === true) !== removed) write(items, () => item.set("removed", removed));
}

function place(items: Items, id: string, index: number): void {
  for (const [each, position] of placeAt(readItems(items), id, index)) {
    const item = items.get(each);
    if (item instanceof Y.Map) item.set("position", position);
  }
}

/** One edit is one transaction, so the others see it whole. */
function write(items: Items, change: () => void): void {
  if (items.doc) items.doc.transact(change);
  else change();
}

/** `crypto.randomUUID` exists only where the page came over HTTPS or from this machine. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** When each item is planned to begin, in milliseconds, from the start of the meeting and the minutes before it. */
export function plannedStarts(items: readonly Pick<Item, "minutes">[], startsAt: number): number[] {
  let at = startsAt;
  return items.map((item) => {
    const start = at;
    at += item.minutes * 60_000;
    return start;
  });
}
