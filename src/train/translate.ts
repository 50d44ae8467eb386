import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { decodeImage } from "../data/decode.js";
import { encodeImage } from "../data/encode.js";
import type { Image } from "../data/image.js";
import { cropTopLeft, padToMultiple } from "../data/pad-to-multiple.js";
import { batchToImages, imageToBatch } from "../data/transform.js";
import { CycleGANError, DataError } from "../errors.js";
import { noGrad } from "../grad-mode.js";
import type { Gpu } from "../gpu/gpu.js";
import { buildGenerator } from "../models/cyclegan/generator.js";
import type { Module } from "../nn/module.js";
import { openGpu } from "../node.js";
import { Tensor } from "../tensor.js";
import { loadWeights } from "./checkpoint.js";
import { createRate } from "./rate.js";
import { planTranslation } from "./translate-plan.js";
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
    return await translateAll(gpu, generator, plan, hooks);
  } finally {
    gpu.dispose();
  }
}

async function translateAll(
  gpu: Gpu,
  generator: Module,
  { images, generator: { inputNc } }: TranslationPlan,
  hooks: TranslateHooks,
): Promise<TranslateResult> {
  const startedAt = performance.now();
  const rate = createRate();
  let written = 0;
  let skipped = 0;
  for (const { from, to } of images) {
    if (hooks.signal?.aborted) break;
    try {
      const image = await decodeImage(from, inputNc);
      mkdirSync(dirname(to), { recursive: true });
      await encodeImage(to, await translateImage(gpu, generator, image));
      written++;
    } catch (error) {
      if (!(error instanceof DataError) || images.length === 1) throw named(error, from);
      hooks.onMessage?.(`Skipped: ${error.message}`);
      skipped++;
    }
    const done = written + skipped;
    rate.note(done, performance.now() / 1000);
    hooks.onProgress?.({ done, total: images.length, imagesPerSecond: rate.perSecond() });
  }
  if (skipped === images.length) throw new DataError("translate: expected an image that can be read, got none.");
  const interrupted = written + skipped < images.length;
  return { written, skipped, seconds: (performance.now() - startedAt) / 1000, interrupted };
}

/** The generators halve an image twice, and reflect what is left by one pixel: 8 pixels is the least side. */
const sizeMultiple = 4;
const leastSide = 8;

async function translateImage(gpu: Gpu, generator: Module, image: Image): Promise<Image> {
  const { width, height } = image;
  const tiny = Math.min(width, height) <= leastSide - sizeMultiple;
  const padded = padToMultiple(imageToBatch(image), tiny ? leastSide : sizeMultiple);
  using _scope = gpu.scope("translate");
  const output = noGrad(() => generator.forward(Tensor.from(gpu, padded.shape, padded.data, "image")));
  const translated = cropTopLeft({ shape: [1, padded.shape[1], padded.shape[2], output.shape[3] ?? 3], data: await output.data() }, height, width);
  const [result] = batchToImages(translated);
  if (!result) throw new DataError("translate: expected one image, got none.");
  return result;
}

/** The error with the image's name in front, unless it has it already. */
function named(error: unknown, path: string): unknown {
  if (!(error instanceof CycleGANError) || error.message.startsWith(path)) return error;
  error.message = `${path}: ${error.message}`;
  return error;
}
