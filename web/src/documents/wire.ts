/**
 * The frames of a shared document: the y-websocket protocol, and one message of ours (100: how many of this connection's
 * frames the hub has committed). Bytes in, bytes out; who sends them and when is `connection.ts`.
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { applyAwarenessUpdate, encodeAwarenessUpdate, type Awareness } from "y-protocols/awareness";
import * as Y from "yjs";

const SYNC = 0;
const AWARENESS = 1;
const AUTH = 2;
const QUERY_AWARENESS = 3;
const SAVED = 100;

const STEP_1 = 0;
const STEP_2 = 1;
const UPDATE = 2;

/** The update that changes nothing: no structs, no deletions. */
export const NOTHING = new Uint8Array([0, 0]);

export type Heard =
  | { type: "step-1"; stateVector: Uint8Array }
  | { type: "step-2" | "update"; update: Uint8Array }
  | { type: "awareness"; states: Uint8Array }
  | { type: "awareness-asked" }
  | { type: "refused"; reason: string }
  | { type: "saved"; frames: number }
  | { type: "unknown"; number: number };

/** Throws on a frame cut short; a message type of a newer hub is `unknown`, to be passed over. */
export function read(frame: Uint8Array): Heard {
  const input = decoding.createDecoder(frame);
  const type = decoding.readVarUint(input);
  switch (type) {
    case SYNC:
      return readSync(input);
    case AWARENESS:
      return { type: "awareness", states: decoding.readVarUint8Array(input) };
    case AUTH:
      decoding.readVarUint(input); // 0, permission denied: the only one there is
      return { type: "refused", reason: decoding.readVarString(input) };
    case QUERY_AWARENESS:
      return { type: "awareness-asked" };
    case SAVED:
      return { type: "saved", frames: decoding.readVarUint(input) };
    default:
      return { type: "unknown", number: type };
  }
}

function readSync(input: decoding.Decoder): Heard {
  const step = decoding.readVarUint(input);
  const body = decoding.readVarUint8Array(input);
  if (step === STEP_1) return { type: "step-1", stateVector: body };
  return { type: step === STEP_2 ? "step-2" : "update", update: body };
}

/** "This is what I have": asks for the rest. */
export function step1(doc: Y.Doc): Uint8Array<ArrayBuffer> {
  return sync(STEP_1, Y.encodeStateVector(doc));
}

export function step2(update: Uint8Array): Uint8Array<ArrayBuffer> {
  return sync(STEP_2, update);
}

export function update(change: Uint8Array): Uint8Array<ArrayBuffer> {
  return sync(UPDATE, change);
}

export function awarenessOf(awareness: Awareness, clients: number[]): Uint8Array<ArrayBuffer> {
  return frame((output) => {
    encoding.writeVarUint(output, AWARENESS);
    encoding.writeVarUint8Array(output, encodeAwarenessUpdate(awareness, clients));
  });
}

/** What the server end of the wire says, for tests that play it. */
export function saved(frames: number): Uint8Array<ArrayBuffer> {
  return frame((output) => {
    encoding.writeVarUint(output, SAVED);
    encoding.writeVarUint(output, frames);
  });
}

export function refused(reason: string): Uint8Array<ArrayBuffer> {
  return frame((output) => {
    encoding.writeVarUint(output, AUTH);
    encoding.writeVarUint(output, 0);
    encoding.writeVarString(output, reason);
  });
}

export function hearAwareness(awareness: Awareness, states: Uint8Array, from: unknown): void {
  applyAwarenessUpdate(awareness, states, from);
}

function sync(step: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  return frame((output) => {
    encoding.writeVarUint(output, SYNC);
    encoding.writeVarUint(output, step);
    encoding.writeVarUint8Array(output, body);
  });
}

function frame(write: (output: encoding.Encoder) => void): Uint8Array<ArrayBuffer> {
  const output = encoding.createEncoder();
  write(output);
  return encoding.toUint8Array(output) as Uint8Array<ArrayBuffer>;
}
