/** Who can vote at once and who cannot, before a vote is opened and while it goes on. Never what anybody chose. */
import type { Participant, Quorum, Uuid, Vote, VoteVoter } from "$/api/types";
import type { Key } from "$/i18n/index.svelte";
import { counts } from "$/live/attendance";

export interface Standing {
  person: Participant;
  /** Has answered, or could this moment: he counts as here and the page is open before him. */
  ready: boolean;
  /** May answer, and has not. */
  waiting: boolean;
  key: Key;
  tone: "ok" | "wait" | "plain";
}

/** `voters`: what the hub says of an opened vote; null before it is. */
export function standings(vote: Pick<Vote, "needs_presence">, people: readonly Participant[], quorum: Quorum, online: ReadonlySet<Uuid>, voters: readonly VoteVoter[] | null): Standing[] {
  return people.flatMap((person) => {
    if (voters === null) return person.votes ? [before(person, !vote.needs_presence || counts(person, quorum), online)] : [];
    const one = voters.find((each) => each.user_id === person.user_id);
    return one ? [during(person, one, online)] : [];
  });
}

const AWAY: Partial<Record<Participant["attendance"], Key>> = { online: "attendance.on_screen", excused: "attendance.excused", absent: "attendance.absent_without", left: "attendance.left" };
const away = (person: Participant): Standing => ({ person, ready: false, waiting: false, key: AWAY[person.attendance] ?? "votes.is_away", tone: "plain" });

function before(person: Participant, may: boolean, online: ReadonlySet<Uuid>): Standing {
  if (!may) return away(person);
  const ready = online.has(person.user_id);
  return { person, ready, waiting: true, key: ready ? "votes.is_online" : "votes.is_in_room", tone: ready ? "ok" : "wait" };
}

function during(person: Participant, one: VoteVoter, online: ReadonlySet<Uuid>): Standing {
  if (one.answered) return { person, ready: true, waiting: false, key: "votes.is_answered", tone: "ok" };
  if (!one.may_vote) return away(person);
  const here = online.has(person.user_id);
  return { person, ready: one.seen || here, waiting: true, key: one.seen ? "votes.is_seen" : here ? "votes.is_online" : "votes.is_here", tone: "wait" };
}
