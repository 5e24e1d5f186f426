/** What the room is shown of the votes, and whether anything may be shown at all. */
import type { Vote } from "$/api/types";
import type { MeetingLine } from "$/live/meeting.svelte";

type Line = Pick<MeetingLine, "currentItem" | "itemSince" | "openVote" | "votes">;

/** The open vote, else the one closed last, for as long as the meeting stays at its item and opens no other. */
export function voteOnShow(line: Line): Vote | null {
  if (line.openVote) return line.openVote;
  const { currentItem: item, itemSince } = line;
  if (item === null || itemSince === null) return null;
  const closedAt = (vote: Vote): number => Date.parse(vote.closed_at ?? "");
  const closed = line.votes.filter((vote) => vote.state === "closed" && vote.item_ids.includes(item.id) && closedAt(vote) > Date.parse(itemSince));
  return closed.reduce<Vote | null>((last, vote) => (last === null || closedAt(vote) > closedAt(last) ? vote : last), null);
}

export const isSecret = (line: Line): boolean => line.currentItem !== null && line.currentItem.secrecy !== "none";
