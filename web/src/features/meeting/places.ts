/**
 * The places of a meeting's screens, and what stands in them. A slice puts a part in with one line; it is fetched when it is first shown.
 * A part is given the meeting, its line and the reader's view, takes what it needs of them, and shows nothing where it has nothing to say.
 */
import type { Component } from "svelte";
import type { AgendaItem, Meeting } from "$/api/types";
import { t, type Key } from "$/i18n/index.svelte";
import type { MeetingLine } from "$/live/meeting.svelte";
import type { IconName } from "$/ui";
import { owesAnswer } from "../invitations/words";
import CaptionsPart from "./CaptionsPart.svelte";
import { speaksNow } from "../speeches/queue";
import Presence from "./Presence.svelte";
import VotesPart from "./VotesPart.svelte";
import type { View } from "./view.svelte";

/** Types, not interfaces: what is fetched later is given as a record. */
export type Seen = { meeting: Meeting; line: MeetingLine };
export type Given = Seen & { view: View; phone: boolean };
export type OfItem = Given & { item: AgendaItem };
export type Fetch<Props extends Record<string, unknown>> = () => Promise<{ default: Component<Props> }>;

/** A tab beside the desk; on a phone one of the five targets, or a row behind "Thêm". */
export interface Part {
  /** Its word in the address: `/hop/{id}?muc=phu-de`. */
  id: string;
  label: Key;
  icon: IconName;
  part?: Component<Given>;
  load?: Fetch<Given>;
  there?: (seen: Seen) => boolean;
  /** A number beside the word: how many are here, how many wait. */
  note?: (seen: Seen) => string | null;
}

export const PARTS: readonly Part[] = [
  { id: "phat-bieu", label: "speeches.title", icon: "microphone", load: () => import("../speeches/SpeechPart.svelte"), note: ({ line }) => waitingOf(line) },
  { id: "bieu-quyet", label: "votes.title", icon: "vote", part: VotesPart },
  { id: "phu-de", label: "meeting.captions", icon: "captions", part: CaptionsPart },
  { id: "co-mat", label: "meeting.attendance", icon: "people", part: Presence, note: ({ line }) => hereOf(line) },
  { id: "chuan-bi", label: "preparing.part", icon: "check", load: () => import("../preparing/PreparingPart.svelte"), there: ({ meeting }) => meeting.preparing?.i_approve === true && !meeting.i_may.manage && meeting.state === "draft" },
  { id: "thu-ky", label: "meeting.secretary_desk", icon: "edit", load: () => import("./SecretaryPart.svelte"), there: ({ meeting }) => meeting.i_may.manage },
  { id: "tai-lieu-hop", label: "papers.title", icon: "document", load: () => import("../papers/PapersPart.svelte"), there: ({ meeting, line }) => meeting.i_may.manage || line.papers.length > 0 },
  { id: "giay-moi", label: "invitations.title", icon: "calendar", load: () => import("../invitations/InvitationPart.svelte"), there: ({ meeting }) => meeting.i_may.manage || meeting.my_invitation != null, note: ({ meeting }) => (owesAnswer(meeting) ? t("invitations.waiting") : null) },
  { id: "phong", label: "meeting.room", icon: "room", load: () => import("./RoomPart.svelte"), there: ({ meeting }) => meeting.room_id !== null },
  { id: "ket-thuc", label: "minutes.ending", icon: "lock", load: () => import("../minutes/EndingPanel.svelte"), there: ({ meeting }) => meeting.i_may.manage && ["running", "ended", "closed"].includes(meeting.state) },
];

/** The sections of an item's page, under its documents: papers, conclusions, what was asked at it, opinions before the meeting. */
export const OF_ITEM: readonly Fetch<OfItem>[] = [
  () => import("../papers/ItemPapers.svelte"),
  () => import("../minutes/Conclusion.svelte"),
  () => import("../speeches/AskedOfItem.svelte"),
  () => import("../opinions/OpinionsPanel.svelte"),
];

/** In the card of what is going on, on the phone: who has the floor and for how long. */
export const NOW: readonly Fetch<Given>[] = [() => import("../invitations/InvitationNow.svelte"), () => import("../speeches/NowFloor.svelte")];

/** Always in sight of chair and secretary, above the tabs: the quorum, the floor. */
export const CHAIR: readonly Fetch<Given>[] = [() => import("../attendance/ChairQuorum.svelte"), () => import("../speeches/ChairFloor.svelte")];

/** The secretary's desk, one section each: what is still to prepare, what is still to close. */
export const SECRETARY: readonly Fetch<Given>[] = [() => import("../preparing/PreparingSection.svelte")];

/** The room's screen, under the item: the speaker and the clock. Nothing smaller than 1em. */
export const WALL: readonly Fetch<Seen>[] = [() => import("../speeches/WallFloor.svelte")];

/** Who speaks, for the line of words over the video stream; the first that has something to say is shown. */
export const CHYRON: readonly ((line: MeetingLine) => string | null)[] = [speaksNow];

/** Rows behind "Thêm" that are pages of their own. */
export const MORE: readonly { icon: IconName; label: Key; href: (seen: Seen) => string; there?: (seen: Seen) => boolean }[] = [
  { icon: "search", label: "ui.search", href: () => "/tim" },
  { icon: "bookmark", label: "minutes.yearbook", href: () => "/ky-yeu" },
  { icon: "screen", label: "meeting.wall", href: ({ meeting }) => `/hop/${meeting.id}/man-hinh`, there: ({ meeting }) => meeting.i_may.run || meeting.i_may.manage },
];

export function partsOf(seen: Seen): Part[] {
  return PARTS.filter((part) => part.there?.(seen) ?? true);
}

function waitingOf(line: MeetingLine): string | null {
  const waiting = line.speaking.requests.filter((one) => one.state === "waiting").length;
  return waiting > 0 ? String(waiting) : null;
}

function hereOf(line: MeetingLine): string {
  const { present, members } = line.meeting.sitting.quorum;
  return `${present}/${members}`;
}
