import "fake-indexeddb/auto";
import { Refused } from "$/api/client";
import type { Me } from "$/api/types";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { forgetAnswers, forgetMe, orKept, recall, recallAll, recallMe, remember, rememberMe } from "./answers";
import { kept, setShared, showKept } from "./device.svelte";

const AN = { id: "an", name: "An" } as Me;
const BÌNH = { id: "binh", name: "Bình" } as Me;
const away = (): Promise<never> => Promise.reject(new Refused("no-network", 0));
const DAY_MS = 86_400_000;

beforeEach(async () => {
  const notes = new Map<string, string>();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.stubGlobal("location", { pathname: "/" });
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => notes.get(key) ?? null,
    setItem: (key: string, value: string) => void notes.set(key, value),
    removeItem: (key: string) => void notes.delete(key),
  });
  await rememberMe(AN);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function databases(): Promise<(string | undefined)[]> {
  return (await indexedDB.databases()).map(({ name }) => name);
}

describe("what the hub said", () => {
  it("is said again without a network, with its age", async () => {
    const before = Date.now();
    expect(await orKept("an", "home", async () => ["phiên 1"])).toEqual({ body: ["phiên 1"], at: null });
    await vi.waitFor(async () => expect(await recall("an", "home")).not.toBeNull());

    const again = await orKept<string[]>("an", "home", away);

    expect(again.body).toEqual(["phiên 1"]);
    expect(again.at).toBeGreaterThanOrEqual(before);
  });

  it("is not said again where the hub says no, nor to somebody else", async () => {
    await remember("an", "home", ["phiên 1"]);

    await expect(orKept("an", "home", () => Promise.reject(new Refused("forbidden", 403)))).rejects.toThrow("forbidden");
    await expect(orKept("binh", "home", away)).rejects.toThrow("no-network");
  });

  it("is forgotten after a week", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    await remember("an", "home", ["phiên 1"]);
    vi.setSystemTime(Date.now() + 8 * DAY_MS);

    expect(await recall("an", "home")).toBeNull();
  });

  it("is bounded: of sixty-five meetings the sixty last ones are there", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    for (let number = 0; number < 65; number += 1) {
      vi.setSystemTime(Date.now() + 1);
      await remember("an", `meeting/${number}`, number);
    }

    expect((await recallAll<number>("an", "meeting/")).length).toBe(60);
    expect(await recall("an", "meeting/4")).toBeNull();
    expect((await recall("an", "meeting/5"))?.body).toBe(5);
  });
});

describe("who is signed in without a network", () => {
  it("is who was last, and nothing is left of the one before", async () => {
    await rememberMe(AN);
    await remember("an", "home", ["phiên của An"]);
    await rememberMe(BÌNH);

    expect((await recallMe())?.body).toEqual(BÌNH);
    expect(await recall("an", "home")).toBeNull();
  });

  it("is nobody after the hub said so, after a sign-out, and on a device that keeps nothing", async () => {
    await rememberMe(AN);
    await forgetMe();
    expect(await recallMe()).toBeNull();

    await rememberMe(AN);
    await forgetAnswers();
    await remember("an", "home", ["phiên 1"]); // what was still running in the page
    expect(await recallMe()).toBeNull();
    expect(await databases()).toEqual([]);
  });
});

describe("where nothing may be kept", () => {
  beforeEach(() => vi.stubGlobal("indexedDB", new IDBFactory()));

  it("no database is made on a shared device", async () => {
    setShared(true);
    await remember("an", "home", ["phiên 1"]);

    expect(await databases()).toEqual([]);
    expect(await recall("an", "home")).toBeNull();
  });

  it("none on a room's screen", async () => {
    vi.stubGlobal("location", { pathname: "/hop/11111111-1111-1111-1111-111111111111/man-hinh" });
    await remember("an", "home", ["phiên 1"]);

    expect(await databases()).toEqual([]);
  });
});

it("the age that is shown is that of the oldest thing on the screen", () => {
  showKept("home", 2_000);
  showKept("me", 1_000);
  expect(kept.at).toBe(1_000);
  showKept("me", null);
  expect(kept.at).toBe(2_000);
  showKept("home", null);
  expect(kept.at).toBeNull();
});
