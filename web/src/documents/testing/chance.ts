/** Random choices that a seed repeats exactly (mulberry32): a failed test names its seed and fails again. */
export interface Chance {
  below(limit: number): number;
  of<T>(choices: readonly T[]): T;
}

export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    below: (limit) => Math.floor(next() * limit),
    of: (choices) => choices[Math.floor(next() * choices.length)]!,
  };
}
