/**
 * A step that is asked of the hub: busy until it has answered, a refusal is said in words, and what can be taken back says so for ten seconds.
 * The one place where a screen waits for the hub: no second step is begun before the first has its answer.
 */
import { untrack } from "svelte";
import { Refused } from "$/api";
import { explain, t } from "$/i18n/index.svelte";
import { toast } from "$/ui";

export class Doing {
  #busy = $state(false);
  /** What was refused last, where it is said `here`: in the dialog that asked. Gone with the next step. */
  failure = $state.raw<Refused | null>(null);
  readonly #here: boolean;
  readonly #about: string | undefined;
  readonly #otherwise: (refused: Refused) => boolean;

  /**
   * `about`: of two ways back about one thing only the later is offered. `here`: a refusal is no word over the page, but `failure`.
   * `otherwise`: true where the screen has an answer of its own to this refusal.
   */
  constructor({ about, here = false, otherwise = () => false }: { about?: string; here?: boolean; otherwise?: (refused: Refused) => boolean } = {}) {
    this.#about = about;
    this.#here = here;
    this.#otherwise = otherwise;
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
    if (untrack(() => this.#busy)) return null;
    this.#busy = true;
    this.failure = null;
    try {
      return await what();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (this.#otherwise(error)) return null;
      if (this.#here) this.failure = error;
      else toast(explain(error), { tone: "bad" });
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
