/**
 * What may truthfully be said about somebody's edits. "Saved" is said only when the hub told that everything sent on the
 * present connection is committed; what was sent on a connection that broke counts as unsaved until it is told again.
 */

/** Why the hub will not have us: each is another sentence on the screen, and only a person can end it. */
export type Refusal = "signed-out" | "forbidden" | "missing" | "broken-frame" | "read-only" | "not-a-suggestion" | "damaged";

export type Status =
  /** Nothing to show yet: neither from this device nor from the hub. */
  | { is: "loading" }
  | { is: "saved" }
  | { is: "saving" }
  /** The line is there and the hub has confirmed nothing for longer than a moment; one may go on writing. */
  | { is: "unsaved" }
  /** The line is away for longer than a moment; one may go on writing. */
  | { is: "offline"; unsaved: boolean }
  /** `noticed`: when the hub found the log damaged. */
  | { is: "refused"; why: Refusal; unsaved: boolean; noticed?: string };

/** A line away for less than this changes no sign on the screen: a tunnel, a hub that restarts. */
export const GRACE_MS = 5_000;

export class Ledger {
  #unsaved: boolean;
  #sent = 0;
  #committed = 0;
  #speaking = false;

  /** `unsaved`: an earlier page left edits on this device that the hub never confirmed. */
  constructor(unsaved = false) {
    this.#unsaved = unsaved;
  }

  get unsaved(): boolean {
    return this.#unsaved;
  }

  edited(): void {
    this.#unsaved = true;
  }

  /** The hub asked what it lacks and we answered: from here on this connection's frames carry all we have. */
  answered(): void {
    this.#speaking = true;
    this.#sent += 1;
  }

  frameSent(): void {
    this.#sent += 1;
  }

  /** The first `frames` frames of this connection are in the log. True when with them everything has become safe. */
  committed(frames: number): boolean {
    this.#committed = Math.max(this.#committed, Math.min(frames, this.#sent));
    const safe = this.#unsaved && this.#speaking && this.#committed >= this.#sent;
    if (safe) this.#unsaved = false;
    return safe;
  }

  /** The next connection counts from nothing; what was not confirmed stays unsaved. */
  lineLost(): void {
    this.#sent = 0;
    this.#committed = 0;
    this.#speaking = false;
  }
}

export interface Known {
  /** There is something to show: the copy on this device has been read and is not empty, or the hub has sent its own. */
  readonly filled: boolean;
  /** The hub has sent all it had on the present connection. */
  readonly synced: boolean;
  /** For how long the line has been away; 0 while it is there. */
  readonly away_ms: number;
  readonly refusal: Refusal | null;
  readonly noticed?: string;
  readonly unsaved: boolean;
  /** For how long something sent has waited without the hub confirming anything. */
  readonly unconfirmed_ms: number;
}

export function statusOf(known: Known): Status {
  const { unsaved } = known;
  if (known.refusal !== null) return { is: "refused", why: known.refusal, unsaved, ...(known.noticed ? { noticed: known.noticed } : {}) };
  if (!known.synced && known.away_ms >= GRACE_MS) return { is: "offline", unsaved };
  if (!known.filled) return { is: "loading" };
  if (!unsaved) return { is: "saved" };
  return { is: known.synced && known.unconfirmed_ms >= GRACE_MS ? "unsaved" : "saving" };
}
