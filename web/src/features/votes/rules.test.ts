import type { VoteRule } from "$/api/types";
import { expect, test } from "vitest";
import { firstFor, offered } from "./rules";

const rule = (id: string, meetings: string[], kinds: VoteRule["kinds"] = ["question"]): VoteRule => ({ id, meetings, kinds }) as unknown as VoteRule;
const RULES = [
  rule("government-session", []),
  rule("government-written", []),
  rule("hdnd", ["council"]),
  rule("hdnd-election", ["council"], ["election"]),
  rule("own-valid", ["briefing", "other"], ["question", "election"]),
  rule("ubnd-session", ["committee"]),
  rule("ubnd-written", ["committee"]),
];
const ids = (rules: readonly VoteRule[]): string[] => rules.map((one) => one.id);

test("the rule the type names comes first, then those of the same body, whatever the kind of meeting", () => {
  const { own, others } = offered(RULES, { kind: "other", sitting: { rule_pack: "ubnd-written" } });

  expect(ids(own)).toEqual(["ubnd-written", "ubnd-session"]);
  expect(ids(others)).toEqual(["government-session", "government-written", "hdnd", "hdnd-election", "own-valid"]);
});

test("without a type, or where its rule is no longer in force, the kind of meeting decides", () => {
  expect(ids(offered(RULES, { kind: "council", sitting: { rule_pack: "" } }).own)).toEqual(["hdnd", "hdnd-election"]);
  expect(ids(offered(RULES, { kind: "council", sitting: { rule_pack: "gone-1990" } }).own)).toEqual(["hdnd", "hdnd-election"]);
});

test("an election begins with the body's own rule for elections, and with another's where it has none", () => {
  const council = offered(RULES, { kind: "council", sitting: { rule_pack: "" } });
  const committee = offered(RULES, { kind: "committee", sitting: { rule_pack: "" } });

  expect(firstFor("election", council)?.id).toBe("hdnd-election");
  expect(firstFor("election", committee)?.id).toBe("hdnd-election");
  expect(firstFor("question", committee)?.id).toBe("ubnd-session");
});
