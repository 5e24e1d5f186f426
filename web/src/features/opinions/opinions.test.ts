import { expect, test } from "vitest";
import { grouped, type GivenOpinion } from "./api";

const said = (text: string, theme: string, by_name: string, by_unit: string): GivenOpinion => ({ text, theme, by_name, by_unit }) as unknown as GivenOpinion;
const ALL = [said("a", "Vốn", "An", "Hội đồng"), said("b", "", "Bình", "Ủy ban"), said("c", "Vốn", "Bình", "Ủy ban")];

const shape = (by: "theme" | "person" | "unit"): [string, string[]][] => grouped(ALL, by).map((group) => [group.name, group.opinions.map((one) => one.text)]);

test("what has no theme comes last", () => {
  expect(shape("theme")).toEqual([["Vốn", ["a", "c"]], ["", ["b"]]]);
});

test("the chair sees them by person and by unit", () => {
  expect(shape("person")).toEqual([["An", ["a"]], ["Bình", ["b", "c"]]]);
  expect(shape("unit")).toEqual([["Hội đồng", ["a"]], ["Ủy ban", ["b", "c"]]]);
});
