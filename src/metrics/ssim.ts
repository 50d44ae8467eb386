/** Structural similarity of two images. */
import type { Image, MaskedImage } from "../data/image.js";
import { ShapeError } from "../errors.js";
import { requireSameSize } from "./pixel-error.js";

const RADIUS = 5;
const SIGMA = 1.5;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/** The weights of the 11 taps, which sum to 1. */
function gaussian(): Float64Array {
  const taps = Float64Array.from({ length: 2 * RADIUS + 1 }, (_, i) => Math.exp(-0.5 * ((i - RADIUS) / SIGMA) ** 2));
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

const window = gaussian();

interface Gray {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/** One pass of the window over the `width` × `height` places where it fits; its samples are `step` apart in memory. */
function slide(data: Float64Array, rowLength: number, step: number, width: number, height: number): Float64Array {
  const output = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let tap = 0; tap < window.length; tap++) sum += (window[tap] ?? 0) * (data[y * rowLength + x + tap * step] ?? 0);
      output[y * width + x] = sum;
    }
  }
  return output;
}

/** The weighted means of the window at every place where it fits. */
function means({ width, height, data }: Gray): Float64Array {
  const across = width - 2 * RADIUS;
  return slide(slide(data, width, 1, across, height), across, across, across, height - 2 * RADIUS);
}

function planeOf({ width, height, channels, data }: Image, channel: number): Float64Array {
  return Float64Array.from({ length: width * height }, (_, pixel) => data[pixel * channels + channel] ?? 0);
}

/** Whether the middle of each place of the window is inside of a mask; undefined if there is none. */
function middlesInside({ width, height, mask }: MaskedImage): readonly boolean[] | undefined {
  if (!mask) return undefined;
  const across = width - 2 * RADIUS;
  return Array.from({ length: across * (height - 2 * RADIUS) }, (_, place) => {
    return mask[(Math.floor(place / across) + RADIUS) * width + (place % across) + RADIUS] !== 0;
  });
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function channelSsim(size: Size, a: Float64Array, b: Float64Array, counts: readonly boolean[] | undefined): number {
  const meansOf = (data: Float64Array): Float64Array => means({ ...size, data });
  const product = (x: Float64Array, y: Float64Array): Float64Array => x.map((value, index) => value * (y[index] ?? 0));
  const [meanA, meanB] = [meansOf(a), meansOf(b)];
  const [squareA, squareB, cross] = [meansOf(product(a, a)), meansOf(product(b, b)), meansOf(product(a, b))];
  const total = meanA.reduce((sum, muA, index) => {
    if (counts && !counts[index]) return sum;
    const muB = meanB[index] ?? 0;
    const variances = (squareA[index] ?? 0) - muA * muA + (squareB[index] ?? 0) - muB * muB;
    const covariance = (cross[index] ?? 0) - muA * muB;
    return sum + ((2 * muA * muB + C1) * (2 * covariance + C2)) / ((muA * muA + muB * muB + C1) * (variances + C2));
  }, 0);
  return total / (counts ? counts.filter(Boolean).length : meanA.length);
}

/**
 * Structural similarity: mean of (2 μₐμ_b + C₁)(2 σₐ_b + C₂) / ((μₐ² + μ_b² + C₁)(σₐ² + σ_b² + C₂)); 1 for equal images.
 *
 * Moments are weighted by a Gaussian window of 11×11 pixels, σ 1.5, and divided by the sum of its weights. Only places where
 * the whole window fits count, so a border of 5 pixels is left out. If a has a mask, only windows with their middle inside count; NaN
 * if there are none. For colour images it is the mean over the channels. C₁ = (0.01 · 255)², C₂ = (0.03 · 255)². Throws ShapeError for
 * images of different sizes, or below 11×11 pixels.
 * Source: Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE TIP 2004, section III.
 */
export function ssim(a: MaskedImage, b: Image): number {
  requireSameSize("ssim", a, b);
  const { width, height, channels } = a;
  if (Math.min(width, height) < window.length) {
    throw new ShapeError(`ssim: expected images of at least 11×11 pixels, got ${width}×${height}. Compare larger ones.`);
  }
  const counts = middlesInside(a);
  const each = Array.from({ length: channels }, (_, channel) => {
    return channelSsim({ width, height }, planeOf(a, channel), planeOf(b, channel), counts);
  });
  return each.reduce((sum, value) => sum + value, 0) / channels;
}
