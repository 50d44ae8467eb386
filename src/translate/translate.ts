/** Translates images with a trained generator. */
import { totalmem } from "node:os";
import { DEFAULT_QUALITY } from "../data/encode.js";
import { createPatience, type Patience } from "../data/patience.js";
import type { ImageBatch } from "../data/image.js";
import { CheckpointError, CycleGANError, DataError, UnreachableError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import type { Generator } from "../models/networks/resnet.js";
import { rehearseTranslation } from "../models/tiling/plan.js";
import { generatorInput, tileFor, translateImages } from "../models/tiling/translate-image.js";
import { tiledHostBytes } from "../models/tiling/tiled-generator.js";
import { openGpu } from "../open-gpu.js";
import { buildFound, ignoredTensors } from "./find-generator.js";
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
  /** Of the current image if it is computed in tiles: the tiles of all passes over it. */
  readonly tiles?: { readonly done: number; readonly total: number; readonly secondsLeft: number | undefined };
}

export interface TranslateHooks {
  readonly onProgress?: (progress: TranslateProgress) => void;
  /** Receives warnings, one line each. */
  readonly onMessage?: (text: string) => void;
  /** Ends the work after the current images, or after the current tile; the image of that tile is not written. */
  readonly signal?: AbortSignal;
}

export interface TranslateResult {
  readonly written: number;
  readonly skipped: number;
  /** Images that were finished before and were not translated again. */
  readonly finished: number;
  readonly seconds: number;
  readonly interrupted: boolean;
}

/**
 * Translates images of any size with a trained model: files, folders, patterns, or standard input to standard output.
 *
 * Images that were finished before with the same weights and options are not translated again. An image that cannot be read
 * is skipped with a message, unless it is the only one. One that cannot be reached, because its disk does not answer, is waited
 * for. Throws a CheckpointError for the model or an image that cannot be written, a DataError for input images and folders, an
 * UnreachableError for images that stay away, a DeviceError for the device.
 */
export async function translate(options: TranslateOptions, hooks: TranslateHooks = {}): Promise<TranslateResult> {
  const startedAt = performance.now();
  const plan = await planTranslation(options);
  const ignored = ignoredTensors(plan);
  for (const note of [plan.found, ...(ignored === undefined ? [] : [ignored])]) hooks.onMessage?.(note);
  const folder = outputFolder(plan, options);
  const images = folder && !options.overwrite ? unfinished(plan, folder, hooks) : plan.images;
  const finished = plan.images.length - images.length;
  let counts = { written: 0, skipped: 0 };
  if (images.length > 0) {
    const gpu = await openGpu(options.adapter === undefined ? {} : { adapter: options.adapter });
    try {
      const generator = await buildFound(gpu, plan);
      counts = await new Translation(gpu, generator, plan, { ...options, folder }, hooks).run(images);
    } finally {
      gpu.dispose();
    }
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { ...counts, finished, seconds, interrupted: counts.written + counts.skipped < images.length };
}

/** The output, if it is a folder. */
function outputFolder({ folder, weights, prefix }: TranslationPlan, options: TranslateOptions): OutputFolder | undefined {
  const { format = "as the input", quality = DEFAULT_QUALITY, keepAlpha = false } = options;
  return folder === undefined ? undefined : openOutputFolder(folder, { weights, prefix, format, quality, keepAlpha });
}

/** The images of the plan that are not finished. */
function unfinished({ images, folder: name = "" }: TranslationPlan, folder: OutputFolder, { onMessage }: TranslateHooks): readonly PlannedImage[] {
  if (folder.provenance === "other") {
    onMessage?.(`${name} has images that were made with another model or other options. All are translated again.`);
  }
  const left = images.filter(({ from, to }) => !folder.isFinished(from, to));
  const finished = images.length - left.length;
  if (finished > 0) onMessage?.(`${finished} of ${images.length} images were finished before and are not translated again.`);
  return left;
}

/** The options, and the output if it is a folder. */
type RunOptions = TranslateOptions & { readonly folder: OutputFolder | undefined };

/** The outcome of reading an image. */
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
  readonly #patience: Patience;
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
    const advice = "Look at the disk, then start the same command again. Images that are finished are not translated again.";
    this.#patience = createPatience({ onMessage: hooks.onMessage, signal: hooks.signal, advice });
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
        // The next image is decoded while the device is busy.
        coming = this.#read(next);
        if (open) await this.#translate(groups.add(`${open.image.width}×${open.image.height}`, open));
      }
      for (const group of groups.rest()) if (!signal?.aborted) await this.#translate(group);
    } catch (error) {
      if (!signal?.aborted || !(error === signal.reason || error instanceof UnreachableError)) throw error;
    }
    if (this.#skipped === this.#plan.images.length) throw new DataError("translate: expected images that can be read, got none.");
    return { written: this.#written, skipped: this.#skipped };
  }

  /** Reads an image. Never rejects. */
  async #read(planned: PlannedImage | undefined): Promise<Reading> {
    if (!planned) return {};
    try {
      return { open: await openImage(planned, this.#plan, { ...this.#options, patience: this.#patience }) };
    } catch (error) {
      return { error };
    }
  }

  /** The image that was read; undefined, with a message, if it cannot be used and is not the only one. */
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

  /** Throws a DataError for a tiled image whose activations do not fit into this machine's memory. */
  async #checkHost({ from, image }: OpenImage): Promise<void> {
    const { options } = this.#generator;
    const shape: ImageBatch["shape"] = [1, Math.ceil(image.height / 4) * 4, Math.ceil(image.width / 4) * 4, options.inputNc];
    const needed = tiledHostBytes(shape, options);
    // Without a limit, this is 0 or more than the machine has.
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
      if (this.#written === 0) this.#options.folder?.prepare();
      for (const [index, result] of results.entries()) {
        const open = group[index];
        if (open) await writeTranslation(open, result, quality);
        if (open) this.#options.folder?.finish(open.from, open.to);
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

/** The error with the image's name in front, unless it already names a file. */
function named(error: unknown, path: string): unknown {
  if (!(error instanceof CycleGANError) || error instanceof DataError || error instanceof CheckpointError || error.message.startsWith(path)) {
    return error;
  }
  error.message = `${path}: ${error.message}`;
  return error;
}
