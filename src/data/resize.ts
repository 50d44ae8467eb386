/** Bicubic resizing, bit for bit Pillow's. */
import { DataError } from "../errors.js";
import { checkImage, type DeepImage, type Image } from "./image.js";
import { resizeDeep } from "./resize-deep.js";
import { bicubicWindows } from "./bicubic.js";

// Equal to Pillow's BICUBIC on 8-bit images, so that a network sees the same images as in the reference. More than 8 bits
// are resized in `resize-deep.ts`.

const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

interface Window {
  /** First input sample. */
  readonly start: number;
  /** Fixed-point weights, summing to about 2²². */
  readonly weights: Int32Array;
}

function windows(inputSize: number, outputSize: number): Window[] {
  return bicubicWindows(inputSize, outputSize).map(({ start, weights }) => {
    const fixed = weights.map((weight) => {
      const scaled = weight * (1 << PRECISION_BITS);
      return Math.trunc(scaled + (scaled < 0 ? -0.5 : 0.5));
    });
    return { start, weights: Int32Array.from(fixed) };
  });
}

interface Axis {
  readonly from: number;
  readonly to: number;
  /** Distance in memory between neighbours along the axis. */
  readonly step: number;
}

/** Filters `lines` rows of samples along one axis; a line has `step` independent columns side by side. */
function pass(input: Uint8Array, lines: number, { from, to, step }: Axis): Uint8Array {
  const output = new Uint8ClampedArray(lines * to * step);
  const filter = windows(from, to);
  for (let line = 0; line < lines; line++) {
    for (let index = 0; index < to; index++) {
      const { start, weights } = filter[index] ?? { start: 0, weights: new Int32Array() };
      const source = (line * from + start) * step;
      const target = (line * to + index) * step;
      for (let column = 0; column < step; column++) {
        let sum = HALF;
        let position = source + column;
        for (let k = 0; k < weights.length; k++) {
          sum += (input[position] ?? 0) * (weights[k] ?? 0);
          position += step;
        }
        output[target + column] = sum >> PRECISION_BITS;
      }
    }
  }
  return new Uint8Array(output.buffer);
}

type Size = readonly [width: number, height: number];

/** The samples at another size. */
function resizeSamples(samples: Uint8Array, channels: number, from: Size, to: Size): Uint8Array {
  const [width, height] = from;
  const [newWidth, newHeight] = to;
  const wide = newWidth === width ? samples : pass(samples, height, { from: width, to: newWidth, step: channels });
  return newHeight === height ? wide : pass(wide, 1, { from: height, to: newHeight, step: newWidth * channels });
}

/** Each colour times its pixel's opacity, or divided by it, rounded as Pillow does. */
function weigh(data: Uint8Array, alpha: Uint8Array, channels: number, by: typeof times): Uint8Array {
  return data.map((value, index) => by(value, alpha[Math.floor(index / channels)] ?? 0));
}

function times(value: number, opacity: number): number {
  const product = value * opacity + 128;
  return ((product >> 8) + product) >> 8;
}

function dividedBy(value: number, opacity: number): number {
  return opacity === 0 || opacity === 255 ? value : Math.min(255, Math.trunc((255 * value) / opacity));
}

/**
 * Resizes with antialiasing, for 8 bits equal to Pillow's BICUBIC. Returns the image itself if it already has that size. With an
 * alpha channel, colours count by their opacity, so that the colour of what is transparent does not show.
 *
 * Shape: sizes in pixels, whole numbers of at least 1. Throws a DataError for others. More than 8 bits are
 * rounded once. Source: Keys, "Cubic convolution interpolation for digital image processing", 1981, with a = −0.5.
 */
export function resizeBicubic(image: Image, width: number, height: number): Image;
export function resizeBicubic(image: DeepImage, width: number, height: number): DeepImage;
export function resizeBicubic(image: DeepImage, width: number, height: number): DeepImage {
  checkImage("resizeBicubic", image);
  if (![width, height].every((side) => Number.isSafeInteger(side) && side >= 1)) {
    throw new DataError(`resizeBicubic: expected sides of at least 1 pixel, got ${width}×${height}.`);
  }
  if (width === image.width && height === image.height) return image;
  return is8Bit(image) ? resize8Bit(image, width, height) : resizeDeep(image, width, height);
}

function is8Bit(image: DeepImage): image is Image {
  return image.data instanceof Uint8Array;
}

function resize8Bit(image: Image, width: number, height: number): Image {
  const { channels, alpha } = image;
  const resize = (samples: Uint8Array, each: number): Uint8Array =>
    resizeSamples(samples, each, [image.width, image.height], [width, height]);
  if (!alpha) return { width, height, channels, data: resize(image.data, channels) };
  const opacity = resize(alpha, 1);
  const weighted = resize(weigh(image.data, alpha, channels, times), channels);
  return { width, height, channels, data: weigh(weighted, opacity, channels, dividedBy), alpha: opacity };
}
