import { readFileSync } from "node:fs";
import type { Meeting } from "$/api/types";
import { expect, test } from "vitest";
import { apply, known } from "./apply";
import type { Told } from "./messages";

/** Written by the hub, see tests/hub/test_recorded.py. */
interface Recorded {
  before: Partial<Meeting>;
  told: Told[];
  after: Record<string, unknown>;
}

const { before, told, after } = JSON.parse(readFileSync(new URL("recorded.json", import.meta.url), "utf8")) as Recorded;

/** Of each thing that is in `like`, what is in `like`. */
function only(found: unknown, like: unknown): unknown {
  if (Array.isArray(like)) return like.map((one, index) => only((found as unknown[])[index], one));
  if (like === null || typeof like !== "object") return found;
  return Object.fromEntries(Object.entries(like).map(([key, value]) => [key, only((found as Record<string, unknown> | null)?.[key], value)]));
}

/** The hub writes a moment with or without its zeros; a screen compares moments. */
function moments(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, one: unknown) => (typeof one === "string" && /^\d{4}-\d\d-\d\dT/.test(one) ? Date.parse(one) : one));
}

test("who was there from the beginning and who comes an hour late see the same sitting", () => {
  const start = known({ ...before, captions: [] } as unknown as Meeting);

  const end = told.reduce(apply, start);

  const shown = { ...end.meeting, current_item_since: end.item_since };
  expect(moments(only(shown, after))).toEqual(moments(after));
});
