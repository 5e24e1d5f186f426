/** The routes of who administers a unit's rooms, and a user name made of what a person would call the device. */
import { ask } from "$/api";
import type { components } from "$/api/schema";
import type { RoomSummary, Uuid } from "$/api/types";
import { plain } from "../attendance/attendance";

type Schemas = components["schemas"];
export type Kit = Schemas["Kit"];
export type DeviceAccount = Schemas["DeviceAccount"];
export type KitDevice = Schemas["KitDevice"];
export type NewAccount = Schemas["NewAccount"];
export type NewPassword = Schemas["NewPassword"];

export const readKit = (room: Uuid): Promise<Kit> => ask(`/api/rooms/${room}/kit`);
export const makeRoom = (unit_id: Uuid, name: string): Promise<RoomSummary> => ask("/api/rooms", { method: "POST", body: { unit_id, name } });
export const renameRoom = (room: Uuid, name: string): Promise<unknown> => ask(`/api/rooms/${room}`, { method: "PATCH", body: { name } });
export const makeAccount = (room: Uuid, wish: NewAccount): Promise<NewPassword> => ask(`/api/rooms/${room}/accounts`, { method: "POST", body: wish });
export const renewPassword = (room: Uuid, username: string): Promise<NewPassword> => ask(`/api/rooms/${room}/accounts/${username}/password`, { method: "POST" });
export const renameAccount = (room: Uuid, username: string, name: string): Promise<unknown> => ask(`/api/rooms/${room}/accounts/${username}`, { method: "PATCH", body: { name } });
export const closeAccount = (room: Uuid, username: string): Promise<unknown> => ask(`/api/rooms/${room}/accounts/${username}`, { method: "DELETE" });
export const removeDevice = (room: Uuid, device: Uuid): Promise<unknown> => ask(`/api/rooms/${room}/devices/${device}`, { method: "DELETE" });

export const seatDevice = (room: Uuid, device: Uuid, seat: string | null): Promise<unknown> => ask(`/api/rooms/${room}/devices/${device}/seat`, { method: "PUT", body: { seat } });

export const USERNAME = /^[a-z0-9][a-z0-9_-]{1,59}$/;
const ROOT = /^[^+#$/\s][^+#]{0,98}[^+#/\s]$/;

/** "Tủ điện hội trường" → "tu-dien-hoi-truong". */
export function usernameOf(name: string): string {
  return plain(name)
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
}

/** The topics somebody typed, one on a line or between commas; null where one of them cannot be. */
export function rootsOf(typed: string): string[] | null {
  const roots = typed
    .split(/[\n,]/)
    .map((root) => root.trim().replace(/\/#?$/, ""))
    .filter(Boolean);
  return roots.every((root) => ROOT.test(root)) ? [...new Set(roots)] : null;
}
