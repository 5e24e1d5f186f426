import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Arriving } from "./arriving.svelte";
import type { Hub } from "./build";

let online: (() => void)[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  online = [];
  vi.stubGlobal("addEventListener", (_: string, listener: () => void) => online.push(listener));
  vi.stubGlobal("removeEventListener", () => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A part that cannot be fetched until `there` is set, at a hub that is as `hub` says. */
function world(hub: Hub) {
  const now = { there: false, hub, asked: 0 };
  const load = async (): Promise<{ default: string }> => {
    now.asked += 1;
    if (!now.there) throw new TypeError("Failed to fetch dynamically imported module");
    return { default: "part" };
  };
  return { now, arriving: new Arriving(load, async () => now.hub) };
}
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

test("a part is asked for again when the network is back, and by itself a little later", async () => {
  const { now, arriving } = world("away");
  arriving.start();
  await settled();
  expect([arriving.part, arriving.trouble]).toEqual([null, "away"]);

  online[0]!(); // the network says it is back before it is
  await settled();
  expect(arriving.trouble).toBe("away");
  now.there = true;
  await vi.advanceTimersByTimeAsync(10_000);
  expect([arriving.part, arriving.trouble]).toEqual(["part", null]);
});

test("it is not asked for without end, and by a press all the same", async () => {
  const { now, arriving } = world("away");
  arriving.start();
  await vi.advanceTimersByTimeAsync(24 * 3600_000);
  const asked = now.asked;
  expect(asked).toBeLessThan(100);
  now.there = true;
  await arriving.ask();
  expect([now.asked, arriving.part]).toEqual([asked + 1, "part"]);
});

test("where the hub answers and the part does not come, the page says to load it anew", async () => {
  const other = world("newer");
  other.arriving.start();
  await vi.advanceTimersByTimeAsync(3600_000);
  expect([other.arriving.trouble, other.now.asked]).toEqual(["newer", 1]);

  const same = world("same");
  same.arriving.start();
  await vi.advanceTimersByTimeAsync(3600_000);
  expect([same.arriving.trouble, same.now.asked]).toEqual(["broken", 3]);
});

test("a part that is not shown any more is not asked for", async () => {
  const { now, arriving } = world("away");
  arriving.start()();
  await vi.advanceTimersByTimeAsync(3600_000);
  expect(now.asked).toBe(1);
});
