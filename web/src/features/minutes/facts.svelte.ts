/**
 * What the blocks of facts say, read from the hub and read again when something happens in the meeting: a burst of events is one
 * reading. Without a network the last words stay.
 */
import { Refused } from "$/api";
import type { Uuid } from "$/api/types";
import { orKept } from "$/kept";
import type { Told } from "$/live/messages";
import type { MeetingLine } from "$/live/meeting.svelte";
import type { JSONContent } from "@tiptap/core";
import * as hub from "./hub";

const SOON_MS = 250;
/** A hall of screens does not ask in one moment. */
const SPREAD_MS = 400;
const AGAIN_MS = 5_000;
/** What happens all the time and is in no block. */
const PASSING = /^(caption|captions|room|suggestions)\./;

export class Facts {
  #all = $state.raw<hub.MinutesFacts | null>(null);
  #said = new Map<string, readonly JSONContent[]>();
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;
  readonly #stop: () => void;

  constructor(
    readonly meeting: Uuid,
    readonly user: Uuid,
    line: MeetingLine,
  ) {
    this.#stop = line.onTold((told) => this.#hear(told));
    void this.#read();
  }

  get list(): readonly hub.FactShown[] {
    return this.#all?.facts ?? [];
  }
  /** The hub lays each new fact in its place by itself. */
  get framed(): boolean {
    return this.#all?.framed ?? false;
  }

  say = (kind: string, ref: string): readonly JSONContent[] | null | undefined => (this.#all === null ? null : this.#said.get(`${kind}:${ref}`));

  onchange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  close(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#stop();
  }

  again(): void {
    void this.#read();
  }

  #hear({ event }: Told): void {
    if (!PASSING.test(event.type)) this.#readIn(SOON_MS + Math.random() * SPREAD_MS);
  }

  #readIn(ms: number): void {
    if (this.#timer !== undefined || this.#over) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#read();
    }, ms);
  }

  async #read(): Promise<void> {
    try {
      const { body } = await orKept(this.user, `facts/${this.meeting}`, () => hub.facts(this.meeting));
      if (this.#over || (this.#all && body.seq < this.#all.seq)) return;
      this.#said = new Map(body.facts.map((one) => [`${one.kind}:${one.ref}`, one.nodes as JSONContent[]]));
      this.#all = body;
      for (const listener of this.#listeners) listener();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#readIn(AGAIN_MS);
    }
  }
}
