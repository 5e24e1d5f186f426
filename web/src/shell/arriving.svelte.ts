/**
 * A part of the page that is fetched when it is first wanted. Where the hub cannot be reached it is asked for again by itself: when the network is
 * back, and now and then, for about half an hour; after that by a press. A part the hub has, but not this page's build of it, comes with a reload only.
 */
import { pauseAfter } from "$/ui/waiting";
import { askBuild, type Hub } from "./build";

/** So often it may fail though the hub answers, before the page says that it does not come. */
const PATIENCE = 3;

export class Arriving<Part> {
  part = $state.raw<Part | null>(null);
  /** Why it is not there; null while it is awaited for the first time. */
  trouble = $state<"away" | "newer" | "broken" | null>(null);
  asking = $state(false);

  readonly #load: () => Promise<{ default: Part }>;
  readonly #look: () => Promise<Hub>;
  #times = 0;
  #failed = 0;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(load: () => Promise<{ default: Part }>, look: () => Promise<Hub> = askBuild) {
    this.#load = load;
    this.#look = look;
  }

  start(): () => void {
    void this.ask();
    addEventListener("online", this.ask);
    return () => {
      this.#stopped = true;
      clearTimeout(this.#timer);
      removeEventListener("online", this.ask);
    };
  }

  /** By itself, and by a press. */
  ask = async (): Promise<void> => {
    if (this.asking || this.part !== null || this.#stopped) return;
    clearTimeout(this.#timer);
    this.asking = true;
    this.#times += 1;
    try {
      this.part = (await this.#load()).default;
      this.trouble = null;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      console.warn("a part of the page did not come", error.message);
      await this.#failure();
    } finally {
      this.asking = false;
    }
  };

  async #failure(): Promise<void> {
    const hub = await this.#look();
    this.#failed = hub === "same" ? this.#failed + 1 : 0;
    this.trouble = hub === "newer" ? "newer" : this.#failed >= PATIENCE ? "broken" : "away";
    const pause = pauseAfter(this.#times);
    if (this.trouble !== "away" || pause === null || this.#stopped) return;
    this.#timer = setTimeout(this.ask, pause);
  }
}
