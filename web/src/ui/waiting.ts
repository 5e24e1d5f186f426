/** How long to wait before what could not be fetched is asked for again by itself; null: often enough, now by a press. About half an hour in all. */
const FIRST_MS = 2_000;
const LONGEST_MS = 30_000;
const MOST = 60;

/** After so many times in vain. */
export function pauseAfter(times: number): number | null {
  return times >= MOST ? null : Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(Math.max(times, 1) - 1, 5));
}
