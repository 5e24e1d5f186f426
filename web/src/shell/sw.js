/**
 * The page opens without a network: the shell's files are kept, the answers of the hub never are.
 * A page keeps the files it started with: the cache of an older version is dropped only when no page of it is open any more.
 */
const VERSION = "__VERSION__";
const FILES = __FILES__;
const SHELL = `phien-shell-${VERSION}`;
const LAZY = "phien-lazy";
const LAZY_LIMIT = 80;

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

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (/^\/(api|ws|schema|healthz|readyz|metrics)(\/|$)/.test(url.pathname)) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match("/", { cacheName: SHELL }).then((kept) => kept ?? Response.error())));
    return;
  }
  if (!url.pathname.startsWith("/assets/")) return;
  event.respondWith(asset(request));
});

async function asset(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    const cache = await caches.open(LAZY);
    await cache.put(request, answer.clone());
    const keys = await cache.keys();
    await Promise.all(keys.slice(0, Math.max(0, keys.length - LAZY_LIMIT)).map((key) => cache.delete(key)));
  }
  return answer;
}
