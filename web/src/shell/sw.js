/**
 * The page opens without a network: its files are kept, the answers of the hub never are (what may be kept of those, the page keeps itself).
 * The first screen's files come with the worker, the rest when the page says it has nothing better to do.
 * A page keeps the files it started with: the cache of an older version is dropped only when no page of it is open any more.
 */
const VERSION = "__VERSION__";
const FILES = __FILES__;
const REST = __REST__;
const SHELL = `phien-shell-${VERSION}`;
const LAZY = "phien-lazy";
const LAZY_LIMIT = 80;
/** Pictures in documents. The page makes this cache where it may keep anything of the person, and takes it away at sign-out. */
const PICTURES = "phien-pictures";
const PICTURES_LIMIT = 200;
/** A network that answers nothing for so long is none. */
const PATIENCE_MS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(["/", "/manifest.webmanifest", "/icon.svg", ...FILES])));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("phien-shell-") && name !== SHELL).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("message", (event) => {
  if (event.data === "keep-the-rest") event.waitUntil(keepTheRest());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (/^\/api\/images\/[0-9a-f-]{36}$/.test(url.pathname)) return event.respondWith(picture(request));
  if (/^\/(api|ws|schema|healthz|readyz|metrics)(\/|$)/.test(url.pathname)) return;
  if (request.mode === "navigate") return event.respondWith(page(request));
  if (url.pathname.startsWith("/assets/")) event.respondWith(asset(request));
});

/** The hub's page, or the kept one where there is no network, no hub, or only a name of one. */
async function page(request) {
  const kept = () => caches.match("/", { cacheName: SHELL });
  const asked = fetch(request).catch(() => null);
  const answer = await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null))]);
  if (answer && ![502, 503, 504].includes(answer.status)) return answer;
  return (await kept()) ?? (await asked) ?? Response.error();
}

async function asset(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await put(LAZY, LAZY_LIMIT, request, answer);
  return answer;
}

async function picture(request) {
  const keep = await caches.has(PICTURES);
  const kept = keep ? await caches.match(request, { cacheName: PICTURES }) : undefined;
  if (kept) return kept;
  const answer = await fetch(request);
  if (keep && answer.ok) await put(PICTURES, PICTURES_LIMIT, request, answer);
  return answer;
}

async function put(name, limit, request, answer) {
  const cache = await caches.open(name);
  await cache.put(request, answer.clone());
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - limit)).map((key) => cache.delete(key)));
}

/** One after the other, so that nobody in the hall waits for it. What fails is fetched when it is wanted. */
async function keepTheRest() {
  const cache = await caches.open(SHELL);
  for (const file of REST) {
    if (await cache.match(file)) continue;
    const known = await caches.match(file);
    if (known) await cache.put(file, known);
    else await cache.add(file).catch(() => null);
  }
}
