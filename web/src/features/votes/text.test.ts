import type { MeetingDocument } from "$/api/types";
import { expect, test } from "vitest";
import { textOf } from "./text";

const lock = (more: object = {}): object => ({ number: 4, hash: "aa", by: { id: "u", name: "Thư ký" }, at: "2026-11-22T05:00:00Z", drifted: false, ...more });
const draft = (locked: object | null): MeetingDocument => ({ id: "d1", kind: "draft_resolution", agenda_item_id: "i1", title: "Dự thảo", my_right: "read", i_own: true, comments_id: null, locked }) as MeetingDocument;
const vote = (more: object = {}): Parameters<typeof textOf>[0] => ({ document_id: "d1", document_hash: null, text_changed: false, suggestion_id: null, ...more });

test("a locked text is what is voted on, also where it was another version when the vote was prepared", () => {
  expect(textOf(vote(), [draft(lock())])).toMatchObject({ state: "locked", hash: "aa" });
  expect(textOf(vote({ document_hash: "bb" }), [draft(lock())])).toMatchObject({ state: "locked", hash: "aa" });
  expect(textOf(vote(), [draft(lock({ number: null, hash: "" }))])).toMatchObject({ state: "locking" });
});

test("a text that changed since it was locked is told from one that never was", () => {
  expect(textOf(vote(), [draft(lock({ drifted: true }))])).toMatchObject({ state: "changed", hash: "aa" });
  expect(textOf(vote({ document_hash: "bb", text_changed: true }), [draft(null)])).toMatchObject({ state: "changed", hash: "bb" });
  expect(textOf(vote({ document_hash: "bb" }), [draft(null)])).toMatchObject({ state: "unlocked", hash: "bb" });
  expect(textOf(vote(), [draft(null)])).toMatchObject({ state: "open", hash: "" });
});

test("a vote without a text, or on one suggestion in it, has nothing to lock", () => {
  expect(textOf(vote({ document_id: null }), [draft(null)])).toBeNull();
  expect(textOf(vote({ suggestion_id: "u|1" }), [draft(null)])).toBeNull();
});
