/** The table of opinions of one text: what waits, and what became of the rest. Read when it is looked at, and again whenever somebody decides. */
import { ask, Refused } from "$/api";
import type { Opinion, Uuid } from "$/api/types";
import type { MeetingLine } from "$/live/meeting.svelte";
import type { Verdict } from "../documents/editor/suggestions-found";
import type { Said } from "../documents/editor/suggestions-judge";

export class Opinions {
  #all = $state.raw<readonly Opinion[]>([]);
  #failure = $state.raw<Refused | null>(null);
  #reading = false;
  #again = false;

  constructor(readonly document: Uuid) {}

  get decided(): readonly Opinion[] {
    return this.#all.filter((one) => one.decision !== null);
  }
  get failure(): Refused | null {
    return this.#failure;
  }

  /** Follows the meeting's line until the function it returns is called. */
  follow(line: MeetingLine): () => void {
    void this.read();
    return line.onTold(({ event }) => {
      if (event.type === "suggestions.decided" && event.document_id === this.document) void this.read();
    });
  }

  /** One reading at a time; what is asked meanwhile is one more. */
  async read(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    do {
      this.#again = false;
      try {
        this.#all = await ask<Opinion[]>(`/api/documents/${this.document}/suggestions`);
        this.#failure = null;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.#failure = error;
      }
    } while (this.#again);
    this.#reading = false;
  }

  /** Written down first; only then may the text be changed. Throws what the hub refuses. */
  async decide(which: readonly Said[], verdict: Verdict, reason: string): Promise<void> {
    const suggestions = which.map(({ by, id }) => ({ author_id: by, suggestion_id: id }));
    for (let from = 0; from < suggestions.length; from += MOST) {
      await ask(`/api/documents/${this.document}/suggestions/decisions`, {
        method: "POST",
        body: { suggestions: suggestions.slice(from, from + MOST), decision: verdict, reason },
      });
    }
    void this.read();
  }
}

const MOST = 500;
