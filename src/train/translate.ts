import { decodeImage } from "../data/decode.js";
import { encodeImage } from "../data/encode.js";
import type { Image, ImageBatch } from "../data/image.js";
import { cropTopLeft, padToMultiple } from "../data/pad-to-multiple.js";
import { batchToImages, imageToBatch } from "../data/transform.js";
import { CycleGANError, DataError } from "../errors.js";
import { noGrad } from "../grad-mode.js";
import type { Gpu } from "../gpu/gpu.js";
import { GENERATOR_MULTIPLE, buildGenerator } from "../models/cyclegan/generator.js";
import { releaseModule, type Module } from "../nn/module.js";
import { openGpu } from "../node.js";
import { Tensor } from "../tensor.js";
import { loadWeights } from "./checkpoint.js";
import { createRate } from "./rate.js";
import { planTranslation } from "./translate-plan.js";
import { tuneDevice } from "./tune-device.js";
import type { TranslateOptions, TranslationPlan } from "./translate-plan.js";

export interface TranslateProgress {
  readonly done: number;
  readonly total: number;
  /** Over the last half minute; undefined at first. */
  readonly imagesPerSecond: number | undefined;
}

export interface TranslateHooks {
  readonly onProgress?: (progress: TranslateProgress) => void;
  /** Warnings, a line each. */
  readonly onMessage?: (text: string) => void;
  /** Ends the work after the image at hand. */
  readonly signal?: AbortSignal;
}

export interface TranslateResult {
  readonly written: number;
  readonly skipped: number;
  readonly seconds: number;
  readonly interrupted: boolean;
}

/**
 * Translates an image or a folder of images of any size with a trained model.
 *
 * An image that cannot be read is skipped with a message, unless it is the only one. Throws CheckpointError for the
 * model, DataError for images and folders, DeviceError for the device.
 */
export async function translate(options: TranslateOptions, hooks: TranslateHooks = {}): Promise<TranslateResult> {
  const plan = planTranslation(options);
  const gpu = await openGpu(options.adapter === undefined ? {} : { adapter: options.adapter });
  try {
    const generator = buildGenerator(gpu, plan.generator);
    loadWeights(plan.weights, generator);
    const { inputNc, outputNc } = plan.generator;
    let tuned = options.tune !== true;
    const translateFile = async (from: string, to: string): Promise<void> => {
      const image = await decodeImage(from, inputNc);
      if (!tuned) await tuneDevice(gpu, translationWork(plan.generator, image), hooks.onMessage ?? (() => {}));
      tuned = true;
      await encodeImage(to, await translateImage(gpu, generator, image, outputNc));
    };
    return await translateAll(plan.images, translateFile, hooks);
  } finally {
    gpu.dispose();
  }
}

async function translateAll(
  images: TranslationPlan["images"],
  translateFile: (from: string, to: string) => Promise<void>,
  { onProgress, onMessage, signal }: TranslateHooks,
): Promise<TranslateResult> {
  const startedAt = performance.now();
  const rate = createRate();
  let written = 0;
  let skipped = 0;
  for (const { from, to } of images) {
    if (signal?.aborted) break;
    try {
      await translateFile(from, to);
      written++;
    } catch (error) {
      if (!(error instanceof DataError) || images.length === 1) throw named(error, from);
      onMessage?.(`Skipped: ${error.message}`);
      skipped++;
    }
    const done = written + skipped;
    rate.note(done, performance.now() / 1000);
    onProgress?.({ done, total: images.length, imagesPerSecond: rate.perSecond() });
  }
  if (skipped === images.length) throw new DataError("translate: expected images that can be read, got none.");
  const seconds = (performance.now() - startedAt) / 1000;
  return { written, skipped, seconds, interrupted: written + skipped < images.length };
}

/** What is left after two halvings is reflected by one pixel, so both sides must be this many pixels at least. */
const leastSide = 2 * GENERATOR_MULTIPLE;

/** The image as the generator takes it, its sides filled up. */
function inputOf(image: Image): ImageBatch {
  const tiny = Math.min(image.width, image.height) <= GENERATOR_MULTIPLE;
  return padToMultiple(imageToBatch(image), tiny ? leastSide : GENERATOR_MULTIPLE);
}

/** The translation of an image, for `tune`. */
function translationWork(options: TranslationPlan["generator"], image: Image): (rehearsal: Gpu) => void {
  const { shape } = inputOf(image);
  return (rehearsal) => {
    const generator = buildGenerator(rehearsal, options);
    using _scope = rehearsal.scope("translate");
    noGrad(() => generator.forward(Tensor.zeros(rehearsal, shape)));
    releaseModule(generator);
  };
}

/** Translates one image of any size at that size. */
async function translateImage(gpu: Gpu, generator: Module, image: Image, outputNc: number): Promise<Image> {
  const { width, height } = image;
  const { shape, data } = inputOf(image);
  using _scope = gpu.scope("translate");
  const output = noGrad(() => generator.forward(Tensor.from(gpu, shape, data, "image")));
  const padded: ImageBatch = { shape: [1, shape[1], shape[2], outputNc], data: await output.data() };
  const [result] = batchToImages(cropTopLeft(padded, height, width));
  if (!result) throw new TypeError("a batch of one has one image");
  return result;
}

/** The error with the image's name in front, unless it has it already. */
function named(error: unknown, path: string): unknown {
  if (!(error instanceof CycleGANError) || error.message.startsWith(path)) return error;
  error.message = `${path}: ${error.message}`;
  return error;
}
