/**
 * Dates as they are written here: dd/MM/yyyy and 24 hours, in both languages.
 * A meeting happens at a place, so its clock is the clock of that place: Vietnam's, which has had one zone and no summer time since 1975.
 */
import { language, t } from "./index.svelte";

export const ZONE = "Asia/Ho_Chi_Minh";
const OFFSET = "+07:00";
const DAY_MS = 86_400_000;

const parts = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

type When = string | number | Date;

function pieces(when: When): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(new Date(when)).map(({ type, value }) => [type, value]));
}

/** 09:42 */
export function clock(when: When): string {
  const { hour, minute } = pieces(when);
  return `${hour}:${minute}`;
}

/** 09:42:07 */
export function clockWithSeconds(when: When): string {
  const { hour, minute, second } = pieces(when);
  return `${hour}:${minute}:${second}`;
}

/** 22/11/2026 */
export function date(when: When): string {
  const { day, month, year } = pieces(when);
  return `${day}/${month}/${year}`;
}

/** 2026-11-22: the day's name for addresses and for reckoning. */
export function isoDay(when: When): string {
  const { day, month, year } = pieces(when);
  return `${year}-${month}-${day}`;
}

/** When this day begins there. */
export function beginningOf(day: string): string {
  return new Date(`${day}T00:00:00${OFFSET}`).toISOString();
}

/** Tháng 11/2026 · November 2026 */
export function monthName(day: string): string {
  const [year, month] = day.split("-");
  return language() === "vi" ? `Tháng ${month}/${year}` : new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: ZONE }).format(new Date(beginningOf(day)));
}

/** Hôm nay · Ngày mai · Chủ Nhật, 29/11/2026 */
export function day(when: When, now: When = Date.now()): string {
  const away = dayNumber(when) - dayNumber(now);
  if (away === 0) return t("ui.today");
  if (away === 1) return t("ui.tomorrow");
  if (away === -1) return t("ui.yesterday");
  return `${weekday(when)}, ${date(when)}`;
}

export function weekday(when: When): string {
  const name = new Intl.DateTimeFormat(language() === "vi" ? "vi-VN" : "en-GB", { weekday: "long", timeZone: ZONE }).format(new Date(when));
  return name.charAt(0).toLocaleUpperCase() + name.slice(1);
}

/** Hôm nay, 08:00–11:30 */
export function span(from: When, to: When, now: When = Date.now()): string {
  const end = dayNumber(from) === dayNumber(to) ? clock(to) : `${clock(to)} ${date(to)}`;
  return `${day(from, now)}, ${clock(from)}–${end}`;
}

/** As it is typed in a form: 29/11/2026 and 08:30. The browser's own date inputs follow the browser's language, not ours. */
export function toInputs(when: When): { date: string; time: string } {
  return { date: date(when), time: clock(when) };
}

/** What was typed in the two inputs, as a moment; null when it is not one. */
export function fromInputs(day: string, time: string): string | null {
  const date = readDate(day);
  const clock = readTime(time);
  return date && clock ? new Date(`${date}T${clock}:00${OFFSET}`).toISOString() : null;
}

/** 29/11/2026, 29-11-2026, 29.11.26 or 2026-11-29 → "2026-11-29"; null when there is no such day. */
export function readDate(typed: string): string | null {
  const text = typed.trim();
  const found = /^(\d{1,2})[/.\-\s](\d{1,2})[/.\-\s](\d{2}|\d{4})$/.exec(text);
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const [day, month, year] = found ? [found[1], found[2], found[3]] : iso ? [iso[3], iso[2], iso[1]] : [];
  if (!day || !month || !year) return null;
  const full = Number(year) < 100 ? 2000 + Number(year) : Number(year);
  const there = new Date(Date.UTC(full, Number(month) - 1, Number(day)));
  if (there.getUTCDate() !== Number(day) || there.getUTCMonth() !== Number(month) - 1 || full < 1900) return null;
  return there.toISOString().slice(0, 10);
}

/** 08:30, 8h30, 8h, 8.30 or 0830 → "08:30"; null when no clock shows it. */
export function readTime(typed: string): string | null {
  const found = /^(\d{1,2})(?:\s*[:hg.]\s*(\d{2})?|(\d{2}))?$/i.exec(typed.trim().replace(/\s*(phút|p)$/i, ""));
  if (!found) return null;
  const hours = Number(found[1]);
  const minutes = Number(found[2] ?? found[3] ?? 0);
  return hours < 24 && minutes < 60 ? `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}` : null;
}

function dayNumber(when: When): number {
  const { day, month, year } = pieces(when);
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) / DAY_MS;
}
