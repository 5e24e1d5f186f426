/**
 * Files on their way to the hub, one after the other, whatever page is open. A broken line is waited for, and the sending goes on where
 * the hub says it stopped; also after the page was closed, when the same file is chosen again.
 */
import { Refused } from "$/api";
import type { Uuid } from "$/api/types";
import { isAway } from "$/kept";
import { ask } from "$/api/client";
import { beginUpload, finishUpload, giveUp, uploadState, type Arrived, type NewUpload, type UploadState } from "./hub";

type Where = Omit<NewUpload, "name" | "size" | "sha256">;
export type Sending = "waiting" | "sending" | "lost" | "checking" | "done" | "failed";

/** Smaller than the hub takes: on a slow line it shows that something moves, and little is sent twice. */
const PIECE_BYTES = 1024 * 1024;
const PIECE_PATIENCE_MS = 120_000;
const RETRY_MS = 4_000;
const NOTES = "phien.uploads";
const NOTES_MOST = 30;

export class Upload {
  readonly file: File;
  readonly where: Where;
  state = $state<Sending>("waiting");
  sent = $state(0);
  failure = $state.raw<Refused | null>(null);
  #id: Uuid | null = null;
  #stopped = false;
  #done: ((arrived: Arrived) => void) | undefined;

  constructor(file: File, where: Where, done?: (arrived: Arrived) => void) {
    this.file = file;
    this.where = where;
    this.#done = done;
  }

  get percent(): number {
    return Math.floor((100 * this.sent) / Math.max(1, this.file.size));
  }

  get over(): boolean {
    return this.state === "done" || this.state === "failed";
  }

  async run(): Promise<void> {
    this.failure = null;
    try {
      const begun = await this.#begin();
      await this.#send(begun);
      if (this.#stopped) return;
      this.state = "checking";
      const arrived = await this.#patiently(() => finishUpload(begun.id));
      forgetNote(this.#key);
      this.state = "done";
      this.#done?.(arrived);
    } catch (error) {
      if (this.#stopped) return;
      if (!(error instanceof Refused)) throw error;
      if (error.code !== "paper-unchecked" && error.code !== "disk-full") {
        forgetNote(this.#key);
        this.#id = null;
      }
      this.failure = error;
      this.state = "failed";
    }
  }

  async cancel(): Promise<void> {
    this.#stopped = true;
    forgetNote(this.#key);
    if (this.#id && this.state !== "done") await giveUp(this.#id).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error; // it is swept by itself within a day
    });
  }

  get #key(): string {
    const { name, size, lastModified } = this.file;
    return JSON.stringify([name, size, lastModified, this.where]);
  }

  async #begin(): Promise<UploadState> {
    const known = this.#id ?? notes()[this.#key];
    if (known) {
      try {
        const state = await this.#patiently(() => uploadState(known));
        this.#id = known;
        return state;
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 404) throw error;
      }
    }
    const state = await this.#patiently(() => beginUpload({ name: this.file.name, size: this.file.size, ...this.where }));
    this.#id = state.id;
    note(this.#key, state.id);
    return state;
  }

  async #send(begun: UploadState): Promise<void> {
    this.state = "sending";
    let { offset } = begun;
    this.sent = offset;
    while (offset < this.file.size && !this.#stopped) {
      const piece = this.file.slice(offset, offset + Math.min(PIECE_BYTES, begun.chunk));
      offset = await this.#piece(begun.id, offset, piece);
      this.sent = offset;
      this.state = "sending";
    }
  }

  async #piece(id: Uuid, offset: number, piece: Blob): Promise<number> {
    const body = new Blob([piece], { type: "application/octet-stream" });
    const digest = await digestOf(body);
    try {
      const headers = digest ? { "content-digest": digest } : undefined;
      const answer = await this.#patiently(() => ask<UploadState>(`/api/paper-uploads/${id}?offset=${offset}`, { method: "PUT", body, timeout_ms: PIECE_PATIENCE_MS, ...(headers ? { headers } : {}) }));
      return answer.offset;
    } catch (error) {
      // The answer of a piece was lost, and the piece was not: the hub says where it is.
      if (error instanceof Refused && error.code === "wrong-offset" && error.detail !== undefined && Number(error.detail) > offset) return Number(error.detail);
      throw error;
    }
  }

  /** Without a network it waits and asks again; a refusal is an answer. */
  async #patiently<Answer>(what: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      try {
        return await what();
      } catch (error) {
        if (!isAway(error) || this.#stopped) throw error;
        this.state = "lost";
        await new Promise<void>((resolve) => {
          const timer = setTimeout(go, RETRY_MS);
          function go(): void {
            clearTimeout(timer);
            globalThis.removeEventListener?.("online", go);
            resolve();
          }
          globalThis.addEventListener?.("online", go);
        });
      }
    }
  }
}

/** RFC 9530; browsers can make one on https and on this machine only. */
async function digestOf(piece: Blob): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await piece.arrayBuffer()));
  return `sha-256=:${btoa(String.fromCharCode(...digest))}:`;
}

let list = $state.raw<readonly Upload[]>([]);
let running = false;

export const uploads = {
  get all(): readonly Upload[] {
    return list;
  },
};

/** One after the other: a hall's line is shared. */
export function send(files: readonly Upload[]): void {
  list = [...list, ...files];
  void work();
}

export function again(upload: Upload): void {
  upload.state = "waiting";
  void work();
}

export async function drop(upload: Upload): Promise<void> {
  list = list.filter((one) => one !== upload);
  await upload.cancel();
}

async function work(): Promise<void> {
  if (running) return;
  running = true;
  try {
    for (let next = list.find((one) => one.state === "waiting"); next; next = list.find((one) => one.state === "waiting")) await next.run();
  } finally {
    running = false;
  }
}

function notes(): Record<string, Uuid> {
  try {
    return JSON.parse(globalThis.localStorage?.getItem(NOTES) ?? "{}") as Record<string, Uuid>;
  } catch {
    return {}; // forbidden, or not ours: then an upload begins anew
  }
}

function write(all: Record<string, Uuid>): void {
  try {
    globalThis.localStorage?.setItem(NOTES, JSON.stringify(Object.fromEntries(Object.entries(all).slice(-NOTES_MOST))));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

const note = (key: string, id: Uuid): void => write({ ...notes(), [key]: id });

function forgetNote(key: string): void {
  const { [key]: gone, ...rest } = notes();
  if (gone) write(rest);
}
