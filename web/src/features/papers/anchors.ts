/**
 * A passage found in a text again. Two programs that read one page disagree on spaces and line ends, so letters alone are compared,
 * as the hub does in hub/papers/anchors.py.
 */

interface Letters {
  said: string;
  /** Of each letter: where it begins in the text it came from. */
  at: number[];
  text: string;
}

const UNSEEN = /[\s\p{Cf}\p{Cc}]/u;

function lettersOf(text: string): Letters {
  let said = "";
  const at: number[] = [];
  let place = 0;
  for (const [cluster] of text.matchAll(/.\p{M}*/gsu)) {
    for (const letter of cluster.normalize("NFKC").toLowerCase()) {
      if (!UNSEEN.test(letter)) {
        for (let unit = 0; unit < letter.length; unit += 1) at.push(place);
        said += letter;
      }
    }
    place += cluster.length;
  }
  return { said, at, text };
}

function span({ at, text }: Letters, from: number, to: number): [number, number] {
  const start = at[from] ?? 0;
  const last = at[to - 1] ?? start;
  const end = at.slice(to).find((place) => place > last) ?? text.length;
  return [start, text.slice(start, end).trimEnd().length + start];
}

/** Where the quote stands in the text, from and to; where more than once, the place whose surroundings fit best. */
export function findQuote(text: string, quote: string, before = "", after = ""): [number, number] | null {
  const where = lettersOf(text);
  const wanted = lettersOf(quote).said;
  if (wanted === "") return null;
  const left = lettersOf(before).said;
  const right = lettersOf(after).said;
  let best: { from: number; fits: number } | null = null;
  for (let from = where.said.indexOf(wanted); from >= 0; from = where.said.indexOf(wanted, from + 1)) {
    const fits = shared(reversed(left), reversed(where.said.slice(Math.max(0, from - left.length), from))) + shared(right, where.said.slice(from + wanted.length));
    if (!best || fits > best.fits) best = { from, fits };
  }
  return best ? span(where, best.from, best.from + wanted.length) : null;
}

/** Every place of some words, with or without their diacritics: "ngan sach" finds "ngân sách". */
export function findAll(text: string, words: string, most = 500): [number, number][] {
  const exact = everywhere(lettersOf(text), lettersOf(words).said, most);
  if (exact.length > 0 || words !== plain(words)) return exact;
  return everywhere(lettersOf(plain(text)), lettersOf(words).said, most);
}

function everywhere(where: Letters, wanted: string, most: number): [number, number][] {
  const found: [number, number][] = [];
  if (wanted === "") return found;
  for (let from = where.said.indexOf(wanted); from >= 0 && found.length < most; from = where.said.indexOf(wanted, from + wanted.length)) found.push(span(where, from, from + wanted.length));
  return found;
}

/** Without diacritics and of the same length, letter by letter, so that places stay places. */
function plain(text: string): string {
  return [...text.normalize("NFC")].map((letter) => (letter === "đ" ? "d" : letter === "Đ" ? "D" : [...letter.normalize("NFD")][0]!)).join("");
}

function shared(one: string, other: string): number {
  let length = 0;
  while (length < one.length && length < other.length && one[length] === other[length]) length += 1;
  return length;
}

const reversed = (text: string): string => [...text].reverse().join("");

/** The places of some letters of an element's text, in the page: a Range. */
export function rangeIn(element: Element, from: number, to: number): Range | null {
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let place = 0;
  let begun = false;
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const length = node.nodeValue?.length ?? 0;
    if (!begun && place + length > from) {
      range.setStart(node, from - place);
      begun = true;
    }
    if (begun && place + length >= to) {
      range.setEnd(node, to - place);
      return range;
    }
    place += length;
  }
  return null;
}

const AROUND = 60;

/** What was selected in an element, with what stands around it; null where nothing of it is selected. */
export function quoteOf(element: Element, selected: Range): { quote: string; before: string; after: string } | null {
  const inside = document.createRange();
  inside.selectNodeContents(element);
  if (selected.compareBoundaryPoints(Range.END_TO_START, inside) >= 0 || selected.compareBoundaryPoints(Range.START_TO_END, inside) <= 0) return null;
  const part = selected.cloneRange();
  if (part.compareBoundaryPoints(Range.START_TO_START, inside) < 0) part.setStart(inside.startContainer, inside.startOffset);
  if (part.compareBoundaryPoints(Range.END_TO_END, inside) > 0) part.setEnd(inside.endContainer, inside.endOffset);
  const quote = part.toString().trim();
  if (quote === "") return null;
  const ahead = inside.cloneRange();
  ahead.setEnd(part.startContainer, part.startOffset);
  const behind = inside.cloneRange();
  behind.setStart(part.endContainer, part.endOffset);
  return { quote: quote.slice(0, 2000), before: ahead.toString().slice(-AROUND), after: behind.toString().slice(0, AROUND) };
}
