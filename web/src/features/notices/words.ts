/** How a notice is said, and where it leads. */
import type { Notice } from "$/api/types";
import { t, type Key } from "$/i18n/index.svelte";
import { notices as sentences } from "$/i18n/vi/notices";

/** A kind this page is too old to know still says something true. */
export function said(one: Notice): string {
  const key: Key = one.kind in sentences ? `notices.${one.kind}` : "notices.unknown";
  return t(key, { name: one.by_name ?? "" });
}

const ON_ITEMS: ReadonlySet<Notice["kind"]> = new Set(["remind_papers", "papers_asked", "papers_missing"]);

/** "1, 2 (23/11/2026)" as the hub has it is read with what the numbers and the day are. */
function ofItems(words: string): string {
  const found = /^(.+) \((\d{2}\/\d{2}\/\d{4})\)$/s.exec(words);
  return found ? t("notices.items_due", { items: found[1]!, due: found[2]! }) : words;
}

export function about(one: Notice): string {
  const words = ON_ITEMS.has(one.kind) && one.words ? ofItems(one.words) : one.words;
  return [one.document_title || one.meeting_title, words, one.times > 1 ? t("notices.times", { n: one.times }) : ""].filter(Boolean).join(" · ");
}

const AT_THE_INVITATION: ReadonlySet<Notice["kind"]> = new Set([
  "invited",
  "invitation_changed",
  "emergency",
  "invitation_accepted",
  "invitation_declined",
  "substitute_named",
  "substitute_accepted",
  "substitute_refused",
  "remind_answer",
]);

/** Who owes a paper may know nothing else of the meeting: what he owes, and the way to hand it in, have a page of their own. */
const TO_HAND_IN: ReadonlySet<Notice["kind"]> = new Set(["remind_papers", "papers_asked", "paper_returned", "paper_approved"]);

/** Null where there is nothing to open: somebody who is off the list. */
export function leadsTo(one: Notice): string | null {
  if (one.meeting_id === null || one.kind === "uninvited") return null;
  if (TO_HAND_IN.has(one.kind)) return "/chuan-bi";
  const to = `/hop/${one.meeting_id}`;
  if (one.kind === "papers_missing") return `${to}?muc=thu-ky`;
  if (one.kind === "paper_submitted") return `${to}?muc=tai-lieu-hop`;
  if (one.thread_id !== null && one.document_id !== null)
    return `${to}?muc=tai-lieu&van-ban=${one.document_id}&binh-luan=${encodeURIComponent(one.thread_id)}`;
  if (AT_THE_INVITATION.has(one.kind)) return `${to}?muc=giay-moi`;
  if (one.document_id !== null) return `${to}?muc=tai-lieu&van-ban=${one.document_id}`;
  return to;
}
