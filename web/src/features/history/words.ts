/** What a version is called. */
import type { MeetingDocument } from "$/api/types";
import { t } from "$/i18n/index.svelte";
import type { Version } from "./api";

export const TONES = { automatic: "plain", named: "info", vote: "ok", restored: "wait" } as const;

export function titleOf({ number, name }: Pick<Version, "number" | "name">): string {
  return name ? t("history.version_named", { n: number, name }) : t("history.version", { n: number });
}

/** Why there is one, in a line. */
export function whyOf(version: Version): string {
  if (version.restored_from !== null) return t("history.restored_from", { n: version.restored_from });
  if (version.reason !== "") return t(`history.reason_${version.reason}`);
  return version.by ? t("history.by", { name: version.by.name }) : "";
}

/** The first twelve digits in groups: enough to compare by eye with what is printed. */
export function shortHash(hash: string): string {
  return (hash.slice(0, 12).match(/.{4}/g) ?? []).join(" ");
}

/** Sentences that name what has the history. */
type Named = "lead" | "against_present" | "against_nothing" | "show_text" | "restore_text" | "restored";

export function of(kind: MeetingDocument["kind"], said: Named, given: Record<string, string | number> = {}): string {
  return t(kind === "agenda" ? `history.${said}_agenda` : `history.${said}`, given);
}
