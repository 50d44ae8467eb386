import type { Random } from "../../src/random.js";

/** Numbers that length and size fields break on. */
const INTERESTING = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];

function below(random: Random, count: number): number {
  return Math.floor(random.uniform() * count);
}

/** One change somewhere: bits, bytes, numbers, a cut, or bytes repeated, taken out or brought in from another file. */
function change(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const at = below(random, bytes.length);
  const length = 1 + below(random, Math.min(64, bytes.length));
  const copy = Buffer.from(bytes);
  switch (below(random, 8)) {
    case 0:
      copy[at] = (copy[at] ?? 0) ^ (1 << below(random, 8));
      return copy;
    case 1:
      copy[at] = below(random, 256);
      return copy;
    case 2: {
      const value = INTERESTING[below(random, INTERESTING.length)] ?? 0;
      if (at + 4 > copy.length) return copy;
      return random.uniform() < 0.5 ? (copy.writeUInt32LE(value, at), copy) : (copy.writeUInt32BE(value, at), copy);
    }
    case 3:
      return copy.subarray(0, at);
    case 4:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at, at + length), copy.subarray(at)]);
    case 5:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + length)]);
    case 6:
      return copy.fill(below(random, 256), at, Math.min(copy.length, at + length));
    default: {
      const from = below(random, other.length);
      return Buffer.concat([copy.subarray(0, at), other.subarray(from, from + length), copy.subarray(at + length)]);
    }
  }
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** Makes the checksums of a PNG's chunks right, so that decoders look at what is in them. */
export function mendPng(bytes: Buffer): Buffer {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return bytes;
}

/** A file with one to `most` changes; half of the PNGs have right checksums all the same. */
export function mutate(bytes: Buffer, other: Buffer, random: Random, most = 8): Buffer {
  const changes = 1 + below(random, most);
  let result = bytes;
  for (let i = 0; i < changes && result.length > 0; i++) result = change(result, other, random);
  const isPng = result.length > 8 && result.toString("latin1", 1, 4) === "PNG";
  return isPng && random.uniform() < 0.5 ? mendPng(Buffer.from(result)) : result;
}
