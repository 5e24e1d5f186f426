/** What an event says of a paper. Titles do not travel on the line: what was added or renamed comes with the next reading. */
import type { Meeting, Paper, Uuid } from "$/api/types";
import type { Known } from "./apply";
import type { Event } from "./messages";

type PaperEvent = Extract<Event, { type: "paper.changed" }>;

export function withPaperEvent(next: Known, event: PaperEvent): Known {
  const { meeting } = next;
  if (event.change === "removed") return { ...next, meeting: { ...meeting, papers: meeting.papers.filter((one) => one.id !== event.paper_id) } };
  return { ...next, stale: true };
}

export function withOpened(meeting: Meeting, id: Uuid, number: number): Meeting {
  const opened = (one: Paper): Paper => (one.id === id && number >= one.number ? { ...one, i_read: "read" } : one);
  return { ...meeting, papers: meeting.papers.map(opened) };
}
