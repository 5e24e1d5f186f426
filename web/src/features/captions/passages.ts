/** Sentences of one speaker on one item without a long break are read as one paragraph. */
import type { Moment, Segment, Uuid } from "$/api/types";

const BREAK_MS = 30_000;

export interface Passage {
  key: Uuid;
  speaker: string | null;
  item_id: Uuid | null;
  at: Moment;
  segments: Segment[];
}

export function passages(segments: readonly Segment[]): Passage[] {
  const found: Passage[] = [];
  let ended = 0;
  for (const segment of segments) {
    const begins = Date.parse(segment.started_at);
    const last = found.at(-1);
    const goesOn = last?.item_id === segment.item_id && last.segments[0]?.speaker_id === segment.speaker_id && begins - ended < BREAK_MS;
    if (last && goesOn) last.segments.push(segment);
    else found.push({ key: segment.id, speaker: segment.speaker_name, item_id: segment.item_id, at: segment.started_at, segments: [segment] });
    ended = begins + (segment.end - segment.start) * 1000;
  }
  return found;
}

/** The stored transcript and what was told since, once each, in the order it was said. */
export function together(stored: readonly Segment[], told: readonly Segment[]): Segment[] {
  const known = new Set(stored.map((one) => one.id));
  return [...stored, ...told.filter((one) => !known.has(one.id))];
}
