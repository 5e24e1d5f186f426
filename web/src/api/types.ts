/** The hub's answers, by the words of the domain. Written by hand from the contract; schema.d.ts, when generated, must stay assignable to these. */

export type Uuid = string;
/** ISO 8601 with offset, as the hub writes it. */
export type Moment = string;

export type MeetingState = "draft" | "published" | "running" | "ended" | "closed";
export type MeetingRole = "chair" | "secretary" | "delegate" | "guest";
export type AccountRole = "system_admin" | "unit_admin" | "member";
export type MeetingKind = "council" | "committee" | "briefing" | "other";
export type ItemKind = "information" | "discussion" | "decision" | "vote" | "election";
export type Secrecy = "none" | "mat" | "toi_mat" | "tuyet_mat";
export type DocumentKind = "agenda" | "draft_resolution" | "minutes";
export type Right = "read" | "comment" | "write";
export type CheckInHow = "qr" | "code" | "reader" | "manual";

export interface Unit {
  id: Uuid;
  name: string;
  parent_id: Uuid | null;
  kind: string;
}

export interface Me {
  id: Uuid;
  name: string;
  username: string;
  position: string;
  role: AccountRole;
  unit: { id: Uuid; name: string };
}

export interface Person {
  id: Uuid;
  name: string;
  position: string;
  unit_id: Uuid;
  unit_name: string;
}

export interface MeetingSummary {
  id: Uuid;
  title: string;
  kind: MeetingKind;
  place: string;
  room_id: Uuid | null;
  starts_at: Moment;
  ends_at: Moment;
  state: MeetingState;
  unit: { id: Uuid; name: string };
  my_role: MeetingRole | null;
}

export interface Home {
  current: MeetingSummary | null;
  coming: MeetingSummary[];
  past: MeetingSummary[];
  i_may_convene: boolean;
}

export interface Participant {
  user_id: Uuid;
  name: string;
  position: string;
  role: MeetingRole;
  seat: string | null;
  checked_in_at: Moment | null;
}

export interface AgendaItem {
  id: Uuid;
  position: string;
  title: string;
  presenter: string;
  minutes: number;
  kind: ItemKind;
  secrecy: Secrecy;
  conclusion: string;
  removed: boolean;
  /** Its place in the agenda counted from 1; 0 when removed. */
  number: number;
}

export interface MeetingDocument {
  id: Uuid;
  kind: DocumentKind;
  agenda_item_id: Uuid | null;
  title: string;
  my_right: Right;
}

export interface CaptionSession {
  session_id: Uuid;
  started_by: Uuid;
  speaker_id: Uuid | null;
  speaker_name: string | null;
  language: string;
  started_at: Moment;
  state: "up" | "paused";
}

export interface Meeting extends MeetingSummary {
  participants: Participant[];
  items: AgendaItem[];
  documents: MeetingDocument[];
  current_item_id: Uuid | null;
  /** When the present item began; a hub that does not say leaves it out. */
  current_item_since?: Moment | null;
  seq: number;
  /** manage: prepare and change it · run: start, move on, end · speak: has a microphone. */
  i_may: { manage: boolean; run: boolean; speak: boolean };
  captions: CaptionSession[];
}

export interface NewMeeting {
  title: string;
  kind: MeetingKind;
  place: string;
  room_id?: Uuid | null;
  starts_at: Moment;
  ends_at: Moment;
  unit_id: Uuid;
  chair_id: Uuid;
  secretary_ids: Uuid[];
  delegate_ids: Uuid[];
  guest_ids: Uuid[];
}

export interface RoomSummary {
  id: Uuid;
  name: string;
  online: boolean;
}

/** What a device says of itself, the latest only. `waiting` is an order it has not answered yet. */
export interface Device {
  id: string;
  kind: string;
  name: string;
  unit: string | null;
  value: unknown;
  available: boolean;
  waiting: unknown;
}

/** A finished sentence of the transcript. */
export interface Segment {
  id: Uuid;
  number: number;
  session_id: Uuid;
  speaker_id: Uuid | null;
  speaker_name: string | null;
  item_id: Uuid | null;
  started_at: Moment;
  start: number;
  end: number;
  text: string;
}
