/** Random patches from the Laplacian pyramids of a set of images. */
import type { Image } from "../data/image.js";
import { ShapeError } from "../errors.js";
import { Random } from "../random.js";
import { laplacianPyramid, levelCount } from "./laplacian-pyramid.js";
import type { Plane } from "./laplacian-pyramid.js";

/** Side of a patch, in pixels. */
export const PATCH_SIDE = 7;

/** Patches from one pyramid level of a set of images; images are in [−1, 1]. */
export interface LevelPatches {
  /** Size of the first image at this level, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly count: number;
  /** Shape: [count, 7 · 7 · channels], channels fastest. */
  readonly data: Float32Array;
  /** Over all patches, one value per channel. */
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

/** The patches of a set of images, finest level first. Sets are compared by them. */
export interface ImagePatches {
  readonly channels: number;
  readonly levels: readonly LevelPatches[];
}

function toPlane({ width, height, channels, data }: Image): Plane {
  return { width, height, channels, data: new Float32Array(data).map((value) => value / 127.5 - 1) };
}

/** Copies patches from random places into `count` rows of `output`. */
function copyPatches({ width, height, channels, data }: Plane, count: number, random: Random, output: Float32Array): void {
  const row = PATCH_SIDE * channels;
  for (let patch = 0; patch < count; patch++) {
    const left = random.integer(width - PATCH_SIDE + 1);
    const top = random.integer(height - PATCH_SIDE + 1);
    for (let y = 0; y < PATCH_SIDE; y++) {
      const start = ((top + y) * width + left) * channels;
      output.set(data.subarray(start, start + row), (patch * PATCH_SIDE + y) * row);
    }
  }
}

function moments(data: Float32Array, channels: number): Pick<LevelPatches, "means" | "variances"> {
  const means = new Float64Array(channels);
  const variances = new Float64Array(channels);
  const perChannel = data.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let index = channel; index < data.length; index += channels) sum += data[index] ?? 0;
    const mean = sum / perChannel;
    let squares = 0;
    for (let index = channel; index < data.length; index += channels) squares += ((data[index] ?? 0) - mean) ** 2;
    means[channel] = mean;
    variances[channel] = squares / perChannel;
  }
  return { means, variances };
}

/** Throws a ShapeError for a set that is empty, has images of unlike channels, or images smaller than a patch. */
function checkSet(images: readonly Image[]): Image {
  const first = images[0];
  if (!first) throw new ShapeError("samplePatches: expected at least one image, got none.");
  const odd = images.find(({ channels }) => channels !== first.channels);
  if (odd) {
    throw new ShapeError(`samplePatches: expected images of ${first.channels} channels, got one of ${odd.channels}.`);
  }
  const small = images.find(({ width, height }) => Math.min(width, height) < PATCH_SIDE);
  if (small) {
    throw new ShapeError(
      `samplePatches: expected images of at least ${PATCH_SIDE}×${PATCH_SIDE} pixels, got ${small.width}×${small.height}.`,
    );
  }
  return first;
}

/**
 * `perImage` patches from random places of every pyramid level of every image.
 *
 * The places depend on `seed`, level, position in the list and the image's size only, so equal lists give equal patches.
 * The levels are those of the smallest image. Throws ShapeError for no images, unlike channels, or sides below 7 pixels.
 */
export function samplePatches(images: readonly Image[], perImage: number, seed: number): ImagePatches {
  const { channels } = checkSet(images);
  const levels = levelCount(Math.min(...images.flatMap(({ width, height }) => [width, height])));
  const random = new Random(seed).stream("patches");
  const length = PATCH_SIDE * PATCH_SIDE * channels;
  const data = Array.from({ length: levels }, () => new Float32Array(images.length * perImage * length));
  const sizes: Pick<LevelPatches, "width" | "height">[] = [];
  for (const [index, image] of images.entries()) {
    for (const [level, plane] of laplacianPyramid(toPlane(image), levels).entries()) {
      const rows = data[level]?.subarray(index * perImage * length, (index + 1) * perImage * length);
      if (rows) copyPatches(plane, perImage, random.stream(`level ${level} image ${index}`), rows);
      if (index === 0) sizes.push({ width: plane.width, height: plane.height });
    }
  }
  const count = images.length * perImage;
  return {
    channels,
    levels: sizes.map(({ width, height }, level): LevelPatches => {
      const patches = data[level] ?? new Float32Array();
      const { means, variances } = moments(patches, channels);
      return { width, height, count, data: patches, means, variances };
    }),
  };
}
