/**
 * The line between one shared document and the hub. Three things differ from y-websocket's own provider: edits wait until
 * the hub has said what it lacks (so no update arrives before the ones it builds on), every frame that carries edits is
 * counted against the hub's "saved", and close codes are reasons, not failures.
 */
import { removeAwarenessStates, type Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { GRACE_MS, Ledger, statusOf, type Refusal, type Status } from "./saving";
import * as wire from "./wire";

/** A quiet line is asked for a sign of life after this (an idle document is silent); without an answer it counts as dead. */
const QUIET_MS = 25_000;
const ANSWER_MS = 4_000;
const HANDSHAKE_MS = 10_000;
const PULSE_MS = 2_000;
const FIRST_RETRY_MS = 250;
const SLOWEST_RETRY_MS = 8_000;
/** Carets are sent together, at most this often; past the backlog they are dropped, since the next one replaces them. */
const CARETS_MS = 50;
const CARETS_BACKLOG_BYTES = 64 * 1024;

const OPEN = 1; // WebSocket.OPEN, which a test's socket has no class for
/** Refusals of an edit: the line stays, and one goes on reading. */
const READING: ReadonlySet<Refusal> = new Set(["read-only", "not-a-suggestion", "damaged"]);
const REFUSALS: Readonly<Record<number, Refusal>> = { 4400: "broken-frame", 4401: "signed-out", 4403: "forbidden", 4404: "missing" };

export interface Wish {
  /** A new socket to this document, `?saved=1`. */
  connect: () => WebSocket;
  mayWrite: boolean;
  /** Edits that an earlier page left on this device without the hub's word. */
  unsaved: boolean;
  /** The copy kept on this device had something in it. */
  filled: boolean;
  onChange: (status: Status) => void;
  /** Every edit, and the moment all of them are confirmed: what has to outlive the page. */
  onUnsaved: (unsaved: boolean) => void;
  onSignedOut?: () => void;
}

export class Connection {
  readonly #ledger: Ledger;
  #socket: WebSocket | null = null;
  #mayWrite: boolean;
  #filled: boolean;
  #synced = false;
  #speaking = false;
  #refusal: Refusal | null = null;
  #noticed = "";
  #awaySince: number | null = null;
  #unconfirmedSince: number | null = null;
  #failures = 0;
  #stopped = false;
  #lastHeard = 0;
  #probedAt: number | null = null;
  #retry: Timer = null;
  #pulse: Timer = null;
  #grace: Timer = null;
  #late: Timer = null;
  #carets: Timer = null;
  readonly #movedCarets = new Set<number>();

  constructor(
    readonly doc: Y.Doc,
    readonly awareness: Awareness,
    readonly wish: Wish,
  ) {
    this.#ledger = new Ledger(wish.unsaved);
    this.#mayWrite = wish.mayWrite;
    this.#filled = wish.filled;
    doc.on("update", this.#edited);
    awareness.on("update", this.#caretsMoved);
    globalThis.addEventListener?.("online", this.#lineMayBeBack);
    globalThis.addEventListener?.("offline", this.#lineMayBeGone);
    this.#connect();
  }

  get status(): Status {
    return statusOf({
      filled: this.#filled,
      synced: this.#synced,
      away_ms: this.#awaySince === null ? 0 : Date.now() - this.#awaySince,
      refusal: this.#refusal,
      unsaved: this.#ledger.unsaved,
      unconfirmed_ms: this.#unconfirmedSince === null ? 0 : Date.now() - this.#unconfirmedSince,
      ...(this.#refusal === "damaged" ? { noticed: this.#noticed } : {}),
    });
  }

  get filled(): boolean {
    return this.#filled;
  }

  get unsaved(): boolean {
    return this.#ledger.unsaved;
  }

  get mayWrite(): boolean {
    return this.#mayWrite && (this.#refusal === null || !READING.has(this.#refusal));
  }

  /** A right given or withdrawn while the document is open. */
  allow(mayWrite: boolean): void {
    if (mayWrite === this.#mayWrite && this.#refusal === null) return;
    this.#mayWrite = mayWrite;
    this.resume();
  }

  /** After signing in again, or when the person asks to try once more: refusals are forgotten, edits are not. */
  resume(): void {
    if (this.#stopped) return;
    this.#refusal = null;
    this.#failures = 0;
    this.#hangUp();
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    this.doc.off("update", this.#edited);
    globalThis.removeEventListener?.("online", this.#lineMayBeBack);
    globalThis.removeEventListener?.("offline", this.#lineMayBeGone);
    if (this.awareness.getLocalState() !== null) {
      removeAwarenessStates(this.awareness, [this.doc.clientID], this);
      this.#sendCarets();
    }
    this.awareness.off("update", this.#caretsMoved);
    this.#hangUp();
    for (const timer of [this.#retry, this.#grace, this.#late, this.#carets, this.#pulse]) clear(timer);
  }

  #connect(): void {
    clear(this.#retry);
    if (this.#stopped || this.#socket !== null || this.#refusal !== null) return;
    this.#away();
    const socket = this.wish.connect();
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => this.#heard(new Uint8Array(data));
    socket.onclose = ({ code }) => this.#closed(code);
    this.#lastHeard = Date.now();
    this.#probedAt = null;
    clear(this.#pulse);
    this.#pulse = setInterval(() => this.#feelPulse(), PULSE_MS);
    this.#tell();
  }

  #opened(): void {
    this.#lastHeard = Date.now();
    this.#send(wire.step1(this.doc));
    if (this.awareness.getLocalState() !== null) this.#send(wire.awarenessOf(this.awareness, [this.doc.clientID]));
  }

  #heard(frame: Uint8Array): void {
    this.#lastHeard = Date.now();
    this.#probedAt = null;
    const heard = wire.read(frame);
    switch (heard.type) {
      case "step-1":
        this.#answer(heard.stateVector);
        break;
      case "step-2":
        Y.applyUpdate(this.doc, heard.update, this);
        this.#synced = this.#filled = true;
        this.#awaySince = null;
        this.#failures = 0;
        break;
      case "update":
        Y.applyUpdate(this.doc, heard.update, this);
        return;
      case "awareness":
        wire.hearAwareness(this.awareness, heard.states, this);
        return;
      case "awareness-asked":
        this.#send(wire.awarenessOf(this.awareness, [...this.awareness.getStates().keys()]));
        return;
      case "saved":
        if (this.#ledger.committed(heard.frames)) this.wish.onUnsaved(false);
        this.#unconfirmedSince = null;
        if (this.#ledger.unsaved) this.#expectWord();
        break;
      case "refused":
        this.#refused(heard.reason);
        break;
      case "unknown":
        return;
    }
    this.#tell();
  }

  /** Everything the hub lacks in one frame; a reader, who may bring nothing, says so in the same words. */
  #answer(stateVector: Uint8Array): void {
    const brings = this.#mayWrite || this.#ledger.unsaved;
    this.#speaking = true;
    this.#ledger.answered();
    this.#expectWord();
    this.#send(wire.step2(brings ? Y.encodeStateAsUpdate(this.doc, stateVector) : wire.NOTHING));
  }

  readonly #edited = (change: Uint8Array, origin: unknown): void => {
    // A reader's editor may tidy its own copy; that goes nowhere.
    if (origin === this || !this.mayWrite) return;
    this.#ledger.edited();
    if (this.#speaking) {
      this.#ledger.frameSent();
      this.#expectWord();
      this.#send(wire.update(change));
    }
    if (this.#ledger.unsaved) this.wish.onUnsaved(true);
    this.#tell();
  };

  readonly #caretsMoved = ({ added, updated, removed }: CaretChange, origin: unknown): void => {
    if (origin === this && !this.#stopped) return;
    for (const client of [...added, ...updated, ...removed]) if (client === this.doc.clientID) this.#movedCarets.add(client);
    if (!this.#stopped) this.#carets ??= setTimeout(() => this.#sendCarets(), CARETS_MS);
  };

  #sendCarets(): void {
    clear(this.#carets);
    this.#carets = null;
    const backlog = this.#socket?.bufferedAmount ?? 0;
    if (this.#movedCarets.size > 0 && this.#speaking && backlog < CARETS_BACKLOG_BYTES) {
      this.#send(wire.awarenessOf(this.awareness, [...this.#movedCarets]));
    }
    this.#movedCarets.clear();
  }

  /** Something is on its way; when the hub has not confirmed anything after a moment, the sign says so. */
  #expectWord(): void {
    if (this.#unconfirmedSince !== null) return;
    this.#unconfirmedSince = Date.now();
    clear(this.#late);
    this.#late = setTimeout(this.#tell, GRACE_MS);
  }

  /** `damaged`, and when it was noticed: everybody reads until somebody has mended it, and the line is then made anew. */
  #refused(reason: string): void {
    const [word, noticed] = reason.split(" ");
    this.#refusal = word === "not-a-suggestion" || word === "damaged" ? word : "read-only";
    this.#noticed = noticed ?? "";
  }

  #send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(frame);
  }

  #closed(code: number): void {
    this.#hangUp();
    const refusal = REFUSALS[code];
    if (refusal) this.#refusal = refusal;
    else this.#tryLater();
    this.#tell();
    if (refusal === "signed-out") this.wish.onSignedOut?.();
  }

  /** Forgets the socket, whether or not the other side still knows of it, and everybody seen through it. */
  #hangUp(): void {
    const socket = this.#socket;
    this.#socket = null;
    clear(this.#pulse);
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    this.#ledger.lineLost();
    this.#synced = this.#speaking = false;
    this.#unconfirmedSince = null;
    if (this.#refusal === "damaged") this.#refusal = null;
    this.#away();
    const others = [...this.awareness.getStates().keys()].filter((client) => client !== this.doc.clientID);
    removeAwarenessStates(this.awareness, others, this);
  }

  /** Waits longer each time, and never all at once: a whole hall comes back after a hub's restart. */
  #tryLater(): void {
    const longest = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, SLOWEST_RETRY_MS);
    this.#failures += 1;
    clear(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2));
  }

  #away(): void {
    this.#awaySince ??= Date.now();
    clear(this.#grace);
    if (!this.#stopped) this.#grace = setTimeout(this.#tell, Math.max(0, GRACE_MS - (Date.now() - this.#awaySince)));
  }

  #feelPulse(): void {
    const now = Date.now();
    const open = this.#socket?.readyState === OPEN;
    const dead = open ? this.#probedAt !== null && now - this.#probedAt > ANSWER_MS : now - this.#lastHeard > HANDSHAKE_MS;
    if (dead) {
      this.#awaySince ??= this.#probedAt; // it has been gone since it was asked, not since we believed it
      this.#hangUp();
      this.#tryLater();
      this.#tell();
    } else if (open && now - this.#lastHeard > QUIET_MS) this.#probe();
  }

  /** Asks for what is missing: the hub always answers that, and it heals whatever was lost on the way. */
  #probe(): void {
    if (this.#probedAt !== null) return;
    this.#probedAt = Date.now();
    this.#send(wire.step1(this.doc));
  }

  readonly #lineMayBeBack = (): void => {
    if (this.#socket === null && this.#refusal === null) this.#connect();
  };

  /** The browser says the network is gone; a hub on this very machine is still there, so ask before believing it. */
  readonly #lineMayBeGone = (): void => {
    if (this.#synced) this.#probe();
  };

  readonly #tell = (): void => this.wish.onChange(this.status);
}

type Timer = ReturnType<typeof setTimeout> | ReturnType<typeof setInterval> | null;
type CaretChange = { added: number[]; updated: number[]; removed: number[] };

function clear(timer: Timer): void {
  if (timer !== null) clearTimeout(timer); // timeouts and intervals share one list of ids
}
