/** What chair and secretary tell the hub of the sitting's course, beside moving to an item. */
import { ask } from "$/api";
import type { Uuid } from "$/api/types";

export const pauseSitting = (meeting: Uuid): Promise<unknown> => ask(`/api/meetings/${meeting}/pause`, { method: "POST", body: {} });
export const resumeSitting = (meeting: Uuid): Promise<unknown> => ask(`/api/meetings/${meeting}/resume`, { method: "POST" });
export const skipItem = (item: Uuid): Promise<unknown> => ask(`/api/agenda-items/${item}/skip`, { method: "POST", body: {} });
