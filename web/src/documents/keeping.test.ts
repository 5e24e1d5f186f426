import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { clearLocal, copyName, forgetOthers, hasUnsaved, opened, rememberCopy, unsavedDocuments, UnsavedNote } from "./keeping";

let deleted: string[] = [];

beforeEach(() => {
  deleted = [];
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  vi.stubGlobal("localStorage", new Proxy(storage, { ownKeys: () => [...kept.keys()], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) }));
  vi.stubGlobal("indexedDB", {
    deleteDatabase: (name: string) => {
      const request = { onsuccess: () => {} };
      deleted.push(name);
      queueMicrotask(() => request.onsuccess());
      return request;
    },
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("what is unsaved on this device", () => {
  it("outlives the page that wrote it and ends with the hub's word to a later one", () => {
    const yesterday = new UnsavedNote("hạnh", "nq", "page-1");
    yesterday.unsaved();

    const today = new UnsavedNote("hạnh", "nq", "page-2");
    expect(today.inherited).toBe(true);
    expect(hasUnsaved()).toBe(true);
    today.saved();

    expect(hasUnsaved()).toBe(false);
  });

  it("is not ended by a page that does not have the newest of it", () => {
    const one = new UnsavedNote("hạnh", "nq", "page-1");
    one.unsaved();
    const other = new UnsavedNote("hạnh", "nq", "page-2");
    one.unsaved();

    other.saved();

    expect(hasUnsaved()).toBe(true);
    one.saved();
    expect(hasUnsaved()).toBe(false);
  });

  it("is known by the texts it is in, each named once", () => {
    for (const page of ["page-1", "page-2"]) new UnsavedNote("hạnh", "nq", page).unsaved();
    new UnsavedNote("hạnh", "bb", "page-3").unsaved();
    new UnsavedNote("đức", "ct", "page-4").unsaved();

    expect(unsavedDocuments("hạnh").sort()).toEqual(["bb", "nq"]);
  });

  it("is of one document", () => {
    new UnsavedNote("hạnh", "nq", "page-1").unsaved();

    expect(new UnsavedNote("hạnh", "bb", "page-2").inherited).toBe(false);
    expect(new UnsavedNote("đức", "nq", "page-3").inherited).toBe(false);
  });
});

describe("the copies on this device", () => {
  it("of other people go when the hub has all of them, and stay when it has not", async () => {
    for (const user of ["hạnh", "đức", "mai"]) rememberCopy(copyName(user, "nq"));
    new UnsavedNote("đức", "nq", "page-1").unsaved();

    await forgetOthers("hạnh");

    expect(deleted).toEqual([copyName("mai", "nq")]);
  });

  it("all go at sign-out, open documents first", async () => {
    rememberCopy(copyName("hạnh", "nq"));
    new UnsavedNote("hạnh", "nq", "page-1").unsaved();
    const close = vi.fn(async () => {});
    const gone = opened({ id: "nq", unsaved: true, close });

    await clearLocal();
    gone();

    expect(close).toHaveBeenCalledWith(true);
    expect(deleted).toEqual([copyName("hạnh", "nq"), "phien.kept", "phien.notes"]);
    expect(hasUnsaved()).toBe(false);
  });
});
