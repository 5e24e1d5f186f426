/** An agenda item and a person's place, in words. */
import type { AgendaItem, ItemKind, Secrecy } from "$/api/types";
import { t, type Key } from "$/i18n/index.svelte";
import type { MeetingLine } from "$/live/meeting.svelte";

export const itemKindKey = (kind: ItemKind): Key => `meeting.kind_${kind}`;
export const secrecyKey = (secrecy: Secrecy): Key => `meeting.secrecy_${secrecy}`;
export const SECRECIES: readonly Secrecy[] = ["none", "mat", "toi_mat", "tuyet_mat"];

const MINUTE_MS = 60_000;

/** "còn 12 phút", as far as this screen can know it: the item began under its eyes. */
export function timeLeft(line: MeetingLine, item: AgendaItem, now: number): { text: string; over: boolean } {
  const since = item.id === line.currentItem?.id ? line.itemSince : null;
  if (!since || item.minutes <= 0) return { text: t("meeting.planned", { n: item.minutes }), over: false };
  const left = Math.ceil(item.minutes - (now - Date.parse(since)) / MINUTE_MS);
  return left >= 0 ? { text: t("meeting.left", { n: left }), over: false } : { text: t("meeting.over", { n: -left }), over: true };
}
