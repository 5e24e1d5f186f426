/**
 * The hub's answers, by the words of the domain. The shapes are the hub's own: schema.d.ts is generated from its OpenAPI
 * (`python -m tests.web.schema`), and a test fails when it is older than the hub. What travels on the live line is in `$/live/messages`.
 */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Uuid = string;
/** ISO 8601 with offset, as the hub writes it. */
export type Moment = string;

export type Me = Schemas["Me"];
export type Unit = Schemas["Unit"];
export type Person = Schemas["Person"];

export type MeetingSummary = Schemas["MeetingSummary"];
export type Home = Schemas["Home"];
export type Meeting = Schemas["Meeting"];
export type NewMeeting = Schemas["NewMeeting"];
export type Participant = Schemas["Participant"];
export type AgendaItem = Schemas["AgendaItem"];
export type MeetingDocument = Schemas["MeetingDocument"];
/** A Word file read, for the editor to put in. */
export type ImportedText = Schemas["ImportedText"];
export type CaptionSession = Schemas["CaptionSession"];
/** A finished sentence of the transcript. */
export type Segment = Schemas["Segment"];
export type RoomSummary = Schemas["RoomName"];

/** A question put to the meeting, with my own ballot where I have one. */
export type Vote = Schemas["Vote"];
export type VoteResult = Schemas["Result"];
export type VoteRule = Schemas["RuleShown"];
export type NewVote = Schemas["NewVote"];
export type MyBallot = Schemas["MyBallot"];
export type VoteVoter = Schemas["Voter"];
export type VoteRollLine = Schemas["RollLine"];

/** Who asks to speak, who has the floor, questioning. */
export type Speaking = Schemas["Speaking"];
export type SpeechRequest = Schemas["SpeechRequest"];
export type Floor = Schemas["Floor"];
export type Questioning = Schemas["Questioning"];
export type SpeechKind = SpeechRequest["kind"];
export type FloorKind = Floor["kind"];
export type NewSpeechRequest = Schemas["NewSpeechRequest"];
export type NewFloor = Schemas["NewFloor"];
export type SpeakerPast = Schemas["SpeakerPast"];
export type SpeakingStatistics = Schemas["SpeakingStatistics"];
export type MySpeaking = Schemas["MySpeaking"];

/** A paper (a file) of the meeting in its newest version, and what I have seen of it. */
export type Paper = Schemas["Paper"];
export type PaperVersion = Schemas["PaperVersion"];
export type PaperContent = Schemas["Content"];
export type PaperReader = Schemas["PaperReader"];
export type NoteOnPaper = Schemas["NoteOnPaper"];

export type Approval = Schemas["Preparing"]["approval"];
export type AccountRole = Me["role"];
export type MeetingState = MeetingSummary["state"];
export type MeetingKind = MeetingSummary["kind"];
export type MeetingRole = Participant["role"];
export type ItemKind = AgendaItem["kind"];
export type Secrecy = AgendaItem["secrecy"];
export type DocumentKind = MeetingDocument["kind"];
export type Right = MeetingDocument["my_right"];
export type RoleInText = Schemas["RoleInText"];
export type DocumentRole = RoleInText["usual"];
export type Opinion = Schemas["Opinion"];
export type Notice = Schemas["Notice"];
export type NoticeSettings = Schemas["NoticeSettings"];
export type CheckInHow = "qr" | "code" | "reader" | "manual" | "self";
/** Where somebody is: in the room, online, away with leave, without, gone home; or nobody said yet. */
export type Attendance = Participant["attendance"];
export type Quorum = Schemas["Quorum"];
export type AttendanceSheet = Schemas["AttendanceSheet"];
export type PersonSheet = Schemas["PersonSheet"];

/** What a device says of itself on the live line, the latest only. `waiting` is an order it has not answered yet. */
export interface Device {
  id: string;
  kind: string;
  name: string;
  unit: string | null;
  value: unknown;
  available: boolean;
  waiting: unknown;
}
