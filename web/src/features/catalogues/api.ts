/** The routes of catalogues: types of meetings, positions, issuing bodies, kinds of papers, seat plans, guides. */
import { ask } from "$/api";
import type { components } from "$/api/schema";
import type { Uuid } from "$/api/types";

type Schemas = components["schemas"];
export type Entry = Schemas["CatalogueEntry"];
export type EntryKind = Entry["kind"];
export type MeetingType = Schemas["MeetingType"];
export type NewMeetingType = Schemas["NewMeetingType"];
export type TypeItem = Schemas["TypeItem"];
export type PaperKind = Schemas["PaperKind"];
export type SeatPlan = Schemas["SeatPlan"];
export type Guide = Schemas["Guide"];

export const readEntries = (kind: EntryKind): Promise<Entry[]> => ask(`/api/catalogues?kind=${kind}`);
export const addEntry = (wish: Schemas["NewEntry"]): Promise<unknown> => ask("/api/catalogues", { method: "POST", body: wish });
export const changeEntry = (id: Uuid, change: Schemas["ChangedEntry"]): Promise<unknown> => ask(`/api/catalogues/${id}`, { method: "PUT", body: change });
export const removeEntry = (id: Uuid): Promise<unknown> => ask(`/api/catalogues/${id}`, { method: "DELETE" });

export const readTypes = (): Promise<MeetingType[]> => ask("/api/meeting-types");
export const addType = (wish: NewMeetingType): Promise<unknown> => ask("/api/meeting-types", { method: "POST", body: wish });
export const changeType = (id: Uuid, wish: NewMeetingType): Promise<unknown> => ask(`/api/meeting-types/${id}`, { method: "PUT", body: wish });
export const removeType = (id: Uuid): Promise<unknown> => ask(`/api/meeting-types/${id}`, { method: "DELETE" });

export const readKinds = (): Promise<PaperKind[]> => ask("/api/paper-kinds");
export const addKind = (name: string, position: number): Promise<unknown> => ask("/api/paper-kinds", { method: "POST", body: { name, position } });
export const changeKind = (id: Uuid, name: string, position: number): Promise<unknown> => ask(`/api/paper-kinds/${id}`, { method: "PUT", body: { name, position } });
export const removeKind = (id: Uuid): Promise<unknown> => ask(`/api/paper-kinds/${id}`, { method: "DELETE" });

export const readSeats = (room: Uuid): Promise<SeatPlan> => ask(`/api/rooms/${room}/seats`);
export const drawSeats = (room: Uuid, rows: string[][]): Promise<unknown> => ask(`/api/rooms/${room}/seats`, { method: "PUT", body: { rows } });
export const deleteRoom = (room: Uuid): Promise<unknown> => ask(`/api/rooms/${room}`, { method: "DELETE" });

export const readGuides = (): Promise<Guide[]> => ask("/api/guides");
export const addGuide = (wish: Schemas["NewGuide"]): Promise<unknown> => ask("/api/guides", { method: "POST", body: wish });
export const changeGuide = (id: Uuid, wish: Schemas["NewGuide"]): Promise<unknown> => ask(`/api/guides/${id}`, { method: "PUT", body: wish });
export const removeGuide = (id: Uuid): Promise<unknown> => ask(`/api/guides/${id}`, { method: "DELETE" });

const ROW_NAMES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** A plan of so many rows and seats: A1, A2 … B1; a seat that had a name at its place keeps it. */
export function planned(rows: number, seats: number, before: readonly (readonly string[])[] = []): string[][] {
  return Array.from({ length: rows }, (_, row) => Array.from({ length: seats }, (_, seat) => before[row]?.[seat] ?? `${ROW_NAMES[row] ?? `R${row + 1}-`}${seat + 1}`));
}

/** Names that two seats have, however they are written. */
export function twice(rows: readonly (readonly string[])[]): string[] {
  const seen = new Set<string>();
  const found = new Set<string>();
  for (const name of rows.flat().map((one) => one.trim().toLocaleLowerCase("vi"))) {
    if (name !== "" && seen.has(name)) found.add(name);
    seen.add(name);
  }
  return [...found];
}
