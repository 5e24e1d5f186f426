import type { Floor, Speaking, SpeakingStatistics, SpeechRequest } from "$/api/types";
import type { MeetingLine } from "$/live/meeting.svelte";
import { SILENCE } from "$/live/speeches";
import { whose, type Voice } from "../captions/spoken";
import { describe, expect, test } from "vitest";
import { leftMs, phaseOf, spell, warnSeconds } from "./clock";
import { askedNow, budgetsAt, expectedSeconds, limitFor, questionsAsked, waitingAt, waitSeconds } from "./queue";
import { csv } from "./statistics";

const AT = Date.parse("2026-03-02T08:00:00Z");
const floor = (more: Partial<Floor> = {}): Floor => ({
  id: "f", item_id: "i1", user_id: "an", name: "An", unit_id: "u", kind: "on_item", request_id: null, questioning_id: null, limit_seconds: 300,
  state: "speaking", given_at: "2026-03-02T08:00:00Z", started_at: "2026-03-02T08:00:00Z", since: "2026-03-02T08:00:00Z", used_ms: 0, ended_at: null, ...more,
}); // prettier-ignore
const request = (id: string, more: Partial<SpeechRequest> = {}): SpeechRequest => ({
  id, item_id: "i1", user_id: id, name: id, kind: "on_item", addressee_id: null, topic: "", question: "", state: "waiting",
  requested_at: "2026-03-02T07:00:00Z", called_at: null, questioning_id: null, ...more,
}); // prettier-ignore

describe("the clock", () => {
  test("counts from the moments of facts: an hour late it shows what every screen shows", () => {
    const resumed = floor({ used_ms: 60_000 });

    expect(leftMs(resumed, AT + 30_000)).toBe(210_000);
    expect(leftMs(resumed, AT + 3_600_000)).toBe(-3_360_000);
    expect(leftMs(floor({ since: null, used_ms: 60_000, state: "paused" }), AT + 3_600_000)).toBe(240_000);
    expect(leftMs(floor({ limit_seconds: null }), AT)).toBeNull();
  });

  test("warns before the end and says when it is over", () => {
    expect([warnSeconds(300), warnSeconds(60), warnSeconds(3600)]).toEqual([60, 15, 60]);
    expect(phaseOf(floor(), AT + 200_000)).toBe("fine");
    expect(phaseOf(floor(), AT + 241_000)).toBe("warning");
    expect(phaseOf(floor(), AT + 301_000)).toBe("over");
    expect(phaseOf(floor({ since: null, state: "called" }), AT)).toBe("standing");
  });

  test("is spelled in minutes and seconds, 00:00 being the end itself", () => {
    expect([spell(167_000), spell(500), spell(0), spell(-12_000), spell(3_767_000)]).toEqual(["02:47", "00:01", "00:00", "00:12", "1:02:47"]);
  });
});

test("of a questioning the question that was called is asked until it is done", () => {
  const questioning = { id: "q1", item_id: "i1", answerer_id: "binh", answerer_name: "Bình", opened_at: "2026-03-02T08:00:00Z", closed_at: null };
  const asked = (state: SpeechRequest["state"], questioning_id: string): Speaking => ({ ...SILENCE, requests: [request("an", { kind: "question", state, questioning_id })] });

  expect(askedNow(asked("called", "q1"), questioning)?.id).toBe("an");
  expect(askedNow(asked("done", "q1"), questioning)).toBeNull();
  expect(askedNow(asked("called", "before"), questioning)).toBeNull();
});

test("what was asked is listed as it was called, with whom it was put to and until when it was answered", () => {
  const questioning = { id: "q1", item_id: "i1", answerer_id: "binh", answerer_name: "Bình", opened_at: "2026-03-02T08:00:00Z", closed_at: "2026-03-02T09:00:00Z" };
  const put = (id: string, minute: string, more: Partial<SpeechRequest> = {}): SpeechRequest => request(id, { kind: "question", state: "done", called_at: `2026-03-02T08:${minute}:00Z`, ...more });
  const turn = (id: string, request_id: string, kind: Floor["kind"], ended_at: string | null): Floor => floor({ id, request_id, kind, ended_at });
  const speaking: Speaking = {
    ...SILENCE,
    questionings: [questioning],
    requests: [put("late", "20", { item_id: null, questioning_id: "q1" }), request("waits", { kind: "question" }), put("first", "05", { addressee_id: "chi" }), put("elsewhere", "10", { item_id: "i2" }), request("said", { state: "done" })],
    floors: [turn("f1", "late", "question", "2026-03-02T08:22:00Z"), turn("f2", "late", "answer", "2026-03-02T08:24:00Z"), turn("f3", "late", "answer", "2026-03-02T08:29:00Z")],
  };

  expect(questionsAsked(speaking, null).map(({ request, to, answered_at }) => [request.id, to, answered_at])).toEqual([
    ["first", "chi", null],
    ["elsewhere", null, null],
    ["late", "binh", "2026-03-02T08:29:00Z"],
  ]);
  expect(questionsAsked(speaking, "i1").map(({ request, turns }) => [request.id, turns.map(({ id }) => id)])).toEqual([["first", []], ["late", ["f1", "f2", "f3"]]]);
});

describe("the queue", () => {
  const speaking: Speaking = { ...SILENCE, requests: [request("a"), request("q", { kind: "question" }), request("b", { item_id: null }), request("c", { item_id: "i2" }), request("d")] };

  test("of an item has those of the whole meeting, and questions apart", () => {
    expect(waitingAt(speaking, "i1", "speech").map((one) => one.id)).toEqual(["a", "b", "d"]);
    expect(waitingAt(speaking, "i1", "question").map((one) => one.id)).toEqual(["q"]);
    expect(waitingAt(speaking, null, "speech").map((one) => one.id)).toEqual(["a", "b", "c", "d"]);
  });

  test("waits for what the speaker has left and what those before may take", () => {
    const queue = waitingAt(speaking, "i1", "speech");
    const now: Speaking = { ...speaking, floors: [floor()] };

    expect(waitSeconds(now, queue, 0, "i1", AT + 120_000)).toBe(180);
    expect(waitSeconds(now, queue, 2, "i1", AT + 120_000)).toBe(180 + 2 * 300);
    expect(waitSeconds(now, queue, 1, "i1", AT + 900_000)).toBe(300); // over time: he may stop at any moment
    expect(waitSeconds(speaking, queue, 0, "i1", AT)).toBe(0);
  });

  test("learns from how long others spoke on the item", () => {
    const past = (ms: number): Floor => floor({ state: "ended", since: null, used_ms: ms, ended_at: "2026-03-02T07:30:00Z" });

    expect(expectedSeconds({ ...speaking, floors: [past(90_000)] }, "on_item", "i1")).toBe(300);
    expect(expectedSeconds({ ...speaking, floors: [past(90_000), past(150_000)] }, "on_item", "i1")).toBe(120);
  });

  test("has the item's limit before the meeting's, for speeches on the item only", () => {
    const set: Speaking = { ...speaking, settings: [{ item_id: null, limit_seconds: 240, closed: false }, { item_id: "i1", limit_seconds: 180, closed: false }] };

    expect([limitFor(set, "on_item", "i1"), limitFor(set, "on_item", "i2"), limitFor(set, "answer", "i1")]).toEqual([180, 240, 300]);
  });

  test("adds up what a group has used", () => {
    const budgets = [{ item_id: "i1", unit_id: "u", unit_name: "Ban Pháp chế", seconds: 600 }];

    expect(budgetsAt({ ...speaking, budgets, floors: [floor({ used_ms: 30_000 }), floor({ unit_id: "other" })] }, "i1", AT + 30_000)).toEqual([{ unit_id: "u", unit_name: "Ban Pháp chế", seconds: 600, used: 60 }]);
  });
});

test("the table as a file keeps names with commas whole and takes no name for a formula", () => {
  const person = { user_id: "a", name: '=Lê "An", B', position: "", unit_id: "u", unit_name: "Ban A", member: true, chaired: false, meetings_invited: 3, meetings_present: 2, requests: 1, floors: 1, seconds: 75, meetings_spoken: 1, waited_seconds: null, last_spoke_at: null };
  const found: Pick<SpeakingStatistics, "people"> = { people: [person] };

  expect(decodeURIComponent(csv(found)).split("\r\n")[1]).toBe(`"'=Lê ""An"", B",,Ban A,3,2,1,1,75,1,,`);
});

test("words of the room's microphone are whose turn it is, then whose it was", () => {
  const speaking = { ...SILENCE, floors: [floor({ name: "Chi" })] } as MeetingLine["speaking"];
  const session = { session_id: "s", speaker_id: null, speaker_name: null } as Voice["session"];
  const final = { speaker_name: "Bình" } as Voice["final"];
  const mine = { ...session, speaker_id: "an", speaker_name: "An" };

  expect(whose({ speaking }, { session, final, partial: "kính thưa" })).toBe("Chi");
  expect(whose({ speaking }, { session, final, partial: "" })).toBe("Bình");
  expect(whose({ speaking: SILENCE }, { session, final, partial: "kính thưa" })).toBeNull();
  expect(whose({ speaking }, { session: mine, final: null, partial: "kính thưa" })).toBe("An");
});
