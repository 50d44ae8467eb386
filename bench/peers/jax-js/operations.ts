import { lax, nn, numpy as np, type Array as Tensor } from "@jax-js/jax";
import { storeFloat32, type StoredTensor } from "../../../src/io/safetensors.js";
import type { Tensors } from "../engine.js";
import type { Operations } from "../layers.js";
import { stored } from "../layouts.js";

// Each function consumes its arguments, as in jax-js. `.ref` returns another handle.

export function load(inputs: Tensors, name: string): Tensor {
  const { shape, values } = stored(inputs, name);
  return np.array(Float32Array.from(values), { shape: [...shape] });
}

export async function unload(tensor: Tensor): Promise<StoredTensor> {
  const { shape } = tensor;
  return storeFloat32(shape, Float32Array.from(await tensor.data()));
}

type Sides = readonly [number, number];

function sizesOf({ shape: [a = 1, b = 1, c = 1, d = 1] }: Tensor): readonly [number, number, number, number] {
  return [a, b, c, d];
}

export function conv(x: Tensor, weight: Tensor, stride: number, [before, after]: Sides): Tensor {
  return lax.convGeneralDilated(x, weight, [stride, stride], [
    [before, after],
    [before, after],
  ]);
}

/** Reflection padding from slices, because `np.pad` with "reflect" pads with zeros. */
export function reflect(x: Tensor, padding: number): Tensor {
  const [, , h, w] = sizesOf(x);
  const top = np.flip(x.ref.slice([], [], [1, padding + 1]), 2);
  const bottom = np.flip(x.ref.slice([], [], [h - 1 - padding, h - 1]), 2);
  const tall = np.concatenate([top, x, bottom], 2);
  const left = np.flip(tall.ref.slice([], [], [], [1, padding + 1]), 3);
  const right = np.flip(tall.ref.slice([], [], [], [w - 1 - padding, w - 1]), 3);
  return np.concatenate([left, tall, right], 3);
}

/** The taps of a kernel for one phase of a stride of 2, in reverse order, and the padding for that phase. */
function phaseTaps(phase: number, kernel: number, padding: number, size: number, outSize: number) {
  const first = (phase + padding) % 2;
  const taps: number[] = [];
  for (let tap = first; tap < kernel; tap += 2) taps.unshift(tap);
  const before = taps.length - 1 - (phase + padding - first) / 2;
  return { taps, before, after: outSize / 2 + taps.length - 1 - size - before };
}

/**
 * A transposed convolution with stride 2, computed phase by phase as convolutions with stride 1, because jax-js's gradients with
 * dilated inputs are wrong on WebGPU for some sizes. Shapes: x [1, c, h, w], weight [c, o, k, k] → [1, o, s, s].
 */
export function transposedByPhases(x: Tensor, weight: Tensor, padding: number, outSize: number): Tensor {
  const [n, , size] = sizesOf(x);
  const [, out, kernel] = sizesOf(weight);
  const flipped = weight.transpose([1, 0, 2, 3]);
  const pick = (from: Tensor, taps: readonly number[], axis: 2 | 3): Tensor => {
    const parts = taps.map((tap) => (axis === 2 ? from.ref.slice([], [], [tap, tap + 1]) : from.ref.slice([], [], [], [tap, tap + 1])));
    from.dispose();
    return np.concatenate(parts, axis);
  };
  const phases = [0, 1].flatMap((row) =>
    [0, 1].map((column) => {
      const rows = phaseTaps(row, kernel, padding, size, outSize);
      const columns = phaseTaps(column, kernel, padding, size, outSize);
      const part = pick(pick(flipped.ref, rows.taps, 2), columns.taps, 3);
      return lax.convGeneralDilated(x.ref, part, [1, 1], [
        [rows.before, rows.after],
        [columns.before, columns.after],
      ]);
    }),
  );
  x.dispose();
  flipped.dispose();
  const half = outSize / 2;
  const stacked = np.stack(phases).reshape([2, 2, n, out, half, half]);
  return stacked.transpose([2, 3, 4, 0, 5, 1]).reshape([n, out, outSize, outSize]);
}

/**
 * A convolution with stride 2, computed with stride 1 over the four phases of the image, so that its gradients have stride 1 too.
 * A 3×3 kernel gets a fourth row and column of zeros.
 */
function stridedByPhases(x: Tensor, weight: Tensor, padding: number): Tensor {
  const [n, c, h, w] = sizesOf(x);
  const [out, , kernel] = sizesOf(weight);
  const sides: [number, number] = [padding, padding];
  const [rows, columns] = [h / 2 + padding, w / 2 + padding];
  const phases = np
    .pad(x, [[0, 0], [0, 0], sides, sides])
    .reshape([n, c, rows, 2, columns, 2])
    .transpose([0, 1, 3, 5, 2, 4])
    .reshape([n, 4 * c, rows, columns]);
  const fourth: [number, number] = [0, kernel % 2];
  const taps = Math.ceil(kernel / 2);
  const kernels = np
    .pad(weight, [[0, 0], [0, 0], fourth, fourth])
    .reshape([out, c, taps, 2, taps, 2])
    .transpose([0, 1, 3, 5, 2, 4])
    .reshape([out, 4 * c, taps, taps]);
  return conv(phases, kernels, 1, [0, 0]);
}

export function instanceNorm(x: Tensor): Tensor {
  const centred = x.ref.sub(x.mean([2, 3], { keepdims: true }));
  const variance = np.square(centred.ref).mean([2, 3], { keepdims: true });
  return centred.mul(np.reciprocal(np.sqrt(variance.add(1e-5))));
}

export const operations: Operations<Tensor> = {
  share: (x) => x.ref,
  reflect,
  conv: (x, weight, stride, padding) => {
    return stride === 1 ? conv(x, weight, 1, [padding, padding]) : stridedByPhases(x, weight, padding);
  },
  convTranspose: (x, weight) => transposedByPhases(x, weight, 1, 2 * sizesOf(x)[2]),
  addBias: (x, bias) => x.add(bias.reshape([1, -1, 1, 1])),
  instanceNorm,
  relu: (x) => nn.relu(x),
  leakyRelu: (x) => nn.leakyRelu(x, 0.2),
  tanh: (x) => np.tanh(x),
  add: (a, b) => a.add(b),
};
