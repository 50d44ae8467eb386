/** The messages between ranks: a topic, a JSON value and numbers, in one frame. */
import { isJsonObject, objectIn } from "../io/parse-json.js";
import type { Message } from "./process-group.js";
import { RankError } from "./rank-error.js";

/** Bytes of the length of the JSON text, which come first. */
const LENGTH_BYTES = 4;

/** The parts of a frame, without copies of the numbers. The text ends with spaces up to a multiple of four bytes. */
export function encodeMessage({ topic, value, floats }: Message): readonly Uint8Array[] {
  const text = new TextEncoder().encode(JSON.stringify({ topic, value }));
  const length = Math.ceil(text.length / 4) * 4;
  const head = new Uint8Array(LENGTH_BYTES + length).fill(0x20, LENGTH_BYTES);
  new DataView(head.buffer).setUint32(0, length, true);
  head.set(text, LENGTH_BYTES);
  return [head, new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength)];
}

/** Reads a frame. Its numbers share the memory of the frame. Throws a RankError for one that no rank has sent. */
export function decodeMessage(frame: ArrayBuffer): Message {
  const length = frame.byteLength < LENGTH_BYTES ? Infinity : new DataView(frame).getUint32(0, true);
  const start = LENGTH_BYTES + length;
  if (start > frame.byteLength || (frame.byteLength - start) % 4 !== 0) throw foreign();
  const { topic, value } = objectIn(new TextDecoder().decode(new Uint8Array(frame, LENGTH_BYTES, length)));
  if (typeof topic !== "string" || !isJsonObject(value)) throw foreign();
  return { topic, value, floats: new Float32Array(frame, start) };
}

function foreign(): RankError {
  return new RankError("Expected a message of a rank, got something else. Is MASTER_PORT used by another program?");
}
