/** How the text of a vote stands before it is opened. */
import type { MeetingDocument, Vote } from "$/api/types";

/** `hash`: of the version the vote carries, if nothing is locked anew. */
export interface TextToVote {
  document: MeetingDocument;
  state: "locked" | "locking" | "changed" | "unlocked" | "open";
  hash: string;
}

/** Null where the vote names no text, or is on one suggestion in a text that goes on being written. */
export function textOf(vote: Pick<Vote, "document_id" | "document_hash" | "text_changed" | "suggestion_id">, documents: readonly MeetingDocument[]): TextToVote | null {
  const document = vote.document_id !== null && vote.suggestion_id === null ? documents.find((one) => one.id === vote.document_id) : undefined;
  if (!document) return null;
  const { locked } = document;
  if (locked && locked.number === null) return { document, state: "locking", hash: "" };
  if (locked) return { document, state: locked.drifted ? "changed" : "locked", hash: locked.hash };
  if (vote.document_hash === null) return { document, state: "open", hash: "" };
  return { document, state: vote.text_changed ? "changed" : "unlocked", hash: vote.document_hash };
}
