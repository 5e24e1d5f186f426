import type { Told } from "$/live/messages";
import type { MeetingLine } from "$/live/meeting.svelte";
import { expect, test, vi } from "vitest";
import { incidentsOf, readWhole } from "./incidents";

const told = (seq: number, event: unknown, text: string | null = null): Told => ({ type: "told", seq, at: "2026-11-22T02:00:00Z", event: event as Told["event"], text });
const line = {
  items: [{ id: "item-2", number: 2 }],
  votes: [{ id: "vote", item_ids: ["item-2"] }],
  devices: {},
  person: (id: string | null) => (id === "lan" ? { name: "Trần Thị Lan" } : null),
} as unknown as MeetingLine;

test("only what did not go by the plan is an incident, with its reason and who did it", () => {
  const all = [
    told(1, { type: "meeting.state_changed", state: "running", by: "lan" }),
    told(2, { type: "vote.quorum_waived", vote_id: "vote", present: 12, quorum: 18, by: "lan" }, "Đường ngập"),
    told(3, { type: "vote.result", vote_id: "vote" }),
    told(4, { type: "agenda_item.skipped", item_id: "item-2", by: "an" }),
    told(5, { type: "room.alarmed", room_id: "room", device_id: "gone", order_id: null, alarm: "no-answer" }),
  ];

  expect(incidentsOf(all, line).map(({ seq, what, reason, by }) => [seq, what, reason, by])).toEqual([
    [2, "Biểu quyết nội dung 2 mở khi chỉ có 12 người, cần 18", "Đường ngập", "Trần Thị Lan"],
    [4, "Bỏ qua nội dung 2", null, null],
    [5, "Thiết bị trong phòng: Thiết bị không trả lời trong 5 giây.", null, null],
  ]);
});

test("taking an ended meeting up again is one, beginning it is not", () => {
  const states = ["running", "ended", "running"].map((state, index) => told(index + 1, { type: "meeting.state_changed", state, by: "lan" }));

  expect(incidentsOf(states, line).map(({ seq }) => seq)).toEqual([3]);
});

test("the line is read to its end once; one that breaks before is not a log", async () => {
  const sockets: { onmessage?: (event: { data: string }) => void; onclose?: (() => void) | null; close: () => void }[] = [];
  const open = (): WebSocket => {
    const socket = { close: vi.fn() };
    sockets.push(socket);
    return socket as unknown as WebSocket;
  };

  const whole = readWhole("meeting", open);
  sockets[0]?.onmessage?.({ data: JSON.stringify(told(1, { type: "meeting.paused", by: "lan" })) });
  sockets[0]?.onmessage?.({ data: JSON.stringify({ type: "ready", seq: 1 }) });
  const broken = readWhole("meeting", open);
  sockets[1]?.onclose?.();

  expect((await whole)?.map(({ seq }) => seq)).toEqual([1]);
  expect(await broken).toBeNull();
});
