/** What is still to do before the meeting can begin, as far as the meeting's own facts say it; slices with more to say add their own section. */
import type { Meeting } from "$/api/types";
import { t } from "$/i18n/index.svelte";
import type { MeetingLine } from "$/live/meeting.svelte";

export interface Check {
  id: string;
  done: boolean;
  text: string;
  /** What is missing, in words; empty when nothing is. */
  missing: string;
}

export function checklist(meeting: Meeting, line: Pick<MeetingLine, "items" | "documents" | "participants" | "votes">): Check[] {
  const numbers = (list: readonly { number: number }[]): string => list.map((item) => item.number).join(", ");
  const decides = line.items.filter((item) => item.kind === "vote" || item.kind === "decision");
  const votes = line.items.filter((item) => item.kind === "vote" || item.kind === "election");
  const draftless = decides.filter((item) => item.secrecy === "none" && !line.documents.some((one) => one.kind === "draft_resolution" && one.agenda_item_id === item.id));
  const voteless = votes.filter((item) => item.secrecy === "none" && !line.votes.some((vote) => !vote.rehearsal && vote.state !== "annulled" && vote.item_ids.includes(item.id)));
  const alone = line.items.filter((item) => item.presenter.trim() === "");
  const voters = line.participants.filter((one) => one.role === "chair" || one.role === "delegate");
  const seatless = meeting.room_id === null ? [] : line.participants.filter((one) => one.role !== "guest" && !one.seat);
  return [
    { id: "agenda", done: line.items.length > 0, text: t("meeting.check_agenda", { n: line.items.length }), missing: "" },
    { id: "presenters", done: line.items.length > 0 && alone.length === 0, text: t("meeting.check_presenters"), missing: alone.length > 0 ? t("meeting.check_items", { list: numbers(alone) }) : "" },
    { id: "drafts", done: draftless.length === 0, text: t("meeting.check_drafts"), missing: draftless.length > 0 ? t("meeting.check_items", { list: numbers(draftless) }) : "" },
    { id: "votes", done: voteless.length === 0, text: t("meeting.check_votes"), missing: voteless.length > 0 ? t("meeting.check_items", { list: numbers(voteless) }) : "" },
    { id: "people", done: voters.length > 1, text: t("meeting.check_people", { n: line.participants.length }), missing: "" },
    { id: "seats", done: seatless.length === 0, text: t("meeting.check_seats"), missing: seatless.length > 0 ? t("meeting.check_seatless", { n: seatless.length }) : "" },
    { id: "published", done: meeting.state !== "draft", text: t("meeting.check_published"), missing: "" },
  ];
}
