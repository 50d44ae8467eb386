/** Adam against PyTorch's: test/reference/adam.py made the expected values. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { backward } from "../../src/tensor/autograd.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import { openGpu } from "../../src/open-gpu.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { sum } from "../../src/ops/reduce/sum.js";
import { Adam } from "../../src/optim/adam.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { l2Error, readFigures, readTensors, report, shapeOf, tolerance, under, valuesOf } from "./fixture.js";

const { beta1, rates, float32 } = readFigures("adam") as {
  readonly beta1: number;
  /** Learning rate of each step. */
  readonly rates: readonly number[];
  readonly float32: number;
};
const tensors = readTensors("adam");

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.dispose());

it("takes PyTorch's way over 20 gradients from 1e-10 to 1e2, at two rates", async ({ annotate }) => {
  const names = [...under("values/", tensors).keys()];
  const parameters = names.map((name) => Tensor.zeros(gpu, shapeOf(tensors, `values/${name}`)).withGrad());
  const adam = new Adam(gpu, parameters, { beta1 });
  for (const [step, rate] of rates.entries()) {
    using scope = gpu.scope("step");
    adam.lr = rate;
    adam.zeroGrad();
    for (const [i, p] of parameters.entries()) {
      const given = valuesOf(tensors, `gradients/${i}`).subarray(step * p.size, (step + 1) * p.size);
      // d Σ p·g / dp = g
      backward(sum(mul(p, Tensor.from(gpu, p.shape, given))));
    }
    adam.step();
    scope.close();
  }
  const errors: number[] = [];
  for (const [i, p] of parameters.entries()) errors.push(l2Error(await p.data(), valuesOf(tensors, `values/${i}`)));
  adam.dispose();
  const allowed = tolerance(float32, 1e-6);
  await annotate(report("parameter", Math.max(...errors), allowed));
  expect(Math.max(...errors)).toBeLessThan(allowed);
});
