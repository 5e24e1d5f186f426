/** A microphone's ends: what the device does to it, and what the hub says. The browser's parts are stood in for; the class is the page's own. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.mock("./recorder.worklet.ts?worker&url", () => ({ default: "recorder.js" }));

class Track {
  onended: (() => void) | null = null;
  stopped = false;
  stop(): void {
    this.stopped = true;
  }
}

class Stream {
  readonly track = new Track();
  getTracks(): Track[] {
    return [this.track];
  }
  getAudioTracks(): Track[] {
    return [this.track];
  }
}

class Socket {
  static readonly OPEN = 1;
  static last: Socket;
  readyState = 1;
  bufferedAmount = 0;
  sent: unknown[] = [];
  closed = false;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((closing: { code: number; reason: string }) => void) | null = null;
  constructor(readonly url: string) {
    Socket.last = this;
  }
  send(what: unknown): void {
    this.sent.push(what);
  }
  close(): void {
    this.closed = true;
  }
  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

let stream: Stream;
let refusal: DOMException | null;
let piece: (data: { sound: ArrayBuffer; loud: number }) => void;

async function fresh(): Promise<typeof import("./microphone.svelte")> {
  vi.resetModules();
  return import("./microphone.svelte");
}

async function on(): Promise<Awaited<ReturnType<typeof fresh>>["microphone"]> {
  const { microphone } = await fresh();
  await microphone.start({ meeting: "m", language: "vi" });
  Socket.last.says({ type: "started", session_id: "s" });
  expect(microphone.state).toBe("on");
  return microphone;
}

beforeEach(() => {
  vi.useFakeTimers();
  stream = new Stream();
  refusal = null;
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: () => (refusal ? Promise.reject(refusal) : Promise.resolve(stream)) } });
  vi.stubGlobal("location", { protocol: "https:", host: "phien.test" });
  vi.stubGlobal("WebSocket", Socket);
  vi.stubGlobal(
    "AudioContext",
    class {
      state = "running";
      audioWorklet = { addModule: () => Promise.resolve() };
      createMediaStreamSource = () => ({ connect: () => undefined });
      close = () => Promise.resolve();
    },
  );
  vi.stubGlobal(
    "AudioWorkletNode",
    class {
      port = {
        set onmessage(listener: (message: { data: { sound: ArrayBuffer; loud: number } }) => void) {
          piece = (data) => listener({ data });
        },
      };
    },
  );
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a microphone's device", () => {
  it.each([
    ["NotAllowedError", "denied"],
    ["NotFoundError", "none"],
    ["NotReadableError", "busy"],
  ])("that is refused (%s) says why and leaves nothing open", async (name, why) => {
    refusal = new DOMException("", name);
    const { microphone } = await fresh();

    await microphone.start({ meeting: "m", language: "vi" });

    expect(microphone.state).toBe("off");
    expect(microphone.trouble).toEqual({ of: "device", why });
  });

  it("that is pulled out, or loses its permission, ends the captions at once and says so", async () => {
    const microphone = await on();

    stream.track.onended?.();

    expect(microphone.state).toBe("off");
    expect(microphone.trouble).toEqual({ of: "device", why: "unplugged" });
    expect(Socket.last.closed).toBe(true);
    expect(stream.track.stopped).toBe(true);
  });

  it("that gives no sound is told of after a while, not when somebody only draws breath", async () => {
    const microphone = await on();
    const hears = (loud: number, times: number): void => {
      for (let i = 0; i < times; i++) piece({ sound: new ArrayBuffer(2), loud });
    };

    hears(0, 150);
    expect(microphone.silent).toBe(false);
    hears(0.2, 1);
    hears(0, 199);
    expect(microphone.silent).toBe(false);
    hears(0, 1);
    expect(microphone.silent).toBe(true);
    hears(0.1, 1);
    expect(microphone.silent).toBe(false);
  });
});

describe("the hub", () => {
  it("that hears nothing any more ends it, with the reason", async () => {
    const microphone = await on();

    Socket.last.says({ type: "stopped", reason: "silent" });

    expect(microphone.state).toBe("off");
    expect(microphone.trouble).toEqual({ of: "ended", reason: "silent" });
    expect(stream.track.stopped).toBe(true);
  });

  it("that takes the right away by a code is believed, and not asked again", async () => {
    const microphone = await on();
    const first = Socket.last;

    first.onclose?.({ code: 1000, reason: "no-right" });
    await vi.advanceTimersByTimeAsync(60_000);

    expect(microphone.trouble).toEqual({ of: "ended", reason: "no-right" });
    expect(Socket.last).toBe(first);
  });

  it("that goes away is looked for again with the sound of meanwhile", async () => {
    const microphone = await on();
    Socket.last.onclose?.({ code: 1006, reason: "" });
    expect(microphone.state).toBe("lost");
    piece({ sound: new ArrayBuffer(4), loud: 0.5 });

    await vi.advanceTimersByTimeAsync(1_000);
    Socket.last.says({ type: "started", session_id: "t" });
    piece({ sound: new ArrayBuffer(6), loud: 0.5 });

    expect(Socket.last.sent.map((one) => (one as ArrayBuffer).byteLength)).toEqual([4, 6]);
    expect(microphone.missed).toBe(0);
    microphone.stop();
  });
});
