import { describe, expect, it } from "vitest";
import { Counter, labels, letterOf, writtenLabel } from "./numbering";

describe("numbering", () => {
  it("counts articles through the text, clauses and points within theirs", () => {
    expect(labels([1, "ground", "article", "clause", "point", "point", null, "clause", "point", "article", "clause"])).toEqual([
      null,
      null,
      "Điều 1.",
      "1.",
      "a)",
      "b)",
      null,
      "2.",
      "a)",
      "Điều 2.",
      "1.",
    ]);
  });

  it("goes on through chapters and begins anew with another text", () => {
    expect(labels(["article", "clause", 2, "article", 1, "article"])).toEqual(["Điều 1.", "1.", null, "Điều 2.", null, "Điều 1."]);
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
