import type { AgendaItem, MeetingDocument } from "$/api/types";
import type { MeetingLine } from "$/live/meeting.svelte";
import { flushSync } from "svelte";
import { beforeEach, expect, test } from "vitest";
import { View } from "./view.svelte";

const item = (number: number): AgendaItem => ({
  id: `item-${number}`,
  meeting_id: "meeting",
  position: `a${number}`,
  number,
  title: `Nội dung ${number}`,
  presenter: "",
  minutes: 10,
  kind: "vote",
  secrecy: "none",
  conclusion: "",
  removed: false,
  state: "waiting",
  running_since: null,
  held_ms: 0,
});
const draft = (id: string, agenda_item_id: string): MeetingDocument => ({ id, kind: "draft_resolution", agenda_item_id, title: id, my_right: "read", i_own: false });
const minutes: MeetingDocument = { id: "minutes", kind: "minutes", agenda_item_id: null, title: "", my_right: "read", i_own: false };

let items: AgendaItem[];
let current: string | null;
let view: View;

beforeEach(() => {
  items = [item(1), item(2), item(3)];
  current = null;
  const line = {
    get items() {
      return items;
    },
    get currentItem() {
      return items.find((one) => one.id === current) ?? null;
    },
    documents: [draft("draft-2", "item-2"), draft("draft-3", "item-3"), minutes],
  };
  view = new View(line as unknown as MeetingLine);
});

test("before the meeting is at an item, the first is shown", () => {
  expect(view.item?.id).toBe("item-1");
  expect(view.away).toBe(false);
});

test("following shows the item and its draft", () => {
  current = "item-2";

  expect(view.item?.id).toBe("item-2");
  expect(view.sheet).toMatchObject({ is: "document", document: { id: "draft-2" } });
});

test("looking at another item is looking around; its way back leads to where the meeting is", () => {
  current = "item-2";
  view.showItem("item-3");
  expect([view.following, view.away, view.item?.id]).toEqual([false, true, "item-3"]);

  view.follow();

  expect([view.following, view.away, view.item?.id]).toEqual([true, false, "item-2"]);
});

test("pressing the item the meeting is at is following", () => {
  current = "item-2";
  view.showItem("item-3");

  view.showItem("item-2");

  expect(view.following).toBe(true);
});

test("who is busy stays with what was shown", () => {
  current = "item-2";
  flushSync();
  view.stay("item-2");
  current = "item-3";

  expect(view.item?.id).toBe("item-2");
  expect(view.sheet).toMatchObject({ document: { id: "draft-2" } });
  expect(view.away).toBe(true);
});

test("the minutes are shown over any item, without leaving the meeting", () => {
  current = "item-2";

  view.showDocument("minutes");

  expect(view.sheet).toMatchObject({ document: { id: "minutes" } });
  expect(view.following).toBe(true);
});

test("a draft of another item brings its item with it", () => {
  current = "item-2";

  view.showDocument("draft-3");

  expect([view.item?.id, view.following]).toEqual(["item-3", false]);
  expect(view.sheet).toMatchObject({ document: { id: "draft-3" } });
});

test("an item that is no longer there gives way to the current one", () => {
  items = [item(1), item(2)];
  current = "item-2";

  view.showItem("item-3");

  expect(view.item?.id).toBe("item-2");
});

test("a draft opened by hand stays when the meeting moves on, and a way back is offered", () => {
  current = "item-2";
  flushSync();
  view.showDocument("draft-2");

  current = "item-3";

  expect(view.sheet).toMatchObject({ document: { id: "draft-2" } });
  expect([view.following, view.away]).toEqual([true, true]);
  view.follow();
  expect([view.away, view.item?.id]).toEqual([false, "item-3"]);
});
