/** The agenda of a meeting as a screen uses it: the shared document once it is there, what the hub listed until then. */
import type { AgendaItem, MeetingDocument, Uuid } from "$/api/types";
import { openDocument, type LiveDocument } from "$/documents/live.svelte";
import { mayKeep } from "$/kept";
import { session } from "$/shell/session.svelte";
import { agendaOf, readItems, type Item, type Items } from "./items";

export class SharedAgenda {
  readonly live: LiveDocument;
  readonly map: Items;
  #edits = $state(0);
  readonly #leave: () => void;
  readonly #edited = (): void => {
    this.#edits += 1;
  };
  /** Null until the shared document is here: what is not known cannot be moved. */
  readonly items = $derived.by<readonly Item[] | null>(() => {
    void this.#edits;
    return this.live.filled ? readItems(this.map) : null;
  });

  constructor(document: MeetingDocument) {
    const { id, name } = session.mine;
    [this.live, this.#leave] = openDocument(document.id, { user: { id, name }, mayWrite: document.my_right === "write", keep: mayKeep() });
    this.map = agendaOf(this.live.doc);
    this.map.observeDeep(this.#edited);
  }

  close(): void {
    this.map.unobserveDeep(this.#edited);
    this.#leave();
  }
}

export function listed(items: readonly AgendaItem[]): Item[] {
  return items.map(({ id, position, title, presenter, minutes, kind }) => ({ id, position, title, presenter, minutes, kind }));
}

/** What the shared document does not carry because it is not anybody's to edit. */
export function secrecyOf(items: readonly AgendaItem[], id: Uuid): AgendaItem["secrecy"] {
  return items.find((item) => item.id === id)?.secrecy ?? "none";
}
