/** Words looked for in a book, page after page: a newer question ends an older one. */
import { findAll } from "../anchors";
import type { Book } from "./book";

export class Finding {
  open = $state(false);
  query = $state("");
  /** The page of each place. */
  found = $state.raw<readonly number[]>([]);
  at = $state(0);
  searching = $state(false);
  #asked = 0;

  readonly #book: () => Book | null;
  readonly #go: (page: number) => void;

  constructor(book: () => Book | null, go: (page: number) => void) {
    this.#book = book;
    this.#go = go;
  }

  async find(): Promise<void> {
    const mine = ++this.#asked;
    const [book, wanted] = [this.#book(), this.query.trim()];
    this.found = [];
    this.at = 0;
    if (!book || wanted.length < 2) return;
    this.searching = true;
    const hits: number[] = [];
    for (let number = 1; number <= book.count && mine === this.#asked; number += 1) {
      const text = (await book.paragraphs(number)).join("\n");
      const places = findAll(text, wanted, 100).length;
      if (places === 0 || mine !== this.#asked) continue;
      for (let n = 0; n < places; n += 1) hits.push(number);
      if (this.found.length === 0) this.#go(number);
      this.found = [...hits];
    }
    if (mine === this.#asked) this.searching = false;
  }

  next(by: 1 | -1): void {
    if (this.found.length === 0) return;
    this.at = (this.at + by + this.found.length) % this.found.length;
    this.#go(this.found[this.at]!);
  }

  close(): void {
    this.open = false;
    this.query = "";
    this.#asked += 1;
    this.found = [];
    this.searching = false;
  }
}
