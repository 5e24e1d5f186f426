/**
 * The order in which an item is held, as a guide for who chairs: presence, presenter, opinions, discussion, vote, conclusion.
 * A step is done where the meeting's facts say so, or where the chair ticked it: his ticks are a note of his own, kept on his device.
 */
import type { AgendaItem, Uuid } from "$/api/types";
import type { MeetingLine } from "$/live/meeting.svelte";

export const STEPS = ["presence", "present", "opinions", "discuss", "vote", "conclude"] as const;
export type Step = (typeof STEPS)[number];

/** A report is presented within ten minutes. */
export const PRESENTING_MINUTES = 10;

export function stepsOf(line: MeetingLine, item: AgendaItem): Step[] {
  const votes = item.kind === "vote" || item.kind === "decision" || item.kind === "election" || line.votes.some((vote) => vote.item_ids.includes(item.id) && !vote.rehearsal);
  return STEPS.filter((step) => (step === "vote" ? votes : step === "opinions" ? item.kind !== "information" : true));
}

/** Done by what happened, whatever was ticked. */
export function doneByFact(line: MeetingLine, item: AgendaItem, step: Step): boolean {
  if (step === "conclude") return item.conclusion.trim() !== "";
  if (step !== "vote") return false;
  const votes = line.votes.filter((vote) => vote.item_ids.includes(item.id) && !vote.rehearsal && vote.state !== "annulled");
  return votes.length > 0 && votes.every((vote) => vote.state === "closed");
}

const key = (meeting: Uuid): string => `phien.script.${meeting}`;

export function ticked(meeting: Uuid): Set<string> {
  const kept = localStorage.getItem(key(meeting));
  return new Set(kept ? kept.split(" ") : []);
}

export function tick(meeting: Uuid, all: ReadonlySet<string>, which: string, on: boolean): Set<string> {
  const next = new Set(all);
  if (on) next.add(which);
  else next.delete(which);
  localStorage.setItem(key(meeting), [...next].join(" "));
  return next;
}
