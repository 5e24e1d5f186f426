/** Invitations on the meeting's line: who answers is a matter of mine only where it is my invitation, or the list of people changes with it. */
import type { Known } from "./apply";
import type { Event } from "./messages";

type InvitationEvent = Extract<Event, { type: "meeting.lead_time_waived" | "invitations.sent" | "invitation.answered" | "invitation.substituted" }>;

export function withInvitationEvent(next: Known, event: InvitationEvent): Known {
  switch (event.type) {
    case "meeting.lead_time_waived": // the secretary's table reads it for itself
      return next;
    case "invitation.answered": // and so it does of answers
      return next.meeting.my_invitation?.user_id === event.user_id ? { ...next, stale: true } : next;
    case "invitations.sent": // I may have one now
    case "invitation.substituted": // who sits for whom stands in the list of people
      return { ...next, stale: true };
    default:
      event satisfies never;
      return next;
  }
}
