import { describe, expect, it } from "vitest";
import { speak } from "$/i18n/index.svelte";
import { merged, type LogEntry, type RoomDevice } from "./room";
import { logWord, stateWord, valueWord, whoWord } from "./words";

const NOW = Date.parse("2026-11-22T03:00:00Z");
const device = (change: Partial<RoomDevice>): RoomDevice => ({
  id: "d",
  kind: "light",
  name: "Đèn",
  unit: "%",
  value: { on: true, brightness: 80 },
  value_at: "2026-11-22T02:59:00Z",
  available: true,
  waiting: null,
  alarm: null,
  by_hand_until: null,
  abilities: { dims: true, modes: [], min_target: null, max_target: null },
  ...change,
});
const entry = (change: Partial<LogEntry>): LogEntry => ({ id: 1, at: "2026-11-22T02:59:00Z", kind: "ordered", device_id: "d", device_name: "Đèn", value: { on: false }, reason: "by-hand", by: null, detail: null, ...change });

describe("a device in words", () => {
  speak("vi");

  it("is what it reported itself", () => {
    expect(stateWord(device({}), NOW)).toBe("Đang bật, 80 %");
    expect(stateWord(device({ value: { on: false, brightness: 80 } }), NOW)).toBe("Đang tắt");
    expect(stateWord(device({ kind: "microphone", value: false }), NOW)).toBe("Đang tắt");
    expect(stateWord(device({ kind: "temperature", value: 26.42, unit: "°C" }), NOW)).toBe("26,4 °C");
    expect(stateWord(device({ kind: "presence", value: true, unit: "" }), NOW)).toBe("Có người");
    expect(valueWord("climate", { mode: "cool", target: 25, current: 27 })).toBe("Làm mát, đặt 25 °C");
  });

  it("is gone, unknown or silent before it is anything else", () => {
    expect(stateWord(device({ available: false }), NOW)).toBe("Mất kết nối");
    expect(stateWord(device({ value: null }), NOW)).toBe("Chưa rõ trạng thái");
    expect(stateWord(device({ kind: "temperature", value: null }), NOW)).toBe("Chưa có số liệu");
    expect(stateWord(device({ kind: "temperature", value: 20, value_at: "2026-11-22T02:00:00Z" }), NOW)).toBe("Không có số liệu mới từ 09:00");
  });

  it("has somebody or some rule behind each order", () => {
    expect(whoWord(entry({ by: "Nguyễn Văn A", detail: "Chiếu phim" }))).toBe("Nguyễn Văn A chỉnh tay: “Chiếu phim”");
    expect(whoWord(entry({ reason: "too-dark" }))).toBe("Phòng tự chỉnh vì trong phòng quá tối");
    expect(whoWord(entry({ kind: "answered" }))).toBeNull();
    expect(logWord(entry({ value: { on: true, brightness: 40 } }), String)).toBe("Yêu cầu: Bật, 40 %");
    expect(logWord(entry({ value: { target: 24 } }), String)).toBe("Yêu cầu: đặt 24 °C");
    expect(logWord(entry({ kind: "alarmed", detail: "no-answer" }), String)).toBe("Cảnh báo: Thiết bị không trả lời trong 5 giây.");
    expect(logWord(entry({ kind: "new-kind" }), String)).toBe("Việc khác");
  });
});

describe("what was read and what was heard", () => {
  const read = device({ value: { on: false, brightness: 0 } });
  const old = device({ waiting: { on: false } });

  it("takes what was heard after the reading, and not what was heard before it", () => {
    expect(merged([read], { d: old }, { d: old })[0]).toEqual(read);
    expect(merged([read], { d: device({}) }, { d: old })[0]?.value).toEqual({ on: true, brightness: 80 });
    expect(merged([read], {}, {})[0]).toEqual(read);
  });
});
