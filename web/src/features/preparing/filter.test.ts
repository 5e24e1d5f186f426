import { expect, test } from "vitest";
import { matching, meetingsOf, type State } from "./filter";

const item = (id: string, meeting_id: string, papers: number) => ({ id, meeting_id, meeting_title: `Họp ${meeting_id}`, starts_at: "2026-12-01T01:00:00Z", papers: Array<string>(papers).fill("paper") });
const items = [item("1", "a", 0), item("2", "b", 2), item("3", "a", 1)];
const shown = (which: State, meeting: string | null): string[] => matching(items, { which, meeting }).map(({ id }) => id);

test("items are shown by whether papers were handed in, and by meeting", () => {
  expect(shown("tat-ca", null)).toEqual(["1", "2", "3"]);
  expect(shown("con-thieu", null)).toEqual(["1"]);
  expect(shown("da-gui", null)).toEqual(["2", "3"]);
  expect(shown("da-gui", "a")).toEqual(["3"]);
  expect(shown("con-thieu", "b")).toEqual([]);
  expect(meetingsOf(items).map(({ id }) => id)).toEqual(["a", "b"]);
});
