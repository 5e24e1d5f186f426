/** Which of the items one prepares are shown, as the address says: by whether papers are there, and by meeting. */
import type { Uuid } from "$/api/types";
import type { PreparedItem } from "./api";

/** The words of the address: `?con=con-thieu&phien={id}`. */
export const STATES = ["tat-ca", "con-thieu", "da-gui"] as const;
export type State = (typeof STATES)[number];

/** So many are seen at a glance. */
export const FEW = 4;

type Item = Pick<PreparedItem, "meeting_id" | "meeting_title" | "starts_at"> & { papers: readonly unknown[] };

export function matching<One extends Item>(items: readonly One[], { which, meeting }: { which: State; meeting: Uuid | null }): One[] {
  return items.filter((one) => (which === "tat-ca" || one.papers.length > 0 === (which === "da-gui")) && (meeting === null || one.meeting_id === meeting));
}

/** Each once, in the order of the items. */
export function meetingsOf(items: readonly Item[]): { id: Uuid; title: string; starts_at: string }[] {
  const found = new Map(items.map((one) => [one.meeting_id, { id: one.meeting_id, title: one.meeting_title, starts_at: one.starts_at }]));
  return [...found.values()];
}
