import { expect, test } from "vitest";
import { seated } from "./seats";

const plan = (...seats: (string | null)[]) => seated(seats, (one) => one);
const places = (found: ReturnType<typeof plan>) => found.seats.map(({ of, row, column }) => `${of}:${row}/${column}`);

test("letters are rows, numbers are places in them, and an empty chair stays empty", () => {
  const found = plan("B2", "A1", "A3", "b 1");

  expect(places(found)).toEqual(["B2:1/1", "A1:0/0", "A3:0/2", "b 1:1/0"]);
  expect([found.rows, found.columns]).toEqual([2, 3]);
});

test("who has no such seat, or one that is taken, sits behind the others", () => {
  const found = plan("A1", "A2", "A3", "A1", null);

  expect(places(found).slice(3)).toEqual(["A1:1/0", "null:1/1"]);
  expect(found.rows).toBe(2);
});

test("without such names it is a grid in order, wider than deep", () => {
  const found = plan(...Array.from({ length: 20 }, () => null));

  expect(found.seats).toHaveLength(20);
  expect([found.rows, found.columns]).toEqual([4, 6]);
  expect(new Set(found.seats.map(({ row, column }) => `${row}/${column}`)).size).toBe(20);
});

test("nobody at all is an empty plan", () => {
  expect(plan()).toEqual({ rows: 0, columns: 1, seats: [], free: [], behind: 0 });
});

test("the room's plan has the last word: gaps stay gaps, free chairs are free, who has none of them sits behind", () => {
  const drawn = [
    ["A1", "", "A2"],
    ["B1", "B2", "B3"],
  ];
  const found = seated(["b2", "A2", "Z9", null], (one) => one, drawn);

  expect(places(found)).toEqual(["b2:1/1", "A2:0/2", "Z9:2/0", "null:2/1"]);
  expect(found.free.map(({ of }) => of)).toEqual(["A1", "B1", "B3"]);
  expect([found.rows, found.columns, found.behind]).toEqual([3, 3, 2]);
  expect(seated(["A1"], (one) => one, [["", ""]]).free).toEqual([]);
});
