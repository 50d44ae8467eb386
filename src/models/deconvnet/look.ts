/** What the channels of a network respond to, over many images. */
import { MisuseError } from "../../errors.js";
import type { Rectangle } from "../../data/crop.js";
import type { ImageBatch } from "../../data/image.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Network } from "../networks/build.js";
import { describeLayers } from "../networks/describe.js";
import { receptiveField } from "../networks/receptive-field.js";
import type { WayBack } from "./graph.js";
import { largestActivations, project } from "./project.js";
import { Strongest, type ActiveChannel } from "./strongest.js";

/** Images that are read one by one, the same each time. */
export interface LookImages {
  readonly count: number;
  /** One image [1, h, w, c], in [−1, 1]; undefined if it cannot be used. */
  read(index: number): Promise<ImageBatch | undefined>;
}

export interface LookIntoOptions extends WayBack {
  /** Names of layers, as `layersToLookAt` gives them; by default all that have weights. */
  readonly layers?: readonly string[] | undefined;
  /** The channels of each layer; by default `count` of them. */
  readonly channels?: readonly number[] | undefined;
  /** How many channels of each layer: those with the largest mean of their strongest activations. Default 8. */
  readonly count?: number | undefined;
  /** Images of a channel; default 9. */
  readonly images?: number | undefined;
  readonly onProgress?: ((progress: LookProgress) => void) | undefined;
  /** Ends the work after the current image. The channel of that image is not given. */
  readonly signal?: AbortSignal | undefined;
}

export interface LookProgress {
  /** All images are first searched for strong activations; then these are projected. */
  readonly phase: "search" | "projection";
  readonly done: number;
  readonly total: number;
}

/** A layer that can be looked at. */
export interface VisibleLayer {
  /** Its place in PyTorch's list, such as `model.2`. */
  readonly name: string;
  /** What it computes, in words. */
  readonly what: string;
  /** The place of the last layer of these, whose activation is looked at. */
  readonly last: string;
  readonly channels: number;
  /** Height and width of its receptive field in pixels, without the statistics of norms. It may be larger than the image. */
  readonly field: number;
  readonly hasWeights: boolean;
}

/** A channel of a layer, and the images to which it responds most strongly. */
export interface ChannelResponses {
  readonly layer: VisibleLayer;
  readonly channel: number;
  /** The strongest first, one for each image. */
  readonly responses: readonly ChannelResponse[];
}

export interface ChannelResponse {
  /** The image's number. */
  readonly image: number;
  readonly activation: number;
  /**
   * The part of the image that is shown: the receptive field, moved into the image at its edges; the whole height or width where
   * the field is larger.
   */
  readonly window: Rectangle;
  /** Shape: both [1, h, w, c], the window's size with the channels of the network's input. The patch is a part of the image. */
  readonly patch: ImageBatch;
  readonly projection: ImageBatch;
}

/** The layers of a network whose activation can be looked at, for images of h × w pixels. */
export function layersToLookAt({ architecture }: Pick<Network, "architecture">, height: number, width: number): VisibleLayer[] {
  return describeLayers(architecture, height, width).flatMap(({ name, what, last, output, parameters }) => {
    if (!output) return [];
    const { start, end } = receptiveField(architecture, last, 0);
    return [{ name, what, last, channels: output[2], field: end - start, hasWeights: parameters > 0 }];
  });
}

/**
 * Shows what the channels of a trained network respond to: the images in which a channel is most active, and what in them made it so,
 * by a deconvnet (`project`). Works for every network whose input is an image.
 *
 * All images are read once to find the strongest activations, of which only those to be shown are kept, and again to project
 * them. So memory does not grow with the number of images. Channels are given one after the other, layer by layer. A channel that no image
 * activates is left out.
 *
 * Throws MisuseError for a layer or a channel that is not there, ShapeError for an image that does not fit the network. Source: arXiv
 * 1311.2901.
 */
export async function* lookInto(gpu: Gpu, network: Network, images: LookImages, options: LookIntoOptions = {}): AsyncGenerator<ChannelResponses> {
  const { images: most = 9, signal, onProgress } = options;
  const found = await search(gpu, network, images, most, options);
  if (!found) return;
  const chosen = found.flatMap(({ layer, strongest }) => channelsOf(layer, strongest, options).map(({ channel, candidates }) => ({ layer, channel, candidates })));
  const total = chosen.reduce((sum, { candidates }) => sum + candidates.length, 0);
  let done = 0;
  for (const { layer, channel, candidates } of chosen) {
    const responses: ChannelResponse[] = [];
    for (const { image } of candidates) {
      if (signal?.aborted) return;
      const pixels = await images.read(image);
      if (pixels) responses.push({ image, ...(await respond(gpu, network, pixels, layer, channel, options)) });
      onProgress?.({ phase: "projection", done: ++done, total });
    }
    if (responses.length > 0) yield { layer, channel, responses };
  }
}

/** The strongest activations of a layer. */
interface SearchedLayer {
  readonly layer: VisibleLayer;
  readonly strongest: Strongest;
}

/** Undefined if no image can be used, or if the signal ended it. */
async function search(gpu: Gpu, network: Network, images: LookImages, most: number, options: LookIntoOptions): Promise<SearchedLayer[] | undefined> {
  let found: SearchedLayer[] | undefined;
  for (let index = 0; index < images.count; index++) {
    if (options.signal?.aborted) return undefined;
    const image = await images.read(index);
    if (image) {
      const [, height, width] = image.shape;
      found ??= wantedLayers(layersToLookAt(network, height, width), options).map((layer) => ({ layer, strongest: new Strongest(most) }));
      const largest = await largestActivations(gpu, network, image, new Set(found.map(({ layer }) => layer.last)));
      for (const { layer, strongest } of found) strongest.add(index, largest.get(layer.last) ?? new Float32Array());
    }
    options.onProgress?.({ phase: "search", done: index + 1, total: images.count });
  }
  return found;
}

function wantedLayers(all: readonly VisibleLayer[], { layers, channels = [] }: LookIntoOptions): VisibleLayer[] {
  const unknown = layers?.find((name) => !all.some((layer) => layer.name === name));
  if (unknown !== undefined) {
    throw new MisuseError(`lookInto: expected layers among ${all.map(({ name }) => name).join(", ")}, got "${unknown}".`);
  }
  const wanted = all.filter(({ name, hasWeights }) => layers?.includes(name) ?? hasWeights);
  for (const { name, channels: count } of wanted) {
    const odd = channels.find((channel) => !(Number.isInteger(channel) && channel >= 0 && channel < count));
    if (odd !== undefined) throw new MisuseError(`lookInto: expected channels of ${name} from 0 to ${count - 1}, got ${odd}.`);
  }
  return wanted;
}

function channelsOf({ channels: all }: VisibleLayer, strongest: Strongest, { channels, count = 8 }: LookIntoOptions): ActiveChannel[] {
  if (!channels) return strongest.mostActive(Math.min(count, all));
  const active = strongest.channels();
  return channels.flatMap((channel) => active[channel] ?? []);
}

async function respond(
  gpu: Gpu,
  network: Network,
  image: ImageBatch,
  layer: VisibleLayer,
  channel: number,
  way: WayBack,
): Promise<Omit<ChannelResponse, "image">> {
  const { activation, row, column, pixels } = await project(gpu, network, image, layer.last, channel, way);
  const [, height, width] = image.shape;
  const rows = insideOf(receptiveField(network.architecture, layer.last, row), height);
  const columns = insideOf(receptiveField(network.architecture, layer.last, column), width);
  const window = { left: columns.start, top: rows.start, width: columns.length, height: rows.length };
  return { activation, window, patch: cut(image, window), projection: cut(pixels, window) };
}

/** A range of the same length, moved into 0 … side; all of that if it is longer. */
function insideOf({ start, end }: { readonly start: number; readonly end: number }, side: number): { readonly start: number; readonly length: number } {
  const length = Math.min(side, end - start);
  return { start: Math.min(Math.max(0, start), side - length), length };
}

function cut({ shape: [, , w, c], data }: ImageBatch, { left, top, width, height }: Rectangle): ImageBatch {
  const values = new Float32Array(height * width * c);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * w + left) * c;
    values.set(data.subarray(from, from + width * c), y * width * c);
  }
  return { shape: [1, height, width, c], data: values };
}
