import { describe, expect, it } from "vitest";
import type { Segment } from "$/api/types";
import { passages, together } from "./passages";

function said(seconds: number, who: string, item: string | null = null): Segment {
  return {
    id: `${who}${seconds}`,
    number: seconds,
    session_id: "s",
    speaker_id: who,
    speaker_name: who,
    item_id: item,
    started_at: new Date(1_800_000_000_000 + seconds * 1000).toISOString(),
    start: seconds,
    end: seconds + 2,
    text: `lời ${seconds}`,
  };
}

describe("a transcript", () => {
  it("reads one speaker's sentences as one paragraph", () => {
    expect(passages([said(0, "An"), said(3, "An"), said(6, "Bình"), said(9, "An")]).map((one) => one.segments.length)).toEqual([2, 1, 1]);
  });

  it("begins anew after a long silence and at another item", () => {
    expect(passages([said(0, "An"), said(60, "An"), said(63, "An", "item")]).map((one) => one.segments.length)).toEqual([1, 1, 1]);
  });

  it("has what was stored and what was told since, once each", () => {
    const [one, two, three] = [said(0, "An"), said(3, "An"), said(6, "An")];
    expect(together([one, two], [two, three])).toEqual([one, two, three]);
  });
});
