/**
 * What did not go by the plan, read from the meeting's own line: the log is the line, nobody keeps a second one.
 * Reasons travel as the event's text and are gone where they were erased.
 */
import type { Moment, Uuid } from "$/api/types";
import { t } from "$/i18n/index.svelte";
import type { Message, Told } from "$/live/messages";
import type { MeetingLine } from "$/live/meeting.svelte";
import { alarmWord } from "../rooms/words";
import { subject } from "../votes/words";

export interface Incident {
  seq: number;
  at: Moment;
  what: string;
  reason: string | null;
  by: string | null;
}

type Names = Pick<MeetingLine, "items" | "votes" | "person" | "devices">;

export function incidentsOf(told: readonly Told[], line: Names): Incident[] {
  let state: string | null = null;
  return told.flatMap((one) => {
    const { event } = one;
    const before = state;
    if (event.type === "meeting.state_changed") state = event.state;
    const what = words(one, line, before);
    const by = "by" in event && typeof event.by === "string" ? (line.person(event.by)?.name ?? null) : null;
    return what === null ? [] : [{ seq: one.seq, at: one.at, what, reason: one.text, by }];
  });
}

function words({ event }: Told, line: Names, before: string | null): string | null {
  const about = (id: Uuid): string => {
    const vote = line.votes.find((one) => one.id === id);
    return vote ? subject(vote, line.votes, line.items) : "";
  };
  switch (event.type) {
    case "vote.quorum_waived":
      return t("meeting.incident_waived", { subject: about(event.vote_id), present: event.present, quorum: event.quorum });
    case "vote.paused":
      return t("meeting.incident_vote_paused", { subject: about(event.vote_id) });
    case "vote.annulled":
      return t("meeting.incident_annulled", { subject: about(event.vote_id) });
    case "meeting.paused":
      return t("meeting.incident_rest");
    case "agenda_item.skipped":
      return t("meeting.incident_skipped", { n: line.items.find((item) => item.id === event.item_id)?.number ?? 0 });
    case "meeting.state_changed":
      return before === "ended" && event.state === "running" ? t("meeting.incident_resumed") : null;
    case "participant.check_in_undone":
    case "attendance.undone":
      return t("meeting.incident_attendance", { name: line.person(event.user_id)?.name ?? "" });
    case "room.alarmed":
      return t("meeting.incident_room", { device: line.devices[event.device_id]?.name ?? t("meeting.incident_device"), alarm: alarmWord(event.alarm) });
    default:
      return null;
  }
}

/** The whole line from its beginning, once; null when it could not be read to its end. */
export function readWhole(id: Uuid, open: (path: string) => WebSocket, limit_ms = 20_000): Promise<Told[] | null> {
  return new Promise((done) => {
    const told: Told[] = [];
    const socket = open(`/ws/meetings/${id}?after=0`);
    const end = (found: Told[] | null): void => {
      clearTimeout(timer);
      socket.onclose = null;
      socket.close();
      done(found);
    };
    const timer = setTimeout(() => end(null), limit_ms);
    socket.onclose = () => end(null);
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.type === "told") told.push(message);
      else if (message.type === "ready") end(told);
    };
  });
}
