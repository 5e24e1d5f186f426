/** What an event says of a conclusion. The wording that waits is beside the item; the confirmed one is the item's own. */
import type { Meeting, Uuid } from "$/api/types";
import type { Known } from "./apply";
import type { Event, Told } from "./messages";

type Conclusion = Meeting["conclusions"][number];
type ConclusionEvent = Extract<Event, { type: "conclusion.written" | "conclusion.confirmed" | "conclusion.returned" | "conclusion.removed" }>;

export function withConclusionEvent(next: Known, told: Told, event: ConclusionEvent): Known {
  const { meeting } = next;
  const known = meeting.conclusions.find((one) => one.item_id === event.item_id);
  switch (event.type) {
    case "conclusion.written": {
      const written = { item_id: event.item_id, text: told.text ?? "", state: "written" as const, written: told.seq, written_by: event.by, written_at: told.at };
      return withConclusion(next, event.item_id, { ...written, decided_by: null, decided_at: null, remark: "" });
    }
    case "conclusion.confirmed":
    case "conclusion.returned": {
      if (!known || known.written !== event.written) return { ...next, stale: true };
      const confirmed = event.type === "conclusion.confirmed";
      const decided = { ...known, state: confirmed ? ("confirmed" as const) : ("returned" as const), decided_by: event.by, decided_at: told.at, remark: told.text ?? "" };
      const changed = withConclusion(next, event.item_id, decided);
      return confirmed ? withItemText(changed, event.item_id, known.text) : changed;
    }
    case "conclusion.removed":
      return withItemText(withConclusion(next, event.item_id, null), event.item_id, "");
  }
}

function withConclusion(state: Known, item: Uuid, now: Conclusion | null): Known {
  const { meeting } = state;
  const others = meeting.conclusions.filter((one) => one.item_id !== item);
  return { ...state, meeting: { ...meeting, conclusions: now ? [...others, now] : others } };
}

function withItemText(state: Known, item: Uuid, conclusion: string): Known {
  const { meeting } = state;
  return { ...state, meeting: { ...meeting, items: meeting.items.map((one) => (one.id === item ? { ...one, conclusion } : one)) } };
}
