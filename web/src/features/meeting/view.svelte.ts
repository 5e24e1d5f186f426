/**
 * Where in the meeting this reader is: following the meeting, or looking around. Following means the item and its document change by themselves.
 * The promise: somebody who reads or writes is never carried away. If the meeting moves on meanwhile, a pill offers the way back.
 */
import type { AgendaItem, MeetingDocument, Uuid } from "$/api/types";
import type { MeetingLine } from "$/live/meeting.svelte";

/** What the desk shows of an item: the item itself, or one of the documents. */
export type Sheet = { is: "overview" } | { is: "document"; document: MeetingDocument };

export class View {
  readonly #line: MeetingLine;
  #following = $state(true);
  #item = $state<Uuid | null>(null);
  /** A document chosen by hand, or the overview; null: the one that belongs to the item. */
  #chosen = $state<Uuid | "overview" | null>(null);

  readonly item = $derived.by<AgendaItem | null>(() => {
    const { items, currentItem } = this.#line;
    if (this.#following) return currentItem ?? items[0] ?? null;
    return items.find((one) => one.id === this.#item) ?? currentItem ?? items[0] ?? null;
  });
  readonly drafts = $derived.by(() => this.#line.documents.filter((one) => one.kind === "draft_resolution" && one.agenda_item_id === this.item?.id));
  readonly minutes = $derived.by(() => this.#line.documents.find((one) => one.kind === "minutes") ?? null);
  readonly sheet = $derived.by<Sheet>(() => {
    if (this.#chosen === "overview") return { is: "overview" };
    const document = this.#chosen ? this.#line.documents.find((one) => one.id === this.#chosen) : this.drafts[0];
    return document ? { is: "document", document } : { is: "overview" };
  });

  constructor(line: MeetingLine) {
    this.#line = line;
  }

  get following(): boolean {
    return this.#following;
  }

  /** There is something else going on than what is shown. */
  get away(): boolean {
    const current = this.#line.currentItem;
    if (current === null) return false;
    if (!this.#following) return current.id !== this.item?.id;
    const of = this.sheet.is === "document" ? this.sheet.document.agenda_item_id : null;
    return of !== null && of !== current.id; // a draft opened before the meeting moved on
  }

  follow(): void {
    this.#following = true;
    this.#item = null;
    this.#chosen = null;
  }

  lookAround(): void {
    this.#item = this.item?.id ?? null;
    this.#following = false;
  }

  showItem(id: Uuid): void {
    if (id === this.#line.currentItem?.id) return this.follow();
    this.#following = false;
    this.#item = id;
    this.#chosen = null;
  }

  showOverview(): void {
    this.#chosen = "overview";
  }

  showDocument(id: Uuid): void {
    const document = this.#line.documents.find((one) => one.id === id);
    if (!document) return;
    const item = document.agenda_item_id;
    if (item !== null && item !== this.item?.id) this.showItem(item);
    this.#chosen = id;
  }

  /** The meeting moved from one item to another while this reader was busy with what is shown. */
  stay(with_item: Uuid | null): void {
    this.#following = false;
    this.#item = with_item;
  }
}
