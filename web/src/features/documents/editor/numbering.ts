/**
 * The numbers of Điều, khoản and điểm. They are counted from the order of the paragraphs and never written in the text: an
 * article put in between renumbers all that follow, in every browser, without an edit that could meet somebody else's.
 */

export const PARTS = ["article", "clause", "point", "ground"] as const;
export type Part = (typeof PARTS)[number];

export function partOf(value: unknown): Part | null {
  return PARTS.find((part) => part === value) ?? null;
}

/** What numbering needs to know of a block: its part, or the level of a heading. */
export type Block = Part | 1 | 2 | 3 | null;

/** The law's alphabet for điểm: "đ" follows "d", and there is no f, j, w, z. */
const LETTERS = Array.from("abcdđeghiklmnopqrstuvxy");

export function letterOf(number: number): string {
  const rest = Math.floor((number - 1) / LETTERS.length);
  return (rest > 0 ? letterOf(rest) : "") + LETTERS[(number - 1) % LETTERS.length]!;
}

/** Where a block stands: in which text of the document, in which article, clause and point (0: in none). */
export interface Place {
  text: number;
  article: number;
  clause: number;
  point: number;
}

/** Articles are counted through the whole text, clauses within their article, points within their clause. */
export class Counter {
  #text = 0;
  /** Of an article: a heading ends it. */
  #inside = false;
  #article = 0;
  #clause = 0;
  #point = 0;

  /** The label a block has here, or null for one that has none. */
  next(block: Block): string | null {
    switch (block) {
      case "article":
        this.#clause = this.#point = 0;
        this.#inside = true;
        return `Điều ${(this.#article += 1)}.`;
      case "clause":
        this.#point = 0;
        return `${(this.#clause += 1)}.`;
      case "point":
        return `${letterOf((this.#point += 1))})`;
      case 1: // another text begins, such as the regulation that a resolution issues
        this.#text += 1;
        this.#article = this.#clause = this.#point = 0;
        this.#inside = false;
        return null;
      case 2:
      case 3:
        this.#clause = this.#point = 0;
        this.#inside = false;
        return null;
      case "ground":
      case null:
        return null;
    }
  }

  /** What `next` would say, without saying it. */
  peek(block: Block): string | null {
    const copy = new Counter();
    [copy.#article, copy.#clause, copy.#point] = [this.#article, this.#clause, this.#point];
    return copy.next(block);
  }

  get place(): Place {
    return { text: this.#text, article: this.#inside ? this.#article : 0, clause: this.#clause, point: this.#point };
  }
}

/** How a reference reads whose part is no more. It is the document's language, not the screen's. */
export const GONE = "(điều đã bỏ)";

/** As drafters write it: in full from elsewhere, "Điều này" and "khoản này" from inside. */
export function referenceWords(target: Place | null, here: Place): string {
  if (target === null) return GONE;
  const inside = target.article > 0 && target.text === here.text && target.article === here.article;
  const words = target.point > 0 ? [`điểm ${letterOf(target.point)}`] : [];
  if (target.clause > 0 && inside && target.clause === here.clause) return [...words, "khoản này"].join(" ");
  if (target.clause > 0) words.push(`khoản ${target.clause}`);
  if (target.article > 0) words.push(inside ? "Điều này" : `Điều ${target.article}`);
  return words.join(" ");
}

export function labels(blocks: readonly Block[]): (string | null)[] {
  const counter = new Counter();
  return blocks.map((block) => counter.next(block));
}

export interface Written {
  part: Exclude<Part, "ground">;
  /** The label in the form `Counter` gives it. */
  label: string;
  /** How much of the text it takes, the space after it included. */
  length: number;
}

const FORMS: readonly [Written["part"], RegExp, (found: string) => string][] = [
  ["article", /^\s*(?:Điều|ĐIỀU)\s+(\d{1,3})\s*[.:]?\s+/u, (number) => `Điều ${Number(number)}.`],
  ["clause", /^\s*(\d{1,3})\s*[.)]\s+/u, (number) => `${Number(number)}.`],
  ["point", /^\s*([a-zđ]{1,2})\s*[)]\s+/u, (letter) => `${letter})`],
];

/** The number that somebody wrote by hand at the beginning of a paragraph. */
export function writtenLabel(text: string): Written | null {
  for (const [part, form, label] of FORMS) {
    const found = form.exec(text);
    if (found) return { part, label: label(found[1]!), length: found[0].length };
  }
  return null;
}
