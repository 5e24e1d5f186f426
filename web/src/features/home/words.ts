/** A meeting in words, for cards and lists. */
import type { MeetingKind, MeetingRole, MeetingState, MeetingSummary } from "$/api/types";
import { t, type Key } from "$/i18n/index.svelte";

export const kindKey = (kind: MeetingKind): Key => `home.kind_${kind}`;
export const roleKey = (role: MeetingRole | null): Key => `home.role_${role ?? "none"}`;
export const stateKey = (state: MeetingState): Key => `meeting.state_${state}`;

export const STATE_TONE = { draft: "wait", published: "info", running: "live", ended: "plain", closed: "plain" } as const;

/** When it begins, as one would say it: "Bắt đầu sau 25 phút". */
export function beginning(meeting: MeetingSummary, now: number): string | null {
  const away = Date.parse(meeting.starts_at) - now;
  if (meeting.state === "running" || away > 2 * 86_400_000) return null;
  if (away <= 0) return meeting.state === "published" ? t("home.should_have_begun") : null;
  return t("home.starts_in", { text: duration(away) });
}

function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return t("home.less_than_minute");
  if (minutes < 60) return t("home.minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${t("home.hours", { n: hours })} ${t("home.minutes", { n: minutes % 60 })}` : t("home.hours", { n: hours });
  return t("home.days", { n: Math.round(hours / 24) });
}
