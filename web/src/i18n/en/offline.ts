import type { offline as source } from "../vi/offline";

export const offline: Record<keyof typeof source, string> = {
  away: "There is no network.",
  hub_away: "The server cannot be reached.",
  kept: "As of {time}.",
  kept_day: "As of {time} on {day}.",
  nothing_sent: "What you have opened can still be read and edited; changes are sent when the network is back.",
  waiting: "{n} {n|document has|documents have} changes that were not sent.",
  notes_waiting: "{n} {n|note was|notes were} not sent.",
  here: "Can be opened without a network",
  sent: "Changes written without a network were sent ({n} {n|document|documents}).",
  not_taken: "This device holds changes that the server did not take. Open that document again to read and copy what you need.",
  shared: "This is a shared device",
  shared_hint: "Nothing of your meetings is kept on it. The page will not open without a network.",
};
