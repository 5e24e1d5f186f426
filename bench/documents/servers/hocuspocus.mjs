// Hocuspocus as its documents start it: node hocuspocus.mjs PEERS PORT FLUSH_DELAY|- DATABASE|-
import path from "node:path";
import { pathToFileURL } from "node:url";

const [, , peers, port, flushDelay, database] = process.argv;
const load = async (name, file) =>
  import(pathToFileURL(path.join(peers, "node/node_modules", name, file)).href);

const { Server } = await load("@hocuspocus/server", "dist/hocuspocus-server.esm.js");
const extensions = [];
if (database !== "-") {
  const { SQLite } = await load("@hocuspocus/extension-sqlite", "dist/hocuspocus-sqlite.esm.js");
  extensions.push(new SQLite({ database }));
}
const configuration = { address: "127.0.0.1", port: Number(port), quiet: true, stopOnSignals: true, extensions };
if (flushDelay !== "-") configuration.flushDelay = Number(flushDelay);
const server = new Server(configuration);
await server.listen();
console.log("listening");
