/**
 * What a screen knows of a meeting, and the one function that changes it. A click sends a request; the screen changes when the event comes back.
 * Some events carry only ids (titles live in rows that can be erased): they mark the state `stale` and the line reads the meeting again.
 */
import type { AgendaItem, CaptionSession, Device, Meeting, Segment, Uuid } from "$/api/types";
import { withAttendance, withCourse, withState } from "./attendance";
import { withInvitationEvent } from "./invitations";
import type { Presence, Told } from "./messages";
import { withSpeech } from "./speeches";
import { withPaperEvent } from "./papers";
import { withPreparingEvent } from "./preparing";
import { withConclusionEvent } from "./minutes";
import { withVoteEvent, withVoteProgress } from "./votes";

/** Finals kept on the live screen; the transcript is where all of them are. */
export const LINES_KEPT = 400;
const ALARMS_KEPT = 50;

export interface PartialCaption {
  session_id: Uuid;
  speaker_id: Uuid | null;
  speaker_name: string | null;
  text: string;
}

export interface RoomAlarm {
  seq: number;
  at: string;
  device_id: string;
  alarm: string;
}

export interface Known {
  meeting: Meeting;
  seq: number;
  /** The meeting has to be read again: something changed of which the event tells only the ids. */
  stale: boolean;
  /** When the present item began, as the line told it or the hub said; null when neither did. */
  item_since: string | null;
  lines: readonly Segment[];
  partials: Readonly<Record<Uuid, PartialCaption>>;
  captions_up: boolean;
  /** When the last open microphone stopped, as this screen saw it; null while one is open, or none was. */
  captions_stopped: string | null;
  online: ReadonlySet<Uuid>;
  devices: Readonly<Record<string, Device>>;
  alarms: readonly RoomAlarm[];
}

export function known(meeting: Meeting): Known {
  return {
    meeting,
    seq: meeting.seq,
    stale: false,
    item_since: meeting.current_item_since,
    lines: [],
    partials: {},
    captions_up: true,
    captions_stopped: null,
    online: new Set(),
    devices: {},
    alarms: [],
  };
}

/** A meeting read again replaces what was known of it, but not what passed on the line: captions, people, devices stay. */
export function readAgain(before: Known, meeting: Meeting): Known {
  return { ...before, meeting, seq: meeting.seq, stale: false, item_since: meeting.current_item_since };
}

export function apply(state: Known, told: Told): Known {
  const { event } = told;
  const next: Known = { ...state, seq: told.seq };
  const { meeting } = state;
  switch (event.type) {
    case "meeting.state_changed":
      // Rights go with the state: in a frozen record nobody writes.
      return withState(next, event.state);
    case "meeting.created":
    case "meeting.changed":
    case "participants.changed":
    case "document.created":
    case "document.locked": // everybody's right to write goes, or comes back
    case "document.unlocked":
    case "document.role_changed":
      return { ...next, stale: true };
    case "meeting.approval_changed":
    case "meeting.approver_named":
    case "meeting.changes_told":
    case "agenda_item.unit_changed":
    case "opinions.changed":
    case "exchange.changed":
      return withPreparingEvent(next, event);
    case "conclusion.written":
    case "conclusion.confirmed":
    case "conclusion.returned":
    case "conclusion.removed":
      return withConclusionEvent(next, told, event);
    case "record.closed": // meeting.state_changed follows
      return next;
    case "suggestions.decided": // the table of opinions listens for itself
      return next;
    case "meeting.lead_time_waived":
    case "invitations.sent":
    case "invitation.answered":
    case "invitation.substituted":
      return withInvitationEvent(next, event);
    case "agenda.changed":
      return { ...next, stale: true, meeting: { ...meeting, items: inOrder(meeting.items, event.items) } };
    case "agenda_item.started":
    case "agenda_item.skipped":
    case "meeting.paused":
    case "meeting.resumed":
      return withCourse(next, told, event);
    case "agenda_item.secrecy_changed":
      return { ...next, meeting: withItem(meeting, event.item_id, { secrecy: event.secrecy }) };
    case "participant.checked_in":
    case "participant.check_in_undone":
    case "attendance.changed":
    case "attendance.undone":
    case "attendance.rules_changed":
      return withAttendance(next, told, event);
    case "captions.started": {
      const { session_id, by, speaker_id, language } = event;
      const session: CaptionSession = { session_id, started_by: by, speaker_id, speaker_name: nameOf(meeting, speaker_id), language, started_at: told.at, state: "up" };
      return { ...next, captions_stopped: null, meeting: { ...meeting, captions: [...meeting.captions.filter((one) => one.session_id !== session_id), session] } };
    }
    case "captions.paused":
    case "captions.resumed":
      return { ...next, meeting: withSession(meeting, event.session_id, { state: event.type === "captions.paused" ? "paused" : "up" }) };
    case "captions.stopped": {
      const captions = meeting.captions.filter((one) => one.session_id !== event.session_id);
      return {
        ...next,
        captions_stopped: captions.length === 0 ? told.at : null,
        meeting: { ...meeting, captions },
        partials: without(state.partials, event.session_id),
      };
    }
    case "caption.final": {
      const line: Segment = {
        id: event.segment_id,
        number: event.number,
        session_id: event.session_id,
        speaker_id: event.speaker_id,
        speaker_name: nameOf(meeting, event.speaker_id) ?? meeting.captions.find((one) => one.session_id === event.session_id)?.speaker_name ?? null,
        item_id: event.item_id,
        started_at: told.at,
        start: event.start_ms / 1000,
        end: event.end_ms / 1000,
        text: told.text ?? "",
      };
      return { ...next, lines: [...state.lines, line].slice(-LINES_KEPT), partials: without(state.partials, event.session_id) };
    }
    case "vote.prepared":
      return { ...next, stale: true, meeting: event.change === "removed" ? { ...meeting, votes: meeting.votes.filter((one) => one.id !== event.vote_id) } : meeting };
    case "vote.opened":
    case "vote.paused":
    case "vote.resumed":
    case "vote.closed":
    case "vote.result":
    case "vote.annulled":
    case "vote.quorum_waived":
      return withVoteEvent(next, told, event);
    case "speech.requested":
    case "speech.changed":
    case "speech.moved":
    case "speech.withdrawn":
    case "speech.removed":
    case "speech.restored":
    case "speech.set":
    case "speech.budget_set":
    case "floor.given":
    case "floor.started":
    case "floor.paused":
    case "floor.resumed":
    case "floor.limit_changed":
    case "floor.ended":
    case "floor.end_undone":
    case "floor.given_undone":
    case "questioning.opened":
    case "questioning.closed":
    case "question.done":
      return withSpeech(next, told, event);
    case "paper.changed":
      return withPaperEvent(next, event);
    case "room.ordered":
      return { ...next, devices: withDevice(state.devices, event.device_id, { waiting: event.value }) };
    case "room.answered":
      return { ...next, devices: withDevice(state.devices, event.device_id, { value: event.value, waiting: null }) };
    case "room.alarmed": {
      const alarm: RoomAlarm = { seq: told.seq, at: told.at, device_id: event.device_id, alarm: event.alarm };
      return { ...next, devices: withDevice(state.devices, event.device_id, { waiting: null }), alarms: [...state.alarms, alarm].slice(-ALARMS_KEPT) };
    }
    default:
      event satisfies never; // at run time: a newer hub's event, skip it and keep its seq
      return next;
  }
}

export function pass(state: Known, presence: Presence): Known {
  switch (presence.of) {
    case "people":
      return { ...state, online: new Set(presence.online) };
    case "caption": {
      const { session_id, speaker_id, speaker_name, text } = presence;
      const partials = text === "" ? without(state.partials, session_id) : { ...state.partials, [session_id]: { session_id, speaker_id, speaker_name, text } };
      return { ...state, partials };
    }
    case "captions":
      return { ...state, captions_up: presence.state === "up" };
    case "vote":
      return withVoteProgress(state, presence);
    case "device":
      return { ...state, devices: { ...state.devices, [presence.device.id]: presence.device } };
    default:
      presence satisfies never;
      return state;
  }
}

function inOrder(items: AgendaItem[], order: Uuid[]): AgendaItem[] {
  const place = new Map(order.map((id, index) => [id, index]));
  return items
    .map((item) => {
      const index = place.get(item.id);
      return index === undefined ? { ...item, removed: true, number: 0 } : { ...item, removed: false, number: index + 1 };
    })
    .sort((a, b) => (place.get(a.id) ?? items.length) - (place.get(b.id) ?? items.length));
}

function withItem(meeting: Meeting, id: Uuid, change: Partial<AgendaItem>): Meeting {
  return { ...meeting, items: meeting.items.map((item) => (item.id === id ? { ...item, ...change } : item)) };
}

function withSession(meeting: Meeting, id: Uuid, change: Partial<CaptionSession>): Meeting {
  return { ...meeting, captions: meeting.captions.map((one) => (one.session_id === id ? { ...one, ...change } : one)) };
}

function withDevice(devices: Known["devices"], id: string, change: Partial<Device>): Known["devices"] {
  const device = devices[id];
  return device ? { ...devices, [id]: { ...device, ...change } } : devices;
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  if (!(key in record)) return record;
  const { [key]: _gone, ...rest } = record;
  return rest;
}

function nameOf(meeting: Meeting, id: Uuid | null): string | null {
  return meeting.participants.find((one) => one.user_id === id)?.name ?? null;
}
