/** What a reader's software hears of the meeting: each fact once, politely. Attendance and devices are left to their own screens. */
import type { Told } from "$/live/messages";
import type { MeetingLine } from "$/live/meeting.svelte";
import { t } from "$/i18n/index.svelte";
import { session } from "$/shell/session.svelte";
import { announce, toast } from "$/ui";
import { stateKey } from "../home/words";
import { sentence, subject } from "../votes/words";
import { secrecyKey } from "./words";

export function announceFacts(line: MeetingLine, { event }: Told): void {
  // What is replayed after a break is history: the screen shows where the meeting is, it does not read the way there aloud.
  if (line.connection !== "live") return;
  switch (event.type) {
    case "agenda_item.started": {
      const item = line.currentItem;
      announce(item ? t("meeting.said_item", { n: item.number, title: item.title }) : t("meeting.said_no_item"));
      return;
    }
    case "meeting.state_changed":
      announce(t("meeting.said_state", { state: t(stateKey(event.state)) }));
      return;
    case "meeting.paused":
    case "meeting.resumed":
      announce(t("meeting.said_state", { state: t(event.type === "meeting.paused" ? "meeting.resting" : stateKey("running")) }));
      return;
    case "vote.opened": {
      const vote = line.openVote;
      if (vote) announce(t("votes.said_opened", { subject: subject(vote, line.votes, line.items), question: vote.question }), { assertive: true });
      return;
    }
    case "vote.paused":
    case "vote.resumed":
      announce(t(event.type === "vote.paused" ? "votes.said_paused" : "votes.said_resumed"));
      return;
    case "vote.result":
    case "vote.annulled": {
      const vote = line.votes.find((one) => one.id === event.vote_id);
      if (!vote) return;
      const about = subject(vote, line.votes, line.items);
      announce(event.type === "vote.annulled" ? t("votes.said_annulled", { subject: about }) : t("votes.said_result", { subject: about, sentence: sentence(vote) }));
      return;
    }
    case "exchange.changed": {
      const item = line.items.find((one) => one.id === event.item_id);
      if (item && event.by !== session.mine.id) toast(t(event.open ? "opinions.exchange_said_open" : "opinions.exchange_said_closed", { n: item.number }), { about: "exchange" });
      return;
    }
    case "captions.started":
      announce(t("meeting.said_captions_on"));
      return;
    case "captions.stopped":
      if (line.captions.length === 0) announce(t("meeting.said_captions_off"));
      return;
    case "agenda_item.secrecy_changed": {
      const item = line.items.find((one) => one.id === event.item_id);
      if (item) announce(t("meeting.said_secret", { n: item.number, level: t(secrecyKey(event.secrecy)) }));
      return;
    }
  }
}
