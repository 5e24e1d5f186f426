import { describe, expect, it } from "vitest";
import cases from "./numbering.cases.json";
import { Counter, labels, letterOf, referenceWords, writtenLabel, type Block, type Place } from "./numbering";

describe("numbering", () => {
  // The hub counts too, for search and files: the same cases hold both to each other.
  it.each(cases.labels)("counts $blocks", ({ blocks, labels: expected }) => {
    expect(labels(blocks as Block[])).toEqual(expected);
  });

  it.each(cases.references)("says a reference: $about", ({ blocks, to, from, words }) => {
    const counter = new Counter();
    const places = (blocks as Block[]).map((block): Place => {
      counter.next(block);
      return counter.place;
    });

    expect(referenceWords(to === null ? null : places[to]!, places[from]!)).toBe(words);
  });

  it("uses the alphabet of the law", () => {
    expect(Array.from({ length: 8 }, (_, at) => letterOf(at + 1)).join("")).toBe("abcdđegh");
    expect([23, 24, 46, 47].map(letterOf)).toEqual(["y", "aa", "ay", "ba"]);
  });

  it("tells what comes next without counting it", () => {
    const counter = new Counter();
    counter.next("article");

    expect(counter.peek("article")).toBe("Điều 2.");
    expect(counter.next("article")).toBe("Điều 2.");
  });

  it("reads the numbers people write", () => {
    expect(writtenLabel("Điều 1. Thông qua")).toEqual({ part: "article", label: "Điều 1.", length: 8 });
    expect(writtenLabel("ĐIỀU 12: Hiệu lực")).toMatchObject({ part: "article", label: "Điều 12." });
    expect(writtenLabel("2. Giao Ủy ban")).toMatchObject({ part: "clause", label: "2.", length: 3 });
    expect(writtenLabel("đ) Chi khác")).toMatchObject({ part: "point", label: "đ)" });
    expect(writtenLabel("2026 là năm")).toBeNull();
    expect(writtenLabel("1.5 tỷ đồng")).toBeNull();
    expect(writtenLabel("Điều này")).toBeNull();
  });
});
