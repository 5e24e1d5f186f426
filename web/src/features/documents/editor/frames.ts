/**
 * The frame of a text that is still empty, as Decree 30/2020 (annex III, forms 1.1 and 1.9) orders its parts, filled with what
 * the meeting knows. Always Vietnamese: it is the document's language, not the screen's.
 */
import type { Meeting } from "$/api/types";
import type { JSONContent } from "@tiptap/core";
import type { Part } from "./numbering";

export function resolutionFrame(subject: string): JSONContent[] {
  return [
    heading(1, "NGHỊ QUYẾT"),
    heading(2, subject ? `Về việc ${lowered(subject)}` : "Về việc …"),
    paragraph("Căn cứ Luật Tổ chức chính quyền địa phương;", "ground"),
    paragraph("Xét đề nghị của …", "ground"),
    { type: "paragraph", attrs: { textAlign: "center" }, content: [bold("QUYẾT NGHỊ:")] },
    paragraph("…", "article"),
    paragraph("Tổ chức thực hiện", "article"),
    paragraph("…", "clause"),
    paragraph("Nghị quyết này có hiệu lực kể từ ngày thông qua.", "article"),
  ];
}

/** The same as the hub lays into empty minutes when the meeting begins (hub/minutes/laying.py): from then on it keeps them filled. */
export function minutesFrame(meeting: Meeting): JSONContent[] {
  const items = meeting.items.filter((item) => !item.removed);
  return [
    heading(1, "BIÊN BẢN"),
    heading(2, meeting.title),
    fact("opening"),
    fact("attendance"),
    fact("officers"),
    { type: "paragraph", content: [bold("Nội dung (theo diễn biến cuộc họp):")] },
    ...items.flatMap((item) => [fact("item", item.id), { type: "paragraph" }]),
    fact("ending"),
  ];
}

const VIETNAM = new Intl.DateTimeFormat("vi-VN", { timeZone: "Asia/Ho_Chi_Minh", day: "numeric", month: "numeric", year: "numeric" });

/** As the decree writes a date: days below 10 and the months 1 and 2 have two digits. */
export function dateParts(when: string): { day: string; month: string; year: string } {
  const parts = Object.fromEntries(VIETNAM.formatToParts(new Date(when)).map(({ type, value }) => [type, value]));
  const month = Number(parts["month"]);
  return { day: String(Number(parts["day"])).padStart(2, "0"), month: month <= 2 ? `0${month}` : String(month), year: parts["year"] ?? "" };
}

/** "Dự thảo Nghị quyết về nâng cấp đường" begins a sentence; after "Về việc" only its matter is wanted. */
function lowered(subject: string): string {
  const matter = subject.replace(/^(?:dự thảo\s+)?nghị quyết\s+(?:về\s+(?:việc\s+)?)?/iu, "").trim() || subject;
  return matter.charAt(0).toLocaleLowerCase("vi") + matter.slice(1);
}

function heading(level: 1 | 2 | 3, text: string): JSONContent {
  return { type: "heading", attrs: { level }, content: [{ type: "text", text }] };
}

function paragraph(text: string, part?: Part): JSONContent {
  return { type: "paragraph", attrs: { part: part ?? null }, content: [{ type: "text", text }] };
}

function bold(text: string): JSONContent {
  return { type: "text", text, marks: [{ type: "bold" }] };
}

function fact(kind: string, ref: string | null = null): JSONContent {
  return { type: "factBlock", attrs: { kind, ref } };
}
