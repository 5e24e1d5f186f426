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

/** For `<input type="date">` and `<input type="time">`. */
export function toInputs(when: When): { date: string; time: string } {
  const { day, month, year, hour, minute } = pieces(when);
  return { date: `${year}-${month}-${day}`, time: `${hour}:${minute}` };
}

/** What was typed in the two inputs, as a moment; null when it is not one. */
export function fromInputs(date: string, time: string): string | null {
  const moment = new Date(`${date}T${time}:00${OFFSET}`);
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}

function dayNumber(when: When): number {
  const { day, month, year } = pieces(when);
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) / DAY_MS;
}
