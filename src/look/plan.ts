/** Plans a look into a network before a device is opened: the network, its layers, the images, and the files to write. */
import { existsSync } from "node:fs";
import { readHeldOutImage } from "../data/held-out.js";
import type { ImageBatch } from "../data/image.js";
import { imageToBatch, type TransformOptions } from "../data/transform.js";
import { DataError, UsageError } from "../errors.js";
import { layersToLookAt, type VisibleLayer } from "../models/deconvnet/look.js";
import { architectureOf } from "../models/networks/describe.js";
import { isOwnPage } from "../report/own-page.js";
import { findInputs, type InputImage } from "../translate/inputs.js";
import { findNetwork, type FoundNetwork, type NetworkOptions } from "./find-network.js";
import { joined } from "./joined.js";
import { sidesOf } from "./seen-network.js";
import { describeSides, fits } from "./sides.js";

export interface LookOptions extends NetworkOptions {
  /** Images, folders of images with their subfolders, or patterns. For a discriminator of pairs, A is the left half of each image. */
  readonly input: readonly string[];
  /** The page to write, which ends in .html; the picture beside it ends in .png. Default look.html. */
  readonly output?: string;
  /** Names of layers, as `inspectWeights` gives them; by default all that have weights. */
  readonly layer?: readonly string[];
  /** Numbers of channels; by default `count` of each layer. */
  readonly channels?: readonly number[];
  /** How many channels of each layer, the most active ones; default 8. */
  readonly count?: number;
  /** Whether ReLUs also cut off the signal where they cut off the activation; default false. See `WayBack`. */
  readonly guided?: boolean;
  /** Side of the square that images are resized to, in pixels; by default as in the run's training, 256 for a file. */
  readonly cropSize?: number;
  /** `auto` by default. */
  readonly adapter?: string;
}

export interface LookPlan extends FoundNetwork {
  /** The network's name and the model's. */
  readonly title: string;
  readonly images: readonly InputImage[];
  /** Says how many images there are, and what is left out. */
  readonly found: string;
  /** Reads an image. Throws a DataError for one that cannot be used. */
  readonly read: (path: string) => Promise<ImageBatch>;
  readonly page: string;
  readonly picture: string;
}

const DEFAULT_SIZE = 256;

/** Checks everything that needs no device. Writes nothing. */
export async function planLook(options: LookOptions): Promise<LookPlan> {
  const { input, output = "look.html", layer: layers, channels, count } = options;
  if (!output.endsWith(".html")) throw new UsageError(`--output: expected the name of a page, which ends in .html, got ${output}.`);
  if (channels && count !== undefined) throw new UsageError("--channels and --count cannot be combined. Give one of the two.");
  const picture = output.replace(/html$/, "png");
  const found = await findNetwork(options);
  checkLayers(found, layers, channels);
  const transform = transformOf(found, options.cropSize);
  let line = "";
  const images = findInputs(input, { onMessage: (text) => void (line = text) });
  if (images.some(({ from }) => from === "-")) throw new UsageError("--input: expected images, folders or patterns, got -.");
  refuseForeign(output, picture);
  const title = found.name === "" ? options.model : `${found.name} of ${options.model}`;
  return { ...found, title, images, found: line, read: (path) => readImage(path, found, transform), page: output, picture };
}

/** Throws a UsageError for layers and channels that the network lacks. A layer may still need larger images than there are. */
function checkLayers({ network }: FoundNetwork, layers: readonly string[] | undefined, channels: readonly number[] = []): void {
  const side = network.kind === "dcgan discriminator" ? network.sizes.imageSize : 2 ** 20;
  const all = layersToLookAt({ architecture: architectureOf(network) }, side, side);
  const unknown = layers?.find((name) => !all.some((layer) => layer.name === name));
  if (unknown !== undefined) throw new UsageError(`--layer: expected layers among ${all.map(({ name }) => name).join(", ")}, got ${unknown}.`);
  const wanted = all.filter(({ name, hasWeights }) => layers?.includes(name) ?? hasWeights);
  const narrow = wanted.reduce<VisibleLayer | undefined>((least, layer) => (least && least.channels <= layer.channels ? least : layer), undefined);
  const odd = channels.find((channel) => channel >= (narrow?.channels ?? 0));
  if (odd === undefined || !narrow) return;
  throw new UsageError(`--channels: expected numbers below ${narrow.channels}, the channels of ${narrow.name}, got ${odd}. Name other layers by --layer.`);
}

function transformOf({ network, trained }: FoundNetwork, cropSize: number | undefined): TransformOptions {
  const sides = sidesOf(network);
  if (cropSize === undefined && trained) return trained;
  const side = cropSize ?? Math.min(sides.most, Math.ceil(DEFAULT_SIZE / sides.multiple) * sides.multiple);
  if (fits(sides, side, side)) return { preprocess: "resize_and_crop", loadSize: side, cropSize: side };
  throw new UsageError(`--crop-size: expected ${describeSides(sides)} for this network, got ${side}.`);
}

/** An image as the network sees it; the two of a pair, one after the other along the channels. */
async function readImage(path: string, { network, inputs, trained }: FoundNetwork, transform: TransformOptions): Promise<ImageBatch> {
  const halves = inputs.length === 1 ? [undefined] : trained?.direction === "BtoA" ? (["right", "left"] as const) : (["left", "right"] as const);
  const reading = { transform, valueRange: trained?.valueRange, ignoreIcc: trained?.ignoreIcc };
  const batches: ImageBatch[] = [];
  for (const [index, channels] of inputs.entries()) {
    const half = halves[index];
    batches.push(imageToBatch(await readHeldOutImage(path, { ...reading, channels, ...(half && { half }) })));
  }
  const batch = joined(batches);
  const [, height, width] = batch.shape;
  const sides = sidesOf(network);
  if (fits(sides, width, height)) return batch;
  throw new DataError(`${path}: expected sides of ${describeSides(sides)}, got ${width}×${height}. Use --crop-size.`);
}

/** Throws a DataError if a file would be replaced that is not of this program. */
function refuseForeign(page: string, picture: string): void {
  if (existsSync(page) ? isOwnPage(page) : !existsSync(picture)) return;
  throw new DataError(`--output ${page}: expected the name of a new page, got one whose place is taken. Name another.`);
}
