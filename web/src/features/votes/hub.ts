/** The hub's routes of votes as functions. */
import { ask } from "$/api";
import type { MyBallot, NewVote, Uuid, Vote, VoteRollLine, VoteRule, VoteVoter } from "$/api/types";

export interface Opening {
  without_quorum: string | null;
  seconds: number | null;
  at_zero: Vote["at_zero"];
}

export const rules = (): Promise<VoteRule[]> => ask("/api/vote-rules");
export const prepare = (meeting: Uuid, wish: NewVote): Promise<Vote> => ask(`/api/meetings/${meeting}/votes`, { method: "POST", body: wish });
export const change = (id: Uuid, wish: NewVote): Promise<Vote> => ask(`/api/votes/${id}`, { method: "PUT", body: wish });
export const remove = (id: Uuid): Promise<unknown> => ask(`/api/votes/${id}`, { method: "DELETE" });
export const open = (id: Uuid, how: Opening): Promise<Vote> => ask(`/api/votes/${id}/open`, { method: "POST", body: how });
export const pause = (id: Uuid, reason: string): Promise<unknown> => ask(`/api/votes/${id}/pause`, { method: "POST", body: { reason } });
export const resume = (id: Uuid): Promise<unknown> => ask(`/api/votes/${id}/resume`, { method: "POST" });
export const close = (id: Uuid): Promise<Vote> => ask(`/api/votes/${id}/close`, { method: "POST" });
export const annul = (id: Uuid, reason: string): Promise<unknown> => ask(`/api/votes/${id}/annul`, { method: "POST", body: { reason } });
export const cast = (id: Uuid, choice: string[], remark: string | null): Promise<MyBallot> => ask(`/api/votes/${id}/ballot`, { method: "POST", body: { choice, remark }, timeout_ms: 12_000 });
export const seen = (id: Uuid): Promise<unknown> => ask(`/api/votes/${id}/seen`, { method: "POST" });
export const voters = (id: Uuid): Promise<VoteVoter[]> => ask(`/api/votes/${id}/voters`);
export const roll = (id: Uuid): Promise<VoteRollLine[]> => ask(`/api/votes/${id}/roll`);
export const read = (id: Uuid): Promise<Vote> => ask(`/api/votes/${id}`);
