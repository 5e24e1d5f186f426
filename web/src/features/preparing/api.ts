/** The routes of preparing a meeting, and what its words look like on the screen. */
import { ask } from "$/api";
import type { components } from "$/api/schema";
import type { Approval, Uuid } from "$/api/types";
import type { Key } from "$/i18n/index.svelte";

type Schemas = components["schemas"];
export type Preparation = Schemas["Preparation"];
export type Lack = Schemas["Lack"];
export type OwedPaper = Schemas["OwedPaper"];
export type PreparedItem = Schemas["PreparedItem"];
export type Change = Schemas["Change"];
export type LoggedBy = Schemas["LoggedBy"];
export type Step = Schemas["NewStep"]["step"];
export type MeetingType = Schemas["MeetingType"];
export type TypePerson = Schemas["TypePerson"];
export type CopiedMeeting = Schemas["CopiedMeeting"];

export const readPreparation = (meeting: Uuid): Promise<Preparation> => ask(`/api/meetings/${meeting}/preparation`);
export const takeStep = (meeting: Uuid, step: Step, reason = ""): Promise<unknown> => ask(`/api/meetings/${meeting}/approval`, { method: "POST", body: { step, reason } });
export const nameApprover = (meeting: Uuid, user_id: Uuid | null): Promise<unknown> => ask(`/api/meetings/${meeting}/approver`, { method: "PUT", body: { user_id } });
export const tellChanges = (meeting: Uuid): Promise<unknown> => ask(`/api/meetings/${meeting}/changes/told`, { method: "POST" });
export const setItemUnit = (item: Uuid, unit_id: Uuid | null): Promise<unknown> => ask(`/api/agenda-items/${item}/unit`, { method: "PUT", body: { unit_id } });
export const askForPapers = (meeting: Uuid): Promise<{ people: number }> => ask(`/api/meetings/${meeting}/papers-owed/ask`, { method: "POST" });
export const readOwed = (): Promise<OwedPaper[]> => ask("/api/papers-owed");
export const readPrepared = (): Promise<PreparedItem[]> => ask("/api/prepared-items");
export const meetingTypes = (): Promise<MeetingType[]> => ask("/api/meeting-types");
export const peopleOfType = (id: Uuid): Promise<TypePerson[]> => ask(`/api/meeting-types/${id}/people`);
export const copiedMeeting = (id: Uuid): Promise<CopiedMeeting> => ask(`/api/meetings/${id}/copy`);

/** 2026-03-13 → 13/03/2026. */
export const written = (iso: string | null): string => (iso ? iso.split("-").reverse().join("/") : "");

export const APPROVAL_TONE = { drafting: "plain", submitted: "wait", returned: "bad", approved: "ok" } as const satisfies Record<Approval, string>;
export const approvalKey = (approval: Approval): Key => `preparing.approval_${approval}`;
export const lackKey = (code: Lack["code"]): Key => `preparing.lack_${code.replaceAll("-", "_")}` as Key;
export const changeKey = (what: Change["what"]): Key => `preparing.change_${what}`;
export const stepKey = (step: LoggedBy["step"]): Key => `preparing.log_${step.replaceAll("-", "_")}` as Key;
