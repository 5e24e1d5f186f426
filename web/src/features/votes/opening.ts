/** Which vote was opened from this screen: its console is brought into sight here, and nobody else's page moves. */
import type { Uuid } from "$/api/types";

let here: Uuid | null = null;

/** Before it is asked: the event may come before the answer. */
export function openHere(vote: Uuid): void {
  here = vote;
}

export const isOpenedHere = (vote: Uuid): boolean => here === vote;
