/**
 * Where people are and where the meeting is in its agenda, as the line tells it. The quorum follows on the screen, at once:
 * how many are present is counted here from the list, by what the hub said of who counts.
 */
import type { AgendaItem, Attendance, Meeting, MeetingState, Moment, Participant, Quorum, Uuid } from "$/api/types";
import type { Known } from "./apply";
import type { Event, Told } from "./messages";

type AttendanceEvent = Extract<
  Event,
  { type: "participant.checked_in" | "participant.check_in_undone" | "attendance.changed" | "attendance.undone" | "attendance.rules_changed" }
>;
type CourseEvent = Extract<Event, { type: "agenda_item.started" | "agenda_item.skipped" | "meeting.paused" | "meeting.resumed" }>;

export const isPresent = (state: Attendance): boolean => state === "room" || state === "online";

/** A member of the body whose place has a vote by the rule: one who keeps the record counts as delegates do. */
export function isMember(one: Participant, quorum: Quorum): boolean {
  return one.votes && quorum.roles.includes(one.role === "secretary" ? "delegate" : one.role);
}

export function counts(one: Participant, quorum: Quorum): boolean {
  return isMember(one, quorum) && (one.attendance === "room" || (one.attendance === "online" && quorum.online_counts));
}

export function withAttendance(next: Known, told: Told, event: AttendanceEvent): Known {
  const { meeting } = next;
  switch (event.type) {
    case "participant.checked_in":
      return { ...next, meeting: withPerson(meeting, event.user_id, "room", sinceOf(meeting, event.user_id, told.at), event.seat) };
    case "participant.check_in_undone": // where he was before he came is not known here
      return { ...next, stale: true, meeting: withPerson(meeting, event.user_id, "unknown", null, null) };
    case "attendance.changed":
      return { ...next, meeting: withPerson(meeting, event.user_id, event.now, event.now_since, event.seat) };
    case "attendance.undone":
      return { ...next, meeting: withPerson(meeting, event.user_id, event.now, event.now_since, null) };
    case "attendance.rules_changed": // the rule and its numbers are read
      return { ...next, stale: true };
  }
}

/** Told once more that he is in the room, he is there since he came. */
function sinceOf(meeting: Meeting, id: Uuid, at: Moment): Moment {
  const one = meeting.participants.find((person) => person.user_id === id);
  return one?.attendance === "room" && one.since !== null ? one.since : at;
}

function withPerson(meeting: Meeting, id: Uuid, attendance: Attendance, since: Moment | null, seat: string | null): Meeting {
  const participants = meeting.participants.map((one) =>
    one.user_id === id ? { ...one, attendance, since, checked_in_at: isPresent(attendance) ? since : null, ...(seat === null ? {} : { seat }) } : one,
  );
  const { sitting } = meeting;
  const present = participants.filter((one) => counts(one, sitting.quorum)).length;
  return { ...meeting, participants, sitting: { ...sitting, quorum: { ...sitting.quorum, present } } };
}

export function withCourse(next: Known, told: Told, event: CourseEvent): Known {
  const { meeting } = next;
  const current = meeting.current_item_id;
  switch (event.type) {
    case "agenda_item.started": {
      const left = withItem(meeting.items, current, (item) => ({ ...stopped(item, told.at), state: "done" }));
      const items = withItem(left, event.item_id, (item) => ({ ...item, state: "running", running_since: told.at }));
      return { ...next, item_since: event.item_id === null ? null : told.at, meeting: { ...meeting, items, current_item_id: event.item_id } };
    }
    case "agenda_item.skipped":
      return { ...next, meeting: { ...meeting, items: withItem(meeting.items, event.item_id, (item) => ({ ...item, state: "skipped" })) } };
    case "meeting.paused": {
      const items = withItem(meeting.items, current, (item) => stopped(item, told.at));
      return { ...next, meeting: { ...meeting, items, sitting: { ...meeting.sitting, paused: { since: told.at, reason: told.text } } } };
    }
    case "meeting.resumed": {
      const items = withItem(meeting.items, current, (item) => ({ ...item, running_since: told.at }));
      return { ...next, meeting: { ...meeting, items, sitting: { ...meeting.sitting, paused: null } } };
    }
  }
}

/** Rights go with the state (in a frozen record nobody writes), so the meeting is read again. An ended one rests no more. */
export function withState(next: Known, state: MeetingState): Known {
  const { meeting } = next;
  const sitting = state === "ended" ? { ...meeting.sitting, paused: null } : meeting.sitting;
  return { ...next, stale: true, meeting: { ...meeting, state, sitting } };
}

/** How long the item has been held until now, its rests left out. */
export function heldMs(item: AgendaItem, now: number): number {
  return item.held_ms + (item.running_since === null ? 0 : Math.max(0, now - Date.parse(item.running_since)));
}

function stopped(item: AgendaItem, at: Moment): AgendaItem {
  const turn = item.running_since === null ? 0 : Math.max(0, msBetween(item.running_since, at));
  return { ...item, held_ms: item.held_ms + turn, running_since: null };
}

/** Whole milliseconds, as the hub counts them: its moments have microseconds, a Date leaves them out. */
function msBetween(from: Moment, to: Moment): number {
  return Math.floor((micros(to) - micros(from)) / 1000);
}

function micros(at: Moment): number {
  const rest = /\.\d{3}(\d{1,3})/.exec(at)?.[1] ?? "";
  return Date.parse(at) * 1000 + Number(rest.padEnd(3, "0"));
}

function withItem(items: AgendaItem[], id: Uuid | null, change: (item: AgendaItem) => AgendaItem): AgendaItem[] {
  return items.map((item) => (item.id === id ? change(item) : item));
}
