/**
 * Finds a passage in the text on the screen, brings it into view and marks it without touching the page: the editor owns
 * its nodes, so the mark is a range of the CSS highlight registry, and where a browser has none the place is only scrolled to.
 */

const SHEET = "[data-sheet]";
const TEXT = ".ProseMirror";
const PATIENCE_MS = 15_000;
/** So many letters of the passage must stand in one block for it to be the place. */
const BEGINNING = 48;
const NAME = "found-passage";

export const folded = (text: string): string => text.normalize("NFC").replace(/\s+/g, " ").trim().toLowerCase();

/** The first block whose words begin the passage, or which the passage begins inside of. */
export function blockOf(blocks: readonly { textContent: string | null }[], passage: string): number {
  const wanted = folded(passage);
  const beginning = wanted.slice(0, BEGINNING);
  return blocks.findIndex((block) => {
    const words = folded(block.textContent ?? "");
    return words !== "" && (words.includes(beginning) || (words.length >= 12 && wanted.startsWith(words)));
  });
}

/** Waits for the editor, shows the place once, and returns how to take the mark away. */
export function showPlace(passage: string): () => void {
  let range: Range | null = null;
  const look = (): boolean => {
    const text = document.querySelector(`${SHEET} ${TEXT}`);
    if (!text) return false;
    const blocks = [...text.querySelectorAll("p, h1, h2, h3, td, th, li > p")];
    const block = blocks[blockOf(blocks, passage)];
    if (!block) return false;
    block.scrollIntoView({ block: "center" });
    range = document.createRange();
    range.selectNodeContents(block);
    if (typeof CSS !== "undefined" && "highlights" in CSS) CSS.highlights.set(NAME, new Highlight(range));
    return true;
  };
  const forget = (): void => {
    watch.disconnect();
    clearTimeout(late);
    if (typeof CSS !== "undefined" && "highlights" in CSS) CSS.highlights.delete(NAME);
    range = null;
  };
  const watch = new MutationObserver(() => {
    if (look()) watch.disconnect();
  });
  const late = setTimeout(() => watch.disconnect(), PATIENCE_MS);
  if (!look()) watch.observe(document.body, { childList: true, subtree: true, characterData: true });
  return forget;
}
