/** What a version is called. */
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
