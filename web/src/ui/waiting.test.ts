import { expect, test } from "vitest";
import { pauseAfter } from "./waiting";

test("it is asked again soon, then ever more rarely, and after about half an hour no more", () => {
  const pauses = Array.from({ length: 60 }, (_, n) => pauseAfter(n + 1));

  expect(pauses.slice(0, 6)).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(pauses.at(-1)).toBeNull();
  expect(pauses.reduce<number>((sum, one) => sum + (one ?? 0), 0) / 60_000).toBeGreaterThan(25);
});
