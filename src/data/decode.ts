/** Decodes image files. */
import { readFile, stat } from "node:fs/promises";
import sharp, { type Metadata } from "sharp";
import { DataError, UnreachableError } from "../errors.js";
import { boundContent, checkClaim, maxBytes, MAX_PIXELS } from "./bounds/bounds.js";
import { isSrgb } from "./colour-profile.js";
import { bmpSize, decodeBmp } from "./decode-bmp.js";
import { decodeTiff, tiffChannels } from "./decode-tiff.js";
import { canFlatten, flatten, type FlattenOptions, type Samples } from "./flatten.js";
import { checkChannels, isChannels, type DeepImage, type Image } from "./image.js";
import { foreignImage, formatOf, type Format } from "./image-kinds.js";
import { npyHeader, npySamples } from "./npy.js";
import { mayPass } from "./patience.js";
import { sampleTypes, typeOf, type FileSamples, type SampleType } from "./stored-samples.js";
import { isPlain, rangeOf, toUnit, type ValueRange } from "./value-range.js";

export interface DecodeOptions extends FlattenOptions {
  /** Refuses images with more pixels, or half as many in an AVIF file; default 2²⁶, 8192 × 8192. See `bounds/bounds.ts`. */
  readonly maxPixels?: number | undefined;
  /** The values that become black and white in files of more than 8 bits; default `auto`. */
  readonly valueRange?: ValueRange | undefined;
  /** Uses colours as they are stored, as the reference does, instead of converting them to sRGB by the file's profile; default false. */
  readonly ignoreIcc?: boolean | undefined;
  /** With `keepDepth`, also keeps samples that become floats as the file has them, in `stored.values`; default false. */
  readonly keepValues?: boolean;
}

/** The format, from the first bytes. Throws a DataError that says what the file is instead. */
export function imageFormat(file: Uint8Array): Format {
  if (file.length === 0) throw new DataError("an empty file");
  const format = formatOf(file);
  if (format) return format;
  const foreign = foreignImage(file);
  throw new DataError(foreign ? `${foreign.kind}. ${foreign.advice}` : "a file of another kind");
}

/** The type of samples by libvips' name. Throws a DataError for others, such as complex numbers. */
function sampleType(name: string): SampleType {
  if (name === "bit") return "uchar";
  if (isSampleType(name)) return name;
  throw new DataError(`samples of the type ${name}`);
}

function isSampleType(name: string): name is SampleType {
  return name in sampleTypes;
}

/** The bytes that a sample needs while it is decoded: samples that are not plain become floats. */
function bytesOf(type: SampleType, range: ValueRange): number {
  const bytes = sampleTypes[type].array.BYTES_PER_ELEMENT;
  return isPlain(type, range) ? bytes : Math.max(bytes, Float32Array.BYTES_PER_ELEMENT);
}

/** Samples of 8 and 16 bits as they are, and others as floats. */
function usable({ data, ...size }: FileSamples, { valueRange, keepValues }: Limits): Samples {
  const type = typeOf(data);
  const isUnchanged = data instanceof Uint8Array || (data instanceof Uint16Array && isPlain(type, valueRange));
  if (isUnchanged) return { ...size, data };
  const stored = { type, range: rangeOf(type, valueRange), ...(keepValues && { values: data.slice() }) };
  return { ...size, data: toUnit(data, valueRange, size.hasAlpha ? size.channels : 0), stored };
}

/** The colour space in which libvips changes no value of the file. */
function spaceOf(type: SampleType, space: string | undefined, gray: boolean): string {
  if (type === "ushort") return gray ? "grey16" : "rgb16";
  if (type !== "uchar") return space ?? "srgb";
  // Gray with alpha is converted through RGB, because libvips' gray loses the alpha.
  return gray ? "b-w" : "srgb";
}

/** Whether the colours must be converted. CMYK always is; floats and 16-bit gray never are. A damaged profile is ignored. */
function isConverted({ space, icc }: Pick<Metadata, "space" | "icc">, plain: boolean, ignoreIcc: boolean): boolean {
  return space === "cmyk" || (!ignoreIcc && plain && icc !== undefined && !isSrgb(icc));
}

/** The first frame, with its EXIF orientation applied. */
async function decodeBySharp(file: Buffer, format: Format, { maxPixels, valueRange, ignoreIcc }: Limits): Promise<FileSamples> {
  const input = { failOn: "error", limitInputPixels: maxPixels } as const;
  const metadata = await sharp(file, { ...input, limitInputPixels: false }).metadata();
  const type = sampleType(metadata.depth);
  checkClaim({ ...metadata, bytes: bytesOf(type, valueRange), format }, maxPixels);
  const converted = isConverted(metadata, isPlain(type, valueRange), ignoreIcc);
  const image = sharp(file, { ...input, ignoreIcc: !converted }).autoOrient();
  // sharp converts 16 bits to Display P3 first.
  if (converted && type === "ushort") image.withIccProfile("srgb", { attach: false });
  const { data, info } = await image
    .toColourspace(spaceOf(type, metadata.space, metadata.channels === 1))
    .raw({ depth: type })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const { array } = sampleTypes[type];
  const samples = new array(data.buffer, data.byteOffset, data.length / array.BYTES_PER_ELEMENT);
  const raw = { width, height, channels, hasAlpha: channels % 2 === 0, data: samples };
  return metadata.channels === 2 && channels === 4 ? grayAndAlpha(raw) : raw;
}

/** Gray with alpha, of which libvips makes RGBA. */
function grayAndAlpha({ data, ...size }: FileSamples): FileSamples {
  return { ...size, channels: 2, data: data.filter((_, at) => at % 4 === 0 || at % 4 === 3) };
}

function decodeNpy(file: Buffer, { maxPixels, valueRange }: Limits): FileSamples {
  const header = npyHeader(file);
  const { width, height, channels, type } = header;
  checkClaim({ width, height, channels, bytes: bytesOf(type, valueRange), format: "npy" }, maxPixels);
  return { width, height, channels, hasAlpha: false, data: npySamples(file, header) };
}

/** `DecodeOptions` of the file, with defaults. */
interface Limits {
  readonly maxPixels: number;
  readonly valueRange: ValueRange;
  readonly ignoreIcc: boolean;
  readonly keepValues: boolean;
}

/** The samples of a file. Which pages of a TIFF they are depends on the number of channels wanted. */
async function samplesOf(file: Buffer, wanted: number, options: DecodeOptions, reuse: boolean): Promise<Samples> {
  const { maxPixels = MAX_PIXELS, valueRange = "auto", ignoreIcc = false, keepValues = false } = options;
  const format = imageFormat(file);
  const limits = { maxPixels, valueRange, ignoreIcc, keepValues };
  if (format === "bmp") {
    const [width, height] = bmpSize(file);
    checkClaim({ width, height, channels: 4, bytes: 1, format }, maxPixels);
    return decodeBmp(file);
  }
  if (format === "npy") return usable(decodeNpy(file, limits), limits);
  const bounded = boundContent(file, format, maxPixels, reuse);
  const channels = format === "tiff" ? tiffChannels(bounded, wanted) : undefined;
  const raw = channels ? decodeTiff(bounded, channels, bytesOf(channels.type, valueRange), maxPixels) : decodeBySharp(bounded, format, limits);
  return usable(await raw, limits);
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
      `${name}: expected a readable image (png, jpeg, webp, tiff, bmp, gif, avif, npy), got ${reasonOf(error)}. ` +
        "Replace or remove the file.",
      { cause: error },
    );
  }
}

/** The image of this many channels. Throws a DataError, with the image's name, for samples of which none can be made. */
function imageOf(samples: Samples, channels: number, options: DecodeOptions, name: string): DeepImage {
  if (canFlatten(samples, channels)) return flatten(samples, channels, options);
  const { channels: got } = samples;
  const advice = isChannels(got) ? `, or train a network for these with --input-nc ${got} (domain A) or --output-nc ${got} (domain B)` : "";
  throw new DataError(`${name}: expected an image of ${channels} ${channels === 1 ? "channel" : "channels"}, got ${got}. Use other images${advice}.`);
}

/** Options that make 8 bits of every image. */
type Shallow = DecodeOptions & { readonly keepDepth?: false };

/** `decodeImage` for the bytes of a file, which are not changed. `name`: what messages call the image. */
export async function decodeImageBytes(bytes: Uint8Array, name: string, channels?: number, options?: Shallow): Promise<Image>;
export async function decodeImageBytes(bytes: Uint8Array, name: string, channels: number, options: DecodeOptions): Promise<DeepImage>;
export async function decodeImageBytes(
  bytes: Uint8Array,
  name: string,
  channels = 3,
  options: DecodeOptions = {},
): Promise<DeepImage> {
  checkChannels("decodeImageBytes", channels);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return imageOf(await naming(name, () => samplesOf(file, channels, options, false)), channels, options, name);
}

/**
 * Reads an image file: PNG, JPEG, WebP, TIFF, BMP, GIF, AVIF or NumPy's .npy, recognised by content.
 *
 * Makes RGB (3 channels) or gray (1) of either, by ITU-R 601's luma, and composites transparency over white. For other numbers of
 * channels, the file must have as many samples a pixel, opacity included. Applies the EXIF orientation, converts colours with an ICC
 * profile to sRGB, and takes the first frame of an animation. Samples become 8 bits: 16-bit samples v become v / 257, rounded. With `keepDepth`, 8 and 16 bits stay as they
 * are, and all other types (and 16 bits with a `valueRange`) become floats. `channels` is 3 by default. Throws a DataError that
 * names the file if it cannot be read, and an UnreachableError if its disk does not answer.
 */
export async function decodeImage(path: string, channels?: number, options?: Shallow): Promise<Image>;
export async function decodeImage(path: string, channels: number, options: DecodeOptions): Promise<DeepImage>;
export async function decodeImage(path: string, channels = 3, options: DecodeOptions = {}): Promise<DeepImage> {
  checkChannels("decodeImage", channels);
  return imageOf(await naming(path, () => samplesIn(path, channels, options)), channels, options, path);
}

/** The samples of an image file as they are stored. `change` may replace its content before it is decoded. Throws as `decodeImage`. */
export function decodeSamples(path: string, options: Pick<DecodeOptions, "maxPixels">, change: (file: Uint8Array) => Uint8Array): Promise<Samples> {
  return naming(path, () => samplesIn(path, 1, { ...options, ignoreIcc: true }, change));
}

async function samplesIn(path: string, wanted: number, options: DecodeOptions, change = (file: Uint8Array): Uint8Array => file): Promise<Samples> {
  const { buffer, byteOffset, length } = change(await readImageFile(path, maxBytes(options.maxPixels ?? MAX_PIXELS)));
  return samplesOf(Buffer.from(buffer, byteOffset, length), wanted, options, true);
}
