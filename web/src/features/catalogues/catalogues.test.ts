import { expect, test } from "vitest";
import { planned, twice } from "./api";
import { blocks, inlines } from "./guide";

test("a plan gets rows and seats by name and keeps the names that were given", () => {
  expect(planned(2, 2)).toEqual([
    ["A1", "A2"],
    ["B1", "B2"],
  ]);
  expect(planned(2, 3, [["Chủ tọa", ""]])).toEqual([
    ["Chủ tọa", "", "A3"],
    ["B1", "B2", "B3"],
  ]);
});

test("two seats of one name are found however they are written, gaps are no seats", () => {
  expect(twice([["A1", "", ""], ["a1 ", "A2"]])).toEqual(["a1"]);
});

test("a guide is headings, lists and paragraphs", () => {
  expect(blocks("# Thư ký\n\nMở **Có mặt**:\nrồi quét.\n\n1. một\n2. hai\n* ba")).toEqual([
    { is: "heading", level: 2, of: [{ is: "text", text: "Thư ký" }] },
    { is: "paragraph", of: [{ is: "text", text: "Mở " }, { is: "bold", text: "Có mặt" }, { is: "text", text: ": rồi quét." }] },
    { is: "list", ordered: true, items: [[{ is: "text", text: "một" }], [{ is: "text", text: "hai" }]] },
    { is: "list", ordered: false, items: [[{ is: "text", text: "ba" }]] },
  ]);
});

test("a link that would run something is only its words", () => {
  expect(inlines("[a](javascript:alert) [b](soan-thao.md) [c](https://x.vn)")).toEqual([
    { is: "text", text: "a" },
    { is: "text", text: " " },
    { is: "link", text: "b", href: "soan-thao.md" },
    { is: "text", text: " " },
    { is: "link", text: "c", href: "https://x.vn" },
  ]);
});
