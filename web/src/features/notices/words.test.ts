import type { Notice } from "$/api/types";
import { expect, test } from "vitest";
import { about, leadsTo } from "./words";

const notice = (kind: Notice["kind"], words: string): Notice => ({ kind, words, meeting_id: "m", meeting_title: "Họp dự toán", document_title: "", document_id: null, thread_id: null, times: 1 }) as unknown as Notice;

test("who is to hand in papers reads which items and until when, and comes to the page where it is done", () => {
  expect(about(notice("papers_asked", "1, 2 (23/11/2026)"))).toBe("Họp dự toán · nội dung 1, 2, hạn 23/11/2026");
  expect(about(notice("remind_papers", "2. Ngân sách (sửa) (09/03/2026)"))).toBe("Họp dự toán · nội dung 2. Ngân sách (sửa), hạn 09/03/2026");
  expect(about(notice("meeting_changed", "Ngân sách (09/03/2026)"))).toBe("Họp dự toán · Ngân sách (09/03/2026)");
  expect(leadsTo(notice("remind_papers", ""))).toBe("/chuan-bi");
});
