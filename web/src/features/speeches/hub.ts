/** The hub's routes of speaking as functions. */
import { ask } from "$/api";
import type { MySpeaking, NewFloor, NewSpeechRequest, SpeakerPast, SpeakingStatistics, SpeechKind, Uuid } from "$/api/types";

export interface Words {
  kind: SpeechKind;
  topic: string;
  question: string;
  addressee_id: Uuid | null;
}

export const register = (meeting: Uuid, wish: NewSpeechRequest): Promise<{ id: Uuid; place: number }> => ask(`/api/meetings/${meeting}/speech-requests`, { method: "POST", body: wish });
export const change = (id: Uuid, words: Words): Promise<unknown> => ask(`/api/speech-requests/${id}`, { method: "PUT", body: words });
export const withdraw = (id: Uuid): Promise<unknown> => ask(`/api/speech-requests/${id}`, { method: "DELETE" });
export const move = (id: Uuid, before: Uuid | null): Promise<unknown> => ask(`/api/speech-requests/${id}/move`, { method: "POST", body: { before } });
export const remove = (id: Uuid, reason: string): Promise<unknown> => ask(`/api/speech-requests/${id}/remove`, { method: "POST", body: { reason } });
export const restore = (id: Uuid): Promise<unknown> => ask(`/api/speech-requests/${id}/restore`, { method: "POST" });
export const finish = (id: Uuid): Promise<unknown> => ask(`/api/speech-requests/${id}/done`, { method: "POST" });

export const give = (meeting: Uuid, wish: Partial<NewFloor>): Promise<{ id: Uuid }> => ask(`/api/meetings/${meeting}/floors`, { method: "POST", body: wish });
export const act = (floor: Uuid, what: "start" | "pause" | "resume" | "end" | "undo"): Promise<unknown> => ask(`/api/floors/${floor}/${what}`, { method: "POST" });
export const addTime = (floor: Uuid, add_seconds: number): Promise<unknown> => ask(`/api/floors/${floor}/limit`, { method: "PUT", body: { add_seconds } });

export const set = (meeting: Uuid, item_id: Uuid | null, limit_seconds: number | null, closed: boolean): Promise<unknown> =>
  ask(`/api/meetings/${meeting}/speech-setting`, { method: "PUT", body: { item_id, limit_seconds, closed } });
export const budget = (meeting: Uuid, item_id: Uuid | null, unit_id: Uuid, seconds: number | null): Promise<unknown> =>
  ask(`/api/meetings/${meeting}/speech-budget`, { method: "PUT", body: { item_id, unit_id, seconds } });
export const rehearse = (meeting: Uuid, rehearsal: boolean): Promise<unknown> => ask(`/api/meetings/${meeting}/rehearsal`, { method: "PUT", body: { rehearsal } });
export const speakers = (meeting: Uuid): Promise<SpeakerPast[]> => ask(`/api/meetings/${meeting}/speakers`);

export const openQuestioning = (meeting: Uuid, item_id: Uuid, answerer_id: Uuid): Promise<{ id: Uuid }> =>
  ask(`/api/meetings/${meeting}/questionings`, { method: "POST", body: { item_id, answerer_id } });
export const closeQuestioning = (id: Uuid): Promise<unknown> => ask(`/api/questionings/${id}/close`, { method: "POST" });

const period = (since: string, until: string): string => new URLSearchParams({ since, until }).toString();
export const units = (): Promise<{ id: Uuid; name: string }[]> => ask("/api/speaking/units");
export const statistics = (unit: Uuid, since: string, until: string, present_at_least: number): Promise<SpeakingStatistics> =>
  ask(`/api/units/${unit}/speaking?${period(since, until)}&present_at_least=${present_at_least}`);
export const mine = (since: string, until: string): Promise<MySpeaking[]> => ask(`/api/me/speaking?${period(since, until)}`);
