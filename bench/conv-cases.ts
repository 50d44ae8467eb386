import type { Gpu } from "../src/gpu/gpu.js";
import { convFlops, type ConvGeometry } from "../src/ops/conv-geometry.js";
import { convForward, convTransposed, convWeightGrad } from "../src/ops/conv-kernels.js";
import type { Random } from "../src/random.js";
import { sizeOf } from "../src/shape.js";
import { Tensor } from "../src/tensor.js";
import { exactForward, exactTransposed, exactWeightGrad, type ConvValues } from "./conv-reference.js";
import { randomValues, type Exact, type KernelCase, type PreparedKernel } from "./kernel-case.js";

interface Layer {
  readonly name: string;
  /** Side of the wide image, in pixels. */
  readonly size: number;
  readonly channels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride?: 2;
  readonly padding: number;
  readonly reflect?: 1;
  /** A transposed convolution goes from the narrow side to the wide one, so its passes change places. */
  readonly transposed?: true;
}

const layers: readonly Layer[] = [
  { name: "conv 3×3 128→128 at 64²", size: 64, channels: 128, outChannels: 128, kernel: 3, padding: 1, reflect: 1 },
  { name: "conv 3×3 64→64 at 32²", size: 32, channels: 64, outChannels: 64, kernel: 3, padding: 1, reflect: 1 },
  { name: "stem 7×7 3→64 at 64²", size: 64, channels: 3, outChannels: 64, kernel: 7, padding: 3, reflect: 1 },
  { name: "head 7×7 64→3 at 64²", size: 64, channels: 64, outChannels: 3, kernel: 7, padding: 3, reflect: 1 },
  { name: "patch 4×4/2 64→128 at 32²", size: 32, channels: 64, outChannels: 128, kernel: 4, stride: 2, padding: 1 },
  {
    name: "convT 3×3/2 128→64 at 32²",
    size: 64,
    channels: 64,
    outChannels: 128,
    kernel: 3,
    stride: 2,
    padding: 1,
    transposed: true,
  },
];

function geometryOf({ size, channels, outChannels, kernel, padding, ...layer }: Layer): ConvGeometry {
  const stride = layer.stride ?? 1;
  const reflect = layer.reflect ?? 0;
  const out = Math.floor((size + 2 * padding - kernel) / stride) + 1;
  const wide = { n: 1, height: size, width: size, channels };
  const narrow = { outHeight: out, outWidth: out, outChannels };
  return { ...wide, ...narrow, kernelHeight: kernel, kernelWidth: kernel, stride, padding, reflect };
}

type Operands = Readonly<Record<"x" | "w" | "y", Tensor>>;

interface Pass {
  readonly writes: keyof Operands;
  readonly record: (gpu: Gpu, g: ConvGeometry, operands: Operands) => void;
  readonly exact: (g: ConvGeometry, values: ConvValues, index: number) => Exact;
}

const forward: Pass = {
  writes: "y",
  record: (gpu, g, { x, w, y }) => convForward(gpu, g, x, w, undefined, y),
  exact: exactForward,
};
const transposed: Pass = {
  writes: "x",
  record: (gpu, g, { x, w, y }) => convTransposed(gpu, g, y, w, undefined, x),
  exact: exactTransposed,
};
const weightGrad: Pass = {
  writes: "w",
  record: (gpu, g, { x, w, y }) => convWeightGrad(gpu, g, x, y, w),
  exact: exactWeightGrad,
};

function prepare(gpu: Gpu, random: Random, g: ConvGeometry, pass: Pass): PreparedKernel {
  const shapes = {
    x: [g.n, g.height, g.width, g.channels],
    w: [g.kernelHeight, g.kernelWidth, g.channels, g.outChannels],
    y: [g.n, g.outHeight, g.outWidth, g.outChannels],
  };
  const values = {
    x: randomValues(random, sizeOf(shapes.x)),
    w: randomValues(random, sizeOf(shapes.w)),
    y: randomValues(random, sizeOf(shapes.y)),
  };
  // The output holds random numbers too, so what a kernel does not write is found wrong.
  const operands = {
    x: Tensor.from(gpu, shapes.x, values.x),
    w: Tensor.from(gpu, shapes.w, values.w),
    y: Tensor.from(gpu, shapes.y, values.y),
  };
  const run = (): Tensor => {
    pass.record(gpu, g, operands);
    return operands[pass.writes];
  };
  return { run, exact: (index) => pass.exact(g, values, index) };
}

function casesOf(layer: Layer): KernelCase[] {
  const g = geometryOf(layer);
  const passes = { forward, "input gradient": transposed, "weight gradient": weightGrad };
  if (layer.transposed) Object.assign(passes, { forward: transposed, "input gradient": forward });
  return Object.entries(passes).map(([name, pass]) => ({
    name: `${layer.name} ${name}`,
    bound: "arithmetic",
    amount: convFlops(g),
    prepare: (gpu, random) => prepare(gpu, random, g, pass),
  }));
}

/** CycleGAN's convolutions, each forward and both gradients, at sizes that a software adapter can bear. */
export const convCases: readonly KernelCase[] = layers.flatMap(casesOf);
