import type { Meeting, SpeechRequest } from "$/api/types";
import { describe, expect, test } from "vitest";
import { apply, known, type Known } from "./apply";
import type { Event } from "./messages";
import { SILENCE } from "./speeches";

const [AN, BINH, CHI] = ["an", "binh", "chi"];

function start(): Known {
  const participants = [AN, BINH, CHI].map((user_id) => ({ user_id, name: `Lê ${user_id}`, role: "delegate" }));
  return known({ seq: 0, participants, items: [], votes: [], captions: [], speaking: SILENCE, current_item_since: null } as unknown as Meeting);
}

/** The line as it would be told, a second apart. */
function told(events: readonly (Event | [Event, string])[], from: Known = start()): Known {
  return events.reduce<Known>((state, one) => {
    const [event, text] = Array.isArray(one) ? one : [one, null];
    const seq = state.seq + 1;
    return apply(state, { type: "told", seq, at: `2026-03-02T08:00:${String(seq).padStart(2, "0")}Z`, event, text });
  }, from);
}

const asked = (id: string, user_id: string, place: number, more: Partial<Extract<Event, { type: "speech.requested" }>> = {}): Event => ({
  type: "speech.requested", request_id: id, user_id, item_id: "i1", speech_kind: "on_item", addressee_id: null, place, by: user_id, ...more,
}); // prettier-ignore
const given = (id: string, user_id: string, request_id: string | null, questioning_id: string | null = null): Event => ({
  type: "floor.given", floor_id: id, user_id, unit_id: "u", item_id: "i1", speech_kind: "on_item", request_id, questioning_id, limit_seconds: 300, by: CHI,
}); // prettier-ignore

const order = (state: Known): string[] => state.meeting.speaking.requests.filter((one: SpeechRequest) => one.state === "waiting").map((one: SpeechRequest) => one.id);

describe("the queue", () => {
  test("is in the order the line says, whatever was called meanwhile", () => {
    const state = told([asked("a", AN, 0), asked("b", BINH, 1), given("f", AN, "a"), asked("p", CHI, 0, { speech_kind: "procedural" }), { type: "speech.moved", request_id: "p", place: 1, by: CHI }]);

    expect(order(state)).toEqual(["b", "p"]);
    expect(state.meeting.speaking.requests.map((one) => [one.id, one.state])).toContainEqual(["a", "called"]);
    expect(state.stale).toBe(false);
  });

  test("has each topic, and below it the question that was written beforehand", () => {
    const state = told([[asked("a", AN, 0, { speech_kind: "question" }), "Tiến độ\nVì sao chậm?\nBao giờ xong?"]]);

    expect(state.meeting.speaking.requests[0]).toMatchObject({ topic: "Tiến độ", question: "Vì sao chậm?\nBao giờ xong?", name: "Lê an" });
  });

  test("is read again when a request comes back, or somebody unknown asks", () => {
    const before = told([asked("a", AN, 0), { type: "speech.withdrawn", request_id: "a", by: AN }]);

    expect(order(before)).toEqual([]);
    expect(told([{ type: "speech.restored", request_id: "a", place: 0, by: AN }], before).stale).toBe(true);
    expect(told([asked("x", "nobody", 0)]).stale).toBe(true);
  });
});

describe("the floor", () => {
  test("counts only while the clock runs", () => {
    const running = told([given("f", AN, null), { type: "floor.started", floor_id: "f", by: CHI }]);
    const paused = told([{ type: "floor.paused", floor_id: "f", used_ms: 61_000, by: CHI }], running);
    const ended = told([{ type: "floor.resumed", floor_id: "f", by: CHI }, { type: "floor.ended", floor_id: "f", used_ms: 70_000, by: CHI }], paused);

    expect(running.meeting.speaking.floors[0]).toMatchObject({ state: "speaking", since: "2026-03-02T08:00:02Z", started_at: "2026-03-02T08:00:02Z" });
    expect(paused.meeting.speaking.floors[0]).toMatchObject({ state: "paused", since: null, used_ms: 61_000 });
    expect(ended.meeting.speaking.floors[0]).toMatchObject({ state: "ended", since: null, used_ms: 70_000, ended_at: "2026-03-02T08:00:05Z" });
  });

  test("taken back was never given, and its request stands where it stood", () => {
    const state = told([asked("a", AN, 0), asked("b", BINH, 1), given("f", AN, "a"), { type: "floor.given_undone", floor_id: "f", place: 0, by: CHI }]);

    expect(order(state)).toEqual(["a", "b"]);
    expect(state.meeting.speaking.floors).toEqual([]);
  });

  test("of a question leaves the question open until it is done", () => {
    const opened: Event = { type: "questioning.opened", questioning_id: "q", item_id: "i1", answerer_id: CHI, by: CHI };
    const ended: Event = { type: "floor.ended", floor_id: "f", used_ms: 1000, by: CHI };
    const asking = told([asked("a", AN, 0, { speech_kind: "question" }), opened, given("f", AN, "a", "q"), ended]);
    const done = told([{ type: "question.done", request_id: "a", by: CHI }], asking);

    expect(asking.meeting.speaking.requests[0]?.state).toBe("called");
    expect(done.meeting.speaking.requests[0]?.state).toBe("done");
    expect(done.meeting.speaking.questionings[0]).toMatchObject({ answerer_name: "Lê chi", closed_at: null });
  });
});
