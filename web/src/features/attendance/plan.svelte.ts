/** The seat plan of the room a meeting is held in. A room without one, or whose plan may not be read here, has no rows: then the seats' own names place people. */
import { Refused } from "$/api";
import type { Uuid } from "$/api/types";
import { readSeats } from "../catalogues/api";

export class DrawnPlan {
  #rows = $state.raw<readonly (readonly string[])[]>([]);

  constructor(room: () => Uuid | null) {
    const wanted = $derived(room());
    $effect(() => {
      const id = wanted;
      let gone = false;
      this.#rows = [];
      if (id === null) return;
      readSeats(id).then(
        (found) => {
          if (!gone) this.#rows = found.rows;
        },
        (error: unknown) => {
          if (!(error instanceof Refused)) throw error;
        },
      );
      return () => {
        gone = true;
      };
    });
  }

  get rows(): readonly (readonly string[])[] {
    return this.#rows;
  }
}
