/** An agenda item and a person's place, in words. */
import type { AgendaItem, ItemKind, Secrecy } from "$/api/types";
import { t, type Key } from "$/i18n/index.svelte";
import { heldMs } from "$/live/attendance";
import type { MeetingLine } from "$/live/meeting.svelte";

export const itemKindKey = (kind: ItemKind): Key => `meeting.kind_${kind}`;
export const secrecyKey = (secrecy: Secrecy): Key => `meeting.secrecy_${secrecy}`;
export const SECRECIES: readonly Secrecy[] = ["none", "mat", "toi_mat", "tuyet_mat"];

const MINUTE_MS = 60_000;
/** The last fifth, and at most three minutes: then it is time to come to an end. */
const SHORT_SHARE = 0.2;
const SHORT_MS = 3 * MINUTE_MS;

export interface TimeOf {
  spent: number;
  /** Null where no time was planned; negative when it is over. */
  left: number | null;
  stage: "plenty" | "short" | "over";
}

/** In milliseconds, rests left out; null for an item the meeting is not at. */
export function timeOf(line: MeetingLine, item: AgendaItem, now: number): TimeOf | null {
  if (item.id !== line.currentItem?.id) return null;
  const spent = heldMs(item, now);
  if (item.minutes <= 0) return { spent, left: null, stage: "plenty" };
  const planned = item.minutes * MINUTE_MS;
  const left = planned - spent;
  return { spent, left, stage: left < 0 ? "over" : left <= Math.min(SHORT_MS, planned * SHORT_SHARE) ? "short" : "plenty" };
}

/** "còn 12 phút" */
export function timeLeft(line: MeetingLine, item: AgendaItem, now: number): { text: string; over: boolean } {
  const left = timeOf(line, item, now)?.left ?? null;
  if (left === null) return { text: t("meeting.planned", { n: item.minutes }), over: false };
  const minutes = Math.ceil(left / MINUTE_MS);
  return minutes >= 0 ? { text: t("meeting.left", { n: minutes }), over: false } : { text: t("meeting.over", { n: -minutes }), over: true };
}

/** 07:05, and 72:00 for an hour and twelve minutes. */
export function minutesAndSeconds(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}
