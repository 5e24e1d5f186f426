import type { Meeting, Vote } from "$/api/types";
import { describe, expect, test } from "vitest";
import { apply, known, pass, type Known } from "./apply";
import type { Event } from "./messages";

const VOTE: Vote = {
  id: "v1",
  item_ids: ["i1"],
  position: 1,
  kind: "question",
  question: "Thông qua?",
  options: [],
  choose: 1,
  secrecy: "open",
  on_paper: false,
  rule_id: "hdnd",
  rule_version: 1,
  rule_name: { vi: "", en: "" },
  choices: ["agree", "disagree", "abstain"],
  base: "total",
  threshold: "more-than-half",
  silence: "not-voting",
  may_change: false,
  live_count: true,
  rehearsal: false,
  needs_presence: true,
  document_id: null,
  document_hash: null,
  text_changed: false,
  suggestion_id: null,
  members: null,
  seats: null,
  state: "prepared",
  present: null,
  quorum: null,
  needed: null,
  opened_at: null,
  closed_at: null,
  seconds: null,
  at_zero: "closes",
  ends_at: null,
  left_ms: null,
  cast: 0,
  issued: 0,
  tally: null,
  result: null,
  public_key: null,
  key_hash: null,
  my_ballot: null,
  i_was_issued: false,
};

const OPENED: Event = {
  type: "vote.opened",
  vote_id: "v1",
  item_ids: ["i1"],
  vote_kind: "question",
  secrecy: "open",
  rule: "hdnd",
  rule_version: 1,
  rehearsal: false,
  members: 51,
  present: 40,
  quorum: 34,
  needed: 26,
  document_id: null,
  document_hash: null,
  key_hash: null,
  by: "chair",
};

const RESULT: Event = {
  type: "vote.result",
  vote_id: "v1",
  rehearsal: false,
  rule: "hdnd",
  rule_version: 1,
  members: 51,
  present: 41,
  issued: null,
  returned: 30,
  agree: 26,
  disagree: 4,
  abstain: 0,
  other: 0,
  invalid: 0,
  deemed_agree: 0,
  counts: [],
  passed: true,
  elected: [],
  undecided: [],
  base: 51,
  needed: 26,
  by_chair: false,
};

function state(vote: Partial<Vote> = {}): Known {
  return known({ seq: 7, votes: [{ ...VOTE, ...vote }], items: [], participants: [], captions: [], current_item_since: null } as unknown as Meeting);
}

const tell = (before: Known, event: Event, text: string | null = null): Known => apply(before, { type: "told", seq: before.seq + 1, at: "2026-11-22T02:00:00Z", event, text });
const only = (of: Known): Vote => of.meeting.votes[0] as Vote;

describe("a vote on the line", () => {
  test("opens with its figures, and a card needs nothing else", () => {
    const opened = tell(state(), OPENED, "Thông qua dự thảo?");

    expect(only(opened)).toMatchObject({ state: "open", question: "Thông qua dự thảo?", members: 51, needed: 26, quorum: 34 });
    expect(opened.stale).toBe(false);
  });

  test("one nobody here has heard of is read, and so is the key of a secret one", () => {
    const stranger = tell(state(), { ...OPENED, vote_id: "v2" });
    const secret = tell(state({ secrecy: "secret" }), { ...OPENED, secrecy: "secret", key_hash: "ab" });

    expect([stranger.stale, secret.stale]).toEqual([true, true]);
  });

  test("its time runs from the fact that opened it, stands still in a pause, and is over when it is closed", () => {
    const open = tell(state(), { ...OPENED, seconds: 60, at_zero: "warns" });
    const paused = tell(open, { type: "vote.paused", vote_id: "v1", by: "chair", left_ms: 45_500 });
    const again = tell(paused, { type: "vote.resumed", vote_id: "v1", by: "chair", left_ms: 45_500 });
    const closed = tell(again, { type: "vote.closed", vote_id: "v1", cast: 0, issued: null, box_hash: "", by: null });

    expect(only(open)).toMatchObject({ seconds: 60, at_zero: "warns", ends_at: "2026-11-22T02:01:00.000Z" });
    expect(only(paused)).toMatchObject({ ends_at: null, left_ms: 45_500 });
    expect(only(again)).toMatchObject({ ends_at: "2026-11-22T02:00:45.500Z", left_ms: null });
    expect(only(closed)).toMatchObject({ ends_at: null, left_ms: null });
  });

  test("counts that come late do not go back", () => {
    const open = tell(state(), OPENED);
    const five = pass(open, { type: "presence", of: "vote", vote_id: "v1", cast: 5, issued: 0, counts: { agree: 4, disagree: 1 } });
    const late = pass(five, { type: "presence", of: "vote", vote_id: "v1", cast: 3, issued: 0, counts: { agree: 3 } });

    expect(only(five).tally).toMatchObject({ agree: 4, disagree: 1, returned: 5 });
    expect(only(late)).toEqual(only(five));
  });

  test("its result stands whatever counts come after it", () => {
    const closed = tell(tell(state(), OPENED), { type: "vote.closed", vote_id: "v1", cast: 30, issued: null, box_hash: "", by: "chair" });
    const done = tell(closed, RESULT, "Được thông qua: 26/51.");
    const after = pass(done, { type: "presence", of: "vote", vote_id: "v1", cast: 31, issued: 0, counts: null });

    expect(only(after)).toMatchObject({ state: "closed", cast: 30, present: 41 });
    expect(only(after).result).toMatchObject({ passed: true, agree: 26, sentence: { vi: "Được thông qua: 26/51." } });
  });

  test("a rehearsal leaves nobody's answer behind", () => {
    const mine = { choice: ["agree"], remark: null, receipt: "R", cast_at: "2026-11-22T02:00:00Z", chain_head: "" };
    const closed = tell(state({ rehearsal: true, state: "open", my_ballot: mine }), { type: "vote.closed", vote_id: "v1", cast: 1, issued: null, box_hash: "", by: "chair" });

    expect(only(closed).my_ballot).toBeNull();
  });
});
