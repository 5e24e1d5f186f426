/** A day without a network, with the copies as browsers keep them: closed pages, old client ids, two people in one text. */
import "fake-indexeddb/auto";
import { IndexeddbPersistence } from "y-indexeddb";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Connection } from "./connection";
import { FakeHub, FakeSocket } from "./testing/hub";

class Page {
  readonly doc = new Y.Doc();
  readonly copy: IndexeddbPersistence;
  connection: Connection | null = null;
  unsaved: boolean;

  /** `left`: the page before this one had edits that the hub did not confirm. */
  constructor(
    readonly who: string,
    left = false,
  ) {
    this.unsaved = left;
    this.copy = new IndexeddbPersistence(`phien.document.${who}.nq`, this.doc);
  }

  async opened(hub: FakeHub, reachable: boolean): Promise<this> {
    await this.copy.whenSynced;
    this.connection = new Connection(this.doc, new Awareness(this.doc), {
      connect: reachable ? hub.connect : () => new FakeSocket(hub) as unknown as WebSocket,
      mayWrite: true,
      unsaved: this.unsaved,
      filled: this.doc.store.clients.size > 0,
      onChange: () => {},
      onUnsaved: (unsaved) => (this.unsaved = unsaved),
    });
    if (reachable) hub.line.open();
    return this;
  }

  get text(): Y.Text {
    return this.doc.getText("default");
  }

  async closed(): Promise<void> {
    this.connection?.stop();
    await this.copy.destroy();
    this.doc.destroy();
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a day without a network", () => {
  it("two people write, close their browsers, write again, and come back to one text with all of it", async () => {
    const hub = new FakeHub();
    hub.doc.getText("default").insert(0, "Điều 1. Kinh phí.\n");
    for (const who of ["an", "binh"]) {
      const before = await new Page(who).opened(hub, true);
      expect(before.text.toString()).toBe("Điều 1. Kinh phí.\n");
      await before.closed();
    }

    for (const [who, words] of [
      ["an", "Điều 2 của An. "],
      ["binh", "Điều 2 của Bình. "],
    ] as const) {
      const morning = await new Page(who).opened(hub, false);
      morning.text.insert(morning.text.length, words);
      expect(morning.unsaved).toBe(true);
      await morning.closed();
      vi.advanceTimersByTime(12 * 3600_000);
      const evening = await new Page(who, true).opened(hub, false);
      expect(evening.text.toString()).toContain(words); // the browser was closed in between
      evening.text.insert(0, `(${who} sửa đầu) `);
      await evening.closed();
    }

    const one = await new Page("an", true).opened(hub, true);
    await one.closed();
    const other = await new Page("binh", true).opened(hub, true);
    const again = await new Page("an").opened(hub, true);

    expect(one.unsaved).toBe(false);
    expect(other.unsaved).toBe(false);
    const text = hub.doc.getText("default").toString();
    for (const words of ["Điều 1. Kinh phí.", "Điều 2 của An. ", "Điều 2 của Bình. ", "(an sửa đầu) ", "(binh sửa đầu) "]) {
      expect(text.split(words)).toHaveLength(2);
    }
    expect(other.text.toString()).toBe(text);
    expect(again.text.toString()).toBe(text);
    await other.closed();
    await again.closed();
  });
});
