import { describe, expect, test } from "vitest";
import type { MeetingSummary } from "$/api/types";
import { daysLater, heldOn, monthsLater, reached, readDay, weeksOf, weekdayOf } from "./calendar";

const meeting = (id: string, starts_at: string, ends_at: string): MeetingSummary => ({
  id,
  title: id,
  kind: "committee",
  place: "Phòng họp 1",
  room_id: null,
  starts_at,
  ends_at,
  state: "published",
  unit: { id: "u", name: "Xã" },
  my_role: "delegate",
});

describe("days", () => {
  test("a month stands in whole weeks from Monday to Sunday", () => {
    const november = weeksOf("2026-11-23"); // begins on a Sunday, ends on a Monday: six weeks
    expect(november.map((week) => week[0])).toEqual(["2026-10-26", "2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30"]);
    expect(november.every((week) => week.length === 7 && weekdayOf(week[0]!) === 0)).toBe(true);
    expect(weeksOf("2027-02-10")).toHaveLength(4); // begins on a Monday and has 28 days
  });

  test("another month has the same day or its last", () => {
    expect([monthsLater("2026-01-31", 1), monthsLater("2024-03-31", -1), monthsLater("2026-12-15", 1)]).toEqual(["2026-02-28", "2024-02-29", "2027-01-15"]);
    expect(daysLater("2026-12-31", 1)).toBe("2027-01-01");
  });

  test("keys go by a day, a week, to the ends of a week and by a month; other keys nowhere", () => {
    const keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown", "a"];
    expect(keys.map((key) => reached("2026-11-25", key))).toEqual([
      "2026-11-24",
      "2026-11-26",
      "2026-11-18",
      "2026-12-02",
      "2026-11-23",
      "2026-11-29",
      "2026-10-25",
      "2026-12-25",
      null,
    ]);
  });

  test("an address holds a day or nothing", () => {
    expect(["2026-11-23", "2026-02-30", "hôm nay", "9999-01-01", null].map(readDay)).toEqual(["2026-11-23", null, null, null, null]);
  });
});

describe("what is held on a day", () => {
  test("a day is Vietnam's; several meetings stand in their order", () => {
    const held = heldOn([meeting("chiều", "2026-11-23T07:00:00Z", "2026-11-23T09:00:00Z"), meeting("sáng", "2026-11-22T17:30:00Z", "2026-11-22T18:00:00Z")]);
    expect([...held.keys()]).toEqual(["2026-11-23"]);
    expect(held.get("2026-11-23")?.map((one) => one.meeting.id)).toEqual(["sáng", "chiều"]);
  });

  test("a meeting over several days stands on each of them, and not on the one it ends at midnight of", () => {
    const held = heldOn([meeting("kỳ họp", "2026-12-30T01:00:00Z", "2026-12-31T17:00:00Z")]);
    expect([...held].map(([day, [one]]) => [day, one?.nth, one?.of])).toEqual([
      ["2026-12-30", 1, 2],
      ["2026-12-31", 2, 2],
    ]);
  });

  test("one that begins and ends at the same moment is held on its day", () => {
    expect([...heldOn([meeting("ngắn", "2026-11-22T17:00:00Z", "2026-11-22T17:00:00Z")]).keys()]).toEqual(["2026-11-23"]);
  });
});
