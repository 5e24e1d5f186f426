/**
 * Results as one types. The promise: what is shown always belongs to the last words asked for; an older answer that comes late is thrown away.
 * While the hub's model is being made ready it is asked again, so meaning joins the words by itself.
 */
import { Refused } from "$/api";
import { search, type SearchAnswer, type SearchResult, type Wanted } from "./hub";

export type Ask = (wanted: Wanted, offset: number, signal: AbortSignal) => Promise<SearchAnswer>;

const AGAIN_MS = 1_500;

export class Searching {
  answer = $state.raw<SearchAnswer | null>(null);
  results = $state.raw<SearchResult[]>([]);
  failure = $state.raw<Refused | null>(null);
  /** An answer is awaited; what is shown may be of earlier words. */
  busy = $state(false);

  readonly #ask: Ask;
  #last: AbortController | null = null;
  #again: ReturnType<typeof setTimeout> | undefined;
  #wanted: Wanted | null = null;

  constructor(ask: Ask = search) {
    this.#ask = ask;
  }

  get more(): boolean {
    return this.answer !== null && this.results.length < this.answer.total_shown && !this.busy;
  }

  /** Empty words show nothing and ask nothing. */
  async want(wanted: Wanted): Promise<void> {
    this.#wanted = wanted;
    if (wanted.q.trim() === "") {
      this.stop();
      this.answer = null;
      this.results = [];
      this.failure = null;
      return;
    }
    await this.#read(wanted, 0);
  }

  async next(): Promise<void> {
    if (this.#wanted && this.more) await this.#read(this.#wanted, this.results.length);
  }

  async again(): Promise<void> {
    if (this.#wanted) await this.want(this.#wanted);
  }

  stop(): void {
    this.#last?.abort();
    this.#last = null;
    clearTimeout(this.#again);
    this.busy = false;
  }

  async #read(wanted: Wanted, offset: number): Promise<void> {
    this.stop();
    const mine = new AbortController();
    this.#last = mine;
    this.busy = true;
    try {
      const answer = await this.#ask(wanted, offset, mine.signal);
      if (this.#last !== mine) return;
      this.answer = answer;
      this.results = offset === 0 ? answer.results : joined(this.results, answer.results);
      this.failure = null;
      if (answer.model.state === "loading") this.#again = setTimeout(() => void this.again(), AGAIN_MS);
    } catch (error) {
      if (this.#last !== mine) return;
      if (!(error instanceof Refused)) throw error;
      this.failure = error;
    } finally {
      if (this.#last === mine) this.busy = false;
    }
  }
}

/** The index may have changed between two pages: nothing is shown twice. */
function joined(shown: SearchResult[], next: SearchResult[]): SearchResult[] {
  const known = new Set(shown.map(({ id }) => id));
  return [...shown, ...next.filter(({ id }) => !known.has(id))];
}
