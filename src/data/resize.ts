/** Bicubic resizing, bit for bit Pillow's. */
import { DataError } from "../errors.js";
import { checkImage, type Image } from "./image.js";

// Equal to Pillow's BICUBIC on 8-bit images, so that a network sees the same images as in the reference.

const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);
const SUPPORT = 2;

/** Keys' cubic with a = −0.5. */
function cubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * a;
  return 0;
}

interface Window {
  /** First input sample. */
  readonly start: number;
  /** Fixed-point weights, summing to about 2²². */
  readonly weights: Int32Array;
}

/** The input samples and weights of each output sample. The kernel widens for smaller outputs, which is the antialiasing. */
function windows(inputSize: number, outputSize: number): Window[] {
  const scale = inputSize / outputSize;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: outputSize }, (_, index) => {
    const center = (index + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - SUPPORT * stretch + 0.5));
    const end = Math.min(inputSize, Math.trunc(center + SUPPORT * stretch + 0.5));
    const real = Array.from({ length: end - start }, (__, k) => cubic((start + k - center + 0.5) * (1 / stretch)));
    const sum = real.reduce((total, weight) => total + weight, 0);
    const fixed = real.map((weight) => {
      const scaled = (weight / sum) * (1 << PRECISION_BITS);
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
 * Resizes with antialiasing, equal to Pillow's BICUBIC. Returns the image itself if it already has that size. With an
 * alpha channel, colours count by their opacity, so that the colour of what is transparent does not show.
 *
 * Shape: sizes in pixels, whole numbers of at least 1. Throws a DataError for others. Source: Keys, "Cubic convolution
 * interpolation for digital image processing", 1981, with a = −0.5.
 */
export function resizeBicubic(image: Image, width: number, height: number): Image {
  checkImage("resizeBicubic", image);
  const { channels, alpha } = image;
  if (![width, height].every((side) => Number.isSafeInteger(side) && side >= 1)) {
    throw new DataError(`resizeBicubic: expected sides of at least 1 pixel, got ${width}×${height}.`);
  }
  if (width === image.width && height === image.height) return image;
  const resize = (samples: Uint8Array, each: number): Uint8Array =>
    resizeSamples(samples, each, [image.width, image.height], [width, height]);
  if (!alpha) return { width, height, channels, data: resize(image.data, channels) };
  const opacity = resize(alpha, 1);
  const weighted = resize(weigh(image.data, alpha, channels, times), channels);
  return { width, height, channels, data: weigh(weighted, opacity, channels, dividedBy), alpha: opacity };
}
