import { totalmem } from "node:os";
import { DEFAULT_QUALITY } from "../data/encode.js";
import type { ImageBatch } from "../data/image.js";
import { CheckpointError, CycleGANError, DataError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import type { Generator } from "../models/networks/resnet.js";
import { rehearseTranslation } from "../models/tiling/plan.js";
import { generatorInput, tileFor, translateImages } from "../models/tiling/translate-image.js";
import { tiledHostBytes } from "../models/tiling/tiled-generator.js";
import { openGpu } from "../open-gpu.js";
import { buildFound } from "./find-generator.js";
import { openOutputFolder, type OutputFolder } from "./finished-images.js";
import { formatBytes } from "../format.js";
import { createRate } from "../rate.js";
import { groupBySize } from "./same-size.js";
import { openImage, writeTranslation, type OpenImage } from "./files.js";
import { planTranslation } from "./plan.js";
import type { PlannedImage, TranslateOptions, TranslationPlan } from "./plan.js";
import { tuneDevice } from "../driver/tune-device.js";

export interface TranslateProgress {
  /** Images written and skipped. */
  readonly done: number;
  readonly total: number;
  /** Over the last half minute; undefined at first. */
  readonly imagesPerSecond: number | undefined;
  /** Of the image at hand, where it is computed in tiles: tiles of all passes over it. */
  readonly tiles?: { readonly done: number; readonly total: number; readonly secondsLeft: number | undefined };
}

export interface TranslateHooks {
  readonly onProgress?: (progress: TranslateProgress) => void;
  /** Warnings, a line each. */
  readonly onMessage?: (text: string) => void;
  /** Ends the work after the images at hand, or after the tile at hand, whose image is then not written. */
  readonly signal?: AbortSignal;
}

export interface TranslateResult {
  readonly written: number;
  readonly skipped: number;
  /** Images that were finished before and left as they are. */
  readonly finished: number;
  readonly seconds: number;
  readonly interrupted: boolean;
}

/**
 * Translates images of any size with a trained model: files, folders, patterns, or standard input to standard output.
 *
 * What was finished before with the same weights and options is left as it is. An image that cannot be read is skipped
 * with a message, unless it is the only one. Throws CheckpointError for the model, DataError for images and folders,
 * DeviceError for the device.
 */
export async function translate(options: TranslateOptions, hooks: TranslateHooks = {}): Promise<TranslateResult> {
  const startedAt = performance.now();
  const plan = await planTranslation(options);
  const folder = outputFolder(plan, options);
  const images = folder && !options.overwrite ? unfinished(plan, folder, hooks) : plan.images;
  const finished = plan.images.length - images.length;
  let counts = { written: 0, skipped: 0 };
  if (images.length > 0) {
    const gpu = await openGpu(options.adapter === undefined ? {} : { adapter: options.adapter });
    try {
      const generator = await buildFound(gpu, plan);
      counts = await new Translation(gpu, generator, plan, { ...options, claim: folder?.claim }, hooks).run(images);
    } finally {
      gpu.dispose();
    }
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { ...counts, finished, seconds, interrupted: counts.written + counts.skipped < images.length };
}

/** Where the images go, if that is a folder. */
function outputFolder({ folder, weights, prefix }: TranslationPlan, options: TranslateOptions): OutputFolder | undefined {
  const { format = "as the input", quality = DEFAULT_QUALITY, keepAlpha = false } = options;
  return folder === undefined ? undefined : openOutputFolder(folder, { weights, prefix, format, quality, keepAlpha });
}

/** The images of the plan without those that were finished before. */
function unfinished({ images, folder: name = "" }: TranslationPlan, folder: OutputFolder, { onMessage }: TranslateHooks): readonly PlannedImage[] {
  if (folder.provenance === "other") {
    onMessage?.(`${name} has images of another model or other options: all are translated anew.`);
  }
  const left = images.filter(({ from, to }) => !folder.isFinished(from, to));
  const finished = images.length - left.length;
  if (finished > 0) onMessage?.(`Left as they are: ${finished} of ${images.length} images, finished before.`);
  return left;
}

/** What a run is told beyond the options: what to do before the first image is written. */
type RunOptions = TranslateOptions & { readonly claim: (() => void) | undefined };

/** What came of reading an image. */
interface Reading {
  readonly open?: OpenImage;
  readonly error?: unknown;
}

/** One run over the images of a plan. */
class Translation {
  readonly #gpu: Gpu;
  readonly #generator: Generator;
  readonly #plan: TranslationPlan;
  readonly #options: RunOptions;
  readonly #hooks: TranslateHooks;
  readonly #rate = createRate();
  #total = 0;
  #written = 0;
  #skipped = 0;
  #tuned: boolean;

  constructor(gpu: Gpu, generator: Generator, plan: TranslationPlan, options: RunOptions, hooks: TranslateHooks) {
    this.#gpu = gpu;
    this.#generator = generator;
    this.#plan = plan;
    this.#options = options;
    this.#hooks = hooks;
    this.#tuned = options.tune !== true;
  }

  async run(images: readonly PlannedImage[]): Promise<{ readonly written: number; readonly skipped: number }> {
    const { signal } = this.#hooks;
    this.#total = images.length;
    const groups = groupBySize<OpenImage>(this.#options.batch ?? 1);
    try {
      let coming = this.#read(images[0]);
      for (const next of [...images.slice(1), undefined]) {
        if (signal?.aborted) break;
        const open = await this.#open(await coming);
        // While the device is busy, the next image is decoded.
        coming = this.#read(next);
        if (open) await this.#translate(groups.add(`${open.image.width}×${open.image.height}`, open));
      }
      for (const group of groups.rest()) if (!signal?.aborted) await this.#translate(group);
    } catch (error) {
      if (!signal?.aborted || error !== signal.reason) throw error;
    }
    if (this.#skipped === this.#plan.images.length) throw new DataError("translate: expected images that can be read, got none.");
    return { written: this.#written, skipped: this.#skipped };
  }

  /** Begins to read an image; does not reject. */
  async #read(planned: PlannedImage | undefined): Promise<Reading> {
    if (!planned) return {};
    try {
      return { open: await openImage(planned, this.#plan, this.#options) };
    } catch (error) {
      return { error };
    }
  }

  /** An image that was read; undefined, with a message, where it cannot be used and is not the only one. */
  async #open({ open, error }: Reading): Promise<OpenImage | undefined> {
    try {
      if (error !== undefined) throw error;
      if (open) await this.#checkHost(open);
      return open;
    } catch (error) {
      if (!(error instanceof DataError) || this.#plan.images.length === 1) throw error;
      this.#hooks.onMessage?.(`Skipped: ${error.message}`);
      this.#skipped++;
      this.#note();
      return undefined;
    }
  }

  /** Throws a DataError for an image in tiles whose maps this machine's memory cannot hold. */
  async #checkHost({ from, image }: OpenImage): Promise<void> {
    const { options } = this.#generator;
    const shape: ImageBatch["shape"] = [1, Math.ceil(image.height / 4) * 4, Math.ceil(image.width / 4) * 4, options.inputNc];
    const needed = tiledHostBytes(shape, options);
    // 0, or more than there is, if no limit is set.
    const there = Math.min(totalmem(), process.constrainedMemory() || Infinity);
    if (needed < there || (await tileFor(this.#gpu, this.#generator, shape, this.#options)) === undefined) return;
    throw new DataError(
      `${from}: expected ${formatBytes(needed)} of memory for ${image.width}×${image.height} pixels in tiles, ` +
        `got a machine with ${formatBytes(there)}. Use a smaller image or another machine.`,
    );
  }

  /** Translates and writes images of one size. */
  async #translate(group: readonly OpenImage[]): Promise<void> {
    const [first] = group;
    if (!first) return;
    try {
      await this.#tune(first);
      const { memory, tile, quality } = this.#options;
      const { signal } = this.#hooks;
      const images = group.map(({ image }) => image);
      const results = await translateImages(this.#gpu, this.#generator, images, { memory, tile, signal, onTile: this.#tileHook() });
      this.#options.claim?.();
      for (const [index, result] of results.entries()) {
        const open = group[index];
        if (open) await writeTranslation(open, result, quality);
        this.#written++;
        this.#note();
      }
    } catch (error) {
      throw named(error, first.from);
    }
  }

  async #tune({ image }: OpenImage): Promise<void> {
    if (this.#tuned) return;
    this.#tuned = true;
    const { shape } = generatorInput(image);
    const { options } = this.#generator;
    const tile = await tileFor(this.#gpu, this.#generator, shape, this.#options);
    await tuneDevice(this.#gpu, (rehearsal) => rehearseTranslation(rehearsal, options, shape, tile), this.#hooks.onMessage ?? (() => {}));
  }

  #tileHook(): (done: number, total: number) => void {
    const rate = createRate();
    return (done, total) => {
      rate.note(done, performance.now() / 1000);
      const perSecond = rate.perSecond();
      this.#note({ done, total, secondsLeft: perSecond && (total - done) / perSecond });
    };
  }

  #note(tiles?: TranslateProgress["tiles"]): void {
    const done = this.#written + this.#skipped;
    if (!tiles) this.#rate.note(done, performance.now() / 1000);
    const progress = { done, total: this.#total, imagesPerSecond: this.#rate.perSecond() };
    this.#hooks.onProgress?.(tiles ? { ...progress, tiles } : progress);
  }
}

/** The error with the image's name in front, unless it has it already. */
function named(error: unknown, path: string): unknown {
  if (!(error instanceof CycleGANError) || error instanceof DataError || error instanceof CheckpointError || error.message.startsWith(path)) return error;
  error.message = `${path}: ${error.message}`;
  return error;
}
