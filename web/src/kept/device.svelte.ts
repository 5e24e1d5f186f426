/**
 * What this device may keep of a person, and how old the thing on the screen is when it comes from the device and not from the hub.
 * A shared device and a room's screen keep nothing: no answers, no copies of documents, no pictures.
 */
const SHARED = "phien.shared_device";
const WALL = /^\/hop\/[0-9a-f-]{36}\/man-hinh\/?$/;

/** The choice at the last sign-in on this device. */
export function isShared(): boolean {
  return storage()?.getItem(SHARED) === "1";
}

export function setShared(shared: boolean): void {
  if (shared) storage()?.setItem(SHARED, "1");
  else storage()?.removeItem(SHARED);
}

export function mayKeep(): boolean {
  return !isShared() && !WALL.test(globalThis.location?.pathname ?? "") && storage() !== null;
}

function storage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // a browser may forbid it altogether
  }
}

let oldest = $state<number | null>(null);
const shown = new Map<string, number>();

export const kept = {
  /** Since when what is on the screen is no longer asked of the hub; null while everything is fresh. */
  get at(): number | null {
    return oldest;
  },
};

/** A screen says what it shows from the device, and (null) that it is fresh again or gone. */
export function showKept(what: string, at: number | null): void {
  if (at === null) shown.delete(what);
  else shown.set(what, at);
  oldest = shown.size > 0 ? Math.min(...shown.values()) : null;
}
