/**
 * Papers kept on this device for a time without a network, in a cache of the browser: what was opened (up to 25 MB), and all of a meeting's
 * where the reader asked for it. Bounded; the oldest go first. Nothing on a shared device; all of it goes with the sign-out (`$/documents/keeping`).
 */
import type { Uuid } from "$/api/types";
import { ask, Refused } from "$/api";
import { isAway, mayKeep } from "$/kept";
import { session } from "$/shell/session.svelte";
import type { Source } from "./hub";

export const SHELF = "phien-papers";
export const SHELF_BYTES = 300 * 1024 * 1024;
/** What is only opened is kept by itself up to this size. */
export const KEPT_BY_ITSELF = 25 * 1024 * 1024;

let kept = $state.raw<ReadonlySet<string>>(new Set());
let looked = false;

/** Whether this content (by its sha256) opens without a network. */
export function isKept(sha256: string): boolean {
  if (!looked) {
    looked = true;
    void look();
  }
  return kept.has(sha256);
}

const there = (): boolean => mayKeep() && session.me !== null && session.me !== undefined && globalThis.caches !== undefined;
const prefix = (): string => `/kept-papers/${session.mine.id}/`;
const place = (source: Source, form: string): string => `${prefix()}${source.paper?.meeting ?? "own"}/${source.paper?.id ?? source.content.sha256}/${source.content.sha256}/${form}`;

async function look(): Promise<void> {
  if (!there() || !(await caches.has(SHELF))) return;
  const shelf = await caches.open(SHELF);
  const mine = (await shelf.keys()).map((request) => new URL(request.url).pathname).filter((path) => path.startsWith(prefix()) && !path.endsWith("/notes"));
  kept = new Set(mine.map((path) => path.split("/")[5] ?? ""));
}

/** What of a source is on the shelf. */
export async function fromShelf(source: Source, form: "file" | "pdf" | "text"): Promise<Response | null> {
  if (!source.kept || !there() || !(await caches.has(SHELF))) return null;
  return (await (await caches.open(SHELF)).match(place(source, form))) ?? null;
}

export async function putOnShelf(source: Source, form: "file" | "pdf" | "text", content: Blob): Promise<boolean> {
  if (!source.kept || !there() || content.size > SHELF_BYTES) return false;
  const shelf = await caches.open(SHELF);
  await makeRoom(shelf, content.size);
  try {
    await shelf.put(place(source, form), new Response(content, { headers: { "content-type": content.type, "x-size": String(content.size), "x-kept": String(Date.now()) } }));
  } catch (error) {
    if (error instanceof DOMException) return false; // the browser is full: what is not kept is missing offline, and nothing else
    throw error;
  }
  await look();
  return true;
}

async function makeRoom(shelf: Cache, wanted: number): Promise<void> {
  const entries = await Promise.all(
    (await shelf.keys()).map(async (request) => {
      const headers = (await shelf.match(request))?.headers;
      return { request, size: Number(headers?.get("x-size") ?? 0), at: Number(headers?.get("x-kept") ?? 0) };
    }),
  );
  let used = entries.reduce((sum, entry) => sum + entry.size, 0);
  for (const entry of entries.sort((a, b) => a.at - b.at)) {
    if (used + wanted <= SHELF_BYTES) return;
    await shelf.delete(entry.request);
    used -= entry.size;
  }
}

/** What a person may no longer read, or what has a newer version that is kept, goes. */
export async function keepOnly(meeting: Uuid, papers: ReadonlySet<Uuid>): Promise<void> {
  if (!there() || !(await caches.has(SHELF))) return;
  const shelf = await caches.open(SHELF);
  for (const request of await shelf.keys()) {
    const [, , user, of, paper] = new URL(request.url).pathname.split("/");
    if (user === session.mine.id && of === meeting && paper && !papers.has(paper)) await shelf.delete(request);
  }
  await look();
}

export interface Weight {
  papers: number;
  bytes: number;
}

/** What this person's papers take up here. */
export async function weighKept(): Promise<Weight> {
  if (!there() || !(await caches.has(SHELF))) return { papers: 0, bytes: 0 };
  const shelf = await caches.open(SHELF);
  const papers = new Set<string>();
  let bytes = 0;
  for (const request of await shelf.keys()) {
    const path = new URL(request.url).pathname;
    if (!path.startsWith(prefix())) continue;
    bytes += Number((await shelf.match(request))?.headers.get("x-size") ?? 0);
    const [, , , of, paper] = path.split("/");
    if (of !== "json") papers.add(`${of}/${paper}`);
  }
  return { papers: papers.size, bytes };
}

/** All of this person's. */
export async function removeKept(): Promise<void> {
  if (!there() || !(await caches.has(SHELF))) return;
  const shelf = await caches.open(SHELF);
  for (const request of await shelf.keys()) if (new URL(request.url).pathname.startsWith(prefix())) await shelf.delete(request);
  await look();
}

/** JSON that the reader wants with the paper: its notes, its text. Kept, and told from the device where the hub is away. */
export async function jsonOrShelf<Body>(path: string, name: string): Promise<Body> {
  const at = (): string => `${prefix()}json/${name}`;
  try {
    const body = await ask<Body>(path);
    if (there() && (await caches.has(SHELF))) {
      const text = JSON.stringify(body);
      await (await caches.open(SHELF)).put(at(), new Response(text, { headers: { "content-type": "application/json", "x-size": String(text.length), "x-kept": String(Date.now()) } }));
    }
    return body;
  } catch (error) {
    if (!isAway(error) || !there() || !(await caches.has(SHELF))) throw error;
    const found = await (await caches.open(SHELF)).match(at());
    if (!found) throw error;
    return (await found.json()) as Body;
  }
}

/** Fetches a whole file, saying how far it is. */
export async function fetchWhole(path: string, size: number, told: (share: number) => void, signal?: AbortSignal): Promise<Blob> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused("no-network", 0);
  }
  if (!answer.ok) throw new Refused(await codeOf(answer), answer.status);
  if (!answer.body) return answer.blob();
  const parts: BlobPart[] = [];
  let got = 0;
  const reader = answer.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      got += value.byteLength;
      told(Math.min(1, got / Math.max(1, size)));
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused("no-network", 0);
  }
  return new Blob(parts, { type: answer.headers.get("content-type") ?? "" });
}

async function codeOf(answer: Response): Promise<string> {
  const said: unknown = answer.headers.get("content-type")?.includes("json") ? await answer.json().catch(() => null) : null;
  return typeof said === "object" && said !== null && "code" in said && typeof said.code === "string" ? said.code : answer.status === 404 ? "not-found" : "broken";
}
