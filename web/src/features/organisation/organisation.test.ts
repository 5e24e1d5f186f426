import { expect, test } from "vitest";
import { inTree, type AdminUnit } from "./api";

const unit = (id: string, parent_id: string | null): AdminUnit => ({ id, parent_id }) as AdminUnit;

test("a unit stands under its parent, and one whose parent is not shown stands alone", () => {
  const rows = inTree([unit("phong", "uy-ban"), unit("xa", null), unit("uy-ban", "xa"), unit("la", "khong-thay")]);

  expect(rows.map(({ unit, depth }) => [unit.id, depth])).toEqual([
    ["xa", 0],
    ["uy-ban", 1],
    ["phong", 2],
    ["la", 0],
  ]);
});
