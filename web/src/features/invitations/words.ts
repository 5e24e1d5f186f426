/** Invitations in words. */
import type { Meeting } from "$/api/types";
import { t, type Key } from "$/i18n/index.svelte";
import type { Invitee } from "./api";

export function owesAnswer(meeting: Meeting): boolean {
  const mine = meeting.my_invitation;
  return mine != null && mine.may_answer && (mine.answer === null || mine.outdated);
}

/** Whether he who prepares has something to decide about him, or is waiting for him. */
export function isSilent(one: Invitee): boolean {
  return one.sent !== "not-sent" && (one.answer === null || one.outdated);
}

const WHY: Record<string, Key> = {
  "no-address": "invitations.why_no_address",
  "not-set-up": "invitations.why_not_set_up",
  "time-out": "invitations.why_time_out",
  unreachable: "invitations.why_unreachable",
  "sign-in": "invitations.why_sign_in",
  "address-refused": "invitations.why_address_refused",
  refused: "invitations.why_refused",
};

export function mailOf(one: Invitee): string | null {
  if (one.email === "none") return null;
  const why = WHY[one.email_reason];
  if (one.email !== "sent" && why) return t("invitations.mail_why", { why: t(why) });
  return t(`invitations.mail_${one.email}`);
}

export const SENT: Record<Invitee["sent"], Key> = {
  "not-sent": "invitations.state_not_sent",
  sent: "invitations.state_sent",
  delivered: "invitations.state_delivered",
  opened: "invitations.state_opened",
};

/** 1440 → "1 ngày", 90 → "90 phút". */
export function ahead(minutes: number): string {
  if (minutes % 1440 === 0) return t("invitations.remind_days", { n: minutes / 1440 });
  if (minutes % 60 === 0) return t("invitations.remind_hours", { n: minutes / 60 });
  return t("invitations.remind_minutes", { n: minutes });
}
