/** From whatever rate the device gives to the 16 kHz mono int16 the hub takes, a piece at a time. No browser in here, so it is tested. */
export const RATE = 16_000;
const TAPS = 63;

/** Filters out what 16 kHz cannot carry, then interpolates; pieces join without a seam. */
export class Resampler {
  readonly #step: number;
  readonly #taps: Float32Array | null;
  #before = new Float32Array(TAPS - 1);
  #rest = new Float32Array(0);
  #next = 0;

  constructor(rate: number) {
    this.#step = rate / RATE;
    this.#taps = rate > RATE ? lowPass((0.46 * RATE) / rate) : null;
  }

  feed(sound: Float32Array): Float32Array {
    const filtered = this.#taps ? this.#filter(sound, this.#taps) : sound;
    const all = join(this.#rest, filtered);
    const count = Math.max(0, Math.ceil((all.length - 1 - this.#next) / this.#step));
    const made = new Float32Array(count);
    let position = this.#next;
    for (let i = 0; i < count; i++) {
      const left = Math.floor(position);
      const part = position - left;
      made[i] = (all[left] ?? 0) * (1 - part) + (all[left + 1] ?? 0) * part;
      position += this.#step;
    }
    const gone = Math.max(0, Math.min(Math.floor(position), all.length - 1));
    this.#rest = all.slice(gone);
    this.#next = position - gone;
    return made;
  }

  #filter(sound: Float32Array, taps: Float32Array): Float32Array {
    const all = join(this.#before, sound);
    this.#before = all.slice(all.length - (TAPS - 1));
    const out = new Float32Array(sound.length);
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      for (let k = 0; k < TAPS; k++) sum += (all[i + k] ?? 0) * (taps[k] ?? 0);
      out[i] = sum;
    }
    return out;
  }
}

/** A windowed sinc; `cutoff` as a part of the rate. */
function lowPass(cutoff: number): Float32Array {
  const taps = new Float32Array(TAPS);
  const middle = (TAPS - 1) / 2;
  let sum = 0;
  for (let k = 0; k < TAPS; k++) {
    const x = 2 * cutoff * (k - middle);
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    const window = 0.54 - 0.46 * Math.cos((2 * Math.PI * k) / (TAPS - 1));
    taps[k] = sinc * window;
    sum += sinc * window;
  }
  return taps.map((tap) => tap / sum);
}

function join(one: Float32Array, other: Float32Array): Float32Array {
  const both = new Float32Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

export function toInt16(sound: Float32Array): Int16Array {
  return Int16Array.from(sound, (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32767));
}

/** How loud it is, 0 to 1, as an ear would say: 60 dB spread over the scale. */
export function loudness(sound: Float32Array): number {
  let sum = 0;
  for (const sample of sound) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / Math.max(1, sound.length) + 1e-12);
  return Math.max(0, Math.min(1, (decibels + 60) / 54));
}
