/** Speaking in words. */
import type { AgendaItem, FloorKind, Uuid } from "$/api/types";
import { t, type Key } from "$/i18n/index.svelte";

export const kindKey = (kind: FloorKind): Key => `speeches.kind_${kind}`;

export const minutes = (seconds: number): number => Math.max(1, Math.round(seconds / 60));

/** 1 giờ 05 phút, 12 phút, 40 giây */
export function long(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return t("speeches.seconds", { n: whole });
  const all = Math.round(whole / 60);
  return all < 60 ? t("speeches.minutes", { n: all }) : t("speeches.hours", { h: Math.floor(all / 60), n: String(all % 60).padStart(2, "0") });
}

export function itemName(items: readonly AgendaItem[], id: Uuid | null): string {
  const item = items.find((one) => one.id === id);
  return item ? t("speeches.item", { n: item.number, title: item.title }) : t("speeches.whole_meeting");
}
