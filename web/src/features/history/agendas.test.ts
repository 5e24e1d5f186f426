import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { addItem, agendaOf, changeItem, moveItem, removeItem, restoreItem, type Fields } from "../agenda/items.ts";
import { compareAgendas, pieces, readAgenda, type Row } from "./agendas.ts";

const blank: Fields = { title: "", presenter: "", minutes: 10, kind: "discussion" };

function agendaWith(...titles: string[]): Y.Doc {
  const doc = new Y.Doc();
  for (const title of titles) addItem(agendaOf(doc), { ...blank, title }, undefined, title);
  return doc;
}

/** The same agenda in another's page. */
function opened(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  return copy;
}

function between(before: Y.Doc, after: Y.Doc): Row[] {
  return compareAgendas(readAgenda(Y.encodeStateAsUpdate(before)), readAgenda(Y.encodeStateAsUpdate(after)));
}

const said = (rows: readonly Row[]): string[] =>
  rows.map(({ is, item, number, from, differs }) => [is, number, item.title, ...(from === null ? [] : [`from ${from}`]), ...differs.map(({ field, before, after }) => `${field} ${before}>${after}`)].join(" "));

describe("two agendas side by side", () => {
  it("says of each item what became of it, and who did it", () => {
    const before = agendaWith("Một", "Hai", "Ba", "Bốn");
    const after = opened(before);
    const items = agendaOf(after);
    moveItem(items, "Bốn", 0);
    removeItem(items, "Hai");
    changeItem(items, "Ba", { title: "Ba chấm", minutes: 25 });
    addItem(items, { ...blank, title: "Năm" }, 1, "Năm");

    const rows = between(before, after);

    expect(said(rows)).toEqual(["changed 1 Bốn from 4", "added 2 Năm", "same 3 Một", "removed 2 Hai", "changed 4 Ba chấm title Ba>Ba chấm minutes 10>25"]);
    expect(rows.map(({ clients }) => clients)).toEqual([[after.clientID], [after.clientID], [], [after.clientID], [after.clientID]]);
  });

  it("says that nothing changed where two wrote and took it back", () => {
    const before = agendaWith("Một", "Hai");
    const after = opened(before);
    removeItem(agendaOf(after), "Một");
    restoreItem(agendaOf(after), "Một");
    moveItem(agendaOf(after), "Hai", 0);
    moveItem(agendaOf(after), "Hai", 1);

    expect(said(between(before, after))).toEqual(["same 1 Một", "same 2 Hai"]);
  });

  it("names who brought an item back, and nobody for one that was wiped out", () => {
    const before = agendaWith("Một", "Hai");
    removeItem(agendaOf(before), "Một");
    const after = opened(before);
    restoreItem(agendaOf(after), "Một");
    agendaOf(after).delete("Hai");

    const rows = between(before, after);

    expect(said(rows)).toEqual(["removed 1 Hai", "added 1 Một"]);
    expect(rows.map(({ clients }) => clients)).toEqual([[], [after.clientID]]);
  });

  it("says of two that passed each other which was moved, whichever way", () => {
    const before = agendaWith("a", "b", "c", "d");
    const [up, down] = [opened(before), opened(before)];
    moveItem(agendaOf(up), "c", 1);
    moveItem(agendaOf(down), "b", 2);

    expect(said(between(before, up))).toEqual(["same 1 a", "changed 2 c from 3", "same 3 b", "same 4 d"]);
    expect(said(between(before, down))).toEqual(["same 1 a", "same 2 c", "changed 3 b from 2", "same 4 d"]);
  });

  it("moves as few as can be: what was turned round keeps one in place", () => {
    const before = agendaWith("a", "b", "c", "d", "e");
    const after = opened(before);
    for (const id of ["b", "c", "d", "e"]) moveItem(agendaOf(after), id, 0);

    expect(between(before, after).filter(({ from }) => from === null)).toHaveLength(1);
    expect(said(between(new Y.Doc(), before)).every((each) => each.startsWith("added"))).toBe(true);
    expect(between(new Y.Doc(), new Y.Doc())).toEqual([]);
  });

  it("shows a title's words that came and went", () => {
    expect(pieces("Báo cáo kinh tế 2025", "Báo cáo ngân sách 2025")).toEqual([
      { is: "same", words: "Báo cáo " },
      { is: "removed", words: "kinh tế" },
      { is: "same", words: " " },
      { is: "added", words: "ngân sách" },
      { is: "same", words: " " },
      { is: "same", words: "2025" },
    ]);
  });
});
