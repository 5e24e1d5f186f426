// A real peer: yjs and y-websocket as they are published, told what to do by lines of JSON on stdin.
// argv: the folder whose node_modules has them, the hub's address, the document, its token, the client id, "saved" or "".
const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");

const [folder, address, room, token, clientId, saved] = process.argv.slice(2);
const packages = createRequire(folder + "/package.json");
const Y = packages("yjs");
const { WebsocketProvider } = packages("y-websocket");
const decoding = packages("lib0/decoding");

const doc = new Y.Doc();
doc.clientID = Number(clientId);
const text = doc.getText("text");
const params = saved ? { token, saved: "1" } : { token };
const provider = new WebsocketProvider(address, room, doc, { params, disableBc: true, maxBackoffTime: 200 });
let savedFrames = 0;
let updateFrames = 0;
const closes = [];
const refusals = [];
provider.messageHandlers[100] = (_encoder, decoder) => {
  savedFrames = decoding.readVarUint(decoder);
};
provider.messageHandlers[2] = (_encoder, decoder) => {
  decoding.readVarUint(decoder);
  refusals.push(decoding.readVarString(decoder));
};
provider.on("connection-close", (event) => closes.push([event?.code ?? 0, event?.reason ?? ""]));

// What goes out is counted where it goes out: step 2 and updates, on the connection that is open now.
function count(socket) {
  const send = socket.send.bind(socket);
  updateFrames = 0;
  savedFrames = 0;
  socket.send = (data) => {
    const bytes = new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength);
    if (bytes[0] === 0 && bytes[1] !== 0) updateFrames += 1;
    send(data);
  };
}
let counted = null;
provider.on("status", ({ status }) => {
  if (status === "connecting" && provider.ws !== counted) count((counted = provider.ws));
});
if (provider.ws) count((counted = provider.ws));

// Places are counted in characters, as Python counts them; the text may have grown or shrunk since they were chosen.
const units = (from, to) => [...text.toString()].slice(from, to).join("").length;

const commands = {
  insert: ({ at, words }) => text.insert(units(0, at), words),
  remove: ({ at, length }) => text.delete(units(0, at), units(at, at + length)),
  show: ({ state }) => provider.awareness.setLocalState(state),
  address: ({ to, token: fresh }) => {
    provider.serverUrl = to;
    if (fresh) provider.params.token = fresh;
    provider.disconnect();
    provider.connect();
  },
  disconnect: () => provider.disconnect(),
  connect: () => provider.connect(),
  state: () => {},
  paragraphs: () => ({ paragraphs: doc.getXmlFragment("default").toString() }),
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const command = JSON.parse(line);
  const more = commands[command.do](command) ?? {};
  const answer = {
    text: text.toString(),
    vector: [...Y.decodeStateVector(Y.encodeStateVector(doc))].sort((one, other) => one[0] - other[0]),
    synced: provider.synced,
    saved: savedFrames,
    sent: updateFrames,
    people: [...provider.awareness.getStates().values()],
    closes,
    refusals,
    ...more,
  };
  process.stdout.write(JSON.stringify(answer) + "\n");
}).on("close", () => process.exit(0));
