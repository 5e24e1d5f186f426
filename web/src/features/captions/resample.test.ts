import { describe, expect, it } from "vitest";
import { loudness, RATE, Resampler, toInt16 } from "./resample";

function tone(rate: number, pitch: number, seconds = 1): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, i) => 0.5 * Math.sin((2 * Math.PI * pitch * i) / rate));
}

function inPieces(rate: number, sound: Float32Array, piece: number): Float32Array {
  const resampler = new Resampler(rate);
  const made: number[] = [];
  for (let i = 0; i < sound.length; i += piece) made.push(...resampler.feed(sound.slice(i, i + piece)));
  return Float32Array.from(made);
}

/** How much of one pitch is in the sound. */
function part(sound: Float32Array, pitch: number): number {
  let re = 0;
  let im = 0;
  sound.forEach((sample, i) => {
    re += sample * Math.cos((2 * Math.PI * pitch * i) / RATE);
    im += sample * Math.sin((2 * Math.PI * pitch * i) / RATE);
  });
  return (2 * Math.hypot(re, im)) / sound.length;
}

describe("sound from a device", () => {
  it.each([8_000, 16_000, 22_050, 44_100, 48_000, 96_000])("of %i Hz keeps its pitch and its length", (rate) => {
    const made = inPieces(rate, tone(rate, 440), 128);

    expect(made.length).toBeGreaterThan(RATE - 60);
    expect(made.length).toBeLessThanOrEqual(RATE + 1);
    expect(part(made, 440)).toBeCloseTo(0.5, 1);
  });

  it("is the same whatever the pieces it comes in", () => {
    const sound = tone(44_100, 700);
    const one = inPieces(44_100, sound, 128);
    const other = inPieces(44_100, sound, 1_000);

    const both = Math.min(one.length, other.length);
    expect(Math.abs(one.length - other.length)).toBeLessThanOrEqual(1);
    for (let i = 0; i < both; i++) expect(one[i]).toBeCloseTo(other[i] ?? 0, 4);
  });

  it("that is too high to carry does not come back as another tone", () => {
    const made = inPieces(48_000, tone(48_000, 13_000), 128);

    expect(part(made, 3_000)).toBeLessThan(0.005);
  });

  it("louder than the scale is cut, not turned over", () => {
    expect([...toInt16(Float32Array.of(-2, -1, 0, 0.5, 1, 2))]).toEqual([-32767, -32767, 0, 16384, 32767, 32767]);
  });

  it("has a loudness from silence to a shout", () => {
    expect(loudness(new Float32Array(100))).toBe(0);
    expect(loudness(tone(RATE, 200))).toBeGreaterThan(0.8);
    expect(loudness(Float32Array.from({ length: 100 }, () => 0.01))).toBeGreaterThan(0.2);
    expect(loudness(Float32Array.from({ length: 100 }, () => 0.01))).toBeLessThan(0.6);
  });
});
