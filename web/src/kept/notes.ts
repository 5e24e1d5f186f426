/**
 * Notes on papers that the hub has not taken yet, by person. Written here before anything is sent, so that a browser that is closed in a hall
 * without a network loses none of them. They stay until the hub has them, the person gives them up, or he signs out.
 */
import type { NoteOnPaper, Uuid } from "$/api/types";
import { mayKeep } from "./device.svelte";
import { Store } from "./store";

const STORE = new Store("phien.notes", "unsent", (database) => database.createObjectStore("unsent"));
/** In localStorage, by user: how many wait. Signing out and the banner ask without opening a database. */
export const UNSENT_NOTES = "phien.unsent-notes.";
/** Of one person on one device. */
export const MOST_UNSENT = 200;

export interface UnsentNote {
  id: Uuid;
  is: "new" | "changed" | "dropped";
  /** As the person wants it. */
  note: NoteOnPaper;
  /** The hub's edition this was made from. */
  base: number;
  /** Counts what was done to it here: what changed again while it was being sent is not done. */
  turn: number;
  place: { paper_title: string; meeting_id: Uuid; meeting_title: string; meeting_starts_at: string | null };
  /** What the hub refused it with, and the note as the hub has it where another device changed it. The person decides. */
  trouble: { code: string; there: NoteOnPaper | null } | null;
}

export async function unsentNotes(user: Uuid): Promise<UnsentNote[]> {
  if (!mayKeep() || !(await STORE.known())) return [];
  let found: UnsentNote[] = [];
  await STORE.use("readonly", (store) => {
    const request = store.getAll(IDBKeyRange.bound(`${user}/`, `${user}/\uffff`)) as IDBRequest<UnsentNote[]>;
    request.onsuccess = () => (found = request.result);
  });
  return found;
}

/** Reads and writes one of them at once: several pages may be open. False where this device keeps nothing, or has too many. */
export async function keepNote(user: Uuid, id: Uuid, change: (now: UnsentNote | null) => UnsentNote | null): Promise<boolean> {
  if (!mayKeep()) return false;
  let full = false;
  let count = 0;
  const done = await STORE.use("readwrite", (store) => {
    const all = store.getAllKeys(IDBKeyRange.bound(`${user}/`, `${user}/\uffff`));
    const asked = store.get(`${user}/${id}`) as IDBRequest<UnsentNote | undefined>;
    asked.onsuccess = () => {
      const now = asked.result ?? null;
      const next = change(now);
      count = all.result.length + (next ? 1 : 0) - (now ? 1 : 0);
      full = next !== null && now === null && count > MOST_UNSENT;
      if (full) count -= 1;
      else if (next) store.put(next, `${user}/${id}`);
      else if (now) store.delete(`${user}/${id}`);
    };
  });
  if (done) mark(user, count);
  return done && !full;
}

export function unsentCount(user: Uuid): number {
  return Number(storage()?.getItem(UNSENT_NOTES + user) ?? 0);
}

export function forgetNotes(): Promise<void> {
  return STORE.forget();
}

function mark(user: Uuid, count: number): void {
  try {
    if (count > 0) storage()?.setItem(UNSENT_NOTES + user, String(count));
    else storage()?.removeItem(UNSENT_NOTES + user);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // full: the notes themselves are kept
  }
}

function storage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // a browser may forbid it altogether
  }
}
