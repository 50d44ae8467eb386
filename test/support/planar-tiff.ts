import type { AnySamples } from "../../src/data/stored-samples.js";

/** A page of a TIFF, whose samples are given with interleaved channels. */
export interface TestPage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: AnySamples;
  /** Whether each channel has a plane of its own in the file; default false. */
  readonly planar?: boolean;
  readonly photometric?: number;
  readonly extra?: readonly number[];
  readonly subfile?: number;
  readonly orientation?: number;
}

/** An uncompressed big-endian TIFF of these pages, with a strip for each plane. */
export function planarTiff(pages: readonly TestPage[]): Buffer {
  let file = Buffer.from("MM\0*\0\0\0\0", "latin1");
  let link = 4;
  for (const page of pages) {
    const { width, height, channels, data, planar = false, photometric = 1, extra, subfile = 0, orientation = 1 } = page;
    const bytes = data.BYTES_PER_ELEMENT;
    const samples = planar ? planesOf(data, channels) : data.slice();
    const pixels = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    if (bytes === 2) pixels.swap16();
    if (bytes === 4) pixels.swap32();
    if (bytes === 8) pixels.swap64();
    const strips = planar ? channels : 1;
    const format = data instanceof Float32Array || data instanceof Float64Array ? 3 : data instanceof Int8Array || data instanceof Int16Array || data instanceof Int32Array ? 2 : 1;
    const each = (value: number): number[] => Array.from({ length: channels }, () => value);
    const stripBytes = pixels.length / strips;
    const fields: (readonly [tag: number, values: readonly number[]])[] = [
      [254, [subfile]], [256, [width]], [257, [height]], [258, each(8 * bytes)], [259, [1]], [262, [photometric]],
      [273, Array.from({ length: strips }, (_, strip) => file.length + strip * stripBytes)], [274, [orientation]], [277, [channels]],
      [278, [height]], [279, Array.from({ length: strips }, () => stripBytes)], [284, [planar ? 2 : 1]],
      ...(extra ? [[338, extra] as const] : []), [339, each(format)],
    ];
    const values = fields.map(([, numbers]) => {
      const buffer = Buffer.alloc(4 * numbers.length);
      for (const [index, value] of numbers.entries()) buffer.writeUInt32BE(value, 4 * index);
      return buffer;
    });
    const places: number[] = [];
    let body = Buffer.concat([file, pixels, Buffer.alloc(pixels.length % 2)]);
    for (const buffer of values) {
      places.push(body.length);
      if (buffer.length > 4) body = Buffer.concat([body, buffer]);
    }
    const directory = Buffer.alloc(2 + 12 * fields.length + 4);
    directory.writeUInt16BE(fields.length, 0);
    for (const [index, [tag, numbers]] of fields.entries()) {
      const at = 2 + 12 * index;
      directory.writeUInt16BE(tag, at);
      directory.writeUInt16BE(4, at + 2);
      directory.writeUInt32BE(numbers.length, at + 4);
      directory.writeUInt32BE(numbers.length === 1 ? (numbers[0] ?? 0) : (places[index] ?? 0), at + 8);
    }
    body.writeUInt32BE(body.length, link);
    link = body.length + directory.length - 4;
    file = Buffer.concat([body, directory]);
  }
  return file;
}

function planesOf(data: AnySamples, channels: number): AnySamples {
  const planes = data.slice();
  const pixels = data.length / channels;
  for (const [at, value] of data.entries()) planes[(at % channels) * pixels + Math.floor(at / channels)] = value;
  return planes;
}

/** The file with another value, of one number, for a tag of its first page. */
export function withTag(file: Buffer, tag: number, value: number): Buffer {
  const changed = Buffer.from(file);
  const isLittle = file[0] === 0x49;
  const read16 = (at: number): number => (isLittle ? changed.readUInt16LE(at) : changed.readUInt16BE(at));
  const directory = isLittle ? changed.readUInt32LE(4) : changed.readUInt32BE(4);
  for (let entry = 0; entry < read16(directory); entry++) {
    const at = directory + 2 + 12 * entry;
    if (read16(at) !== tag) continue;
    const isShort = read16(at + 2) === 3;
    if (isLittle) changed.writeUIntLE(value, at + 8, isShort ? 2 : 4);
    else changed.writeUIntBE(value, at + 8, isShort ? 2 : 4);
    return changed;
  }
  throw new Error(`there is no tag ${tag}`);
}
