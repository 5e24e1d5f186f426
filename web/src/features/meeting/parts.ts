/** Which part of the meeting the address asks for, and the five targets of the phone. */
import type { IconName } from "$/ui";
import type { Key } from "$/i18n/index.svelte";
import { partsOf, type Part, type Seen } from "./places";

/** One part at a time. */
export const PHONE = "(max-width: 767px), (max-height: 479px)";

export interface Target {
  id: string;
  icon: IconName;
  label: Key;
}

const AGENDA: Target = { id: "chuong-trinh", icon: "agenda", label: "meeting.agenda" };
const DOCUMENTS: Target = { id: "tai-lieu", icon: "document", label: "meeting.documents" };
const MORE: Target = { id: "them", icon: "more", label: "meeting.more" };
/** Chương trình · Tài liệu · Phát biểu · Biểu quyết · Thêm. A meeting that lacks one has its captions there. */
const MIDDLE = ["phat-bieu", "bieu-quyet", "phu-de"];

export function dockOf(seen: Seen): Target[] {
  const there = partsOf(seen);
  const middle = MIDDLE.flatMap((id) => there.find((part) => part.id === id) ?? []).slice(0, 2);
  const inOrder = [...middle].sort((a, b) => Number(a.id === "bieu-quyet") - Number(b.id === "bieu-quyet"));
  return [AGENDA, DOCUMENTS, ...inOrder, MORE];
}

/** The parts that have no target of their own. */
export function behindMore(seen: Seen): Part[] {
  const dock = dockOf(seen).map((target) => target.id);
  return partsOf(seen).filter((part) => !dock.includes(part.id));
}
