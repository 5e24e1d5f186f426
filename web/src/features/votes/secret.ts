/**
 * A secret paper in the browser, RFC 9474: written and blinded here, signed by the hub without reading it, and put into the box without a session.
 * What was begun is kept on the device until it is in the box, so that a page that dies takes nobody's vote; then only the receipt stays.
 */
import { ask, Refused } from "$/api";
import type { Uuid, Vote } from "$/api/types";

/** A paper goes into the box at a random moment, so that the order of signing says nothing of the order in the box. */
const LEAST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 12_000;

interface Begun {
  prepared: string;
  blinded: string;
  inverse: string;
  signature?: string;
}
interface Done {
  receipt: string;
}
type Kept = Begun | Done;

/** What a secret vote needs of the world; a test brings its own. */
export interface World {
  ask: typeof ask;
  drop: (vote: Uuid, paper: { message: string; signature: string }) => Promise<string>;
  wait: (ms: number) => Promise<void>;
  storage: Pick<Storage, "getItem" | "setItem">;
}

const realWorld: World = {
  ask,
  drop,
  wait: (ms) => new Promise((done) => setTimeout(done, ms)),
  get storage() {
    return localStorage;
  },
};

const place = (vote: Uuid): string => `phien.paper.${vote}`;

function kept(vote: Uuid, storage: World["storage"]): Kept | null {
  const text = storage.getItem(place(vote));
  return text === null ? null : (JSON.parse(text) as Kept);
}

/** The receipt of a paper this device has put into the box. */
export function receiptOf(vote: Uuid, storage: World["storage"] = localStorage): string | null {
  const found = kept(vote, storage);
  return found && "receipt" in found ? found.receipt : null;
}

/** This device began a paper that is not in the box yet. */
export function isBegun(vote: Uuid, storage: World["storage"] = localStorage): boolean {
  const found = kept(vote, storage);
  return found !== null && !("receipt" in found);
}

export class BadKey extends Error {}

/** Writes the paper, has it signed and puts it into the box. Called again with null it goes on where it stopped. */
export async function vote(of: Vote, choice: string[] | null, keyHash: string | null, tell: (step: "sealing" | "waiting") => void, world: World = realWorld): Promise<string> {
  tell("sealing");
  const { key, suite } = await signer(of, keyHash);
  let begun = kept(of.id, world.storage);
  if (begun && "receipt" in begun) return begun.receipt;
  if (!begun) {
    if (choice === null) throw new Refused("unknown-choice", 400);
    const nonce = hex(crypto.getRandomValues(new Uint8Array(16)));
    const prepared = suite.prepare(new TextEncoder().encode(JSON.stringify({ vote: of.id, choice: [...choice].sort(), nonce })));
    const { blindedMsg, inv } = await suite.blind(key, prepared);
    begun = { prepared: base64(prepared), blinded: base64(blindedMsg), inverse: base64(inv) };
    keep(of.id, begun, world);
  }
  if (begun.signature === undefined) {
    const { signature } = await world.ask<{ signature: string }>(`/api/votes/${of.id}/signature`, { method: "POST", body: { blinded: begun.blinded } });
    const finished = await suite.finalize(key, bytes(begun.prepared), bytes(signature), bytes(begun.inverse));
    begun = { ...begun, signature: base64(finished) };
    keep(of.id, begun, world);
  }
  tell("waiting");
  await world.wait(LEAST_WAIT_MS + (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) * ((MOST_WAIT_MS - LEAST_WAIT_MS) / 2 ** 32));
  const receipt = await world.drop(of.id, { message: begun.prepared, signature: begun.signature ?? "" });
  keep(of.id, { receipt }, world);
  return receipt;
}

function keep(id: Uuid, what: Kept, world: World): void {
  world.storage.setItem(place(id), JSON.stringify(what));
}

/** The key is the one that was announced to everybody: a hub cannot hand out keys that tell voters apart. */
async function signer(of: Vote, keyHash: string | null): Promise<{ key: CryptoKey; suite: import("@cloudflare/blindrsa-ts").BlindRSA }> {
  const { RSABSSA } = await import("@cloudflare/blindrsa-ts");
  const spki = bytes((of.public_key ?? "").replace(/-----[^-]+-----|\s/g, ""));
  const hash = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", spki)));
  if (keyHash !== null && hash !== keyHash) throw new BadKey();
  const key = await crypto.subtle.importKey("spki", spki, { name: "RSA-PSS", hash: "SHA-384" }, true, ["verify"]);
  return { key, suite: RSABSSA.SHA384.PSS.Randomized() };
}

/** Without cookies and without the header that is tied to a session. */
async function drop(vote: Uuid, paper: { message: string; signature: string }): Promise<string> {
  let answer: Response;
  try {
    answer = await fetch(`/api/votes/${vote}/papers`, {
      method: "POST",
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(paper),
    });
  } catch {
    throw new Refused("no-network", 0);
  }
  const said = (await answer.json().catch(() => ({}))) as { receipt?: string; code?: string };
  if (!answer.ok || said.receipt === undefined) throw new Refused(said.code ?? "broken", answer.status);
  return said.receipt;
}

function base64(from: Uint8Array): string {
  return btoa(Array.from(from, (byte) => String.fromCharCode(byte)).join(""));
}

function bytes(from: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(from), (letter) => letter.charCodeAt(0));
}

function hex(from: Uint8Array): string {
  return Array.from(from, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
