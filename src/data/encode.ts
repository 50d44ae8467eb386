/** Images as PNG, JPEG and WebP files. */
import { mkdirSync } from "node:fs";
import { dirname, extname } from "node:path";
import { PNG } from "pngjs";
import sharp from "sharp";
import { checkNumber } from "../check-number.js";
import { DataError, UsageError } from "../errors.js";
import { writeError, writeFileWhole } from "../io/files.js";
import { checkImage, samplesLike, type DeepImage, type ImageSamples } from "./image.js";
import type { Color } from "./label-classes.js";
import { outputFormatOf, outputFormats, type OutputFormat } from "./output-format.js";
import { withPalette } from "./palette-png.js";
import { toDepth } from "./to-depth.js";
import { plainBytes } from "./plain-bytes.js";

/** Default quality of JPEG and WebP, 1 to 100. */
export const DEFAULT_QUALITY = 95;

export interface EncodeOptions {
  /** Quality of JPEG and WebP, 1 to 100; default 95. */
  readonly quality?: number;
}

/** The samples of colour and alpha, interleaved. */
function withAlpha({ width, height, channels, data }: DeepImage, alpha: ImageSamples): ImageSamples {
  const pixels = samplesLike(data, width * height * (channels + 1));
  for (let pixel = 0; pixel < width * height; pixel++) {
    const target = pixel * (channels + 1);
    for (let channel = 0; channel < channels; channel++) pixels[target + channel] = data[pixel * channels + channel] ?? 0;
    pixels[target + channels] = alpha[pixel] ?? 0;
  }
  return pixels;
}

/** The bytes of a PNG file: of 8 bits if the image has 8, else of 16. */
export function encodePng(given: DeepImage): Uint8Array {
  const image = given.data instanceof Float32Array ? toDepth(given, 16) : given;
  const { width, height, channels, alpha } = image;
  const data = alpha ? withAlpha(image, alpha) : image.data;
  const colorType = channels === 1 ? (alpha ? 4 : 0) : alpha ? 6 : 2;
  const bitDepth = data instanceof Uint8Array ? 8 : 16;
  const png = new PNG({ width, height });
  png.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return plainBytes(PNG.sync.write(png, { bitDepth, colorType, inputColorType: colorType, inputHasAlpha: alpha !== undefined }));
}

/** The bytes of a PNG file of class numbers, one channel, whose palette shows them in these colours. */
export function encodeLabels(labels: DeepImage, palette: readonly Color[]): Uint8Array {
  return withPalette(encodePng(labels), palette);
}

/**
 * The bytes of an image file: PNG without loss (of floats in 16 bits), and in 8 bits JPEG without subsampling of its colours, or WebP, each with the alpha
 * channel if it has one.
 *
 * Throws a DataError for transparency as JPEG and for a wrong number of samples, a UsageError for the format or the
 * quality.
 */
export async function encodeImageBytes(image: DeepImage, format: OutputFormat, options: EncodeOptions = {}): Promise<Uint8Array> {
  const { quality = DEFAULT_QUALITY } = options;
  checkImage("encodeImageBytes", image);
  if (!outputFormats.includes(format)) {
    throw new UsageError(`encodeImageBytes: expected a format among ${outputFormats.join(", ")}, got ${JSON.stringify(format)}.`);
  }
  checkNumber("encodeImageBytes", "quality", quality, { min: 1, below: 101, whole: true });
  const { width, height, channels, alpha } = image;
  if (format === "png") return encodePng(image);
  if (alpha && format === "jpg") {
    throw new DataError("an image with transparency cannot be kept as jpg. Use png or webp.");
  }
  const { data, alpha: opacity } = toDepth(image, 8);
  const raw = opacity
    ? sharp(withAlpha({ ...image, data }, opacity), { raw: { width, height, channels: channels === 1 ? 2 : 4 } })
    : sharp(data, { raw: { width, height, channels } });
  const encoded = format === "webp" ? raw.webp({ quality }) : raw.jpeg({ quality, chromaSubsampling: "4:4:4" });
  return plainBytes(await encoded.toBuffer());
}

/**
 * Writes a PNG, JPEG or WebP file, by its extension, and creates the folders above it.
 *
 * The file is written whole or not at all. Throws a DataError for another extension, for transparency as JPEG or for a
 * wrong number of samples, a UsageError for the quality, and a CheckpointError if the file cannot be written.
 */
export async function encodeImage(path: string, image: DeepImage, options: EncodeOptions = {}): Promise<void> {
  const format = outputFormatOf(path);
  if (!format) {
    throw new DataError(`${path}: expected the extension png, jpg, jpeg or webp, got "${extname(path)}". Use one of these.`);
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
