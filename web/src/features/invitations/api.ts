/** Invitations, asked of the hub. */
import { ask } from "$/api";
import type { components } from "$/api/schema";
import type { MeetingSummary, Person, Uuid } from "$/api/types";

type Schemas = components["schemas"];
export type MyInvitation = Schemas["MyInvitation"];
export type Call = Schemas["Call"];
export type Invitee = Schemas["Invitee"];
export type LeadTime = Schemas["LeadTime"];
export type InvitedTo = { meeting: MeetingSummary; invitation: MyInvitation };
export type Answer = { answer: "accepted" | "declined"; reason?: string; substitute_id?: Uuid | null };

const of = (meeting: Uuid, rest: string): string => `/api/meetings/${meeting}/${rest}`;

export const myInvitations = (): Promise<InvitedTo[]> => ask("/api/invitations");
export const readCall = (meeting: Uuid): Promise<Call> => ask(of(meeting, "invitations"));
export const changeCall = (meeting: Uuid, body: Partial<Pick<Call, "number" | "subject" | "remarks" | "remind_minutes">>): Promise<unknown> =>
  ask(of(meeting, "invitations"), { method: "PATCH", body });
export const sendInvitations = (meeting: Uuid, again: boolean): Promise<{ people: number }> => ask(of(meeting, "invitations/send"), { method: "POST", body: { again } });
export const remindInvited = (meeting: Uuid, user_ids: Uuid[]): Promise<{ people: number }> => ask(of(meeting, "invitations/remind"), { method: "POST", body: { user_ids } });
export const noteAnswer = (meeting: Uuid, user: Uuid, body: Answer): Promise<unknown> => ask(of(meeting, `invitations/${user}/answer`), { method: "PUT", body });
export const decideSubstitute = (meeting: Uuid, user: Uuid, accept: boolean, reason: string): Promise<unknown> =>
  ask(of(meeting, `invitations/${user}/substitute`), { method: "POST", body: { accept, reason } });
export const openInvitation = (meeting: Uuid): Promise<unknown> => ask(of(meeting, "invitation/opened"), { method: "POST" });
export const answerInvitation = (meeting: Uuid, body: Answer): Promise<unknown> => ask(of(meeting, "invitation/answer"), { method: "PUT", body });
export const colleagues = (meeting: Uuid): Promise<Person[]> => ask(of(meeting, "invitation/colleagues"));
export const leadTime = (meeting: Uuid): Promise<LeadTime> => ask(of(meeting, "lead-time"));
export const publishLate = (meeting: Uuid, reason: string): Promise<unknown> => ask(of(meeting, "state"), { method: "POST", body: { to: "published", reason } });
export const conveneNow = (body: Schemas["EmergencyMeeting"]): Promise<{ meeting_id: Uuid }> => ask("/api/emergency-meetings", { method: "POST", body });
export const fileOf = (meeting: Uuid, format: "pdf" | "docx", whose: "mine" | "all"): string => of(meeting, `invitation/file?format=${format}&whose=${whose}`);
export const calendarOf = (meeting: Uuid): string => of(meeting, "invitation/calendar");
