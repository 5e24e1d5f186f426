import { expect, test } from "vitest";
import type { RoomDevice } from "./room";
import { keepAll, wishesOf } from "./scenes";

const device = (id: string, kind: string, value: unknown, change: Partial<RoomDevice> = {}): RoomDevice => ({
  id,
  kind,
  name: id,
  unit: "",
  value,
  value_at: null,
  available: true,
  waiting: null,
  alarm: null,
  by_hand_until: null,
  abilities: { dims: kind === "light", modes: kind === "climate" ? ["off", "cool"] : [], min_target: null, max_target: null },
  ...change,
});
const room = [
  device("den", "light", { on: true, brightness: 100 }),
  device("den-tat", "light", { on: false, brightness: 0 }, { abilities: { dims: false, modes: [], min_target: null, max_target: null } }),
  device("micro", "microphone", true),
  device("dieu-hoa", "climate", { mode: "cool", target: 25, current: 27 }),
  device("mat-ket-noi", "light", { on: true, brightness: 100 }, { available: false }),
  device("nhiet-do", "temperature", 27),
];
const said = (wishes: ReturnType<typeof wishesOf>) => Object.fromEntries(wishes.map(({ device, value }) => [device.id, value]));

test("a scene orders only what is not yet so, and nothing of a device that is gone", () => {
  expect(said(wishesOf("present", room))).toEqual({ den: { on: true, brightness: 40 }, "den-tat": { on: true } });
  expect(said(wishesOf("discuss", room))).toEqual({ "den-tat": { on: true } });
  expect(said(wishesOf("finish", room))).toEqual({ den: { on: false }, micro: false, "dieu-hoa": { mode: "off" } });
});

test("a break closes the microphones and leaves the air alone", () => {
  expect(said(wishesOf("rest", room))).toEqual({ "den-tat": { on: true }, micro: false });
});

test("by hand means that everything stays as it is", () => {
  expect(said(keepAll(room))).toEqual({ den: { on: true, brightness: 100 }, "den-tat": { on: false }, micro: true, "dieu-hoa": { mode: "cool" } });
});
