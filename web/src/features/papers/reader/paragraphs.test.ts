import { expect, it } from "vitest";
import { paragraphsOf, type Run } from "./paragraphs";

const line = (str: string, y: number, x = 70, width = 450, height = 13): Run => ({ str, x, y, width, height });

it("joins the lines of a paragraph and keeps paragraphs apart", () => {
  const runs = [line("Căn cứ Luật Tổ chức chính quyền địa phương", 700), line("ngày 16 tháng 6 năm 2025;", 684, 70, 160), line("Xét Tờ trình số 12.", 668, 70, 130)];
  expect(paragraphsOf(runs)).toEqual(["Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;", "Xét Tờ trình số 12."]);
});

it("begins anew at an article, a clause, and a larger gap", () => {
  const runs = [line("Ủy ban nhân dân xã trình Hội đồng nhân dân xem xét", 700), line("Điều 1. Phê duyệt dự toán", 684), line("1. Thu ngân sách trên địa bàn", 668), line("Nơi nhận", 600)];
  expect(paragraphsOf(runs)).toHaveLength(4);
});

it("puts the runs of one line together, with a space where they stand apart", () => {
  expect(paragraphsOf([line("Dự", 700, 70, 14), line("toán", 700, 90, 26), line("g", 700, 116, 6)])).toEqual(["Dự toáng"]);
});

it("of a page without words there is nothing", () => {
  expect(paragraphsOf([])).toEqual([]);
});
