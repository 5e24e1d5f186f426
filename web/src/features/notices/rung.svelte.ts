/** A list of mine on a page: read anew whenever the bell rings, and when the network is back. */
import { Refused } from "$/api";
import { bell } from "./bell.svelte";

export class Rung<Row> {
  /** Null until the hub has said it. */
  rows = $state.raw<readonly Row[] | null>(null);
  failure = $state.raw<Refused | null>(null);
  readonly #ask: () => Promise<readonly Row[]>;

  constructor(ask: () => Promise<readonly Row[]>) {
    this.#ask = ask;
  }

  read = async (): Promise<void> => {
    try {
      this.rows = await this.#ask();
      this.failure = null;
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // no network: what was known stays
      this.failure = error;
    }
  };

  follow = (): (() => void) => {
    void this.read();
    const deaf = bell.onFresh(() => void this.read());
    addEventListener("online", this.read);
    return () => {
      deaf();
      removeEventListener("online", this.read);
    };
  };
}
