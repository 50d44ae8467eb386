/** Reads the images of a translation and writes the results: files or the standard streams. */
import { maxBytes, MAX_PIXELS } from "../data/bounds/bounds.js";
import { decodeImageBytes, decodeImage, imageFormat } from "../data/decode.js";
import { DEFAULT_QUALITY, encodeImageBytes, encodeLabels, writeImageFile } from "../data/encode.js";
import type { DeepImage, Image } from "../data/image.js";
import { checkMaskSize, decodeMask } from "../data/mask.js";
import { defaultFormat, holdsAlpha, holdsChannels, outputFormatOf, outputFormats, type OutputFormat } from "../data/output-format.js";
import { resizeNearest } from "../data/resize-nearest.js";
import { paletteOf, type LabelClasses } from "../data/label-classes.js";
import type { Patience } from "../data/patience.js";
import { CheckpointError, DataError } from "../errors.js";
import { STREAM } from "./inputs.js";
import type { GeneratorPlan, PlannedImage, TranslateOptions } from "./plan.js";
import { scaleImage } from "./scale.js";

/** An image that was read, and the format of its translation. */
export interface OpenImage extends PlannedImage {
  readonly image: DeepImage;
  /** Which of its pixels are translated, from the mask; absent: all. */
  readonly inside?: Image;
  readonly format: OutputFormat;
}

async function readStream(stream: NodeJS.ReadableStream, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > most) throw new DataError(`standard input: expected at most ${most} bytes, got more. --max-pixels raises the limit.`);
    chunks.push(buffer);
  }
  return Buffer.concat(chunks);
}

/** The format of a file's content if that can be written and holds the channels, else the default. */
function formatLike(bytes: Buffer, channels: number): OutputFormat {
  const found = imageFormat(bytes);
  const format = found === "jpeg" ? "jpg" : outputFormats.find((one) => one === found);
  return format && holdsChannels(format, channels) ? format : defaultFormat(channels);
}

/** What an image is read with. */
export interface OpenOptions extends TranslateOptions {
  readonly patience: Patience;
}

/** Reads an image of the plan at the size at which it is translated. Throws a DataError that names it, an UnreachableError if it stays away. */
export async function openImage(planned: PlannedImage, plan: GeneratorPlan, options: OpenOptions): Promise<OpenImage> {
  const { from, to } = planned;
  const { keepAlpha = false, maxPixels = MAX_PIXELS, valueRange = plan.trained?.valueRange, ignoreIcc = plan.trained?.ignoreIcc } = options;
  const decoding = { keepAlpha, maxPixels, valueRange, ignoreIcc, keepDepth: true, keepValues: options.maskDir !== undefined };
  const { inputNc, outputNc } = plan.generator;
  const name = from === STREAM ? "standard input" : from;
  let format = plan.format ?? outputFormatOf(to);
  let image: DeepImage;
  if (from === STREAM) {
    const bytes = await readStream(process.stdin, maxBytes(maxPixels));
    image = await decodeImageBytes(bytes, name, inputNc, decoding);
    format ??= formatLike(bytes, outputNc);
  } else {
    image = await options.patience(() => decodeImage(from, inputNc, decoding));
    format ??= outputFormatOf(from) ?? defaultFormat(outputNc);
  }
  if (image.alpha && !holdsAlpha(format)) {
    throw new DataError(`${name}: expected a format that keeps its transparency, got ${format}. Use --format png or webp.`);
  }
  const scaled = scaleImage(image, options, name, maxPixels);
  const { maskDir } = options;
  if (maskDir === undefined) return { ...planned, image: scaled, format };
  const inside = await readMask(planned, image, { ...options, maskDir, maxPixels });
  return { ...planned, image: scaled, inside: resizeNearest(inside, scaled.width, scaled.height), format };
}

/** The mask of an image. Throws a DataError if there is none, or none of its size. */
async function readMask({ from, mask }: PlannedImage, image: DeepImage, options: OpenOptions & { readonly maskDir: string; readonly maxPixels: number }): Promise<Image> {
  const { maskDir, maxPixels, patience } = options;
  if (mask === undefined) throw new DataError(`${from}: expected a mask of this image's name in ${maskDir}, got none. Add one, white where the image is to be translated.`);
  const inside = await patience(() => decodeMask(mask, { maxPixels }));
  checkMaskSize(image, inside, from, mask);
  return inside;
}

/** What a translation is written with. */
interface WriteOptions {
  /** Of JPEG and WebP. */
  readonly quality?: number | undefined;
  /** Present if the image holds class numbers. */
  readonly classes?: LabelClasses | undefined;
}

/**
 * Writes a translation to where the plan says, whole or not at all. Throws a CheckpointError for a file, a DataError for a
 * stream.
 */
export async function writeTranslation({ to, format }: OpenImage, image: DeepImage, { quality = DEFAULT_QUALITY, classes }: WriteOptions = {}): Promise<void> {
  const encode = async () => (classes ? encodeLabels(image, paletteOf(classes)) : encodeImageBytes(image, format, { quality }));
  const bytes = await encode().catch((cause: unknown) => {
    // Each format has a largest size.
    const [size, reason] = [`${image.width}×${image.height} pixels`, cause instanceof Error ? cause.message : String(cause)];
    throw new CheckpointError(`${to}: expected an image that ${format} can hold, got ${size} (${reason}). Use --format png.`, { cause });
  });
  if (to !== STREAM) return writeImageFile(to, bytes);
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error | null): void => {
      if (!error) resolve();
      else reject(new DataError(`standard output: expected to take the image, got ${error.message}.`, { cause: error }));
    };
    // Without a listener, the error would also end the process.
    process.stdout.on("error", settle);
    process.stdout.write(bytes, settle);
  });
}
