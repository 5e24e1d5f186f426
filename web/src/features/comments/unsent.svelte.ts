/** Comments on their way: kept on the device until the hub has them, and tried again when the network is back. */
import { Refused } from "$/api";
import type { Uuid } from "$/api/types";
import { SAID } from "$/documents/keeping";
import { mayKeep } from "$/kept";
import type { Anchor } from "./threads.svelte";

export type Waiting = { key: string; text: string; mentions: Uuid[] } & ({ kind: "thread"; anchor: Anchor } | { kind: "reply"; thread: string });

/** `why` is the hub's own refusal: trying again by itself would be refused again. */
export type Shown = Waiting & { why: string | null };

const AGAIN_MS = 5_000;
const MOST = 50;

export class Unsent {
  #all = $state.raw<readonly Shown[]>([]);
  readonly #key: string;
  #sending = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #closed = false;

  constructor(
    user: Uuid,
    document: Uuid,
    readonly send: (one: Waiting) => Promise<void>,
  ) {
    this.#key = `${SAID}${user}.${document}`;
    this.#all = stored(this.#key).map((one) => ({ ...one, why: null }));
    globalThis.addEventListener?.("online", this.#now);
    void this.#go();
  }

  get all(): readonly Shown[] {
    return this.#all;
  }

  get full(): boolean {
    return this.#all.length >= MOST;
  }

  add(one: Waiting): void {
    this.#put([...this.#all, { ...one, why: null }]);
    void this.#go();
  }

  again(key: string): void {
    this.#put(this.#all.map((one) => (one.key === key ? { ...one, why: null } : one)));
    void this.#go();
  }

  drop(key: string): void {
    this.#put(this.#all.filter((one) => one.key !== key));
  }

  close(): void {
    this.#closed = true;
    globalThis.removeEventListener?.("online", this.#now);
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  readonly #now = (): void => void this.#go();

  /** One after the other, in their order: an answer does not overtake what it answers. */
  async #go(): Promise<void> {
    if (this.#sending || this.#closed) return;
    this.#sending = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (let next = this.#next(); next && !this.#closed; next = this.#next()) {
      try {
        await this.send(next);
        this.drop(next.key);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (error.status === 0 || error.status >= 500 || error.status === 401) {
          this.#timer = setTimeout(this.#now, AGAIN_MS);
          break;
        }
        const refused = next.key;
        this.#put(this.#all.map((one) => (one.key === refused ? { ...one, why: error.code } : one)));
      }
    }
    this.#sending = false;
  }

  #next(): Shown | undefined {
    return this.#all.find((one) => one.why === null);
  }

  #put(all: readonly Shown[]): void {
    this.#all = all;
    try {
      if (all.length === 0) localStorage.removeItem(this.#key);
      else if (mayKeep()) localStorage.setItem(this.#key, JSON.stringify(all.map(({ why: _why, ...one }) => one)));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // no room on this device: it lives as long as the page
    }
  }
}

function stored(key: string): Waiting[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(found) ? (found as Waiting[]).filter((one) => typeof one.key === "string" && typeof one.text === "string") : [];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return [];
    throw error;
  }
}
