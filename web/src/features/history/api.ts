/** The history's routes. */
import { ask, askFile } from "$/api";
import type { Uuid } from "$/api/types";
import type { components } from "$/api/schema";

type Schemas = components["schemas"];
export type Version = Schemas["Version"];
export type Author = Schemas["Author"];
export type Lock = Schemas["DocumentLock"];

export const PAGE = 50;
const of = (document: Uuid): string => `/api/documents/${document}`;

export const versions = (document: Uuid, before?: number): Promise<Version[]> => ask(`${of(document)}/versions?limit=${PAGE}${before ? `&before=${before}` : ""}`);
export const authors = (document: Uuid): Promise<Author[]> => ask(`${of(document)}/authors`);
export const save = (document: Uuid, name: string): Promise<Version> => ask(`${of(document)}/versions`, { method: "POST", body: { name } });
export const rename = (document: Uuid, number: number, name: string): Promise<Version> => ask(`${of(document)}/versions/${number}`, { method: "PATCH", body: { name } });
export const restore = (document: Uuid, number: number): Promise<Version> => ask(`${of(document)}/versions/${number}/restore`, { method: "POST" });
export const lock = (document: Uuid): Promise<Version> => ask(`${of(document)}/lock`, { method: "POST" });
export const unlock = (document: Uuid): Promise<void> => ask(`${of(document)}/lock`, { method: "DELETE" });

/** A Yjs update that makes the text of a version. */
export async function stateOf(document: Uuid, number: number): Promise<Uint8Array> {
  const { content } = await askFile(`${of(document)}/versions/${number}/state`);
  return new Uint8Array(await content.arrayBuffer());
}
