import { describe, expect, it } from "vitest";
import { blockOf } from "./place";

const blocks = (...texts: string[]): { textContent: string }[] => texts.map((textContent) => ({ textContent }));

describe("the place of a passage in a text", () => {
  it("is the block the passage begins with", () => {
    const text = blocks("BIÊN BẢN", "Ông A báo cáo hiện trạng chợ Yên Bình.", "Bà B đề nghị dành một dãy chỗ ngồi.");

    expect(blockOf(text, "Bà B đề nghị dành một dãy chỗ ngồi. Ông C cho rằng nên làm thử.")).toBe(2);
  });

  it("is the block the passage begins inside of", () => {
    const text = blocks("Mở đầu.", "Câu thứ nhất rất dài. Câu thứ hai nói về mức thu phí vệ sinh môi trường mỗi hộ một tháng và cách thu.");

    expect(blockOf(text, "Câu thứ hai nói về mức thu phí vệ sinh môi trường mỗi hộ một tháng và cách thu.")).toBe(1);
  });

  it("does not mind how spaces and letters are composed", () => {
    expect(blockOf(blocks("x", "Mức  thu\u00a0phí".normalize("NFD")), "Mức thu phí")).toBe(1);
  });

  it("is nowhere when the text was changed since", () => {
    expect(blockOf(blocks("Khác hẳn.", "", "Ngắn"), "Mức thu phí vệ sinh môi trường")).toBe(-1);
  });
});
