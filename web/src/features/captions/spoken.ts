/** What a caption view shows of each open microphone: its latest final, and the words that may still change. */
import type { CaptionSession, Segment, Uuid } from "$/api/types";
import type { MeetingLine } from "$/live/meeting.svelte";

export interface Voice {
  session: CaptionSession;
  final: Segment | null;
  partial: string;
}

/** The microphones somebody speaks into now, else the one that spoke last; the newest words are last. */
export function voices(line: Pick<MeetingLine, "captions" | "lines" | "partials">): Voice[] {
  const latest = new Map<Uuid, Segment>();
  for (const one of line.lines) latest.set(one.session_id, one);
  const all = line.captions.map((session) => ({
    session,
    final: latest.get(session.session_id) ?? null,
    partial: line.partials[session.session_id]?.text ?? "",
  }));
  const speaking = all.filter((one) => one.partial !== "");
  if (speaking.length > 0) return speaking;
  const last = line.lines.findLast((one) => all.some((voice) => voice.session.session_id === one.session_id));
  return all.filter((one) => last !== undefined && one.session.session_id === last.session_id);
}

/** Whose words these are: of the room's microphone, who has the floor while they may still change, then who had it. Null: nobody in particular. */
export function whose(line: Pick<MeetingLine, "speaking">, { session, final, partial }: Voice): string | null {
  if (session.speaker_id !== null || partial === "") return session.speaker_name ?? final?.speaker_name ?? null;
  return line.speaking.floors.find((one) => one.state === "speaking")?.name ?? null;
}

export const allPaused = (line: Pick<MeetingLine, "captions">): boolean => line.captions.length > 0 && line.captions.every((one) => one.state === "paused");

type Words = Pick<MeetingLine, "captions" | "captionsStopped" | "currentItem" | "items" | "lines">;

/** The last words anybody said, for when nobody speaks into a microphone any more. Those of an item that is marked secret are nobody's. */
export function lastWords(line: Words): Segment | null {
  const secret = new Set(line.items.filter((item) => item.secrecy !== "none").map((item) => item.id));
  return line.lines.findLast((one) => one.item_id === null || !secret.has(one.item_id)) ?? null;
}

/** Words are on screen while a microphone is open, and stay there when the last one stops, so that nobody loses the end of a sentence. */
export function hasWords(line: Words): boolean {
  if (line.currentItem !== null && line.currentItem.secrecy !== "none") return false;
  return line.captions.length > 0 || (line.captionsStopped !== null && lastWords(line) !== null);
}
