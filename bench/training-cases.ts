import { backward } from "../src/tensor/autograd.js";
import type { Gpu } from "../src/gpu/gpu.js";
import { bceWithLogitsLoss } from "../src/ops/losses/bce-with-logits-loss.js";
import { l1Loss } from "../src/ops/losses/l1-loss.js";
import type { LossTarget } from "../src/ops/lib/loss.js";
import { mseLoss } from "../src/ops/losses/mse-loss.js";
import { mul } from "../src/ops/elementwise/mul.js";
import { sum } from "../src/ops/reduce/sum.js";
import { Adam } from "../src/optim/adam.js";
import type { Random } from "../src/random.js";
import { sizeOf, type Shape } from "../src/shape.js";
import { Tensor } from "../src/tensor/tensor.js";
import { forwardOf, gradientOf, randomOperand, type Exact, type KernelCase, type PreparedKernel } from "../src/bench/kernel-case.js";
import { generatorParameters, type NetworkSize } from "../src/bench/network.js";

/** The discriminators' target for real images. */
const REAL = 1;
/** WGSL allows exp an error of 3 + 2 · |x| ulp, and log an absolute error of 2⁻²¹ on [0.5, 2]. The rest is a plain sum. */
const BCE_TOLERANCE = 4e-6;

interface Loss {
  readonly name: string;
  readonly shape: Shape;
  readonly op: (x: Tensor, target: LossTarget) => Tensor;
  /** Whether the target is an image. If not, it is the number REAL. */
  readonly image: boolean;
  readonly value: (x: number, target: number) => number;
  readonly derivative: (x: number, target: number) => number;
  readonly tolerance?: number;
}

function lossCases({ name, shape, op, image, value, derivative, tolerance }: Loss): KernelCase[] {
  const size = sizeOf(shape);
  const read = 4 * size * (image ? 2 : 1);
  const common = { flops: 0, ...(tolerance !== undefined && { tolerance }) };
  const operands = (gpu: Gpu, random: Random) => {
    const x = randomOperand(gpu, random, shape, "x");
    const target = image ? randomOperand(gpu, random, shape, "target") : undefined;
    const at = (index: number) => [x.values[index] ?? Number.NaN, target ? (target.values[index] ?? Number.NaN) : REAL] as const;
    return { x: x.tensor, target: target?.tensor ?? REAL, at };
  };
  const forward = (gpu: Gpu, random: Random): PreparedKernel => {
    const { x, target, at } = operands(gpu, random);
    const exact = (): Exact => {
      let total = 0;
      for (let index = 0; index < size; index++) total += value(...at(index));
      return { value: total / size, magnitude: total / size };
    };
    return { arm: forwardOf(() => op(x, target)), exact };
  };
  const gradient = (gpu: Gpu, random: Random): PreparedKernel => {
    const { x, target, at } = operands(gpu, random);
    x.withGrad();
    const exact = (index: number): Exact => ({ value: derivative(...at(index)) / size, magnitude: 1 / size });
    return { arm: gradientOf(() => op(x, target), x, Tensor.from(gpu, [], [1])), exact };
  };
  return [
    { name: `${name} forward`, ...common, bytes: read, prepare: forward },
    { name: `${name} gradient`, ...common, bytes: read + 4 * size, prepare: gradient },
  ];
}

/** Large enough for a wrong update to be visible in the sum of parameter and update. */
const lr = 0.1;
const beta1 = 0.5;
const beta2 = 0.999;

function prepareAdam(gpu: Gpu, random: Random, size: number): PreparedKernel {
  const p = randomOperand(gpu, random, [size], "p");
  const g = randomOperand(gpu, random, [size], "g");
  const parameter = p.tensor.withGrad();
  const adam = new Adam(gpu, [parameter], { lr, beta1, beta2 });
  // The gradient of Σ p·g with respect to p is g. Every step uses it.
  backward(sum(mul(parameter, g.tensor)));
  const exact = (index: number): Exact => {
    const [before = 0, gradient = 0] = [p.values[index], g.values[index]];
    const m = ((1 - beta1) * gradient) / (1 - beta1);
    const v = ((1 - beta2) * gradient * gradient) / (1 - beta2);
    return { value: before - (lr * m) / (Math.sqrt(v) + 1e-8), magnitude: Math.abs(before) + lr };
  };
  const work = () => {
    adam.step();
    return parameter.alias();
  };
  return { arm: () => work, exact, dispose: () => adam.dispose() };
}

function adamCase(size: number): KernelCase {
  const millions = (size / 1e6).toFixed(1);
  return {
    name: `Adam ${millions} M parameters`,
    flops: 0,
    // Parameters and both moments are read and written, gradients are read.
    bytes: 7 * 4 * size,
    prepare: (gpu, random) => prepareAdam(gpu, random, size),
  };
}

/** The losses of a step, and Adam over the parameters of both generators. */
export function trainingCases(network: NetworkSize): KernelCase[] {
  const image = [1, network.size, network.size, 3];
  const side = network.size / 8 - 2;
  const map = [1, side, side, 1];
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  return [
    ...lossCases({
      name: `l1Loss 3 at ${network.size}²`,
      shape: image,
      op: l1Loss,
      image: true,
      value: (x, target) => Math.abs(x - target),
      derivative: (x, target) => Math.sign(x - target),
    }),
    ...lossCases({
      name: `mseLoss 1 at ${side}²`,
      shape: map,
      op: mseLoss,
      image: false,
      value: (x, target) => (x - target) ** 2,
      derivative: (x, target) => 2 * (x - target),
    }),
    ...lossCases({
      name: `bceWithLogitsLoss 1 at ${side}²`,
      shape: map,
      op: bceWithLogitsLoss,
      image: false,
      value: (x, target) => Math.max(x, 0) - x * target + Math.log1p(Math.exp(-Math.abs(x))),
      derivative: (x, target) => sigmoid(x) - target,
      tolerance: BCE_TOLERANCE,
    }),
    adamCase(generatorParameters(network)),
  ];
}
