import { describe, expect, it } from "vitest";
import type { AgendaItem, CaptionSession, Segment } from "$/api/types";
import { hasWords, lastWords, voices } from "./spoken";

const item = (id: string, secrecy: AgendaItem["secrecy"] = "none"): AgendaItem => ({
  id, meeting_id: "m", position: "a", title: id, presenter: "", minutes: 10, kind: "discussion", secrecy, conclusion: "", removed: false, number: 1, state: "waiting", running_since: null, held_ms: 0,
});
const said = (id: string, item_id: string | null = null): Segment => ({
  id, number: 1, session_id: "s", speaker_id: "an", speaker_name: "An", item_id, started_at: "2026-03-02T08:00:00Z", start: 0, end: 1, text: id,
});
const session: CaptionSession = { session_id: "s", started_by: "an", speaker_id: "an", speaker_name: "An", language: "vi", started_at: "2026-03-02T08:00:00Z", state: "up" };
const quiet = { captions: [] as CaptionSession[], captionsStopped: "2026-03-02T08:09:00Z", currentItem: item("1"), items: [item("1")], lines: [said("trước"), said("lời cuối", "1")] };

describe("when the last microphone stops", () => {
  it("the last words stay", () => {
    expect(hasWords(quiet)).toBe(true);
    expect(lastWords(quiet)?.text).toBe("lời cuối");
    expect(voices({ ...quiet, partials: {} })).toEqual([]);
  });

  it("there is nothing to keep where nobody has spoken, or where nobody stopped under our eyes", () => {
    expect(hasWords({ ...quiet, lines: [] })).toBe(false);
    expect(hasWords({ ...quiet, captionsStopped: null })).toBe(false);
    expect(hasWords({ ...quiet, captionsStopped: null, captions: [session] })).toBe(true);
  });

  it("nothing of a secret item stays, and nothing is shown at one", () => {
    const marked = [item("1", "mat")];
    expect(lastWords({ ...quiet, items: marked })?.text).toBe("trước");
    expect(hasWords({ ...quiet, currentItem: item("2", "mat") })).toBe(false);
  });
});
