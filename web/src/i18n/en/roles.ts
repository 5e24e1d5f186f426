import type { roles as source } from "../vi/roles";

export const roles: Record<keyof typeof source, string> = {
  open: "Roles",
  title: "Roles in this text",
  text: "Everybody has the rights of his role in the meeting. Here you may give another role in this text; it is in force at once.",
  reader: "Read",
  commenter: "Comment",
  editor: "Edit",
  owner: "Own",
  usual: "Default: {role}",
  given: "{name}: {role}.",
  in_meeting_chair: "Chair",
  in_meeting_secretary: "Secretary",
  in_meeting_delegate: "Delegate",
  in_meeting_guest: "Guest",
};
