/** A meeting in words, for cards and lists. */
import type { MeetingKind, MeetingRole, MeetingState, MeetingSummary } from "$/api/types";
import { t, type Key } from "$/i18n/index.svelte";
import { beginningOf, clock, date, weekday } from "$/i18n/when";
import type { Day, Held, Special } from "./calendar";

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

/** Thứ Hai, 23/11/2026 */
export const dayName = (day: Day): string => `${weekday(beginningOf(day))}, ${date(beginningOf(day))}`;

/** Hôm nay, Thứ Hai, 23/11/2026 */
export const dayWords = (day: Day, today: Day): string => (day === today ? t("calendar.day_today", { day: dayName(day) }) : dayName(day));

/** The hours of a meeting on one of its days: of those between its first and its last there are none to say. */
export function hours({ meeting, nth, of }: Held): string {
  if (of === 1) return `${clock(meeting.starts_at)}–${clock(meeting.ends_at)}`;
  const which = t("calendar.nth", { n: nth, of });
  if (nth === 1) return `${t("calendar.from", { time: clock(meeting.starts_at) })}, ${which}`;
  return nth === of ? `${t("calendar.until", { time: clock(meeting.ends_at) })}, ${which}` : which;
}

/** Quốc khánh · Nghỉ bù · Làm bù (dự kiến) */
export function specialWords({ kind, name, confirmed }: Special): string {
  const word = name ?? t(`calendar.day_${kind}`);
  return confirmed ? word : t("calendar.unconfirmed", { day: word });
}
