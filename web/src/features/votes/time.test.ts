import { expect, test } from "vitest";
import { leftMs, stepOf } from "./time";

const NOON = Date.parse("2026-11-22T05:00:00Z");

test("the time runs to its end, stands still in a pause, and is nothing where there is no limit", () => {
  expect(leftMs({ ends_at: "2026-11-22T05:01:00Z", left_ms: null }, NOON)).toBe(60_000);
  expect(leftMs({ ends_at: "2026-11-22T04:59:58Z", left_ms: null }, NOON)).toBe(-2_000);
  expect(leftMs({ ends_at: null, left_ms: 12_500 }, NOON)).toBe(12_500);
  expect(leftMs({ ends_at: null, left_ms: null }, NOON)).toBeNull();
});

test("it is said at thirty seconds, at ten and at the end", () => {
  expect([null, 31_000, 30_000, 10_001, 10_000, 1, 0, -5_000].map(stepOf)).toEqual([null, null, 30, 30, 10, 10, 0, 0]);
});
