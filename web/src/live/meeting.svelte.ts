/**
 * A meeting's live line: reads the meeting, follows what is told after it, and never shows a gap.
 * The surprise: titles do not travel on the line. When an event says that something was renamed or added, the meeting is read again,
 * and whatever was told in the meantime is applied once more on top of what was read.
 */
import { meeting as readMeeting, Refused } from "$/api";
import { tellSessionEnded } from "$/api/client";
import type { AgendaItem, CaptionSession, Device, Meeting, MeetingDocument, Paper, Participant, Segment, Speaking, Uuid, Vote } from "$/api/types";
import { apply, known, pass, readAgain, type Known, type PartialCaption, type RoomAlarm } from "./apply";
import type { Message, Told } from "./messages";
import { withOpened } from "./papers";
import { SILENCE, speakingOf } from "./speeches";

/** opening: first connection · live: caught up · lost: trying again · ended: signed out · barred: no right any more · none: no such meeting */
export type Connection = "opening" | "live" | "lost" | "ended" | "barred" | "none";

export const BEAT_LIMIT_MS = 45_000;
/** A short break is nobody's business: only after this long does a screen show it. */
export const AMBER_AFTER_MS = 5_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** A burst of changes is one reading. */
const READ_AGAIN_MS = 150;
const READ_FAILED_MS = 3_000;
/** Of so many moments the hub has said, the one that was on its way for the shortest time tells how far its clock is ahead. */
const MOMENTS_KEPT = 8;
/** What was told is kept on the device at most this often. */
const KEEP_MS = 5_000;

/** What the line needs of the world; a test brings its own. */
export interface World {
  read: (id: Uuid) => Promise<Meeting>;
  socket: (path: string) => WebSocket;
  random: () => number;
  /** What this device kept of the meeting, for a time without a network; left out where it may keep nothing. */
  recall?: (id: Uuid) => Promise<{ body: Meeting; at: number } | null>;
  remember?: (meeting: Meeting) => void;
}

export const realWorld: World = {
  read: readMeeting,
  socket: (path) => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`),
  random: Math.random,
};

export class MeetingLine {
  readonly id: Uuid;
  /** Null until the first reading has come. */
  #known = $state.raw<Known | null>(null);
  #connection = $state<Connection>("opening");
  #late = $state(false);
  #failure = $state.raw<Refused | null>(null);
  #keptAt = $state<number | null>(null);
  readonly #items = $derived(this.#known?.meeting.items.filter((item) => !item.removed) ?? []);

  #world: World;
  #socket: WebSocket | null = null;
  #tries = 0;
  #open = false;
  #reading = false;
  #since: Told[] = [];
  /** Of the last reading: what is told up to here, the meeting knows already. */
  #readSeq = 0;
  #timers: Partial<Record<"retry" | "beat" | "late" | "read" | "keep", ReturnType<typeof setTimeout>>> = {};
  #listeners = new Set<(told: Told) => void>();
  #ahead: number[] = [];
  #clockAhead = $state(0);

  constructor(id: Uuid, world: World = realWorld) {
    this.id = id;
    this.#world = world;
  }

  get ready(): boolean {
    return this.#known !== null;
  }
  /** Only where `ready` is true, which a meeting screen has asked before it shows anything. */
  get meeting(): Meeting {
    if (!this.#known) throw new Error("the meeting has not been read yet");
    return this.#known.meeting;
  }
  get seq(): number {
    return this.#known?.seq ?? 0;
  }
  get participants(): Participant[] {
    return this.#known?.meeting.participants ?? [];
  }
  /** The agenda as it stands, in order, removed items left out. */
  get items(): AgendaItem[] {
    return this.#items;
  }
  get currentItem(): AgendaItem | null {
    const id = this.#known?.meeting.current_item_id;
    return this.#items.find((item) => item.id === id) ?? null;
  }
  /** When the present item began, if this screen saw it begin. */
  get itemSince(): string | null {
    return this.#known?.item_since ?? null;
  }
  get documents(): MeetingDocument[] {
    return this.#known?.meeting.documents ?? [];
  }
  /** Whose microphones are on, and who turned them on. */
  get captions(): CaptionSession[] {
    return this.#known?.meeting.captions ?? [];
  }
  /** Finished sentences told since this screen came, oldest first; the rest is in the transcript. */
  get lines(): readonly Segment[] {
    return this.#known?.lines ?? [];
  }
  get partials(): Readonly<Record<Uuid, PartialCaption>> {
    return this.#known?.partials ?? {};
  }
  /** False while the caption service is away: "phụ đề tạm dừng". */
  get captionsUp(): boolean {
    return this.#known?.captions_up ?? true;
  }
  /** When the last microphone stopped under this screen's eyes. */
  get captionsStopped(): string | null {
    return this.#known?.captions_stopped ?? null;
  }
  /** In the order the meeting goes through them. */
  get votes(): Vote[] {
    return this.#known?.meeting.votes ?? [];
  }
  /** Files of the meeting, each in its newest version; empty where I take no part. */
  get papers(): Paper[] {
    return this.#known?.meeting.papers ?? [];
  }
  /** The reader shows this version to me: the hub knows, and the list says so at once. */
  keepOpened(id: Uuid, number: number): void {
    if (!this.#known) return;
    const { meeting } = this.#known;
    this.#known = { ...this.#known, meeting: withOpened(meeting, id, number) };
  }
  /** The one question the meeting answers now, if there is one. */
  get openVote(): Vote | null {
    return this.votes.find((one) => one.state === "open" || one.state === "paused") ?? null;
  }
  /** What the hub answered to my own ballot: it does not travel on the line. */
  keepBallot(id: Uuid, mine: Pick<Vote, "my_ballot"> | Pick<Vote, "i_was_issued">): void {
    if (!this.#known) return;
    const { meeting } = this.#known;
    this.#known = { ...this.#known, meeting: { ...meeting, votes: meeting.votes.map((vote) => (vote.id === id ? { ...vote, ...mine } : vote)) } };
  }
  /** What the meeting knows of who asks to speak and who has the floor. */
  get speaking(): Speaking {
    return this.#known ? speakingOf(this.#known.meeting) : SILENCE;
  }
  /** Milliseconds by which the hub's clock is ahead of this device's: a clock on the screen counts from the moments of facts. */
  get clockAhead(): number {
    return this.#clockAhead;
  }
  get online(): ReadonlySet<Uuid> {
    return this.#known?.online ?? new Set();
  }
  get devices(): Readonly<Record<string, Device>> {
    return this.#known?.devices ?? {};
  }
  get alarms(): readonly RoomAlarm[] {
    return this.#known?.alarms ?? [];
  }
  get connection(): Connection {
    return this.#connection;
  }
  /** Broken for so long that it is worth saying. */
  get late(): boolean {
    return this.#late;
  }
  /** Why the meeting could not be read, when it could not. */
  get failure(): Refused | null {
    return this.#failure;
  }
  /** What is shown comes from this device, and is as old as this; null once the hub was read. */
  get keptAt(): number | null {
    return this.#keptAt;
  }
  person(id: Uuid | null): Participant | null {
    return this.participants.find((one) => one.user_id === id) ?? null;
  }

  /** Hear each fact as it is applied, for announcing; state is read from the fields, never from here. */
  onTold(listener: (told: Told) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    if (this.#open) return;
    this.#open = true;
    globalThis.addEventListener?.("online", this.#hurry);
    void this.#begin();
  }

  stop(): void {
    this.#open = false;
    globalThis.removeEventListener?.("online", this.#hurry);
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#timers = {};
    this.#drop();
  }

  /** After signing in again, or when the reader pressed "try again". */
  resume(): void {
    if (!this.#open) return;
    this.#tries = 0;
    this.#failure = null;
    // A line that is still up is of the old session, and will be hung up on with 4401 soon: it begins anew as well, unseen.
    if (this.#connection !== "live") this.#connection = "opening";
    this.#drop();
    void this.#begin();
  }

  #hurry = (): void => {
    if (this.#connection === "lost") this.#retryIn(0);
  };

  async #begin(): Promise<void> {
    clearTimeout(this.#timers.retry);
    if (this.#known && this.#keptAt === null) return this.#connect();
    try {
      const meeting = await this.#world.read(this.id);
      if (!this.#open) return;
      this.#known = known(meeting);
      this.#readSeq = meeting.seq;
      this.#keptAt = null;
      this.#failure = null;
      this.#world.remember?.(meeting);
      this.#connect();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (!this.#open) return;
      this.#failure = error;
      if (error.status === 401) this.#rest("ended");
      else if (error.status === 403) this.#rest("barred");
      else if (error.status === 404) this.#rest("none");
      else {
        if (!this.#known && (error.status === 0 || error.code === "hub-away")) await this.#recall();
        this.#lose();
      }
    }
  }

  async #recall(): Promise<void> {
    const found = await this.#world.recall?.(this.id);
    if (!found || !this.#open) return;
    this.#known = known(found.body);
    this.#keptAt = found.at;
  }

  /** Only what is whole is kept: with a reading under way, the next one is. */
  #keepSoon(): void {
    if (!this.#world.remember) return;
    this.#timers.keep ??= setTimeout(() => {
      delete this.#timers.keep;
      if (!this.#known || this.#known.stale || this.#keptAt !== null) return;
      const { meeting, seq, item_since } = this.#known;
      this.#world.remember?.({ ...meeting, seq, current_item_since: item_since });
    }, KEEP_MS);
  }

  #connect(): void {
    const socket = this.#world.socket(`/ws/meetings/${this.id}?after=${this.seq}`);
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#hear(JSON.parse(String(data)) as Message);
    };
    socket.onclose = ({ code }) => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      clearTimeout(this.#timers.beat);
      if (code === 4401) {
        this.#rest("ended");
        tellSessionEnded();
      } else if (code === 4403) this.#rest("barred");
      else if (code === 4404) this.#rest("none");
      else this.#lose();
    };
    this.#watch();
  }

  #setClock(at: string | undefined): void {
    if (at === undefined) return;
    this.#ahead = [...this.#ahead, Date.parse(at) - Date.now()].slice(-MOMENTS_KEPT);
    this.#clockAhead = Math.max(...this.#ahead);
  }

  #hear(message: Message): void {
    this.#watch();
    if (message.type === "ready" || message.type === "beat") this.#setClock(message.at);
    if (!this.#known) return;
    switch (message.type) {
      case "told":
        return this.#take(message);
      case "presence":
        this.#known = pass(this.#known, message);
        return;
      case "ready":
        if (message.seq < this.#known.seq) return this.#loadAnew();
        this.#tries = 0;
        this.#connection = "live";
        this.#late = false;
        clearTimeout(this.#timers.late);
        delete this.#timers.late;
        if (this.#known.stale) this.#readSoon();
        return;
      case "beat":
        return;
      default:
        message satisfies never;
    }
  }

  /** In order and once: an old seq is a double and is dropped, a seq too far is a gap and the line is read again from where we are. */
  #take(told: Told): void {
    if (!this.#known || told.seq <= this.#known.seq) return;
    if (told.seq > this.#known.seq + 1) {
      this.#drop();
      this.#lose();
      return;
    }
    const { meeting, item_since, stale } = this.#known;
    const next = apply(this.#known, told);
    // A reading was ahead of the line: twice told, a turn to speak would be two.
    this.#known = told.seq <= this.#readSeq ? { ...next, meeting, item_since, stale } : next;
    if (this.#reading) this.#since.push(told);
    if (this.#known.stale && this.#connection === "live") this.#readSoon();
    else this.#keepSoon();
    for (const listener of this.#listeners) listener(told);
  }

  /** The hub's log ends before what this screen has seen: it was set back to a backup. Nothing here can be trusted any more. */
  #loadAnew(): void {
    this.#known = null;
    this.#connection = "opening";
    this.#drop();
    void this.#begin();
  }

  #readSoon(ms = READ_AGAIN_MS): void {
    if (this.#reading || this.#timers.read) return;
    this.#timers.read = setTimeout(() => {
      delete this.#timers.read;
      void this.#readAgain();
    }, ms);
  }

  async #readAgain(): Promise<void> {
    this.#reading = true;
    this.#since = [];
    if (this.#known) this.#known = { ...this.#known, stale: false };
    let read: Meeting | null = null;
    try {
      read = await this.#world.read(this.id);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 403 || error.status === 404) this.#rest(error.status === 403 ? "barred" : "none");
    } finally {
      this.#reading = false;
    }
    if (!this.#open || !this.#known) return;
    if (!read) {
      this.#known = { ...this.#known, stale: true };
      if (this.#connection === "live") this.#readSoon(READ_FAILED_MS);
      return;
    }
    this.#adopt(read);
  }

  /** What was read is of its own seq. Facts told after it are applied on top; facts it already knows are not lost, they are in it. */
  #adopt(read: Meeting): void {
    if (!this.#known) return;
    const { seq } = this.#known;
    if (read.seq < seq - this.#since.length) {
      this.#known = { ...this.#known, stale: true };
      return this.#readSoon();
    }
    const kept = this.#known;
    const fresh = this.#since.filter((told) => told.seq > read.seq).reduce(apply, readAgain(kept, read));
    // A reading newer than the line must not move the line's seq: the events in between still have to be heard by the listeners.
    this.#known = { ...kept, meeting: fresh.meeting, item_since: fresh.item_since, stale: fresh.stale, seq };
    this.#readSeq = read.seq;
    this.#since = [];
    if (fresh.stale) this.#readSoon();
    else this.#keepSoon();
  }

  #watch(): void {
    clearTimeout(this.#timers.beat);
    this.#timers.beat = setTimeout(() => {
      this.#drop();
      this.#lose();
    }, BEAT_LIMIT_MS);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#timers.beat);
    socket?.close();
  }

  /** The server has said "do not come back": no more trying. A meeting that was there a moment ago was not lost, its reader was taken off the list. */
  #rest(connection: "ended" | "barred" | "none"): void {
    this.#drop();
    this.#connection = connection === "none" && this.#known ? "barred" : connection;
  }

  #lose(): void {
    if (!this.#open) return;
    if (this.#connection !== "opening") this.#connection = "lost";
    else if (this.#failure) this.#connection = "lost";
    this.#timers.late ??= setTimeout(() => (this.#late = true), AMBER_AFTER_MS);
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries++);
    this.#retryIn(ceiling / 2 + (ceiling / 2) * this.#world.random());
  }

  #retryIn(ms: number): void {
    clearTimeout(this.#timers.retry);
    this.#timers.retry = setTimeout(() => {
      if (!this.#socket) void this.#begin();
    }, ms);
  }
}
