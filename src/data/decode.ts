/** Decodes image files to RGB or gray. */
import { readFile, stat } from "node:fs/promises";
import sharp, { type Metadata } from "sharp";
import { DataError, UnreachableError } from "../errors.js";
import { boundContent, checkClaim, maxBytes, MAX_PIXELS } from "./bounds/bounds.js";
import { isSrgb } from "./colour-profile.js";
import { bmpSize, decodeBmp } from "./decode-bmp.js";
import type { Samples } from "./flatten.js";
import { flatten, type FlattenOptions } from "./flatten.js";
import { checkChannels, type Channels, type DeepImage, type Image } from "./image.js";
import { foreignImage, formatOf, type Format } from "./image-kinds.js";
import { mayPass } from "./patience.js";
import { plainBytes } from "./plain-bytes.js";
import { toUnit, type ValueRange } from "./value-range.js";

export interface DecodeOptions extends FlattenOptions {
  /** Refuses images with more pixels, or half as many in an AVIF file; default 2²⁶, 8192 × 8192. See `bounds/bounds.ts`. */
  readonly maxPixels?: number | undefined;
  /** The values that become black and white in files of more than 8 bits; default `auto`. */
  readonly valueRange?: ValueRange | undefined;
  /** Uses colours as they are stored, as the reference does, instead of converting them to sRGB by the file's profile; default false. */
  readonly ignoreIcc?: boolean | undefined;
}

/** The format, from the first bytes. Throws a DataError that says what the file is instead. */
export function imageFormat(file: Uint8Array): Format {
  if (file.length === 0) throw new DataError("an empty file");
  const format = formatOf(file);
  if (format) return format;
  const foreign = foreignImage(file);
  throw new DataError(foreign ? `${foreign.kind}. ${foreign.advice}` : "a file of another kind");
}

function channelsOf(channels: number): Samples["channels"] {
  if (channels === 1 || channels === 2 || channels === 3 || channels === 4) return channels;
  throw new DataError(`${channels} channels`);
}

/** How samples are read: 8 and 16 bits as they are, other types as floats. By default libvips drops the lower bits of 16. */
type Depth = "uchar" | "ushort" | "float";

function depthOf(type: string, range: ValueRange): Depth {
  if (type === "uchar" || type === "bit") return "uchar";
  return type === "ushort" && range === "auto" ? "ushort" : "float";
}

const bytesOf: Readonly<Record<Depth, number>> = { uchar: 1, ushort: 2, float: 4 };

/** The colour space in which libvips changes no value of the file. */
function spaceOf(type: string, space: string | undefined, gray: boolean): string {
  if (type === "ushort") return gray ? "grey16" : "rgb16";
  if (type !== "uchar" && type !== "bit") return space ?? "srgb";
  // Gray with alpha is converted through RGB, because libvips' gray loses the alpha.
  return gray ? "b-w" : "srgb";
}

/** Whether the colours must be converted. CMYK always is; floats and 16-bit gray never are. A damaged profile is ignored. */
function isConverted({ space, icc }: Pick<Metadata, "space" | "icc">, depth: Depth, ignoreIcc: boolean): boolean {
  return space === "cmyk" || (!ignoreIcc && depth !== "float" && icc !== undefined && !isSrgb(icc));
}

/** The first frame, with its EXIF orientation applied. */
async function decodeBySharp(file: Buffer, format: Format, { maxPixels, valueRange, ignoreIcc }: Limits): Promise<Samples> {
  const input = { failOn: "error", limitInputPixels: maxPixels } as const;
  const metadata = await sharp(file, { ...input, limitInputPixels: false }).metadata();
  const depth = depthOf(metadata.depth, valueRange);
  checkClaim({ ...metadata, bytes: bytesOf[depth], format }, maxPixels);
  const converted = isConverted(metadata, depth, ignoreIcc);
  const image = sharp(file, { ...input, ignoreIcc: !converted }).autoOrient();
  // sharp converts 16 bits to Display P3 first.
  if (converted && depth === "ushort") image.withIccProfile("srgb", { attach: false });
  const { data, info } = await image
    .toColourspace(spaceOf(metadata.depth, metadata.space, metadata.channels === 1))
    .raw({ depth })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const channels = channelsOf(info.channels);
  if (depth === "uchar") return { width, height, channels, data: plainBytes(data) };
  const { buffer, byteOffset, length } = data;
  if (depth === "ushort") return { width, height, channels, data: new Uint16Array(buffer, byteOffset, length / 2) };
  return { width, height, channels, data: toUnit(new Float32Array(buffer, byteOffset, length / 4), metadata.depth, valueRange, channels) };
}

/** `DecodeOptions` of the file, with defaults. */
interface Limits {
  readonly maxPixels: number;
  readonly valueRange: ValueRange;
  readonly ignoreIcc: boolean;
}

async function samplesOf(file: Buffer, options: DecodeOptions, reuse: boolean): Promise<Samples> {
  const { maxPixels = MAX_PIXELS, valueRange = "auto", ignoreIcc = false } = options;
  const format = imageFormat(file);
  if (format === "bmp") {
    const [width, height] = bmpSize(file);
    checkClaim({ width, height, channels: 4, bytes: 1, format }, maxPixels);
    return decodeBmp(file);
  }
  return decodeBySharp(boundContent(file, format, maxPixels, reuse), format, { maxPixels, valueRange, ignoreIcc });
}

async function readImageFile(path: string, most: number): Promise<Buffer> {
  const found = await stat(path);
  // Reading a pipe or a device might never end.
  if (!found.isFile()) throw new DataError(found.isDirectory() ? "a folder" : "something that is no file");
  if (found.size > most) {
    throw new DataError(`a file of ${found.size} bytes, more than the limit of ${most}, which --max-pixels raises`);
  }
  return readFile(path);
}

/** Unhelpful messages of codecs, and what they mean. */
const MEANINGS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^Unknown error$/, "damaged data"],
  [/^Input buffer has corrupt header:\s*$/, "a damaged or cut off header"],
  [/^Input buffer contains unsupported image format/, "a damaged header"],
];

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Our own decoder reads past the end if offsets or sizes in the file are wrong.
  if (error instanceof RangeError) return "numbers in the file that point past its end";
  // libvips says the same once for each pass over the file, sometimes behind a heading or the name of a part of its own.
  const heading = /^(Input buffer has corrupt header: )?((Vips\w+|\w+load(_buffer)?): )?(?=.)/;
  const texts = error.message.trim().split(/\s*\n\s*/).map((text) => text.replace(heading, ""));
  const message = [...new Set(texts)].join("; ");
  const meaning = MEANINGS.find(([pattern]) => pattern.test(message));
  return meaning?.[1] ?? message;
}

/** Runs a decoder. Its error becomes a DataError that names the image, an UnreachableError if it may pass. */
async function naming<T>(name: string, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    if (mayPass(name, error)) throw new UnreachableError(`${name}: cannot be reached (${reasonOf(error)}).`, { cause: error });
    throw new DataError(
      `${name}: expected a readable image (png, jpeg, webp, tiff, bmp, gif, avif), got ${reasonOf(error)}. ` +
        "Replace or remove the file.",
      { cause: error },
    );
  }
}

/** Options that make 8 bits of every image. */
type Shallow = DecodeOptions & { readonly keepDepth?: false };

/** `decodeImage` for the bytes of a file, which are not changed. `name`: what messages call the image. */
export async function decodeImageBytes(bytes: Uint8Array, name: string, channels?: Channels, options?: Shallow): Promise<Image>;
export async function decodeImageBytes(bytes: Uint8Array, name: string, channels: Channels, options: DecodeOptions): Promise<DeepImage>;
export async function decodeImageBytes(
  bytes: Uint8Array,
  name: string,
  channels: Channels = 3,
  options: DecodeOptions = {},
): Promise<DeepImage> {
  checkChannels("decodeImageBytes", channels);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return naming(name, async () => flatten(await samplesOf(file, options, false), channels, options));
}

/**
 * Reads an image file as RGB (3 channels) or gray (1): PNG, JPEG, WebP, TIFF, BMP, GIF or AVIF, recognised by content.
 *
 * Applies the EXIF orientation, converts colours with an ICC profile to sRGB, composites transparency over white, and takes the first frame of an animation. Gray is
 * ITU-R 601's luma. Samples become 8 bits: 16-bit samples v become v / 257, rounded. With `keepDepth`, 8 and 16 bits stay as they
 * are, and all other types (and 16 bits with a `valueRange`) become floats. `channels` is 3 by default. Throws a DataError that
 * names the file if it cannot be read, and an UnreachableError if its disk does not answer.
 */
export async function decodeImage(path: string, channels?: Channels, options?: Shallow): Promise<Image>;
export async function decodeImage(path: string, channels: Channels, options: DecodeOptions): Promise<DeepImage>;
export async function decodeImage(path: string, channels: Channels = 3, options: DecodeOptions = {}): Promise<DeepImage> {
  checkChannels("decodeImage", channels);
  return naming(path, async () => flatten(await samplesIn(path, options), channels, options));
}

/** The samples of an image file as they are stored. `change` may replace its content before it is decoded. Throws as `decodeImage`. */
export function decodeSamples(path: string, options: Pick<DecodeOptions, "maxPixels">, change: (file: Uint8Array) => Uint8Array): Promise<Samples> {
  return naming(path, () => samplesIn(path, { ...options, ignoreIcc: true }, change));
}

async function samplesIn(path: string, options: DecodeOptions, change = (file: Uint8Array): Uint8Array => file): Promise<Samples> {
  const { buffer, byteOffset, length } = change(await readImageFile(path, maxBytes(options.maxPixels ?? MAX_PIXELS)));
  return samplesOf(Buffer.from(buffer, byteOffset, length), options, true);
}
