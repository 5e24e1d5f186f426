/**
 * One person's way through one vote: choosing, confirming, sending, done. Nothing is sent before "Gửi phiếu", and what was not sent
 * says so in words and waits for a press: a vote is never queued silently.
 */
import { NO_NETWORK, Refused, TOO_SLOW } from "$/api";
import type { MyBallot, Vote } from "$/api/types";
import type { MeetingLine } from "$/live/meeting.svelte";
import * as hub from "./hub";
import * as secret from "./secret";

export type Step = "choosing" | "confirming" | "sending" | "unsent" | "done";

export class Casting {
  readonly #line: MeetingLine;
  readonly #id: string;
  #step = $state<Step>("choosing");
  #choice = $state.raw<string[]>([]);
  #failure = $state.raw<Refused | null>(null);
  #badKey = $state(false);
  #sealing = $state<"sealing" | "waiting" | null>(null);
  #receipt = $state<string | null>(null);
  remark = $state("");

  constructor(line: MeetingLine, vote: Vote) {
    this.#line = line;
    this.#id = vote.id;
    if (vote.my_ballot) {
      this.#choice = vote.my_ballot.choice;
      this.remark = vote.my_ballot.remark ?? "";
      this.#step = "done";
    }
    if (vote.secrecy === "secret") {
      this.#receipt = secret.receiptOf(vote.id);
      if (this.#receipt) this.#step = "done";
      else if (secret.isBegun(vote.id) && vote.state === "open") void this.#sendSecretly(null);
    }
  }

  get step(): Step {
    return this.#step;
  }
  get choice(): readonly string[] {
    return this.#choice;
  }
  get failure(): Refused | null {
    return this.#failure;
  }
  get badKey(): boolean {
    return this.#badKey;
  }
  /** Nobody knows whether it arrived: it may have. */
  get unsure(): boolean {
    return this.#failure !== null && [NO_NETWORK, TOO_SLOW, "ballot-unsure", "hub-away"].includes(this.#failure.code);
  }
  get sealing(): "sealing" | "waiting" | null {
    return this.#sealing;
  }
  /** Of a secret paper; that of an open ballot is in the vote. */
  get receipt(): string | null {
    return this.#receipt;
  }
  get vote(): Vote | null {
    return this.#line.votes.find((one) => one.id === this.#id) ?? null;
  }

  choose(choice: string[]): void {
    this.#choice = choice;
    this.#failure = null;
    this.#step = "confirming";
  }

  again(): void {
    this.#failure = null;
    this.#step = "choosing";
  }

  async send(): Promise<void> {
    const { vote } = this;
    if (!vote || this.#step === "sending") return;
    if (vote.secrecy === "secret") return this.#sendSecretly([...this.#choice]);
    this.#begin();
    try {
      const mine = await hub.cast(this.#id, [...this.#choice], this.#choice[0] === "other" ? this.remark.trim() : null);
      this.#keep(mine);
    } catch (error) {
      await this.#fail(error);
    }
  }

  #begin(): void {
    this.#step = "sending";
    this.#failure = null;
    this.#badKey = false;
  }

  async #sendSecretly(choice: string[] | null): Promise<void> {
    const { vote } = this;
    this.#begin();
    if (!vote) return;
    try {
      this.#receipt = await secret.vote(vote, choice, vote.key_hash, (step) => (this.#sealing = step));
      this.#line.keepBallot(this.#id, { i_was_issued: true });
      this.#step = "done";
    } catch (error) {
      if (error instanceof secret.BadKey) {
        this.#badKey = true;
        this.#step = "unsent";
      } else await this.#fail(error);
    } finally {
      this.#sealing = null;
    }
  }

  #keep(mine: MyBallot): void {
    this.#line.keepBallot(this.#id, { my_ballot: mine });
    this.#choice = mine.choice;
    this.#step = "done";
  }

  async #fail(error: unknown): Promise<void> {
    if (!(error instanceof Refused)) throw error;
    this.#failure = error;
    this.#step = "unsent";
    if (error.code !== "already-voted") return;
    // Another device was faster: what counts is what the hub has.
    try {
      const { my_ballot } = await hub.read(this.#id);
      if (my_ballot) this.#keep(my_ballot);
    } catch (again) {
      if (!(again instanceof Refused)) throw again;
    }
  }
}
