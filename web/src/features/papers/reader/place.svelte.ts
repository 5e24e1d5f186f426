/** Where one is in a book and how large it is shown. A change of size keeps the page one is at. */
import { tick } from "svelte";
import type { Book } from "./book";

const LETTERS = [16, 18, 20, 22, 24] as const;
const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4] as const;
const LARGE = "phien.reader.large";

export class Place {
  page = $state(1);
  zoom = $state(1);
  /** As paragraphs in large letters, where the book is drawn. */
  large = $state(false);
  letters = $state(18);
  /** What the pages scroll in. */
  scroller = $state<HTMLElement>();

  readonly #book: () => Book | null;
  readonly #at: (page: number) => void;

  constructor(first: number, phone: boolean, book: () => Book | null, at: (page: number) => void) {
    this.page = first;
    this.large = phone && localStorage.getItem(LARGE) === "1";
    this.#book = book;
    this.#at = at;
  }

  get asText(): boolean {
    return this.large || this.#book()?.drawn === false;
  }

  go(to: number): void {
    const number = Math.min(Math.max(1, to), this.#book()?.count ?? 1);
    this.page = number;
    this.scroller?.querySelector(`[data-page="${number}"]`)?.scrollIntoView({ block: "start", behavior: "instant" });
    this.#at(number);
  }

  /** The page a reader is at is the one across the upper third of the view. */
  scrolled(): void {
    if (!this.scroller || !this.#book()) return;
    const line = this.scroller.getBoundingClientRect().top + this.scroller.clientHeight / 3;
    let at = this.page;
    for (const sheet of this.scroller.querySelectorAll<HTMLElement>("[data-page]")) {
      const { top, bottom } = sheet.getBoundingClientRect();
      if (top <= line && bottom > line) at = Number(sheet.dataset.page);
    }
    if (at !== this.page) {
      this.page = at;
      this.#at(at);
    }
  }

  async keep(change: () => void): Promise<void> {
    const at = this.page;
    change();
    await tick();
    this.go(at);
  }

  setLarge(next: boolean): void {
    localStorage.setItem(LARGE, next ? "1" : "0");
    void this.keep(() => (this.large = next));
  }

  /** Letters where it is read as text, else the pages. */
  resize(by: 1 | -1): void {
    void this.keep(() => (this.asText ? (this.letters = step(LETTERS, this.letters, by)) : (this.zoom = step(ZOOMS, this.zoom, by))));
  }
}

function step<Of extends number>(all: readonly Of[], now: number, by: 1 | -1): number {
  const at = all.findIndex((one) => one >= now - 0.01);
  return all[Math.min(all.length - 1, Math.max(0, (at < 0 ? all.length - 1 : at) + by))] ?? now;
}
