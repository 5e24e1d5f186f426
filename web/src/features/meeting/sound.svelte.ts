/** A soft sound for who chairs, off until it is asked for; the wish is kept on this device. */

const KEY = "phien.sound";
const TONE_HZ = 660;
const TONE_SECONDS = 0.18;
const BETWEEN_SECONDS = 0.28;
const LOUD = 0.12;

let on = $state(globalThis.localStorage?.getItem(KEY) === "1");
let context: AudioContext | null = null;

export const sound = {
  get on(): boolean {
    return on;
  },
  /** Turning it on is a press, which is when a browser lets a page make a sound at all: it is heard once. */
  turn(wish: boolean): void {
    on = wish;
    localStorage.setItem(KEY, wish ? "1" : "0");
    if (wish) ring(1);
  },
};

export function ring(times: number): void {
  if (typeof AudioContext === "undefined") return;
  context ??= new AudioContext();
  void context.resume();
  for (let n = 0; n < times; n++) {
    const at = context.currentTime + n * BETWEEN_SECONDS;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = TONE_HZ;
    volume.gain.setValueAtTime(LOUD, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + TONE_SECONDS);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + TONE_SECONDS);
  }
}
