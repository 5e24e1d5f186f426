import type { Opinion, Vote } from "$/api/types";
import { expect, test } from "vitest";
import { nameOf, notYetPut, questionOf } from "./suggested";

const opinion = (suggestion_id: string, changed: Partial<Opinion> = {}): Opinion => ({
  author_id: "lan",
  author_name: "Trần Thị Lan",
  suggestion_id,
  place: "khoản 2, Điều 3",
  removed: "3,2 km",
  added: "3,6 km",
  proposed_at: "2026-11-22T08:00:00Z",
  decision: null,
  reason: "",
  decided_by: null,
  decided_at: null,
  in_text: true,
  ...changed,
});
const vote = (suggestion_id: string, state: Vote["state"]): Vote => ({ suggestion_id, state }) as Vote;

test("what waits and has no vote is put, in the order of the text", () => {
  const all = [opinion("a"), opinion("b"), opinion("c", { decision: "accepted" }), opinion("d"), opinion("e")];

  const left = notYetPut(all, [vote(nameOf(opinion("b")), "closed"), vote(nameOf(opinion("d")), "annulled")]);

  expect(left.map((one) => one.suggestion_id)).toEqual(["a", "d", "e"]);
});

test("the question says whose it is, where, and what changes", () => {
  expect(questionOf(opinion("a"))).toBe("Tán thành góp ý của Trần Thị Lan tại khoản 2, Điều 3: thay “3,2 km” bằng “3,6 km”?");
  expect(questionOf(opinion("a", { removed: "", place: "" }))).toBe("Tán thành góp ý của Trần Thị Lan: thêm “3,6 km”?");
  expect(questionOf(opinion("a", { added: "" }))).toBe("Tán thành góp ý của Trần Thị Lan tại khoản 2, Điều 3: bỏ “3,2 km”?");
});

test("a long suggestion still makes a question the hub takes", () => {
  expect(questionOf(opinion("a", { added: "ơ".repeat(5_000), removed: "ư".repeat(5_000) })).length).toBeLessThan(2_000);
});
