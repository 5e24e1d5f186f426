/** Where each line of the checklist leads: the place in which what lacks is put right. */
import type { Lack } from "./api";

export type Place = "agenda" | "item" | "units" | "people" | "details" | "approval" | "changes" | "invitations";

const PLACE: Record<Lack["code"], Place> = {
  "agenda-empty": "agenda",
  "item-untitled": "agenda",
  "item-without-presenter": "agenda",
  "item-without-minutes": "agenda",
  "item-without-unit": "units",
  "item-without-text": "item",
  "item-without-paper": "item",
  "draft-without-text": "item",
  "nobody-invited": "people",
  "no-secretary": "people",
  "in-the-past": "details",
  "longer-than-planned": "agenda",
  "not-submitted": "approval",
  "not-approved": "approval",
  "not-published": "approval",
  "changes-not-told": "changes",
  "opinions-unanswered": "item",
  "invitations-not-sent": "invitations",
  "answers-missing": "invitations",
  "substitutes-waiting": "invitations",
};

export const placeOf = (lack: Lack): Place => PLACE[lack.code];

/** Papers of each unit: of how many items they ought to be there, and of how many they are. */
export function ofUnits(items: readonly { unit_id?: string | null; unit_name?: string | null; papers: number; owed: boolean }[]): { id: string; name: string; done: number; all: number; papers: number }[] {
  const found = new Map<string, { id: string; name: string; done: number; all: number; papers: number }>();
  for (const item of items) {
    if (!item.unit_id) continue;
    const unit = found.get(item.unit_id) ?? { id: item.unit_id, name: item.unit_name ?? "", done: 0, all: 0, papers: 0 };
    unit.all += 1;
    unit.done += Number(!item.owed);
    unit.papers += item.papers;
    found.set(item.unit_id, unit);
  }
  return [...found.values()];
}
