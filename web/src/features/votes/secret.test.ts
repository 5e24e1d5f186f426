// @vitest-environment node
import type { Vote } from "$/api/types";
import { Refused } from "$/api";
import { RSABSSA } from "@cloudflare/blindrsa-ts";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BadKey, isBegun, receiptOf, vote, type World } from "./secret";

const suite = RSABSSA.SHA384.PSS.Randomized();
const base64 = (from: Uint8Array): string => Buffer.from(from).toString("base64");

/** A hub that signs what it cannot read, and a box; each can be made to fail. */
class Hub implements World {
  kept = new Map<string, string>();
  signed: string[] = [];
  box: { message: string; signature: string }[] = [];
  waited: number[] = [];
  lose: "signature" | "paper" | null = null;
  constructor(readonly key: CryptoKey) {}

  storage = { getItem: (name: string): string | null => this.kept.get(name) ?? null, setItem: (name: string, value: string): void => void this.kept.set(name, value) };
  wait = async (ms: number): Promise<void> => void this.waited.push(ms);
  ask = async <Answer>(_path: string, wish?: { body?: unknown }): Promise<Answer> => {
    const { blinded } = wish?.body as { blinded: string };
    this.signed.push(blinded);
    if (this.lose === "signature") throw new Refused("no-network", 0);
    return { signature: base64(await suite.blindSign(this.key, Buffer.from(blinded, "base64"))) } as Answer;
  };
  drop = async (_vote: string, paper: { message: string; signature: string }): Promise<string> => {
    if (this.lose === "paper") throw new Refused("no-network", 0);
    this.box.push(paper);
    return `R-${this.box.length}`;
  };
}

let keys: CryptoKeyPair;
let of: Vote;
let keyHash: string;
let hub: Hub;

beforeAll(async () => {
  keys = await suite.generateKey({ modulusLength: 2048, publicExponent: Uint8Array.from([1, 0, 1]) });
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
  keyHash = Buffer.from(await crypto.subtle.digest("SHA-256", spki)).toString("hex");
  of = { id: "6f0c3ad8-0000-4000-8000-000000000001", public_key: `-----BEGIN PUBLIC KEY-----\n${base64(spki)}\n-----END PUBLIC KEY-----\n` } as Vote;
});
beforeEach(() => {
  hub = new Hub(keys.privateKey);
});

const quietly = (): void => undefined;

describe("a secret paper", () => {
  test("is signed blindly, waits, and what was chosen is in what was signed", async () => {
    const receipt = await vote(of, ["disagree"], keyHash, quietly, hub);

    const [paper] = hub.box;
    const message = Buffer.from(paper?.message ?? "", "base64");
    expect(JSON.parse(message.subarray(32).toString())).toMatchObject({ vote: of.id, choice: ["disagree"] });
    expect(await suite.verify(keys.publicKey, Buffer.from(paper?.signature ?? "", "base64"), message)).toBe(true);
    expect(hub.signed[0]).not.toContain(paper?.message.slice(0, 40));
    expect(hub.waited[0]).toBeGreaterThanOrEqual(1_000);
    expect([receipt, receiptOf(of.id, hub.storage)]).toEqual(["R-1", "R-1"]);
  });

  test("leaves only its receipt on the device", async () => {
    await vote(of, ["agree"], keyHash, quietly, hub);

    expect([...hub.kept.values()]).toEqual(['{"receipt":"R-1"}']);
  });

  test("an answer that was lost is asked for again with the same blinded bytes, and nothing is chosen anew", async () => {
    hub.lose = "signature";
    await expect(vote(of, ["agree"], keyHash, quietly, hub)).rejects.toThrow("no-network");
    expect(isBegun(of.id, hub.storage)).toBe(true);
    hub.lose = null;

    await vote(of, ["disagree"], keyHash, quietly, hub);

    expect(hub.signed[0]).toBe(hub.signed[1]);
    expect(Buffer.from(hub.box[0]?.message ?? "", "base64").toString()).toContain('"agree"');
  });

  test("a page that died before the box goes on without a second signature", async () => {
    hub.lose = "paper";
    await expect(vote(of, ["agree"], keyHash, quietly, hub)).rejects.toThrow("no-network");
    hub.lose = null;

    await vote(of, null, keyHash, quietly, hub);

    expect([hub.signed.length, hub.box.length]).toEqual([1, 1]);
  });

  test("a key that is not the announced one is not used", async () => {
    await expect(vote(of, ["agree"], "00".repeat(32), quietly, hub)).rejects.toBeInstanceOf(BadKey);

    expect([hub.signed.length, hub.box.length, hub.kept.size]).toEqual([0, 0, 0]);
  });
});
