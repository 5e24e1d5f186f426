/** What the body of a shown version is given: of a text or of an agenda. */
import type { Meeting, MeetingDocument } from "$/api/types";
import type { Author, Version } from "./api";

export type Way = "changes" | "authors" | "text";

export type BodyProps = {
  meeting: Meeting;
  document: MeetingDocument;
  version: Version;
  way: Way;
  /** A Yjs update that makes what the version holds. */
  state: Uint8Array;
  /** What it is compared with, once that is read. */
  other: { state: Uint8Array; newer: boolean } | null;
  authors: readonly Author[];
  /** How many places differ; each carries its number in `data-place`. Null while that is not known. */
  onplaces: (count: number | null) => void;
};
