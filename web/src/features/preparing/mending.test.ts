import { expect, test } from "vitest";
import { ofUnits } from "./mending";

test("a unit's papers are counted over its items, and an item without a unit is nobody's", () => {
  const item = (unit_id: string | null, papers: number, owed: boolean) => ({ unit_id, unit_name: unit_id && `Phòng ${unit_id}`, papers, owed });
  expect(ofUnits([item("a", 2, false), item(null, 1, false), item("b", 0, true), item("a", 0, true)])).toEqual([
    { id: "a", name: "Phòng a", done: 1, all: 2, papers: 2 },
    { id: "b", name: "Phòng b", done: 0, all: 1, papers: 0 },
  ]);
});
