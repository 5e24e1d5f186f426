/**
 * What this device keeps of shared documents, and whether the hub has all of it. Light on purpose: signing out asks here,
 * and must not have to load an editor. Notes are in localStorage because another page, or tomorrow's, has to read them.
 */

import type { Me } from "$/api/types";
import { forgetAnswers, forgetNotes, isShared, mayKeep, rememberMe, UNSENT_NOTES } from "$/kept";

const PICTURES = "phien-pictures";
/** Papers (files of meetings), see features/papers/shelf. */
const PAPERS = "phien-papers";
const COPIES = "phien.copies";
const UNSAVED = "phien.unsaved.";
/** Comments that could not be sent yet, by user and text. */
export const SAID = "phien.said.";

/** A document open in this page, as far as signing out is concerned. */
export interface OpenDocument {
  readonly id: string;
  readonly unsaved: boolean;
  /** Lets go of the line and of the copy on this device; with `forget`, the copy goes as well. */
  close(forget: boolean): Promise<void>;
}

const open = new Set<OpenDocument>();

export function opened(document: OpenDocument): () => void {
  open.add(document);
  return () => open.delete(document);
}

/** Edits and notes that the hub has not confirmed, in this page or left by an earlier one. */
export function hasUnsaved(): boolean {
  return [...open].some((document) => document.unsaved) || [UNSAVED, SAID, UNSENT_NOTES].some((prefix) => keys(prefix).length > 0);
}

export function isOpen(id: string): boolean {
  return [...open].some((document) => document.id === id);
}

/** The texts of which this device holds edits of this person that the hub has not confirmed. */
export function unsavedDocuments(user: string): string[] {
  return [...new Set(keys(`${UNSAVED}${user}.`).map((key) => key.split(".")[3]!))];
}

/** Takes away everything kept on this device, whoever wrote it: the next person at it starts with nothing. */
export async function clearLocal(): Promise<void> {
  await Promise.all([...open].map((document) => document.close(true)));
  await Promise.all([...copies().map(deleteCopy), forgetAnswers(), forgetNotes(), forgetPictures()]);
  for (const key of [UNSAVED, SAID, UNSENT_NOTES].flatMap(keys)) forget(key);
}

/** Somebody is signed in: this device begins to keep for him, or, where it is shared, lets go of all that nobody waits for. */
export async function settleDevice(me: Me): Promise<void> {
  if (isShared()) await Promise.all([forgetAnswers(), forgetPictures(), forgetOthers("")]);
  else if (mayKeep()) await Promise.all([rememberMe(me), keepPictures()]);
}

/** The service worker keeps the pictures of texts in this cache where it finds one. */
async function keepPictures(): Promise<void> {
  await globalThis.caches?.open(PICTURES);
}

async function forgetPictures(): Promise<void> {
  await globalThis.caches?.delete(PICTURES);
  await globalThis.caches?.delete(PAPERS);
}

/** The name of a person's copy of a document on this device. */
export function copyName(user: string, document: string): string {
  return `phien.document.${user}.${document}`;
}

export function rememberCopy(name: string): void {
  const known = copies();
  if (!known.includes(name)) note(COPIES, JSON.stringify([...known, name]));
}

/** Copies of other people of this device go as soon as they hold nothing the hub lacks. */
export async function forgetOthers(user: string): Promise<void> {
  const others = copies().filter((name) => {
    const [, , owner, document] = name.split(".");
    return owner !== user && keys(`${UNSAVED}${owner}.${document}.`).length === 0;
  });
  await Promise.all(others.map(deleteCopy));
}

/** Several pages may have the same document open, so each writes its own note; an earlier page's is inherited. */
export class UnsavedNote {
  readonly #prefix: string;
  readonly #own: string;
  #inherited = new Map<string, string>();
  #edits = 0;

  constructor(user: string, document: string, page: string) {
    this.#prefix = `${UNSAVED}${user}.${document}.`;
    this.#own = this.#prefix + page;
    for (const key of keys(this.#prefix)) this.#inherited.set(key, storage()?.getItem(key) ?? "");
  }

  get inherited(): boolean {
    return this.#inherited.size > 0;
  }

  /** Written at every edit: another page that inherited the note must see that it is no longer the one it knew. */
  unsaved(): void {
    this.#edits += 1;
    note(this.#own, String(this.#edits));
  }

  saved(): void {
    forget(this.#own);
    for (const [key, was] of this.#inherited) if (storage()?.getItem(key) === was) forget(key);
    this.#inherited.clear();
  }

  /** The person gave these edits up. */
  forgotten(): void {
    for (const key of keys(this.#prefix)) forget(key);
    this.#inherited.clear();
  }
}

function copies(): string[] {
  const known: unknown = JSON.parse(storage()?.getItem(COPIES) ?? "[]");
  return Array.isArray(known) ? known.filter((name) => typeof name === "string") : [];
}

function deleteCopy(name: string): Promise<void> {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    // Blocked: another page still has it open. It goes when that page closes; there is nothing to wait for.
    request.onsuccess = request.onerror = request.onblocked = () => {
      note(COPIES, JSON.stringify(copies().filter((known) => known !== name)));
      resolve();
    };
  });
}

function keys(prefix: string): string[] {
  return Object.keys(storage() ?? {}).filter((key) => key.startsWith(prefix));
}

/** A browser may forbid storage altogether; then nothing outlives the page, and the screen says so. */
function storage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

function note(key: string, value: string): void {
  try {
    storage()?.setItem(key, value);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // full: the copy itself says whether it is kept
  }
}

function forget(key: string): void {
  storage()?.removeItem(key);
}
