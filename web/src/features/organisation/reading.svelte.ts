/** One list of the hub: read, read again after a change, with what went wrong in words. */
import { untrack } from "svelte";
import { Refused } from "$/api";
import { explain } from "$/i18n/index.svelte";
import { toast } from "$/ui";

const PAUSE_MS = 250;

export class Reading<Row> {
  rows = $state.raw<Row[] | null>(null);
  failure = $state.raw<Refused | null>(null);
  busy = $state(false);
  readonly #ask: () => Promise<Row[]>;
  #turn = 0;

  constructor(ask: () => Promise<Row[]>) {
    this.#ask = ask;
  }

  /** Of two answers the later question's counts. */
  read = async (): Promise<void> => {
    const turn = (this.#turn += 1);
    try {
      const found = await this.#ask();
      if (turn === this.#turn) [this.rows, this.failure] = [found, null];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (turn === this.#turn) this.failure = error;
    }
  };

  /** For an effect that names what the question is made of: the first is asked at once, a later one when nobody has typed for a moment. */
  soon(): () => void {
    const timer = setTimeout(this.read, untrack(() => this.rows) === null ? 0 : PAUSE_MS);
    return () => clearTimeout(timer);
  }

  /** Does it, says what came of it, and reads the list again. True where it was done. */
  async change(what: () => Promise<unknown>, done = ""): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    try {
      await what();
      if (done) toast(done, { tone: "ok" });
      await this.read();
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      toast(explain(error), { tone: "bad" });
      return false;
    } finally {
      this.busy = false;
    }
  }
}
