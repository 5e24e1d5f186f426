/**
 * The one way to the hub: JSON there and back, the CSRF header on every unsafe request, every refusal as a `Refused` with the hub's code.
 * No network, or an answer that never came, is a `Refused` too, with its own code, so a screen has one thing to catch.
 */

export class Refused extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly detail?: string,
  ) {
    super(detail ?? code);
    this.name = "Refused";
  }
}

export const NO_NETWORK = "no-network";
export const TOO_SLOW = "too-slow";
const PATIENCE_MS = 20_000;

export interface Wish {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON, unless it is a Blob (an image as it is). */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  timeout_ms?: number;
  /** A 401 is an answer to this question, not the end of a session: the sign-in dialog stays away. */
  ask_only?: boolean;
}

let csrf: Promise<string> | null = null;
const sessionEnded = new Set<() => void>();

/** Called whenever the hub says that nobody is signed in any more: once per refusal, the listener decides what to show. */
export function onSessionEnded(listener: () => void): () => void {
  sessionEnded.add(listener);
  return () => sessionEnded.delete(listener);
}

/** A socket closed with 4401 says the same thing as a 401. */
export function tellSessionEnded(): void {
  for (const listener of sessionEnded) listener();
}

/** After signing in or out the old token is worth nothing. */
export function forgetCsrf(): void {
  csrf = null;
}

export async function ask<Answer = void>(path: string, wish: Wish = {}): Promise<Answer> {
  const method = wish.method ?? "GET";
  try {
    return await once<Answer>(path, method, wish);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.code === "csrf" && method !== "GET") {
      forgetCsrf();
      return once<Answer>(path, method, wish);
    }
    if (error.status === 401 && !wish.ask_only) tellSessionEnded();
    throw error;
  }
}

/** A file the hub makes, with the name it gives it. */
export async function askFile(path: string, wish: Wish = {}): Promise<{ name: string; content: Blob }> {
  const answer = await send(path, { credentials: "same-origin", cache: "no-store" }, wish);
  if (!answer.ok) {
    if (answer.status === 401) tellSessionEnded();
    throw await refusal(answer);
  }
  const named = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("content-disposition") ?? "");
  const content = await answer.blob().catch(() => {
    throw new Refused(NO_NETWORK, 0);
  });
  return { name: named ? decodeURIComponent(named[1]!) : "van-ban", content };
}

async function once<Answer>(path: string, method: string, wish: Wish): Promise<Answer> {
  const headers: Record<string, string> = { accept: "application/json", ...wish.headers };
  if (method !== "GET") headers["x-csrf-token"] = await csrfToken();
  const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (wish.body instanceof Blob) {
    headers["content-type"] = wish.body.type;
    init.body = wish.body;
  } else if (wish.body !== undefined) {
    headers["content-type"] = "application/json";
    init.body = JSON.stringify(wish.body);
  }
  const answer = await send(path, init, wish);
  if (answer.ok) return (answer.status === 204 ? undefined : await readJson(answer)) as Answer;
  throw await refusal(answer);
}

async function send(path: string, init: RequestInit, wish: Wish): Promise<Response> {
  // Not AbortSignal.any: an iPad of 2022 does not have it.
  const stop = new AbortController();
  let slow = false;
  const timer = setTimeout(() => {
    slow = true;
    stop.abort();
  }, wish.timeout_ms ?? PATIENCE_MS);
  const given = (): void => stop.abort();
  wish.signal?.addEventListener("abort", given);
  if (wish.signal?.aborted) stop.abort();
  try {
    return await fetch(path, { ...init, signal: stop.signal });
  } catch (error) {
    if (wish.signal?.aborted) throw error;
    throw new Refused(slow ? TOO_SLOW : NO_NETWORK, 0);
  } finally {
    clearTimeout(timer);
    wish.signal?.removeEventListener("abort", given);
  }
}

async function readJson(answer: Response): Promise<unknown> {
  if (!answer.headers.get("content-type")?.includes("json")) return undefined;
  return answer.json().catch(() => {
    throw new Refused("bad-answer", answer.status);
  });
}

async function refusal(answer: Response): Promise<Refused> {
  const said: unknown = answer.headers.get("content-type")?.includes("json") ? await answer.json().catch(() => null) : null;
  const problem = (typeof said === "object" && said !== null ? said : {}) as { code?: unknown; detail?: unknown };
  const code = typeof problem.code === "string" ? problem.code : fallbackCode(answer.status);
  return new Refused(code, answer.status, typeof problem.detail === "string" ? problem.detail : undefined);
}

function fallbackCode(status: number): string {
  switch (status) {
    case 401:
      return "not-signed-in";
    case 403:
      return "forbidden";
    case 404:
      return "not-found";
    case 409:
      return "conflict";
    case 413:
      return "too-large";
    case 429:
      return "too-many-attempts";
    case 502:
    case 503:
    case 504:
      return "hub-away";
    default:
      return status >= 500 ? "broken" : "bad-request";
  }
}

function csrfToken(): Promise<string> {
  csrf ??= once<{ token: string }>("/api/csrf", "GET", {}).then(
    (answer) => answer.token,
    (error: unknown) => {
      csrf = null;
      throw error;
    },
  );
  return csrf;
}
