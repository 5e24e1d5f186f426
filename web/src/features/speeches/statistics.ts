/** The table as a file a spreadsheet opens: a mark at the beginning says that it is UTF-8, and no cell is taken for a formula. */
import type { SpeakingStatistics } from "$/api/types";
import { t } from "$/i18n/index.svelte";
import { date } from "$/i18n/when";

export function rows({ people }: Pick<SpeakingStatistics, "people">): (string | number)[][] {
  const head = [t("speeches.person"), t("speeches.position"), t("speeches.unit"), t("speeches.invited"), t("speeches.present"), t("speeches.requests"), t("speeches.floors"), t("speeches.time_seconds"), t("speeches.meetings_spoken"), t("speeches.waited_seconds"), t("speeches.last_spoke")];
  const lines = people.map((one) => [
    one.name, one.position, one.unit_name, one.meetings_invited, one.meetings_present, one.requests, one.floors, one.seconds, one.meetings_spoken, one.waited_seconds ?? "", one.last_spoke_at ? date(one.last_spoke_at) : "",
  ]); // prettier-ignore
  return [head, ...lines];
}

export function csv(found: Pick<SpeakingStatistics, "people">): string {
  const text = rows(found).map((line) => line.map(cell).join(",")).join("\r\n");
  return `data:text/csv;charset=utf-8,${encodeURIComponent(`\ufeff${text}\r\n`)}`;
}

function cell(value: string | number): string {
  const text = String(value);
  const plain = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
