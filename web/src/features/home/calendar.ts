/** The days of a month as they stand on a wall calendar, Monday first, and what is held on each. A day is its name, "2026-11-23": it has no hour and no zone. */
import type { components } from "$/api/schema";
import type { MeetingSummary } from "$/api/types";
import { isoDay } from "$/i18n/when";

export type Day = string;
/** A day unlike its weekday: of rest, or worked for one. */
export type Special = components["schemas"]["SpecialDay"];

const DAY_MS = 86_400_000;

const toNumber = (day: Day): number => Date.parse(`${day}T00:00:00Z`);
const toDay = (at: number): Day => new Date(at).toISOString().slice(0, 10);

/** What stands in an address, if it is a day. */
export function readDay(text: string | null): Day | null {
  if (text === null || !/^(19|20)\d{2}-\d{2}-\d{2}$/.test(text)) return null;
  const at = toNumber(text);
  return !Number.isNaN(at) && toDay(at) === text ? text : null;
}

export const monthOf = (day: Day): string => day.slice(0, 7);

/** 0 is Monday. */
export const weekdayOf = (day: Day): number => (new Date(toNumber(day)).getUTCDay() + 6) % 7;

export const daysLater = (day: Day, days: number): Day => toDay(toNumber(day) + days * DAY_MS);

/** The same day of another month, or that month's last. */
export function monthsLater(day: Day, months: number): Day {
  const at = new Date(toNumber(day));
  const first = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, 1);
  const last = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months + 1, 0);
  return toDay(Math.min(first + (at.getUTCDate() - 1) * DAY_MS, last));
}

/** Whole weeks, with the days of the months before and after that fill them. */
export function weeksOf(day: Day): Day[][] {
  const first = `${monthOf(day)}-01`;
  const last = daysLater(monthsLater(first, 1), -1);
  const weeks: Day[][] = [];
  for (let monday = daysLater(first, -weekdayOf(first)); monday <= last; monday = daysLater(monday, 7)) {
    weeks.push(Array.from({ length: 7 }, (_, n) => daysLater(monday, n)));
  }
  return weeks;
}

/** A meeting on one of its days: the `nth` of `of`. */
export interface Held {
  meeting: MeetingSummary;
  nth: number;
  of: number;
}

/** What is held on each day that has something; on a day in the order of beginning, what goes on from the day before first. */
export function heldOn(meetings: readonly MeetingSummary[]): Map<Day, Held[]> {
  const held = new Map<Day, Held[]>();
  for (const meeting of [...meetings].sort((one, other) => Date.parse(one.starts_at) - Date.parse(other.starts_at))) {
    const first = isoDay(meeting.starts_at);
    // What ends at midnight is not held on the day that begins then.
    const last = isoDay(Math.max(Date.parse(meeting.starts_at), Date.parse(meeting.ends_at) - 1));
    const of = Math.round((toNumber(last) - toNumber(first)) / DAY_MS) + 1;
    for (let nth = 1, day = first; nth <= of; nth += 1, day = daysLater(day, 1)) {
      const there = held.get(day);
      if (there) there.push({ meeting, nth, of });
      else held.set(day, [{ meeting, nth, of }]);
    }
  }
  return held;
}

/** Where a key leads from this day; null for a key that leads nowhere. */
export function reached(day: Day, key: string): Day | null {
  switch (key) {
    case "ArrowLeft":
      return daysLater(day, -1);
    case "ArrowRight":
      return daysLater(day, 1);
    case "ArrowUp":
      return daysLater(day, -7);
    case "ArrowDown":
      return daysLater(day, 7);
    case "Home":
      return daysLater(day, -weekdayOf(day));
    case "End":
      return daysLater(day, 6 - weekdayOf(day));
    case "PageUp":
      return monthsLater(day, -1);
    case "PageDown":
      return monthsLater(day, 1);
    default:
      return null;
  }
}
