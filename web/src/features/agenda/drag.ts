/**
 * Dragging a row of a list by a handle, with mouse, pen and finger alike (the browser's own drag and drop knows no finger).
 * Nothing moves while one drags: a line shows where the row would go. Escape, or a second finger, leaves all as it was.
 */
import type { Attachment } from "svelte/attachments";

export interface Dragging {
  /** The list whose children are the rows. */
  list: () => HTMLElement | undefined;
  index: () => number;
  /** Where the row would go among the others, or null when the drag ended without a place. */
  onover: (index: number | null) => void;
  ondrop: (index: number) => void;
}

const EDGE_PX = 56;
const SCROLL_PX = 12;

export function handle(dragging: Dragging): Attachment<HTMLElement> {
  return (element) => {
    let over: number | null = null;

    const end = (drop: boolean): void => {
      element.removeEventListener("pointermove", move);
      removeEventListener("keydown", key, true);
      const to = over;
      over = null;
      dragging.onover(null);
      if (drop && to !== null) dragging.ondrop(to);
    };
    const move = (event: PointerEvent): void => {
      const list = dragging.list();
      if (!list) return;
      scrollNear(list, event.clientY);
      const next = placeAt(list, dragging.index(), event.clientY);
      if (next !== over) dragging.onover((over = next));
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      end(false);
    };
    const down = (event: PointerEvent): void => {
      if (event.button !== 0 || !event.isPrimary) return end(false);
      event.preventDefault();
      element.setPointerCapture(event.pointerId);
      element.addEventListener("pointermove", move);
      addEventListener("keydown", key, true);
    };
    const up = (): void => end(true);
    const cancel = (): void => end(false);

    element.addEventListener("pointerdown", down);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", cancel);
    return () => {
      end(false);
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", cancel);
    };
  };
}

/** The index the row would have, counted without it. */
function placeAt(list: HTMLElement, from: number, y: number): number {
  const rows = [...list.children];
  const passed = rows.filter((row, index) => {
    const { top, height } = row.getBoundingClientRect();
    return index !== from && y > top + height / 2;
  });
  return passed.length;
}

function scrollNear(list: HTMLElement, y: number): void {
  let box: HTMLElement | null = list;
  while (box && box.scrollHeight <= box.clientHeight) box = box.parentElement;
  if (!box) return;
  const { top, bottom } = box === document.documentElement ? { top: 0, bottom: innerHeight } : box.getBoundingClientRect();
  if (y < top + EDGE_PX) box.scrollBy(0, -SCROLL_PX);
  else if (y > bottom - EDGE_PX) box.scrollBy(0, SCROLL_PX);
}
