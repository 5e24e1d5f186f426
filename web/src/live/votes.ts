/** What an event or a count says of a vote. The English sentence of a result and the key of a secret vote come with the next reading of the meeting. */
import type { Meeting, Moment, Uuid, Vote } from "$/api/types";
import type { Known } from "./apply";
import type { Event, Presence, Told } from "./messages";

type VoteEvent = Extract<Event, { type: "vote.opened" | "vote.paused" | "vote.resumed" | "vote.closed" | "vote.result" | "vote.annulled" | "vote.quorum_waived" }>;

export function withVoteEvent(next: Known, told: Told, event: VoteEvent): Known {
  const { meeting } = next;
  const known = meeting.votes.some((vote) => vote.id === event.vote_id);
  const changed = { ...next, stale: next.stale || !known, meeting: withVote(meeting, event.vote_id, (vote) => after(vote, told, event)) };
  return event.type === "vote.opened" && event.key_hash !== null ? { ...changed, stale: true } : changed;
}

const OVER = { ends_at: null, left_ms: null };
const later = (at: Moment, ms: number | null): Moment | null => (ms === null ? null : new Date(Date.parse(at) + ms).toISOString());

function after(vote: Vote, told: Told, event: VoteEvent): Vote {
  switch (event.type) {
    case "vote.opened": {
      const { members, present, quorum, needed, document_hash, seconds = null, at_zero = "closes" } = event;
      const time = { seconds, at_zero, ends_at: later(told.at, seconds === null ? null : seconds * 1000), left_ms: null };
      return { ...vote, ...time, state: "open", opened_at: told.at, question: told.text ?? vote.question, members, present, quorum, needed, document_hash };
    }
    case "vote.paused":
      return { ...vote, state: "paused", ends_at: null, left_ms: event.left_ms ?? null };
    case "vote.resumed":
      return { ...vote, state: "open", ends_at: later(told.at, event.left_ms ?? null), left_ms: null };
    case "vote.closed":
      return { ...vote, ...OVER, state: "closed", closed_at: told.at, cast: event.cast, issued: event.issued ?? 0, ...(vote.rehearsal ? { my_ballot: null } : {}) };
    case "vote.result": {
      const { returned, agree, disagree, abstain, other, invalid, deemed_agree, counts, passed, members, present, issued, base, needed, by_chair, elected, undecided } = event;
      const tally = { returned, agree, disagree, abstain, other, invalid, deemed_agree, counts };
      const sentence = { vi: told.text ?? "", en: "" };
      const result = { passed, members, present, issued, tally, agree: agree + deemed_agree, base, needed, tie: by_chair, by_chair, elected, undecided, sentence };
      return { ...vote, present, needed, tally, result };
    }
    case "vote.annulled":
      return { ...vote, ...OVER, state: "annulled", closed_at: told.at };
    case "vote.quorum_waived":
      return vote;
  }
}

/** Counts only grow while a vote is open: a late word of another hub is not believed over a newer one. */
export function withVoteProgress(state: Known, { vote_id, cast, issued, counts }: Extract<Presence, { of: "vote" }>): Known {
  const meeting = withVote(state.meeting, vote_id, (vote) => {
    if (cast < vote.cast || issued < vote.issued || vote.result) return vote;
    return { ...vote, cast, issued, ...(counts ? { tally: tallied(vote, cast, counts) } : {}) };
  });
  return { ...state, meeting };
}

function tallied(vote: Vote, returned: number, counts: Record<string, number>): NonNullable<Vote["tally"]> {
  const of = (word: string): number => counts[word] ?? 0;
  return {
    returned,
    agree: of("agree"),
    disagree: of("disagree"),
    abstain: of("abstain"),
    other: of("other"),
    invalid: 0,
    deemed_agree: 0,
    counts: vote.kind === "election" ? vote.options.map((_, index) => of(String(index + 1))) : [],
  };
}

function withVote(meeting: Meeting, id: Uuid, change: (vote: Vote) => Vote): Meeting {
  return { ...meeting, votes: meeting.votes.map((vote) => (vote.id === id ? change(vote) : vote)) };
}
