/** What the hub says on a meeting's live line. Facts come as `told`, in order of `seq`; presence is the latest value of something that passes. */
import type { Approval, Attendance, CheckInHow, Device, DocumentKind, DocumentRole, FloorKind, MeetingRole, MeetingState, Moment, Secrecy, SpeechKind, Uuid, Vote, VoteResult } from "$/api/types";

/** Of preparing a meeting, and of what is said before it. */
export type PreparingEvent =
  | { type: "meeting.approval_changed"; approval: Approval; by: Uuid | null }
  | { type: "meeting.approver_named"; user_id: Uuid | null; by: Uuid }
  | { type: "meeting.changes_told"; changes: number; by: Uuid | null }
  | { type: "agenda_item.unit_changed"; item_id: Uuid; unit_id: Uuid | null; by: Uuid }
  | { type: "opinions.changed"; item_id: Uuid; opinion_id: Uuid; change: "given" | "changed" | "withdrawn" | "answered" | "sorted" | "hidden" | "shown"; by: Uuid }
  | { type: "exchange.changed"; item_id: Uuid; open: boolean; by: Uuid };

export type Event =
  | PreparingEvent
  | { type: "meeting.created"; by: Uuid }
  | { type: "meeting.state_changed"; state: MeetingState; by: Uuid }
  | { type: "meeting.changed"; by: Uuid }
  | { type: "meeting.lead_time_waived"; required: number; left: number; emergency: boolean; by: Uuid }
  | { type: "invitations.sent"; people: number; sequence: number; again: boolean; by: Uuid }
  | { type: "invitation.answered"; user_id: Uuid; answer: "accepted" | "declined"; by: Uuid }
  | { type: "invitation.substituted"; user_id: Uuid; substitute_id: Uuid; state: "named" | "accepted" | "refused" | null; by: Uuid }
  | { type: "participants.changed"; change: "added" | "removed" | "role" | "seat" | "votes"; user_ids: Uuid[]; role: MeetingRole | null; votes?: boolean | null; by: Uuid }
  | { type: "agenda.changed"; items: Uuid[] }
  | { type: "agenda_item.started"; item_id: Uuid | null; by: Uuid }
  | { type: "agenda_item.skipped"; item_id: Uuid; by: Uuid }
  | { type: "agenda_item.secrecy_changed"; item_id: Uuid; secrecy: Secrecy; by: Uuid }
  | { type: "conclusion.written" | "conclusion.removed"; item_id: Uuid; by: Uuid }
  | { type: "conclusion.confirmed" | "conclusion.returned"; item_id: Uuid; written: number; by: Uuid }
  | { type: "record.closed"; hash: string; upto: number; undone: string[]; by: Uuid }
  | { type: "document.created"; document_id: Uuid; document_kind: DocumentKind; item_id: Uuid | null; by: Uuid }
  | { type: "document.locked"; document_id: Uuid; number: number; hash: string; by: Uuid }
  | { type: "document.unlocked"; document_id: Uuid; by: Uuid }
  | { type: "document.role_changed"; document_id: Uuid; user_id: Uuid; role: DocumentRole | null; by: Uuid }
  | { type: "suggestions.decided"; document_id: Uuid; decision: "accepted" | "rejected"; count: number; by: Uuid }
  | { type: "participant.checked_in"; user_id: Uuid; seat: string | null; how: CheckInHow; by: Uuid | null }
  | { type: "participant.check_in_undone"; user_id: Uuid; by: Uuid }
  | {
      type: "attendance.changed";
      user_id: Uuid;
      state: Exclude<Attendance, "unknown">;
      since: Moment;
      how: CheckInHow;
      item_id: Uuid | null;
      seat: string | null;
      reason_hash: string | null;
      now: Attendance;
      now_since: Moment | null;
      by: Uuid;
    }
  | { type: "attendance.undone"; user_id: Uuid; change: number; now: Attendance; now_since: Moment | null; by: Uuid }
  | { type: "attendance.rules_changed"; online_allowed: boolean; members: number | null; rule: string | null; by: Uuid }
  | { type: "meeting.paused" | "meeting.resumed"; by: Uuid }
  | { type: "captions.started"; session_id: Uuid; by: Uuid; speaker_id: Uuid | null; language: string }
  | { type: "captions.paused"; session_id: Uuid }
  | { type: "captions.resumed"; session_id: Uuid }
  | { type: "captions.stopped"; session_id: Uuid; by: Uuid | null; reason: string }
  | {
      type: "caption.final";
      segment_id: Uuid;
      session_id: Uuid;
      number: number;
      speaker_id: Uuid | null;
      item_id: Uuid | null;
      start_ms: number;
      end_ms: number;
    }
  | { type: "vote.prepared"; vote_id: Uuid; change: "added" | "changed" | "removed"; item_ids: Uuid[]; by: Uuid }
  | {
      type: "vote.opened";
      vote_id: Uuid;
      item_ids: Uuid[];
      vote_kind: Vote["kind"];
      secrecy: Vote["secrecy"];
      rule: string;
      rule_version: number;
      rehearsal: boolean;
      members: number;
      present: number;
      quorum: number | null;
      needed: number | null;
      document_id: Uuid | null;
      document_hash: string | null;
      key_hash: string | null;
      by: Uuid;
      seconds?: number | null;
      at_zero?: Vote["at_zero"];
    }
  | { type: "vote.quorum_waived"; vote_id: Uuid; present: number; quorum: number; by: Uuid }
  | { type: "vote.paused" | "vote.resumed"; vote_id: Uuid; by: Uuid; left_ms?: number | null }
  | { type: "vote.annulled"; vote_id: Uuid; by: Uuid }
  | { type: "vote.closed"; vote_id: Uuid; cast: number; issued: number | null; box_hash: string; by: Uuid | null }
  | ({ type: "vote.result"; vote_id: Uuid; rehearsal: boolean; rule: string; rule_version: number } & Omit<VoteResult, "tally" | "sentence" | "tie"> & VoteResult["tally"])
  | { type: "speech.requested"; request_id: Uuid; user_id: Uuid; item_id: Uuid | null; speech_kind: SpeechKind; addressee_id: Uuid | null; place: number; by: Uuid }
  | { type: "speech.changed"; request_id: Uuid; speech_kind: SpeechKind; addressee_id: Uuid | null; place: number; by: Uuid }
  | { type: "speech.moved" | "speech.restored"; request_id: Uuid; place: number; by: Uuid }
  | { type: "speech.withdrawn" | "speech.removed" | "question.done"; request_id: Uuid; by: Uuid }
  | { type: "speech.set"; item_id: Uuid | null; limit_seconds: number | null; closed: boolean; by: Uuid }
  | { type: "speech.budget_set"; item_id: Uuid | null; unit_id: Uuid; seconds: number | null; by: Uuid }
  | {
      type: "floor.given";
      floor_id: Uuid;
      user_id: Uuid;
      unit_id: Uuid;
      item_id: Uuid | null;
      speech_kind: FloorKind;
      request_id: Uuid | null;
      questioning_id: Uuid | null;
      limit_seconds: number | null;
      by: Uuid;
    }
  | { type: "floor.started" | "floor.resumed"; floor_id: Uuid; by: Uuid }
  | { type: "floor.paused" | "floor.ended"; floor_id: Uuid; used_ms: number; by: Uuid }
  | { type: "floor.limit_changed"; floor_id: Uuid; limit_seconds: number | null; by: Uuid }
  | { type: "floor.end_undone"; floor_id: Uuid; state: "called" | "speaking" | "paused" | "ended"; by: Uuid }
  | { type: "floor.given_undone"; floor_id: Uuid; place: number | null; by: Uuid }
  | { type: "questioning.opened"; questioning_id: Uuid; item_id: Uuid; answerer_id: Uuid; by: Uuid }
  | { type: "questioning.closed"; questioning_id: Uuid; by: Uuid }
  | { type: "paper.changed"; paper_id: Uuid; item_id: Uuid | null; change: "added" | "replaced" | "renamed" | "moved" | "removed"; number: number; sha256: string; by: Uuid }
  | { type: "room.ordered"; order_id: Uuid; room_id: Uuid; device_id: string; value: unknown; reason: string; by: Uuid | null }
  | { type: "room.answered"; order_id: Uuid; device_id: string; value: unknown }
  | { type: "room.alarmed"; room_id: Uuid; device_id: string; order_id: Uuid | null; alarm: string };

export interface Told {
  type: "told";
  seq: number;
  at: Moment;
  event: Event;
  /** Personal or free text of the event; null once erased. */
  text: string | null;
}

export type Presence =
  | { type: "presence"; of: "people"; online: Uuid[] }
  | { type: "presence"; of: "caption"; session_id: Uuid; speaker_id: Uuid | null; speaker_name: string | null; text: string }
  | { type: "presence"; of: "captions"; state: "up" | "paused" }
  | { type: "presence"; of: "vote"; vote_id: Uuid; cast: number; issued: number; counts: Record<string, number> | null }
  | { type: "presence"; of: "device"; room_id: Uuid; device: Device };

export type Message = Told | Presence | { type: "ready"; seq: number; at?: Moment } | { type: "beat"; at?: Moment };
