/** The hub's end of the wire, for tests: a Y.Doc that answers like the real one, with a hand on when "saved" is told and when the line breaks. */
import * as Y from "yjs";
import * as wire from "../wire";

export class FakeHub {
  readonly doc = new Y.Doc();
  readonly lines: FakeSocket[] = [];
  /** Commit, and tell, as frames come; otherwise when `commit` is called. */
  prompt = true;
  readers = false;
  /** Who writes may only comment, and none of this is a suggestion. */
  commenters = false;
  /** The log is damaged, noticed then: everybody only reads. */
  damaged: string | null = null;

  readonly connect = (): WebSocket => {
    const socket = new FakeSocket(this);
    this.lines.push(socket);
    return socket as unknown as WebSocket;
  };

  get line(): FakeSocket {
    return this.lines.at(-1)!;
  }

  edit(change: (doc: Y.Doc) => void): void {
    const before = Y.encodeStateVector(this.doc);
    change(this.doc);
    this.line.say(wire.update(Y.encodeStateAsUpdate(this.doc, before)));
  }
}

export class FakeSocket {
  readyState = 0;
  bufferedAmount = 0;
  binaryType = "blob";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  /** Frames that carried edits, as the hub counts them. */
  taken = 0;
  readonly heard: string[] = [];
  mute = false;

  constructor(readonly hub: FakeHub) {}

  /** What was heard besides presence. */
  get edits(): string[] {
    return this.heard.filter((type) => type !== "awareness");
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
    this.say(wire.step1(this.hub.doc));
    if (this.hub.damaged !== null) this.say(wire.refused(`damaged ${this.hub.damaged}`));
  }

  send(frame: Uint8Array): void {
    if (this.readyState !== 1) throw new Error("sent on a line that is not open");
    const heard = wire.read(frame);
    this.heard.push(heard.type);
    if (heard.type === "step-1" && !this.mute) this.say(wire.step2(Y.encodeStateAsUpdate(this.hub.doc, heard.stateVector)));
    if (heard.type !== "step-2" && heard.type !== "update") return;
    if (this.hub.damaged !== null && !same(heard.update, wire.NOTHING)) return this.say(wire.refused(`damaged ${this.hub.damaged}`));
    if (this.hub.commenters && !same(heard.update, wire.NOTHING)) return this.say(wire.refused("not-a-suggestion"));
    if (this.hub.readers && !same(heard.update, wire.NOTHING)) return this.say(wire.refused("read-only"));
    Y.applyUpdate(this.hub.doc, heard.update);
    this.taken += 1;
    if (this.hub.prompt) this.commit();
  }

  commit(frames = this.taken): void {
    this.say(wire.saved(frames));
  }

  say(frame: Uint8Array<ArrayBuffer>): void {
    this.onmessage?.({ data: frame.buffer.slice(frame.byteOffset, frame.byteOffset + frame.byteLength) });
  }

  /** The hub hangs up with a code, or the line breaks (1006). */
  drop(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  close(): void {
    this.readyState = 3;
  }
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
