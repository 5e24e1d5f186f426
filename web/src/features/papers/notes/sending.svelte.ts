/**
 * Writing, changing and deleting one's own notes: kept on this device first, sent when the hub can be reached. A shared device keeps nothing:
 * there the hub must be reached at once. What another device of the same person changed meanwhile is not written over: both texts stay until the
 * person chooses.
 */
import { Refused } from "$/api";
import type { NoteOnPaper, Uuid } from "$/api/types";
import { keepNote, MOST_UNSENT, unsentCount, unsentNotes, mayKeep, type UnsentNote } from "$/kept";
import { session } from "$/shell/session.svelte";
import { changeNote, dropNote, noteNow, writeNote, type Colour, type NewNote } from "../hub";
import { jsonOrShelf } from "../shelf.svelte";
import { changed, made, saysTheSame, taken } from "./unsent";

type Place = UnsentNote["place"];
type Told = (id: Uuid, paper: Uuid, there: NoteOnPaper | null) => void;

let waiting = $state.raw<readonly UnsentNote[]>([]);
const told = new Set<Told>();

/** What waits on this device, of the person who is signed in. */
export const unsent = {
  get all(): readonly UnsentNote[] {
    return waiting;
  },
};

/** Hears each note the hub took (null: it is gone there). */
export function onTaken(listener: Told): () => void {
  told.add(listener);
  return () => told.delete(listener);
}

export async function readUnsent(): Promise<void> {
  waiting = await unsentNotes(session.mine.id);
}

export function write(paper: Uuid, note: NewNote, place: Place): Promise<void> {
  return put({ is: "new", note: made(crypto.randomUUID(), paper, note, new Date()), place });
}

export function change(note: NoteOnPaper, to: { text: string; colour: Colour }, place: Place): Promise<void> {
  return put({ is: "changed", note: { ...note, ...to }, place });
}

export function drop(note: NoteOnPaper, place: Place): Promise<void> {
  return put({ is: "dropped", note, place });
}

async function put(next: Pick<UnsentNote, "is" | "note" | "place">): Promise<void> {
  const user = session.mine.id;
  if (await keepNote(user, next.note.id, (now) => changed(now, next))) {
    await readUnsent();
    void sendNotes();
    return;
  }
  if (mayKeep() && unsentCount(user) >= MOST_UNSENT) throw new Refused("too-many-unsent", 0);
  const one = changed(null, next);
  const there = await send(one);
  tell(one, there);
}

/** The note as the hub has it after this; null where it is gone. */
async function send(one: UnsentNote): Promise<NoteOnPaper | null> {
  const { id, note, base } = one;
  if (one.is === "dropped") {
    await dropNote(id, base).catch((error: unknown) => {
      if (!(error instanceof Refused) || error.status !== 404) throw error;
    });
    return null;
  }
  const { text, colour } = note;
  if (one.is === "changed") return changeNote(id, { text, colour, base });
  const { number, written_page: page, quote, before, after } = note;
  const there = await writeNote(note.paper_id, { id, number, page, quote, before, after, text, colour });
  // It was sent before, and the answer was lost: what was written here since goes after it.
  return saysTheSame(there, note) ? there : changeNote(id, { text, colour, base: 1 });
}

function tell(one: UnsentNote, there: NoteOnPaper | null): void {
  for (const listener of told) listener(one.id, one.note.paper_id, there);
}

/** The hub cannot say anything of this note now: neither yes nor no. */
const later = ({ status, code }: Refused): boolean => status === 0 || code === "csrf" || status === 401 || status === 429 || status >= 500;

/** The hub's answer to one that waits. `later`: there is no use in asking on. */
async function settle(user: Uuid, one: UnsentNote): Promise<"taken" | "refused" | "later"> {
  try {
    const there = await send(one);
    tell(one, there);
    await keepNote(user, one.id, (now) => taken(now, one, there));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (later(error)) return "later";
    let there: NoteOnPaper | null = null;
    if (error.code === "note-changed") {
      try {
        there = await noteNow(one.id);
      } catch (again) {
        if (!(again instanceof Refused)) throw again;
        return later(again) ? "later" : "refused"; // gone since: the next time it is said so
      }
      tell(one, there);
    }
    const same = there !== null && one.is !== "dropped" && saysTheSame(there, one.note); // another page of this device has sent it
    const code = error.status === 404 && one.is === "changed" ? "note-gone" : error.code;
    await keepNote(user, one.id, (now) => (same ? taken(now, one, there) : now && { ...now, trouble: { code, there } }));
    return same ? "taken" : "refused";
  }
  return "taken";
}

let under_way: Promise<number> | null = null;
let again = false;

/** How many the hub took. One page of a device sends at a time. */
export function sendNotes(): Promise<number> {
  again = true;
  under_way ??= sendAll().finally(() => (under_way = null));
  return under_way;
}

async function sendAll(): Promise<number> {
  const user = session.mine.id;
  const papers = new Set<Uuid>();
  let count = 0;
  const all = async (): Promise<void> => {
    while (again) {
      again = false;
      for (const one of await unsentNotes(user)) {
        if (one.trouble) continue;
        const outcome = await settle(user, one);
        if (outcome === "later") return;
        if (outcome === "taken") {
          papers.add(one.note.paper_id);
          count += 1;
        }
        await readUnsent();
      }
    }
  };
  const lock = globalThis.navigator?.locks;
  if (lock) await lock.request("phien.notes", all);
  else await all();
  await readUnsent();
  await Promise.all([...papers].map(keepAnew));
  return count;
}

/** What the device tells of a paper's notes without a network has them too. */
async function keepAnew(paper: Uuid): Promise<void> {
  try {
    await Promise.all([jsonOrShelf(`/api/papers/${paper}/notes`, `notes-${paper}`), jsonOrShelf("/api/me/paper-notes", "all-notes")]);
  } catch (error) {
    if (!(error instanceof Refused)) throw error; // kept anew when they are read again
  }
}

/** The person's word on a note the hub did not take. `both`: what was written here becomes a note of its own. */
export async function choose(one: UnsentNote, what: "here" | "there" | "both" | "again"): Promise<void> {
  const user = session.mine.id;
  const { trouble } = one;
  if (what === "both" || (what === "here" && trouble?.code === "note-gone")) {
    const note = { ...one.note, id: crypto.randomUUID(), edition: 1 };
    if (!(await keepNote(user, note.id, () => ({ ...one, id: note.id, is: "new", note, base: 1, turn: 1, trouble: null })))) throw new Refused("too-many-unsent", 0);
    await keepNote(user, one.id, () => null);
  } else if (what === "there") await keepNote(user, one.id, () => null);
  else await keepNote(user, one.id, (now) => now && { ...now, base: trouble?.there?.edition ?? now.base, turn: now.turn + 1, trouble: null });
  if (trouble?.code === "note-gone") tell(one, null);
  await readUnsent();
  await sendNotes();
}
