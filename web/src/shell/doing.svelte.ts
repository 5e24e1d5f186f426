/** A step that is asked of the hub: busy until it has answered, a refusal is said in words, and what can be taken back says so for ten seconds. */
import { Refused } from "$/api";
import { explain, t } from "$/i18n/index.svelte";
import { toast } from "$/ui";

export class Doing {
  #busy = $state(false);
  /** Of two ways back about one thing only the later is offered. */
  readonly #about: string | undefined;

  constructor(about?: string) {
    this.#about = about;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** It was done. */
  async done(what: () => Promise<unknown>): Promise<boolean> {
    return (await this.try(() => what().then(() => true))) === true;
  }

  /** What the hub answered; null where it refused, or another step is under way. */
  async try<Answer>(what: () => Promise<Answer>): Promise<Answer | null> {
    if (this.#busy) return null;
    this.#busy = true;
    try {
      return await what();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      toast(explain(error), { tone: "bad" });
      return null;
    } finally {
      this.#busy = false;
    }
  }

  /** As `try`; afterwards `said` with the way back. */
  async undoable<Answer>(what: () => Promise<Answer>, said: string, back: (answer: Answer) => Promise<unknown>): Promise<void> {
    let done = false;
    const answer = await this.try(async () => {
      const answered = await what();
      done = true;
      return answered;
    });
    if (!done) return;
    toast(said, { ...(this.#about === undefined ? {} : { about: this.#about }), action: { label: t("meeting.undo"), do: () => void this.try(() => back(answer as Answer)) } });
  }
}
