import type { ConvGeometry } from "../ops/conv/geometry.js";
import type { Exact } from "./kernel-case.js";

/** The operands of a convolution: x on the wide side, y (or its gradient) on the narrow one, w [kh, kw, c, o]. */
export interface ConvValues {
  readonly x: Float32Array;
  readonly w: Float32Array;
  readonly y: Float32Array;
}

/** Σ a[i]·b[j] over the index pairs. */
function sumOfProducts(a: Float32Array, b: Float32Array, pairs: Iterable<readonly [number, number]>): Exact {
  let value = 0;
  let magnitude = 0;
  for (const [i, j] of pairs) {
    const product = (a[i] ?? Number.NaN) * (b[j] ?? Number.NaN);
    value += product;
    magnitude += Math.abs(product);
  }
  return { value, magnitude };
}

/** Which row (or column) of x an output row reads through a tap; undefined where the padding is zero. */
function sourceOf(g: ConvGeometry, size: number, out: number, tap: number): number | undefined {
  const position = out * g.stride + tap - g.padding;
  if (position >= 0 && position < size) return position;
  if (!g.reflect) return undefined;
  return position < 0 ? -position : 2 * (size - 1) - position;
}

/** Splits a flat index into its three last axes, the first of which takes the rest: these references have n = 1. */
function unflatten(index: number, second: number, third: number): readonly [number, number, number] {
  return [Math.floor(index / (second * third)), Math.floor(index / third) % second, index % third];
}

/** y[oh, ow, o] = Σ x · w. */
export function exactForward(g: ConvGeometry, { x, w }: ConvValues, index: number): Exact {
  const [oh, ow, o] = unflatten(index, g.outWidth, g.outChannels);
  function* pairs(): Generator<[number, number]> {
    for (let kh = 0; kh < g.kernelHeight; kh++) {
      const ih = sourceOf(g, g.height, oh, kh);
      for (let kw = 0; kw < g.kernelWidth; kw++) {
        const iw = sourceOf(g, g.width, ow, kw);
        if (ih === undefined || iw === undefined) continue;
        for (let c = 0; c < g.channels; c++) {
          const tap = (kh * g.kernelWidth + kw) * g.channels + c;
          yield [(ih * g.width + iw) * g.channels + c, tap * g.outChannels + o];
        }
      }
    }
  }
  return sumOfProducts(x, w, pairs());
}

/** The (output, tap) pairs through which a row (or column) of x is read. */
function readers(g: ConvGeometry, size: number, outSize: number, taps: number, position: number): [number, number][] {
  const found: [number, number][] = [];
  for (let out = 0; out < outSize; out++) {
    for (let tap = 0; tap < taps; tap++) if (sourceOf(g, size, out, tap) === position) found.push([out, tap]);
  }
  return found;
}

/** dx[ih, iw, c] = Σ dy · w over all outputs and taps that read it: the transposed convolution. */
export function exactTransposed(g: ConvGeometry, { w, y }: ConvValues, index: number): Exact {
  const [ih, iw, c] = unflatten(index, g.width, g.channels);
  function* pairs(): Generator<[number, number]> {
    const columns = readers(g, g.width, g.outWidth, g.kernelWidth, iw);
    for (const [oh, kh] of readers(g, g.height, g.outHeight, g.kernelHeight, ih)) {
      for (const [ow, kw] of columns) {
        const tap = (kh * g.kernelWidth + kw) * g.channels + c;
        for (let o = 0; o < g.outChannels; o++) {
          yield [(oh * g.outWidth + ow) * g.outChannels + o, tap * g.outChannels + o];
        }
      }
    }
  }
  return sumOfProducts(y, w, pairs());
}

/** dw[kh, kw, c, o] = Σ x · dy over all pixels. */
export function exactWeightGrad(g: ConvGeometry, { x, y }: ConvValues, index: number): Exact {
  const [tap, c, o] = unflatten(index, g.channels, g.outChannels);
  function* pairs(): Generator<[number, number]> {
    for (let oh = 0; oh < g.outHeight; oh++) {
      const ih = sourceOf(g, g.height, oh, Math.floor(tap / g.kernelWidth));
      for (let ow = 0; ow < g.outWidth; ow++) {
        const iw = sourceOf(g, g.width, ow, tap % g.kernelWidth);
        if (ih === undefined || iw === undefined) continue;
        yield [(ih * g.width + iw) * g.channels + c, (oh * g.outWidth + ow) * g.outChannels + o];
      }
    }
  }
  return sumOfProducts(x, y, pairs());
}
