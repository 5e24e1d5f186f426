/** The room's routes and what a room looks like. `value` is the device's own last word, `waiting` what it was told and has not reported. */
import { ask } from "$/api";
import type { Device, Moment, Uuid } from "$/api/types";

export interface Abilities {
  dims: boolean;
  modes: string[];
  min_target: number | null;
  max_target: number | null;
}

export interface RoomDevice extends Device {
  value_at: Moment | null;
  alarm: string | null;
  /** Until then the room's own rules leave the device alone. */
  by_hand_until: Moment | null;
  abilities: Abilities;
}

export interface LogEntry {
  id: number;
  at: Moment;
  kind: string;
  device_id: Uuid | null;
  device_name: string | null;
  value: unknown;
  reason: string | null;
  by: string | null;
  detail: string | null;
}

export interface Room {
  id: Uuid;
  name: string;
  online: boolean;
  i_may_order: boolean;
  i_may_administer: boolean;
  devices: RoomDevice[];
  log: LogEntry[];
}

export interface Light {
  on: boolean;
  brightness: number | null;
}
export interface Climate {
  mode: string | null;
  target: number | null;
  current: number | null;
}

export const readRoom = (id: Uuid): Promise<Room> => ask(`/api/rooms/${id}`);
export const giveOrder = (room: Uuid, device_id: string, value: unknown): Promise<{ order_id: Uuid }> =>
  ask(`/api/rooms/${room}/orders`, { method: "POST", body: { device_id, value } });

/** Somebody has seen the device's alarm and answers for it. */
export const acknowledge = (room: Uuid, device_id: string): Promise<unknown> => ask(`/api/rooms/${room}/devices/${device_id}/acknowledge`, { method: "POST" });

/** What the line heard of a device after the room was read stands over what was read; what it heard before does not. */
export function merged(read: readonly RoomDevice[], heard: Readonly<Record<string, Device>>, heardThen: Readonly<Record<string, Device>>): RoomDevice[] {
  return read.map((device) => {
    const live = heard[device.id];
    return live && live !== heardThen[device.id] ? { ...device, ...live } : device;
  });
}

export const isLight = (value: unknown): value is Light => typeof value === "object" && value !== null && "on" in value;
export const isClimate = (value: unknown): value is Climate => typeof value === "object" && value !== null && "mode" in value;
