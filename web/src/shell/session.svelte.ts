/**
 * Who is signed in. `me` is undefined until the hub has answered, null when it said nobody.
 * When a session ends in the middle of something, `ended` opens a dialog over the page: the page stays as it is, so nothing typed is lost.
 * Without a network it is whoever was signed in last on this device, until the hub can be asked: no password is kept, and the hub lets nobody in by it.
 */
import { me as askMe, Refused, signOut as askSignOut } from "$/api";
import { onSessionEnded } from "$/api/client";
import type { Me } from "$/api/types";
import { settleDevice } from "$/documents";
import { forgetMe, isAway, recallMe, showKept } from "$/kept";

const state = $state<{ me: Me | null | undefined; ended: boolean; away: boolean; failure: Refused | null }>({ me: undefined, ended: false, away: false, failure: null });
const returned = new Set<() => void>();
/** Signing out on purpose: sockets the hub closes meanwhile are no session that ended in the middle of something. */
let leaving = false;

export const session = {
  get me(): Me | null | undefined {
    return state.me;
  },
  /** Inside a screen that is only shown to somebody. */
  get mine(): Me {
    if (!state.me) throw new Error("nobody is signed in");
    return state.me;
  },
  get ended(): boolean {
    return state.ended;
  },
  /** The hub could not be asked who this is: the device remembers. */
  get away(): boolean {
    return state.away;
  },
  /** Why the hub could not be asked, while it could not and the device remembers nobody. */
  get failure(): Refused | null {
    return state.failure;
  },
};

/** Called after somebody signed in again in place: live lines and documents connect anew. */
export function onReturned(listener: () => void): () => void {
  returned.add(listener);
  return () => returned.delete(listener);
}

export async function openSession(): Promise<void> {
  try {
    arrived(await askMe());
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status === 401) await nobody();
    else if (!state.me) await fromDevice(error);
  }
}

function arrived(me: Me): void {
  // Meanwhile somebody else signed in, in another window: what is open here is not his.
  if (state.me && state.me.id !== me.id) return location.assign("/");
  state.me = me;
  state.away = false;
  state.failure = null;
  showKept("me", null);
  void settleDevice(me);
}

async function nobody(): Promise<void> {
  await forgetMe();
  showKept("me", null);
  state.failure = null;
  if (state.away) state.ended = true;
  else state.me = null;
  state.away = false;
}

async function fromDevice(failure: Refused): Promise<void> {
  const found = isAway(failure) ? await recallMe() : null;
  if (!found) {
    state.failure = failure;
    return;
  }
  state.me = found.body;
  state.away = true;
  state.failure = null;
  showKept("me", found.at);
}

export function welcome(me: Me): void {
  const same = state.me === null || state.me === undefined || state.me.id === me.id;
  state.me = me;
  state.ended = state.away = false;
  showKept("me", null);
  void settleDevice(me);
  // Somebody else at this device must not go on in the first one's page.
  if (!same) location.assign("/");
  else for (const listener of returned) listener();
}

/** `clear` takes away what this device keeps of the person. A page of nobody holds nothing: it is loaded anew. */
export async function leave(clear: () => Promise<void>): Promise<void> {
  leaving = true;
  try {
    await askSignOut();
  } catch (error) {
    leaving = false;
    throw error;
  }
  await clear();
  location.assign("/dang-nhap");
}

onSessionEnded(() => {
  if (state.me && !leaving) state.ended = true;
});
