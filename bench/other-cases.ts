import { backward } from "../src/autograd.js";
import { noGrad } from "../src/grad-mode.js";
import type { Gpu } from "../src/gpu/gpu.js";
import { l1Loss } from "../src/ops/l1-loss.js";
import { mul } from "../src/ops/mul.js";
import { sum } from "../src/ops/sum.js";
import { Adam } from "../src/optim/adam.js";
import type { Random } from "../src/random.js";
import { Tensor } from "../src/tensor.js";
import { randomValues, type KernelCase, type PreparedKernel } from "./kernel-case.js";

const imageShape = [1, 256, 256, 3];
const imageSize = 256 * 256 * 3;
/** Parameters of the 70 × 70 patch discriminator. */
const parameterCount = 2_764_737;

/** Large enough that an update by a wrong amount stands out from the parameters it is added to. */
const lr = 0.1;
const beta1 = 0.5;
const beta2 = 0.999;

function imagesOf(gpu: Gpu, random: Random) {
  const values = { x: randomValues(random, imageSize), target: randomValues(random, imageSize) };
  const x = Tensor.from(gpu, imageShape, values.x);
  const difference = (index: number): number => (values.x[index] ?? Number.NaN) - (values.target[index] ?? Number.NaN);
  return { x, target: Tensor.from(gpu, imageShape, values.target), difference };
}

function prepareL1(gpu: Gpu, random: Random): PreparedKernel {
  const { x, target, difference } = imagesOf(gpu, random);
  const exact = () => {
    let total = 0;
    for (let index = 0; index < imageSize; index++) total += Math.abs(difference(index));
    return { value: total / imageSize, magnitude: total / imageSize };
  };
  return { run: () => noGrad(() => l1Loss(x, target)), exact };
}

function prepareL1Grad(gpu: Gpu, random: Random): PreparedKernel {
  const { x, target, difference } = imagesOf(gpu, random);
  x.withGrad();
  const run = (): Tensor => {
    x.zeroGrad();
    backward(l1Loss(x, target));
    return x.grad ?? x;
  };
  const exact = (index: number) => ({ value: Math.sign(difference(index)) / imageSize, magnitude: 1 / imageSize });
  return { run, exact };
}

function prepareAdam(gpu: Gpu, random: Random): PreparedKernel {
  const values = { p: randomValues(random, parameterCount), g: randomValues(random, parameterCount) };
  const parameter = Tensor.from(gpu, [parameterCount], values.p).withGrad();
  const adam = new Adam(gpu, [parameter], { lr, beta1, beta2 });
  // d Σ p·g / dp = g, which every step then takes.
  backward(sum(mul(parameter, Tensor.from(gpu, [parameterCount], values.g))));
  const run = (): Tensor => {
    adam.step();
    return parameter;
  };
  const exact = (index: number) => {
    const [p = 0, g = 0] = [values.p[index], values.g[index]];
    const m = ((1 - beta1) * g) / (1 - beta1);
    const v = ((1 - beta2) * g * g) / (1 - beta2);
    return { value: p - (lr * m) / (Math.sqrt(v) + 1e-8), magnitude: Math.abs(p) + lr };
  };
  return { run, exact, dispose: () => adam.dispose() };
}

/** What bandwidth bounds besides the norms. */
export const otherCases: readonly KernelCase[] = [
  { name: "l1Loss 3 at 256² forward", bound: "copy", amount: 2 * 4 * imageSize, prepare: prepareL1 },
  { name: "l1Loss 3 at 256² with gradient", bound: "copy", amount: 5 * 4 * imageSize, prepare: prepareL1Grad },
  { name: "Adam 2.8 M parameters", bound: "copy", amount: 7 * 4 * parameterCount, prepare: prepareAdam },
];
