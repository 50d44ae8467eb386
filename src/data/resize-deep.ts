/** Bicubic resizing of samples with more than 8 bits. */
import { bicubicWindows } from "./bicubic.js";
import { samplesLike, whiteOf, type DeepImage, type ImageSamples } from "./image.js";
import { storedLike } from "./stored-samples.js";

/** Filters `lines` rows of samples along one axis; a line has `step` independent columns side by side. */
function pass(input: ImageSamples, lines: number, from: number, to: number, step: number): Float32Array {
  const output = new Float32Array(lines * to * step);
  for (const [index, { start, weights }] of bicubicWindows(from, to).entries()) {
    for (let line = 0; line < lines; line++) {
      const source = (line * from + start) * step;
      const target = (line * to + index) * step;
      for (let column = 0; column < step; column++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += (input[source + column + k * step] ?? 0) * (weights[k] ?? 0);
        output[target + column] = sum;
      }
    }
  }
  return output;
}

/** Samples of the type of `like`, clipped to black and white. Whole numbers are rounded. */
function clipped(values: Float32Array, like: ImageSamples): ImageSamples {
  const samples = samplesLike(like, values.length);
  const white = whiteOf(like);
  const isWhole = !(like instanceof Float32Array);
  for (let at = 0; at < values.length; at++) {
    const value = Math.min(white, Math.max(0, values[at] ?? 0));
    samples[at] = isWhole ? Math.round(value) : value;
  }
  return samples;
}

/** The opacity of a sample's pixel, from 0 to 1. */
function opacityOf(alpha: ImageSamples, index: number, channels: number): number {
  return (alpha[Math.floor(index / channels)] ?? 0) / whiteOf(alpha);
}

function weighted({ data, channels }: DeepImage, alpha: ImageSamples): Float32Array {
  return new Float32Array(data).map((value, index) => value * opacityOf(alpha, index, channels));
}

/** `resizeBicubic` for an image of another size: sums in float64, float32 between the two passes. */
export function resizeDeep(image: DeepImage, width: number, height: number): DeepImage {
  const { channels, data, alpha, stored } = image;
  const storage = stored && { stored: storedLike(stored) };
  const resize = (samples: ImageSamples, each: number): Float32Array =>
    pass(pass(samples, image.height, image.width, width, each), 1, image.height, height, width * each);
  if (!alpha) return { width, height, channels, data: clipped(resize(data, channels), data), ...storage };
  const opacity = clipped(resize(alpha, 1), alpha);
  const colours = resize(weighted(image, alpha), channels).map((value, index) => {
    const shown = opacityOf(opacity, index, channels);
    return shown > 0 ? value / shown : 0;
  });
  return { width, height, channels, data: clipped(colours, data), alpha: opacity, ...storage };
}
