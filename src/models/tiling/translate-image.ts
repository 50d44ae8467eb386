import type { Image, ImageBatch } from "../../data/image.js";
import { cropTopLeft, padToMultiple } from "../../data/pad-to-multiple.js";
import { stackImages } from "../../data/stack.js";
import { batchToImages, imageToBatch } from "../../data/transform.js";
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { noGrad } from "../../tensor/grad-mode.js";
import { Tensor } from "../../tensor/tensor.js";
import { GENERATOR_MULTIPLE, type Generator } from "../networks/resnet.js";
import { chooseTile, translationPeak } from "./plan.js";
import { generateInTiles } from "./tiled-generator.js";

/** Device memory that a translation stays within unless told otherwise, in bytes. */
export const DEFAULT_MEMORY = 2e9;

export interface TranslateImageOptions {
  /**
   * Device memory to stay within, in bytes, weights included; default 2e9. What would need more is computed in tiles. It is
   * what the engine allocates; a driver adds its own.
   */
  readonly memory?: number | undefined;
  /** Side of the tiles in pixels, a multiple of 4. By default the largest that `memory` allows, where tiles are needed. */
  readonly tile?: number | undefined;
  /** Called after each tile of each pass. */
  readonly onTile?: ((done: number, total: number) => void) | undefined;
  /** Ends a translation in tiles after the tile at hand, with the signal's reason thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** What is left after two halvings is reflected by one pixel, so both sides must be this many pixels at least. */
const leastSide = 2 * GENERATOR_MULTIPLE;

/** The image as the generator takes it, its sides filled up. */
export function generatorInput(image: Image): ImageBatch {
  const tiny = Math.min(image.width, image.height) <= GENERATOR_MULTIPLE;
  return padToMultiple(imageToBatch(image), tiny ? leastSide : GENERATOR_MULTIPLE);
}

/** How a batch is computed: in tiles of a side, at once, or its images one after the other. */
type Way = number | "at once" | "apart";

/** The ways found for the sizes that a generator met, and the last of these. */
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
  // Buffers of the last size would be kept for reuse beside those of this one.
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

/** The side of the tiles in which an image [1, h, w, c] will be computed; undefined where it is at once. */
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
 * Translates images of one size, at that size, together: what each would become alone, within rounding, unless the
 * generator has batch norm.
 *
 * Any size: sides are filled up to multiples of 4 by reflection and cut again. Those that do not fit into `memory`
 * together are translated one after the other, one that does not fit at all in overlapping tiles, which changes it within
 * rounding. An alpha channel is handed on. Throws ShapeError for images of different sizes or a number of channels that the
 * generator does not take, DeviceError where the device fails or not even tiles fit.
 */
export async function translateImages(gpu: Gpu, generator: Generator, images: readonly Image[], options: TranslateImageOptions = {}): Promise<Image[]> {
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
  const input = stackImages(images.map(generatorInput), []);
  const way = await wayOf(gpu, generator, input.shape, options);
  if (way === "apart") {
    const apart: Image[] = [];
    for (const image of images) apart.push(await translateImage(gpu, generator, image, options));
    return apart;
  }
  const { onTile, signal } = options;
  const output = way === "at once"
    ? await generateAtOnce(gpu, generator, input, outputNc)
    : await generateInTiles(gpu, generator, input, { tile: way, onTile, signal });
  return batchToImages(cropTopLeft(output, height, width)).map((image, index) => {
    const alpha = images[index]?.alpha;
    return alpha ? Object.assign(image, { alpha }) : image;
  });
}

/** Translates one image; see `translateImages`. */
export async function translateImage(gpu: Gpu, generator: Generator, image: Image, options: TranslateImageOptions = {}): Promise<Image> {
  const [result] = await translateImages(gpu, generator, [image], options);
  if (!result) throw new TypeError("one image gives one");
  return result;
}

async function generateAtOnce(gpu: Gpu, generator: Generator, { shape, data }: ImageBatch, outputNc: number): Promise<ImageBatch> {
  const generate = (): Tensor => {
    using scope = gpu.scope("translation");
    return scope.keep(noGrad(() => generator.forward(Tensor.from(gpu, shape, data, "image"))));
  };
  using output = generate();
  return { shape: [shape[0], shape[1], shape[2], outputNc], data: await output.data() };
}
