/** The routes of questions and opinions before the meeting and of the exchange in it, and grouping them for the chair. */
import { ask } from "$/api";
import type { components } from "$/api/schema";
import type { Uuid } from "$/api/types";

type Schemas = components["schemas"];
export type Opinions = Schemas["Opinions"];
export type GivenOpinion = Schemas["GivenOpinion"];
type Exchanged = Pick<Schemas["NewOpinion"], "in_sitting" | "on_record">;
/** Of the exchange in the sitting where it says so, and on the record unless it says otherwise. */
export type NewOpinion = Omit<Schemas["NewOpinion"], keyof Exchanged> & Partial<Exchanged>;

/** A passage marked in a paper. */
export interface Marked {
  paper: Uuid;
  title: string;
  number: number;
  page: number;
  quote: string;
}

export const readOpinions = (meeting: Uuid, item: Uuid): Promise<Opinions> => ask(`/api/meetings/${meeting}/opinions?item_id=${item}`);
export const giveOpinion = (meeting: Uuid, wish: NewOpinion): Promise<Opinions> => ask(`/api/meetings/${meeting}/opinions`, { method: "POST", body: wish });
export const answerOpinion = (opinion: Uuid, text: string): Promise<unknown> => ask(`/api/opinions/${opinion}/answers`, { method: "POST", body: { text } });
export const sortOpinion = (opinion: Uuid, change: { theme?: string; on_record?: boolean }): Promise<unknown> => ask(`/api/opinions/${opinion}`, { method: "PATCH", body: change });
export const setDeadline = (meeting: Uuid, until: string | null): Promise<unknown> => ask(`/api/meetings/${meeting}/opinions/deadline`, { method: "PUT", body: { until } });

export const setExchange = (item: Uuid, open: boolean): Promise<unknown> => ask(`/api/agenda-items/${item}/exchange`, { method: "PUT", body: { open } });

/** What somebody said: an opinion, or an answer to one. */
export interface Said {
  is: "opinions" | "opinion-answers";
  id: Uuid;
}
export const hide = ({ is, id }: Said, reason: string): Promise<unknown> => ask(`/api/${is}/${id}/hiding`, { method: "POST", body: { reason } });
export const show = ({ is, id }: Said): Promise<unknown> => ask(`/api/${is}/${id}/hiding`, { method: "DELETE" });
export const withdraw = ({ is, id }: Said): Promise<unknown> => ask(`/api/${is}/${id}`, { method: "DELETE" });

export type By = "theme" | "person" | "unit";

/** In the order they come; what has no theme is last and has no heading. */
export function grouped(opinions: readonly GivenOpinion[], by: By): { name: string; opinions: GivenOpinion[] }[] {
  const groups = new Map<string, GivenOpinion[]>();
  for (const one of opinions) {
    const name = by === "theme" ? one.theme : by === "person" ? one.by_name : one.by_unit;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups].map(([name, of]) => ({ name, opinions: of })).sort((a, b) => Number(a.name === "") - Number(b.name === ""));
}
