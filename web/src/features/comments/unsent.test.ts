// @vitest-environment happy-dom
import { Refused } from "$/api";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Unsent, type Waiting } from "./unsent.svelte";

const said = (key: string): Waiting => ({ kind: "reply", key, text: `lời ${key}`, mentions: [], thread: "luong" });
let open: Unsent[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => {
  for (const one of open) one.close();
  open = [];
  vi.useRealTimers();
});

function unsent(send: (one: Waiting) => Promise<void>): Unsent {
  const made = new Unsent("an", "van-ban", send);
  open.push(made);
  return made;
}

it("keeps what could not be sent, in its order, for this page and the next", async () => {
  const sent: string[] = [];
  let network = false;
  const send = async (one: Waiting): Promise<void> => {
    if (!network) throw new Refused("no-network", 0);
    sent.push(one.key);
  };
  const first = unsent(send);
  first.add(said("1"));
  first.add(said("2"));
  await vi.advanceTimersByTimeAsync(100);
  expect(first.all.map((one) => one.key)).toEqual(["1", "2"]);
  first.close();

  network = true;
  const next = unsent(send);
  await vi.advanceTimersByTimeAsync(100);

  expect(sent).toEqual(["1", "2"]);
  expect(next.all).toEqual([]);
  expect(localStorage).toHaveLength(0);
});

it("tries again by itself after a while, and at once when the network is back", async () => {
  let tries = 0;
  const one = unsent(async () => {
    tries += 1;
    throw new Refused("no-network", 0);
  });
  one.add(said("1"));
  await vi.advanceTimersByTimeAsync(0);
  expect(tries).toBe(1);

  await vi.advanceTimersByTimeAsync(5_000);
  expect(tries).toBe(2);
  globalThis.dispatchEvent(new Event("online"));
  await vi.advanceTimersByTimeAsync(0);
  expect(tries).toBe(3);
});

it("says what the hub refuses and sends the rest", async () => {
  const sent: string[] = [];
  const one = unsent(async ({ key }) => {
    if (key === "1") throw new Refused("thread-resolved", 409);
    sent.push(key);
  });
  one.add(said("1"));
  one.add(said("2"));
  await vi.advanceTimersByTimeAsync(60_000);

  expect(sent).toEqual(["2"]);
  expect(one.all).toMatchObject([{ key: "1", why: "thread-resolved" }]);
  one.drop("1");
  expect(localStorage).toHaveLength(0);
});
