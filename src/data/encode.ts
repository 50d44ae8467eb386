/** Images as files. */
import { mkdirSync } from "node:fs";
import { dirname, extname } from "node:path";
import { PNG } from "pngjs";
import sharp from "sharp";
import { checkNumber } from "../check-number.js";
import { DataError, UsageError } from "../errors.js";
import { writeError, writeFileWhole } from "../io/files.js";
import { encodeTiff } from "./encode-tiff.js";
import { checkImage, type DeepImage } from "./image.js";
import type { Color } from "./label-classes.js";
import { encodeNpy } from "./npy.js";
import { holdsAlpha, holdsChannels, outputFormatOf, outputFormats, type OutputFormat } from "./output-format.js";
import { withPalette } from "./palette-png.js";
import { toDepth } from "./to-depth.js";
import { plainBytes } from "./plain-bytes.js";
import { fileSamples } from "./stored-samples.js";

/** Default quality of JPEG and WebP, 1 to 100. */
export const DEFAULT_QUALITY = 95;

export interface EncodeOptions {
  /** Quality of JPEG and WebP, 1 to 100; default 95. */
  readonly quality?: number;
}

/** PNG's numbers for gray, gray with alpha, RGB and RGBA, by their channels. */
const colorTypes: Readonly<Record<number, 0 | 2 | 4 | 6>> = { 1: 0, 2: 4, 3: 2, 4: 6 };

/** An image with samples that PNG has: of 8 or 16 bits. */
function forPng(image: DeepImage): DeepImage {
  return image.data instanceof Float32Array && image.stored?.type !== "ushort" ? toDepth(image, 16) : image;
}

/** The bytes of a PNG file: of 8 bits if the image has 8, else of 16. */
export function encodePng(image: DeepImage): Uint8Array {
  const { width, height, channels, data } = fileSamples(forPng(image));
  const colorType = colorTypes[channels];
  if (colorType === undefined) throw new DataError(`encodePng: expected 1 to 4 channels, got ${channels}. Use tiff or npy.`);
  const bitDepth = data instanceof Uint8Array ? 8 : 16;
  const png = new PNG({ width, height });
  png.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return plainBytes(PNG.sync.write(png, { bitDepth, colorType, inputColorType: colorType, inputHasAlpha: channels % 2 === 0 }));
}

/** The bytes of a PNG file of class numbers, one channel, whose palette shows them in these colours. */
export function encodeLabels(labels: DeepImage, palette: readonly Color[]): Uint8Array {
  return withPalette(encodePng(labels), palette);
}

/**
 * The bytes of an image file. TIFF and .npy keep samples as they are or, of an image with `stored`, as its file has them. PNG has 8 or
 * 16 bits, and 16 for floats. JPEG, without subsampling of its colours, and WebP have 8 bits.
 *
 * Throws a DataError for a wrong number of samples, and for transparency or channels that the format cannot hold, a UsageError for the
 * format or the quality.
 */
export async function encodeImageBytes(image: DeepImage, format: OutputFormat, options: EncodeOptions = {}): Promise<Uint8Array> {
  const { quality = DEFAULT_QUALITY } = options;
  checkImage("encodeImageBytes", image);
  if (!outputFormats.includes(format)) {
    throw new UsageError(`encodeImageBytes: expected a format among ${outputFormats.join(", ")}, got ${JSON.stringify(format)}.`);
  }
  checkNumber("encodeImageBytes", "quality", quality, { min: 1, below: 101, whole: true });
  const { width, height, channels, alpha } = image;
  if (!holdsChannels(format, channels)) throw new DataError(`an image of ${channels} channels cannot be kept as ${format}. Use tiff or npy.`);
  if (alpha && !holdsAlpha(format)) throw new DataError(`an image with transparency cannot be kept as ${format}. Use png or webp.`);
  if (format === "png") return encodePng(image);
  if (format === "npy") return plainBytes(encodeNpy(fileSamples(image)));
  if (format === "tiff") return plainBytes(encodeTiff(fileSamples(image)));
  const { data, channels: all } = fileSamples(toDepth(image, 8));
  const raw = sharp(data, { raw: { width, height, channels: ([1, 2, 3, 4] as const).find((one) => one === all) ?? 4 } });
  const encoded = format === "webp" ? raw.webp({ quality }) : raw.jpeg({ quality, chromaSubsampling: "4:4:4" });
  return plainBytes(await encoded.toBuffer());
}

/**
 * Writes a PNG, JPEG, WebP, TIFF or .npy file, by its extension, and creates the folders above it.
 *
 * The file is written whole or not at all. Throws a DataError for another extension and as `encodeImageBytes`, a UsageError for the
 * quality, and a CheckpointError if the file cannot be written.
 */
export async function encodeImage(path: string, image: DeepImage, options: EncodeOptions = {}): Promise<void> {
  const format = outputFormatOf(path);
  if (!format) {
    throw new DataError(`${path}: expected the extension png, jpg, jpeg, webp, tif, tiff or npy, got "${extname(path)}". Use one of these.`);
  }
  writeImageFile(path, await encodeImageBytes(image, format, options));
}

/** Writes a file, whole or not at all, and creates the folders above it. Throws a CheckpointError that names the file. */
export function writeImageFile(path: string, bytes: Uint8Array): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw writeError(path, error);
  }
  writeFileWhole(path, bytes);
}
