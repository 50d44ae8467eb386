import type { DeepImage, Image, ImageBatch, ImageSamples } from "../../data/image.js";
import { scoresToLabels } from "../../data/label-batch.js";
import { cropTopLeft, padToMultiple } from "../../data/pad-to-multiple.js";
import { stackImages } from "../../data/stack.js";
import { storedLike } from "../../data/stored-samples.js";
import { batchToImages, imageToBatch, samplesOf } from "../../data/transform.js";
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { evaluating } from "../../nn/evaluating.js";
import { noGrad } from "../../tensor/grad-mode.js";
import { Tensor } from "../../tensor/tensor.js";
import { generatorSides, isFcn, type Generator, type GeneratorSizes } from "../networks/generator.js";
import { DEFAULT_MEMORY } from "./default-memory.js";
import { chooseTile, translationPeak } from "./plan.js";
import { generateInTiles } from "./tiled-generator.js";

export interface TranslateImageOptions {
  /**
   * The limit of device memory in bytes, including the weights; default 2e9. Images that would need more are computed in tiles.
   * It limits what the engine allocates; a driver needs some more.
   */
  readonly memory?: number | undefined;
  /** Side of the tiles in pixels, a multiple of 4. By default the largest that `memory` allows, if tiles are needed. */
  readonly tile?: number | undefined;
  /** Called after each tile of each pass. */
  readonly onTile?: ((done: number, total: number) => void) | undefined;
  /** Ends a translation in tiles after the current tile by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The translation of an image. */
export interface TranslatedImage<Samples extends ImageSamples = Uint8Array> extends Image<Samples> {
  /** Whether all outputs of the generator are finite. NaN is black in the image. */
  readonly finite: boolean;
}

/** The image as input of a generator, padded to sides that it can halve. */
export function generatorInput(image: DeepImage, sizes: GeneratorSizes): ImageBatch {
  const { multiple, least } = generatorSides(sizes);
  const tiny = Math.min(image.width, image.height) <= least - multiple;
  return padToMultiple(imageToBatch(image), tiny ? least : multiple);
}

/** How a batch is computed: in tiles of this side, at once, or one image after the other. */
type Way = number | "at once" | "apart";

/** The methods chosen for a generator's image sizes so far, and the last size. */
interface Experience {
  readonly ways: Map<string, Way>;
  last: string;
}
const experiences = new WeakMap<Generator, Experience>();

async function wayOf(gpu: Gpu, generator: Generator, shape: ImageBatch["shape"], options: TranslateImageOptions): Promise<Way> {
  const { tile, memory = DEFAULT_MEMORY } = options;
  if (tile !== undefined) return shape[0] > 1 ? "apart" : tile;
  const known = experiences.get(generator) ?? { ways: new Map<string, Way>(), last: "" };
  experiences.set(generator, known);
  const key = `${shape.join("×")} in ${memory}`;
  // Otherwise buffers of the last size would be kept for reuse as well.
  if (key !== known.last) gpu.trim();
  known.last = key;
  const way = known.ways.get(key) ?? (await findWay(gpu, generator, shape, memory));
  known.ways.set(key, way);
  return way;
}

async function findWay(gpu: Gpu, { options }: Generator, shape: ImageBatch["shape"], memory: number): Promise<Way> {
  if (shape[0] === 1) return (await chooseTile(gpu, options, shape, memory)) ?? "at once";
  const peak = await translationPeak(gpu, options, shape);
  return peak !== undefined && peak <= memory ? "at once" : "apart";
}

/** The side of the tiles in which an image [1, h, w, c] will be computed; undefined if it is computed at once. */
export async function tileFor(
  gpu: Gpu,
  generator: Generator,
  shape: ImageBatch["shape"],
  options: TranslateImageOptions,
): Promise<number | undefined> {
  const way = await wayOf(gpu, generator, shape, options);
  return typeof way === "number" ? way : undefined;
}

/**
 * Translates images of one size together, at that size. Unless the generator has batch norm without running statistics, each result
 * is that of a separate translation, within rounding.
 *
 * Images may have any size: sides are padded by reflection to multiples of 4, of 2^numDowns for a U-Net, or of 32 for an FCN, and
 * cropped again. The result of an FCN is an image of class numbers, without an alpha channel.
 * Images that do not fit into `memory` together are translated one after the other. An image that does not fit at all is computed
 * in overlapping tiles, with the same result within rounding, unless the generator is a U-Net. Results have the depth of their
 * images. An alpha channel is kept. Throws
 * ShapeError for images of different sizes or a wrong number of channels, and DeviceError if the device fails or not even tiles fit.
 */
export async function translateImages(
  gpu: Gpu,
  generator: Generator,
  images: readonly Image[],
  options?: TranslateImageOptions,
): Promise<TranslatedImage[]>;
export async function translateImages(
  gpu: Gpu,
  generator: Generator,
  images: readonly DeepImage[],
  options?: TranslateImageOptions,
): Promise<TranslatedImage<ImageSamples>[]>;
export async function translateImages(
  gpu: Gpu,
  generator: Generator,
  images: readonly DeepImage[],
  options: TranslateImageOptions = {},
): Promise<TranslatedImage<ImageSamples>[]> {
  const [first] = images;
  if (!first) return [];
  const { width, height } = first;
  const { inputNc, outputNc } = generator.options;
  for (const image of images) {
    if (image.width === width && image.height === height && image.channels === inputNc) continue;
    throw new ShapeError(
      `translateImages: expected images of ${width}×${height} pixels and ${inputNc} channels, ` +
        `got one of ${image.width}×${image.height} and ${image.channels}.`,
    );
  }
  const input = stackImages(images.map((image) => generatorInput(image, generator.options)));
  const way = await wayOf(gpu, generator, input.shape, options);
  if (way === "apart") {
    const apart: TranslatedImage<ImageSamples>[] = [];
    for (const image of images) apart.push(await translateImage(gpu, generator, image, options));
    return apart;
  }
  const { onTile, signal } = options;
  const output = way === "at once"
    ? await generateAtOnce(gpu, generator, input, outputNc)
    : await generateInTiles(gpu, generator, input, { tile: way, onTile, signal });
  const cropped = cropTopLeft(output, height, width);
  const size = cropped.data.length / images.length;
  const isLabels = isFcn(generator.options);
  const results = isLabels ? scoresToLabels(cropped) : batchToImages(cropped);
  return results.map((image, index) => {
    const values = cropped.data.subarray(index * size, (index + 1) * size);
    const finite = values.every((value) => Number.isFinite(value));
    if (isLabels) return Object.assign(image, { finite });
    const { data: like = image.data, alpha, stored } = images[index] ?? {};
    const data = like instanceof Uint8Array ? image.data : samplesOf(values, like);
    return Object.assign(image, { data, finite }, alpha && { alpha }, stored && { stored: storedLike(stored) });
  });
}

/** Translates one image; see `translateImages`. */
export async function translateImage(gpu: Gpu, generator: Generator, image: Image, options?: TranslateImageOptions): Promise<TranslatedImage>;
export async function translateImage(
  gpu: Gpu,
  generator: Generator,
  image: DeepImage,
  options?: TranslateImageOptions,
): Promise<TranslatedImage<ImageSamples>>;
export async function translateImage(
  gpu: Gpu,
  generator: Generator,
  image: DeepImage,
  options: TranslateImageOptions = {},
): Promise<TranslatedImage<ImageSamples>> {
  const [result] = await translateImages(gpu, generator, [image], options);
  if (!result) throw new TypeError("one image gives one");
  return result;
}

async function generateAtOnce(gpu: Gpu, generator: Generator, { shape, data }: ImageBatch, outputNc: number): Promise<ImageBatch> {
  const generate = (): Tensor => {
    using scope = gpu.scope("translation");
    return scope.keep(noGrad(() => evaluating(() => generator.forward(Tensor.from(gpu, shape, data, "image")))));
  };
  using output = generate();
  return { shape: [shape[0], shape[1], shape[2], outputNc], data: await output.data() };
}
