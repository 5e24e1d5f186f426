// y-websocket as its README starts it.
import { createRequire } from "node:module";
import path from "node:path";

const peers = process.argv[2];
process.env.HOST = "127.0.0.1";
process.env.PORT = process.argv[3];
const require = createRequire(path.join(peers, "node/"));
require(path.join(peers, "node/node_modules/y-websocket/bin/server.cjs"));
