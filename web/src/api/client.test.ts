import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ask, forgetCsrf, onSessionEnded, Refused } from "./client";

type Answer = Response | Error;
let asked: { path: string; init: RequestInit }[] = [];

/** A network whose answers are written down beforehand, by path. */
function network(answers: Record<string, Answer[]>): void {
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push({ path, init });
    const next = answers[path]?.shift();
    if (!next) throw new Error(`nothing was written down for ${path}`);
    if (next instanceof Error) throw next;
    return next;
  });
}

const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": status < 400 ? "application/json" : "application/problem+json" } });
const refused = (status: number, code: string): Response => json({ type: "about:blank", title: "", status, code }, status);
const reason = async (wish: Promise<unknown>): Promise<Refused> => wish.then(() => expect.fail("was not refused"), (error: Refused) => error);
const header = (at: number, name: string): string | undefined => (asked[at]?.init.headers as Record<string, string>)[name];

beforeEach(() => {
  asked = [];
  forgetCsrf();
});
afterEach(() => vi.unstubAllGlobals());

describe("changing something", () => {
  test("carries the token, which is asked for once", async () => {
    network({ "/api/csrf": [json({ token: "abc" })], "/api/x": [new Response(null, { status: 204 }), new Response(null, { status: 204 })] });

    await ask("/api/x", { method: "POST", body: { to: "running" } });
    await ask("/api/x", { method: "PUT" });

    expect(asked.map(({ path }) => path)).toEqual(["/api/csrf", "/api/x", "/api/x"]);
    expect([header(1, "x-csrf-token"), header(2, "x-csrf-token")]).toEqual(["abc", "abc"]);
    expect(asked[1]?.init.body).toBe('{"to":"running"}');
  });

  test("a token that is no longer good is replaced, and the request sent once more", async () => {
    network({ "/api/csrf": [json({ token: "old" }), json({ token: "new" })], "/api/x": [refused(403, "csrf"), json({ done: true })] });

    expect(await ask("/api/x", { method: "POST" })).toEqual({ done: true });
    expect(header(3, "x-csrf-token")).toBe("new");
  });

  test("a second refusal for the token is told, not tried for ever", async () => {
    network({ "/api/csrf": [json({ token: "a" }), json({ token: "b" })], "/api/x": [refused(403, "csrf"), refused(403, "csrf")] });

    expect((await reason(ask("/api/x", { method: "POST" }))).code).toBe("csrf");
  });

  test("reading asks for no token", async () => {
    network({ "/api/home": [json({})] });

    await ask("/api/home");

    expect(asked.length).toBe(1);
  });
});

describe("being refused", () => {
  test("the hub's code is the reason", async () => {
    network({ "/api/x": [refused(409, "wrong-state")] });

    expect(await reason(ask("/api/x"))).toMatchObject({ code: "wrong-state", status: 409 });
  });

  test("a proxy's page instead of an answer is a hub that is away", async () => {
    network({ "/api/x": [new Response("<h1>502</h1>", { status: 502, headers: { "content-type": "text/html" } })] });

    expect((await reason(ask("/api/x"))).code).toBe("hub-away");
  });

  test("no network has its own code", async () => {
    network({ "/api/x": [new TypeError("Failed to fetch")] });

    expect((await reason(ask("/api/x"))).code).toBe("no-network");
  });

  test("an answer that is not JSON though it says so is refused, not believed", async () => {
    network({ "/api/x": [new Response("{", { headers: { "content-type": "application/json" } })] });

    expect((await reason(ask("/api/x"))).code).toBe("bad-answer");
  });
});

describe("a session that ends", () => {
  test("is told to the page, and still refused to the one who asked", async () => {
    let ended = 0;
    const stop = onSessionEnded(() => (ended += 1));
    network({ "/api/x": [refused(401, "not-signed-in")] });

    expect((await reason(ask("/api/x"))).status).toBe(401);
    expect(ended).toBe(1);
    stop();
  });

  test("a wrong password is an answer, not an end", async () => {
    let ended = 0;
    const stop = onSessionEnded(() => (ended += 1));
    network({ "/api/csrf": [json({ token: "a" })], "/api/sign-in": [refused(401, "wrong-credentials")] });

    expect((await reason(ask("/api/sign-in", { method: "POST", ask_only: true }))).code).toBe("wrong-credentials");
    expect(ended).toBe(0);
    stop();
  });
});
