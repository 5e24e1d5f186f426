/** Something with pages to read: a PDF that is drawn, or a text whose pages are only words. */
import type { PaperText } from "../hub";

export interface Book {
  readonly count: number;
  /** Pages can be drawn; else only their words are there. */
  readonly drawn: boolean;
  /** Width and height of a page in points. */
  size(page: number): Promise<{ width: number; height: number }>;
  paragraphs(page: number): Promise<string[]>;
  /** Draws a page as wide as this, and lays its words over it to be selected. Stops when the signal says so. */
  draw(page: number, canvas: HTMLCanvasElement, words: HTMLElement | null, width: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Why a book does not open: it has a password, is broken, or did not come. */
export class Unreadable extends Error {
  constructor(readonly why: "locked" | "broken") {
    super(why);
  }
}

export class TextBook implements Book {
  readonly drawn = false;
  readonly #pages: string[];

  constructor(text: PaperText) {
    this.#pages = text.pages.map((page) => page.text);
  }

  get count(): number {
    return this.#pages.length;
  }

  size(): Promise<{ width: number; height: number }> {
    return Promise.resolve({ width: 595, height: 842 });
  }

  paragraphs(page: number): Promise<string[]> {
    return Promise.resolve((this.#pages[page - 1] ?? "").split(/\n+/).filter((line) => line.trim() !== ""));
  }

  draw(): Promise<void> {
    return Promise.reject(new Error("a text has no drawing"));
  }

  close(): void {}
}
