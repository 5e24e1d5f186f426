/** The words a person has selected on a page, as a note begins with them. */
import { quoteOf } from "../anchors";
import type { NewNote } from "../hub";

export function selectedIn(scroller: HTMLElement, number: number): NewNote | null {
  const selection = document.getSelection();
  const range = selection && selection.rangeCount > 0 && !selection.isCollapsed ? selection.getRangeAt(0) : null;
  if (!range || !scroller.contains(range.commonAncestorContainer)) return null;
  for (const words of scroller.querySelectorAll("[data-words]")) {
    const quote = range.intersectsNode(words) ? quoteOf(words, range) : null;
    const page = Number(words.closest<HTMLElement>("[data-page]")?.dataset.page);
    if (quote && page) return { number, page, text: "", colour: "amber", ...quote };
  }
  return null;
}
