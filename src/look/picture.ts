/** Pictures of what channels respond to: projections beside the parts of the images that they belong to. */
import { DataError } from "../errors.js";
import type { Image, ImageBatch } from "../data/image.js";
import { resizeBicubic } from "../data/resize.js";
import { batchToImages } from "../data/transform.js";
import type { ChannelResponse } from "../models/deconvnet/look.js";
import { imageGrid } from "../report/image-grid.js";

/** Images are enlarged by a whole factor towards this side, or reduced to it, in pixels. */
const SIDE = 96;
/** Images in a row and a column of a channel's pictures. */
const ACROSS = 3;
/** Channels in a row of the picture of all. */
const CHANNELS_ACROSS = 2;

/** The two pictures of a channel, of one size: projections, and the parts of images that they belong to. */
export interface ChannelPictures {
  readonly projections: Image;
  readonly patches: Image;
}

/** `inputs`: the channels of the images that the network sees, which are shown side by side. */
export function channelPictures(responses: readonly ChannelResponse[], inputs: readonly number[]): ChannelPictures {
  const square = (images: readonly Image[]): Image => imageGrid(inRows(images, ACROSS), SIDE);
  return {
    projections: square(responses.map(({ projection }) => sideBySide(normalised(projection), inputs))),
    patches: square(responses.map(({ patch }) => sideBySide(patch, inputs))),
  };
}

/** One picture of the channels of some layers: a block for each layer. */
export function pictureOfAll(layers: readonly (readonly ChannelPictures[])[]): Image {
  const blocks = layers.map((channels) => {
    const pairs = channels.map(({ projections, patches }) => imageGrid([[projections, patches]], 1, 6));
    return imageGrid(inRows(pairs, CHANNELS_ACROSS), 1, 16);
  });
  // Each block has a height of its own, which a grid of all of them would not keep.
  return blocks.reduce((above, block) => stacked(above, block, 32));
}

/**
 * A projection for display: 0, which is gray, stays 0, and the largest magnitude becomes 1. Each is divided by its own, because signals
 * of different images and layers differ in size by orders of magnitude.
 */
export function normalised({ shape, data }: ImageBatch): ImageBatch {
  const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return { shape, data: largest === 0 ? data : data.map((value) => value / largest) };
}

function sideBySide({ shape: [, h, w, c], data }: ImageBatch, inputs: readonly number[]): Image {
  let first = 0;
  const images = inputs.flatMap((count) => {
    const values = new Float32Array(h * w * count);
    for (let pixel = 0; pixel < h * w; pixel++) values.set(data.subarray(pixel * c + first, pixel * c + first + count), pixel * count);
    first += count;
    return batchToImages({ shape: [1, h, w, count], data: values }).map(reduced);
  });
  if (first !== c) throw new DataError(`look: expected images of ${inputs.join(" + ")} channels, got ${c}.`);
  const [only] = images;
  return only && images.length === 1 ? only : imageGrid([images], 1, 1);
}

function reduced(image: Image): Image {
  const { width, height } = image;
  const factor = Math.min(1, SIDE / Math.max(width, height));
  return factor === 1 ? image : resizeBicubic(image, Math.max(1, Math.round(width * factor)), Math.max(1, Math.round(height * factor)));
}

function inRows<T>(items: readonly T[], across: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / across) }, (_, row) => items.slice(row * across, (row + 1) * across));
}

/** Two images of three channels, one above the other, on white. */
function stacked(above: Image, below: Image, gap: number): Image {
  const width = Math.max(above.width, below.width);
  const height = above.height + gap + below.height;
  const data = new Uint8Array(width * height * 3).fill(255);
  for (const [image, top] of [[above, 0], [below, above.height + gap]] as const) {
    for (let y = 0; y < image.height; y++) data.set(image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3), (top + y) * width * 3);
  }
  return { width, height, channels: 3, data };
}
