/** What the tasks make of pictures: their luminance, their edges, a bad photograph of them. */
import type { Image } from "../data/image.js";
import { luminanceOf } from "../data/luminance.js";
import type { Random } from "../random.js";

/** An RGB image of gray values from 0 to 255, rounded. */
function grayImage({ width, height }: Image, values: Float32Array): Image {
  const rounded = new Uint8ClampedArray(width * height * 3);
  for (let index = 0; index < rounded.length; index++) rounded[index] = values[Math.floor(index / 3)] ?? 0;
  return { width, height, channels: 3, data: new Uint8Array(rounded.buffer) };
}

/** An RGB image without its colours, as RGB. */
export function toGray(image: Image): Image {
  return grayImage(image, luminanceOf(image.data, image.channels));
}

/** Sobel's magnitude from which a pixel is an edge, of at most 4 · 255 · √2. */
const EDGE = 80;

/**
 * The edges of an image: black lines, one or two pixels wide, on white, as RGB. An edge is a pixel whose Sobel magnitude of
 * luminance is at least 80 and not lower than that of its two neighbours along the gradient (non-maximum suppression).
 *
 * Source: Canny, "A Computational Approach to Edge Detection", PAMI 8(6), 1986, without its hysteresis.
 */
export function toEdges(image: Image): Image {
  const { width, height } = image;
  const y = luminanceOf(image.data, image.channels);
  const clamp = (value: number, size: number): number => Math.min(size - 1, Math.max(0, value));
  const at = (values: Float32Array, row: number, column: number): number => values[clamp(row, height) * width + clamp(column, width)] ?? 0;
  const smoothed = (row: number, column: number, down: number, right: number): number =>
    at(y, row - down, column - right) + 2 * at(y, row, column) + at(y, row + down, column + right);
  const gradients = Array.from({ length: width * height }, (_, pixel) => {
    const [row, column] = [Math.floor(pixel / width), pixel % width];
    const gx = smoothed(row, column + 1, 1, 0) - smoothed(row, column - 1, 1, 0);
    const gy = smoothed(row + 1, column, 0, 1) - smoothed(row - 1, column, 0, 1);
    return { row, column, gx, gy };
  });
  const magnitude = Float32Array.from(gradients, ({ gx, gy }) => Math.hypot(gx, gy));
  const lines = gradients.map(({ row, column, gx, gy }, pixel) => {
    const own = magnitude[pixel] ?? 0;
    const scale = Math.max(Math.abs(gx), Math.abs(gy)) || 1;
    const [down, right] = [Math.round(gy / scale), Math.round(gx / scale)];
    const isPeak = own >= at(magnitude, row + down, column + right) && own >= at(magnitude, row - down, column - right);
    return own >= EDGE && isPeak ? 0 : 255;
  });
  return grayImage(image, Float32Array.from(lines));
}

/** The standard deviation of the blur, in pixels, the share of contrast that is left, and the standard deviation of the noise, of 255. */
const bad = { blur: 0.8, contrast: 0.55, noise: 10 } as const;

/** Weights of a Gaussian blur at the distances 0, 1 and 2; they sum to 1 over both sides. */
function blurWeights(): readonly number[] {
  const weights = [0, 1, 2].map((distance) => Math.exp(-(distance ** 2) / (2 * bad.blur ** 2)));
  const sum = weights.reduce((total, weight, distance) => total + weight * (distance === 0 ? 1 : 2), 0);
  return weights.map((weight) => weight / sum);
}

/** A bad photograph of an image: blurred, flat and noisy. */
export function toBadPhoto(image: Image, random: Random): Image {
  const { width, height, channels } = image;
  const weights = blurWeights();
  const blur = (values: ArrayLike<number>, size: number, step: number): Float32Array =>
    Float32Array.from(values, (_, index) => {
      const place = Math.floor(index / step) % size;
      const at = (offset: number): number => values[index + (Math.min(size - 1, Math.max(0, place + offset)) - place) * step] ?? 0;
      return weights.reduce((sum, weight, distance) => sum + weight * (distance === 0 ? at(0) : at(-distance) + at(distance)), 0);
    });
  const blurred = blur(blur(image.data, width, channels), height, width * channels);
  const data = new Uint8ClampedArray(blurred.length);
  for (const [index, value] of blurred.entries()) data[index] = 128 + (value - 128) * bad.contrast + bad.noise * random.normal();
  return { width, height, channels, data: new Uint8Array(data.buffer) };
}
