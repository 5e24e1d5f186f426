/** What an import left behind, in words. A newer hub may name something this page has no words for. */
import { t, type Key } from "$/i18n/index.svelte";

const KNOWN = [
  ...["letterhead", "signature", "header", "footnote", "comment", "deletion", "insertion"],
  ...["shape", "image", "formula", "object", "macro", "table", "numbering", "text"],
];

export function dropped(what: string): string {
  return KNOWN.includes(what) ? t(`files.dropped_${what}` as Key) : what;
}
