/** The time of a vote, from the moments of facts: every screen shows the same, whenever it came. */
import type { Vote } from "$/api/types";

type Timed = Pick<Vote, "ends_at" | "left_ms">;

/** Negative when it is over; null where there is no limit. `now` is the hub's clock. */
export const leftMs = (vote: Timed, now: number): number | null => (vote.ends_at === null ? vote.left_ms : Date.parse(vote.ends_at) - now);

export const STEPS = [30, 10, 0] as const;
export type TimeStep = (typeof STEPS)[number];

/** The last step that was passed: it is said aloud when it changes, and not before. */
export const stepOf = (left: number | null): TimeStep | null => (left === null ? null : (STEPS.findLast((seconds) => left <= seconds * 1000) ?? null));

/** What the chair chooses from, in seconds. */
export const LIMITS = [30, 60, 120, 180, 300, 600] as const;
