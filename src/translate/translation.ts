/** The work of a translation on an open device: reads, translates and writes the images of a plan. */
import { CheckpointError, DataError, NonFiniteError, UnreachableError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { takesNothing } from "../io/files.js";
import type { Generator } from "../models/networks/generator.js";
import type { ImageSamples } from "../data/image.js";
import type { TranslatedImage } from "../models/tiling/translate-image.js";
import { createRate } from "../rate.js";
import type { OpenImage } from "./files.js";
import { ImageWork, type RunOptions } from "./image-work.js";
import type { PlannedImage, TranslationPlan } from "./plan.js";
import { groupBySize } from "./same-size.js";

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

/** The outcome of reading an image. */
interface Reading {
  readonly open?: OpenImage;
  readonly error?: unknown;
}

/** One run over the images of a plan. */
export class Translation {
  readonly #work: ImageWork;
  readonly #plan: TranslationPlan;
  readonly #options: RunOptions;
  readonly #hooks: TranslateHooks;
  readonly #rate = createRate();
  #tileRate = createRate();
  #total = 0;
  #counts: TranslationCounts = { written: 0, skipped: 0, failed: 0 };

  constructor(gpu: Gpu, generator: Generator, plan: TranslationPlan, options: RunOptions, hooks: TranslateHooks) {
    this.#plan = plan;
    this.#options = options;
    this.#hooks = hooks;
    const onTile = (done: number, total: number): void => this.#noteTile(done, total);
    this.#work = new ImageWork(gpu, generator, plan, options, { ...hooks, onTile, advice: `Look at the disk, then ${GO_ON}` });
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
      return { open: await this.#work.read(planned) };
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
      if (open) await this.#work.check(open);
      return open;
    } catch (error) {
      if (!(error instanceof DataError) || this.#isStrict) throw error;
      this.#hooks.onMessage?.(`Skipped: ${error.message}`);
      this.#count("skipped");
      return undefined;
    }
  }

  /** Translates and writes images of one size. */
  async #translate(group: readonly OpenImage[]): Promise<void> {
    this.#tileRate = createRate();
    const results = await this.#work.translate(group, this.#hooks.signal);
    for (const [index, result] of results.entries()) {
      const open = group[index];
      if (open) await this.#keep(open, result);
    }
  }

  /** Writes a translation. One that cannot be written is named and counted, unless it is the only one. */
  async #keep(open: OpenImage, result: TranslatedImage<ImageSamples>): Promise<void> {
    try {
      await this.#work.write(open, result);
      this.#count("written");
    } catch (error) {
      if (takesNothing(error)) throw new CheckpointError(`${messageOf(error)} Then ${GO_ON}`, { cause: error });
      const isExpected = error instanceof CheckpointError || error instanceof NonFiniteError;
      if (!isExpected || this.#isStrict) throw error;
      if (error instanceof NonFiniteError) this.#work.warnOnce("non-finite", `Not written: ${error.message}`);
      else this.#hooks.onMessage?.(`Not written: ${error.message}`);
      this.#count("failed");
    }
  }

  #count(kind: keyof TranslationCounts): void {
    this.#counts = { ...this.#counts, [kind]: this.#counts[kind] + 1 };
    this.#note();
  }

  #noteTile(done: number, total: number): void {
    this.#tileRate.note(done, performance.now() / 1000);
    const perSecond = this.#tileRate.perSecond();
    this.#note({ done, total, secondsLeft: perSecond && (total - done) / perSecond });
  }

  #note(tiles?: TranslateProgress["tiles"]): void {
    const { written, skipped, failed } = this.#counts;
    const done = written + skipped + failed;
    if (!tiles) this.#rate.note(done, performance.now() / 1000);
    const progress = { done, total: this.#total, imagesPerSecond: this.#rate.perSecond() };
    this.#hooks.onProgress?.(tiles ? { ...progress, tiles } : progress);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
