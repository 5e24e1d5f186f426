/** A paper's state and size, in words. */
import type { AgendaItem, Meeting, Paper, Uuid } from "$/api/types";
import { language, t } from "$/i18n/index.svelte";

const KB = 1024;

export function sizeOf(bytes: number): string {
  if (bytes < KB * KB) return t("papers.size_kb", { n: Math.max(1, Math.round(bytes / KB)) });
  const n = (bytes / KB / KB).toLocaleString(language() === "vi" ? "vi-VN" : "en-GB", { maximumFractionDigits: bytes < 10 * KB * KB ? 1 : 0 });
  return t("papers.size_mb", { n });
}

export const TONE = { new: "info", read: "ok", changed: "wait" } as const;
export const stateOf = (paper: Paper): string => t(`papers.${paper.i_read}`);

export const FORMAT_NAME = { pdf: "PDF", docx: "Word", xlsx: "Excel", pptx: "PowerPoint", png: "PNG", jpeg: "JPEG", webp: "WebP" } as const;
export const isPicture = (format: string): boolean => format === "png" || format === "jpeg" || format === "webp";

/** "to-trinh ngan sach.pdf" → "to-trinh ngan sach" */
export const titleOf = (name: string): string => name.replace(/\.[a-z0-9]{1,5}$/i, "").replaceAll("_", " ").trim() || name;

/** Where a paper may be put in a meeting. */
export const placesIn = (items: readonly AgendaItem[]): { value: string; label: string }[] => [
  { value: "", label: t("papers.of_meeting") },
  ...items.filter((one) => one.secrecy === "none").map((one) => ({ value: one.id, label: `${one.number}. ${one.title}` })),
];

/** Where a paper opens in its meeting: at a page, in an earlier version, with some words of it marked. */
export function placeOf(meeting: Uuid, paper: Uuid, at: { number?: number | null; page?: number | null; quote?: string } = {}): string {
  const query = new URLSearchParams({ muc: "tai-lieu-hop", giay: paper });
  if (at.number) query.set("ban", String(at.number));
  if (at.page) query.set("trang", String(at.page));
  if (at.quote) query.set("trich", at.quote.slice(0, 160));
  return `/hop/${meeting}?${query}`;
}

/** The unit a paper can be given back to, by who prepares the meeting or approves it; null where there is none, or it has begun. */
export function givesBackTo(meeting: Meeting, paper: Paper): string | null {
  const may = meeting.i_may.manage || meeting.preparing?.i_approve === true;
  if (!may || !paper.by_unit || (meeting.state !== "draft" && meeting.state !== "published")) return null;
  return meeting.items.find((item) => item.id === paper.item_id)?.unit_name ?? null;
}
