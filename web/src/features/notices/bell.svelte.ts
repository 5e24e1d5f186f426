/**
 * What the hub has to tell this person, on every page of his. The hub calls on a line of its own (`/ws/notices`) and says only that there is
 * something; what it is, is read. While the line is away the page asks now and then, so a notice is late at worst, never lost.
 */
import { ask, Refused } from "$/api";
import { tellSessionEnded } from "$/api/client";
import type { Notice } from "$/api/types";

export interface Notices {
  unread: number;
  newest: Notice[];
}

/** With a line this is only a safety net; without one it is the way. */
const EVERY_MS = 30_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const BEAT_LIMIT_MS = 45_000;

/** What the bell needs of the world; a test brings its own. */
export interface World {
  read: () => Promise<Notices>;
  socket: () => WebSocket;
  hidden: () => boolean;
  random: () => number;
}

const realWorld: World = {
  read: () => ask<Notices>("/api/notices", { ask_only: true }),
  socket: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/notices`),
  hidden: () => document.visibilityState === "hidden",
  random: Math.random,
};

export class Bell {
  #notices = $state.raw<Notices>({ unread: 0, newest: [] });
  #world: World;
  #socket: WebSocket | null = null;
  #users = 0;
  #tries = 0;
  #reading = false;
  #again = false;
  #known: ReadonlySet<string> | null = null;
  #timers: Partial<Record<"every" | "retry" | "beat", ReturnType<typeof setTimeout>>> = {};
  #listeners = new Set<(fresh: Notice[]) => void>();

  constructor(world: World = realWorld) {
    this.#world = world;
  }

  get notices(): Notices {
    return this.#notices;
  }

  /** Hear what was not there at the last reading, for announcing. */
  onFresh(listener: (fresh: Notice[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Each screen that shows the bell starts it, and ends it with what this returns; the first and the last do. */
  start(): () => void {
    if (this.#users++ === 0) {
      void this.read();
      this.#timers.every = setInterval(() => void this.read(), EVERY_MS);
      this.#connect();
    }
    let mine = true;
    return () => {
      if (!mine) return;
      mine = false;
      if (--this.#users === 0) this.#stop();
    };
  }

  /** A burst of calls is one reading, and one more after it if one came meanwhile. */
  async read(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    if (this.#world.hidden()) return;
    this.#reading = true;
    try {
      this.#take(await this.#world.read());
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // no network, or signed out: what was known stays, and it is asked again
    } finally {
      this.#reading = false;
      const again = this.#again;
      this.#again = false;
      if (again && this.#users > 0) void this.read();
    }
  }

  async seen(ids: string[]): Promise<void> {
    try {
      await ask("/api/notices/read", { method: "POST", body: { ids } });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
    await this.read();
  }

  #take(notices: Notices): void {
    const known = this.#known;
    this.#notices = notices;
    this.#known = new Set(notices.newest.map((one) => `${one.id} ${one.times}`));
    const fresh = known === null ? [] : notices.newest.filter((one) => !one.read && !known.has(`${one.id} ${one.times}`));
    if (fresh.length > 0) for (const listener of this.#listeners) listener(fresh);
  }

  #stop(): void {
    clearInterval(this.#timers.every);
    clearTimeout(this.#timers.retry);
    this.#drop();
    this.#timers = {};
    this.#known = null;
    this.#tries = 0;
    this.#notices = { unread: 0, newest: [] };
  }

  #connect(): void {
    const socket = this.#world.socket();
    this.#socket = socket;
    this.#watch();
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket) return;
      this.#watch();
      const { type } = JSON.parse(String(data)) as { type: string };
      if (type === "ready") {
        if (this.#tries > 0) void this.read(); // what was told while the line was away
        this.#tries = 0;
      } else if (type === "news") void this.read();
    };
    socket.onclose = ({ code }) => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      clearTimeout(this.#timers.beat);
      if (code === 4401) return tellSessionEnded();
      if (code !== 4403) this.#retry();
    };
  }

  #retry(): void {
    if (this.#users === 0) return;
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries++);
    clearTimeout(this.#timers.retry);
    this.#timers.retry = setTimeout(() => this.#connect(), ceiling / 2 + (ceiling / 2) * this.#world.random());
  }

  #watch(): void {
    clearTimeout(this.#timers.beat);
    this.#timers.beat = setTimeout(() => {
      this.#drop();
      this.#retry();
    }, BEAT_LIMIT_MS);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#timers.beat);
    socket?.close();
  }
}

export const bell = new Bell();
