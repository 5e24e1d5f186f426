/** The routes of checking in, and finding a name the way people type it. */
import { ask } from "$/api";
import type { MeetingRole, Moment, Participant, Uuid } from "$/api/types";

export interface CheckedIn extends Participant {
  checked_in_at: Moment;
  already: boolean;
}

export interface MyCode {
  code: string;
  text: string;
  svg: string;
  day: string;
}

export const myCode = (meeting: Uuid): Promise<MyCode> => ask(`/api/meetings/${meeting}/my-code`);
export const checkIn = (meeting: Uuid, code: string): Promise<CheckedIn> => ask(`/api/meetings/${meeting}/check-in`, { method: "POST", body: { code } });
export const checkInByHand = (meeting: Uuid, user: Uuid): Promise<CheckedIn> => ask(`/api/meetings/${meeting}/participants/${user}/check-in`, { method: "POST" });
export const undoCheckIn = (meeting: Uuid, user: Uuid): Promise<unknown> => ask(`/api/meetings/${meeting}/participants/${user}/check-in`, { method: "DELETE" });

export type InvitedRole = Exclude<MeetingRole, "chair">;
export const invite = (meeting: Uuid, user_ids: Uuid[], role: InvitedRole): Promise<unknown> => ask(`/api/meetings/${meeting}/participants`, { method: "POST", body: { user_ids, role } });
export const changeParticipant = (meeting: Uuid, user: Uuid, change: { role?: MeetingRole; seat?: string | null }): Promise<unknown> =>
  ask(`/api/meetings/${meeting}/participants/${user}`, { method: "PATCH", body: change });
export const takeOff = (meeting: Uuid, user: Uuid): Promise<unknown> => ask(`/api/meetings/${meeting}/participants/${user}`, { method: "DELETE" });

/** Without diacritics and case, so that "nguyen" finds "Nguyễn" and "dao" finds "Đào". */
export function plain(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/đ/gi, "d")
    .toLowerCase()
    .trim();
}

export function found(people: readonly Participant[], typed: string): Participant[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  return people.filter((one) => {
    const text = plain(`${one.name} ${one.position} ${one.seat ?? ""}`);
    return words.every((word) => text.includes(word));
  });
}
