/**
 * What changed between two agendas, item by item, and who wrote what stands there: an item's fields are written one by one, and
 * Yjs knows the client of each.
 */
import { diffArrays } from "diff";
import * as Y from "yjs";
import { agendaOf, readItems, type Fields, type Item } from "../agenda/items";

/** The Yjs clients that wrote an item's fields last; `removed` also says who added it or brought it back. */
type Clients = Partial<Record<keyof Item | "removed", number>>;

export interface AgendaRead {
  items: readonly Item[];
  clients: ReadonlyMap<string, Clients>;
}

/** Of a field that is another now. */
export interface Differs<Field extends keyof Fields = keyof Fields> {
  field: Field;
  before: Fields[Field];
  after: Fields[Field];
}

/** An item of the later agenda, or one that is not in it any more, where it stood. */
export interface Row {
  is: "same" | "added" | "removed" | "changed";
  item: Item;
  /** In the later agenda; of an item that is gone in the earlier one. */
  number: number;
  /** The place it was moved from. */
  from: number | null;
  differs: readonly Differs[];
  /** Who did it, as far as it is known: nobody is named for an item that was wiped out of the document. */
  clients: readonly number[];
}

const FIELDS = ["title", "presenter", "minutes", "kind"] as const satisfies readonly (keyof Fields)[];

export function readAgenda(state: Uint8Array): AgendaRead {
  const doc = new Y.Doc();
  if (state.length > 0) Y.applyUpdate(doc, state);
  const map = agendaOf(doc);
  const clients = new Map<string, Clients>();
  map.forEach((item, id) => {
    if (!(item instanceof Y.Map)) return;
    const of = (field: string): number | undefined => item._map.get(field)?.id.client;
    const removed = of("removed") ?? map._map.get(id)?.id.client;
    const found: Clients = {};
    for (const [field, client] of [["removed", removed], ["position", of("position")], ...FIELDS.map((field) => [field, of(field)] as const)] as const) {
      if (client !== undefined) found[field] = client;
    }
    clients.set(id, found);
  });
  const items = readItems(map);
  doc.destroy();
  return { items, clients };
}

export function compareAgendas(before: AgendaRead, after: AgendaRead): Row[] {
  const was = new Map(before.items.map((item, index) => [item.id, { item, index }]));
  const stands = new Set(after.items.map(({ id }) => id));
  const positions = new Map(after.items.map(({ id, position }) => [id, position]));
  const stayed = inPlace(after.items.flatMap(({ id }) => was.get(id) ?? []).map(({ item, index }) => ({ index, still: item.position === positions.get(item.id) })));
  const rows: Row[] = [];
  const goneAfter = new Map<string | null, Row[]>();
  let last: string | null = null;
  before.items.forEach((item, index) => {
    if (stands.has(item.id)) last = item.id;
    else goneAfter.set(last, [...(goneAfter.get(last) ?? []), { is: "removed", item, number: index + 1, from: null, differs: [], clients: clientsOf(after, item.id, ["removed"]) }]);
  });
  rows.push(...(goneAfter.get(null) ?? []));
  after.items.forEach((item, index) => {
    rows.push(rowOf(item, index, was.get(item.id), stayed, after), ...(goneAfter.get(item.id) ?? []));
  });
  return rows;
}

function rowOf(item: Item, index: number, was: { item: Item; index: number } | undefined, stayed: ReadonlySet<number>, after: AgendaRead): Row {
  if (!was) return { is: "added", item, number: index + 1, from: null, differs: [], clients: clientsOf(after, item.id, ["removed"]) };
  const differs = FIELDS.filter((field) => was.item[field] !== item[field]).map((field) => ({ field, before: was.item[field], after: item[field] }));
  const from = stayed.has(was.index) ? null : was.index + 1;
  const clients = clientsOf(after, item.id, [...differs.map(({ field }) => field), ...(from === null ? [] : (["position"] as const))]);
  return { is: differs.length > 0 || from !== null ? "changed" : "same", item, number: index + 1, from, differs, clients };
}

function clientsOf({ clients }: AgendaRead, id: string, fields: readonly (keyof Clients)[]): number[] {
  const known = clients.get(id);
  return [...new Set(fields.flatMap((field) => known?.[field] ?? []))];
}

/**
 * The most items that kept their order: moving one to the front has moved that one, not all the others back. Where two may have
 * passed each other, the one whose position nobody wrote has stayed.
 */
function inPlace(order: readonly { index: number; still: boolean }[]): Set<number> {
  const weights = order.map(({ still }) => (still ? order.length + 1 : 1));
  const best = [...weights];
  const before = order.map(() => -1);
  order.forEach(({ index }, at) => {
    for (let earlier = 0; earlier < at; earlier += 1) {
      if (order[earlier]!.index < index && best[earlier]! + weights[at]! > best[at]!) {
        best[at] = best[earlier]! + weights[at]!;
        before[at] = earlier;
      }
    }
  });
  const kept = new Set<number>();
  for (let at = best.indexOf(Math.max(0, ...best)); at >= 0; at = before[at]!) kept.add(order[at]!.index);
  return kept;
}

/** A piece of a title that is in both, or in one only. */
export interface Piece {
  is: "same" | "added" | "removed";
  words: string;
}

export function pieces(before: string, after: string): Piece[] {
  const split = (words: string): string[] => words.match(/\S+\s*|\s+/g) ?? [];
  return diffArrays(split(before), split(after)).flatMap(({ added, removed, value }): Piece[] => {
    const words = value.join("");
    if (!added && !removed) return [{ is: "same", words }];
    const shown = words.trimEnd(); // a space that came or went is nothing to look at
    return [{ is: added ? "added" : "removed", words: shown }, ...(shown === words ? [] : [{ is: "same" as const, words: " " }])];
  });
}
