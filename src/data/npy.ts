/** NumPy's .npy files: an array of h×w or h×w×c samples. Source: numpy.lib.format, versions 1 to 3. */
import { DataError } from "../errors.js";
import { isChannels, MOST_CHANNELS } from "./image.js";
import { sampleTypes, typeOf, type AnySamples, type FileSamples, type SampleType } from "./stored-samples.js";
import { swapBytes } from "./swap-bytes.js";

/** NumPy's kind and bytes of each type of samples. */
const kinds: Readonly<Record<string, SampleType>> = {
  b1: "uchar", u1: "uchar", i1: "char", u2: "ushort", i2: "short", u4: "uint", i4: "int", f4: "float", f8: "double",
};

/** What the header of a file says. */
export interface NpyHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly type: SampleType;
  /** Whether samples are truth values, of which true is white. */
  readonly isBoolean: boolean;
  readonly isBigEndian: boolean;
  /** Whether the first axis changes fastest, as in Fortran. */
  readonly isFortran: boolean;
  /** Where the samples begin. */
  readonly start: number;
}

const MAGIC_BYTES = 6;
/** No array of samples needs a longer header. */
const MOST_HEADER = 2 ** 16;

/** The text of the header, and where it ends. */
function headerText(file: Buffer): readonly [text: string, end: number] {
  const version = file[MAGIC_BYTES] ?? 0;
  if (version < 1 || version > 3) throw new DataError(`a .npy file of version ${version}`);
  const start = MAGIC_BYTES + (version === 1 ? 4 : 6);
  if (file.length < start) throw new DataError("a cut off header");
  const length = version === 1 ? file.readUInt16LE(start - 2) : file.readUInt32LE(start - 4);
  if (length > MOST_HEADER || start + length > file.length) throw new DataError("a damaged or cut off header");
  return [file.toString("latin1", start, start + length), start + length];
}

/** Reads the header of a file. Throws a DataError for arrays that hold no image. */
export function npyHeader(file: Buffer): NpyHeader {
  const [text, start] = headerText(file);
  const description = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const axes = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (order === undefined || axes === undefined) throw new DataError("a damaged or cut off header");
  const [, endian, kind = ""] = /^([<>|])(\w+)$/.exec(description ?? "") ?? [];
  const type = kinds[kind];
  if (type === undefined) {
    const types = "uint8, int8, uint16, int16, uint32, int32, float32, float64 or bool";
    throw new DataError(`an array of ${description === undefined ? "records" : `dtype '${description}'`}. Save it as ${types}`);
  }
  const shape = axes.split(",").map((axis) => axis.trim()).filter((axis) => axis !== "").map(Number);
  const [height = 0, width = 0, channels = 1] = shape;
  if (shape.length < 2 || shape.length > 3 || !isChannels(channels)) throw wrongShape(shape);
  return { width, height, channels, type, isBoolean: kind === "b1", isBigEndian: endian === ">", isFortran: order === "True", start };
}

function wrongShape(shape: readonly number[]): DataError {
  const [first = 0] = shape;
  const advice = shape.length === 3 && isChannels(first) ? ". Put the channels last, as numpy.moveaxis(x, 0, -1) does" : "";
  return new DataError(`an array of shape (${shape.join(", ")}), which is not height × width or height × width × 1 to ${MOST_CHANNELS} channels${advice}`);
}

/** The samples of a file, rows from the top, channels interleaved. Throws a DataError if the file is longer or shorter than its header says. */
export function npySamples(file: Buffer, header: NpyHeader): AnySamples {
  const { width, height, channels, type, isBoolean, isBigEndian, isFortran, start } = header;
  const { array } = sampleTypes[type];
  const length = width * height * channels;
  const expected = length * array.BYTES_PER_ELEMENT;
  if (file.length - start !== expected) throw new DataError(`${file.length - start} bytes of samples, where its header says ${expected}`);
  // A copy, which begins at an address that the array may begin at.
  const { buffer } = new Uint8Array(file.subarray(start));
  if (isBigEndian) swapBytes(Buffer.from(buffer), array.BYTES_PER_ELEMENT);
  const samples = new array(buffer);
  if (isBoolean) for (let at = 0; at < length; at++) samples[at] = samples[at] === 0 ? 0 : 255;
  return isFortran ? transposed(samples, new array(length), width, height, channels) : samples;
}

/** Samples [c, w, h] as [h, w, c]. */
function transposed(from: AnySamples, to: AnySamples, width: number, height: number, channels: number): AnySamples {
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++) to[at++] = from[(channel * width + x) * height + y] ?? 0;
    }
  }
  return to;
}

/** Headers end at multiples of this. */
const ALIGNMENT = 64;

/** The bytes of a file: h×w samples for one channel, else h×w×c, little-endian. */
export function encodeNpy({ width, height, channels, data: samples }: FileSamples): Buffer {
  const type = typeOf(samples);
  const [kind = ""] = Object.entries(kinds).findLast(([, one]) => one === type) ?? [];
  const endian = samples.BYTES_PER_ELEMENT === 1 ? "|" : "<";
  const shape = channels === 1 ? `${height}, ${width}` : `${height}, ${width}, ${channels}`;
  const text = `{'descr': '${endian}${kind}', 'fortran_order': False, 'shape': (${shape}), }`;
  const prefix = MAGIC_BYTES + 4;
  const length = Math.ceil((prefix + text.length + 1) / ALIGNMENT) * ALIGNMENT - prefix;
  const header = Buffer.alloc(prefix + length, " ");
  header.write("\x93NUMPY\x01\x00", "latin1");
  header.writeUInt16LE(length, MAGIC_BYTES + 2);
  header.write(text, prefix, "latin1");
  header.write("\n", prefix + length - 1, "latin1");
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}
