import { describe, expect, it, vi } from "vitest";
import { Refused } from "../../api/client";
import type { SearchAnswer, SearchResult, Wanted } from "./hub";
import { Searching } from "./searching.svelte";

const wanted = (q: string): Wanted => ({ q, year: "", unit: "", kind: "", restore: true });
const result = (id: string): SearchResult => ({
  id,
  meeting_id: "m",
  meeting_title: "",
  meeting_date: "2025-01-01T00:00:00Z",
  unit_name: "",
  kind: "minutes",
  heading: "",
  passage: [],
  why: ["word"],
  link: "/",
});
const answer = (q: string, ids: string[], more: Partial<SearchAnswer> = {}): SearchAnswer => ({
  query: q,
  restored: null,
  results: ids.map(result),
  total_shown: ids.length,
  model: { state: "ready", progress: 1 },
  ...more,
});

/** A hub whose answers come when the test says so. */
class Hub {
  asked: { q: string; offset: number; signal: AbortSignal; give: (found: SearchAnswer) => void; refuse: (error: unknown) => void }[] = [];
  ask = (query: Wanted, offset: number, signal: AbortSignal): Promise<SearchAnswer> =>
    new Promise((give, refuse) => this.asked.push({ q: query.q, offset, signal, give, refuse }));
}

const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

describe("results as one types", () => {
  it("shows the last words' answer, however late the first one's comes", async () => {
    const hub = new Hub();
    const searching = new Searching(hub.ask);

    void searching.want(wanted("ngân"));
    void searching.want(wanted("ngân sách"));
    hub.asked[1]!.give(answer("ngân sách", ["b"]));
    await settle();
    hub.asked[0]!.give(answer("ngân", ["a"]));
    await settle();

    expect(searching.results.map(({ id }) => id)).toEqual(["b"]);
    expect(hub.asked[0]!.signal.aborted).toBe(true);
    expect(searching.busy).toBe(false);
  });

  it("keeps what is shown while the next answer is awaited, and an older failure is nobody's", async () => {
    const hub = new Hub();
    const searching = new Searching(hub.ask);
    void searching.want(wanted("một"));
    hub.asked[0]!.give(answer("một", ["a"]));
    await settle();

    void searching.want(wanted("hai"));
    void searching.want(wanted("ba"));
    hub.asked[1]!.refuse(new Refused("no-network", 0));
    await settle();

    expect(searching.results.map(({ id }) => id)).toEqual(["a"]);
    expect(searching.failure).toBeNull();
    expect(searching.busy).toBe(true);
  });

  it("asks nothing for nothing and clears the page", async () => {
    const hub = new Hub();
    const searching = new Searching(hub.ask);
    void searching.want(wanted("một"));
    hub.asked[0]!.give(answer("một", ["a"]));
    await settle();

    await searching.want(wanted("  "));

    expect(searching.results).toEqual([]);
    expect(searching.answer).toBeNull();
    expect(hub.asked).toHaveLength(1);
  });

  it("adds the next page without doubles", async () => {
    const hub = new Hub();
    const searching = new Searching(hub.ask);
    void searching.want(wanted("một"));
    hub.asked[0]!.give(answer("một", ["a", "b"], { total_shown: 4 }));
    await settle();
    expect(searching.more).toBe(true);

    void searching.next();
    hub.asked[1]!.give(answer("một", ["b", "c", "d"], { total_shown: 4 }));
    await settle();

    expect(hub.asked[1]!.offset).toBe(2);
    expect(searching.results.map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
    expect(searching.more).toBe(false);
  });

  it("asks again by itself while the model is being made ready", async () => {
    vi.useFakeTimers();
    try {
      const hub = new Hub();
      const searching = new Searching(hub.ask);
      void searching.want(wanted("một"));
      hub.asked[0]!.give(answer("một", [], { model: { state: "loading", progress: 0.4 } }));
      await vi.advanceTimersByTimeAsync(1_600);
      expect(hub.asked).toHaveLength(2);

      hub.asked[1]!.give(answer("một", ["a"]));
      await vi.advanceTimersByTimeAsync(5_000);

      expect(hub.asked).toHaveLength(2);
      expect(searching.results.map(({ id }) => id)).toEqual(["a"]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("says what was refused, and goes on at the next words", async () => {
    const hub = new Hub();
    const searching = new Searching(hub.ask);
    void searching.want(wanted("một"));
    hub.asked[0]!.refuse(new Refused("no-network", 0));
    await settle();
    expect(searching.failure?.code).toBe("no-network");

    void searching.again();
    hub.asked[1]!.give(answer("một", ["a"]));
    await settle();

    expect(searching.failure).toBeNull();
    expect(searching.results).toHaveLength(1);
  });
});
