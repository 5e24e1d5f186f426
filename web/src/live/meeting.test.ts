import type { Meeting } from "$/api/types";
import { Refused } from "$/api";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AMBER_AFTER_MS, BEAT_LIMIT_MS, MeetingLine, type World } from "./meeting.svelte";
import type { Event, Message } from "./messages";
import { SILENCE } from "./speeches";

/** A hub that exists only here: it answers readings and lets the test speak on the line. */
class Hub implements World {
  lines: Line[] = [];
  readings = 0;
  meeting: Meeting = aMeeting();
  failure: Refused | null = null;
  random = (): number => 0.5;
  /** Resolved by hand where a test needs a reading to be slow. */
  slow: Promise<void> | null = null;

  read = async (): Promise<Meeting> => {
    this.readings += 1;
    const answer = structuredClone(this.meeting);
    await this.slow;
    if (this.failure) throw this.failure;
    return answer;
  };
  socket = (path: string): WebSocket => {
    const line = new Line(path);
    this.lines.push(line);
    return line as unknown as WebSocket;
  };
  get line(): Line {
    const last = this.lines.at(-1);
    if (!last) throw new Error("nobody has called");
    return last;
  }
}

class Line {
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  closed = false;
  constructor(readonly path: string) {}
  close(): void {
    this.closed = true;
  }
  say(message: Message): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  tell(seq: number, event: Event, text: string | null = null, at = "2026-11-22T02:00:00Z"): void {
    this.say({ type: "told", seq, at, event, text });
  }
  break(code = 1006): void {
    this.onclose?.({ code });
  }
}

const AN = "00000000-0000-4000-8000-00000000000a";
const ITEMS = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"] as const;

function aMeeting(): Meeting {
  return {
    id: "00000000-0000-4000-8000-0000000000ff",
    title: "Kỳ họp thứ 5",
    kind: "council",
    place: "Hội trường",
    room_id: null,
    starts_at: "2026-11-22T01:00:00Z",
    ends_at: "2026-11-22T04:00:00Z",
    state: "running",
    unit: { id: AN, name: "Xã Yên Bình" },
    my_role: "delegate",
    current_item_id: null,
    current_item_since: null,
    seq: 7,
    participants: [{ user_id: AN, name: "Lê An", position: "Đại biểu", role: "delegate", seat: null, checked_in_at: null, attendance: "unknown", since: null, votes: true }],
    items: ITEMS.map((id, index) => ({
      id,
      meeting_id: "00000000-0000-4000-8000-0000000000ff",
      position: `a${index}`,
      number: index + 1,
      title: `Nội dung ${index + 1}`,
      presenter: "",
      minutes: 10,
      kind: "discussion" as const,
      secrecy: "none" as const,
      conclusion: "",
      removed: false,
      state: "waiting" as const,
      running_since: null,
      held_ms: 0,
    })),
    documents: [],
    i_may: { manage: false, run: false, speak: true },
    captions: [],
    preparing: null,
    papers: [],
    votes: [],
    speaking: SILENCE,
    sitting: {
      quorum: { rule_id: "hdnd", rule_version: 1, threshold: "at-least-two-thirds", roles: ["chair", "delegate"], online_counts: true, members: 1, present: 0, needed: 1 },
      online_allowed: true,
      members: null,
      rule_id: null,
      rule_pack: "",
      paused: null,
    },
    conclusions: [],
  };
}

let hub: Hub;
let line: MeetingLine;

async function opened(): Promise<void> {
  line.start();
  await vi.advanceTimersByTimeAsync(0);
  hub.line.say({ type: "ready", seq: hub.meeting.seq });
}

beforeEach(() => {
  vi.useFakeTimers();
  hub = new Hub();
  line = new MeetingLine(hub.meeting.id, hub);
});
afterEach(() => {
  line.stop();
  vi.useRealTimers();
});

describe("opening", () => {
  test("reads the meeting, then follows from the seq it was read at", async () => {
    await opened();

    expect(hub.line.path).toBe(`/ws/meetings/${hub.meeting.id}?after=7`);
    expect(line.connection).toBe("live");
    expect(line.items.map((item) => item.title)).toEqual(["Nội dung 1", "Nội dung 2"]);
  });

  test("a meeting one may not know of is not asked for again", async () => {
    hub.failure = new Refused("not-found", 404);
    line.start();

    await vi.advanceTimersByTimeAsync(120_000);

    expect(line.connection).toBe("none");
    expect(hub.readings).toBe(1);
  });

  test("without a network it is the meeting this device kept, until the hub is read; what was told is kept again", async () => {
    const kept: Meeting[] = [];
    line = new MeetingLine(hub.meeting.id, {
      ...hub,
      recall: async () => ({ body: { ...aMeeting(), title: "Như hôm qua", seq: 5 }, at: 1_000 }),
      remember: (meeting) => void kept.push(meeting),
    });
    hub.failure = new Refused("no-network", 0);
    line.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(line.ready && line.meeting.title).toBe("Như hôm qua");
    expect(line.keptAt).toBe(1_000);
    expect(hub.lines).toHaveLength(0);

    hub.failure = null;
    await vi.advanceTimersByTimeAsync(2_000);
    hub.line.say({ type: "ready", seq: 7 });
    hub.line.tell(8, { type: "agenda_item.started", item_id: ITEMS[1], by: AN });
    await vi.advanceTimersByTimeAsync(6_000);

    expect(line.keptAt).toBeNull();
    expect(hub.line.path).toBe(`/ws/meetings/${hub.meeting.id}?after=7`); // not after what was kept
    expect(kept.map(({ title, seq, current_item_id, current_item_since }) => [title, seq, current_item_id, current_item_since])).toEqual([
      ["Kỳ họp thứ 5", 7, null, null],
      ["Kỳ họp thứ 5", 8, ITEMS[1], "2026-11-22T02:00:00Z"],
    ]);
  });

  test("who may not know of a meeting is not shown what the device kept of it", async () => {
    line = new MeetingLine(hub.meeting.id, { ...hub, recall: async () => ({ body: aMeeting(), at: 1_000 }) });
    hub.failure = new Refused("not-found", 404);
    line.start();
    await vi.advanceTimersByTimeAsync(0);

    expect([line.ready, line.connection]).toEqual([false, "none"]);
  });

  test("a hub that is away is asked again, and the reason is there to show", async () => {
    hub.failure = new Refused("hub-away", 503);
    line.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(line.failure?.code).toBe("hub-away");

    hub.failure = null;
    await vi.advanceTimersByTimeAsync(2_000);
    hub.line.say({ type: "ready", seq: 7 });

    expect(line.connection).toBe("live");
    expect(line.failure).toBeNull();
  });
});

describe("facts", () => {
  test("each fact once: what comes a second time is dropped", async () => {
    await opened();
    const heard: number[] = [];
    line.onTold((told) => heard.push(told.seq));

    hub.line.tell(8, { type: "agenda_item.started", item_id: ITEMS[0], by: AN });
    hub.line.tell(8, { type: "agenda_item.started", item_id: ITEMS[1], by: AN });
    hub.line.tell(7, { type: "agenda_item.started", item_id: null, by: AN });

    expect(heard).toEqual([8]);
    expect(line.currentItem?.id).toBe(ITEMS[0]);
  });

  test("never over a gap: the line is dropped and asked for from where we are", async () => {
    await opened();
    const first = hub.line;

    first.tell(9, { type: "agenda_item.started", item_id: ITEMS[0], by: AN });
    await vi.advanceTimersByTimeAsync(1_000);

    expect(first.closed).toBe(true);
    expect(line.currentItem).toBeNull();
    expect(hub.line.path).toContain("after=7");
  });

  test("what was missed while away comes before ready, without reading the meeting again", async () => {
    await opened();
    hub.line.break();
    await vi.advanceTimersByTimeAsync(1_000);

    hub.line.tell(8, { type: "participant.checked_in", user_id: AN, seat: "B4", how: "qr", by: null });
    hub.line.say({ type: "ready", seq: 8 });

    expect(line.person(AN)?.seat).toBe("B4");
    expect(hub.readings).toBe(1);
  });

  test("a newer hub's event is skipped, and its seq is kept", async () => {
    await opened();

    hub.line.tell(8, { type: "vote.opened" } as unknown as Event);
    hub.line.tell(9, { type: "agenda_item.started", item_id: ITEMS[1], by: AN });

    expect(line.currentItem?.id).toBe(ITEMS[1]);
  });

  test("a log shorter than what we have seen was set back to a backup: everything is read anew", async () => {
    await opened();
    hub.line.tell(8, { type: "agenda_item.started", item_id: ITEMS[0], by: AN });
    hub.line.break();
    await vi.advanceTimersByTimeAsync(1_000);
    hub.meeting.seq = 3;

    hub.line.say({ type: "ready", seq: 3 });
    await vi.advanceTimersByTimeAsync(0);

    expect(hub.readings).toBe(2);
    expect(hub.line.path).toContain("after=3");
    expect(line.currentItem).toBeNull();
  });
});

describe("reading again", () => {
  test("new titles are read, once for a burst of changes", async () => {
    await opened();
    hub.meeting.seq = 10;
    hub.meeting.items = hub.meeting.items.map((item) => ({ ...item, title: `${item.title} (sửa)` }));

    for (const seq of [8, 9, 10]) hub.line.tell(seq, { type: "agenda.changed", items: [...ITEMS] });
    await vi.advanceTimersByTimeAsync(1_000);

    expect(hub.readings).toBe(2);
    expect(line.items[0]?.title).toBe("Nội dung 1 (sửa)");
  });

  test("a fact told while the reading was under way is not undone by it", async () => {
    await opened();
    hub.line.tell(8, { type: "agenda.changed", items: [...ITEMS] });
    hub.meeting.seq = 8;
    let arrive = (): void => {};
    hub.slow = new Promise((resolve) => (arrive = resolve));
    await vi.advanceTimersByTimeAsync(200);

    hub.line.tell(9, { type: "agenda_item.started", item_id: ITEMS[1], by: AN });
    arrive();
    await vi.advanceTimersByTimeAsync(0);

    expect(hub.readings).toBe(2);
    expect(line.currentItem?.id).toBe(ITEMS[1]);
  });

  test("a reading ahead of the line does not make it deaf to what lies between", async () => {
    await opened();
    const heard: number[] = [];
    line.onTold((told) => heard.push(told.seq));
    hub.line.tell(8, { type: "agenda.changed", items: [...ITEMS] });
    hub.meeting.seq = 9;
    hub.meeting.current_item_id = ITEMS[0];
    await vi.advanceTimersByTimeAsync(200);

    hub.line.tell(9, { type: "agenda_item.started", item_id: ITEMS[0], by: AN });

    expect(heard).toEqual([8, 9]);
    expect(line.currentItem?.id).toBe(ITEMS[0]);
  });

  test("what a reading ahead of the line has is not done once more when it is told", async () => {
    await opened();
    const floor = {
      id: "00000000-0000-4000-8000-0000000000f1", user_id: AN, unit_id: AN, item_id: null, kind: "on_item" as const,
      request_id: null, questioning_id: null, limit_seconds: 300,
    }; // prettier-ignore
    hub.line.tell(8, { type: "agenda.changed", items: [...ITEMS] });
    hub.meeting.seq = 9;
    const given = { ...floor, name: "Lê An", state: "called" as const, given_at: "2026-11-22T02:00:00Z", started_at: null, since: null, used_ms: 0, ended_at: null };
    hub.meeting.speaking = { ...SILENCE, floors: [given] };
    await vi.advanceTimersByTimeAsync(200);

    const { id: floor_id, kind: speech_kind, ...rest } = floor;
    hub.line.tell(9, { type: "floor.given", floor_id, speech_kind, by: AN, ...rest });
    hub.line.tell(10, { type: "floor.given", floor_id: AN, speech_kind, by: AN, ...rest });

    expect(line.speaking.floors.map((one) => one.id)).toEqual([floor_id, AN]);
    expect(line.seq).toBe(10);
  });

  test("a reading that failed is tried again", async () => {
    await opened();
    hub.failure = new Refused("hub-away", 503);
    hub.line.tell(8, { type: "meeting.changed", by: AN });
    await vi.advanceTimersByTimeAsync(200);
    hub.failure = null;
    hub.meeting.seq = 8;
    hub.meeting.title = "Kỳ họp thứ 6";

    await vi.advanceTimersByTimeAsync(10_000);

    expect(line.meeting.title).toBe("Kỳ họp thứ 6");
  });
});

test("an item was held for as many milliseconds as the hub counts, whose moments are finer than a browser's", async () => {
  await opened();

  hub.line.tell(8, { type: "agenda_item.started", item_id: ITEMS[0], by: AN }, null, "2026-11-22T02:00:00.000900Z");
  hub.line.tell(9, { type: "agenda_item.started", item_id: ITEMS[1], by: AN }, null, "2026-11-22T02:00:01.002100Z");

  expect(line.items[0]?.held_ms).toBe(1_001);
});

describe("the line breaks", () => {
  test("it comes back by itself, later each time, never later than fifteen seconds", async () => {
    await opened();
    const waits: number[] = [];
    hub.line.break();
    for (let tries = 0; tries < 9; tries += 1) {
      const before = Date.now();
      const calls = hub.lines.length;
      while (hub.lines.length === calls) await vi.advanceTimersByTimeAsync(50);
      waits.push(Date.now() - before);
      hub.line.break();
    }

    expect(waits[0]).toBeLessThan(500);
    expect([...waits].sort((a, b) => a - b)).toEqual(waits);
    expect(Math.max(...waits)).toBeLessThanOrEqual(15_000);
  });

  test("a break of a moment is nobody's business; after five seconds it is said, and unsaid when it is over", async () => {
    await opened();
    hub.line.break();
    await vi.advanceTimersByTimeAsync(AMBER_AFTER_MS - 100);
    expect(line.late).toBe(false);

    await vi.advanceTimersByTimeAsync(200);
    expect(line.late).toBe(true);

    await vi.advanceTimersByTimeAsync(15_000);
    hub.line.say({ type: "ready", seq: 7 });
    expect(line.late).toBe(false);
  });

  test("a line that says nothing for 45 seconds is dead, whatever the socket believes", async () => {
    await opened();
    const first = hub.line;
    await vi.advanceTimersByTimeAsync(BEAT_LIMIT_MS - 1_000);
    first.say({ type: "beat" });
    await vi.advanceTimersByTimeAsync(BEAT_LIMIT_MS - 1_000);
    expect(first.closed).toBe(false);

    await vi.advanceTimersByTimeAsync(2_000);

    expect(first.closed).toBe(true);
    expect(hub.lines.length).toBe(2);
  });

  test("a session that ended stops the trying; signing in again goes on from where we were", async () => {
    await opened();
    hub.line.tell(8, { type: "agenda_item.started", item_id: ITEMS[0], by: AN });
    hub.line.break(4401);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(hub.lines.length).toBe(1);
    expect(line.connection).toBe("ended");
    expect(line.currentItem?.id).toBe(ITEMS[0]);

    line.resume();
    await vi.advanceTimersByTimeAsync(0);
    hub.line.say({ type: "ready", seq: 8 });

    expect(hub.line.path).toContain("after=8");
    expect(line.connection).toBe("live");
  });

  test("somebody who was struck from the list is not let back in", async () => {
    await opened();

    hub.line.break(4404);
    await vi.advanceTimersByTimeAsync(60_000);

    expect(line.connection).toBe("barred");
    expect(hub.lines.length).toBe(1);
  });
});

describe("captions and devices", () => {
  test("a partial is shown until its final takes its place", async () => {
    await opened();
    const session_id = "00000000-0000-4000-8000-0000000000c1";
    hub.line.tell(8, { type: "captions.started", session_id, by: AN, speaker_id: AN, language: "vi" });
    hub.line.say({ type: "presence", of: "caption", session_id, speaker_id: AN, speaker_name: "Lê An", text: "đề nghị làm" });
    expect(line.partials[session_id]?.text).toBe("đề nghị làm");

    hub.line.tell(9, { type: "caption.final", segment_id: ITEMS[0], session_id, number: 1, speaker_id: AN, item_id: null, start_ms: 0, end_ms: 900 }, "Đề nghị làm rõ.");

    expect(line.partials[session_id]).toBeUndefined();
    expect(line.lines.map((one) => [one.speaker_name, one.text])).toEqual([["Lê An", "Đề nghị làm rõ."]]);
    expect(line.captions[0]?.speaker_name).toBe("Lê An");
  });

  test("a command is not a state: the button waits until the device itself answers", async () => {
    await opened();
    const room_id = AN;
    const device = { id: "den", kind: "light", name: "Đèn", unit: null, value: "on", available: true, waiting: null };
    hub.line.say({ type: "presence", of: "device", room_id, device });
    hub.line.tell(8, { type: "room.ordered", order_id: AN, room_id, device_id: "den", value: "off", reason: "manual", by: AN });
    expect(line.devices["den"]).toMatchObject({ value: "on", waiting: "off" });

    hub.line.tell(9, { type: "room.answered", order_id: AN, device_id: "den", value: "off" });

    expect(line.devices["den"]).toMatchObject({ value: "off", waiting: null });
  });
});
