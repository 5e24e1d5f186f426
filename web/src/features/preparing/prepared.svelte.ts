/** What my unit prepares for meetings to come, read anew whenever the bell rings. */
import { Refused } from "$/api";
import { bell } from "../notices/bell.svelte";
import { readPrepared, type PreparedItem } from "./api";

export class Prepared {
  /** Null until the hub has said it. */
  items = $state.raw<readonly PreparedItem[] | null>(null);
  failure = $state.raw<Refused | null>(null);

  read = async (): Promise<void> => {
    try {
      this.items = await readPrepared();
      this.failure = null;
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // no network: what was known stays
      this.failure = error;
    }
  };

  follow(): () => void {
    void this.read();
    return bell.onFresh(() => void this.read());
  }
}
