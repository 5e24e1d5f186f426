/** The routes of conclusions, of what the minutes say by themselves, of closing and of the yearbook. */
import { ask } from "$/api";
import type { components } from "$/api/schema";
import type { Uuid } from "$/api/types";

type Schemas = components["schemas"];
export type MinutesFacts = Schemas["MinutesFacts"];
export type FactShown = Schemas["FactShown"];
export type Ending = Schemas["Ending"];
export type ToDo = Schemas["ToDo"];
export type Export = Schemas["Export"];
export type Yearbook = Schemas["Yearbook"];

export const facts = (meeting: Uuid): Promise<MinutesFacts> => ask(`/api/meetings/${meeting}/minutes/facts`);
export const layFrame = (meeting: Uuid): Promise<void> => ask(`/api/meetings/${meeting}/minutes/frame`, { method: "POST" });

export const write = (item: Uuid, text: string): Promise<void> => ask(`/api/agenda-items/${item}/conclusion`, { method: "PUT", body: { text } });
export const remove = (item: Uuid): Promise<void> => ask(`/api/agenda-items/${item}/conclusion`, { method: "DELETE" });
export const confirm = (item: Uuid, written: number): Promise<void> => ask(`/api/agenda-items/${item}/conclusion/confirm`, { method: "POST", body: { written } });
export const giveBack = (item: Uuid, written: number, remark: string): Promise<void> =>
  ask(`/api/agenda-items/${item}/conclusion/return`, { method: "POST", body: { written, remark } });

export const ending = (meeting: Uuid): Promise<Ending> => ask(`/api/meetings/${meeting}/ending`);
export const close = (meeting: Uuid, reason: string | null): Promise<void> => ask(`/api/meetings/${meeting}/close`, { method: "POST", body: { reason } });
export const yearbook = (year: string, unit: string): Promise<Yearbook> => {
  const query = new URLSearchParams({ ...(year ? { year } : {}), ...(unit ? { unit } : {}) });
  return ask(`/api/yearbook?${query.toString()}`);
};
