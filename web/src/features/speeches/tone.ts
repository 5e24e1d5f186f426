/** A short tone, where the browser lets a page sound and the reader has not switched it off. */
const KEY = "phien.sound";
let context: AudioContext | null = null;

export const soundIsOn = (): boolean => globalThis.localStorage?.getItem(KEY) !== "off";

export function setSound(on: boolean): void {
  globalThis.localStorage?.setItem(KEY, on ? "on" : "off");
}

/** A browser that has not been touched yet keeps a page silent: then nothing is said, the words on the screen are enough. */
export function sound(hertz: number, ms = 180): void {
  if (!soundIsOn() || typeof AudioContext === "undefined" || navigator.userActivation?.hasBeenActive === false) return;
  context ??= new AudioContext();
  const [at, end] = [context.currentTime, context.currentTime + ms / 1000];
  const oscillator = context.createOscillator();
  const volume = context.createGain();
  oscillator.frequency.value = hertz;
  volume.gain.setValueAtTime(0.15, at);
  volume.gain.exponentialRampToValueAtTime(0.001, end);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(end);
}

export function shake(pattern: number[]): void {
  if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(pattern);
}
