/** A device's state in words. */
import { language, t, type Key } from "$/i18n/index.svelte";
import { clock } from "$/i18n/when";
import type { IconName } from "$/ui";
import { isClimate, isLight, type LogEntry, type RoomDevice } from "./room";

export const ICONS: Readonly<Record<string, IconName>> = {
  light: "light",
  climate: "climate",
  microphone: "microphone",
  temperature: "thermometer",
  illuminance: "sun",
  carbon_dioxide: "air",
  presence: "people",
  reader: "qr",
};
export const MEASURES: readonly string[] = ["temperature", "illuminance", "carbon_dioxide", "presence"];
export const STUFFY_PPM = 1200;
/** After this long without a word a reading is old, and the room's rules do not act on it either. */
export const SILENT_MS = 15 * 60_000;

const MODES: readonly string[] = ["off", "cool", "heat", "heat_cool", "dry", "fan_only", "auto"];
const ALARMS: readonly string[] = ["no-answer", "wrong-state", "unavailable", "not-sent"];

export const modeWord = (mode: string): string => (MODES.includes(mode) ? t(`rooms.mode_${mode}` as Key) : mode);
export const alarmWord = (alarm: string): string => t(ALARMS.includes(alarm) ? (`rooms.alarm_${alarm}` as Key) : "rooms.alarm_other");
export const number = (value: number, digits = 0): string => new Intl.NumberFormat(language(), { maximumFractionDigits: digits }).format(value);

/** What the device is, by its own last report. */
export function stateWord(device: RoomDevice, now: number): string {
  if (!device.available) return t("rooms.gone");
  if (device.kind === "reader") return t("rooms.ready");
  if (device.value === null || device.value === undefined) return t(MEASURES.includes(device.kind) ? "rooms.no_value" : "rooms.unknown");
  if (MEASURES.includes(device.kind) && device.value_at && now - Date.parse(device.value_at) > SILENT_MS) return t("rooms.silent", { time: clock(device.value_at) });
  return valueWord(device.kind, device.value, device.unit);
}

export function valueWord(kind: string | undefined, value: unknown, unit: string | null = null): string {
  if (isLight(value)) {
    if (!value.on) return t("rooms.off");
    return value.brightness === null || value.brightness === undefined ? t("rooms.on") : t("rooms.on_at", { n: value.brightness });
  }
  if (typeof value === "boolean") {
    if (kind === "presence") return t(value ? "rooms.people_there" : "rooms.people_none");
    return t(value ? "rooms.on" : "rooms.off");
  }
  if (isClimate(value) || (typeof value === "object" && value !== null && "target" in value)) {
    const { mode, target } = value as { mode?: string | null; target?: number | null };
    const parts = [mode ? modeWord(mode) : null, target !== null && target !== undefined && mode !== "off" ? t("rooms.target_short", { n: number(target, 1) }) : null];
    return parts.filter((part) => part !== null).join(", ") || t("rooms.unknown");
  }
  if (typeof value === "number") return `${number(value, kind === "temperature" ? 1 : 0)} ${unit ?? ""}`.trim();
  return t("rooms.unknown");
}

/** What a device was told to be: "Bật, 40 %", "Tắt", "Làm mát, đặt 25 °C". */
export function orderWord(value: unknown): string {
  if (value === true) return t("rooms.turn_on");
  if (value === false || (isLight(value) && !value.on)) return t("rooms.turn_off");
  if (isLight(value)) return value.brightness === null || value.brightness === undefined ? t("rooms.turn_on") : t("rooms.turn_on_at", { n: value.brightness });
  return valueWord("climate", value);
}

const LOG_KINDS: readonly string[] = ["ordered", "answered", "alarmed", "alarm-cleared", "alarm-acknowledged", "announced", "gone", "scanned", "scan-refused"];
const REASONS: readonly string[] = ["too-warm", "cool-enough", "too-dark", "meeting-starts", "item-presents", "item-discusses", "meeting-ends"];

export function logWord(entry: LogEntry, explain: (code: string) => string): string {
  if (!LOG_KINDS.includes(entry.kind)) return t("rooms.log_other");
  return t(`rooms.log_${entry.kind}` as Key, {
    value: entry.kind === "ordered" ? orderWord(entry.value) : valueWord(undefined, entry.value),
    alarm: entry.detail ? alarmWord(entry.detail) : "",
    why: entry.detail ? explain(entry.detail) : "",
  });
}

/** "Nguyễn Văn A chỉnh tay", "Phòng tự chỉnh vì quá nóng"; for what is no order, only who did it, when somebody did. */
export function whoWord(entry: LogEntry): string | null {
  if (entry.kind !== "ordered") return entry.kind === "gone" || entry.kind === "alarm-acknowledged" ? entry.by : null;
  if (entry.reason === "floor" || entry.reason === "floor-over") return t(`rooms.reason_${entry.reason}`, { name: entry.by ?? "" });
  if (entry.by !== null) return [t("rooms.by_person", { name: entry.by }), entry.detail && `“${entry.detail}”`].filter(Boolean).join(": ");
  const reason = entry.reason && REASONS.includes(entry.reason) ? t(`rooms.reason_${entry.reason}` as Key) : "";
  return `${t("rooms.by_rule")} ${reason}`.trim();
}
