/** Prints what the first screen downloads: the entry's script and style with everything it imports at once, gzipped. Fails above the promised 300 kB of script. */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const root = new URL("../../hub/static/", import.meta.url);
const gzip = (name) => gzipSync(readFileSync(new URL(name, root)), { level: 9 }).length;
const html = readFileSync(new URL("index.html", root), "utf8");
const first = [...new Set([...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((m) => m[1]))];
let script = 0;
let style = 0;
for (const name of first) {
  const size = gzip(name);
  if (name.endsWith(".js")) script += size;
  else style += size;
  console.log(`${(size / 1000).toFixed(1).padStart(8)} kB  ${name}`);
}
const lazy = readdirSync(new URL("assets/", root)).filter((name) => name.endsWith(".js") && !first.includes(`assets/${name}`));
for (const name of lazy) console.log(`${(gzip(`assets/${name}`) / 1000).toFixed(1).padStart(8)} kB  assets/${name} (later)`);
console.log(`first load: ${(script / 1000).toFixed(1)} kB of script, ${(style / 1000).toFixed(1)} kB of style, gzipped`);
if (script > 300_000) {
  console.error("The first load is over 300 kB of script.");
  process.exit(1);
}
