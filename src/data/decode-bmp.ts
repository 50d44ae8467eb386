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

function bitField(mask: number): Field {
  if (mask === 0) return () => 255;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (pixel) => Math.round((((pixel & mask) >>> shift) * 255) / most);
}

/** Red, green, blue and alpha of a 16- or 32-bit pixel. */
function fieldsOf(file: Buffer, { bits, compression }: Header): Field[] {
  if (compression === UNCOMPRESSED) {
    return (bits === 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0xff0000, 0xff00, 0xff, 0]).map(bitField);
  }
  const hasAlpha = compression === 6 || file.readUInt32LE(14) >= 56;
  const masks = [54, 58, 62].map((at) => file.readUInt32LE(at));
  return [...masks, hasAlpha ? file.readUInt32LE(66) : 0].map(bitField);
}

/** The RGBA of the pixel in column `x` of the row that starts at `row` in the file. */
type PixelReader = (row: number, x: number) => readonly [r: number, g: number, b: number, alpha: number];

function pixelReader(file: Buffer, header: Header): PixelReader {
  const { bits, palette } = header;
  if (bits === 24) {
    return (row, x) => {
      const at = row + x * 3;
      return [file.readUInt8(at + 2), file.readUInt8(at + 1), file.readUInt8(at), 255];
    };
  }
  if (bits > 8) {
    const [r, g, b, alpha] = fieldsOf(file, header);
    if (!r || !g || !b || !alpha) throw new RangeError("four fields");
    return (row, x) => {
      const pixel = bits === 16 ? file.readUInt16LE(row + x * 2) : file.readUInt32LE(row + x * 4);
      return [r(pixel), g(pixel), b(pixel), alpha(pixel)];
    };
  }
  return (row, x) => {
    const bit = x * bits;
    const index = (file.readUInt8(row + (bit >> 3)) >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
    const at = palette + index * 4;
    return [file.readUInt8(at + 2), file.readUInt8(at + 1), file.readUInt8(at), 255];
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
  const read = pixelReader(file, header);
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const row = header.pixels + (topDown ? y : height - 1 - y) * stride;
    for (let x = 0; x < width; x++) data.set(read(row, x), (y * width + x) * 4);
  }
  return { width, height, channels: 4, max: 255, data };
}
