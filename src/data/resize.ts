import type { Image } from "./image.js";

// Bit for bit what Pillow's BICUBIC does to 8-bit images, so that a network sees here what it saw in the reference.

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

/** The input samples and weights of each output sample; the kernel widens when shrinking, which is the antialiasing. */
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
  readonly size: number;
  /** Distance in memory between neighbours along the axis. */
  readonly step: number;
}

/** Filters along one axis; `lines` is the other axis and `channels` are contiguous. */
function pass(input: Uint8Array, from: Axis, to: Axis, lines: number, lineSteps: [number, number], channels: number) {
  const output = new Uint8ClampedArray(lines * to.size * channels);
  for (const [index, { start, weights }] of windows(from.size, to.size).entries()) {
    for (let line = 0; line < lines; line++) {
      const first = line * lineSteps[0] + start * from.step;
      const target = line * lineSteps[1] + index * to.step;
      for (let channel = 0; channel < channels; channel++) {
        let sum = HALF;
        let position = first + channel;
        for (const weight of weights) {
          sum += (input[position] ?? 0) * weight;
          position += from.step;
        }
        output[target + channel] = sum >> PRECISION_BITS;
      }
    }
  }
  return new Uint8Array(output.buffer);
}

/** Antialiased bicubic resize, equal to Pillow's BICUBIC; the image itself when it has that size already. */
export function resizeBicubic(image: Image, width: number, height: number): Image {
  const { channels } = image;
  let data = image.data;
  if (width !== image.width) {
    const [from, to] = [{ size: image.width, step: channels }, { size: width, step: channels }];
    data = pass(data, from, to, image.height, [image.width * channels, width * channels], channels);
  }
  if (height !== image.height) {
    const step = width * channels;
    const [from, to] = [{ size: image.height, step }, { size: height, step }];
    data = pass(data, from, to, width, [channels, channels], channels);
  }
  return data === image.data ? image : { width, height, channels, data };
}
