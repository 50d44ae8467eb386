import type { Gpu } from "../src/gpu/gpu.js";
import { add } from "../src/ops/elementwise/add.js";
import { conv2d } from "../src/ops/conv/conv2d.js";
import { leakyRelu } from "../src/ops/elementwise/leaky-relu.js";
import { reflectionPad2d } from "../src/ops/image/reflection-pad2d.js";
import { tanh } from "../src/ops/elementwise/tanh.js";
import type { Random } from "../src/random.js";
import { sizeOf } from "../src/shape.js";
import type { Tensor } from "../src/tensor/tensor.js";
import { forwardOf, gradientOf, randomOperand, type Exact, type KernelCase, type PreparedKernel } from "../src/bench/kernel-case.js";
import type { NetworkSize } from "../src/bench/network.js";

const SLOPE = 0.2;
/** WGSL allows tanh an absolute error of 1e-5 for |x| < 1, the error of sinh(x) / cosh(x) in float32. */
const TANH_TOLERANCE = 1e-5;

type Shape4 = readonly [n: number, h: number, w: number, c: number];

/** An op y = op(x), with its value and derivative for one element as the reference. */
interface Elementwise {
  readonly name: string;
  readonly shape: Shape4;
  readonly op: (x: Tensor) => Tensor;
  readonly value: (x: number) => number;
  readonly derivative: (x: number) => number;
  readonly tolerance?: number;
}

function elementwiseCases({ name, shape, op, value, derivative, tolerance }: Elementwise): KernelCase[] {
  const bytes = 4 * sizeOf(shape);
  const common = { flops: 0, ...(tolerance !== undefined && { tolerance }) };
  const forward = (gpu: Gpu, random: Random): PreparedKernel => {
    const x = randomOperand(gpu, random, shape, "x");
    const exact = (index: number): Exact => {
      const y = value(x.values[index] ?? Number.NaN);
      return { value: y, magnitude: Math.max(Math.abs(y), 1e-3) };
    };
    return { arm: forwardOf(() => op(x.tensor)), exact };
  };
  const backward = (gpu: Gpu, random: Random): PreparedKernel => {
    const x = randomOperand(gpu, random, shape, "x");
    const dy = randomOperand(gpu, random, shape, "dy");
    const tensor = x.tensor.withGrad();
    const exact = (index: number): Exact => {
      const gradient = (dy.values[index] ?? Number.NaN) * derivative(x.values[index] ?? Number.NaN);
      return { value: gradient, magnitude: Math.max(Math.abs(gradient), 1e-3) };
    };
    return { arm: gradientOf(() => op(tensor), tensor, dy.tensor), exact };
  };
  return [
    { name: `${name} forward`, ...common, bytes: 2 * bytes, prepare: forward },
    { name: `${name} gradient`, ...common, bytes: 3 * bytes, prepare: backward },
  ];
}

/** The sum at the end of a residual block. */
function addCase(size: number, channels: number): KernelCase {
  const shape = [1, size, size, channels];
  return {
    name: `add ${channels} at ${size}²`,
    flops: 0,
    bytes: 3 * 4 * sizeOf(shape),
    prepare: (gpu, random) => {
      const a = randomOperand(gpu, random, shape, "a");
      const b = randomOperand(gpu, random, shape, "b");
      const exact = (index: number): Exact => {
        const terms = [a.values[index] ?? Number.NaN, b.values[index] ?? Number.NaN];
        return { value: terms.reduce((x, y) => x + y), magnitude: terms.reduce((sum, x) => sum + Math.abs(x), 0) };
      };
      return { arm: forwardOf(() => add(a.tensor, b.tensor)), exact };
    },
  };
}

/** The gradient of a bias: a sum over all pixels. */
function biasCase(size: number, channels: number): KernelCase {
  const inputChannels = 4;
  return {
    name: `bias gradient ${channels} at ${size}²`,
    flops: 0,
    bytes: 4 * size ** 2 * channels,
    prepare: (gpu, random) => {
      const x = randomOperand(gpu, random, [1, size, size, inputChannels], "x");
      const weight = randomOperand(gpu, random, [1, 1, inputChannels, channels], "weight");
      const bias = randomOperand(gpu, random, [channels], "bias").tensor.withGrad();
      const dy = randomOperand(gpu, random, [1, size, size, channels], "dy");
      const exact = (index: number): Exact => {
        const total = { value: 0, magnitude: 0 };
        for (let at = index; at < dy.values.length; at += channels) {
          const term = dy.values[at] ?? Number.NaN;
          total.value += term;
          total.magnitude += Math.abs(term);
        }
        return total;
      };
      return { arm: gradientOf(() => conv2d(x.tensor, weight.tensor, bias), bias, dy.tensor), exact };
    },
  };
}

function reflected(position: number, size: number): number {
  const folded = Math.abs(position);
  return folded < size ? folded : 2 * (size - 1) - folded;
}

/** Reflection padding, and its gradient, which folds the padding back. */
function padCases(size: number, channels: number, padding: number): KernelCase[] {
  const padded = size + 2 * padding;
  const [from, to] = [[1, size, size, channels], [1, padded, padded, channels]];
  const name = `reflectionPad2d ${padding}, ${channels} at ${size}²`;
  const common = { flops: 0, bytes: 4 * (sizeOf(from) + sizeOf(to)) };
  const source = (index: number): number => {
    const [row, column] = [Math.floor(index / channels / padded), Math.floor(index / channels) % padded];
    const pixel = reflected(row - padding, size) * size + reflected(column - padding, size);
    return pixel * channels + (index % channels);
  };
  const forward = (gpu: Gpu, random: Random): PreparedKernel => {
    const x = randomOperand(gpu, random, from, "x");
    const exact = (index: number): Exact => ({ value: x.values[source(index)] ?? Number.NaN, magnitude: 1 });
    return { arm: forwardOf(() => reflectionPad2d(x.tensor, padding)), exact };
  };
  const backward = (gpu: Gpu, random: Random): PreparedKernel => {
    const x = randomOperand(gpu, random, from, "x").tensor.withGrad();
    const dy = randomOperand(gpu, random, to, "dy");
    const exact = (index: number): Exact => {
      const total = { value: 0, magnitude: 0 };
      for (let at = index % channels; at < dy.values.length; at += channels) {
        if (source(at) !== index) continue;
        total.value += dy.values[at] ?? Number.NaN;
        total.magnitude += Math.abs(dy.values[at] ?? Number.NaN);
      }
      return total;
    };
    return { arm: gradientOf(() => reflectionPad2d(x, padding), x, dy.tensor), exact };
  };
  return [
    { name: `${name} forward`, ...common, prepare: forward },
    { name: `${name} gradient`, ...common, prepare: backward },
  ];
}

/** The bandwidth-bound ops of the networks, except the norms. */
export function imageCases({ size, ngf, ndf }: NetworkSize): KernelCase[] {
  const first = size / 2;
  return [
    ...elementwiseCases({
      name: `tanh 3 at ${size}²`,
      shape: [1, size, size, 3],
      op: tanh,
      value: Math.tanh,
      derivative: (x) => 1 - Math.tanh(x) ** 2,
      tolerance: TANH_TOLERANCE,
    }),
    ...elementwiseCases({
      name: `leakyReLU ${ndf} at ${first}²`,
      shape: [1, first, first, ndf],
      op: (x) => leakyRelu(x, SLOPE),
      value: (x) => (x > 0 ? x : SLOPE * x),
      derivative: (x) => (x > 0 ? 1 : SLOPE),
    }),
    addCase(size / 4, 4 * ngf),
    biasCase(first, ndf),
    ...padCases(size, 4, 3),
    ...padCases(size / 4, 4 * ngf, 1),
  ];
}
