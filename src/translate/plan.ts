/** Plans a translation before a device is opened: the model, the images, and where each one goes. */
import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { imagesByName, withoutExtension } from "../data/list-images.js";
import { holdsAlpha, holdsChannels, outputFormatOf, outputFormats, type OutputFormat } from "../data/output-format.js";
import type { ValueRange } from "../data/value-range.js";
import { DataError, UsageError } from "../errors.js";
import { FCN_MULTIPLE } from "../models/networks/fcn.js";
import { isFcn, mixesImages, type GeneratorOptions } from "../models/networks/generator.js";
import type { Precision } from "../models/parts/precision.js";
import { findGenerator, type FoundGenerator, type ModelOptions } from "./find-generator.js";
import { findInputs, STREAM, type InputImage } from "./inputs.js";
import { outputName } from "./output-name.js";
import { checkScale, type ScaleOptions } from "./scale.js";

/** One of `count` equal parts of the work; `index` counts from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export interface TranslateOptions extends ModelOptions, ScaleOptions {
  /** Images, folders of images, patterns such as `photos/**\/*.jpg`, or "-" for standard input. */
  readonly input: string | readonly string[];
  /** A folder, created if necessary; for a single image also the name of a file, or "-" for standard output. */
  readonly output: string;
  /** `auto` by default. */
  readonly adapter?: string;
  /** Measures which kernels are fastest for the size of the first image; default false. */
  readonly tune?: boolean;
  /**
   * Format of the translations. By default that of the input if it can be written and holds the channels, else PNG, or TIFF for other
   * channels than 1 and 3. Labels of an FCN are always PNG.
   */
  readonly format?: OutputFormat | undefined;
  /** Quality of JPEG and WebP, 1 to 100; default 95. */
  readonly quality?: number;
  /** Keeps alpha channels; by default images are composited over white. */
  readonly keepAlpha?: boolean;
  /** The most pixels that an image may have; default 2²⁶, 8192 × 8192. */
  readonly maxPixels?: number | undefined;
  /** The values that become black and white in files of more than 8 bits; default those of the training, `auto` for a file. */
  readonly valueRange?: ValueRange | undefined;
  /** Uses colours as they are stored, as the reference does, instead of converting them to sRGB by the file's profile; default that of the training, false for a file. */
  readonly ignoreIcc?: boolean | undefined;
  /**
   * A folder of masks with the names of the images, such as `photos/a.png` for the image `photos/a.jpg` of the input: pixels outside
   * keep their value. An image without a mask is skipped.
   */
  readonly maskDir?: string | undefined;
  /** How many images of one size are translated together; default 1. */
  readonly batch?: number;
  /** Device memory to stay within, in bytes; default 2e9. */
  readonly memory?: number | undefined;
  /** How activations are stored, default f32. With f16 an image needs about half the memory, and a device with shader-f16. */
  readonly precision?: Precision;
  /** Side of the tiles of every image, in pixels; by default only images that exceed `memory` are tiled. */
  readonly tile?: number | undefined;
  /** How many images to translate at most, the first ones; by default all. */
  readonly most?: number | undefined;
  /** The part of the images to translate; by default all. */
  readonly shard?: Shard | undefined;
  /** Translates finished images again; default false. */
  readonly overwrite?: boolean;
  /** Makes an error of everything that would be named and left out or skipped; default false. */
  readonly strict?: boolean;
}

/** The paths of an image and of its translation; "-" for the standard streams. */
export interface PlannedImage {
  readonly from: string;
  readonly to: string;
  /** Path of the image's mask, if masks are used and it has one. */
  readonly mask?: string;
}

/** The generator, and the format of its translations. */
export interface GeneratorPlan extends FoundGenerator {
  /** The format of all results; undefined: each as its input. */
  readonly format: OutputFormat | undefined;
}

export interface TranslationPlan extends GeneratorPlan {
  /** The images of this shard. */
  readonly images: readonly PlannedImage[];
  /** The images of all shards. */
  readonly allImages: readonly PlannedImage[];
  /** A line with the number of images in the input, and what is left out. */
  readonly found: string;
  /** The output folder; undefined for a file or standard output. */
  readonly folder: string | undefined;
}

/** Checks everything that needs no device: the model, its weights, the images and the output. Writes nothing. */
export async function planTranslation(given: TranslateOptions): Promise<TranslationPlan> {
  const { batch = 1, most, shard, strict = false } = given;
  checkScale(given);
  const model = await findGenerator(given);
  const { generator } = model;
  const options = isFcn(generator) ? optionsForLabels(given) : given;
  // The labels of an FCN are images of one channel.
  const channels = isFcn(generator) ? 1 : generator.outputNc;
  const { output } = options;
  if (batch > 1 && mixesImages(generator)) {
    throw new UsageError(
      `--batch: expected 1 for a model with batch norm and no running statistics, which would mix the statistics of images, got ${batch}.`,
    );
  }
  let found = "";
  const inputs = findInputs(typeof options.input === "string" ? [options.input] : options.input, {
    onMessage: (text) => void (found = text),
    strict,
    // When a job in --input . continues, its translations are no inputs.
    isTranslation: ({ from, folder }) => ![from, output].includes(STREAM) && isBelow(output, from) && resolve(folder) !== resolve(output),
  });
  checkMasks(options, model);
  const isFile = goesToFile(options, channels, inputs);
  const planned = isFile ? planFile(options, inputs) : planFolder(options, channels, inputs);
  const images = withMasks(planned, inputs, options.maskDir).slice(0, most);
  checkVictims(images, output);
  return {
    ...model,
    generator: withPrecision(generator, options.precision),
    found,
    images: shard ? takeShard(images, shard) : images,
    allImages: images,
    folder: isFile ? undefined : output,
    format: options.format,
  };
}

/** The generator with activations of a precision. */
export function withPrecision(generator: GeneratorOptions, precision: Precision = "f32"): GeneratorOptions {
  return precision === "f16" ? { ...generator, activations: "float16" } : generator;
}

/** The options for label images, which are always PNG files. Throws a UsageError for what these do not have. */
function optionsForLabels(options: TranslateOptions): TranslateOptions {
  const { format = "png", keepAlpha, output, tile } = options;
  const named = outputFormatOf(output);
  const isNamed = named !== undefined && !(existsSync(output) && statSync(output).isDirectory());
  if (format !== "png") throw new UsageError(`--format: the labels of an FCN are numbers, which only png keeps. Leave --format ${format} out.`);
  if (isNamed && named !== "png") throw new UsageError(`--output ${output}: the labels of an FCN are numbers, which only png keeps. Use a name that ends in .png.`);
  if (keepAlpha) throw new UsageError("--keep-alpha does not work with an FCN: labels have no transparency.");
  if (tile !== undefined && tile % FCN_MULTIPLE !== 0) throw new UsageError(`--tile: expected a multiple of ${FCN_MULTIPLE} for an FCN, got ${tile}.`);
  return { ...options, format };
}

/** Whether a path is below a folder. */
export function isBelow(folder: string, path: string): boolean {
  const way = relative(resolve(folder), resolve(path));
  return way !== "" && !way.startsWith("..") && !isAbsolute(way);
}

/** Reads `i/n`; throws a UsageError that says what is wrong. */
export function parseShard(text: string): Shard {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index === undefined || count === undefined || count < 1 || index >= count) {
    throw new UsageError(`--shard: expected i/n with i from 0 to n − 1, as in 0/8 to 7/8, got "${text}".`);
  }
  return { index, count };
}

/** Every n-th item. The shards share no item, together hold all of them, and differ in size by at most one. */
export function takeShard<T>(items: readonly T[], { index, count }: Shard): T[] {
  return items.filter((_, place) => place % count === index);
}

/** Extensions of image formats that are not written. */
const foreignImage = /\.(bmp|dib|gif|apng|avif|hei[cf]|jxl|jp2|jfif|tga|ppm|svg|ico)$/i;

/** Whether the output is one file or a stream. Throws a UsageError or DataError for options or inputs that contradict it. */
function goesToFile({ output, format, keepAlpha, shard }: TranslateOptions, channels: number, inputs: readonly InputImage[]): boolean {
  const found = existsSync(output) ? statSync(output) : undefined;
  const named = output === STREAM ? format : found?.isDirectory() ? undefined : outputFormatOf(output);
  if (foreignImage.test(output) && !found?.isDirectory()) {
    throw new UsageError(`--output: expected a folder, or a file ending in ${outputFormats.join(", ")}, got ${output}. Use one of these.`);
  }
  const wanted = format ?? named;
  if (wanted) checkFormat(wanted, channels, keepAlpha);
  const isFile = output === STREAM || named !== undefined;
  if (isFile && inputs.length > 1) {
    throw new DataError(`--output ${output}: expected a folder for ${inputs.length} images, got the name of one file.`);
  }
  if (isFile && shard) throw new UsageError("--shard: expected a folder as --output, got a single image.");
  if (isFile && format && named !== format) {
    throw new UsageError(`--format: expected ${String(named)}, the format of --output, got ${format}. Leave one of the two out.`);
  }
  const reads = inputs.some(({ from }) => from === STREAM);
  if (reads && !isFile) {
    throw new DataError(`--output ${output}: expected - or the name of a file for the image from standard input, got a folder.`);
  }
  return isFile;
}

/** Throws a UsageError for masks that would have no effect or no meaning. */
function checkMasks({ maskDir, input }: TranslateOptions, { generator }: FoundGenerator): void {
  if (maskDir === undefined) return;
  const { inputNc, outputNc } = generator;
  if ([input].flat().includes(STREAM)) throw new UsageError("--mask-dir does not work with standard input, which has no name. Name files.");
  if (isFcn(generator)) throw new UsageError("--mask-dir does not work with an FCN, whose labels are not pixels of the image.");
  if (inputNc === outputNc) return;
  throw new UsageError(`--mask-dir: expected a network with as many output as input channels, since pixels outside keep their value, got ${inputNc} and ${outputNc}.`);
}

/** The images with the masks of their names. */
function withMasks(images: readonly PlannedImage[], inputs: readonly InputImage[], maskDir: string | undefined): readonly PlannedImage[] {
  if (maskDir === undefined) return images;
  const masks = imagesByName(maskDir);
  return images.map(({ from, to }, index) => {
    const mask = masks.get(withoutExtension(inputs[index]?.name ?? ""));
    return mask === undefined ? { from, to } : { from, to, mask };
  });
}

/** Throws a UsageError for a format that cannot hold the translations. */
function checkFormat(format: OutputFormat, channels: number, keepAlpha = false): void {
  if (keepAlpha && !holdsAlpha(format)) {
    throw new UsageError(`--keep-alpha: expected a format with transparency, got ${format}. Use --format png or webp.`);
  }
  if (!holdsChannels(format, channels)) {
    throw new UsageError(`--format: expected one for the ${channels} channels that the network makes, got ${format}. Use tiff or npy.`);
  }
}

function planFile({ output }: TranslateOptions, inputs: readonly InputImage[]): PlannedImage[] {
  if (output !== STREAM) checkPlace(output, dirname(output));
  return inputs.map(({ from }) => ({ from, to: output }));
}

/** Throws a DataError if a file is in the place of a folder. */
export function checkPlace(output: string, folder: string): void {
  if (!existsSync(folder)) {
    if (dirname(folder) !== folder) checkPlace(output, dirname(folder));
  } else if (!statSync(folder).isDirectory()) {
    throw new DataError(`--output ${output}: expected a folder, got a file at ${folder}.`);
  }
}

function planFolder({ output, format }: TranslateOptions, channels: number, inputs: readonly InputImage[]): PlannedImage[] {
  checkPlace(output, output);
  const target = realPath(output);
  for (const folder of new Set(inputs.map(({ folder }) => folder))) {
    if (realPath(folder) !== target) continue;
    throw new DataError(`--output ${output}: expected another folder than that of the input, got the same. Name a new one.`);
  }
  const taken = new Set<string>();
  return inputs.map(({ from, name }) => ({ from, to: join(output, outputName(name, taken, channels, format)) }));
}

/** Throws a DataError if a translation would overwrite an input image. */
function checkVictims(images: readonly PlannedImage[], output: string): void {
  const originals = new Set(images.flatMap(({ from }) => (from === STREAM ? [] : [realPath(from)])));
  const victim = images.find(({ to }) => to !== STREAM && originals.has(realPath(to)));
  if (victim === undefined) return;
  throw new DataError(
    `--output ${output}: the input image ${victim.to} would be overwritten. Name a new folder, preferably outside the input.`,
  );
}

/** The path with links resolved; its end need not exist. */
function realPath(path: string): string {
  const full = resolve(path);
  if (existsSync(full)) return realpathSync(full);
  const parent = dirname(full);
  return parent === full ? full : join(realPath(parent), basename(full));
}
