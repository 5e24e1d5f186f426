import "fake-indexeddb/auto";
import type { Me, NoteOnPaper } from "$/api/types";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { forgetCsrf } from "$/api/client";
import { setShared, unsentCount } from "$/kept";
import { welcome } from "$/shell/session.svelte";
import { change, choose, drop, readUnsent, sendNotes, unsent, write } from "./sending.svelte";
import { made } from "./unsent";

const NEW = { number: 1, page: 2, quote: "dự toán", before: "", after: "", text: "hỏi", colour: "amber" } as const;
const PLACE = { paper_title: "Tờ trình", meeting_id: "hop", meeting_title: "Họp", meeting_starts_at: null };

/** A hub with notes, as far as they are concerned; `there` is what it has, `away` that it cannot be reached. */
class HubOfNotes {
  there = new Map<string, NoteOnPaper>();
  away = false;
  /** What was asked arrives, and the answer does not. */
  mute = false;

  fetch = async (path: string, init: RequestInit): Promise<Response> => {
    if (this.away) throw new TypeError("no network");
    const answer = this.#answer(new URL(path, "http://hub"), init);
    if (this.mute && init.method !== "GET") throw new TypeError("no network");
    return answer;
  };

  #answer(url: URL, init: RequestInit): Response {
    const say = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
    if (url.pathname === "/api/csrf") return say(200, { token: "t" });
    const body = typeof init.body === "string" ? (JSON.parse(init.body) as NoteOnPaper & { base?: number }) : null;
    if (init.method === "POST" && body) {
      const note = this.there.get(body.id) ?? made(body.id, "giay", { ...NEW, text: body.text, colour: body.colour }, new Date(0));
      this.there.set(note.id, note);
      return say(201, note);
    }
    const id = url.pathname.split("/").at(-1)!;
    if (url.pathname.endsWith("paper-notes") || id === "notes") return say(200, [...this.there.values()]);
    const now = this.there.get(id);
    if (!now) return say(404, { code: "not-found" });
    if (init.method === "GET") return say(200, now);
    if (Number(body?.base ?? url.searchParams.get("base")) !== now.edition) return say(409, { code: "note-changed", detail: now.text });
    if (init.method === "DELETE") {
      this.there.delete(id);
      return new Response(null, { status: 204 });
    }
    this.there.set(id, { ...now, text: body!.text, colour: body!.colour, edition: now.edition + 1 });
    return say(200, this.there.get(id));
  }

  /** Another device of the same person. */
  elsewhere(text: string): void {
    for (const [id, note] of this.there) this.there.set(id, { ...note, text, edition: note.edition + 1 });
  }

  get texts(): string[] {
    return [...this.there.values()].map(({ text }) => text);
  }
}

let hub: HubOfNotes;

beforeEach(async () => {
  const stored = new Map<string, string>();
  hub = new HubOfNotes();
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.stubGlobal("location", { pathname: "/" });
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  });
  vi.stubGlobal("fetch", hub.fetch);
  forgetCsrf();
  welcome({ id: "an", name: "An" } as Me);
  await readUnsent();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

async function writeAway(): Promise<NoteOnPaper> {
  hub.away = true;
  await write("giay", NEW, PLACE);
  await sendNotes();
  hub.away = false;
  return unsent.all[0]!.note;
}

describe("notes written without a network", () => {
  it("wait on the device, and are one note at the hub also where its answer was lost", async () => {
    const note = await writeAway();
    expect([unsent.all.length, unsentCount("an"), hub.texts]).toEqual([1, 1, []]);
    hub.mute = true;
    await sendNotes();
    await change(note, { text: "hỏi rõ hơn", colour: "red" }, PLACE);
    await sendNotes();
    hub.mute = false;

    await sendNotes();

    expect([unsent.all, unsentCount("an"), hub.texts]).toEqual([[], 0, ["hỏi rõ hơn"]]);
  });

  it("that were deleted again before they were sent leave nothing", async () => {
    await drop(await writeAway(), PLACE);
    await sendNotes();

    expect([unsent.all, hub.texts]).toEqual([[], []]);
  });

  it("are refused at once on a shared device", async () => {
    setShared(true);
    hub.away = true;

    await expect(write("giay", NEW, PLACE)).rejects.toThrow("no-network");
    expect(unsent.all).toEqual([]);
  });
});

describe("a note that another device changed meanwhile", () => {
  async function twice(what: (note: NoteOnPaper) => Promise<void>): Promise<void> {
    await writeAway();
    await sendNotes();
    const [note] = hub.there.values();
    hub.away = true;
    await what(note!);
    await sendNotes();
    hub.away = false;
    hub.elsewhere("máy tính bảng");
    await sendNotes();
  }

  it.each([
    ["here", ["điện thoại"]],
    ["there", ["máy tính bảng"]],
    ["both", ["máy tính bảng", "điện thoại"]],
  ] as const)("waits with both texts until the person chooses: %s", async (what, texts) => {
    await twice((note) => change(note, { text: "điện thoại", colour: "amber" }, PLACE));
    const [waiting] = unsent.all;
    expect([waiting?.trouble?.code, waiting?.note.text, waiting?.trouble?.there?.text]).toEqual(["note-changed", "điện thoại", "máy tính bảng"]);
    expect(hub.texts).toEqual(["máy tính bảng"]);

    await choose(waiting!, what);

    expect([unsent.all, hub.texts]).toEqual([[], texts]);
  });

  it("is not deleted before the person has seen the change", async () => {
    await twice((note) => drop(note, PLACE));
    expect([hub.texts, unsent.all[0]?.trouble?.there?.text]).toEqual([["máy tính bảng"], "máy tính bảng"]);

    await choose(unsent.all[0]!, "here");

    expect([unsent.all, hub.texts]).toEqual([[], []]);
  });

  it("is written anew where it was deleted there, if the person wants it", async () => {
    await writeAway();
    await sendNotes();
    const [note] = hub.there.values();
    hub.away = true;
    await change(note!, { text: "điện thoại", colour: "amber" }, PLACE);
    hub.there.clear();
    hub.away = false;
    await sendNotes();
    expect(unsent.all[0]?.trouble?.code).toBe("note-gone");

    await choose(unsent.all[0]!, "here");

    expect([unsent.all, hub.texts]).toEqual([[], ["điện thoại"]]);
  });
});
