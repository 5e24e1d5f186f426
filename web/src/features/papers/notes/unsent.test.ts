import { describe, expect, it } from "vitest";
import { changed, listedWithUnsent, made, taken, withUnsent } from "./unsent";

const NOW = new Date("2026-11-22T08:00:00Z");
const PLACE = { paper_title: "Tờ trình", meeting_id: "hop", meeting_title: "Họp", meeting_starts_at: null };
const note = (id: string, page: number, text = ""): ReturnType<typeof made> => made(id, "giay", { number: 1, page, quote: "", before: "", after: "", text, colour: "amber" }, NOW);

describe("a note that waits on this device", () => {
  it("is new until the hub has it, whatever is done to it", () => {
    const first = changed(null, { is: "new", note: note("a", 1, "một"), place: PLACE });
    const second = changed(first, { is: "changed", note: note("a", 1, "hai"), place: PLACE });

    expect(second).toMatchObject({ is: "new", turn: 2, note: { text: "hai" } });
    expect(changed(second, { is: "dropped", note: note("a", 1), place: PLACE })).toMatchObject({ is: "dropped", base: 1 });
  });

  it("that was changed while it was on its way waits on, from the edition the hub has made of it", () => {
    const sent = changed(null, { is: "new", note: note("a", 1, "một"), place: PLACE });
    const since = changed(sent, { is: "changed", note: note("a", 1, "hai"), place: PLACE });
    const there = { ...note("a", 1, "một"), edition: 4 };

    expect(taken(sent, sent, there)).toBeNull();
    expect(taken(since, sent, there)).toMatchObject({ is: "changed", base: 4, note: { text: "hai" } });
  });

  it("is shown over what the hub has", () => {
    const known = [note("a", 3, "cũ"), note("b", 1)];
    const waiting = [
      changed(null, { is: "changed", note: note("a", 3, "mới"), place: PLACE }),
      changed(null, { is: "dropped", note: note("b", 1), place: PLACE }),
      changed(null, { is: "new", note: note("c", 2, "thêm"), place: PLACE }),
    ];

    expect(withUnsent(known, waiting).map(({ note, unsent }) => [note.id, note.text, unsent?.is])).toEqual([
      ["c", "thêm", "new"],
      ["a", "mới", "changed"],
    ]);
  });

  it("stands with its meeting in the list of all, or before it where the list has none of that meeting", () => {
    const { meeting_id, meeting_title } = PLACE;
    const known = [
      { note: note("a", 1), paper_title: "Khác", meeting_id: "khac", meeting_title: "Họp khác", meeting_starts_at: "2026-11-20T01:00:00Z" },
      { note: note("b", 1), paper_title: "Tờ trình", meeting_id, meeting_title, meeting_starts_at: "2026-11-19T01:00:00Z" },
    ];
    const waiting = ["c", "d"].map((id) => changed(null, { is: "new", note: note(id, 1), place: PLACE }));

    expect(listedWithUnsent(known, waiting).map(({ note }) => note.id)).toEqual(["a", "d", "c", "b"]);
    expect(listedWithUnsent(known.slice(0, 1), waiting).map(({ place }) => place.meeting_id)).toEqual(["hop", "hop", "khac"]);
  });
});
