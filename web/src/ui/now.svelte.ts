/** The time, for what is shown: one ticking clock for the whole page, which stands still while nobody looks at it. */
import { createSubscriber } from "svelte/reactivity";

const TICK_MS = 1_000;
const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, TICK_MS);
  return () => clearInterval(timer);
});

export function now(): number {
  subscribe();
  return Date.now();
}
