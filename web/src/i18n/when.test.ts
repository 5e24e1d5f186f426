import { beforeEach, describe, expect, test } from "vitest";
import { explain, speak, t } from "./index.svelte";
import { beginningOf, clock, date, day, fromInputs, isoDay, monthName, readDate, readTime, span, toInputs } from "./when";

const MORNING = "2026-11-22T01:30:00Z"; // 08:30 in Vietnam

beforeEach(() => speak("vi"));

describe("dates are those of the meeting's place", () => {
  test("dd/MM/yyyy and 24 hours, in both languages", () => {
    expect([date(MORNING), clock(MORNING)]).toEqual(["22/11/2026", "08:30"]);
    speak("en");
    expect([date(MORNING), clock(MORNING)]).toEqual(["22/11/2026", "08:30"]);
  });

  test("midnight is 00:00, and the day is Vietnam's, not London's", () => {
    expect(`${date("2026-11-22T17:00:00Z")} ${clock("2026-11-22T17:00:00Z")}`).toBe("23/11/2026 00:00");
  });

  test("near days have their names", () => {
    expect(day("2026-11-22T16:59:00Z", MORNING)).toBe("Hôm nay");
    expect(day("2026-11-22T17:00:00Z", MORNING)).toBe("Ngày mai");
    expect(day("2026-11-29T03:00:00Z", MORNING)).toBe("Chủ Nhật, 29/11/2026");
  });

  test("a day has a name for addresses, a moment it begins and a month", () => {
    expect([isoDay("2026-11-22T16:59:00Z"), isoDay("2026-11-22T17:00:00Z")]).toEqual(["2026-11-22", "2026-11-23"]);
    expect(beginningOf("2026-11-23")).toBe("2026-11-22T17:00:00.000Z");
    expect(monthName("2026-11-01")).toBe("Tháng 11/2026");
    speak("en");
    expect(monthName("2026-11-01")).toBe("November 2026");
  });

  test("a meeting over midnight says on which day it ends", () => {
    expect(span("2026-11-22T12:00:00Z", "2026-11-22T18:00:00Z", MORNING)).toBe("Hôm nay, 19:00–01:00 23/11/2026");
  });
});

describe("what people type", () => {
  test.each([
    ["29/11/2026", "2026-11-29"],
    ["9-1-26", "2026-01-09"],
    ["29.11.2026", "2026-11-29"],
    ["2026-11-29", "2026-11-29"],
    [" 1/2/2027 ", "2027-02-01"],
    ["31/02/2026", null],
    ["29/02/2028", "2028-02-29"],
    ["11/29/2026", null],
    ["mai", null],
    ["", null],
  ])("day %s", (typed, read) => expect(readDate(typed)).toBe(read));

  test.each([
    ["08:30", "08:30"],
    ["8h30", "08:30"],
    ["8h", "08:00"],
    ["14g15", "14:15"],
    ["0830", "08:30"],
    ["8", "08:00"],
    ["23.59", "23:59"],
    ["24:00", null],
    ["8:61", null],
    ["sáng", null],
  ])("time %s", (typed, read) => expect(readTime(typed)).toBe(read));

  test("out and back is the same moment", () => {
    const { date, time } = toInputs(MORNING);
    expect(fromInputs(date, time)).toBe("2026-11-22T01:30:00.000Z");
  });
});

describe("sentences", () => {
  test("a number chooses the word in English and leaves Vietnamese alone", () => {
    expect(t("meeting.delegates", { n: 1 })).toBe("1 đại biểu");
    speak("en");
    expect([t("meeting.delegates", { n: 1 }), t("meeting.delegates", { n: 3 })]).toEqual(["1 delegate", "3 delegates"]);
  });

  test("a refusal nobody wrote a sentence for still says its code", () => {
    expect(explain({ code: "gone-fishing" })).toContain("gone-fishing");
    expect(explain(new Error("x"))).toBe(t("errors.broken"));
  });
});
