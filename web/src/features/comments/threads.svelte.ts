/**
 * The comments of one text: read from the shared document beside it, which only the hub writes, and sent to the hub as requests.
 * What could not be sent yet is kept and shown as such; each carries a key of its own, so sending it twice says it once.
 */
import { ask } from "$/api";
import type { Uuid } from "$/api/types";
import { openDocument, type LiveDocument } from "$/documents/live.svelte";
import * as Y from "yjs";
import { Unsent, type Waiting } from "./unsent.svelte";

export interface Comment {
  readonly id: string;
  readonly by: Uuid;
  readonly at: string;
  readonly text: string;
  readonly edited: boolean;
  readonly erased: boolean;
}

export interface Thread {
  readonly id: string;
  readonly start: string;
  readonly end: string;
  /** The words it is about, as they were. */
  readonly quote: string;
  readonly place: string;
  readonly resolved: boolean;
  readonly resolved_by: Uuid | null;
  readonly comments: readonly Comment[];
}

export interface Anchor {
  start: string;
  end: string;
  quote: string;
  place: string;
}

export class Threads {
  readonly unsent: Unsent;
  readonly #live: LiveDocument;
  readonly #leave: () => void;
  readonly #map: Y.Map<unknown>;
  #all = $state.raw<readonly Thread[]>([]);

  constructor(
    readonly document: Uuid,
    comments: Uuid,
    user: { id: Uuid; name: string },
  ) {
    [this.#live, this.#leave] = openDocument(comments, { user, mayWrite: false, keep: true });
    this.#map = this.#live.doc.getMap("threads");
    this.#map.observeDeep(this.#read);
    this.#read();
    this.unsent = new Unsent(user.id, document, (one) => this.#send(one));
  }

  /** The newest first, as people look for what was just said. */
  get all(): readonly Thread[] {
    return this.#all;
  }
  /** There is something to show: from the hub, or kept on this device. */
  get filled(): boolean {
    return this.#live.filled;
  }

  /** Neither this device nor the hub has said what there is, and the hub is away. */
  get unknown(): boolean {
    return !this.filled && this.#live.status.is === "offline";
  }

  close(): void {
    this.#map.unobserveDeep(this.#read);
    this.unsent.close();
    this.#leave();
  }

  begin(text: string, anchor: Anchor, mentions: Uuid[]): void {
    this.unsent.add({ kind: "thread", key: newKey(), text, mentions, anchor });
  }

  reply(thread: string, text: string, mentions: Uuid[]): void {
    this.unsent.add({ kind: "reply", key: newKey(), text, mentions, thread });
  }

  settle(thread: string, resolved: boolean): Promise<unknown> {
    return ask(`${this.#path(thread)}/resolved`, { method: "PUT", body: { resolved } });
  }

  change(thread: string, comment: string, text: string): Promise<unknown> {
    return ask(`${this.#path(thread)}/messages/${comment}`, { method: "PATCH", body: { text } });
  }

  erase(thread: string, comment: string): Promise<unknown> {
    return ask(`${this.#path(thread)}/messages/${comment}`, { method: "DELETE" });
  }

  async #send(one: Waiting): Promise<void> {
    const { key, text, mentions } = one;
    if (one.kind === "thread") await ask(`/api/documents/${this.document}/threads`, { method: "POST", body: { key, text, mentions, ...one.anchor } });
    else await ask(`${this.#path(one.thread)}/replies`, { method: "POST", body: { key, text, mentions } });
  }

  #path(thread: string): string {
    return `/api/documents/${this.document}/threads/${encodeURIComponent(thread)}`;
  }

  readonly #read = (): void => {
    const found: (Thread & { at: string })[] = [];
    this.#map.forEach((value, id) => {
      if (!(value instanceof Y.Map)) return;
      const messages: unknown = value.get("messages");
      const comments = messages instanceof Y.Array ? messages.toArray().filter((one) => one instanceof Y.Map).map(commentOf) : [];
      found.push({
        id,
        start: word(value, "start"),
        end: word(value, "end"),
        quote: word(value, "quote"),
        place: word(value, "place"),
        resolved: value.get("resolved") === true,
        resolved_by: word(value, "resolved_by") || null,
        comments,
        at: word(value, "at"),
      });
    });
    this.#all = found.sort((one, other) => other.at.localeCompare(one.at));
  };
}

function commentOf(one: Y.Map<unknown>): Comment {
  return { id: word(one, "id"), by: word(one, "by"), at: word(one, "at"), text: word(one, "text"), edited: one.get("edited_at") != null, erased: one.get("erased_at") != null };
}

function word(map: Y.Map<unknown>, key: string): string {
  const value = map.get(key);
  return typeof value === "string" ? value : "";
}

function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36).padStart(2, "0")).join("");
}

