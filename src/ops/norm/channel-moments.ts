/** Moments of an image that is normalised in parts. */
import { imageShape } from "../../shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { normByMoments, normMoments, type Affine, type NormLayout } from "./launch.js";

/** The number of some pixels, and for each channel their mean and the sum of their squared deviations from it. */
export interface ChannelMoments {
  readonly count: number;
  readonly mean: Float64Array;
  readonly squares: Float64Array;
}

/** The moments of no pixels. */
export function noMoments(channels: number): ChannelMoments {
  return { count: 0, mean: new Float64Array(channels), squares: new Float64Array(channels) };
}

/** The moments of two sets of pixels together, by Chan, Golub and LeVeque's update in double precision. */
export function joinMoments(a: ChannelMoments, b: ChannelMoments): ChannelMoments {
  const count = a.count + b.count;
  const share = count === 0 ? 0 : b.count / count;
  const distance = b.mean.map((mean, c) => mean - (a.mean[c] ?? 0));
  const mean = a.mean.map((value, c) => value + (distance[c] ?? 0) * share);
  const squares = a.squares.map((value, c) => value + (b.squares[c] ?? 0) + (distance[c] ?? 0) ** 2 * a.count * share);
  return { count, mean, squares };
}

/** All pixels of a batch as one image. */
function layoutOf(x: Tensor): NormLayout {
  const [n, h, w, c] = imageShape("channelMoments", "x", x.shape);
  return { images: 1, pixels: n * h * w, channels: c };
}

/** The moments of x [n, h, w, c] over n, h and w. Waits for the device. On a rehearsal device, mean and squares are 0. */
export async function channelMoments(x: Tensor): Promise<ChannelMoments> {
  const layout = layoutOf(x);
  const { pixels, channels } = layout;
  const { parts, pixelsPerRange } = normMoments(x.gpu, layout, x);
  using _parts = parts;
  if (x.gpu.isRehearsal) return { ...noMoments(channels), count: pixels };
  const values = Float64Array.from(await parts.data());
  let moments = noMoments(channels);
  for (let first = 0, at = 0; first < pixels; first += pixelsPerRange, at += 2 * channels) {
    const count = Math.min(pixelsPerRange, pixels - first);
    const mean = values.subarray(at, at + channels);
    moments = joinMoments(moments, { count, mean, squares: values.subarray(at + channels, at + 2 * channels) });
  }
  return moments;
}

/**
 * y = a(weight · (x − mean) / sqrt(variance + 1e-5) + bias) + skip with the mean and biased variance of `moments`: the
 * result of `instanceNorm` or `batchNorm` for a part x of a larger image, which has these moments. No gradient.
 *
 * Shape: x [n, h, w, c], the same for skip and out.
 */
export function normaliseBy(x: Tensor, moments: ChannelMoments, slope: number, affine?: Affine, skip?: Tensor): Tensor {
  const { count, mean, squares } = moments;
  const y = Tensor.empty(x.gpu, x.shape, "part of a norm", x.dtype);
  const variance = squares.map((value) => value / Math.max(1, count));
  normByMoments(x.gpu, layoutOf(x), { mean, variance }, { x, affine, slope }, skip, y);
  return y;
}
