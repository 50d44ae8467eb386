/** The work on images of a translation on an open device: reading, translating and writing them. What an error means is the caller's affair. */
import { totalmem } from "node:os";
import { isShallow } from "../data/output-format.js";
import type { DeepImage, ImageBatch, ImageSamples } from "../data/image.js";
import { keepOutside } from "../data/mask.js";
import { createPatience, type Patience } from "../data/patience.js";
import { tuneDevice } from "../driver/tune-device.js";
import { CheckpointError, CycleGANError, DataError, NonFiniteError } from "../errors.js";
import { formatBytes } from "../format.js";
import type { Gpu } from "../gpu/gpu.js";
import { takesNothing } from "../io/files.js";
import { generatorSides, type Generator } from "../models/networks/generator.js";
import { rehearseTranslation } from "../models/tiling/plan.js";
import { tiledHostBytes } from "../models/tiling/tiled-generator.js";
import { generatorInput, tileFor, translateImages, type TranslatedImage } from "../models/tiling/translate-image.js";
import { openImage, writeTranslation, type OpenImage } from "./files.js";
import type { OutputFolder } from "./finished-images.js";
import { STREAM } from "./inputs.js";
import type { GeneratorPlan, PlannedImage, TranslateOptions } from "./plan.js";
import { scaleHint } from "./scale.js";

export interface ImageWorkHooks {
  /** Receives warnings, one line each. */
  readonly onMessage?: (text: string) => void;
  /** Ends the wait for an image that cannot be reached. */
  readonly signal?: AbortSignal;
  /** Tiles of all passes over the current image. */
  readonly onTile?: (done: number, total: number) => void;
  /** What to do if images cannot be reached, for the error. */
  readonly advice: string;
}

/** The options, and the output if it is a folder. */
export type RunOptions = TranslateOptions & { readonly folder: OutputFolder | undefined };

export class ImageWork {
  readonly #gpu: Gpu;
  readonly #generator: Generator;
  readonly #plan: GeneratorPlan;
  readonly #options: RunOptions;
  readonly #hooks: ImageWorkHooks;
  readonly #patience: Patience;
  /** Kinds of problems that were named. */
  readonly #named = new Set<string>();
  #isPrepared = false;
  #isTuned: boolean;

  constructor(gpu: Gpu, generator: Generator, plan: GeneratorPlan, options: RunOptions, hooks: ImageWorkHooks) {
    this.#gpu = gpu;
    this.#generator = generator;
    this.#plan = plan;
    this.#options = options;
    this.#hooks = hooks;
    this.#isTuned = options.tune !== true;
    this.#patience = createPatience({ onMessage: hooks.onMessage, signal: hooks.signal, advice: hooks.advice });
  }

  /** Reads an image, without the device. Throws a DataError that names it, an UnreachableError if it stays away. */
  read(planned: PlannedImage): Promise<OpenImage> {
    return openImage(planned, this.#plan, { ...this.#options, patience: this.#patience });
  }

  /** Throws a DataError for an image that this machine cannot translate. Hints at a better scale. */
  async check(open: OpenImage): Promise<void> {
    await this.#checkHost(open);
    this.#hintAtScale(open);
  }

  /** Translates images of one size. `signal` ends it after the current tile. */
  async translate(group: readonly OpenImage[], signal?: AbortSignal): Promise<readonly TranslatedImage<ImageSamples>[]> {
    const [first] = group;
    if (!first) return [];
    try {
      await this.#tune(first);
      const { memory, tile } = this.#options;
      const images = group.map(({ image }) => image);
      return await translateImages(this.#gpu, this.#generator, images, { memory, tile, signal, onTile: this.#hooks.onTile });
    } catch (error) {
      throw named(error, first.from);
    }
  }

  /** Writes a translation and records it. Throws a NonFiniteError or CheckpointError if that is not possible. */
  async write(open: OpenImage, result: TranslatedImage<ImageSamples>): Promise<void> {
    if (!this.#isPrepared) this.#options.folder?.prepare();
    this.#isPrepared = true;
    if (!result.finite) throw nonFinite(open, this.#plan.weights);
    const { classes } = this.#plan;
    if (!classes && isOneColour(result) && !isOneColour(open.image)) this.warnOnce("flat", `${open.from}: its translation has one colour only. Look at the weights.`);
    if (!(result.data instanceof Uint8Array) && isShallow(open.format)) {
      this.warnOnce("depth", `${open.from}: has more than 8 bits, of which ${open.format} keeps 8. Use --format png or tiff to keep more.`);
    }
    const merged = open.inside ? keepOutside(result, open.image, open.inside) : result;
    await writeTranslation(open, merged, { quality: this.#options.quality, classes });
    this.#record(open);
  }

  /** Gives a message, and none of the same kind again. */
  warnOnce(kind: string, message: string): void {
    if (this.#named.has(kind)) return;
    this.#named.add(kind);
    this.#hooks.onMessage?.(`${message} Others like it are not named.`);
  }

  /** Says once what to do if images are far from the scale of the training, unless the options set a scale. */
  #hintAtScale({ from, image }: OpenImage): void {
    const { loadSize, scale } = this.#options;
    const { trained } = this.#plan;
    if (!trained || loadSize !== undefined || scale !== undefined) return;
    const hint = scaleHint(image, trained);
    if (hint !== undefined) this.warnOnce("scale", `${from === STREAM ? "standard input" : from}: ${hint}`);
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

  /** Records that an image is finished. If only that fails, the image is translated again the next time. */
  #record({ from, to, mask }: OpenImage): void {
    try {
      this.#options.folder?.finish(from, to, mask);
    } catch (error) {
      if (!(error instanceof CheckpointError) || takesNothing(error)) throw error;
      this.warnOnce("record", `${error.message} Images that are finished will be translated again.`);
    }
  }

  async #tune({ image }: OpenImage): Promise<void> {
    if (this.#isTuned) return;
    this.#isTuned = true;
    const { options } = this.#generator;
    const { shape } = generatorInput(image, options);
    const tile = await tileFor(this.#gpu, this.#generator, shape, this.#options);
    await tuneDevice(this.#gpu, (rehearsal) => rehearseTranslation(rehearsal, options, shape, tile), this.#hooks.onMessage ?? (() => {}));
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
