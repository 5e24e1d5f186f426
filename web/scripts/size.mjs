/**
 * Prints what a browser downloads, gzipped: for the first screen (the entry with everything it imports at once), then what the
 * meeting adds, then what the editor adds. Fails where the first load is over the promised 300 kB of script.
 */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const root = new URL("../../hub/static/", import.meta.url);
const text = (name) => readFileSync(new URL(name, root), "utf8");
const gzip = (name) => gzipSync(readFileSync(new URL(name, root)), { level: 9 }).length;
const scripts = readdirSync(new URL("assets/", root)).filter((name) => name.endsWith(".js"));

/** A chunk with everything it imports statically. */
function whole(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const [, next] of text(`assets/${name}`).matchAll(/(?:^|[;}\s])(?:import|export)(?:[^"'();]*from)?\s*["']\.\/([^"']+\.js)["']/g)) whole(next, seen);
  return seen;
}
const entry = /src="\/assets\/([^"]+\.js)"/.exec(text("index.html"))[1];
const first = whole(entry);
const named = (start) => scripts.find((name) => name.startsWith(`${start}-`));
const sum = (names) => [...names].reduce((total, name) => total + gzip(`assets/${name}`), 0);
const kB = (bytes) => `${(bytes / 1000).toFixed(1).padStart(7)} kB`;

for (const name of scripts.sort()) console.log(`${kB(gzip(`assets/${name}`))}  ${name}${first.has(name) ? " (first load)" : ""}`);
const style = [...text("index.html").matchAll(/href="\/(assets\/[^"]+\.css)"/g)].reduce((total, [, name]) => total + gzip(name), 0);
const meeting = whole(named("MeetingScreen"), new Set(first));
const editor = whole(named("Editor"), whole(named("DocumentPane"), new Set(meeting)));
console.log(`${kB(sum(first))}  script of the first load, ${kB(style).trim()} of style`);
console.log(`${kB(sum(meeting))}  script of a meeting opened directly, without the editor`);
console.log(`${kB(sum(editor))}  script with the editor`);
if (sum(first) > 300_000) {
  console.error("The first load is over 300 kB of script.");
  process.exit(1);
}
