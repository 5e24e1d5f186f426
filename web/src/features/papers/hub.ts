/** The hub's routes of papers, notes and personal files. */
import { ask } from "$/api";
import type { Paper, PaperContent, PaperReader, PaperVersion, NoteOnPaper, Uuid } from "$/api/types";
import type { components } from "$/api/schema";

type Schemas = components["schemas"];
export type PaperKind = Schemas["PaperKind"];
export type NewUpload = Pick<Schemas["NewUpload"], "name" | "size"> & Partial<Schemas["NewUpload"]>;
export type UploadState = Schemas["UploadState"];
export type Arrived = Schemas["Arrived"];
export type PaperText = Schemas["PaperText"];
export type NewNote = Schemas["NewNoteOnPaper"];
export type NoteListed = Schemas["NoteListed"];
export type OwnFiles = Schemas["OwnFiles"];
export type OwnFile = Schemas["OwnFile"];
export type Colour = NoteOnPaper["colour"];
export type { Paper, PaperContent, PaperReader, PaperVersion, NoteOnPaper };

export const FILE_BYTES = 200 * 1024 * 1024;

export const paperKinds = (): Promise<PaperKind[]> => ask("/api/paper-kinds");
export const addKind = (name: string): Promise<PaperKind[]> => ask("/api/paper-kinds", { method: "POST", body: { name, position: 50 } });
export const dropKind = (id: Uuid): Promise<void> => ask(`/api/paper-kinds/${id}`, { method: "DELETE" });

export const paper = (id: Uuid): Promise<Paper> => ask(`/api/papers/${id}`);
export const versions = (id: Uuid): Promise<PaperVersion[]> => ask(`/api/papers/${id}/versions`);
export const changePaper = (id: Uuid, change: { title?: string; kind_id?: Uuid; item_id?: Uuid | null }): Promise<Paper> => ask(`/api/papers/${id}`, { method: "PATCH", body: change });
export const removePaper = (id: Uuid): Promise<void> => ask(`/api/papers/${id}`, { method: "DELETE" });
export const returnPaper = (id: Uuid, reason: string): Promise<void> => ask(`/api/papers/${id}/return`, { method: "POST", body: { reason } });
export const sayOpened = (id: Uuid, number: number): Promise<void> => ask(`/api/papers/${id}/opened`, { method: "POST", body: { number } });
export const paperReaders = (meeting: Uuid): Promise<PaperReader[]> => ask(`/api/meetings/${meeting}/paper-readers`);
export const textAt = (path: string): Promise<PaperText> => ask(path);

export const notesOf = (paper: Uuid): Promise<NoteOnPaper[]> => ask(`/api/papers/${paper}/notes`);
export const writeNote = (paper: Uuid, note: NewNote): Promise<NoteOnPaper> => ask(`/api/papers/${paper}/notes`, { method: "POST", body: note });
export const noteNow = (id: Uuid): Promise<NoteOnPaper> => ask(`/api/paper-notes/${id}`);
export const changeNote = (id: Uuid, change: { text: string; colour: Colour; base: number }): Promise<NoteOnPaper> => ask(`/api/paper-notes/${id}`, { method: "PATCH", body: change });
export const dropNote = (id: Uuid, base: number): Promise<void> => ask(`/api/paper-notes/${id}?base=${base}`, { method: "DELETE" });
export const myNotes = (): Promise<NoteListed[]> => ask("/api/me/paper-notes");

export const myFiles = (): Promise<OwnFiles> => ask("/api/me/files");
export const linkPaper = (paper_id: Uuid, folder_id: Uuid | null = null): Promise<void> => ask("/api/me/files", { method: "POST", body: { paper_id, folder_id } });
export const changeFile = (id: Uuid, change: { name?: string; folder_id?: Uuid | null }): Promise<void> => ask(`/api/me/files/${id}`, { method: "PATCH", body: change });
export const dropFile = (id: Uuid): Promise<void> => ask(`/api/me/files/${id}`, { method: "DELETE" });
export const addFolder = (name: string): Promise<{ id: Uuid; name: string }> => ask("/api/me/folders", { method: "POST", body: { name } });
export const renameFolder = (id: Uuid, name: string): Promise<void> => ask(`/api/me/folders/${id}`, { method: "PUT", body: { name } });
export const dropFolder = (id: Uuid): Promise<void> => ask(`/api/me/folders/${id}`, { method: "DELETE" });

export const beginUpload = (upload: NewUpload): Promise<UploadState> => ask("/api/paper-uploads", { method: "POST", body: upload });
export const uploadState = (id: Uuid): Promise<UploadState> => ask(`/api/paper-uploads/${id}`);
export const giveUp = (id: Uuid): Promise<void> => ask(`/api/paper-uploads/${id}`, { method: "DELETE" });
/** A checker may look at 200 MB for as long as it likes. */
export const finishUpload = (id: Uuid): Promise<Arrived> => ask(`/api/paper-uploads/${id}/finish`, { method: "POST", timeout_ms: 180_000 });

/** Where the bytes of a thing that is read come from: a version of a paper, or a file of one's own. */
export interface Source {
  title: string;
  name: string;
  content: PaperContent;
  file: string;
  pdf: string;
  text: string;
  /** How far the hub is with making it readable, asked again. */
  refresh: () => Promise<PaperContent>;
  /** False: read without being one of the meeting's people, and so not for a time without a network. */
  kept: boolean;
  /** Of a paper: which, and which version. */
  paper: { id: Uuid; meeting: Uuid; number: number; of: { title: string; starts_at: string } | null } | null;
}

export function sourceOf(paper: Pick<Paper, "id" | "title" | "meeting_id">, version: Pick<PaperVersion, "number" | "name" | "content">, of: { title: string; starts_at: string } | null = null): Source {
  const at = (form: string): string => `/api/papers/${paper.id}/${form}?number=${version.number}`;
  const { name, content, number } = version;
  return { title: paper.title, name, content, file: at("file"), pdf: at("pdf"), text: at("text"), kept: true, refresh: async () => (await versions(paper.id)).find((one) => one.number === number)?.content ?? content, paper: { id: paper.id, meeting: paper.meeting_id, number, of } };
}

/** A paper read by who prepares its item alone: nothing is noted down of it, and nothing kept. */
export const preparedSource = (paper: Paper): Source => ({ ...sourceOf(paper, paper), kept: false, paper: null });

export function ownSource(file: OwnFile & { content: PaperContent }): Source {
  const at = (form: string): string => `/api/me/files/${file.id}/${form}`;
  return { title: file.name, name: file.name, content: file.content, file: at("file"), pdf: at("pdf"), text: at("text"), kept: true, refresh: async () => (await ask<OwnFile>(`/api/me/files/${file.id}`)).content ?? file.content, paper: null };
}
