/**
 * My microphone in a meeting: from the device to the hub, and what the hub answers.
 * It outlives the panel that started it (a tab is changed, the captions go on) and comes back by itself when the line breaks;
 * what it could not send meanwhile it keeps for a few seconds, and says so when that was not enough.
 */
import { tellSessionEnded } from "$/api/client";
import type { Uuid } from "$/api/types";
import workletUrl from "./recorder.worklet.ts?worker&url";

/** off · asking: the browser asks its user · opening · on · paused: nobody recognises · lost: trying to reach the hub · ending: last words */
export type MicrophoneState = "off" | "asking" | "opening" | "on" | "paused" | "lost" | "ending";
/** Why it is off, as a sentence's key: of the device, or the hub's code. */
export type Trouble =
  | { of: "device"; why: "denied" | "none" | "busy" | "insecure" | "unplugged" | "broken" }
  | { of: "hub"; code: string }
  | { of: "ended"; reason: string };

export interface Wish {
  meeting: Uuid;
  language: "vi" | "en";
  /** Undefined: me. `room`: the room's microphone. */
  speaker?: Uuid | "room" | undefined;
}

interface Piece {
  sound: ArrayBuffer;
  loud: number;
}

/** So many pieces without any sound at all and the speaker is told: twenty seconds. */
const SILENT_PIECES = 200;
const KEPT_PIECES = 50;
/** Four seconds of sound: past it the line is too slow and the newest is left out. */
const UNSENT_BYTES = 128_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
/** The hub says every second that it hears; after this silence the line is dead, whatever the socket believes. */
const DEAF_MS = 8_000;
const ENDING_MS = 30_000;

class Microphone {
  state = $state<MicrophoneState>("off");
  trouble = $state.raw<Trouble | null>(null);
  /** 0 to 1, ten times a second. */
  loud = $state(0);
  /** Seconds that were spoken and reached nobody. */
  missed = $state(0);
  /** On, and nothing comes out of it: muted, or the wrong device. */
  silent = $state(false);
  why = $state("");
  wish = $state.raw<Wish | null>(null);
  session = $state<Uuid | null>(null);

  #stream: MediaStream | null = null;
  #sound: AudioContext | null = null;
  #socket: WebSocket | null = null;
  #kept: ArrayBuffer[] = [];
  #tries = 0;
  #quiet = 0;
  #timers: Partial<Record<"retry" | "deaf" | "ending", ReturnType<typeof setTimeout>>> = {};

  isOn(meeting: Uuid): boolean {
    return this.state !== "off" && this.wish?.meeting === meeting;
  }

  async start(wish: Wish): Promise<void> {
    if (this.state !== "off") return;
    this.trouble = null;
    this.missed = 0;
    this.wish = wish;
    this.state = "asking";
    const trouble = await this.#open();
    // It may have been turned off while the browser was asking.
    if ((this.state as MicrophoneState) !== "asking") return this.#release();
    if (trouble) return this.#off(trouble);
    this.state = "opening";
    this.#connect();
  }

  /** Ends it with the last words: the device is let go at once, the hub finishes what it has heard. */
  stop(): void {
    this.#release();
    if (this.#socket?.readyState !== WebSocket.OPEN) return this.#off(null);
    this.state = "ending";
    this.#socket.send("end");
    this.#timers.ending = setTimeout(() => this.#off(null), ENDING_MS);
  }

  async #open(): Promise<Trouble | null> {
    // Only a secure page has them.
    if (!navigator.mediaDevices?.getUserMedia) return { of: "device", why: "insecure" };
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
      this.#sound = new AudioContext();
      await this.#sound.audioWorklet.addModule(workletUrl);
      const recorder = new AudioWorkletNode(this.#sound, "recorder", { numberOfOutputs: 0 });
      recorder.port.onmessage = ({ data }: MessageEvent<Piece>) => this.#take(data);
      this.#sound.createMediaStreamSource(this.#stream).connect(recorder);
      if (this.#sound.state === "suspended") await this.#sound.resume();
      for (const track of this.#stream.getAudioTracks()) track.onended = () => this.#off({ of: "device", why: "unplugged" });
      return null;
    } catch (error) {
      return { of: "device", why: deviceTrouble(error) };
    }
  }

  #take({ sound, loud }: Piece): void {
    this.loud = loud;
    this.#quiet = loud > 0 ? 0 : this.#quiet + 1;
    this.silent = this.#quiet >= SILENT_PIECES;
    const socket = this.#socket;
    if (socket?.readyState === WebSocket.OPEN && this.session !== null) {
      for (const old of this.#kept.splice(0)) socket.send(old);
      if (socket.bufferedAmount < UNSENT_BYTES) socket.send(sound);
      else this.missed += 0.1;
      return;
    }
    this.#kept.push(sound);
    if (this.#kept.length > KEPT_PIECES) {
      this.#kept.shift();
      this.missed += 0.1;
    }
  }

  #connect(): void {
    const wish = this.wish;
    if (!wish) return;
    const query = new URLSearchParams({ language: wish.language });
    if (wish.speaker !== undefined) query.set("speaker", wish.speaker);
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/meetings/${wish.meeting}/microphone?${query}`);
    this.#socket = socket;
    this.session = null;
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#hear(JSON.parse(String(data)) as FromHub);
    };
    socket.onclose = ({ code, reason }) => {
      if (socket === this.#socket) this.#closed(code, reason);
    };
    this.#watch();
  }

  #watch(): void {
    clearTimeout(this.#timers.deaf);
    this.#timers.deaf = setTimeout(() => {
      const socket = this.#socket;
      if (!socket || this.state === "ending") return;
      this.#closed(1006, "");
      socket.close();
    }, DEAF_MS);
  }

  #hear(said: FromHub): void {
    this.#watch();
    switch (said.type) {
      case "started":
        this.session = said.session_id;
        this.#tries = 0;
        if (this.state !== "ending") this.state = "on";
        return;
      case "state":
        if (this.state === "ending") return;
        this.state = said.state === "paused" ? "paused" : "on";
        this.why = said.reason ?? "";
        return;
      case "lost":
        this.missed += said.seconds;
        return;
      case "stopped":
        return this.#off(said.reason === "ended" ? null : { of: "ended", reason: said.reason });
      case "heard":
      case "final":
        return;
      default:
        said satisfies never;
    }
  }

  #closed(code: number, reason: string): void {
    this.#socket = null;
    this.session = null;
    clearTimeout(this.#timers.deaf);
    if (this.state === "ending" || this.state === "off") return this.#off(null);
    if (code === 4401) {
      this.#off({ of: "hub", code: "not-signed-in" });
      tellSessionEnded();
      return;
    }
    if (code >= 4400 && code < 4500) return this.#off({ of: "hub", code: reason || "broken" });
    if (code === 1000) return this.#off({ of: "ended", reason });
    this.state = "lost";
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.#tries++, LONGEST_WAIT_MS) * (0.8 + 0.4 * Math.random());
    this.#timers.retry = setTimeout(() => this.#connect(), wait);
  }

  #off(trouble: Trouble | null): void {
    this.#release();
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#timers = {};
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#kept = [];
    this.#tries = 0;
    this.#quiet = 0;
    this.silent = false;
    this.session = null;
    this.loud = 0;
    this.trouble = trouble;
    this.state = "off";
  }

  /** The browser's own sign that it listens goes out with this. */
  #release(): void {
    for (const track of this.#stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.#stream = null;
    void this.#sound?.close();
    this.#sound = null;
    this.loud = 0;
  }
}

type FromHub =
  | { type: "started"; session_id: Uuid }
  | { type: "state"; state: "up" | "paused"; reason?: string }
  | { type: "heard"; seconds: number }
  | { type: "lost"; seconds: number }
  | { type: "final"; text: string; start: number; end: number }
  | { type: "stopped"; reason: string };

function deviceTrouble(error: unknown): "denied" | "none" | "busy" | "broken" {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "none";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  return "broken";
}

/** One device, one microphone. */
export const microphone = new Microphone();
