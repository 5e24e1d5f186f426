/** What several caption views share: how large the words are, and that finals are read aloud once however many views are open. */
import { announce } from "$/ui";
import type { MeetingLine } from "$/live/meeting.svelte";

const SIZE_KEY = "phien.captions.size";
export const SIZES = [1, 1.25, 1.5, 2, 2.5] as const;

let chosen = $state(remembered());

function remembered(): number {
  const kept = Number(globalThis.localStorage?.getItem(SIZE_KEY) ?? 1);
  return Number.isInteger(kept) && kept >= 0 && kept < SIZES.length ? kept : 1;
}

export const captionSize = {
  get step(): number {
    return chosen;
  },
  get em(): number {
    return SIZES[chosen] ?? 1;
  },
  choose(step: number): void {
    chosen = Math.max(0, Math.min(SIZES.length - 1, Math.round(step)));
    globalThis.localStorage?.setItem(SIZE_KEY, String(chosen));
  },
};

const views = new WeakMap<MeetingLine, { count: number; stop: () => void }>();

/** Reads finals aloud, politely, never partials; the returned function ends it. */
export function readAloud(line: MeetingLine): () => void {
  const open = views.get(line);
  if (open) open.count += 1;
  else {
    const stop = line.onTold(({ event, text }) => {
      if (event.type !== "caption.final" || !text) return;
      const name = line.person(event.speaker_id)?.name;
      announce(name ? `${name}: ${text}` : text);
    });
    views.set(line, { count: 1, stop });
  }
  return () => {
    const now = views.get(line);
    if (!now) return;
    now.count -= 1;
    if (now.count === 0) {
      now.stop();
      views.delete(line);
    }
  };
}
