/** The routes of checking in, and finding a name the way people type it. */
import { ask } from "$/api";
import type { Attendance, AttendanceSheet, MeetingRole, Moment, Participant, Quorum, Uuid } from "$/api/types";
import type { Key } from "$/i18n/index.svelte";
import { isPresent } from "$/live/attendance";
import type { IconName } from "$/ui";

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

/** What can be told of somebody. */
export type Told = Exclude<Attendance, "unknown">;

export interface AttendanceSet {
  /** Of the fact; what takes it back names it. Null: it was so already. */
  seq: number | null;
  state: Attendance;
  since: Moment | null;
}

export const mark = (meeting: Uuid, user: Uuid, told: { state: Told; since?: Moment | null; reason?: string | null; instead_of?: number | null }): Promise<AttendanceSet> =>
  ask(`/api/meetings/${meeting}/participants/${user}/attendance`, { method: "PUT", body: told });
export const takeBack = (meeting: Uuid, user: Uuid, seq: number): Promise<unknown> => ask(`/api/meetings/${meeting}/participants/${user}/attendance/${seq}`, { method: "DELETE" });
export const markMyself = (meeting: Uuid, state: "online" | "left", reason: string | null = null): Promise<AttendanceSet> =>
  ask(`/api/meetings/${meeting}/my-attendance`, { method: "PUT", body: { state, reason } });
export const readSheet = (meeting: Uuid): Promise<AttendanceSheet> => ask(`/api/meetings/${meeting}/attendance`);
export const setRules = (meeting: Uuid, rules: { online_allowed: boolean; members: number | null; rule_id: string | null }): Promise<unknown> =>
  ask(`/api/meetings/${meeting}/attendance-rules`, { method: "PUT", body: rules });

export type InvitedRole = Exclude<MeetingRole, "chair">;
export const invite = (meeting: Uuid, user_ids: Uuid[], role: InvitedRole): Promise<unknown> => ask(`/api/meetings/${meeting}/participants`, { method: "POST", body: { user_ids, role } });
export const changeParticipant = (meeting: Uuid, user: Uuid, change: { role?: MeetingRole; seat?: string | null; votes?: boolean }): Promise<unknown> =>
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

/** Where somebody is, in words: "Có mặt từ 07:58". Nobody said it yet of most until they come. */
export const SINCE: Record<Attendance, Key> = {
  room: "attendance.here_since",
  online: "attendance.online_since",
  excused: "attendance.excused",
  absent: "attendance.absent_without",
  left: "attendance.left_at",
  unknown: "attendance.not_yet",
};
export const STATE: Record<Attendance, Key> = {
  room: "attendance.in_room",
  online: "attendance.on_screen",
  excused: "attendance.excused",
  absent: "attendance.absent_without",
  left: "attendance.left",
  unknown: "attendance.not_yet",
};
export const ICON: Record<Attendance, IconName> = { room: "check", online: "screen", excused: "calendar", absent: "cross", left: "sign-out", unknown: "minus" };

export type Which = "all" | "here" | "away" | "unknown";

export function belongs(one: Participant, which: Which): boolean {
  if (which === "all") return true;
  if (which === "here") return isPresent(one.attendance);
  if (which === "unknown") return one.attendance === "unknown";
  return !isPresent(one.attendance) && one.attendance !== "unknown";
}

/** "đủ 2/3 (34)" or how many are missing; null where the rule asks for nobody. */
export function quorumKey(quorum: Quorum): { key: Key; share: Key } | null {
  if (quorum.needed === null || quorum.threshold === null) return null;
  const share = { "more-than-half": "attendance.share_half", "at-least-two-thirds": "attendance.share_two_thirds", "more-than-two-thirds": "attendance.share_over_two_thirds" }[quorum.threshold] as Key;
  return { key: quorum.present >= quorum.needed ? "attendance.quorum_met" : "attendance.quorum_short", share };
}

/** Whole minutes: what began counts. */
export const minutesOf = (ms: number): number => Math.round(ms / 60_000);
