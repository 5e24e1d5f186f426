import { expect, test } from "vitest";
import type { Participant, Quorum, VoteVoter } from "$/api/types";
import { standings } from "./ready";

const QUORUM = { roles: ["chair", "delegate"], online_counts: false } as unknown as Quorum;
const VOTE = { needs_presence: true };
const person = (user_id: string, attendance: Participant["attendance"], votes = true): Participant => ({ user_id, attendance, votes, role: "delegate" }) as unknown as Participant;
const voter = (user_id: string, said: Partial<VoteVoter>): VoteVoter => ({ user_id, may_vote: true, seen: false, answered: false, ...said });
const ready = (all: ReturnType<typeof standings>): string[] => all.filter((one) => one.ready).map((one) => one.person.user_id);

test("before it is opened, ready is who counts as here and has the page open", () => {
  const people = [person("an", "room"), person("bình", "room"), person("cúc", "online"), person("dũng", "excused"), person("khách", "room", false)];

  const all = standings(VOTE, people, QUORUM, new Set(["an", "cúc", "dũng", "khách"]), null);

  expect(ready(all)).toEqual(["an"]);
  expect(all.map(({ person: { user_id }, key }) => [user_id, key])).toEqual([
    ["an", "votes.is_online"],
    ["bình", "votes.is_in_room"],
    ["cúc", "attendance.on_screen"],
    ["dũng", "attendance.excused"],
  ]);
  expect(ready(standings({ needs_presence: false }, people, QUORUM, new Set(["dũng"]), null))).toEqual(["dũng"]);
});

test("while it goes on the hub says who may answer and has; who has is no longer waited for", () => {
  const people = [person("an", "room"), person("bình", "room"), person("cúc", "left"), person("dũng", "room")];
  const voters = [voter("an", { answered: true }), voter("bình", { seen: true }), voter("cúc", { may_vote: false }), voter("dũng", {})];

  const all = standings(VOTE, people, QUORUM, new Set(), voters);

  expect(ready(all)).toEqual(["an", "bình"]);
  expect(all.filter((one) => one.waiting).map((one) => one.person.user_id)).toEqual(["bình", "dũng"]);
  expect(all.map((one) => one.key)).toEqual(["votes.is_answered", "votes.is_seen", "attendance.left", "votes.is_here"]);
});
