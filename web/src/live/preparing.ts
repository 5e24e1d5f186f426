/** What the line tells of preparing a meeting. Names do not travel on it: where one is needed the meeting is read again. */
import type { Known } from "./apply";
import type { PreparingEvent } from "./messages";

export function withPreparingEvent(next: Known, event: PreparingEvent): Known {
  const { meeting } = next;
  switch (event.type) {
    case "meeting.approval_changed":
      return meeting.preparing ? { ...next, meeting: { ...meeting, preparing: { ...meeting.preparing, approval: event.approval } } } : next;
    case "meeting.approver_named":
      return { ...next, stale: true };
    case "agenda_item.unit_changed":
      return { ...next, stale: true };
    case "meeting.changes_told": // the panel of preparing listens for itself
    case "opinions.changed": // so does the panel of opinions
    case "exchange.changed":
      return next;
  }
}
