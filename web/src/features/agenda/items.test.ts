import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { chance } from "../../documents/testing/chance.ts";
import { addItem, agendaOf, changeItem, moveItem, plannedStarts, readItems, removeItem, restoreItem, type Fields } from "./items.ts";

const blank: Fields = { title: "", presenter: "", minutes: 10, kind: "discussion" };

function titles(doc: Y.Doc): string[] {
  return readItems(agendaOf(doc)).map((item) => item.title);
}

function exchange(one: Y.Doc, other: Y.Doc): void {
  const forOther = Y.encodeStateAsUpdate(one, Y.encodeStateVector(other));
  const forOne = Y.encodeStateAsUpdate(other, Y.encodeStateVector(one));
  Y.applyUpdate(other, forOther);
  Y.applyUpdate(one, forOne);
}

function agendaWith(...names: string[]): Y.Doc {
  const doc = new Y.Doc();
  for (const title of names) addItem(agendaOf(doc), { ...blank, title });
  return doc;
}

function copyOf(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  return copy;
}

function idOf(doc: Y.Doc, title: string): string {
  return readItems(agendaOf(doc)).find((item) => item.title === title)!.id;
}

describe("the shared agenda", () => {
  it("keeps the order one gives it", () => {
    const doc = agendaWith("Khai mạc", "Báo cáo", "Bế mạc");

    addItem(agendaOf(doc), { ...blank, title: "Chất vấn" }, 2);
    moveItem(agendaOf(doc), idOf(doc, "Báo cáo"), 0);

    expect(titles(doc)).toEqual(["Báo cáo", "Khai mạc", "Chất vấn", "Bế mạc"]);
  });

  it("lets two people edit different fields of one item at once", () => {
    const chair = agendaWith("Báo cáo");
    const secretary = copyOf(chair);
    const id = idOf(chair, "Báo cáo");

    changeItem(agendaOf(chair), id, { ...blank, title: "Báo cáo kinh tế" });
    changeItem(agendaOf(secretary), id, { ...blank, title: "Báo cáo", presenter: "Trần Văn Lợi", minutes: 25 });
    exchange(chair, secretary);

    const [item] = readItems(agendaOf(chair));
    expect(item).toMatchObject({ title: "Báo cáo kinh tế", presenter: "Trần Văn Lợi", minutes: 25 });
    expect(readItems(agendaOf(secretary))).toEqual(readItems(agendaOf(chair)));
  });

  it("brings a removed item back where it stood", () => {
    const doc = agendaWith("Một", "Hai", "Ba");
    const id = idOf(doc, "Hai");

    removeItem(agendaOf(doc), id);
    expect(titles(doc)).toEqual(["Một", "Ba"]);

    restoreItem(agendaOf(doc), id);
    expect(titles(doc)).toEqual(["Một", "Hai", "Ba"]);
  });

  it("reads what another client wrote badly", () => {
    const doc = new Y.Doc();
    const odd = new Y.Map<unknown>();
    agendaOf(doc).set("odd", odd);
    agendaOf(doc).set("not-an-item", "text");
    odd.set("title", new Y.Text("Bầu cử"));
    odd.set("minutes", "nhiều");
    odd.set("kind", "party");

    expect(readItems(agendaOf(doc))).toEqual([
      { id: "odd", position: "", title: "Bầu cử", presenter: "", minutes: 0, kind: "discussion" },
    ]);
  });

  it("plans each start from the minutes before it", () => {
    const start = Date.UTC(2026, 10, 23, 1, 0);

    expect(plannedStarts([{ minutes: 10 }, { minutes: 25 }, { minutes: 0 }], start)).toEqual([start, start + 600_000, start + 2_100_000]);
  });

  it("converges after any concurrent moves, additions and removals, with every item once", () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const random = chance(seed);
      const one = agendaWith("a", "b", "c", "d", "e");
      const other = copyOf(one);
      for (let round = 0; round < 4; round += 1) {
        for (const doc of [one, other]) for (let edit = 0; edit < 3; edit += 1) disturb(doc, random, `${seed}-${round}-${edit}`);
        exchange(one, other);

        const order = readItems(agendaOf(one)).map((item) => item.id);
        expect(readItems(agendaOf(other)), `seed ${seed}`).toEqual(readItems(agendaOf(one)));
        expect(new Set(order).size, `seed ${seed}`).toBe(order.length);
        if (order.length > 1) {
          moveItem(agendaOf(one), order.at(-1)!, 0);
          expect(readItems(agendaOf(one))[0]!.id, `seed ${seed}: a move lands where it was put`).toBe(order.at(-1));
          exchange(one, other);
        }
      }
    }
  });
});

function disturb(doc: Y.Doc, random: ReturnType<typeof chance>, title: string): void {
  const items = agendaOf(doc);
  const standing = readItems(items);
  const choice = random.below(10);
  if (choice < 6 && standing.length > 0) moveItem(items, random.of(standing).id, random.below(standing.length));
  else if (choice < 9) addItem(items, { ...blank, title }, random.below(standing.length + 1));
  else if (standing.length > 2) removeItem(items, random.of(standing).id);
}
