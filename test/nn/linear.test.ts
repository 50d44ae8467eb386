import { afterAll, beforeAll, expect, it } from "vitest";
import { CheckpointError } from "../../src/errors.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import { storeFloat32 } from "../../src/io/safetensors.js";
import { exportWeights, importWeights } from "../../src/io/weights.js";
import { initialise } from "../../src/nn/init.js";
import { Linear } from "../../src/nn/linear.js";
import { releaseModule, trainedTensors } from "../../src/nn/module.js";
import { openGpu } from "../../src/open-gpu.js";
import { Random } from "../../src/random.js";
import { Tensor } from "../../src/tensor/tensor.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.dispose());

it("reads and writes a weight in PyTorch's order, [out, in]", async () => {
  using scope = gpu.scope("linear");
  const layer = new Linear(gpu, { inFeatures: 3, outFeatures: 2 });
  const stored = new Map([
    ["weight", storeFloat32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
    ["bias", storeFloat32([2], Float32Array.of(10, 20))],
  ]);
  importWeights(layer, stored, "test");
  const y = layer.forward(Tensor.from(gpu, [2, 3], [1, 0, 0, 1, 1, 1], scope.name));
  expect([...(await y.data())]).toEqual([11, 24, 16, 35]);
  expect(await exportWeights(layer)).toEqual(stored);
  const turned = new Map([...stored, ["weight", storeFloat32([3, 2], new Float32Array(6))]]);
  expect(() => importWeights(layer, turned, "test")).toThrow(CheckpointError);
  releaseModule(layer);
});

// 16,384 draws: the relative error of their deviation is 1 / sqrt(2 · 16,384) = 0.55 %; 3 % is five of those.
it.each([
  ["xavier", Math.sqrt(2 / (64 + 256))],
  ["kaiming", Math.sqrt(2 / 64)],
] as const)("starts with the deviation of %s, and a bias of 0", async (type, expected) => {
  const layer = new Linear(gpu, { inFeatures: 64, outFeatures: 256 });
  initialise(layer, type, 1, new Random(3));
  const [weight, bias] = trainedTensors(layer);
  const values = (await weight?.data()) ?? new Float32Array();
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  expect(values).toHaveLength(64 * 256);
  expect(Math.abs(deviation / expected - 1)).toBeLessThan(0.03);
  expect(await bias?.data()).toEqual(new Float32Array(256));
  releaseModule(layer);
});

it("has no bias if it is told so", () => {
  const layer = new Linear(gpu, { inFeatures: 3, outFeatures: 2, bias: "none" });
  expect([...layer.parameters().keys()]).toEqual(["weight"]);
  releaseModule(layer);
});
