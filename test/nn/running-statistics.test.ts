/** The running statistics of batch norm, against PyTorch's definition in float64. */
import { expect, test } from "vitest";
import { ShapeError } from "../../src/errors.js";
import { exportWeights, importWeights } from "../../src/io/weights.js";
import { checkpointed } from "../../src/nn/checkpointed.js";
import { evaluating } from "../../src/nn/evaluating.js";
import { initialise } from "../../src/nn/init.js";
import { releaseModule, type Module } from "../../src/nn/module.js";
import { normActivation } from "../../src/nn/norm.js";
import { mean } from "../../src/ops/reduce/mean.js";
import { Random } from "../../src/random.js";
import { backward } from "../../src/tensor/autograd.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu({ guarded: true });
const SLOPE = 0.2;

function layer(channels: number): Module {
  const module = normActivation(gpu(), "batch", channels, SLOPE, true);
  initialise(module, "normal", 0.02, new Random(3));
  return module;
}

function draw(shape: readonly [number, number, number, number], seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => 3 + 2 * random.normal());
}

async function statistics(module: Module): Promise<Record<string, number[]>> {
  const own = [...module.parameters()].filter(([name]) => /running|batches/.test(name));
  return Object.fromEntries(await Promise.all(own.map(async ([name, { tensor }]) => [name, [...(await tensor.data())]])));
}

/** PyTorch: momentum 0.1, variance unbiased. */
function after(batches: readonly Float32Array[], channels: number): Record<string, number[]> {
  const running = { running_mean: Array.from({ length: channels }, () => 0), running_var: Array.from({ length: channels }, () => 1) };
  for (const batch of batches) {
    for (let c = 0; c < channels; c++) {
      const pixels = [...batch].filter((_, i) => i % channels === c);
      const average = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
      const variance = pixels.reduce((sum, value) => sum + (value - average) ** 2, 0) / (pixels.length - 1);
      running.running_mean[c] = 0.9 * (running.running_mean[c] ?? 0) + 0.1 * average;
      running.running_var[c] = 0.9 * (running.running_var[c] ?? 0) + 0.1 * variance;
    }
  }
  return { ...running, num_batches_tracked: [batches.length] };
}

/** rstd is off by 2.5 ulp in WGSL, its square by twice that, and the sums by some more: below 1e-6 of the value. */
const RELATIVE = 2e-6;

function expectClose(got: Record<string, number[]>, expected: Record<string, number[]>): void {
  expect(Object.keys(got)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected)) {
    values.forEach((value, i) => expect(Math.abs((got[name]?.[i] ?? Number.NaN) - value), name).toBeLessThanOrEqual(RELATIVE * Math.max(1, Math.abs(value))));
  }
}

test.each([[[2, 3, 5, 4]], [[1, 2, 1, 3]], [[1, 31, 33, 70]]] as const)("%j: momentum 0.1, unbiased variance, in three batches", async (shape) => {
  using _scope = gpu().scope("running statistics");
  const module = layer(shape[3]);
  const batches = [1, 2, 3].map((seed) => draw(shape, seed));
  for (const batch of batches) module.forward(Tensor.from(gpu(), shape, batch));
  expectClose(await statistics(module), after(batches, shape[3]));
  releaseModule(module);
});

test("in use, each pixel is normalised by the running statistics, which stay as they are", async () => {
  using _scope = gpu().scope("running statistics");
  const shape = [1, 3, 2, 3] as const;
  const module = layer(3);
  const values = draw(shape, 1);
  module.forward(Tensor.from(gpu(), shape, values));
  const before = await statistics(module);
  const weight = await module.parameters().get("weight")?.tensor.data();
  const bias = await module.parameters().get("bias")?.tensor.data();
  const got = await evaluating(() => module.forward(Tensor.from(gpu(), shape, values))).data();
  const expected = values.map((value, i) => {
    const c = i % 3;
    const z = (value - (before["running_mean"]?.[c] ?? 0)) / Math.sqrt((before["running_var"]?.[c] ?? 0) + 1e-5);
    const u = (weight?.[c] ?? 0) * z + (bias?.[c] ?? 0);
    return u > 0 ? u : SLOPE * u;
  });
  got.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 5));
  expect(await statistics(module)).toEqual(before);
  releaseModule(module);
});

test("a checkpoint that runs again for its gradients tracks a batch once", async () => {
  using _scope = gpu().scope("running statistics");
  const shape = [1, 3, 2, 4] as const;
  const module = layer(4);
  const values = draw(shape, 1);
  backward(mean(checkpointed(module).forward(Tensor.from(gpu(), shape, values))));
  expectClose(await statistics(module), after([values], 4));
  releaseModule(module);
});

test("they are in files under PyTorch's names, in its order, the count as an int64 scalar, and are read back", async () => {
  using _scope = gpu().scope("running statistics");
  const [module, other] = [layer(4), layer(4)];
  module.forward(Tensor.from(gpu(), [1, 3, 2, 4], draw([1, 3, 2, 4], 1)));
  const stored = await exportWeights(module);
  expect([...stored.keys()]).toEqual(["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]);
  expect(stored.get("num_batches_tracked")).toMatchObject({ dtype: "I64", shape: [] });
  importWeights(other, stored, "file");
  expect(await statistics(other)).toEqual(await statistics(module));
  const old = new Map([...stored].filter(([name]) => name !== "num_batches_tracked"));
  importWeights(other, old, "file");
  expect((await statistics(other))["num_batches_tracked"]).toEqual([0]);
  const without = new Map([...stored].filter(([name]) => name !== "running_var"));
  expect(() => importWeights(other, without, "file")).toThrow(/^file: expected the weights of this network, got others: missing running_var/);
  releaseModule(module);
  releaseModule(other);
});

test("one pixel per channel has no variance to track", () => {
  using _scope = gpu().scope("one pixel");
  const module = layer(4);
  expect(() => module.forward(Tensor.zeros(gpu(), [1, 1, 1, 4]))).toThrow(ShapeError);
  expect(() => module.forward(Tensor.zeros(gpu(), [1, 1, 1, 4]))).toThrow(/expected more than one pixel per channel/);
  releaseModule(module);
});
