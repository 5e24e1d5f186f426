/** Said aloud to a reader's software, and shown for a moment to everyone else. One queue, bounded; the oldest goes first. */

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "ok" | "bad";
  action?: { label: string; do: () => void } | undefined;
  /** A later toast about the same thing takes the place of the earlier: an undo of the step before last is no undo. */
  about?: string | undefined;
}

const SHOWN_MS = 6_000;
/** An answer that asks for a decision stays for as long as an undo is promised. */
const WITH_ACTION_MS = 10_000;
const AT_ONCE = 3;

let last = 0;
const state = $state<{ polite: string; assertive: string; toasts: Toast[] }>({ polite: "", assertive: "", toasts: [] });

export const announcements = state;

/** For readers only. `assertive` interrupts: keep it for what cannot wait. */
export function announce(text: string, how: { assertive?: boolean } = {}): void {
  // The same words twice must still be heard twice: an odd one ends with a space.
  const place = how.assertive ? "assertive" : "polite";
  state[place] = state[place] === text ? `${text}\u00a0` : text;
}

export function toast(text: string, how: { tone?: Toast["tone"]; action?: Toast["action"]; about?: string } = {}): void {
  const id = ++last;
  const again = (one: Toast): boolean => one.text === text && !one.action && !how.action; // the same words twice over each other say no more
  const others = state.toasts.filter((one) => !again(one) && (how.about === undefined || one.about !== how.about));
  state.toasts = [...others.slice(1 - AT_ONCE), { id, text, tone: how.tone ?? "plain", action: how.action, about: how.about }];
  announce(text, { assertive: how.tone === "bad" });
  setTimeout(() => dismiss(id), how.action ? WITH_ACTION_MS : SHOWN_MS);
}

/** What was said about something is over before its time. */
export function takeBack(about: string): void {
  if (state.toasts.some((one) => one.about === about)) state.toasts = state.toasts.filter((one) => one.about !== about);
}

export function dismiss(id: number): void {
  state.toasts = state.toasts.filter((one) => one.id !== id);
}
