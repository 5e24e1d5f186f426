/** The agenda of a meeting as a screen uses it: the shared document once it is there, what the hub listed until then. */
import type { AgendaItem, MeetingDocument, Uuid } from "$/api/types";
import { openDocument, type LiveDocument } from "$/documents/live.svelte";
import { session } from "$/shell/session.svelte";
import { agendaOf, readItems, type Item } from "./items";

export class SharedAgenda {
  #items = $state.raw<readonly Item[] | null>(null);
  readonly live: LiveDocument;
  readonly #leave: () => void;
  readonly #map;
  readonly #read = (): void => {
    // An empty document that has not been heard of from the hub is no agenda yet.
    if (this.#map.size > 0 || this.live.status.is === "saved" || this.live.status.is === "saving") this.#items = readItems(this.#map);
  };

  constructor(document: MeetingDocument) {
    const { id, name } = session.mine;
    [this.live, this.#leave] = openDocument(document.id, { user: { id, name }, mayWrite: document.my_right === "write", keep: true });
    this.#map = agendaOf(this.live.doc);
    this.#map.observeDeep(this.#read);
    this.#read();
  }

  get map(): ReturnType<typeof agendaOf> {
    return this.#map;
  }

  /** Null until the shared document has been read. */
  get items(): readonly Item[] | null {
    return this.#items;
  }

  close(): void {
    this.#map.unobserveDeep(this.#read);
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
