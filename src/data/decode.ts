/** Decodes image files to 8-bit RGB or gray. */
import { readFile, stat } from "node:fs/promises";
import sharp from "sharp";
import { DataError, UnreachableError } from "../errors.js";
import { boundContent, checkClaim, maxBytes, MAX_PIXELS } from "./bounds/bounds.js";
import { bmpSize, decodeBmp } from "./decode-bmp.js";
import type { Samples } from "./flatten.js";
import { flatten } from "./flatten.js";
import { checkChannels, type Channels, type Image } from "./image.js";
import { foreignImage, formatOf, type Format } from "./image-kinds.js";
import { mayPass } from "./patience.js";
import { plainBytes } from "./plain-bytes.js";

export interface DecodeOptions {
  /** Refuses images with more pixels, or half as many in an AVIF file; default 2²⁶, 8192 × 8192. See `bounds/bounds.ts`. */
  readonly maxPixels?: number | undefined;
  /** Keeps an alpha channel instead of compositing over white; default false. */
  readonly keepAlpha?: boolean;
}

/** The format, from the first bytes. Throws a DataError that says what the file is instead. */
export function imageFormat(file: Uint8Array): Format {
  if (file.length === 0) throw new DataError("an empty file");
  const format = formatOf(file);
  if (format) return format;
  const foreign = foreignImage(file);
  throw new DataError(foreign ? `${foreign.kind}. ${foreign.advice}` : "a file of another kind");
}

/** The sample width that keeps all 16 bits; by default libvips drops the lower eight. */
function depthOf(depth: string): "uchar" | "ushort" {
  if (depth === "ushort") return "ushort";
  if (depth === "uchar" || depth === "bit") return "uchar";
  throw new DataError(`samples of the type ${depth}, neither 8 nor 16 bits`);
}

function channelsOf(channels: number): Samples["channels"] {
  if (channels === 1 || channels === 2 || channels === 3 || channels === 4) return channels;
  throw new DataError(`${channels} channels`);
}

/**
 * The first frame, with its EXIF orientation applied. Colour profiles are ignored, as in the reference, except to convert
 * CMYK.
 */
async function decodeBySharp(file: Buffer, format: Format, maxPixels: number): Promise<Samples> {
  const input = { failOn: "error", limitInputPixels: maxPixels } as const;
  const metadata = await sharp(file, { ...input, limitInputPixels: false }).metadata();
  const depth = depthOf(metadata.depth);
  checkClaim({ ...metadata, bytes: depth === "ushort" ? 2 : 1, format }, maxPixels);
  // Gray with alpha is converted through RGB, because libvips' gray loses the alpha.
  const gray = metadata.channels === 1;
  const space = depth === "ushort" ? (gray ? "grey16" : "rgb16") : gray ? "b-w" : "srgb";
  const { data, info } = await sharp(file, { ...input, ignoreIcc: metadata.space !== "cmyk" })
    .autoOrient()
    .toColourspace(space)
    .raw({ depth })
    .toBuffer({ resolveWithObject: true });
  const wide = depth === "ushort";
  return {
    width: info.width,
    height: info.height,
    channels: channelsOf(info.channels),
    max: wide ? 65535 : 255,
    data: wide ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : plainBytes(data),
  };
}

async function samplesOf(file: Buffer, maxPixels: number, reuse: boolean): Promise<Samples> {
  const format = imageFormat(file);
  if (format === "bmp") {
    const [width, height] = bmpSize(file);
    checkClaim({ width, height, channels: 4, bytes: 1, format }, maxPixels);
    return decodeBmp(file);
  }
  return decodeBySharp(boundContent(file, format, maxPixels, reuse), format, maxPixels);
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

/** `decodeImage` for the bytes of a file, which are not changed. `name`: what messages call the image. */
export async function decodeImageBytes(
  bytes: Uint8Array,
  name: string,
  channels: Channels = 3,
  options: DecodeOptions = {},
): Promise<Image> {
  const { maxPixels = MAX_PIXELS, keepAlpha = false } = options;
  checkChannels("decodeImageBytes", channels);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return naming(name, async () => flatten(await samplesOf(file, maxPixels, false), channels, keepAlpha));
}

/**
 * Reads an image file as 8-bit RGB (3 channels) or gray (1): PNG, JPEG, WebP, TIFF, BMP, GIF or AVIF, recognised by
 * content.
 *
 * Applies the EXIF orientation, composites transparency over white, and takes the first frame of an animation. Gray is
 * ITU-R 601's luma. 16-bit samples v become v / 257, rounded. `channels` is 3 by default. Throws a DataError that names
 * the file if it cannot be read, and an UnreachableError if its disk does not answer.
 */
export async function decodeImage(path: string, channels: Channels = 3, options: DecodeOptions = {}): Promise<Image> {
  const { maxPixels = MAX_PIXELS, keepAlpha = false } = options;
  checkChannels("decodeImage", channels);
  return flatten(await decodeSamples(path, { maxPixels }), channels, keepAlpha);
}

/** The samples of an image file as they are stored. `change` may replace its content before it is decoded. Throws as `decodeImage`. */
export function decodeSamples(
  path: string,
  { maxPixels = MAX_PIXELS }: Pick<DecodeOptions, "maxPixels"> = {},
  change: (file: Buffer) => Buffer = (file) => file,
): Promise<Samples> {
  return naming(path, async () => samplesOf(change(await readImageFile(path, maxBytes(maxPixels))), maxPixels, true));
}
