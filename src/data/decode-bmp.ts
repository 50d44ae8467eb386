/** Decodes BMP images. */
import { DataError } from "../errors.js";
import type { Samples } from "./flatten.js";

const FILE_HEADER_BYTES = 14;
const UNCOMPRESSED = 0;
const BIT_FIELDS = new Set([3, 6]);

interface Header {
  readonly width: number;
  readonly height: number;
  /** Rows are stored from the bottom up unless the file says otherwise. */
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  readonly palette: number;
  readonly pixels: number;
}

function readHeader(file: Buffer): Header {
  const size = file.readUInt32LE(14);
  const height = file.readInt32LE(22);
  const compression = file.readUInt32LE(30);
  const masks = size === 40 && BIT_FIELDS.has(compression) ? (compression === 6 ? 16 : 12) : 0;
  return {
    width: file.readInt32LE(18),
    height: Math.abs(height),
    topDown: height < 0,
    bits: file.readUInt16LE(28),
    compression,
    palette: FILE_HEADER_BYTES + size + masks,
    pixels: file.readUInt32LE(10),
  };
}

/** Width and height of a BMP file. */
export function bmpSize(file: Buffer): readonly [number, number] {
  const { width, height } = readHeader(file);
  return [width, height];
}

/** One sample of a packed pixel, scaled to 8 bits. */
type Field = (pixel: number) => number;

/** The values of a field with at most this many bits are computed once. */
const TABLE_BITS = 16;

function bitField(mask: number): Field {
  if (mask === 0) return () => 255;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  const scaled = (value: number): number => Math.round((value * 255) / most);
  if (most >= 2 ** TABLE_BITS) return (pixel) => scaled((pixel & mask) >>> shift);
  const table = Uint8Array.from({ length: most + 1 }, (_, value) => scaled(value));
  return (pixel) => table[(pixel & mask) >>> shift] ?? 0;
}

/** Red, green, blue and alpha of a 16- or 32-bit pixel. */
function fieldsOf(file: Buffer, { bits, compression }: Header): readonly [r: Field, g: Field, b: Field, alpha: Field] {
  const isPlain = compression === UNCOMPRESSED;
  const hasAlpha = compression === 6 || file.readUInt32LE(14) >= 56;
  const plain = bits === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0xff00, 0xff];
  const [r = 0, g = 0, b = 0] = isPlain ? plain : [54, 58, 62].map((at) => file.readUInt32LE(at));
  return [bitField(r), bitField(g), bitField(b), bitField(!isPlain && hasAlpha ? file.readUInt32LE(66) : 0)];
}

/** Writes the RGBA of a row that starts at `row` in the file to `to`. */
type RowReader = (row: number, data: Uint8Array, to: number) => void;

function readerOf24({ width }: Header, file: Buffer): RowReader {
  return (row, data, to) => {
    for (let x = 0, [from, at] = [row, to]; x < width; x++, from += 3, at += 4) {
      data[at] = file[from + 2] ?? 0;
      data[at + 1] = file[from + 1] ?? 0;
      data[at + 2] = file[from] ?? 0;
      data[at + 3] = 255;
    }
  };
}

function readerOfFields(header: Header, file: Buffer): RowReader {
  const { width, bits } = header;
  const [r, g, b, alpha] = fieldsOf(file, header);
  const step = bits / 8;
  return (row, data, to) => {
    for (let x = 0, [from, at] = [row, to]; x < width; x++, from += step, at += 4) {
      const pixel = bits === 16 ? file.readUInt16LE(from) : file.readUInt32LE(from);
      data[at] = r(pixel);
      data[at + 1] = g(pixel);
      data[at + 2] = b(pixel);
      data[at + 3] = alpha(pixel);
    }
  };
}

function readerOfPalette({ width, bits, palette }: Header, file: Buffer): RowReader {
  const colours = file.subarray(palette, palette + 4 * 2 ** bits);
  const mask = 2 ** bits - 1;
  return (row, data, to) => {
    for (let x = 0, at = to; x < width; x++, at += 4) {
      const bit = x * bits;
      const colour = 4 * (((file[row + (bit >> 3)] ?? 0) >> (8 - bits - (bit & 7))) & mask);
      if (colour + 2 >= colours.length) throw new RangeError("a colour past the end of the file");
      data[at] = colours[colour + 2] ?? 0;
      data[at + 1] = colours[colour + 1] ?? 0;
      data[at + 2] = colours[colour] ?? 0;
      data[at + 3] = 255;
    }
  };
}

/** Decodes uncompressed and bit-field BMP of 1 to 32 bits. Throws a DataError for run-length encoding. */
export function decodeBmp(file: Buffer): Samples {
  const header = readHeader(file);
  const { width, height, bits, compression, topDown } = header;
  if (![1, 4, 8, 16, 24, 32].includes(bits) || (compression !== UNCOMPRESSED && !BIT_FIELDS.has(compression))) {
    throw new DataError(`an uncompressed BMP was expected, this has ${bits} bits and compression ${compression}`);
  }
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (file.length < header.pixels + stride * height) throw new DataError(`a file cut off after ${file.length} bytes`);
  const read = (bits === 24 ? readerOf24 : bits > 8 ? readerOfFields : readerOfPalette)(header, file);
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) read(header.pixels + (topDown ? y : height - 1 - y) * stride, data, y * width * 4);
  return { width, height, channels: 4, hasAlpha: true, data };
}
