/** The work of a translation on an open device: reads, translates and writes the images of a plan. */
import { totalmem } from "node:os";
import { isShallow } from "../data/output-format.js";
import type { DeepImage, ImageBatch, ImageSamples } from "../data/image.js";
import { keepOutside } from "../data/mask.js";
import { createPatience, type Patience } from "../data/patience.js";
import { tuneDevice } from "../driver/tune-device.js";
import { CheckpointError, CycleGANError, DataError, NonFiniteError, UnreachableError } from "../errors.js";
import { formatBytes } from "../format.js";
import type { Gpu } from "../gpu/gpu.js";
import { takesNothing } from "../io/files.js";
import { generatorSides, type Generator } from "../models/networks/generator.js";
import { rehearseTranslation } from "../models/tiling/plan.js";
import { tiledHostBytes } from "../models/tiling/tiled-generator.js";
import { generatorInput, tileFor, translateImages, type TranslatedImage } from "../models/tiling/translate-image.js";
import { createRate } from "../rate.js";
import { openImage, writeTranslation, type OpenImage } from "./files.js";
import type { OutputFolder } from "./finished-images.js";
import { STREAM } from "./inputs.js";
import type { PlannedImage, TranslateOptions, TranslationPlan } from "./plan.js";
import { groupBySize } from "./same-size.js";
import { scaleHint } from "./scale.js";

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

/** What became of the images. */
export interface TranslationCounts {
  readonly written: number;
  /** Images that could not be read. */
  readonly skipped: number;
  /** Images whose translation could not be written, or has NaN or infinity. */
  readonly failed: number;
}

/** How a job continues. */
const GO_ON = "start the same command again. Images that are finished are not translated again.";

/** The options, and the output if it is a folder. */
export type RunOptions = TranslateOptions & { readonly folder: OutputFolder | undefined };

/** The outcome of reading an image. */
interface Reading {
  readonly open?: OpenImage;
  readonly error?: unknown;
}

/** One run over the images of a plan. */
export class Translation {
  readonly #gpu: Gpu;
  readonly #generator: Generator;
  readonly #plan: TranslationPlan;
  readonly #options: RunOptions;
  readonly #hooks: TranslateHooks;
  readonly #rate = createRate();
  readonly #patience: Patience;
  #total = 0;
  #counts: TranslationCounts = { written: 0, skipped: 0, failed: 0 };
  /** Kinds of problems that were named. */
  readonly #named = new Set<string>();
  #tuned: boolean;

  constructor(gpu: Gpu, generator: Generator, plan: TranslationPlan, options: RunOptions, hooks: TranslateHooks) {
    this.#gpu = gpu;
    this.#generator = generator;
    this.#plan = plan;
    this.#options = options;
    this.#hooks = hooks;
    this.#tuned = options.tune !== true;
    this.#patience = createPatience({ onMessage: hooks.onMessage, signal: hooks.signal, advice: `Look at the disk, then ${GO_ON}` });
  }

  async run(images: readonly PlannedImage[]): Promise<TranslationCounts> {
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
    if (this.#counts.skipped === this.#plan.images.length) throw new DataError("translate: expected images that can be read, got none.");
    return this.#counts;
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

  /** Whether an image that cannot be used ends the job. */
  get #isStrict(): boolean {
    return this.#options.strict === true || this.#plan.images.length === 1;
  }

  /** The image that was read; undefined, with a message, if it cannot be used and is not the only one. */
  async #open({ open, error }: Reading): Promise<OpenImage | undefined> {
    try {
      if (error !== undefined) throw error;
      if (open) await this.#checkHost(open);
      if (open) this.#hintAtScale(open);
      return open;
    } catch (error) {
      if (!(error instanceof DataError) || this.#isStrict) throw error;
      this.#hooks.onMessage?.(`Skipped: ${error.message}`);
      this.#count("skipped");
      return undefined;
    }
  }

  /** Says once what to do if images are far from the scale of the training, unless the options set a scale. */
  #hintAtScale({ from, image }: OpenImage): void {
    const { loadSize, scale } = this.#options;
    const { trained } = this.#plan;
    if (!trained || loadSize !== undefined || scale !== undefined) return;
    const hint = scaleHint(image, trained);
    if (hint !== undefined) this.#warnOnce("scale", `${from === STREAM ? "standard input" : from}: ${hint}`);
  }

  /** Throws a DataError for a tiled image whose activations do not fit into this machine's memory. */
  async #checkHost({ from, image }: OpenImage): Promise<void> {
    const { options } = this.#generator;
    const { multiple } = generatorSides(options);
    const padded = (side: number): number => Math.ceil(side / multiple) * multiple;
    const shape: ImageBatch["shape"] = [1, padded(image.height), padded(image.width), options.inputNc];
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
      const { memory, tile } = this.#options;
      const { signal } = this.#hooks;
      const images = group.map(({ image }) => image);
      const results = await translateImages(this.#gpu, this.#generator, images, { memory, tile, signal, onTile: this.#tileHook() });
      if (this.#counts.written === 0) this.#options.folder?.prepare();
      for (const [index, result] of results.entries()) {
        const open = group[index];
        if (open) await this.#keep(open, result);
      }
    } catch (error) {
      throw named(error, first.from);
    }
  }

  /** Writes a translation. One that cannot be written is named and counted, unless it is the only one. */
  async #keep(open: OpenImage, result: TranslatedImage<ImageSamples>): Promise<void> {
    try {
      if (!result.finite) throw nonFinite(open, this.#plan.weights);
      const { classes } = this.#plan;
      if (!classes && isOneColour(result) && !isOneColour(open.image)) this.#warnOnce("flat", `${open.from}: its translation has one colour only. Look at the weights.`);
      if (!(result.data instanceof Uint8Array) && isShallow(open.format)) {
        this.#warnOnce("depth", `${open.from}: has more than 8 bits, of which ${open.format} keeps 8. Use --format png or tiff to keep more.`);
      }
      const merged = open.inside ? keepOutside(result, open.image, open.inside) : result;
      await writeTranslation(open, merged, { quality: this.#options.quality, classes });
      this.#record(open);
      this.#count("written");
    } catch (error) {
      if (takesNothing(error)) throw new CheckpointError(`${messageOf(error)} Then ${GO_ON}`, { cause: error });
      const isExpected = error instanceof CheckpointError || error instanceof NonFiniteError;
      if (!isExpected || this.#isStrict) throw error;
      if (error instanceof NonFiniteError) this.#warnOnce("non-finite", `Not written: ${error.message}`);
      else this.#hooks.onMessage?.(`Not written: ${error.message}`);
      this.#count("failed");
    }
  }

  /** Records that an image is finished. If only that fails, the image is translated again the next time. */
  #record({ from, to, mask }: OpenImage): void {
    try {
      this.#options.folder?.finish(from, to, mask);
    } catch (error) {
      if (!(error instanceof CheckpointError) || takesNothing(error)) throw error;
      this.#warnOnce("record", `${error.message} Images that are finished will be translated again.`);
    }
  }

  /** Gives a message, and none of the same kind again. */
  #warnOnce(kind: string, message: string): void {
    if (this.#named.has(kind)) return;
    this.#named.add(kind);
    this.#hooks.onMessage?.(`${message} Others like it are not named.`);
  }

  #count(kind: keyof TranslationCounts): void {
    this.#counts = { ...this.#counts, [kind]: this.#counts[kind] + 1 };
    this.#note();
  }

  async #tune({ image }: OpenImage): Promise<void> {
    if (this.#tuned) return;
    this.#tuned = true;
    const { options } = this.#generator;
    const { shape } = generatorInput(image, options);
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
    const { written, skipped, failed } = this.#counts;
    const done = written + skipped + failed;
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

function nonFinite({ from }: OpenImage, weights: string): NonFiniteError {
  return new NonFiniteError(`${from}: expected a finite translation, got NaN or infinity from ${weights}. Use other weights.`);
}

function isOneColour({ data, channels }: DeepImage): boolean {
  return data.every((value, index) => value === data[index % channels]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
