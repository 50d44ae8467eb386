/** How an image becomes network input: resize, crop, flip. */
import { DataError } from "../errors.js";
import type { Random } from "../random.js";
import { cropImage } from "./crop.js";
import { checkImage, isChannels, MOST_CHANNELS, samplesLike, whiteOf, type DeepImage, type Image, type ImageBatch, type ImageSamples, type MaskedImage } from "./image.js";
import { resizeBicubic } from "./resize.js";

/** How an image becomes network input, in the reference's words. */
export const preprocessKinds = ["resize_and_crop", "crop", "scale_width", "scale_width_and_crop", "none"] as const;
export type Preprocess = (typeof preprocessKinds)[number];

/** The options of a transform, with the reference's names and meaning. */
export interface TransformOptions {
  readonly preprocess: Preprocess;
  /** Size to resize to, in pixels: both sides, or the width for `scale_width…`. */
  readonly loadSize: number;
  /** Side of the random square, and the least height after `scale_width…`, in pixels. */
  readonly cropSize: number;
}

/** The random part of a transform as plain numbers: drawn by one generator, applied in any thread. */
export interface RandomChoices {
  /** Position of the crop in its free range, uniform in [0, 1). */
  readonly cropX: number;
  readonly cropY: number;
  readonly flip: boolean;
}

/** No flip, and a crop from the middle. */
export const centered: RandomChoices = { cropX: 0.5, cropY: 0.5, flip: false };

/** Draws the choices for one image. Always draws three numbers, so that `flip` does not change the crops. */
export function drawChoices(random: Random, flip: boolean): RandomChoices {
  return { cropX: random.uniform(), cropY: random.uniform(), flip: random.uniform() < 0.5 && flip };
}

/** Generators halve images twice, so sides must be multiples of 4. */
const SIZE_MULTIPLE = 4;

/** The nearest multiple, at least one; ties go to the even factor, as Python rounds. */
function roundToMultiple(size: number, multiple: number): number {
  const lower = Math.floor(size / multiple);
  const rest = size - lower * multiple;
  const up = rest * 2 > multiple || (rest * 2 === multiple && lower % 2 === 1);
  return Math.max(1, up ? lower + 1 : lower) * multiple;
}

function crops(preprocess: Preprocess): boolean {
  return preprocess.endsWith("crop");
}

/** Width and height of an image before the crop, in pixels. */
export function resizedSize(width: number, height: number, options: TransformOptions): readonly [number, number] {
  const { preprocess, loadSize, cropSize } = options;
  if (preprocess === "resize_and_crop") return [loadSize, loadSize];
  if (preprocess === "crop") return [width, height];
  const scaled = Math.trunc(Math.max((loadSize * height) / width, cropSize));
  const [newWidth, newHeight] = preprocess === "none" ? [width, height] : [loadSize, scaled];
  if (crops(preprocess)) return [newWidth, newHeight];
  return [roundToMultiple(newWidth, SIZE_MULTIPLE), roundToMultiple(newHeight, SIZE_MULTIPLE)];
}

/** Resizes an image to a width and a height. */
type Resize = (image: DeepImage, width: number, height: number) => DeepImage;

/** The most pixels after resizing. Scaled to a width, a narrow image may have more. */
const MOST_PIXELS = 2 ** 26;

/**
 * The deterministic part of the transform, which can be cached. Throws a DataError if the crop does not fit, or for too
 * many pixels.
 */
export function resizeForCrop(image: DeepImage, options: TransformOptions, name: string, resize: Resize = resizeBicubic): DeepImage {
  const [width, height] = resizedSize(image.width, image.height, options);
  const { cropSize, preprocess } = options;
  if (crops(preprocess) && (width < cropSize || height < cropSize)) {
    const advice = preprocess === "crop" ? "or use --preprocess resize_and_crop" : "or a larger --load-size";
    throw new DataError(
      `${name}: expected at least ${cropSize}×${cropSize} pixels to crop from (--preprocess ${preprocess}), ` +
        `got ${width}×${height}. Choose a smaller --crop-size ${advice}.`,
    );
  }
  if (width * height > MOST_PIXELS) {
    throw new DataError(
      `${name}: expected at most ${MOST_PIXELS} pixels after --preprocess ${preprocess}, got ${width}×${height} from ` +
        `${image.width}×${image.height}. Use a --preprocess that crops, or leave the image out.`,
    );
  }
  return resize(image, width, height);
}

/** Converts samples of an image to [−1, 1]. */
function inUnits(samples: ImageSamples): (sample: number) => number {
  const half = whiteOf(samples) / 2;
  return (sample) => sample / half - 1;
}

/** A sample of an image of labels for a network: a class number. */
export const asLabel = (sample: number): number => sample;

/** The random part of the transform: crop and flip; then to float32, by default in [−1, 1]. */
export function cropAndFlip(
  image: DeepImage,
  options: TransformOptions,
  choices: RandomChoices,
  convert: (sample: number) => number = inUnits(image.data),
): ImageBatch {
  const { width, height, channels, data } = image;
  const [w, h] = crops(options.preprocess) ? [options.cropSize, options.cropSize] : [width, height];
  const left = Math.floor(choices.cropX * (width - w + 1));
  const top = Math.floor(choices.cropY * (height - h + 1));
  const floats = new Float32Array(h * w * channels);
  let target = 0;
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const source = ((top + y) * width + left + (choices.flip ? w - 1 - x : x)) * channels;
      for (let channel = 0; channel < channels; channel++) {
        floats[target++] = convert(data[source + channel] ?? 0);
      }
    }
  }
  return { shape: [1, h, w, channels], data: floats };
}

/**
 * The left or right half of an image's columns; the middle one of an odd number belongs to neither. Throws a DataError, with the
 * image's name, if there is only one.
 */
export function halfOf(image: DeepImage, half: "left" | "right", name: string): DeepImage {
  const width = Math.floor(image.width / 2);
  if (width < 1) throw new DataError(`${name}: expected a pair of images side by side, got an image that is 1 pixel wide.`);
  return cropImage(image, { left: half === "left" ? 0 : image.width - width, top: 0, width, height: image.height });
}

/**
 * A whole image as a batch of one, for a network: 2 · v / white − 1 of each sample v, where white is 255, 65535 or, for floats, 1.
 *
 * Shape: `[1, h, w, channels]`, float32 in [−1, 1]. The alpha channel is left out, a mask is kept. Throws a DataError for a wrong
 * number of samples.
 */
export function imageToBatch(image: DeepImage | MaskedImage): ImageBatch {
  checkImage("imageToBatch", image);
  const { width, height, channels, data } = image;
  const half = whiteOf(data) / 2;
  const batch = { shape: [1, height, width, channels] as const, data: new Float32Array(data).map((value) => value / half - 1) };
  return "mask" in image && image.mask ? { ...batch, mask: image.mask } : batch;
}

/**
 * The images of a batch in 8 bits: (x + 1) · 127.5 of each value x, clipped to 0 … 255 and rounded. NaN becomes 0.
 *
 * Shape: `[n, h, w, c]` becomes n images, with their masks. Throws a DataError unless c is 1 to 16.
 */
export function batchToImages({ shape, data, mask }: ImageBatch): MaskedImage[] {
  const [n, height, width, channels] = shape;
  if (!isChannels(channels)) {
    throw new DataError(`batchToImages: expected 1 to ${MOST_CHANNELS} channels, got [${shape.join(", ")}].`);
  }
  const pixels = height * width;
  const size = pixels * channels;
  return Array.from({ length: n }, (_, index) => {
    const clamped = new Uint8ClampedArray(size);
    for (let at = 0; at < size; at++) clamped[at] = ((data[index * size + at] ?? 0) + 1) * 127.5;
    const image: Image = { width, height, channels, data: new Uint8Array(clamped.buffer) };
    return mask ? { ...image, mask: mask.slice(index * pixels, (index + 1) * pixels) } : image;
  });
}

/**
 * Samples of the type of `like` for values of a network: (x + 1) / 2 · white, clipped to 0 … white; whole numbers are rounded. NaN
 * becomes 0.
 */
export function samplesOf(values: Float32Array, like: ImageSamples): ImageSamples {
  const samples = samplesLike(like, values.length);
  const white = whiteOf(like);
  const isWhole = white > 1;
  for (let at = 0; at < values.length; at++) {
    const value = Math.min(white, Math.max(0, ((values[at] ?? 0) + 1) * (white / 2))) || 0;
    samples[at] = isWhole ? Math.round(value) : value;
  }
  return samples;
}
