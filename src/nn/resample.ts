/** Layers that halve or double an image by a fixed filter. */
import type { Gpu } from "../gpu/gpu.js";
import { blurPool2d } from "../ops/image/blur-pool2d.js";
import { upsampleBilinear2d } from "../ops/image/upsample-bilinear2d.js";
import { Tensor } from "../tensor/tensor.js";
import type { Module, Parameter } from "./module.js";

const ops = { blurPool: blurPool2d, upsampleBilinear: upsampleBilinear2d };

export type ResampleKind = keyof typeof ops;

/** The factor of each filter along one axis: filter(i, j) = f(i) · f(j). They are computed in the kernels of the ops. */
export const resampleFilters: Readonly<Record<ResampleKind, readonly number[]>> = {
  blurPool: [0.25, 0.5, 0.25],
  upsampleBilinear: [0.25, 0.75, 0.75, 0.25],
};

/**
 * The op `blurPool2d` or `upsampleBilinear2d`. Its filter is a buffer, so that files of weights match those of the reference, whose
 * Downsample and Upsample keep one for each channel.
 */
export class Resample2d implements Module {
  readonly #op: (x: Tensor) => Tensor;
  readonly #filter: Parameter;

  constructor(gpu: Gpu, kind: ResampleKind, channels: number) {
    this.#op = ops[kind];
    const factors = resampleFilters[kind];
    const fixed = factors.flatMap((row) => factors.flatMap((column) => Array.from({ length: channels }, () => row * column)));
    const tensor = Tensor.untracked(gpu, [factors.length, factors.length, 1, channels], "filter");
    this.#filter = { kind: "filter", tensor, fixed: Float32Array.from(fixed) };
  }

  forward(x: Tensor): Tensor {
    return this.#op(x);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map([["filt", this.#filter]]);
  }
}
