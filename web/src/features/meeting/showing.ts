/** What the room is shown of the votes, and whether anything may be shown at all. */
import type { Vote } from "$/api/types";
import type { MeetingLine } from "$/live/meeting.svelte";

type Line = Pick<MeetingLine, "currentItem" | "itemSince" | "openVote" | "votes" | "speaking">;

/**
 * The open vote, else the one that was closed or annulled last, for as long as the meeting stays at its item,
 * opens no other and calls nobody to speak. An annulled one stays in sight: the count before it is not what holds now.
 */
export function voteOnShow(line: Line): Vote | null {
  if (line.openVote) return line.openVote;
  const { currentItem: item, itemSince } = line;
  if (item === null || itemSince === null) return null;
  const overAt = (vote: Vote): number => Date.parse(vote.closed_at ?? "");
  const over = line.votes.filter((vote) => (vote.state === "closed" || vote.state === "annulled") && vote.item_ids.includes(item.id) && overAt(vote) > Date.parse(itemSince));
  const last = over.reduce<Vote | null>((latest, vote) => (latest === null || overAt(vote) > overAt(latest) ? vote : latest), null);
  const spokenSince = last !== null && line.speaking.floors.some((floor) => Date.parse(floor.given_at) > overAt(last));
  return spokenSince ? null : last;
}

export const isSecret = (line: Line): boolean => line.currentItem !== null && line.currentItem.secrecy !== "none";
