/** The hub's routes as functions. A feature adds its own routes in its own folder; what several screens ask is here. */
import { ask, forgetCsrf } from "./client";
import type { Home, Me, Meeting, MeetingDocument, MeetingState, MeetingSummary, NewMeeting, Person, RoomSummary, Secrecy, Unit, Uuid } from "./types";

export { ask, askFile, Refused, NO_NETWORK, TOO_SLOW } from "./client";

export const me = (): Promise<Me> => ask<Me>("/api/me", { ask_only: true });

export async function signIn(username: string, password: string): Promise<Me> {
  const answer = await ask<Me>("/api/sign-in", { method: "POST", body: { username, password }, ask_only: true });
  forgetCsrf();
  return answer;
}

export async function signOut(): Promise<void> {
  await ask("/api/sign-out", { method: "POST", ask_only: true });
  forgetCsrf();
}

export const signInLink = (token: string): Promise<{ name: string; position: string }> =>
  ask(`/api/sign-in-links/${encodeURIComponent(token)}`, { ask_only: true });

export async function spendSignInLink(token: string): Promise<Me> {
  const answer = await ask<Me>(`/api/sign-in-links/${encodeURIComponent(token)}`, { method: "POST", ask_only: true });
  forgetCsrf();
  return answer;
}

export const home = (): Promise<Home> => ask("/api/home");
export const meetings = (when: "coming" | "past" | "all", limit = 50): Promise<MeetingSummary[]> => ask(`/api/meetings?when=${when}&limit=${limit}`);
export const meeting = (id: Uuid): Promise<Meeting> => ask(`/api/meetings/${id}`);
export const createMeeting = (wish: NewMeeting): Promise<MeetingSummary> => ask("/api/meetings", { method: "POST", body: wish });
export const changeMeeting = (id: Uuid, change: Partial<Pick<NewMeeting, "title" | "place" | "room_id" | "starts_at" | "ends_at">>): Promise<Meeting> =>
  ask(`/api/meetings/${id}`, { method: "PATCH", body: change });
export const setState = (id: Uuid, to: MeetingState): Promise<unknown> => ask(`/api/meetings/${id}/state`, { method: "POST", body: { to } });
export const startItem = (id: Uuid, item_id: Uuid | null): Promise<unknown> => ask(`/api/meetings/${id}/current-item`, { method: "POST", body: { item_id } });
export const setSecrecy = (item: Uuid, secrecy: Secrecy): Promise<unknown> => ask(`/api/agenda-items/${item}/secrecy`, { method: "PUT", body: { secrecy } });
export const createDraftResolution = (id: Uuid, title: string, agenda_item_id: Uuid): Promise<MeetingDocument> =>
  ask(`/api/meetings/${id}/documents`, { method: "POST", body: { title, agenda_item_id } });
export const units = (): Promise<Unit[]> => ask("/api/units");
export const people = (q: string, signal?: AbortSignal): Promise<Person[]> => ask(`/api/users?q=${encodeURIComponent(q)}`, signal ? { signal } : {});
export const rooms = (): Promise<RoomSummary[]> => ask("/api/rooms");
