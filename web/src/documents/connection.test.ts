import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { Connection, type Wish } from "./connection";
import { FakeHub } from "./testing/hub";
import { chance } from "./testing/chance";
import * as wire from "./wire";

let open: Connection[] = [];

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  for (const connection of open) connection.stop();
  open = [];
  vi.useRealTimers();
});

function join(hub: FakeHub, wish: Partial<Wish> = {}, doc = new Y.Doc()) {
  const said: boolean[] = [];
  const signedOut = vi.fn();
  const awareness = new Awareness(doc);
  const connection = new Connection(doc, awareness, {
    connect: hub.connect,
    mayWrite: true,
    unsaved: false,
    filled: false,
    onChange: () => {},
    onUnsaved: (unsaved) => said.push(unsaved),
    onSignedOut: signedOut,
    ...wish,
  });
  open.push(connection);
  return { connection, doc, awareness, said, signedOut, text: doc.getText("text"), is: () => connection.status.is };
}

describe("what is said of one's edits", () => {
  it("is 'loading' until the hub has sent the document, then 'saved'", () => {
    const hub = new FakeHub();
    hub.doc.getText("text").insert(0, "Điều 1");
    const me = join(hub);
    expect(me.is()).toBe("loading");

    hub.line.open();

    expect(me.is()).toBe("saved");
    expect(me.text.toString()).toBe("Điều 1");
  });

  it("is 'saving' until the hub has committed the very last frame", () => {
    const hub = new FakeHub();
    const me = join(hub);
    hub.line.open();
    hub.prompt = false;

    me.text.insert(0, "a");
    me.text.insert(1, "b");
    expect(me.is()).toBe("saving");

    hub.line.commit(2); // the answer to step 1 and "a"
    expect(me.is()).toBe("saving");

    hub.line.commit(3);
    expect(me.is()).toBe("saved");
    expect(me.said).toEqual([true, true, false]);
  });

  it("is not 'saved' on a word about a deletion that was not told", () => {
    const hub = new FakeHub();
    const me = join(hub);
    hub.line.open();
    me.text.insert(0, "ab");
    expect(me.is()).toBe("saved");
    hub.prompt = false;

    me.text.delete(0, 2); // moves no clock

    expect(me.is()).toBe("saving");
    hub.line.commit();
    expect(me.is()).toBe("saved");
  });

  it("says nothing of a break that passes at once, and 'offline' when it lasts", () => {
    const hub = new FakeHub();
    const me = join(hub);
    hub.line.open();

    hub.line.drop();
    vi.advanceTimersByTime(1_000);
    expect(me.connection.status).toEqual({ is: "saved" });
    me.text.insert(0, "a");
    expect(me.is()).toBe("saving");
    vi.advanceTimersByTime(4_500);

    expect(me.connection.status).toEqual({ is: "offline", unsaved: true });
  });

  it("counts what was sent on a broken line as unsaved until the next line confirms it", () => {
    const hub = new FakeHub();
    const me = join(hub);
    hub.line.open();
    hub.prompt = false;
    me.text.insert(0, "trước");
    hub.line.drop();
    me.text.insert(5, " và khi mất mạng");

    vi.advanceTimersByTime(300);
    hub.line.open();
    expect(me.is()).toBe("saving");
    expect(hub.doc.getText("text").toString()).toBe("trước và khi mất mạng");

    hub.line.commit();
    expect(me.is()).toBe("saved");
  });

  it("starts unsaved when an earlier page left edits behind, and sends them", () => {
    const hub = new FakeHub();
    const doc = new Y.Doc();
    doc.getText("text").insert(0, "hôm qua");
    hub.prompt = false;
    const me = join(hub, { unsaved: true, filled: true }, doc);
    expect(me.is()).toBe("saving");

    hub.line.open();
    expect(me.is()).toBe("saving");
    hub.line.commit();

    expect(me.is()).toBe("saved");
    expect(hub.doc.getText("text").toString()).toBe("hôm qua");
  });
});

describe("a hub that cannot save", () => {
  it("is 'unsaved' when it confirms nothing for five seconds, and 'saved' as soon as it does", () => {
    const hub = new FakeHub();
    const me = join(hub);
    hub.line.open();
    hub.prompt = false;
    me.text.insert(0, "không còn chỗ");
    vi.advanceTimersByTime(4_000);
    expect(me.is()).toBe("saving");

    vi.advanceTimersByTime(1_500);
    expect(me.is()).toBe("unsaved");
    expect(me.connection.mayWrite).toBe(true);
    me.text.insert(0, "vẫn viết ");
    expect(me.is()).toBe("unsaved");

    hub.line.commit();
    expect(me.is()).toBe("saved");
  });

  it("is 'saving' for one who never stops while the hub keeps confirming", () => {
    const hub = new FakeHub();
    const me = join(hub);
    hub.line.open();
    hub.prompt = false;
    for (let word = 0; word < 20; word += 1) {
      me.text.insert(0, "a");
      vi.advanceTimersByTime(1_000);
      hub.line.commit(hub.line.taken - 1);
      me.text.insert(0, "b");
      expect(me.is()).toBe("saving");
    }
  });

  it("tells the screen by itself when the moment is over", () => {
    const hub = new FakeHub();
    const seen: string[] = [];
    const me = join(hub, { onChange: (status) => seen.push(status.is) });
    hub.line.open();
    hub.prompt = false;
    me.text.insert(0, "a");

    vi.advanceTimersByTime(6_000);

    expect(seen.at(-1)).toBe("unsaved");
  });
});

describe("a document whose log is damaged", () => {
  it("is read, says when that was noticed, and is written in again when it was mended", () => {
    const hub = new FakeHub();
    hub.doc.getText("text").insert(0, "phần còn nguyên");
    hub.damaged = "2026-03-02T08:14:00Z";
    const me = join(hub);
    hub.line.open();

    expect(me.connection.status).toEqual({ is: "refused", why: "damaged", unsaved: false, noticed: "2026-03-02T08:14:00Z" });
    expect(me.connection.mayWrite).toBe(false);
    expect(me.text.toString()).toBe("phần còn nguyên");

    hub.damaged = null;
    hub.line.drop(1012);
    vi.advanceTimersByTime(500);
    hub.line.open();
    me.text.insert(0, "viết tiếp ");

    expect(me.is()).toBe("saved");
    expect(hub.doc.getText("text").toString()).toBe("viết tiếp phần còn nguyên");
  });
});

describe("the line", () => {
  it("sends no edit before the hub has said what it lacks", () => {
    const hub = new FakeHub();
    const me = join(hub);
    me.text.insert(0, "a");
    hub.line.readyState = 1;
    hub.line.onopen?.();
    me.text.insert(1, "b");
    expect(hub.line.edits).toEqual(["step-1"]);

    hub.line.say(wire.step1(hub.doc));

    expect(hub.line.edits).toEqual(["step-1", "step-2"]);
    expect(hub.doc.getText("text").toString()).toBe("ab");
  });

  it.each([
    [4400, "broken-frame"],
    [4401, "signed-out"],
    [4403, "forbidden"],
    [4404, "missing"],
  ] as const)("does not come back by itself after %i", (code, why) => {
    const hub = new FakeHub();
    const me = join(hub);
    hub.line.open();

    hub.line.drop(code);
    vi.advanceTimersByTime(60_000);

    expect(me.connection.status).toEqual({ is: "refused", why, unsaved: false });
    expect(hub.lines).toHaveLength(1);
    expect(me.signedOut).toHaveBeenCalledTimes(code === 4401 ? 1 : 0);
  });

  it("comes back after signing in again with everything written meanwhile", () => {
    const hub = new FakeHub();
    const me = join(hub);
    hub.line.open();
    hub.line.drop(4401);
    me.text.insert(0, "viết khi hết phiên");
    expect(me.connection.status).toMatchObject({ is: "refused", unsaved: true });

    me.connection.resume();
    hub.line.open();

    expect(me.is()).toBe("saved");
    expect(hub.doc.getText("text").toString()).toBe("viết khi hết phiên");
  });

  it.each([1006, 1011, 1012, 1013])("comes back by itself after %i, each time a little later", (code) => {
    const hub = new FakeHub();
    join(hub);
    for (let failure = 0; failure < 12; failure += 1) {
      hub.line.drop(code);
      vi.advanceTimersByTime(8_000);
    }

    expect(hub.lines).toHaveLength(13);
    hub.line.open();
    hub.line.drop(code);
    vi.advanceTimersByTime(250);
    expect(hub.lines).toHaveLength(14);
  });

  it("notices a line that died in silence, and leaves a quiet one alone", () => {
    const hub = new FakeHub();
    join(hub);
    hub.line.open();
    vi.advanceTimersByTime(120_000);
    expect(hub.lines).toHaveLength(1);

    hub.line.mute = true;
    vi.advanceTimersByTime(45_000);

    expect(hub.lines.length).toBeGreaterThan(1);
  });

  it("gives up a handshake that never ends", () => {
    const hub = new FakeHub();
    join(hub);

    vi.advanceTimersByTime(20_000);

    expect(hub.lines.length).toBeGreaterThan(1);
  });
});

describe("a reader", () => {
  it("sends nothing of its own, whatever its editor tidies", () => {
    const hub = new FakeHub();
    hub.doc.getText("text").insert(0, "Điều 1");
    hub.readers = true;
    const me = join(hub, { mayWrite: false });
    hub.line.open();

    me.text.insert(0, "x");

    expect(hub.line.edits).toEqual(["step-1", "step-2"]);
    expect(me.is()).toBe("saved");
    expect(me.said).toEqual([]);
  });

  it("is told when a right was withdrawn, and stops sending", () => {
    const hub = new FakeHub();
    const me = join(hub);
    hub.line.open();
    hub.readers = true;

    me.text.insert(0, "a");
    me.text.insert(0, "b");

    expect(me.connection.status).toEqual({ is: "refused", why: "read-only", unsaved: true });
    expect(me.connection.mayWrite).toBe(false);
    expect(hub.line.heard.filter((type) => type === "update")).toHaveLength(1);
  });

  it("is told when the hub takes an edit for more than a suggestion, and sends it again when the right has grown", () => {
    const hub = new FakeHub();
    const me = join(hub);
    hub.line.open();
    hub.commenters = true; // the page has heard of the new right, the hub's end of the line not yet

    me.text.insert(0, "Điều 1");
    me.text.insert(0, "! ");
    expect(me.connection.status).toEqual({ is: "refused", why: "not-a-suggestion", unsaved: true });
    expect(me.connection.mayWrite).toBe(false);
    expect(hub.line.heard.filter((type) => type === "update")).toHaveLength(1);

    hub.commenters = false;
    me.connection.allow(true);
    hub.line.open();

    expect(hub.doc.getText("text").toString()).toBe("! Điều 1");
    expect(me.is()).toBe("saved");
  });

  it("writes as soon as it is allowed to", () => {
    const hub = new FakeHub();
    const me = join(hub, { mayWrite: false });
    hub.line.open();

    me.connection.allow(true);
    hub.line.open();
    me.text.insert(0, "được rồi");

    expect(hub.doc.getText("text").toString()).toBe("được rồi");
    expect(me.is()).toBe("saved");
  });
});

describe("presence", () => {
  it("tells where one is at most every 50 ms, and takes others away when the line breaks", () => {
    const hub = new FakeHub();
    const me = join(hub);
    hub.line.open();
    const before = hub.line.heard.length;
    const other = new Awareness(new Y.Doc());
    other.setLocalState({ user: { name: "Trần Văn Lợi" } });
    hub.line.say(wire.awarenessOf(other, [other.clientID]));
    expect(me.awareness.getStates().size).toBe(2);

    for (let at = 0; at < 20; at += 1) me.awareness.setLocalStateField("cursor", at);
    vi.advanceTimersByTime(60);
    expect(hub.line.heard.slice(before)).toEqual(["awareness"]);

    hub.line.drop();
    expect([...me.awareness.getStates().keys()]).toEqual([me.doc.clientID]);
    other.destroy();
  });
});

describe("two people on lines that break at any time", () => {
  it("converge, and 'saved' is never said of an edit the hub does not have", () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = chance(seed);
      const hub = new FakeHub();
      const me = join(hub);
      let written = 0;
      for (let step = 0; step < 60; step += 1) {
        const choice = random.below(10);
        if (choice < 4) me.text.insert(random.below(me.text.length + 1), String((written += 1)));
        else if (choice === 4 && me.text.length > 0) me.text.delete(random.below(me.text.length), 1);
        else if (choice === 5 && hub.line.readyState === 1) hub.line.drop();
        else if (choice === 6 && hub.line.readyState === 1) hub.edit((doc) => doc.getText("text").insert(0, "*"));
        else if (choice === 7) hub.prompt = !hub.prompt;
        else if (hub.line.readyState === 0) hub.line.open();
        else vi.advanceTimersByTime(random.below(9_000));

        if (me.is() === "saved") expect(hub.doc.getText("text").toString(), `seed ${seed} step ${step}`).toBe(me.text.toString());
      }
      hub.prompt = true;
      while (hub.line.readyState !== 1) {
        if (hub.line.readyState === 0) hub.line.open();
        else vi.advanceTimersByTime(8_000);
      }
      me.text.insert(0, "!");

      expect(me.is(), `seed ${seed}`).toBe("saved");
      expect(hub.doc.getText("text").toString(), `seed ${seed}`).toBe(me.text.toString());
      me.connection.stop();
    }
  });
});
