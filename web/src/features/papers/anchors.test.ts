import { describe, expect, it } from "vitest";
import { findAll, findQuote } from "./anchors";

const at = (text: string, place: [number, number] | null): string | null => place && text.slice(...place);

describe("a passage", () => {
  it("is found over line ends and spaces its reader put elsewhere", () => {
    const text = "Giao Ủy ban nhân dân xã tổ\nchức thực hiện.";
    expect(at(text, findQuote(text, "tổ chức thực hi ện"))).toBe("tổ\nchức thực hiện");
  });

  it("is found in whichever way its letters are composed", () => {
    const text = "Điều 1. Phê duyệt".normalize("NFD");
    expect(at(text, findQuote(text, "phê duyệt"))?.normalize("NFC")).toBe("Phê duyệt");
  });

  it("that stands twice is the one whose surroundings fit", () => {
    const text = "khoản một: mười; khoản hai: mười.";
    expect(findQuote(text, "mười", "khoản hai: ")).toEqual([28, 32]);
  });

  it("that is not there is not found", () => {
    expect(findQuote("mươi", "mười")).toBeNull();
    expect(findQuote("mười", " ")).toBeNull();
  });
});

describe("words", () => {
  it("typed without diacritics find those with", () => {
    const text = "Dự toán ngân sách, ngân sách xã, đồng";
    expect(findAll(text, "ngan sach").map((place) => at(text, place))).toEqual(["ngân sách", "ngân sách"]);
    expect(findAll(text, "dong").map((place) => at(text, place))).toEqual(["đồng"]);
  });

  it("typed with diacritics find only those", () => {
    expect(findAll("ngan sach", "ngân sách")).toEqual([]);
  });
});
