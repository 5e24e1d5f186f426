/** The clock of a turn to speak, from the moments of facts: a screen that comes an hour late shows what every other shows. */
import type { Floor } from "$/api/types";

export type Phase = "standing" | "fine" | "warning" | "over";

/** Before the end: a fifth of the time, from a quarter of a minute to a whole one. */
export const warnSeconds = (limit: number): number => Math.max(15, Math.min(60, limit / 5));

/** `now` is the hub's clock. */
export function usedMs(floor: Pick<Floor, "used_ms" | "since">, now: number): number {
  return floor.used_ms + (floor.since === null ? 0 : Math.max(0, now - Date.parse(floor.since)));
}

/** Negative when the time is over; null where there is no limit. */
export function leftMs(floor: Pick<Floor, "used_ms" | "since" | "limit_seconds">, now: number): number | null {
  return floor.limit_seconds === null ? null : floor.limit_seconds * 1000 - usedMs(floor, now);
}

export function phaseOf(floor: Pick<Floor, "used_ms" | "since" | "limit_seconds">, now: number): Phase {
  const left = leftMs(floor, now);
  if (left === null || floor.limit_seconds === null) return floor.since === null ? "standing" : "fine";
  if (left < 0) return "over";
  if (left <= warnSeconds(floor.limit_seconds) * 1000) return "warning";
  return floor.since === null ? "standing" : "fine";
}

/** 02:47; 1:02:47. What is left is rounded up, so that 00:00 is the end itself. */
export function spell(ms: number): string {
  const whole = Math.ceil(Math.abs(ms) / 1000);
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${two(minutes)}:${two(seconds)}`;
}
