/**
 * PNG files with a palette, as their numbers. The pixels of such a file are stored as those of a gray one of the same depth, so
 * one becomes the other if its header and its palette are changed, and any decoder then gives the numbers.
 */
import { crc32 } from "node:zlib";
import type { Color } from "./label-classes.js";

const SIGNATURE = 8;
/** Bytes of a chunk around its data: length, type and checksum. */
const AROUND = 12;
const GRAY = 0;
const PALETTE = 3;

interface Chunk {
  readonly type: string;
  /** The whole chunk. */
  readonly bytes: Uint8Array;
}

/** The chunks of a file, as far as they are whole. */
function chunksOf(file: Uint8Array): Chunk[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE; at + AROUND <= file.length; ) {
    const end = at + AROUND + view.getUint32(at);
    if (end > file.length) break;
    chunks.push({ type: String.fromCharCode(...file.subarray(at + 4, at + 8)), bytes: file.subarray(at, end) });
    at = end;
  }
  return chunks;
}

const dataOf = ({ bytes }: Chunk): Uint8Array => bytes.subarray(8, -4);

function chunkOf(type: string, data: Uint8Array): Chunk {
  const bytes = new Uint8Array(AROUND + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, -4)));
  return { type, bytes };
}

/** A file of these chunks, whose header names another type of colour, and with `palette` behind it. */
function retyped(chunks: readonly Chunk[], type: number, palette: readonly Chunk[]): Uint8Array {
  const parts = chunks.flatMap((one) => {
    if (one.type !== "IHDR") return [one];
    const header = dataOf(one).slice();
    header[9] = type;
    return [chunkOf("IHDR", header), ...palette];
  });
  return Buffer.concat([Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), ...parts.map(({ bytes }) => bytes)]);
}

/** How the pixels of a PNG file are stored. */
export interface PngHeader {
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  readonly kind: "gray" | "palette" | "colour";
}

export function pngHeader(file: Uint8Array): PngHeader {
  const [depth = 0, type = 0] = file.subarray(24, 26);
  return { depth, kind: type === PALETTE ? "palette" : type === GRAY || type === 4 ? "gray" : "colour" };
}

/** Chunks that are about the palette, or in its numbers. */
const ofPalette: ReadonlySet<string> = new Set(["PLTE", "tRNS", "bKGD", "hIST", "sPLT"]);

/** A file with a palette as a gray one, whose samples are the numbers, and its palette. */
export function withoutPalette(file: Uint8Array): { readonly gray: Uint8Array; readonly palette: readonly Color[] } {
  const chunks = chunksOf(file);
  const found = chunks.find(({ type }) => type === "PLTE");
  const samples = found ? dataOf(found) : new Uint8Array();
  const palette = Array.from({ length: Math.floor(samples.length / 3) }, (_, index): Color => {
    const [red = 0, green = 0, blue = 0] = samples.subarray(3 * index);
    return [red, green, blue];
  });
  return { gray: retyped(chunks.filter(({ type }) => !ofPalette.has(type)), GRAY, []), palette };
}

/** A gray file of 8 bits with a palette: its samples become numbers of these colours. */
export function withPalette(gray: Uint8Array, palette: readonly Color[]): Uint8Array {
  return retyped(chunksOf(gray), PALETTE, [chunkOf("PLTE", Uint8Array.from(palette.flat()))]);
}
