/** Writes TIFF files of any channels and depth, which sharp cannot. Source: TIFF 6.0, and its technical note 2 for deflate. */
import { deflateSync } from "node:zlib";
import type { AnySamples, FileSamples } from "./stored-samples.js";

const SHORT = 3;
const LONG = 4;
/** Bytes of a value of either type. */
const bytesOf = { [SHORT]: 2, [LONG]: 4 } as const;

type Field = readonly [tag: number, type: typeof SHORT | typeof LONG, values: readonly number[]];

const DEFLATE = 8;
const MIN_IS_BLACK = 1;
const RGB = 2;
/** Meanings of a sample beyond gray or RGB. */
const UNSPECIFIED = 0;
const STRAIGHT_ALPHA = 2;
/** Kinds of samples. */
const UNSIGNED = 1;
const SIGNED = 2;
const FLOAT = 3;

const HEADER = 8;
const ENTRY = 12;
/** Bytes of pixels in a strip, which readers hold in memory. */
const STRIP_BYTES = 2 ** 18;

function kindOf(samples: AnySamples): number {
  if (samples instanceof Float32Array || samples instanceof Float64Array) return FLOAT;
  return samples instanceof Int8Array || samples instanceof Int16Array || samples instanceof Int32Array ? SIGNED : UNSIGNED;
}

/** The bytes of a TIFF file with one page, deflated in strips. Three channels, not counting opacity, are RGB; others gray and more. */
export function encodeTiff({ width, height, channels, hasAlpha, data: samples }: FileSamples): Buffer {
  const each = (value: number, count = channels): number[] => Array.from({ length: count }, () => value);
  const rowBytes = width * channels * samples.BYTES_PER_ELEMENT;
  const rows = Math.max(1, Math.floor(STRIP_BYTES / rowBytes));
  const pixels = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const strips: Buffer[] = [];
  for (let at = 0; at < pixels.length; at += rows * rowBytes) strips.push(deflateSync(pixels.subarray(at, at + rows * rowBytes)));
  const colours = channels - (hasAlpha ? 1 : 0) === 3 ? 3 : 1;
  const offsets: number[] = [];
  let end = HEADER;
  for (const { length } of strips) {
    offsets.push(end);
    end += length;
  }
  const fields: readonly Field[] = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, each(8 * samples.BYTES_PER_ELEMENT)],
    [259, SHORT, [DEFLATE]],
    [262, SHORT, [colours === 3 ? RGB : MIN_IS_BLACK]],
    [273, LONG, offsets],
    [277, SHORT, [channels]],
    [278, LONG, [rows]],
    [279, LONG, strips.map(({ length }) => length)],
    ...(channels > colours ? [[338, SHORT, each(hasAlpha ? STRAIGHT_ALPHA : UNSPECIFIED, channels - colours)] satisfies Field] : []),
    [339, SHORT, each(kindOf(samples))],
  ];
  const padding = Buffer.alloc(end % 2);
  const header = Buffer.from("II*\0\0\0\0\0", "latin1");
  header.writeUInt32LE(end + padding.length, 4);
  return Buffer.concat([header, ...strips, padding, directory(fields, end + padding.length)]);
}

/** The directory of a page at a place in the file, with the values that do not fit into its entries behind it. */
function directory(fields: readonly Field[], place: number): Buffer {
  const entries = Buffer.alloc(2 + ENTRY * fields.length + 4);
  entries.writeUInt16LE(fields.length, 0);
  const long: Buffer[] = [];
  let end = place + entries.length;
  for (const [index, [tag, type, values]] of fields.entries()) {
    const at = 2 + ENTRY * index;
    const size = bytesOf[type];
    const bytes = Buffer.alloc(Math.max(4, values.length * size));
    for (const [each, value] of values.entries()) bytes.writeUIntLE(value, each * size, size);
    entries.writeUInt16LE(tag, at);
    entries.writeUInt16LE(type, at + 2);
    entries.writeUInt32LE(values.length, at + 4);
    if (bytes.length === 4) {
      bytes.copy(entries, at + 8);
      continue;
    }
    entries.writeUInt32LE(end, at + 8);
    long.push(bytes);
    end += bytes.length;
  }
  return Buffer.concat([entries, ...long]);
}
