/**
 * Answers of the hub kept on this device, so that the page opens without a network: who was signed in, the list of meetings,
 * the meetings that were opened. Per person, bounded in number and age, and gone with the sign-out. Never a password, never a session.
 */
import { Refused } from "$/api/client";
import type { Me, Uuid } from "$/api/types";
import { mayKeep } from "./device.svelte";
import { Store } from "./store";

const STORE = new Store("phien.kept", "answers", (database) => database.createObjectStore("answers").createIndex("at", "at"));
const ME = "me";
const MOST = 60;
/** Who has not reached the hub for so long signs in again before anything is shown. */
const OLDEST_MS = 7 * 24 * 3600_000;

/** After a sign-out nothing is kept any more by what is still running in the page. */
let over = false;

export interface Kept<Body> {
  body: Body;
  /** When the hub said it, by this device's clock. */
  at: number;
}

/** Asks the hub; where it cannot be reached, what it said last time. `at` is null for an answer of now. */
export async function orKept<Body>(user: Uuid, what: string, ask: () => Promise<Body>): Promise<{ body: Body; at: number | null }> {
  try {
    const body = await ask();
    void remember(user, what, body);
    return { body, at: null };
  } catch (error) {
    const found = isAway(error) ? await recall<Body>(user, what) : null;
    if (!found) throw error;
    return found;
  }
}

/** The hub was not reached, in contrast to: it said no. */
export function isAway(error: unknown): error is Refused {
  return error instanceof Refused && (error.status === 0 || error.code === "hub-away");
}

export async function remember(user: Uuid, what: string, body: unknown): Promise<void> {
  if (mayKeep() && !over) await write(`${user}/${what}`, body);
}

export function recall<Body>(user: Uuid, what: string): Promise<Kept<Body> | null> {
  return mayKeep() ? read<Body>(`${user}/${what}`) : Promise.resolve(null);
}

/** Everything kept of a person whose name begins so. */
export async function recallAll<Body>(user: Uuid, prefix: string): Promise<Body[]> {
  if (!mayKeep() || !(await STORE.known())) return [];
  let found: Kept<Body>[] = [];
  const from = `${user}/${prefix}`;
  await STORE.use("readonly", (store) => {
    const request = store.getAll(IDBKeyRange.bound(from, `${from}\uffff`)) as IDBRequest<Kept<Body>[]>;
    request.onsuccess = () => (found = request.result);
  });
  return found.filter(({ at }) => Date.now() - at < OLDEST_MS).map(({ body }) => body);
}

/** Whoever is signed in now. What is kept of anybody else goes. */
export async function rememberMe(me: Me): Promise<void> {
  over = false;
  await STORE.use("readwrite", (store) => {
    const keys = store.getAllKeys();
    keys.onsuccess = () => {
      for (const key of keys.result) if (!String(key).startsWith(`${me.id}/`)) store.delete(key);
      store.put({ body: me, at: Date.now() }, ME);
    };
  });
}

export function recallMe(): Promise<Kept<Me> | null> {
  return mayKeep() ? read<Me>(ME) : Promise.resolve(null);
}

/** The hub says that nobody is signed in: without a network nobody is, either. What was written stays with its person. */
export async function forgetMe(): Promise<void> {
  if (await STORE.known()) await STORE.use("readwrite", (store) => void store.delete(ME));
}

export async function forgetAnswers(): Promise<void> {
  over = true;
  await STORE.forget();
}

async function read<Body>(key: string): Promise<Kept<Body> | null> {
  if (!(await STORE.known())) return null;
  let found: Kept<Body> | undefined;
  await STORE.use("readonly", (store) => {
    const request = store.get(key) as IDBRequest<Kept<Body> | undefined>;
    request.onsuccess = () => (found = request.result);
  });
  return found && Date.now() - found.at < OLDEST_MS ? found : null;
}

async function write(key: string, body: unknown): Promise<void> {
  await STORE.use("readwrite", (store) => {
    store.put({ body, at: Date.now() }, key);
    const all = store.index("at").getAllKeys();
    all.onsuccess = () => {
      for (const old of all.result.slice(0, Math.max(0, all.result.length - MOST))) store.delete(old);
    };
  });
}
