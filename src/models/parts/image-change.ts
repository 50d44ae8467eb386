import type { ImageBatch } from "../../data/image.js";
import { luminanceOf } from "../../data/luminance.js";

/** How a translation changed its input. */
export interface ImageChange {
  /** Pearson's correlation of input and output luminance over the pixels: 1 unchanged or rescaled, −1 inverted. */
  readonly correlation: number;
  /** Root mean square of output − input, relative to the input's standard deviation over pixels and channels. */
  readonly relative: number;
}

/** An image in [−1, 1] whose luminance has a lower standard deviation is flat, and is not judged. */
const LEAST_CONTRAST = 0.02;

/**
 * Compares input and output, averaged over the images of a batch. Pairs with a flat image, or without pixels that count, are left out; undefined if all are.
 *
 * If the input has a mask, only pixels inside count. Luminance is that of the first three channels as RGB, or the first channel if there are fewer.
 *
 * Shape: [n, h, w, c] each, the same n, h and w; in [−1, 1].
 */
export function imageChange(input: ImageBatch, output: ImageBatch): ImageChange | undefined {
  const changes = Array.from({ length: input.shape[0] }, (_, index) => {
    return changeOf(pixelsOf(input, index, input.mask), pixelsOf(output, index, input.mask));
  });
  const told = changes.filter((change) => change !== undefined);
  if (told.length === 0) return undefined;
  return {
    correlation: mean(told.map(({ correlation }) => correlation)),
    relative: mean(told.map(({ relative }) => relative)),
  };
}

interface Pixels {
  readonly values: Float32Array;
  readonly luminance: Float32Array;
}

/** The pixels of an image of a batch, in which `mask` says which count. */
function pixelsOf({ shape: [, h, w, c], data }: ImageBatch, index: number, mask: Float32Array | undefined): Pixels {
  const all = data.subarray(index * h * w * c, (index + 1) * h * w * c);
  const values = mask ? all.filter((_, at) => mask[index * h * w + Math.floor(at / c)] !== 0) : all;
  return { values, luminance: c === 1 ? values : luminanceOf(values, c) };
}

function changeOf(input: Pixels, output: Pixels): ImageChange | undefined {
  if (input.values.length === 0) return undefined;
  const { variance: varianceIn, other: varianceOut, covariance } = momentsOf(input.luminance, output.luminance);
  if (Math.min(varianceIn, varianceOut) < LEAST_CONTRAST ** 2) return undefined;
  // Between colour and gray only the luminance can be compared.
  const alike = input.values.length === output.values.length;
  const [from, to] = alike ? [input.values, output.values] : [input.luminance, output.luminance];
  const square = mean(Float32Array.from(from, (value, i) => (value - (to[i] ?? 0)) ** 2));
  return {
    correlation: covariance / Math.sqrt(varianceIn * varianceOut),
    relative: Math.sqrt(square / momentsOf(from, from).variance),
  };
}

function momentsOf(x: Float32Array, y: Float32Array) {
  const [meanX, meanY] = [mean(x), mean(y)];
  let [variance, other, covariance] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [(x[i] ?? 0) - meanX, (y[i] ?? 0) - meanY];
    variance += dx * dx;
    other += dy * dy;
    covariance += dx * dy;
  }
  return { variance: variance / x.length, other: other / x.length, covariance: covariance / x.length };
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return sum / values.length;
}
