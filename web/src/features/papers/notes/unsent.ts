/** Notes as the person wants them: what the hub has, and over it what this device has not sent yet. */
import type { NoteOnPaper, Uuid } from "$/api/types";
import type { UnsentNote } from "$/kept";
import type { NewNote, NoteListed } from "../hub";

/** A note as it is shown. ``unsent``: what of it waits on this device. */
export interface ShownNote {
  note: NoteOnPaper;
  unsent: UnsentNote | null;
}

/** A note that was just written here: as the hub will say it. */
export function made(id: Uuid, paper: Uuid, note: NewNote, now: Date): NoteOnPaper {
  const at = now.toISOString();
  const { number, page, quote, before, after, text, colour } = note;
  return { id, paper_id: paper, number, quote, before, after, text, colour, page, written_page: page, placed_number: number, edition: 1, at, changed_at: at };
}

/** What waits after another change of a note that may be waiting already. */
export function changed(waiting: UnsentNote | null, next: Pick<UnsentNote, "is" | "note" | "place">): UnsentNote {
  if (waiting === null) return { id: next.note.id, ...next, base: next.note.edition, turn: 1, trouble: null };
  const is = waiting.is === "new" && next.is === "changed" ? "new" : next.is;
  return { ...waiting, ...next, is, turn: waiting.turn + 1 };
}

/** What still waits when the hub has taken an earlier state of it; `there` is the note as the hub has it now, null where it is gone. */
export function taken(waiting: UnsentNote | null, sent: UnsentNote, there: NoteOnPaper | null): UnsentNote | null {
  if (waiting === null || waiting.turn === sent.turn || there === null) return null;
  return { ...waiting, is: waiting.is === "dropped" ? "dropped" : "changed", base: there.edition };
}

export const saysTheSame = (one: NoteOnPaper, other: NoteOnPaper): boolean => one.text === other.text && one.colour === other.colour;

/** One of them: null where it is to be deleted and nothing stands in the way. */
function shownAs(note: NoteOnPaper, unsent: UnsentNote | undefined): ShownNote | null {
  if (!unsent) return { note, unsent: null };
  if (unsent.is === "dropped") return unsent.trouble ? { note: unsent.trouble.there ?? note, unsent } : null;
  return { note: { ...note, text: unsent.note.text, colour: unsent.note.colour }, unsent };
}

/** The notes of one paper, in the order of its pages; those whose passage is gone come last. */
export function withUnsent(known: readonly NoteOnPaper[], unsent: readonly UnsentNote[]): ShownNote[] {
  const waiting = new Map(unsent.map((one) => [one.id, one]));
  const all = [...known, ...unsent.map((one) => one.note).filter((note) => !known.some(({ id }) => id === note.id))];
  const shown = all.map((note) => shownAs(note, waiting.get(note.id))).filter((one) => one !== null);
  return shown.sort((one, other) => (one.note.page ?? Infinity) - (other.note.page ?? Infinity) || one.note.at.localeCompare(other.note.at));
}

export interface ListedNote extends ShownNote {
  place: UnsentNote["place"];
}

/** Of all meetings: a note the hub does not have yet stands with its meeting, or before all others where that has none. */
export function listedWithUnsent(known: readonly NoteListed[], unsent: readonly UnsentNote[]): ListedNote[] {
  const waiting = new Map(unsent.map((one) => [one.id, one]));
  const shown: ListedNote[] = [];
  for (const { note, ...place } of known) {
    const one = shownAs(note, waiting.get(note.id));
    if (one) shown.push({ ...one, place });
  }
  for (const one of unsent) {
    const note = shownAs(one.note, one);
    if (!note || known.some((other) => other.note.id === one.id)) continue;
    const at = shown.findIndex(({ place }) => place.meeting_id === one.place.meeting_id);
    shown.splice(Math.max(0, at), 0, { ...note, place: one.place });
  }
  return shown;
}
