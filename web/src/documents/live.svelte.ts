/**
 * A shared document open in this page: the Y.Doc, its copy on this device, its line to the hub, who else is in it, and what
 * may be said of its edits. The same document opened twice (the agenda stands beside the text) is one.
 */
import { tellSessionEnded } from "$/api/client";
import type { Uuid } from "$/api/types";
import { mayKeep } from "$/kept";
import { onReturned } from "$/shell/session.svelte";
import { IndexeddbPersistence } from "y-indexeddb";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { Connection } from "./connection";
import { copyName, forgetOthers, opened, rememberCopy, UnsavedNote } from "./keeping";
import { colourOf, peopleIn, type Present } from "./people";
import type { Status } from "./saving";

/** Reading the copy on this device must not keep anybody from the meeting. */
const COPY_MS = 4_000;
/** A tab that is shown again in a moment finds its document still there. */
const LINGER_MS = 5_000;
/** A document left with edits under way stays until the hub has them, but not for ever: the copy keeps them too. */
const FAREWELL_MS = 60_000;

export interface Wish {
  user: { id: Uuid; name: string };
  mayWrite: boolean;
  /** Keep a copy on this device. Never on a room's screen, where nobody is signed in for long. */
  keep: boolean;
}

export class LiveDocument {
  readonly doc = new Y.Doc();
  readonly awareness = new Awareness(this.doc);
  #status = $state.raw<Status>({ is: "loading" });
  #people = $state.raw<readonly Present[]>([]);
  #mayWrite = $state(false);
  #kept = $state(false);
  #filled = $state(false);
  #connection: Connection | null = null;
  #copy: IndexeddbPersistence | null = null;
  readonly #note: UnsavedNote;
  readonly #leave: () => void;
  #closed = false;
  users = 0;
  farewell: ReturnType<typeof setTimeout> | null = null;

  constructor(
    readonly id: Uuid,
    readonly wish: Wish,
  ) {
    this.#mayWrite = wish.mayWrite;
    this.#note = new UnsavedNote(wish.user.id, id, String(this.doc.clientID));
    this.#leave = opened(this);
    this.awareness.setLocalStateField("user", { ...wish.user, color: colourOf(wish.user.id) });
    // A moment later: taken out while one writes in it, the text loses the keys in the middle of the page's own work, where nothing may be set.
    this.awareness.on("change", () => queueMicrotask(() => (this.#people = peopleIn(this.awareness))));
    globalThis.addEventListener?.("beforeunload", this.#leaving);
    void this.#open();
  }

  get status(): Status {
    return this.#status;
  }
  /** Everybody in the document, oneself first. */
  get people(): readonly Present[] {
    return this.#people;
  }
  /** There is something to show: from the hub, or kept on this device. */
  get filled(): boolean {
    return this.#filled;
  }
  /** May be written now: the right was given, and the hub has not refused an edit. */
  get mayWrite(): boolean {
    return this.#mayWrite && !(this.#status.is === "refused" && this.#status.why === "damaged");
  }
  /** Edits outlive this page even while the line is away. */
  get kept(): boolean {
    return this.#kept;
  }
  get unsaved(): boolean {
    return this.#connection?.unsaved ?? this.#note.inherited;
  }

  allow(mayWrite: boolean): void {
    this.#mayWrite = mayWrite;
    this.#connection?.allow(mayWrite);
  }

  resume(): void {
    this.#connection?.resume();
  }

  /** Gives up the edits that the hub refuses, with the copy that holds them. The document is closed and has to be opened again. */
  async giveUp(): Promise<void> {
    this.#note.forgotten();
    await this.close(true);
  }

  async close(forget: boolean): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    known.delete(this.id);
    if (this.farewell !== null) clearTimeout(this.farewell);
    globalThis.removeEventListener?.("beforeunload", this.#leaving);
    this.#connection?.stop();
    this.awareness.destroy();
    this.#leave();
    if (forget) await this.#copy?.clearData();
    this.doc.destroy();
  }

  async #open(): Promise<void> {
    if (this.wish.keep && mayKeep()) {
      await forgetOthers(this.wish.user.id);
      this.#kept = await this.#readCopy();
    }
    if (this.#closed) return;
    this.#connection = new Connection(this.doc, this.awareness, {
      connect: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/documents/${this.id}?saved=1`),
      mayWrite: this.#mayWrite,
      unsaved: this.#note.inherited,
      filled: this.doc.store.clients.size > 0,
      onChange: (status) => {
        this.#take(status);
        if (status.is === "refused" && (status.why === "read-only" || status.why === "not-a-suggestion")) this.#mayWrite = false;
      },
      onUnsaved: (unsaved) => (unsaved ? this.#note.unsaved() : this.#note.saved()),
      onSignedOut: tellSessionEnded,
    });
    this.#take(this.#connection.status);
  }

  #take(status: Status): void {
    this.#status = status;
    this.#filled ||= this.#connection?.filled ?? false;
  }

  /** False when the browser keeps nothing (private window, no room): the document then lives in this page alone. */
  async #readCopy(): Promise<boolean> {
    const name = copyName(this.wish.user.id, this.id);
    if (!(await opens(name))) return false;
    rememberCopy(name);
    this.#copy = new IndexeddbPersistence(name, this.doc);
    return Promise.race([this.#copy.whenSynced.then(() => true), new Promise<false>((resolve) => setTimeout(resolve, COPY_MS, false))]);
  }

  /** The browser asks before the page goes only where something would be lost with it. */
  readonly #leaving = (event: BeforeUnloadEvent): void => {
    if (this.unsaved && !this.#kept) event.preventDefault();
  };
}

const known = new Map<Uuid, LiveDocument>();

onReturned(() => {
  for (const document of known.values()) document.resume();
});

/** Opens a document, or joins the one that is open. Call the second of the pair when the screen that shows it goes. */
export function openDocument(id: Uuid, wish: Wish): [LiveDocument, () => void] {
  let document = known.get(id);
  if (document && document.wish.user.id !== wish.user.id) {
    void document.close(false);
    document = undefined;
  }
  if (!document) {
    document = new LiveDocument(id, wish);
    known.set(id, document);
  }
  const joined = document;
  joined.users += 1;
  if (joined.farewell !== null) clearTimeout(joined.farewell);
  joined.farewell = null;
  return [joined, () => leave(joined)];
}

function leave(document: LiveDocument): void {
  document.users -= 1;
  if (document.users > 0) return;
  const since = Date.now();
  const part = (): void => {
    if (document.unsaved && Date.now() - since < FAREWELL_MS) document.farewell = setTimeout(part, LINGER_MS);
    else void document.close(false);
  };
  document.farewell = setTimeout(part, LINGER_MS);
}

/** Whether a database can be opened at all: y-indexeddb itself waits for ever when it cannot. */
function opens(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (!globalThis.indexedDB) return resolve(false);
    const request = indexedDB.open(`${name}.try`, 1);
    request.onerror = () => resolve(false);
    request.onsuccess = () => {
      request.result.close();
      indexedDB.deleteDatabase(`${name}.try`);
      resolve(true);
    };
  });
}
